//! The command line.

mod access;
mod firewall;
mod grant;
mod party;
mod trust;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::{accounts, duration, exit, output};

pub(crate) use access::{AccountsArgs, IdentityArgs};
pub(crate) use firewall::{AllowArgs, FirewallCommand, ListRulesArgs, Naming, PermitArgs};
pub(crate) use grant::{GrantArgs, GrantCommand, ListGrantsArgs};
pub(crate) use party::{MemberId, MemberRef, PartyRef};
pub(crate) use trust::{
    DeleteTrustArgs, EnsureTrustArgs, RoleArgs, ShowTrustArgs, TrustCommand, UserArgs, WishArgs,
};

/// Joins private networks across accounts, regions and clouds.
#[derive(Debug, Parser)]
#[command(name = "landbridge", version, about, after_help = exit::HELP, after_long_help = long_help())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Options {
    /// How to write the result. With `json`, stdout is one JSON document, and progress on stderr is one JSON object a
    /// line.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Reach all products of Alibaba Cloud at this address (https, or http on loopback).
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) aliyun_endpoint: Option<String>,
    /// Reach all services of AWS at this address (https, or http on loopback).
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) aws_endpoint: Option<String>,
    /// Use an embedded, empty simulator instead of the clouds, with the accounts of the file.
    #[arg(long, global = true, conflicts_with_all = ["aliyun_endpoint", "aws_endpoint"])]
    pub(crate) simulate: bool,
    /// How many calls may be under way at once.
    #[arg(long, global = true, value_name = "N", default_value_t = 8, value_parser = at_least_one)]
    pub(crate) parallel: usize,
    /// Do not ask before writing.
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// How long a whole apply or destroy, or waiting for a role or for pings, may take: 45m, 4h.
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) timeout: Option<Duration>,
    /// Log more to stderr; repeat for still more.
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a topology file without asking any cloud.
    Validate(FileArgs),
    /// Show what an apply would do. Writes nothing.
    Plan(PlanArgs),
    /// Make reality what the file wants, then prove that packets flow.
    Apply(ApplyArgs),
    /// Prove that packets flow: every ordered pair, its path and its pings.
    Verify(FileArgs),
    /// Remove everything of the topology, and prove that nothing is left.
    Destroy(FileArgs),
    /// Run the whole life of a topology on an embedded simulator: plan, apply, verify, destroy.
    Rehearse(RehearseArgs),
    /// Run the simulator as a server for other clients, until Ctrl-C.
    Simulator(SimulatorArgs),
    /// Print the JSON Schema of topology files.
    Schema,
    /// Show who the keys of accounts belong to. Wrong ones end with exit code 2.
    Identity(IdentityArgs),
    /// Roles of one account that another may assume.
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Consent of a member's owner: a hub of another account may take it.
    #[command(subcommand)]
    Grant(GrantCommand),
    /// Firewall rules between two parties, each in its own account.
    #[command(subcommand)]
    Firewall(FirewallCommand),
}

#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// The topology, YAML or JSON.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,
    /// Print the graph of steps instead.
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    pub(crate) draw: Option<Drawing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Drawing {
    Mermaid,
    Dot,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,
    /// Do not verify afterwards.
    #[arg(long)]
    pub(crate) no_verify: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RehearseArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,
    /// Let simulated time run this many times faster than real time. Default: as fast as possible.
    #[arg(long, value_name = "X", value_parser = speed)]
    pub(crate) speed: Option<f64>,
    /// The seed of the simulator's ids.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct SimulatorArgs {
    /// Where to listen; loopback only. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9180")]
    pub(crate) listen: SocketAddr,
    /// Provision the accounts of this file instead of the two accounts `a` and `b`.
    #[arg(long, value_name = "FILE")]
    pub(crate) topology: Option<PathBuf>,
    /// The seed of ids.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Let simulated time run this many times faster than real time.
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    pub(crate) speed: f64,
}

fn long_help() -> String {
    [exit::HELP, accounts::HELP, output::HELP].join("\n\n")
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("expected a whole number from 1".to_owned()),
    }
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if (0.01..=1e6).contains(&factor) => Ok(factor),
        _ => Err("expected a number from 0.01 to 1000000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn speeds_that_stop_or_turn_back_time_are_refused() {
        for bad in ["0", "-1", "NaN", "inf", "fast"] {
            assert!(speed(bad).is_err(), "{bad}");
        }
        assert_eq!(speed("60"), Ok(60.0));
    }
}
