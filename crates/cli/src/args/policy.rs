use std::path::PathBuf;

use clap::{Args, ValueEnum};
use landbridge_core::policy::Purpose;

use super::FileArgs;

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,
    /// Tell the policies of this account only, by its name in the file
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Tell the policy for this purpose only
    #[arg(long = "for", value_enum, value_name = "PURPOSE")]
    pub(crate) purpose: Option<PurposeArg>,
    /// Allow `verify --second-opinion` too
    ///
    /// Adds what the clouds' own analysers need to the policies for the whole life, where the file has instances.
    #[arg(long)]
    pub(crate) second_opinion: bool,
    /// Add what `verify --probe` does: instances for the time of a verification, and their security groups
    #[arg(long)]
    pub(crate) probe: bool,
    /// Write one JSON document for each account and purpose into a directory, and print the commands that create the policies
    ///
    /// The files are called `TOPOLOGY-ACCOUNT-plan.json` and `TOPOLOGY-ACCOUNT-life.json`, with a number where a policy is too
    /// large for one document; `TOPOLOGY-ACCOUNT-trust.json` is the trust document of a role that the file assumes.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PurposeArg {
    /// Planning and other commands that only read
    Plan,
    /// The whole life: apply, verify with pings, change, destroy
    Life,
}

impl From<PurposeArg> for Purpose {
    fn from(purpose: PurposeArg) -> Self {
        match purpose {
            PurposeArg::Plan => Self::Plan,
            PurposeArg::Life => Self::Life,
        }
    }
}
