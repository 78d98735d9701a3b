use std::path::PathBuf;

use clap::Args;

/// Where a command leaves evidence of what it did.
#[derive(Debug, Args)]
pub(crate) struct EvidenceArgs {
    /// Write what the command did to this new file, however it ends: FILE.tar.zst
    ///
    /// One archive with the topology, the plan, each call with its request ID, events, verdicts, residue and how the command ended.
    /// It holds no secret: one that would is not written. `landbridge report FILE` shows it, `landbridge replay FILE` serves its calls.
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Option<PathBuf>,
}
