//! `landbridge drift`: tells what differs between a topology and what is there.

use landbridge_core::drift::drift;
use landbridge_core::plan::PlanOptions;

use super::{cost, stages};
use crate::args::{FileArgs, Options};
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &FileArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::open(output, &args.file)?;
    let session = Session::open(&topology, options).await?;
    let observation = session.observe_for_destroy(&topology).await?;
    let topology = cost::decided(&topology, &observation, options, &PlanOptions::default());
    stages::identities(output, &topology, &observation)?;
    let report = drift(&topology, &observation);
    output.section("drift", &report, &report);
    Ok(Exit::proven(report.is_empty()))
}
