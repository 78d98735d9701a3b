//! `landbridge plan`: shows what `apply` would change.

use landbridge_core::plan::{SavedPlan, plan_with};

use super::{handover, saved, stages};
use crate::args::{Options, PlanArgs};
use crate::exit::Outcome;
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &PlanArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::load(&args.input.file)?;
    let session = Session::open(&topology, options).await?;
    let observation = session.observe(&topology).await?;
    let allowed = args.consent.plan_options();
    let plan = plan_with(&topology, &observation, &allowed);
    stages::preflight(output, &topology, &observation, &allowed)?;
    stages::show_plan(output, "plan", &plan);
    if let Some(file) = &args.out {
        let saved = SavedPlan::new(topology.clone(), allowed, plan);
        saved::write(output, file, &saved)?;
    }
    handover::tell(output, &session, &args.handover, &topology, &observation)
}
