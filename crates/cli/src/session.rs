//! An engine over the clouds that a command works on.

use std::sync::Arc;

use landbridge_core::engine::{Engine, EngineOptions};
use landbridge_core::plan::Plan;
use landbridge_core::topology::Topology;
use landbridge_core::{Clock, Observation, SystemClock};
use landbridge_sim::Simulator;
use tokio_util::sync::CancellationToken;

use crate::args::Options;
use crate::backends::{self, Access};
use crate::exit::{Failure, Outcome};
use crate::interrupt;
use crate::progress::Progress;
use crate::secrets::Secrets;
use crate::sim_clock::SimClock;
use crate::simulated::{self, Simulation};

/// One command's way to the clouds.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) engine: Engine,
    pub(crate) cancel: CancellationToken,
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
        let access = Access {
            clock: Arc::new(SystemClock::new()),
            aliyun_endpoint: options.aliyun_endpoint.clone(),
            aws_endpoint: options.aws_endpoint.clone(),
            keys: None,
        };
        Self::new(topology, options, access, None)
    }

    /// On an embedded simulator with the accounts of the topology and nothing else.
    pub(crate) async fn simulated(
        topology: &Topology,
        options: &Options,
        simulation: Simulation,
    ) -> Outcome<(Self, Simulator)> {
        let simulator = simulation.start().await?;
        let access = Access {
            clock: Arc::new(SimClock::new(simulator.clone())),
            aliyun_endpoint: Some(simulator.url()),
            aws_endpoint: Some(simulator.url()),
            keys: Some(simulated::provision(&simulator, topology)),
        };
        let session = Self::new(topology, options, access, Some(simulator.clone()))?;
        Ok((session, simulator))
    }

    fn new(
        topology: &Topology,
        options: &Options,
        access: Access,
        simulator: Option<Simulator>,
    ) -> Outcome<Self> {
        let cancel = interrupt::listen();
        let clock: Arc<dyn Clock> = Arc::clone(&access.clock);
        let mut engine = Engine::new()
            .with_clock(clock)
            .with_options(engine_options(options))
            .with_events(Arc::new(Progress::new(options)))
            .with_cancellation(cancel.clone());
        for provider in backends::providers(topology, &access)? {
            engine = engine.with_provider(provider);
        }
        Ok(Self {
            engine,
            cancel,
            simulator,
        })
    }

    /// Reads everything that concerns the topology. Ctrl-C ends it at once: nothing is written.
    pub(crate) async fn observe(&self, topology: &Topology) -> Outcome<Observation> {
        self.unless_cancelled(self.engine.observe(topology)).await
    }

    /// The outcome of something that writes nothing, unless Ctrl-C is faster.
    pub(crate) async fn unless_cancelled<T>(
        &self,
        reading: impl Future<Output = landbridge_core::Result<T>>,
    ) -> Outcome<T> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Failure::cancelled()),
            outcome = reading => Ok(outcome?),
        }
    }

    /// The passwords that a plan needs. On simulated clouds they are made up where none is set.
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
    if let Some(limit) = options.timeout {
        engine.total_limit = limit;
        engine.step_limit = engine.step_limit.min(limit);
    }
    engine
}
