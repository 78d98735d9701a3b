//! Arguments of `landbridge completions`, `landbridge man` and `landbridge schema`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::Shell;

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell that is to complete commands and options
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Command whose page is printed, such as `plan` or `trust ensure`
    ///
    /// Without it, the page of the program.
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    pub(crate) command: Vec<String>,
    /// Write the pages of all commands into this directory
    ///
    /// Pages that are there are replaced.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// File that the schema describes
    #[arg(long, value_enum, value_name = "FILE", default_value_t = Described::Topology)]
    pub(crate) of: Described,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Described {
    /// Topology files
    Topology,
    /// Plans as JSON, the member `plan` of `landbridge plan --format json`
    Plan,
    /// The configuration file
    Config,
}
