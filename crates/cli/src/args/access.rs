//! Arguments that name accounts.

use std::path::PathBuf;

use clap::Args;
use landbridge_core::topology::Topology;

use crate::accounts::AccountRef;

#[derive(Debug, Args)]
pub(crate) struct AccountsArgs {
    /// Topology file whose accounts can be named in arguments
    ///
    /// Only the accounts of the file are used. They go before those of the configuration file, which can be named without it.
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct IdentityArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// Accounts: NAME, or CLOUD:SOURCE[=ID][+ROLE_ARN[?EXTERNAL_ID]]
    ///
    /// Example: aliyun:env-A=1234567890123456. `landbridge --help` describes every form.
    #[arg(required = true, value_name = "ACCOUNT")]
    pub(crate) references: Vec<AccountRef>,
}

/// The name of a topology, or the mark that takes its place on what this program creates without one.
pub(super) fn mark(text: &str) -> Result<String, String> {
    match Topology::new(text).check() {
        Ok(()) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
