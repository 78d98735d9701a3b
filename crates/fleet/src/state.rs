//! The rules of one topology, without a clock and without a store: what an order and an outcome make of its state.

use std::time::Duration;

use landbridge_core::reconcile::{Goal, Intent, Outcome, Progress};
use landbridge_core::{Error, ErrorKind, FormatVersion, Result};
use serde::{Deserialize, Serialize};

use crate::key::LinkKey;
use crate::lease::Lease;
use crate::spec::{OnDrift, Spec};
use crate::time::Moment;

/// The pause before a run that failed for a reason that may pass is started again; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Where a topology stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Phase {
    /// It is created or changed.
    Applying,
    /// The owner of another account has the next step.
    WaitingForPeer,
    /// It is up, and no pair is blocked.
    Ready,
    /// Something differs from it. The policy says that this is told, or no step of ours mends it.
    Drifted,
    /// What differs is mended.
    Repairing,
    /// A run failed, and running it again would not help.
    Failed,
    /// It was told to stop: nothing is read or written until it is resumed.
    Stopped,
    /// It is deleted.
    Deleting,
    /// Nothing of it is left: the outcome tells what was seen. What is known of it can be forgotten.
    Deleted,
}

impl Phase {
    /// The phase as one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applying => "applying",
            Self::WaitingForPeer => "waiting-for-peer",
            Self::Ready => "ready",
            Self::Drifted => "drifted",
            Self::Repairing => "repairing",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
        }
    }
}

/// What is wanted of a topology.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Wanted {
    /// It is there.
    #[default]
    Up,
    /// Nothing of it is there.
    Gone,
}

/// A run that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Work {
    /// For which generation.
    pub generation: u64,
    /// What for.
    pub intent: Intent,
}

/// All that is kept of a topology: what was asked for, and how far it has come. It holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkState {
    /// The version of its JSON document.
    pub v: FormatVersion<1>,
    /// What was asked for last.
    pub spec: Spec,
    /// How often something else was asked for. What an earlier generation's run sees counts no more.
    pub generation: u64,
    /// What is wanted.
    #[serde(default)]
    pub wanted: Wanted,
    /// Where it stands.
    pub phase: Phase,
    /// When a run is due; nothing if none is.
    #[serde(default)]
    pub due: Option<Moment>,
    /// How far the run under way has come, at its last look.
    #[serde(default)]
    pub progress: Option<Progress>,
    /// How the last run has ended.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<Moment>,
    /// How many runs in a row failed for a reason that may pass.
    #[serde(default)]
    pub attempts: u32,
    /// How often something was found to differ since this generation was ready.
    #[serde(default)]
    pub drifts: u64,
    /// Who owns it at the moment.
    #[serde(default)]
    pub lease: Option<Lease>,
}

impl LinkState {
    /// A topology that was asked for just now.
    pub fn new(spec: Spec, now: Moment) -> Self {
        Self {
            v: FormatVersion,
            spec,
            generation: 1,
            wanted: Wanted::Up,
            phase: Phase::Applying,
            due: Some(now),
            progress: None,
            outcome: None,
            ended_at: None,
            attempts: 0,
            drifts: 0,
            lease: None,
        }
    }

    /// Asks for a topology. One that is the same and stands well, or is on its way, stays as it is; else it is applied, and a run
    /// for what was asked before stops.
    ///
    /// # Errors
    /// [`Busy`](ErrorKind::Busy) while it is deleted: its name is free again when nothing is left of it.
    pub fn submit(&mut self, spec: Spec, now: Moment) -> Result<()> {
        if self.wanted == Wanted::Gone && self.phase != Phase::Deleted {
            let message = "the topology is being deleted";
            return Err(Error::new(ErrorKind::Busy, message)
                .with_remedy("wait until it is deleted, then submit it again"));
        }
        let same = spec == self.spec && self.wanted == Wanted::Up;
        let stands = matches!(
            self.phase,
            Phase::Ready | Phase::Applying | Phase::Repairing
        );
        if same && stands {
            return Ok(());
        }
        self.spec = spec;
        self.wanted = Wanted::Up;
        self.drifts = 0;
        self.ask(Phase::Applying, now);
        Ok(())
    }

    /// Asks for nothing of it. A run that is under way stops first.
    pub fn delete(&mut self, now: Moment) {
        if self.wanted == Wanted::Gone && matches!(self.phase, Phase::Deleting | Phase::Deleted) {
            return;
        }
        self.wanted = Wanted::Gone;
        self.ask(Phase::Deleting, now);
    }

