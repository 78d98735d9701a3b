use std::path::PathBuf;

use clap::Args;
use landbridge_core::topology::Topology;

use crate::accounts::AccountRef;

#[derive(Debug, Args)]
pub(crate) struct AccountsArgs {
    /// A topology file; the accounts that it declares can be named by their names. Nothing else of it is used.
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct IdentityArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// The accounts, each a name or CLOUD:SOURCE[=ID][+ROLE_ARN[?EXTERNAL_ID]]; see `landbridge --help`.
    #[arg(required = true, value_name = "ACCOUNT")]
    pub(crate) references: Vec<AccountRef>,
}

/// The name of a topology, or what stands in its place as the mark of what is ours.
pub(super) fn mark(text: &str) -> Result<String, String> {
    match Topology::new(text).check() {
        Ok(()) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
