use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, FuturesUnordered, StreamExt};
use landbridge_core::engine::Engine;
use landbridge_core::event::RunId;
use landbridge_core::reconcile::{Outcome, Progress, Run};
use landbridge_core::topology::Topology;
use landbridge_core::{Clock, Result};
use tokio_util::sync::CancellationToken;

use crate::budget::Budgets;
use crate::engines::Engines;
use crate::fleet::{TRIES, contended, keys, load, save};
use crate::key::LinkKey;
use crate::lease::{Lease, LeaseGuard};
use crate::spec::Spec;
use crate::state::{Phase, Work};
use crate::store::Store;
use crate::time::Moment;

/// How a worker works.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerOptions {
    /// How long a lease is held without a renewal. Default 45 s.
    pub lease: Duration,
    /// How long after its end another worker takes it, because clocks of machines differ. Default 15 s.
    pub grace: Duration,
    /// How often a run is looked at, its progress kept and its lease renewed: a third of the lease at most. Default 10 s.
    pub look: Duration,
    /// The pause between two searches for what is due. Default 1 s.
    pub poll: Duration,
    /// How many topologies are attended to at once. Default 64.
    pub parallel: usize,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(45),
            grace: Duration::from_secs(15),
            look: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            parallel: 64,
        }
    }
}

/// Carries out what is due. Workers of any number, in any processes, share a [`Store`].
///
/// A worker that is dropped, or whose future is, leaves its topologies to the others, once its leases have ended.
#[derive(Debug)]
pub struct Worker {
    id: String,
    store: Arc<dyn Store>,
    engines: Arc<dyn Engines>,
    clock: Arc<dyn Clock>,
    options: WorkerOptions,
    stop: CancellationToken,
    budgets: Budgets,
}

/// What came of attending to a topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attended {
    /// Nothing is due.
    Idle,
    /// Another worker has its lease.
    Elsewhere,
    /// A run has ended, and this is where the topology stands now.
    Ended(Phase),
    /// The lease went to another worker meanwhile. Nothing was written since, and nothing is kept of the run.
    Lost,
}

/// Whether a run goes on.
enum Look {
    On,
    /// Something else was asked for.
    Superseded,
    /// The lease is another worker's.
    Lost,
}

struct Taken {
    work: Work,
    spec: Spec,
    guard: Arc<LeaseGuard>,
}

impl Worker {
    /// A worker with a random ID, of which no other worker has the same.
    pub fn new(store: Arc<dyn Store>, engines: Arc<dyn Engines>, clock: Arc<dyn Clock>) -> Self {
        Self {
            id: RunId::random().as_str().to_owned(),
            store,
            engines,
            clock,
            options: WorkerOptions::default(),
            stop: CancellationToken::new(),
            budgets: Budgets::default(),
        }
    }

