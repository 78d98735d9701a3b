//! The engine: observes places, takes the steps of a plan, proves the outcome, removes it again.

mod agents;
mod apply;
mod apply_error;
mod baseline;
mod batch;
mod contest;
mod discover;
mod domain;
mod draft;
mod finished;
mod footprint;
mod gate;
mod gone_hubs;
mod halt;
mod joined;
mod kept;
mod left;
mod lists;
mod observe;
mod oracle;
mod pace;
mod prices;
mod probe;
mod progress;
mod queue;
mod residue;
mod resume;
mod schedule;
mod shared;
mod site;
mod stays;
mod strays;
mod under_way;
mod window;

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::backend::{CallContext, RateUsage};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{EventSink, EventStream, Events, NoEvents, RunId};
use crate::handover::{self, Guide, HandOver};
use crate::ids::{AccountId, CloudName, Place};
use crate::journal::{Journal, NoJournal};
use crate::observation::Observation;
use crate::retry::Patience;
use crate::topology::Topology;
use crate::traits::{Capabilities, Cloud, CloudProvider};

pub use crate::backend::{PlaceReads, WriteGuard};
pub use apply::Applied;
pub use apply_error::{ApplyError, Stopped};
pub use baseline::{Baseline, Change, ChangedMember, Difference};
pub use finished::Finished;
pub use residue::{Residue, ResidueReport};
pub use resume::Resumed;
pub(crate) use site::Site;
pub use stays::Stay;
pub use under_way::{Standing, UnderWay};

/// How hard and how long the engine tries.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EngineOptions {
    /// How many calls of an apply may be under way at once; what waits for its rate budget is not. Default 32.
    pub parallel: usize,
    /// How long a step may take, waiting included, but for its turn among other steps. Default 45 minutes, which covers the
    /// slowest attachment.
    pub step_limit: Duration,
    /// How long a whole apply or destroy may take. Default 4 hours.
    pub total_limit: Duration,
    /// The shortest pause between two looks at an object that is not ready, and the first pause before a refused call is
    /// sent again. Default 250 ms. The first look comes at once, the second when such an object is usually ready
    /// ([`Pace`](crate::traits::Pace)); pauses grow with the time that it takes.
    pub poll: Duration,
    /// The longest pause between two looks or two attempts. Default 15 s.
    pub poll_max: Duration,
    /// For how long a created object may be invisible before it counts as gone. Default 60 s.
    pub visibility: Duration,
    /// For how long the outcome of a call is looked for whose answer was lost, before it is sent again. Default 9 s.
    pub read_back: Duration,
    /// How long calls under way are waited for once a run stops, because it was cancelled or a step failed. What was not
    /// answered by then is told as [unsettled](Standing::Unsettled). Default 30 s.
    pub settle_limit: Duration,
    /// How long an object may be in use, while nothing else in the run changes, before its deletion fails: what uses it
    /// is then not part of the plan. Default 12 minutes, because interfaces of a deleted attachment may stay for ten.
    pub held_limit: Duration,
    /// How long pings are repeated until every pair answers. Default 5 minutes.
    pub probe_limit: Duration,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            parallel: 32,
            step_limit: Duration::from_secs(45 * 60),
            total_limit: Duration::from_secs(4 * 3600),
            poll: Duration::from_millis(250),
            poll_max: Duration::from_secs(15),
            visibility: Duration::from_secs(60),
            read_back: Duration::from_secs(9),
            settle_limit: Duration::from_secs(30),
            held_limit: Duration::from_secs(12 * 60),
            probe_limit: Duration::from_secs(300),
        }
    }
}

/// Where passwords come from that a topology names by environment variable.
pub trait SecretSource: Debug + Send + Sync + 'static {
    /// The secret of this name.
    fn secret(&self, name: &str) -> Option<SecretString>;
}

/// Secrets from the process environment.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnvSecrets;

