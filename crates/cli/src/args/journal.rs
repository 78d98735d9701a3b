use std::path::PathBuf;

use clap::Args;

use super::{EvidenceArgs, HandOverArgs};

/// Where a command notes its writes.
#[derive(Debug, Args)]
pub(crate) struct JournalArgs {
    /// Note each write in this new file before it is sent
    ///
    /// One JSON object a line: what is about to be written, then the answer. The file holds the topology and no secret.
    /// After an interruption, `landbridge resume FILE` tells what was under way and continues. A write that cannot be noted
    /// is not sent.
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// Journal that `apply --journal` or `destroy --journal` has written
    pub(crate) journal: PathBuf,
    /// The file of `--baseline` of the interrupted command
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Skip the verification at the end of an apply
    #[arg(long)]
    pub(crate) no_verify: bool,
    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,
    #[command(flatten)]
    pub(crate) handover: HandOverArgs,
}
