//! `landbridge verify`: checks that packets flow.

use landbridge_core::plan::PlanOptions;

use super::{cost, stages};
use crate::args::{FileArgs, Options};
use crate::exit::Outcome;
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &FileArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::load(&args.file)?;
    let session = Session::open(&topology, options).await?;
    let observation = session.observe(&topology).await?;
    let topology = cost::decided(&topology, &observation, options, &PlanOptions::default());
    stages::identities(output, &topology, &observation)?;
    stages::verify(output, &session, &topology, &observation).await
}