impl SecretSource for EnvSecrets {
    fn secret(&self, name: &str) -> Option<SecretString> {
        std::env::var(name)
            .ok()
            .filter(|value| !value.is_empty())
            .map(SecretString::from)
    }
}

/// The engine. It is cheap to clone; clones share everything.
///
/// One provider for each cloud is enough: a provider makes the handles for all accounts and regions. With the in-memory
/// cloud and its clock nothing waits:
///
/// ```
/// use std::sync::Arc;
///
/// use landbridge_core::engine::Engine;
/// use landbridge_core::memory::{ManualClock, MemoryProvider};
/// use landbridge_core::plan::{plan, plan_destroy};
/// use landbridge_core::topology::Topology;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = Arc::new(ManualClock::new());
/// let provider = Arc::new(MemoryProvider::new(clock.clone()));
/// let engine = Engine::new().with_clock(clock).with_provider(provider.clone());
/// let topology = Topology::from_text(
///     "{ name: demo, accounts: [{ name: a, cloud: memory, id: '1111' }],
///        networks: [{ name: vpc1, account: a, region: r1, range: 10.1.0.0/16 }] }",
/// )?;
///
/// engine.apply(&plan(&topology, &engine.observe(&topology).await?)).await?;
/// assert_eq!(provider.objects(), ["network:network/vpc1"]);
///
/// let destroy = plan_destroy(&topology, &engine.observe(&topology).await?);
/// engine.apply(&destroy).await?;
/// assert!(engine.residue(&topology, Some(&destroy)).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    providers: BTreeMap<CloudName, Arc<dyn CloudProvider>>,
    clock: Arc<dyn Clock>,
    options: EngineOptions,
    events: Events,
    secrets: Arc<dyn SecretSource>,
    cancel: CancellationToken,
    journal: Arc<dyn Journal>,
    guard: Option<Arc<dyn WriteGuard>>,
    place_reads: Option<Arc<PlaceReads>>,
    halt: CancellationToken,
    /// In the clock's uptime.
    deadline: Option<Duration>,
}

