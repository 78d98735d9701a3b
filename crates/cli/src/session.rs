//! Engines over the clouds that a command works on: the real ones, or those of an embedded simulator.

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::backend::Tap;
use landbridge_core::engine::{Engine, EngineOptions};
use landbridge_core::event::{EventSink, Events, RunId};
use landbridge_core::plan::Plan;
use landbridge_core::topology::{Account, Topology};
use landbridge_core::{Clock, Observation, Region, SystemClock};
use landbridge_sim::Simulator;
use tokio_util::sync::CancellationToken;

use crate::args::Options;
use crate::backends::{self, Access, Endpoints, Kept};
use crate::clouds::{self, KnownCloud};
use crate::exit::{Failure, Outcome};
use crate::interrupt::{Interrupts, unless_cancelled};
use crate::mfa::MfaPrompt;
use crate::progress::Progress;
use crate::quiet::Quiet;
use crate::secrets::Secrets;
use crate::sim_clock::SimClock;
use crate::simulated::{self, Keys, Simulation};

fn tap(options: &Options) -> Option<Arc<dyn Tap>> {
    if let Some(evidence) = options.evidence.clone() {
        return Some(evidence);
    }
    let recorder = options.recorder.clone()?;
    Some(recorder)
}

/// What all engines of one command share: how they reach the clouds, and how they are limited and followed.
#[derive(Debug)]
pub(crate) struct Ways {
    access: Access,
    options: EngineOptions,
    events: Arc<dyn EventSink>,
    /// One for all engines of the command.
    run: RunId,
    pub(crate) cancel: CancellationToken,
    interrupts: Interrupts,
    /// How long the command may take, and when it began in the clock's uptime.
    limit: Option<(Duration, Duration)>,
}

impl Ways {
    /// To the real clouds, or to the endpoints that the options name.
    pub(crate) fn real(options: &Options) -> Self {
        let clock = Arc::new(SystemClock::new());
        Self::new(options, clock, options.endpoints.0.clone(), None)
    }

    /// To a simulator.
    fn simulated(options: &Options, simulator: &Simulator, keys: Keys) -> Self {
        let clock = Arc::new(SimClock(simulator.clone()));
        let endpoints = clouds::ALL
            .iter()
            .map(|cloud| (cloud.name, simulator.url()));
        Self::new(options, clock, endpoints.collect(), Some(keys))
    }

    fn new(
        options: &Options,
        clock: Arc<dyn Clock>,
        endpoints: Endpoints,
        keys: Option<Keys>,
    ) -> Self {
        let interrupts = options.interrupts.clone();
        interrupts.listen();
        let cancel = interrupts.stop().clone();
        let began = clock.uptime();
        let access = Access {
            clock,
            endpoints,
            keys,
            tap: tap(options),
            mfa: Arc::new(MfaPrompt::new(cancel.clone())),
            kept: Kept::default(),
        };
        Self {
            access,
            options: engine_options(options),
            events: match options.quiet {
                true => Arc::new(Quiet(options.interrupts.clone())),
                false => Arc::new(Progress::new(options)),
            },
            run: RunId::random(),
            cancel,
            interrupts,
            limit: options.timeout.map(|limit| (limit, began)),
        }
    }

    /// An engine with the credentials of a topology's accounts.
    pub(crate) fn engine(&self, topology: &Topology) -> Outcome<Engine> {
        let mut engine = Engine::new()
            .with_clock(self.clock())
            .with_options(self.options.clone())
            .with_events(self.events.clone())
            .with_run_id(self.run.clone())
            .with_cancellation(self.cancel.clone())
            .with_halt(self.interrupts.halt().clone());
        if let Some((limit, began)) = self.limit {
            let passed = self.clock().uptime().saturating_sub(began);
            engine = engine.with_time_limit(limit.saturating_sub(passed));
        }
        for provider in backends::providers(topology, &self.access)? {
            engine = engine.with_provider(provider);
        }
        Ok(engine)
    }

    /// The region in which the cloud of an account is asked about the account as a whole.
    pub(crate) fn home(&self, topology: &Topology, account: &Account) -> Outcome<Region> {
        let cloud = KnownCloud::named(account.cloud.as_str()).map_err(Failure::bad_input)?;
        (cloud.home)(topology, account, &self.access)
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.access.clock)
    }

    pub(crate) fn events(&self) -> Events {
        Events::new(self.events.clone(), self.clock(), self.run.clone())
    }
}

