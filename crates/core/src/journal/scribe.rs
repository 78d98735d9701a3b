//! The engine's hand: notes the writes of one run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use super::entry::Refusal;
use super::{Answer, Entry, Happening, Journal};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::event::RunId;
use crate::plan::{Plan, Step, StepKey};
use crate::traits::Token;

/// Notes what happens in one run.
#[derive(Debug)]
pub(crate) struct Scribe {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    run: RunId,
    writes: AtomicU64,
}

impl Scribe {
    pub(crate) fn new(journal: Arc<dyn Journal>, clock: Arc<dyn Clock>, run: RunId) -> Self {
        Self {
            journal,
            clock,
            run,
            writes: AtomicU64::new(0),
        }
    }

    async fn keep(&self, what: impl FnOnce() -> Happening) -> Result<()> {
        if !self.journal.keeps_entries() {
            return Ok(());
        }
        let entry = Entry::new(what(), self.clock.now(), self.run.clone());
        self.journal.keep(&entry).await
    }

    // What has happened has happened, noted or not. A journal that is broken stops the run at its next write.
    async fn tell(&self, what: impl FnOnce() -> Happening) {
        if let Err(error) = self.keep(what).await {
            tracing::warn!(%error, "an entry of the journal is lost");
        }
    }

    pub(crate) async fn begin(&self, plan: &Plan) -> Result<()> {
        let digest = || Sha256::digest(serde_json::to_vec(plan).unwrap_or_default());
        self.keep(|| Happening::Begin {
            topology: plan.topology.clone(),
            steps: plan.steps.len(),
            plan: hex::encode(digest()),
        })
        .await
    }

    pub(crate) async fn done(&self, step: &StepKey, id: &str) {
        let id = || (*step.object() != id).then(|| id.to_owned());
        let done = || Happening::Done {
            step: step.clone(),
            id: id(),
        };
        self.tell(done).await;
    }

    pub(crate) async fn failed(&self, step: &StepKey, error: &Error) {
        let failed = || Happening::Failed {
            step: step.clone(),
            refusal: Refusal::of(error, None),
        };
        self.tell(failed).await;
    }

    pub(crate) async fn end(&self, done: usize, total: usize) {
        self.tell(|| Happening::End { done, total }).await;
    }
}

/// What is noted of one write of a step: first that it is about to be sent, then its answer.
#[derive(Debug)]
pub(crate) struct Note<'a> {
    scribe: &'a Scribe,
    /// The how manieth write of its step it is.
    attempt: u32,
    /// The number of the write, once it was announced.
    announced: AtomicU64,
}

impl<'a> Note<'a> {
    pub(crate) fn new(scribe: &'a Scribe, attempt: u32) -> Self {
        Self {
            scribe,
            attempt,
            announced: AtomicU64::new(0),
        }
    }

    /// Announces the write. It must not be sent if this fails.
    pub(crate) async fn intent(
        &self,
        step: &Step,
        epoch: u32,
        token: impl FnOnce() -> Token,
    ) -> Result<()> {
        let write = self.scribe.writes.fetch_add(1, Ordering::Relaxed) + 1;
        let intent = || Happening::Intent {
            write,
            step: step.key.clone(),
            place: step.place.clone(),
            what: step.op.to_string(),
            token: token().as_str().to_owned(),
            epoch,
            attempt: self.attempt,
        };
        self.scribe.keep(intent).await?;
        self.announced.store(write, Ordering::Relaxed);
        Ok(())
    }

    /// Notes the answer to the write, if it was announced. `request_id` is that of the last answer, and `writes` says how
    /// many calls that write have succeeded.
    pub(crate) async fn outcome(
        &self,
        step: &StepKey,
        answer: &Result<Option<String>>,
        (request_id, writes): (Option<String>, u32),
    ) {
        let write = self.announced.load(Ordering::Relaxed);
        if write == 0 {
            return;
        }
        let answer = || match answer {
            Ok(id) => Answer::Accepted {
                id: id.clone(),
                request_id,
            },
            Err(error) => Answer::of(error, request_id, writes > 0),
        };
        let outcome = || Happening::Outcome {
            write,
            step: step.clone(),
            answer: answer(),
        };
        self.scribe.tell(outcome).await;
    }
}
