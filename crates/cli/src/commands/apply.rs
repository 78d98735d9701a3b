//! `landbridge apply`: creates and changes what a topology declares, then verifies it.

use landbridge_core::plan::plan;

use super::stages;
use crate::args::{ApplyArgs, Options};
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &ApplyArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::load(&args.input.file)?;
    let session = Session::open(&topology, options).await?;
    let mut observation = session.observe(&topology).await?;
    stages::preflight(output, &topology, &observation)?;
    let plan = plan(&topology, &observation);
    stages::show_plan(output, "plan", &plan);
    if !plan.is_empty() {
        stages::confirm(&session.cancel, options, "Apply this plan?").await?;
        stages::apply(output, "applied", &session, &plan).await?;
        if args.no_verify && topology.instances.is_empty() {
            return Ok(Exit::Ok);
        }
        observation = session.observe(&topology).await?;
    }
    stages::outputs(output, &topology, &observation);
    if args.no_verify {
        return Ok(Exit::Ok);
    }
    stages::verify(output, &session, &topology, &observation).await
}
