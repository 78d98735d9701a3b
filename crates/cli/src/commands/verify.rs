//! `landbridge verify`: checks that packets flow.

use super::stages;
use crate::args::{FileArgs, Options};
use crate::exit::Outcome;
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &FileArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::load(&args.file)?;
    let session = Session::open(&topology, options).await?;
    let observation = session.observe(&topology).await?;
    stages::identities(output, &topology, &observation)?;
    stages::verify(output, &session, &topology, &observation).await
}
