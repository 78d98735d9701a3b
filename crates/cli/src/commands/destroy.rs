//! `landbridge destroy`: deletes what belongs to a topology, then looks for leftovers.

use landbridge_core::plan::plan_destroy_with;

use super::{baseline, handover, left, stages};
use crate::args::{DestroyArgs, Options};
use crate::exit::Outcome;
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &DestroyArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::load(&args.input.file)?;
    let before = args.baseline.as_deref();
    let before = before.map(|file| baseline::load(file, &topology));
    let before = before.transpose()?;
    let session = Session::open(&topology, options).await?;
    let mut observation = session.observe_for_destroy(&topology).await?;
    let allowed = args.consent.plan_options();
    stages::preflight_destroy(output, &topology, &observation, &allowed)?;
    let plan = plan_destroy_with(&topology, &observation, &allowed);
    stages::show_plan(output, "plan", &plan);
    // Before anything goes: what is gone has no ID that others could be told.
    let others = session.engine.take_back(&topology, &observation);
    handover::show(output, &args.handover, &others)?;
    if !plan.is_empty() {
        stages::confirm(output, &session.cancel, options, "Delete all of this?").await?;
        if let Err(failure) = stages::apply(output, "destroyed", &session, &plan).await {
            left::tell(output, &session, &topology, &plan, &failure).await;
            return Err(failure);
        }
        observation = session.observe_for_residue(&topology).await?;
    }
    let before = before.as_ref();
    stages::residue(output, &session, &topology, &observation, &plan, before).await
}
