//! Continuing a run that a journal tells of.

use std::time::Duration;

use super::Engine;
use crate::error::{ErrorKind, Result};
use crate::journal::{Entry, Finding, Happening, Header, History, Open, Purpose, Settled, settle};
use crate::observation::Observation;
use crate::plan::{Plan, plan_destroy_with, plan_with};
use crate::retry::Backoff;
use crate::topology::Topology;

/// What is there of a run that ended early, and what is left to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Resumed {
    /// What was found.
    pub observation: Observation,
    /// The steps that are left.
    pub plan: Plan,
    /// What became of the steps that were under way.
    pub settled: Vec<Settled>,
}

impl Engine {
    /// Reads what is there of the last run of a journal, and plans what is left of it. Writes nothing to a cloud.
    ///
    /// What a write made may be invisible for a while. So this reads again until each open step is found, or its write is
    /// older than [`visibility`](super::EngineOptions::visibility). The findings are noted in the
    /// [journal](Self::with_journal) of the engine.
    ///
    /// # Errors
    /// What reading says, [`Cancelled`](ErrorKind::Cancelled), and what the journal says.
    pub async fn resume(&self, history: &History) -> Result<Resumed> {
        let header = &history.header;
        let open = history.open();
        let patience = self.patience(self.options.visibility.min(self.options.total_limit));
        let backoff = Backoff::new(self.options.poll, self.options.poll_max);
        let mut looks = 0;
        loop {
            looks += 1;
            let resumed = self.look_after(header, &open).await?;
            let wait = self.may_still_appear(&open, &resumed.settled);
            if !wait || patience.left().is_zero() {
                self.note_settled(&resumed.settled).await?;
                return Ok(resumed);
            }
            let pause = backoff.delay(looks, self.clock.chance());
            let pause = pause.max(Duration::from_millis(1)).min(patience.left());
            let slept = patience.sleep(pause).await;
            // When the time is up, the next look is the last.
            slept.or_else(|error| match error.kind() {
                ErrorKind::Timeout => Ok(()),
                _ => Err(error),
            })?;
        }
    }

    /// The header of the journal of a run that begins now.
    pub fn journal_header(&self, purpose: Purpose, topology: &Topology) -> Header {
        let now = self.clock.now();
        Header::new(purpose, topology.clone(), now, self.run_id().clone())
    }

    async fn look_after(&self, header: &Header, open: &[Open]) -> Result<Resumed> {
        let (topology, options) = (&header.topology, &header.options);
        let (observation, plan) = match header.purpose {
            Purpose::Apply => {
                let observation = self.observe(topology).await?;
                let plan = plan_with(topology, &observation, options);
                (observation, plan)
            }
            Purpose::Destroy => {
                let observation = self.observe_for_destroy(topology).await?;
                let plan = plan_destroy_with(topology, &observation, options);
                (observation, plan)
            }
        };
        let settled = settle(open, &observation, &plan);
        Ok(Resumed {
            observation,
            plan,
            settled,
        })
    }

    // A write that shows no effect, and is young. A clock that went back since makes it as young as can be.
    fn may_still_appear(&self, open: &[Open], settled: &[Settled]) -> bool {
        let now = self.clock.now();
        let young = |open: &Open| {
            let age = now.duration_since(open.at).unwrap_or_default();
            age < self.options.visibility
        };
        open.iter()
            .zip(settled)
            .any(|(open, settled)| settled.found == Finding::NoEffect && young(open))
    }

    async fn note_settled(&self, settled: &[Settled]) -> Result<()> {
        for settled in settled {
            self.note(Happening::Settled(settled.clone())).await?;
        }
        Ok(())
    }

    /// Notes in the [journal](Self::with_journal) that nothing is left to do, where [`apply`](Self::apply) has no steps to
    /// take.
    ///
    /// # Errors
    /// What the journal says.
    pub async fn note_nothing_left(&self) -> Result<()> {
        self.note(Happening::End { done: 0, total: 0 }).await
    }

    async fn note(&self, what: Happening) -> Result<()> {
        let entry = Entry::new(what, self.clock.now(), self.run_id().clone());
        self.journal.keep(&entry).await
    }
}
