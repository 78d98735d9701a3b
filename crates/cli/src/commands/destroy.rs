//! `landbridge destroy`: deletes what belongs to a topology, then looks for leftovers.

use std::path::Path;

use landbridge_core::Observation;
use landbridge_core::journal::Purpose;
use landbridge_core::plan::{PlanOptions, plan_destroy_with};
use landbridge_core::topology::Topology;

use super::journal::Notes;
use super::{baseline, cost, handover, left, stages};
use crate::args::{DestroyArgs, HandOverArgs, Options};
use crate::exit::Outcome;
use crate::output::Output;
use crate::session::Session;

/// What is to be deleted, and how.
pub(super) struct Job<'a> {
    pub(super) topology: &'a Topology,
    pub(super) allowed: &'a PlanOptions,
    pub(super) baseline: Option<&'a Path>,
    pub(super) handover: &'a HandOverArgs,
}

pub(super) async fn run(args: &DestroyArgs, options: &Options, output: &mut Output) -> Outcome {
    let source = args.input.file.as_path();
    let mut notes = Notes::wanted(&args.journal, Purpose::Destroy, Some(source))?;
    let topology = stages::open(output, source)?;
    let allowed = args.consent.plan_options();
    let job = Job {
        topology: &topology,
        allowed: &allowed,
        baseline: args.baseline.as_deref(),
        handover: &args.handover,
    };
    // A file that is not the topology's baseline is told before anything is read.
    job.baseline_before()?;
    let session = Session::open(&topology, options).await?;
    let observation = session.observe_for_destroy(&topology).await?;
    carry_out(&job, &mut notes, session, observation, options, output).await
}

impl Job<'_> {
    fn baseline_before(&self) -> Outcome<Option<landbridge_core::engine::Baseline>> {
        let before = self
            .baseline
            .map(|file| baseline::load(file, self.topology));
        before.transpose()
    }
}

/// Plans, asks, deletes and looks for leftovers, from an observation on.
pub(super) async fn carry_out(
    job: &Job<'_>,
    notes: &mut Notes<'_>,
    mut session: Session,
    mut observation: Observation,
    options: &Options,
    output: &mut Output,
) -> Outcome {
    stages::keep_callers(output, job.topology, &observation);
    let topology = &cost::decided(job.topology, &observation, options, job.allowed);
    let before = job.baseline_before()?;
    stages::preflight_destroy(output, topology, &observation, job.allowed)?;
    let plan = plan_destroy_with(topology, &observation, job.allowed);
    output.plan("plan", &plan, Some(topology));
    // Before anything goes: what is gone has no ID that others could be told.
    let others = session.engine.take_back(topology, &observation);
    handover::show(output, job.handover, &others)?;
    if plan.is_empty() {
        notes.nothing_left(&session).await?;
    } else {
        stages::confirm(output, &session.cancel, options, "Delete all of this?").await?;
        notes.begin(output, &mut session, topology, job.allowed)?;
        if let Err(failure) = stages::apply(output, "destroyed", &session, &plan).await {
            left::tell(output, &session, topology, &plan, &failure).await;
            return Err(failure);
        }
        notes.check()?;
        observation = session
            .observe_after_destroy(topology, &observation)
            .await?;
    }
    let before = before.as_ref();
    stages::residue(output, &session, topology, &observation, &plan, before).await
}
