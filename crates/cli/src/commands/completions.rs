//! `landbridge completions`: a script that makes a shell complete commands and options.

use crate::args::CompletionsArgs;
use crate::defaults;
use crate::exit::{Exit, Outcome};
use crate::output::Output;

pub(super) fn run(args: &CompletionsArgs, output: &mut Output) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut defaults::command(),
        "landbridge",
        &mut script,
    );
    output.own(&String::from_utf8_lossy(&script));
    Ok(Exit::Ok)
}
