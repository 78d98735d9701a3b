//! Conflict domains: of all steps in one, one writes at a time, unless the cloud takes several in one call.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::queue::{Queue, Turn};
use crate::plan::{Plan, Step};

/// The conflict domains of a plan.
#[derive(Debug)]
pub(super) struct Domains(BTreeMap<String, Domain>);

/// One conflict domain.
#[derive(Debug)]
pub(super) struct Domain {
    queue: Queue,
    /// When the cloud last took a write in it, in uptime.
    taken: Mutex<Option<Duration>>,
}

impl Domains {
    /// The domains of the plan's steps; at most `batch(step)` of them share a turn.
    pub(super) fn of(plan: &Plan, batch: impl Fn(&Step) -> usize) -> Self {
        let mut domains = BTreeMap::new();
        for step in &plan.steps {
            if let Some(name) = step
                .domain
                .as_ref()
                .filter(|name| !domains.contains_key(*name))
            {
                let domain = Domain {
                    queue: Queue::new(1, batch(step)),
                    taken: Mutex::default(),
                };
                domains.insert(name.clone(), domain);
            }
        }
        Self(domains)
    }

    pub(super) fn of_step(&self, step: &Step) -> Option<&Domain> {
        self.0.get(step.domain.as_ref()?)
    }
}

impl Domain {
    /// Waits until no other step writes in the domain.
    pub(super) async fn turn(&self, step: &Step, urgency: u64) -> Turn {
        self.queue.turn(urgency, step.op.action().batch()).await
    }

    /// How long ago the cloud took a write in it.
    pub(super) fn since_taken(&self, now: Duration) -> Option<Duration> {
        let taken = *self.taken();
        taken.map(|taken| now.saturating_sub(taken))
    }

    pub(super) fn took(&self, now: Duration) {
        *self.taken() = Some(now);
    }

    fn taken(&self) -> MutexGuard<'_, Option<Duration>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
