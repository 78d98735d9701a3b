//! `landbridge replay`: serves a recording, or the calls of a bundle of evidence.

use std::net::TcpListener;

use landbridge_record::{Bundle, Replay, Rest};
use serde_json::json;

use crate::args::ReplayArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::signalled;
use crate::output::{Output, complain};

pub(super) async fn run(args: &ReplayArgs, output: &mut Output) -> Outcome {
    let listener = TcpListener::bind(args.listen).map_err(|error| {
        let message = format!("cannot listen on {}", args.listen);
        Failure::new(Exit::BadInput, anyhow::Error::new(error).context(message))
    })?;
    let recording = &args.recording;
    let replay = match recording.is_file() {
        true => Replay::start_bundle(&Bundle::open(recording)?, Rest::Repeat, listener).await?,
        false => Replay::start_on(recording, Rest::Repeat, listener).await?,
    };
    output.line(&json!({ "url": replay.url() }));
    output.check()?;
    output.note("serving the recording; press Ctrl-C to stop");
    signalled().await;
    let unmatched = replay.unmatched();
    for request in &unmatched {
        complain(format_args!("not recorded:\n{request}\n"));
    }
    Ok(Exit::proven(unmatched.is_empty()))
}
