//! `--evidence`: a bundle of what a command did.

use std::path::Path;

use serde_json::json;

use crate::args::{Command, Options};
use crate::evidence::{Evidence, Written};
use crate::exit::{Exit, Outcome};
use crate::output::{Output, explain};

/// Begins to collect, if the command asks for evidence. From then on its calls, events and results are kept.
pub(super) fn start(
    command: &Command,
    name: &'static str,
    options: &mut Options,
    output: &mut Output,
) -> Outcome<()> {
    let Some(path) = wanted(command) else {
        return Ok(());
    };
    let recorder = options.recorder.clone().zip(options.record.clone());
    let evidence = Evidence::start(path, name, recorder)?;
    output.collect(evidence.clone());
    options.evidence = Some(evidence);
    Ok(())
}

fn wanted(command: &Command) -> Option<&Path> {
    let args = match command {
        Command::Apply(args) => &args.evidence,
        Command::Destroy(args) => &args.evidence,
        Command::Rehearse(args) => &args.evidence,
        Command::Resume(args) => &args.evidence,
        _ => return None,
    };
    args.evidence.as_deref()
}

/// Writes the bundle. That it was not written fails a command that succeeded, whose results stay as they are.
pub(super) fn finish(options: &Options, outcome: Outcome, output: &mut Output) -> Outcome {
    let Some(evidence) = &options.evidence else {
        return outcome;
    };
    let outcome = output.told_of_cancel(outcome);
    let (exit, error) = match &outcome {
        Ok(exit) => (*exit, None),
        Err(failure) => (failure.exit, Some(explain(failure))),
    };
    match evidence.finish(exit, error) {
        Ok(Written {
            path,
            members,
            calls,
        }) => {
            output.section(
                "evidence",
                format_args!("evidence: {members} members, {calls} calls in {path}; `landbridge report {path}` shows it"),
                json!({ "path": path, "members": members, "calls": calls }),
            );
            outcome
        }
        Err(problem) => {
            let remedy = problem.remedy().map(|remedy| format!("\n  -> {remedy}"));
            output.section(
                "evidence",
                format_args!("{problem}{}", remedy.unwrap_or_default()),
                json!({ "problem": problem.to_string() }),
            );
            outcome.map(|exit| exit.and(Exit::Unexpected))
        }
    }
}
