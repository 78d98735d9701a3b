//! Firewall rules between two parties.

mod list;

use crate::args::{FirewallCommand, Options};
use crate::exit::Outcome;
use crate::output::Output;

pub(super) async fn run(
    command: &FirewallCommand,
    options: &Options,
    output: &mut Output,
) -> Outcome {
    match command {
        FirewallCommand::List(args) => list::run(args, options, output).await,
    }
}
