//! A topology of what exists, of which nothing is left to do.

use super::Engine;
use crate::discovery::{Discovery, Draft};
use crate::error::{ErrorKind, Result};
use crate::topology::Account;

impl Engine {
    /// The [topology of what was found](Discovery::draft), of which a plan has nothing to do: an interconnect that a plan
    /// would change, or that preflight would refuse, is left out with the reasons.
    ///
    /// For this the networks that are joined already are read as [`observe`](Self::observe) reads them.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled). What cannot be read is left out.
    pub async fn draft(&self, discovery: &Discovery, accounts: &[Account]) -> Result<Draft> {
        let mut draft = discovery.draft(accounts);
        let joined = draft.joined();
        if joined.interconnects.is_empty() {
            return Ok(draft);
        }
        match self.observe(&joined).await {
            Ok(observation) => draft.keep_what_is_done(&observation),
            Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
            Err(error) => draft.keep_none(&error.to_string()),
        }
        Ok(draft)
    }

    /// The topology of this name, [written anew](Discovery::rebuild) from what was found of it, with the rules of its
    /// firewalls. What `apply` would do because something could not be recovered stands at the head of the file.
    ///
    /// # Errors
    /// As [`observe`](Self::observe), by which the objects of the topology are read.
    pub async fn rebuild(
        &self,
        discovery: &Discovery,
        name: &str,
        accounts: &[Account],
    ) -> Result<Draft> {
        let mut draft = discovery.rebuild(name, accounts);
        let observation = self.observe(&draft.topology).await?;
        draft.fill(&observation);
        draft.tell_what_differs(&observation);
        Ok(draft)
    }
}