    /// Stops it: a run that is under way ends before its next write, and no other begins until it is
    /// [resumed](Self::resume).
    pub fn stop(&mut self) {
        if self.phase != Phase::Deleted {
            self.generation += 1;
            self.phase = Phase::Stopped;
            self.due = None;
        }
    }

    /// Goes on, also after a failure.
    pub fn resume(&mut self, now: Moment) {
        match self.phase {
            Phase::Stopped | Phase::Failed | Phase::Drifted | Phase::WaitingForPeer => {
                self.ask(self.converging(), now);
            }
            _ => {}
        }
    }

    /// The owner of another account says that its part is done: it is looked at once.
    pub fn peer_ready(&mut self, now: Moment) {
        if self.phase == Phase::WaitingForPeer {
            self.due = Some(now);
        }
    }

    /// The run that is due.
    pub fn work(&self, now: Moment) -> Option<Work> {
        self.due.filter(|due| *due <= now)?;
        let intent = match (self.phase, self.wanted) {
            (Phase::Stopped | Phase::Deleted, _) => return None,
            (_, Wanted::Gone) => Intent::remove(),
            (Phase::Ready | Phase::Drifted, Wanted::Up) => Intent::observe(),
            _ => Intent::converge(),
        };
        Some(Work {
            generation: self.generation,
            intent: self.spec.policy.with_limits_of(intent),
        })
    }

    /// A run of this generation has ended.
    pub fn ended(&mut self, goal: Goal, outcome: Outcome, key: &LinkKey, now: Moment) {
        self.progress = None;
        let tick = now.next_in(self.spec.policy.tick(), key.spread());
        let (phase, due) = match &outcome {
            Outcome::Ready { .. } => (Phase::Ready, Some(tick)),
            // Another rule blocks a pair, or a route that others made: what mends it is not a write of ours.
            Outcome::NotConnected { .. } => (Phase::Drifted, Some(tick)),
            Outcome::WaitingForPeer { .. } => (
                Phase::WaitingForPeer,
                Some(now.after(self.spec.policy.peer())),
            ),
            Outcome::Drifted { steps, .. } => self.differs(*steps, now, tick),
            Outcome::Removed { .. } => (Phase::Deleted, None),
            // Another worker goes on, or the same one anew.
            Outcome::Stopped { .. } | Outcome::LostLease { .. } => {
                self.due = Some(now);
                return;
            }
            // A look that fails is no failure of the topology: the next one looks again.
            Outcome::Failed { .. } if goal == Goal::Observe => (self.phase, Some(tick)),
            Outcome::Refused { .. } if goal == Goal::Observe => (Phase::Drifted, Some(tick)),
            Outcome::Failed { failure, .. } if failure.may_pass => {
                self.failed_for_now(failure.retry_after, now)
            }
            // What a list still shows may be on its way out.
            Outcome::Residue {
                not_searched: 0, ..
            } => self.failed_for_now(None, now),
            _ => (Phase::Failed, None),
        };
        match &outcome {
            Outcome::Failed { failure, .. } if failure.may_pass => self.attempts += 1,
            Outcome::Residue { .. } => self.attempts += 1,
            _ => self.attempts = 0,
        }
        if let Outcome::Drifted { .. } = outcome {
            self.drifts += 1;
        }
        self.phase = phase;
        self.due = due;
        self.outcome = Some(outcome);
        self.ended_at = Some(now);
    }

    fn ask(&mut self, phase: Phase, now: Moment) {
        self.generation += 1;
        self.phase = phase;
        self.due = Some(now);
        self.attempts = 0;
        self.progress = None;
    }

    fn converging(&self) -> Phase {
        match self.wanted {
            Wanted::Up => Phase::Applying,
            Wanted::Gone => Phase::Deleting,
        }
    }

    fn differs(&self, steps: usize, now: Moment, tick: Moment) -> (Phase, Option<Moment>) {
        match self.spec.policy.on_drift {
            OnDrift::Repair if steps > 0 => (Phase::Repairing, Some(now)),
            OnDrift::Repair | OnDrift::Tell => (Phase::Drifted, Some(tick)),
        }
    }

    fn failed_for_now(&self, retry_after: Option<f64>, now: Moment) -> (Phase, Option<Moment>) {
        if self.attempts >= self.spec.policy.attempts {
            return (Phase::Failed, None);
        }
        let grown = FIRST_PAUSE.saturating_mul(1 << self.attempts.min(10));
        let asked = retry_after.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let pause = grown.min(LONGEST_PAUSE).max(asked.unwrap_or_default());
        (self.phase, Some(now.after(pause)))
    }
}