    /// Sets how it works.
    #[must_use]
    pub fn with_options(mut self, options: WorkerOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the token that stops it: runs end before their next write, and what they were for is due for other workers.
    #[must_use]
    pub fn with_cancellation(mut self, stop: CancellationToken) -> Self {
        self.stop = stop;
        self
    }

    /// Its ID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Carries out what is due until it is stopped: each topology by itself, so that a long run holds up no other. What goes wrong
    /// with the store is logged, and tried again.
    pub async fn run(&self) {
        let mut attending = FuturesUnordered::new();
        let mut under_way: BTreeSet<LinkKey> = BTreeSet::new();
        let mut queue: VecDeque<LinkKey> = VecDeque::new();
        let mut pause = self.clock.sleep(Duration::ZERO);
        while !(self.stop.is_cancelled() && attending.is_empty()) {
            while under_way.len() < self.options.parallel.max(1)
                && let Some(key) = queue.pop_front()
            {
                if under_way.insert(key.clone()) {
                    attending.push(self.attend_to(key));
                }
            }
            tokio::select! {
                Some(key) = attending.next() => {
                    under_way.remove(&key);
                }
                () = &mut pause, if queue.is_empty() && !self.stop.is_cancelled() => {
                    queue = self.all().await.into();
                    pause = self.clock.sleep(self.options.poll);
                }
                () = self.stop.cancelled(), if attending.is_empty() => {}
            }
        }
    }

    async fn attend_to(&self, key: LinkKey) -> LinkKey {
        if let Err(error) = self.attend(&key).await {
            tracing::warn!(%error, topology = %key, "a topology was not attended to");
        }
        key
    }

    async fn all(&self) -> Vec<LinkKey> {
        let keys = keys(self.store.as_ref()).await;
        keys.unwrap_or_else(|error| {
            tracing::warn!(%error, "the topologies were not listed");
            Vec::new()
        })
    }

    /// Carries out all that is due now, and gives how many runs have ended.
    ///
    /// # Errors
    /// The first error of the store. What else is due is carried out all the same.
    pub async fn round(&self) -> Result<usize> {
        let mut ended = 0;
        loop {
            let keys = keys(self.store.as_ref()).await?;
            // Futures, not a closure that makes them: the caller's would not be `Send`.
            let attending: Vec<_> = keys.iter().map(|key| self.attend(key)).collect();
            let outcomes: Vec<Result<Attended>> = stream::iter(attending)
                .buffer_unordered(self.options.parallel.max(1))
                .collect()
                .await;
            let mut now = 0;
            for outcome in outcomes {
                now += usize::from(matches!(outcome?, Attended::Ended(_)));
            }
            ended += now;
            // A tick that has found something to repair is followed by the repair.
            if now == 0 || self.stop.is_cancelled() {
                return Ok(ended);
            }
        }
    }

    /// Carries out what is due for a topology.
    ///
    /// # Errors
    /// What the store says. What goes wrong in the run is its outcome.
    pub async fn attend(&self, key: &LinkKey) -> Result<Attended> {
        let taken = match self.take(key).await? {
            Ok(taken) => taken,
            Err(none) => return Ok(none),
        };
        let outcome = self.carry_out(key, &taken).await;
        match outcome {
            Some(outcome) => self.settle(key, &taken.work, outcome).await,
            None => Ok(Attended::Lost),
        }
    }

    /// Takes the lease of a topology for which something is due.
    async fn take(&self, key: &LinkKey) -> Result<Result<Taken, Attended>> {
        for _ in 0..TRIES {
            let Some((document, mut state)) = load(self.store.as_ref(), key).await? else {
                return Ok(Err(Attended::Idle));
            };
            let (now, uptime) = (self.now(), self.clock.uptime());
            let Some(work) = state.work(now).filter(|_| !self.stop.is_cancelled()) else {
                return Ok(Err(Attended::Idle));
            };
            let is_free = |lease: &Lease| lease.is_free_at(now, self.options.grace);
            if !state.lease.as_ref().is_none_or(is_free) {
                return Ok(Err(Attended::Elsewhere));
            }
            state.lease = Some(Lease::new(&self.id, now.after(self.options.lease)));
            if save(self.store.as_ref(), key, &state, Some(&document)).await? {
                let until = uptime.saturating_add(self.options.lease);
                return Ok(Ok(Taken {
                    work,
                    spec: state.spec,
                    guard: Arc::new(LeaseGuard::new(Arc::clone(&self.clock), until)),
                }));
            }
        }
        Err(contended(key))
    }

    /// Makes the run. Nothing if the lease went to another worker.
    async fn carry_out(&self, key: &LinkKey, taken: &Taken) -> Option<Outcome> {
        let prepared = match self.prepare(key, taken).await {
            Ok(prepared) => prepared,
            Err(error) => return Some(Outcome::failed(&error)),
        };
        let run = self.begin(key, taken, &prepared).await;
        loop {
            let progress = tokio::select! {
                biased;
                () = self.stop.cancelled() => {
                    run.stop();
                    return Some(run.ended().await.outcome);
                }
                progress = run.progress_within(self.options.look) => progress,
            };
            if let Some(outcome) = progress.outcome {
                return Some(outcome);
            }
            self.share(&prepared).await;
            match self.look(key, taken, progress).await {
                Ok(Look::On) => {}
                Ok(Look::Superseded) => run.stop(),
                Ok(Look::Lost) => {
                    taken.guard.close();
                    run.stop();
                    run.ended().await;
                    return None;
                }
                // The lease is not renewed. If that lasts, its guard closes by itself.
                Err(error) => tracing::warn!(%error, topology = %key, "a look was not kept"),
            }
        }
    }

    /// Keeps to the shares of the topology's accounts.
    async fn share(&self, (engine, topology): &(Engine, Topology)) {
        let now = self.now();
        self.budgets
            .refresh(self.store.as_ref(), &self.id, (engine, topology), now)
            .await;
    }

    async fn prepare(&self, key: &LinkKey, taken: &Taken) -> Result<(Engine, Topology)> {
        let topology = taken.spec.topology_of(key)?;
        let engine = self.engines.engine(key, &topology).await?;
        Ok((engine, topology))
    }

    async fn begin(&self, key: &LinkKey, taken: &Taken, prepared: &(Engine, Topology)) -> Run {
        let (engine, topology) = prepared;
        self.share(prepared).await;
        let id = RunId::new(format!(
            "{key}-{}-{}",
            taken.work.generation,
            RunId::random()
        ));
        tracing::info!(topology = %key, run = %id, goal = ?taken.work.intent.goal, "a run begins");
        let guard = Arc::clone(&taken.guard);
        let engine = engine.clone().with_run_id(id).with_write_guard(guard);
        engine.reconcile(topology.clone(), taken.work.intent.clone())
    }

    /// Keeps how far the run has come, and renews the lease.
    async fn look(&self, key: &LinkKey, taken: &Taken, progress: Progress) -> Result<Look> {
        for _ in 0..TRIES {
            let Some((document, mut state)) = load(self.store.as_ref(), key).await? else {
                return Ok(Look::Lost);
            };
            if !self.holds(state.lease.as_ref()) {
                return Ok(Look::Lost);
            }
            let (now, uptime) = (self.now(), self.clock.uptime());
            let is_current = state.generation == taken.work.generation;
            if is_current {
                state.progress = Some(progress.clone());
            }
            state.lease = Some(Lease::new(&self.id, now.after(self.options.lease)));
            if save(self.store.as_ref(), key, &state, Some(&document)).await? {
                taken.guard.renew(uptime.saturating_add(self.options.lease));
                return Ok(match is_current {
                    true => Look::On,
                    false => Look::Superseded,
                });
            }
        }
        Err(contended(key))
    }

    /// Keeps how the run has ended, and gives the lease back.
    async fn settle(&self, key: &LinkKey, work: &Work, outcome: Outcome) -> Result<Attended> {
        for _ in 0..TRIES {
            let Some((document, mut state)) = load(self.store.as_ref(), key).await? else {
                return Ok(Attended::Lost);
            };
            if !self.holds(state.lease.as_ref()) {
                return Ok(Attended::Lost);
            }
            if state.generation == work.generation {
                state.ended(work.intent.goal, outcome.clone(), key, self.now());
            }
            state.lease = None;
            if save(self.store.as_ref(), key, &state, Some(&document)).await? {
                tracing::info!(topology = %key, phase = state.phase.as_str(), "a run has ended");
                return Ok(Attended::Ended(state.phase));
            }
        }
        Err(contended(key))
    }

    fn holds(&self, lease: Option<&Lease>) -> bool {
        lease.is_some_and(|lease| lease.holder == self.id)
    }

    fn now(&self) -> Moment {
        Moment::of(self.clock.now())
    }
}
