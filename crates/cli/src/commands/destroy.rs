//! `landbridge destroy`: deletes what belongs to a topology, then looks for leftovers.

use landbridge_core::plan::plan_destroy;

use super::stages;
use crate::args::{FileArgs, Options};
use crate::exit::Outcome;
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &FileArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::load(&args.file)?;
    let session = Session::open(&topology, options).await?;
    let mut observation = session.observe_for_destroy(&topology).await?;
    stages::preflight_destroy(output, &topology, &observation)?;
    let plan = plan_destroy(&topology, &observation);
    stages::show_plan(output, "plan", &plan);
    if !plan.is_empty() {
        stages::confirm(&session.cancel, options, "Delete all of this?").await?;
        stages::apply(output, "destroyed", &session, &plan).await?;
        observation = session.observe(&topology).await?;
    }
    stages::residue(output, &session, &topology, &observation, &plan).await
}
