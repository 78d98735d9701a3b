//! `landbridge firewall`: security group rules between two parties.

mod allow;
mod list;
mod permit;
mod revoke;

use crate::args::{FirewallCommand, Options};
use crate::exit::Outcome;
use crate::output::Output;

pub(super) async fn run(
    command: &FirewallCommand,
    options: &Options,
    output: &mut Output,
) -> Outcome {
    match command {
        FirewallCommand::Allow(args) => allow::run(args, options, output).await,
        FirewallCommand::List(args) => list::run(args, options, output).await,
        FirewallCommand::Revoke(args) => revoke::run(args, options, output).await,
    }
}
