//! Arguments of `landbridge graph`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::format::{Form, drawn};
use super::{ConsentArgs, FileArgs};

#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,
    /// What to draw
    #[arg(long, value_enum, value_name = "SUBJECT", default_value_t = Subject::Declared)]
    pub(crate) of: Subject,
    // It has the ID of the global option, and so takes its place: clap gives global options only to commands without one of
    // that ID, and the value to all that have it.
    /// Set the language of the drawing; with `json`, print the elements and links of the picture
    #[arg(id = "format", long, value_name = "FORMAT", default_value = "svg", value_parser = drawn())]
    pub(crate) format: Form,
    /// Write the drawing to this file, in place of one that is there
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) consent: ConsentArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// The networks that the file declares; contacts no cloud
    Declared,
    /// Everything that exists in the places of the file, made by Landbridge or by others
    Discovered,
    /// The networks of the file and what `apply` would add, change and delete
    Plan,
    /// Which networks reach each other by configuration; sends no ping
    Verdict,
    /// The steps of the plan and their order, in Mermaid or DOT
    Steps,
}
