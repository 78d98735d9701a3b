//! `landbridge plan`: shows what `apply` would change.

use landbridge_core::plan::{SavedPlan, plan_with};

use super::{cost, handover, saved, stages};
use crate::args::{Options, PlanArgs};
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &PlanArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::open(output, &args.input.file)?;
    let session = Session::open(&topology, options).await?;
    let observation = session.observe(&topology).await?;
    let allowed = args.consent.plan_options();
    let topology = cost::decide(output, &topology, &observation, options, &allowed);
    let plan = plan_with(&topology, &observation, &allowed);
    stages::preflight(output, &topology, &observation, &allowed)?;
    output.plan("plan", &plan, Some(&topology));
    cost::tell(output, &topology, &observation, options, Some(&plan));
    let settled = Exit::proven(plan.is_empty() || !args.detailed_exitcode);
    if let Some(file) = &args.out {
        let saved = SavedPlan::new(topology.clone(), allowed, plan);
        saved::write(output, file, &saved)?;
    }
    let told = handover::tell(output, &session, &args.handover, &topology, &observation)?;
    Ok(told.and(settled))
}
