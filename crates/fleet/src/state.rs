//! The rules of one topology, without a clock and without a store: what an order and an outcome make of its state.

use std::time::Duration;

use landbridge_core::reconcile::{Goal, Intent, Outcome, Progress};
use landbridge_core::{Error, ErrorKind, FormatVersion, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::key::LinkKey;
use crate::lease::{Lease, LeaseTerms};
use crate::orders::{Order, Terms};
use crate::spec::{OnDrift, Spec};
use crate::time::Moment;

/// The pause before a run that failed for a reason that may pass is started again; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How many IDs of orders are remembered.
const ORDERS: usize = 8;

/// Where a topology stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
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
    /// It was told to stop: no run begins until it is resumed, and one under way ends at the next look at it.
    Stopped,
    /// It is deleted.
    Deleting,
    /// Nothing of it is left: the outcome tells what was seen. What is known of it can be forgotten.
    Deleted,
}

impl Phase {
    /// All phases.
    pub const ALL: [Self; 9] = [
        Self::Applying,
        Self::WaitingForPeer,
        Self::Ready,
        Self::Drifted,
        Self::Repairing,
        Self::Failed,
        Self::Stopped,
        Self::Deleting,
        Self::Deleted,
    ];

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

    /// Whether it stays so until something else is asked for or seen. One that waits for its peer rests: that may take days.
    pub const fn is_at_rest(self) -> bool {
        !matches!(self, Self::Applying | Self::Repairing | Self::Deleting)
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Work {
    /// For which generation.
    pub generation: u64,
    /// What for.
    pub goal: Goal,
    /// What is declared.
    pub spec: Spec,
    /// Since when it is due.
    #[serde(default)]
    pub due: Moment,
}

impl Work {
    /// What the run is for, and what it may do.
    pub fn intent(&self) -> Intent {
        let intent = match self.goal {
            Goal::Remove => Intent::remove(),
            Goal::Observe => Intent::observe(),
            _ => Intent::converge(),
        };
        self.spec.policy.with_limits_of(intent)
    }
}

/// Why a worker does not make a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "not-taken", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NotTaken {
    /// Nothing is due.
    Idle,
    /// Another worker has the lease.
    Elsewhere {
        /// When it is free, unless it is renewed.
        until: Moment,
    },
}

/// What a look at a run tells its worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Look {
    /// The lease is renewed.
    On,
    /// The lease is renewed, and something else was asked for: the run is to stop.
    Superseded,
    /// The lease is another worker's: nothing more may be written.
    Lost,
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
    /// How many runs that only observed have ended.
    #[serde(default)]
    pub ticks: u64,
    /// Who owns it at the moment.
    #[serde(default)]
    pub lease: Option<Lease>,
    /// The IDs of the last orders.
    #[serde(default)]
    pub orders: Vec<String>,
}

impl LinkState {
    /// Takes an order for a topology that may not be known yet.
    ///
    /// # Errors
    /// As [`Orders::give`](crate::Orders::give), but for what a [`Spec`] and a store say.
    pub fn give(
        known: Option<Self>,
        key: &LinkKey,
        order: Order,
        terms: &Terms,
        now: Moment,
    ) -> Result<Self> {
        if let (Some(known), Some(id)) = (&known, &terms.id)
            && known.orders.contains(id)
        {
            return Ok(known.clone());
        }
        let generation = known.as_ref().map_or(0, |known| known.generation);
        if let Some(expected) = terms.generation.filter(|expected| *expected != generation) {
            return Err(other_generation(key, expected, generation));
        }
        let mut state = match (known, order) {
            (Some(mut known), order) => {
                known.take_order(order, now)?;
                known
            }
            (None, Order::Submit { spec }) => Self::new(spec, now),
            (None, _) => return Err(absent(key)),
        };
        if let Some(id) = &terms.id {
            state.orders.push(id.clone());
            let surplus = state.orders.len().saturating_sub(ORDERS);
            state.orders.drain(..surplus);
        }
        Ok(state)
    }

    fn take_order(&mut self, order: Order, now: Moment) -> Result<()> {
        match order {
            Order::Submit { spec } => return self.submit(spec, now),
            Order::Delete => self.delete(now),
            Order::Stop => self.stop(),
            Order::Resume => self.resume(now),
            Order::PeerReady => self.peer_ready(now),
        }
        Ok(())
    }

