//! How a run is made, whatever takes it, looks at it and keeps how it ends.

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::engine::{Engine, PlaceReads};
use landbridge_core::event::RunId;
use landbridge_core::reconcile::{Intent, Run};
use landbridge_core::topology::Topology;
use landbridge_core::{Clock, FormatVersion, Result};

use crate::budget::Budgets;
use crate::engines::Engines;
use crate::key::LinkKey;
use crate::lease::LeaseGuard;
use crate::orders::Planned;
use crate::shares::Shares;
use crate::spec::Spec;
use crate::state::Work;
use crate::time::Moment;
use crate::watch::{Begun, Watch};

/// For how long topologies share what is read of a place, unless it is set.
pub(crate) const PLACE_READS: Duration = Duration::from_secs(60);
/// How often a plan under way asks whether shares are due.
#[cfg(feature = "restate")]
const SHARED_ANEW: Duration = Duration::from_secs(5);

/// Makes runs for one worker.
#[derive(Debug)]
pub(crate) struct Carrier {
    worker: String,
    engines: Arc<dyn Engines>,
    clock: Arc<dyn Clock>,
    shares: Arc<dyn Shares>,
    budgets: Budgets,
    watch: Option<Arc<dyn Watch>>,
    place_reads: Option<Arc<PlaceReads>>,
}

/// What a run is made with.
#[derive(Debug)]
pub(crate) struct Prepared {
    engine: Engine,
    topology: Topology,
}

impl Carrier {
    pub(crate) fn new(
        worker: &str,
        engines: Arc<dyn Engines>,
        clock: Arc<dyn Clock>,
        shares: Arc<dyn Shares>,
    ) -> Self {
        Self {
            worker: worker.to_owned(),
            place_reads: Some(place_reads(&clock, PLACE_READS)),
            engines,
            clock,
            shares,
            budgets: Budgets::default(),
            watch: None,
        }
    }

    /// Sets who hears of the runs.
    pub(crate) fn set_watch(&mut self, watch: Arc<dyn Watch>) {
        self.watch = Some(watch);
    }

    /// Sets for how long topologies share what is read of a place. Zero: each reads by itself.
    pub(crate) fn set_place_reads(&mut self, age: Duration) {
        let shares = !age.is_zero();
        self.place_reads = shares.then(|| place_reads(&self.clock, age));
    }

    /// Finds the topology and the keys.
    pub(crate) async fn prepare(&self, key: &LinkKey, spec: &Spec) -> Result<Prepared> {
        let prepared = prepare(self.engines.as_ref(), key, spec).await;
        if let (Err(error), Some(watch)) = (&prepared, &self.watch) {
            watch.not_begun(key, error);
        }
        prepared
    }

    /// Begins a run that asks `guard` before each write.
    pub(crate) async fn begin(
        &self,
        key: &LinkKey,
        work: &Work,
        prepared: &Prepared,
        guard: Arc<LeaseGuard>,
    ) -> Run {
        self.share(prepared).await;
        self.start(key, work, prepared, guard)
    }

    /// Begins a run whose accounts' shares are known.
    pub(crate) fn start(
        &self,
        key: &LinkKey,
        work: &Work,
        prepared: &Prepared,
        guard: Arc<LeaseGuard>,
    ) -> Run {
        let id = RunId::new(format!("{key}-{}-{}", work.generation, RunId::random()));
        let (tenant, generation) = (key.tenant(), work.generation);
        tracing::info!(topology = %key, tenant, generation, run = %id, goal = ?work.goal, "a run begins");
        let mut engine = prepared.engine.clone().with_run_id(id.clone());
        if let Some(watch) = &self.watch {
            engine = engine.with_events(watch.begins(Begun {
                key: key.clone(),
                generation: work.generation,
                goal: work.goal,
                run: id,
                late: Moment::of(self.clock.now()).since(work.due),
                lease: Arc::clone(&guard),
            }));
        }
        engine = engine.with_write_guard(guard);
        // Runs that write have it too: what was read before of their places is then dropped.
        if let Some(reads) = &self.place_reads {
            engine = engine.with_place_reads(Arc::clone(reads));
        }
        engine.reconcile(prepared.topology.clone(), work.intent())
    }

    /// Keeps to the shares of the topology's accounts.
    pub(crate) async fn share(&self, prepared: &Prepared) {
        let of = (&prepared.engine, &prepared.topology);
        let now = Moment::of(self.clock.now());
        self.budgets
            .refresh(self.shares.as_ref(), &self.worker, of, now)
            .await;
    }

    /// The worker ends: others may have its shares at once.
    pub(crate) async fn give_back_shares(&self) {
        self.budgets
            .give_back(self.shares.as_ref(), &self.worker)
            .await;
    }

    /// What a run would do, with this worker's engines and within its shares.
    #[cfg(feature = "restate")]
    pub(crate) async fn plan(&self, key: &LinkKey, spec: &Spec) -> Result<Planned> {
        let prepared = self.prepare(key, spec).await?;
        self.share(&prepared).await;
        let run = plans(&prepared, spec);
        while run.progress_within(SHARED_ANEW).await.outcome.is_none() {
            self.share(&prepared).await;
        }
        Ok(planned(run).await)
    }

    /// What a run would do.
    pub(crate) async fn planned(
        engines: &dyn Engines,
        key: &LinkKey,
        spec: &Spec,
    ) -> Result<Planned> {
        Ok(planned(plans(&prepare(engines, key, spec).await?, spec)).await)
    }
}

fn plans(prepared: &Prepared, spec: &Spec) -> Run {
    let intent = spec.policy.with_limits_of(Intent::observe());
    prepared.engine.reconcile(prepared.topology.clone(), intent)
}

async fn planned(run: Run) -> Planned {
    let ended = run.ended().await;
    Planned {
        v: FormatVersion,
        outcome: ended.outcome,
        findings: ended.findings,
        plan: ended.plan,
    }
}

fn place_reads(clock: &Arc<dyn Clock>, age: Duration) -> Arc<PlaceReads> {
    Arc::new(PlaceReads::new(Arc::clone(clock), age))
}

async fn prepare(engines: &dyn Engines, key: &LinkKey, spec: &Spec) -> Result<Prepared> {
    let topology = spec.topology_of(key)?;
    let engine = engines.engine(key, &topology).await?;
    Ok(Prepared { engine, topology })
}
