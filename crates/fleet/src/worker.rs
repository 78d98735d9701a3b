use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, FuturesUnordered, StreamExt};
use landbridge_core::event::RunId;
use landbridge_core::reconcile::{Outcome, Progress};
use landbridge_core::{Clock, Result};
use tokio_util::sync::CancellationToken;

use crate::carrier::{Carrier, PLACE_READS};
use crate::engines::Engines;
use crate::fleet::{TRIES, contended, keys, load, save};
use crate::key::LinkKey;
use crate::lease::{LeaseGuard, LeaseTerms, Reading};
use crate::shares::StoreShares;
use crate::state::{Look, NotTaken, Phase, Work};
use crate::store::Store;
use crate::time::Moment;
use crate::watch::Watch;

/// How a worker works.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerOptions {
    /// How long leases last.
    pub lease: LeaseTerms,
    /// How often a run is looked at, its progress kept and its lease renewed: a third of the lease at most. Default 10 s.
    pub look: Duration,
    /// The pause between two searches for what is due. Default 1 s.
    pub poll: Duration,
    /// How many topologies are attended to at once. Default 64.
    pub parallel: usize,
    /// For how long topologies with the same keys share what is read of a place when they are observed
    /// ([`PlaceReads`](landbridge_core::engine::PlaceReads)). Zero: each reads by itself. Default 60 s.
    pub place_reads: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            lease: LeaseTerms::default(),
            look: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            parallel: 64,
            place_reads: PLACE_READS,
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
    clock: Arc<dyn Clock>,
    carrier: Carrier,
    options: WorkerOptions,
    stop: CancellationToken,
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

/// A run whose lease was taken.
struct Taken {
    work: Work,
    /// Another one for each run, so that a worker that attends to a topology twice at once makes one run.
    holder: String,
    guard: Arc<LeaseGuard>,
}

impl Worker {
    /// A worker with a random ID, of which no other worker has the same.
    pub fn new(store: Arc<dyn Store>, engines: Arc<dyn Engines>, clock: Arc<dyn Clock>) -> Self {
        let id = RunId::random().as_str().to_owned();
        let shares = Arc::new(StoreShares(Arc::clone(&store)));
        Self {
            carrier: Carrier::new(&id, engines, Arc::clone(&clock), shares),
            id,
            store,
            clock,
            options: WorkerOptions::default(),
            stop: CancellationToken::new(),
        }
    }

    /// Sets how it works.
    #[must_use]
    pub fn with_options(mut self, options: WorkerOptions) -> Self {
        self.carrier.set_place_reads(options.place_reads);
        self.options = options;
        self
    }

    /// Sets the token that stops it: runs end before their next write, and what they were for is due for other workers.
    #[must_use]
    pub fn with_cancellation(mut self, stop: CancellationToken) -> Self {
        self.stop = stop;
        self
    }

    /// Sets who hears of its runs. Default: nothing but the log.
    #[must_use]
    pub fn with_watch(mut self, watch: Arc<dyn Watch>) -> Self {
        self.carrier.set_watch(watch);
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
        self.carrier.give_back_shares().await;
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
                self.carrier.give_back_shares().await;
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
            Some(outcome) => self.settle(key, &taken, outcome).await,
            None => Ok(Attended::Lost),
        }
    }

    /// Takes the lease of a topology for which something is due.
    async fn take(&self, key: &LinkKey) -> Result<Result<Taken, Attended>> {
        let holder = format!("{}-{}", self.id, RunId::random());
        for _ in 0..TRIES {
            let Some((document, mut state)) = load(self.store.as_ref(), key).await? else {
                return Ok(Err(Attended::Idle));
            };
            if self.stop.is_cancelled() {
                return Ok(Err(Attended::Idle));
            }
            let asked = Reading::of(self.clock.as_ref());
            let work = match state.take(&holder, &self.options.lease, asked.wall) {
                Ok(work) => work,
                Err(NotTaken::Idle) => return Ok(Err(Attended::Idle)),
                Err(NotTaken::Elsewhere { .. }) => return Ok(Err(Attended::Elsewhere)),
            };
            if save(self.store.as_ref(), key, &state, Some(&document)).await? {
                let (clock, length) = (Arc::clone(&self.clock), self.options.lease.length);
                let guard = Arc::new(LeaseGuard::new(clock, asked, length));
                return Ok(Ok(Taken {
                    work,
                    holder,
                    guard,
                }));
            }
        }
        Err(contended(key))
    }

    /// Makes the run. Nothing if the lease went to another worker.
    async fn carry_out(&self, key: &LinkKey, taken: &Taken) -> Option<Outcome> {
        let prepared = match self.carrier.prepare(key, &taken.work.spec).await {
            Ok(prepared) => prepared,
            Err(error) => return Some(Outcome::failed(&error)),
        };
        let guard = Arc::clone(&taken.guard);
        let run = self.carrier.begin(key, &taken.work, &prepared, guard).await;
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
            self.carrier.share(&prepared).await;
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

    /// Keeps how far the run has come, and renews the lease.
    async fn look(&self, key: &LinkKey, taken: &Taken, progress: Progress) -> Result<Look> {
        let (holder, generation) = (&taken.holder, taken.work.generation);
        let lease = &self.options.lease;
        for _ in 0..TRIES {
            let Some((document, mut state)) = load(self.store.as_ref(), key).await? else {
                return Ok(Look::Lost);
            };
            let asked = Reading::of(self.clock.as_ref());
            let look = state.look(holder, generation, progress.clone(), lease, asked.wall);
            if look == Look::Lost {
                return Ok(look);
            }
            if save(self.store.as_ref(), key, &state, Some(&document)).await? {
                taken.guard.renew(asked, lease.length);
                return Ok(look);
            }
        }
        Err(contended(key))
    }

    /// Keeps how the run has ended, and gives the lease back.
    async fn settle(&self, key: &LinkKey, taken: &Taken, outcome: Outcome) -> Result<Attended> {
        let of = (taken.work.generation, taken.work.goal);
        for _ in 0..TRIES {
            let Some((document, mut state)) = load(self.store.as_ref(), key).await? else {
                return Ok(Attended::Lost);
            };
            if !state.settle(&taken.holder, of, outcome.clone(), key, self.now()) {
                return Ok(Attended::Lost);
            }
            if save(self.store.as_ref(), key, &state, Some(&document)).await? {
                tracing::debug!(topology = %key, phase = state.phase.as_str(), "how a run ended is kept");
                return Ok(Attended::Ended(state.phase));
            }
        }
        Err(contended(key))
    }

    fn now(&self) -> Moment {
        Moment::of(self.clock.now())
    }
}
