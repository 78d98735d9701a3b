//! What a step does when another run has made the same object.
//!
//! Some creates are protected by nothing: `CreateVpc` of AWS takes no token, and two networks may have one name and one CIDR
//! block. Two runs of a topology that are started together then make one object each, both with the tags of one key.
//!
//! Each run lists the objects of its topology after its own create was accepted, before it goes on. The run whose create
//! came last therefore lists after both, so at least one run sees both objects, unless the list shows only one of them.
//! Then:
//!
//! - A run whose object has not the smallest ID deletes its own, on which nothing stands yet: its other steps wait for this
//!   one. It goes on with the smallest.
//! - A run whose object has the smallest ID waits for the others to vanish, for as long as a list may lag. One that stays
//!   belongs to a run that saw nothing else and has gone on, so this run deletes its own all the same, and goes on with it.
//! - After it has deleted its own, a run waits as long again. A run that had looked before may have yielded to what is gone
//!   now: its deletion shows by then, and the step creates anew.
//!
//! Only what this very step made is deleted. A list that hides each run's object from the other for all that time leaves
//! two; the next plan tells and deletes one ([`Found`](crate::plan)).

use std::time::Duration;

use super::progress::Progress;
use crate::error::{ErrorKind, Result};
use crate::event::Event;

/// Which object a step goes on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Contest {
    /// The one that it has.
    Own,
    /// The one of another run.
    Other(String),
    /// What it yielded to is gone, and so is its own.
    Neither,
}

impl Progress<'_> {
    /// Decides between the object that this step has made and others with its key. Costs no call where there are none.
    pub(super) async fn contest(&self, id: &str, accepted: Duration) -> Result<Contest> {
        let mut rivals = self.rivals(id, accepted).await?;
        if rivals.is_empty() {
            return Ok(Contest::Own);
        }
        if rivals.iter().all(|rival| rival.as_str() > id) {
            let state = format!("another run made {}; it is to go", rivals.join(", "));
            self.tell_waiting(&state);
            rivals = self.until(|rivals| rivals.is_empty(), id).await?;
        }
        let Some(rival) = rivals.into_iter().min() else {
            return Ok(Contest::Own);
        };
        self.tell_waiting(&format!("another run made {rival}; {id} goes"));
        if !self.withdrawn(id).await? {
            return Ok(Contest::Own);
        }
        let seen = self.until(|rivals| !rivals.contains(&rival), id).await?;
        Ok(match seen.contains(&rival) {
            true => Contest::Other(rival),
            false => Contest::Neither,
        })
    }

    // Looks again and again until the rivals are as they should be, for as long as a list may lag.
    async fn until(&self, done: impl Fn(&[String]) -> bool, id: &str) -> Result<Vec<String>> {
        let options = &self.run.shared.options;
        let clock = self.patience.clock();
        let deadline = clock.uptime() + options.visibility;
        loop {
            self.patience.sleep(options.poll).await?;
            let now = clock.uptime();
            match self.rivals(id, now).await {
                Ok(rivals) if done(&rivals) || now >= deadline => return Ok(rivals),
                Err(error) if !error.is_retryable() || now >= deadline => return Err(error),
                _ => {}
            }
        }
    }

    async fn rivals(&self, id: &str, not_before: Duration) -> Result<Vec<String>> {
        let site = self.site(not_before);
        self.context().scope(self.action().rivals(&site, id)).await
    }

    // Whether the step's own object goes. One that is used by now stays: its user goes on with it.
    async fn withdrawn(&self, id: &str) -> Result<bool> {
        let backoff = self.run.backoff();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let site = self.site(Duration::ZERO);
            let undoing = self.action().undo(&site, id);
            let Err(error) = self.context().scope(undoing).await else {
                return Ok(true);
            };
            match error.kind() {
                ErrorKind::InUse => return Ok(false),
                ErrorKind::OutcomeUnknown => {}
                _ if !error.is_retryable() => return Err(error),
                _ => {}
            }
            let pause = backoff.delay(attempt, self.patience.clock().chance());
            let pause = error.retry_after().unwrap_or(pause);
            if let Err(stop) = self.patience.sleep(pause).await {
                return Err(match stop.kind() {
                    ErrorKind::Cancelled => stop,
                    _ => error.exhausted(),
                });
            }
        }
    }

    fn tell_waiting(&self, state: &str) {
        self.run.events.emit(Event::StepWaiting {
            key: self.step.key.clone(),
            state: state.to_owned(),
            elapsed: self.elapsed(),
        });
    }
}
