//! Arguments of `landbridge discover` and `landbridge status`.

use std::path::PathBuf;

use clap::Args;

use super::access::AccountsArgs;
use crate::accounts::PlacesRef;

#[derive(Debug, Args)]
pub(crate) struct PlacesArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// Accounts and regions to read: ACCOUNT@REGION[,REGION]...
    ///
    /// Example: aliyun:env-A@cn-hangzhou,cn-beijing. `landbridge --help` describes every form of ACCOUNT.
    #[arg(required = true, value_name = "PLACES")]
    pub(crate) places: Vec<PlacesRef>,
}

#[derive(Debug, Args)]
pub(crate) struct DiscoverArgs {
    #[command(flatten)]
    pub(crate) places: PlacesArgs,
    /// Write what exists as a topology file, whose plan has nothing to do
    ///
    /// The file must not exist.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) places: PlacesArgs,
    /// Show this topology only, with a line for each object
    #[arg(long, value_name = "NAME")]
    pub(crate) topology: Option<String>,
    /// Write the topology file of `--topology` anew
    ///
    /// The file must not exist. Its head says what could not be recovered.
    #[arg(long, value_name = "FILE", requires = "topology")]
    pub(crate) out: Option<PathBuf>,
}
