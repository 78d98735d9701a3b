//! `--record`: records every exchange with a cloud.

use std::sync::Arc;

use landbridge_record::Recorder;
use serde_json::json;

use crate::args::Options;
use crate::exit::{Exit, Outcome};
use crate::output::Output;

/// Makes the recorder that the options ask for.
pub(super) fn start(options: &mut Options) -> Outcome<()> {
    if let Some(directory) = &options.record {
        options.recorder = Some(Arc::new(Recorder::create(directory)?));
    }
    Ok(())
}

/// Shows how much was recorded. An incomplete recording fails a command that succeeded, whose results stay as they are.
pub(super) fn finish(options: &Options, outcome: Outcome, output: &mut Output) -> Outcome {
    let (Some(recorder), Some(directory)) = (&options.recorder, &options.record) else {
        return outcome;
    };
    let directory = directory.display().to_string();
    let exchanges = recorder.written();
    let Some(failure) = recorder.failure() else {
        output.section(
            "recording",
            format_args!("recorded {exchanges} exchanges in {directory}"),
            json!({ "directory": directory, "exchanges": exchanges, "complete": true }),
        );
        return outcome;
    };
    output.section(
        "recording",
        format_args!(
            "recording is incomplete: {exchanges} exchanges in {directory}, then it broke off: {failure}"
        ),
        json!({
            "directory": directory, "exchanges": exchanges, "complete": false, "failure": failure,
        }),
    );
    outcome.map(|exit| exit.and(Exit::Unexpected))
}