    fn new(spec: Spec, now: Moment) -> Self {
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
            ticks: 0,
            lease: None,
            orders: Vec::new(),
        }
    }

    // One that is the same and stands well, or is on its way, stays as it is; else it is applied, and a run for what was asked
    // before stops.
    fn submit(&mut self, spec: Spec, now: Moment) -> Result<()> {
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

    // A run that is under way stops first.
    fn delete(&mut self, now: Moment) {
        if self.wanted == Wanted::Gone && matches!(self.phase, Phase::Deleting | Phase::Deleted) {
            return;
        }
        self.wanted = Wanted::Gone;
        self.ask(Phase::Deleting, now);
    }

    // A run that is under way ends before its next write, and no other begins until it is resumed.
    fn stop(&mut self) {
        if !matches!(self.phase, Phase::Deleted | Phase::Stopped) {
            self.generation += 1;
            self.phase = Phase::Stopped;
            self.due = None;
        }
    }

    fn resume(&mut self, now: Moment) {
        match self.phase {
            Phase::Stopped | Phase::Failed | Phase::Drifted | Phase::WaitingForPeer => {
                self.ask(self.converging(), now);
            }
            _ => {}
        }
    }

    fn peer_ready(&mut self, now: Moment) {
        if self.phase == Phase::WaitingForPeer {
            self.due = Some(now);
        }
    }

    /// The run that is due.
    pub fn work(&self, now: Moment) -> Option<Work> {
        let due = self.due.filter(|due| *due <= now)?;
        let goal = match (self.phase, self.wanted) {
            (Phase::Stopped | Phase::Deleted, _) => return None,
            (_, Wanted::Gone) => Goal::Remove,
            (Phase::Ready | Phase::Drifted, Wanted::Up) => Goal::Observe,
            _ => Goal::Converge,
        };
        Some(Work {
            generation: self.generation,
            goal,
            spec: self.spec.clone(),
            due,
        })
    }

    /// Gives a worker the lease of a topology for which a run is due, and that run.
    ///
    /// # Errors
    /// Why there is nothing for it to do.
    pub fn take(
        &mut self,
        worker: &str,
        terms: &LeaseTerms,
        now: Moment,
    ) -> Result<Work, NotTaken> {
        let work = self.work(now).ok_or(NotTaken::Idle)?;
        let others = self.lease.as_ref().filter(|lease| lease.holder != worker);
        if let Some(until) = others.map(|lease| lease.until.after(terms.grace))
            && now <= until
        {
            return Err(NotTaken::Elsewhere { until });
        }
        self.lease = Some(Lease::new(worker, now.after(terms.length)));
        Ok(work)
    }

    /// Keeps how far a worker's run of a generation has come, and renews its lease.
    pub fn look(
        &mut self,
        worker: &str,
        generation: u64,
        progress: Progress,
        terms: &LeaseTerms,
        now: Moment,
    ) -> Look {
        if !self.is_held_by(worker) {
            return Look::Lost;
        }
        self.lease = Some(Lease::new(worker, now.after(terms.length)));
        if self.generation != generation {
            return Look::Superseded;
        }
        self.progress = Some(progress);
        Look::On
    }

    /// Keeps how a worker's run has ended, and takes its lease back. Tells whether the worker had it: else nothing is kept.
    pub fn settle(
        &mut self,
        worker: &str,
        (generation, goal): (u64, Goal),
        outcome: Outcome,
        key: &LinkKey,
        now: Moment,
    ) -> bool {
        if !self.is_held_by(worker) {
            return false;
        }
        if self.generation == generation {
            self.ended(goal, outcome, key, now);
        }
        // Also after a run for an earlier order: without progress, no run is under way.
        self.progress = None;
        self.lease = None;
        true
    }

    fn is_held_by(&self, worker: &str) -> bool {
        let lease = self.lease.as_ref();
        lease.is_some_and(|lease| lease.holder == worker)
    }

    fn ended(&mut self, goal: Goal, outcome: Outcome, key: &LinkKey, now: Moment) {
        let is_over = !matches!(outcome, Outcome::Stopped { .. } | Outcome::LostLease { .. });
        self.ticks += u64::from(goal == Goal::Observe && is_over);
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

pub(crate) fn absent(key: &LinkKey) -> Error {
    Error::new(ErrorKind::NotFound, format!("unknown topology `{key}`"))
        .with_remedy("submit it first")
}

pub(crate) fn other_generation(key: &LinkKey, expected: u64, found: u64) -> Error {
    let message = match found {
        0 => format!("expected generation {expected} of topology `{key}`, which is not known"),
        found => format!("expected generation {expected} of topology `{key}`, found {found}"),
    };
    Error::new(ErrorKind::Refused, message)
        .with_code(Terms::OTHER_GENERATION)
        .with_remedy("read its status, and give the order again if it still holds")
}
