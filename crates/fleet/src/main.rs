//! The program `landbridge-fleet`: keeps many topologies as they are declared.
//!
//! `run` is a worker on a folder of documents, `worker` one of a Restate server. Orders come from the shell or over HTTP.

mod program;

use std::process::ExitCode;

fn main() -> ExitCode {
    program::main()
}
