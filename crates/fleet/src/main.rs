//! The program `landbridge-fleet`: keeps many topologies as they are declared.
//!
//! `run` is a worker on a folder of documents, and the other commands give orders to that folder.

mod program;

use std::process::ExitCode;

fn main() -> ExitCode {
    program::main()
}
