use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use landbridge_core::Error;
use landbridge_core::event::{EventSink, RunId};
use landbridge_core::reconcile::Goal;

use crate::key::LinkKey;
use crate::lease::LeaseGuard;

/// Hears of the runs of a worker: for logs, traces and metrics. It decides nothing and must not block.
///
/// The events of a run say the rest: [`RunStarted`](landbridge_core::event::Event::RunStarted), stages, steps, and how it
/// [ended](landbridge_core::event::Event::RunEnded).
pub trait Watch: Debug + Send + Sync + 'static {
    /// A run is about to begin. Gives what hears its events; none of them is told to what the engine had before.
    fn begins(&self, run: Begun) -> Arc<dyn EventSink>;

    /// A run did not begin: its topology is not valid, or its keys were not found.
    fn not_begun(&self, key: &LinkKey, error: &Error);
}

/// A run that is about to begin.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Begun {
    /// The topology.
    pub key: LinkKey,
    /// How often something else was asked for.
    pub generation: u64,
    /// What the run is for.
    pub goal: Goal,
    /// Names the run.
    pub run: RunId,
    /// How long the run was due before it began.
    pub late: Duration,
    /// The lease under which it writes.
    pub lease: Arc<LeaseGuard>,
}
