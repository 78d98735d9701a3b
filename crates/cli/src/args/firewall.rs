use clap::{Args, Subcommand};

use super::access::{AccountsArgs, mark};
use super::party::GroupRef;

#[derive(Debug, Subcommand)]
pub(crate) enum FirewallCommand {
    /// List the rules of a group, ours and those of others.
    List(ListRulesArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListRulesArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// The group: PLACE/sg-..
    #[arg(value_name = "PLACE/ID")]
    pub(crate) group: GroupRef,
    /// The mark of the rules that are ours.
    #[arg(long, value_name = "NAME", default_value = "landbridge", value_parser = mark)]
    pub(crate) mark: String,
}
