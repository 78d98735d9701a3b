//! `landbridge apply`: creates and changes what a topology declares, then verifies it.

use std::path::Path;

use landbridge_core::Observation;
use landbridge_core::journal::Purpose;
use landbridge_core::plan::{PlanOptions, SavedPlan, plan_with};
use landbridge_core::topology::Topology;

use super::journal::Notes;
use super::{baseline, cost, handover, saved, stages, wholesale};
use crate::args::{ApplyArgs, HandOverArgs, Options};
use crate::exit::{Exit, Outcome};
use crate::files;
use crate::output::Output;
use crate::session::Session;

/// What is to be applied, and how.
pub(super) struct Job<'a> {
    pub(super) topology: &'a Topology,
    pub(super) allowed: &'a PlanOptions,
    /// The plan that was reviewed.
    pub(super) saved: Option<&'a SavedPlan>,
    pub(super) baseline: Option<&'a Path>,
    pub(super) no_verify: bool,
    pub(super) handover: &'a HandOverArgs,
}

pub(super) async fn run(args: &ApplyArgs, options: &Options, output: &mut Output) -> Outcome {
    let text = files::read("topology file", &args.file)?;
    let saved = saved::parse(&args.file, &text)?;
    let source = saved.is_none().then_some(args.file.as_path());
    let mut notes = Notes::wanted(&args.journal, Purpose::Apply, source)?;
    let (topology, allowed) = match &saved {
        Some(saved) => {
            stages::check_clouds(&saved.topology, &args.file)?;
            stages::about(output, &saved.topology)?;
            (saved.topology.clone(), saved.options.clone())
        }
        None => (
            stages::parse(output, &args.file, &text)?,
            args.consent.plan_options(),
        ),
    };
    if let (Some(evidence), Some(_)) = (output.evidence(), &saved) {
        evidence.keep("saved-plan.json", text.as_str());
    }
    let session = Session::open(&topology, options).await?;
    let observation = session.observe(&topology).await?;
    let job = Job {
        topology: &topology,
        allowed: &allowed,
        saved: saved.as_ref(),
        baseline: args.baseline.as_deref(),
        no_verify: args.no_verify,
        handover: &args.handover,
    };
    carry_out(&job, &mut notes, session, observation, options, output).await
}

/// Plans, asks, writes and verifies, from an observation on.
pub(super) async fn carry_out(
    job: &Job<'_>,
    notes: &mut Notes<'_>,
    mut session: Session,
    mut observation: Observation,
    options: &Options,
    output: &mut Output,
) -> Outcome {
    stages::keep_callers(output, job.topology, &observation);
    let topology = &cost::decide(output, job.topology, &observation, options, job.allowed);
    stages::preflight(output, topology, &observation, job.allowed)?;
    let plan = plan_with(topology, &observation, job.allowed);
    output.plan("plan", &plan, Some(topology));
    if let Some(saved) = job.saved {
        saved::refuse_unless_same(output, saved, &plan)?;
    }
    if job.saved.is_none() && options.yes && !job.allowed.replace {
        wholesale::refuse(topology, &observation, &plan)?;
    }
    if !plan.is_empty() {
        cost::tell(output, topology, &observation, options, Some(&plan));
    }
    if plan.is_empty() {
        notes.nothing_left(&session).await?;
    } else {
        stages::confirm(output, &session.cancel, options, "Apply this plan?").await?;
        if let Some(file) = job.baseline {
            baseline::keep(output, file, topology, &observation)?;
        }
        notes.begin(output, &mut session, topology, job.allowed)?;
        stages::apply(output, "applied", &session, &plan).await?;
        notes.check()?;
        if job.no_verify && topology.instances.is_empty() && !stages::is_shared(topology) {
            return Ok(Exit::Ok);
        }
        observation = session.observe_again(topology, &observation).await?;
    }
    stages::outputs(output, topology, &observation);
    let peers = handover::tell(output, &session, job.handover, topology, &observation)?;
    // While others are waited for, packets do not pass yet.
    if job.no_verify || peers == Exit::Waiting {
        return Ok(peers);
    }
    stages::verify(output, &session, topology, &observation).await
}