impl Engine {
    /// An engine without providers, on the system clock, with a random run ID, whose events are dropped.
    pub fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        Self {
            providers: BTreeMap::new(),
            events: Events::new(Arc::new(NoEvents), Arc::clone(&clock), RunId::random()),
            clock,
            options: EngineOptions::default(),
            secrets: Arc::new(EnvSecrets),
            cancel: CancellationToken::new(),
            journal: Arc::new(NoJournal),
            guard: None,
            place_reads: None,
            halt: CancellationToken::new(),
            deadline: None,
        }
    }

    /// Adds the provider of a cloud, in place of one of the same cloud.
    #[must_use]
    pub fn with_provider(mut self, provider: Arc<dyn CloudProvider>) -> Self {
        self.providers
            .insert(provider.capabilities().cloud.clone(), provider);
        self
    }

    /// Sets the clock. Default: the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.events = self.events.with_clock(Arc::clone(&clock));
        self.clock = clock;
        self
    }

    /// Sets how hard and how long to try.
    #[must_use]
    pub fn with_options(mut self, options: EngineOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the sink of events. Default: events are dropped.
    #[must_use]
    pub fn with_events(mut self, sink: Arc<dyn EventSink>) -> Self {
        self.events = self.events.with_sink(sink);
        self
    }

    /// Hands the events out as a stream, in place of an earlier sink. [`EventStream`] says what a slow or a dropped reader
    /// means for a run.
    ///
    /// The stream ends when this engine and its clones are dropped, so a service that keeps an engine gives each run a
    /// clone:
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use landbridge_core::engine::Engine;
    /// # use landbridge_core::event::Event;
    /// # use landbridge_core::memory::{ManualClock, MemoryProvider};
    /// # use landbridge_core::plan::plan;
    /// # use landbridge_core::topology::Topology;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let clock = Arc::new(ManualClock::new());
    /// # let provider = Arc::new(MemoryProvider::new(clock.clone()));
    /// # let engine = Engine::new().with_clock(clock).with_provider(provider);
    /// # let topology = Topology::from_text(
    /// #     "{ name: demo, accounts: [{ name: a, cloud: memory, id: '1111' }],
    /// #        networks: [{ name: vpc1, account: a, region: r1, range: 10.1.0.0/16 }] }",
    /// # )?;
    /// let steps = plan(&topology, &engine.observe(&topology).await?);
    /// let (run, mut events) = engine.clone().with_event_stream();
    /// let reader = tokio::spawn(async move {
    ///     let mut done = Vec::new();
    ///     while let Some(record) = events.next().await {
    ///         if let Event::StepDone { key, .. } = record.event {
    ///             done.push(key.to_string());
    ///         }
    ///     }
    ///     done
    /// });
    /// run.apply(&steps).await?;
    /// drop(run);
    /// assert_eq!(reader.await?, ["network/vpc1"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_event_stream(self) -> (Self, EventStream) {
        let (sink, events) = EventStream::channel();
        (self.with_events(Arc::new(sink)), events)
    }

    /// Sets the run ID that events carry. Default: a random one, made by [`new`](Self::new) and shared by clones.
    ///
    /// A service that keeps one engine gives each job a clone with an ID of its own.
    #[must_use]
    pub fn with_run_id(mut self, run: RunId) -> Self {
        self.events = self.events.with_run(run);
        self
    }

    /// The run ID that events carry.
    pub fn run_id(&self) -> &RunId {
        self.events.run()
    }

    /// Sets where passwords come from. Default: the process environment.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Arc<dyn SecretSource>) -> Self {
        self.secrets = secrets;
        self
    }

    /// Sets the token that stops the engine before its next write: no attempt of a write begins any more, and reads end.
    /// Calls under way are waited for, at most for [`settle_limit`](EngineOptions::settle_limit).
    #[must_use]
    pub fn with_cancellation(mut self, cancel: CancellationToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Sets where [`apply`](Self::apply) notes each write before it sends it. Default: nowhere.
    #[must_use]
    pub fn with_journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = journal;
        self
    }

    /// Sets what [`apply`](Self::apply) asks before each write, such as a lease. Default: every write may begin.
    #[must_use]
    pub fn with_write_guard(mut self, guard: Arc<dyn WriteGuard>) -> Self {
        self.guard = Some(guard);
        self
    }

    /// Sets the lists that runs which only [observe](crate::reconcile::Intent::observe) share with those of other engines. Writes of
    /// this engine drop what was read before of their places, so give the same one to all engines that write there. Default: each
    /// run reads by itself.
    #[must_use]
    pub fn with_place_reads(mut self, reads: Arc<PlaceReads>) -> Self {
        self.place_reads = Some(reads);
        self
    }

    pub(crate) fn shares_reads(&self) -> bool {
        self.place_reads.is_some()
    }

    /// Sets the token that ends the wait for calls under way, after the one that
    /// [stops](Self::with_cancellation) the engine. Their outcome is then told as not known.
    #[must_use]
    pub fn with_halt(mut self, halt: CancellationToken) -> Self {
        self.halt = halt;
        self
    }

    /// Sets how long all that this engine and its clones do from now on may take together, beside the limits of each
    /// operation. Set the clock first. Default: no such limit.
    ///
    /// When it has passed, no call is begun and no pause is made: what is under way ends with an error that says so.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.deadline = Some(self.clock.uptime().saturating_add(limit));
        self
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) fn cancellation(&self) -> &CancellationToken {
        &self.cancel
    }

    pub(crate) fn told(&self) -> &Events {
        &self.events
    }

    /// The outcomes of calls in their order, with at most [`parallel`](EngineOptions::parallel) of them under way at once.
    ///
    /// It takes futures, not a closure that makes them: a closure over borrowed arguments would leave the caller's future
    /// without `Send`.
    pub(crate) fn side_by_side<F: Future>(&self, calls: Vec<F>) -> impl Stream<Item = F::Output> {
        stream::iter(calls).buffered(self.options.parallel.max(1))
    }

    /// Patience for `limit` from now, or until the engine is cancelled or its deadline comes.
    pub(crate) fn patience(&self, limit: Duration) -> Patience {
        let left = self
            .deadline
            .map(|deadline| deadline.saturating_sub(self.clock.uptime()));
        let limit = left.map_or(limit, |left| left.min(limit));
        Patience::new(Arc::clone(&self.clock), limit, self.cancel.child_token())
    }

    /// Whether the caller has cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// For how long a created object may be invisible.
    pub(crate) fn visibility(&self) -> Duration {
        self.options.visibility
    }

    /// The same engine for what must be done after a cancellation too: it has `limit` from now for each operation, and stops
    /// where this one stops waiting.
    pub(crate) fn past_cancellation(&self, limit: Duration) -> Self {
        let mut engine = self.clone();
        engine.cancel = self.halt.clone();
        engine.deadline = None;
        engine.options.total_limit = limit.min(engine.options.total_limit);
        engine
    }

    /// Does `reading`, whose calls end with the engine's cancellation and within the total limit.
    pub(crate) async fn within_limits<F: Future>(&self, reading: F) -> F::Output {
        let patience = self.patience(self.options.total_limit);
        CallContext::new(patience).scope(reading).await
    }

    /// What the clouds of the providers can do.
    pub fn capabilities(&self) -> Vec<Capabilities> {
        let providers = self.providers.values();
        providers
            .map(|provider| provider.capabilities().clone())
            .collect()
    }

    /// What the owners of accounts that others hold are asked to do, in the words of their clouds; see
    /// [`hand_over`](crate::handover::hand_over()).
    pub fn hand_over(&self, topology: &Topology, observation: &Observation) -> Vec<HandOver> {
        handover::hand_over(topology, observation, |cloud| self.guide(cloud))
    }

    /// What they are asked to take away; see [`take_back`](crate::handover::take_back()).
    pub fn take_back(&self, topology: &Topology, observation: &Observation) -> Vec<HandOver> {
        handover::take_back(topology, observation, |cloud| self.guide(cloud))
    }

    /// Sets which part of an account's rate limits the providers use; see
    /// [`set_rate_share`](CloudProvider::set_rate_share).
    pub fn set_rate_share(&self, cloud: &CloudName, account: &AccountId, share: f64) {
        if let Some(provider) = self.providers.get(cloud) {
            provider.set_rate_share(account, share);
        }
    }

    /// What was asked of the rate budgets of an account; see [`rate_usage`](CloudProvider::rate_usage).
    pub fn rate_usage(&self, cloud: &CloudName, account: &AccountId) -> RateUsage {
        let provider = self.providers.get(cloud);
        provider.map_or_else(RateUsage::default, |provider| provider.rate_usage(account))
    }

    /// What was wanted of the rate budgets of an account; see [`rate_demand`](CloudProvider::rate_demand).
    pub fn rate_demand(&self, cloud: &CloudName, account: &AccountId) -> u64 {
        let provider = self.providers.get(cloud);
        provider.map_or(0, |provider| provider.rate_demand(account))
    }

    fn guide(&self, cloud: &CloudName) -> Option<&dyn Guide> {
        self.providers.get(cloud)?.guide()
    }

    /// The handle for a place.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when no provider for its cloud was added, or what the provider says.
    pub async fn cloud(&self, place: &Place) -> Result<Arc<dyn Cloud>> {
        let provider = self.providers.get(&place.cloud).ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                format!("there is no backend for cloud `{}`", place.cloud),
            )
            .with_remedy(format!("use one of: {}", Names(&self.providers)))
        })?;
        provider.cloud(place).await
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

struct Names<'a>(&'a BTreeMap<CloudName, Arc<dyn CloudProvider>>);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.keys().map(CloudName::as_str).collect();
        f.write_str(&names.join(", "))
    }
}