/// One command's way to the clouds of a topology.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) engine: Engine,
    pub(crate) cancel: CancellationToken,
    pub(crate) clock: Arc<dyn Clock>,
    /// The clouds, if they are simulated.
    pub(crate) simulator: Option<Simulator>,
}

impl Session {
    /// On the real clouds, or on an embedded simulator if the options ask for it.
    pub(crate) async fn open(topology: &Topology, options: &Options) -> Outcome<Self> {
        if options.simulate {
            let (session, _) = Self::simulated(topology, options, Simulation::default()).await?;
            return Ok(session);
        }
        Self::new(topology, &Ways::real(options), None)
    }

    /// On an embedded simulator with the accounts of the topology and nothing else.
    pub(crate) async fn simulated(
        topology: &Topology,
        options: &Options,
        simulation: Simulation,
    ) -> Outcome<(Self, Simulator)> {
        let simulator = simulation.start().await?;
        let keys = simulated::provision(&simulator, topology)?;
        let ways = Ways::simulated(options, &simulator, keys);
        let session = Self::new(topology, &ways, Some(simulator.clone()))?;
        Ok((session, simulator))
    }

    fn new(topology: &Topology, ways: &Ways, simulator: Option<Simulator>) -> Outcome<Self> {
        Ok(Self {
            engine: ways.engine(topology)?,
            cancel: ways.cancel.clone(),
            clock: ways.clock(),
            simulator,
        })
    }

    /// Reads everything that concerns the topology. Ctrl-C ends it at once: nothing is written.
    pub(crate) async fn observe(&self, topology: &Topology) -> Outcome<Observation> {
        self.unless_cancelled(self.engine.observe(topology)).await
    }

    /// Likewise, with what others made that may hold the topology's objects.
    pub(crate) async fn observe_for_destroy(&self, topology: &Topology) -> Outcome<Observation> {
        let reading = self.engine.observe_for_destroy(topology);
        self.unless_cancelled(reading).await
    }

    /// Likewise, with a thorough search for the topology's tags: for the proof that nothing is left.
    pub(crate) async fn observe_for_residue(&self, topology: &Topology) -> Outcome<Observation> {
        let reading = self.engine.observe_for_residue(topology);
        self.unless_cancelled(reading).await
    }

    /// Likewise after a destroy, without a second search where nothing was before.
    pub(crate) async fn observe_after_destroy(
        &self,
        topology: &Topology,
        before: &Observation,
    ) -> Outcome<Observation> {
        let reading = self.engine.observe_after_destroy(topology, before);
        self.unless_cancelled(reading).await
    }

    /// Likewise after an apply, without a second search for the topology's tags.
    pub(crate) async fn observe_again(
        &self,
        topology: &Topology,
        before: &Observation,
    ) -> Outcome<Observation> {
        let reading = self.engine.observe_again(topology, before);
        self.unless_cancelled(reading).await
    }

    /// The outcome of something that writes nothing, unless Ctrl-C is faster.
    pub(crate) async fn unless_cancelled<T>(
        &self,
        reading: impl Future<Output = landbridge_core::Result<T>>,
    ) -> Outcome<T> {
        unless_cancelled(&self.cancel, reading).await
    }

    /// The passwords that a plan needs. On simulated clouds, random ones replace those that are not set.
    pub(crate) async fn secrets(&self, plan: &Plan) -> Outcome<Secrets> {
        match self.simulator {
            Some(_) => Ok(Secrets::made_up(plan)),
            None => Secrets::asked_for(plan, &self.cancel).await,
        }
    }
}

fn engine_options(options: &Options) -> EngineOptions {
    let mut engine = EngineOptions::default();
    engine.parallel = options.parallel;
    engine.poll = options.poll;
    engine.poll_max = engine.poll_max.max(options.poll);
    if let Some(limit) = options.timeout {
        engine.total_limit = limit;
        engine.step_limit = engine.step_limit.min(limit);
        engine.probe_limit = engine.probe_limit.min(limit);
    }
    engine
}
