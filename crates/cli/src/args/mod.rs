//! The command line: commands, their options, and the forms of values.

mod access;
mod consent;
mod discover;
mod endpoint;
mod evidence;
mod firewall;
mod format;
mod grant;
mod graph;
mod init;
mod journal;
mod named;
mod party;
mod policy;
mod prices;
mod probe;
mod shell;
mod trust;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{ArgAction, Args, ColorChoice, Parser, Subcommand, ValueEnum};
use landbridge_core::cost::PriceTable;
use landbridge_core::verify::Traffic;
use landbridge_record::Recorder;

use crate::accounts::AccountRef;
use crate::evidence::Evidence;
use crate::interrupt::Interrupts;
use crate::{accounts, clouds, duration, exit, output};

pub(crate) use access::{AccountsArgs, IdentityArgs};
pub(crate) use consent::ConsentArgs;
pub(crate) use discover::{DiscoverArgs, PlacesArgs, StatusArgs};
pub(crate) use endpoint::EndpointArgs;
pub(crate) use evidence::EvidenceArgs;
pub(crate) use firewall::{AllowArgs, FirewallCommand, ListRulesArgs, Naming, PermitArgs};
pub(crate) use format::{Form, Format, Language};
pub(crate) use grant::{GrantArgs, GrantCommand, ListGrantsArgs, Member};
pub(crate) use graph::{GraphArgs, Subject};
pub(crate) use init::InitArgs;
pub(crate) use journal::{JournalArgs, ResumeArgs};
pub(crate) use named::Named;
pub(crate) use party::{MemberId, MemberRef, PartyRef};
pub(crate) use policy::PolicyArgs;
pub(crate) use prices::PricesArgs;
pub(crate) use probe::ProbeArgs;
pub(crate) use shell::{CompletionsArgs, Described, ManArgs, SchemaArgs};
pub(crate) use trust::{
    DeleteTrustArgs, EnsureTrustArgs, RoleArgs, ShowTrustArgs, TrustCommand, UserArgs, WishArgs,
};

/// Join private networks across accounts, regions and clouds.
#[derive(Debug, Parser)]
#[command(name = "landbridge", version, after_help = exit::HELP, after_long_help = long_help())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Options {
    /// Set the format of the result
    ///
    /// With `json`, stdout is one JSON document, and progress on stderr is one JSON object per line.
    #[arg(id = "format", long, global = true, value_name = "FORMAT", default_value = "text", value_parser = format::plain())]
    pub(crate) format: Form,
    /// Say whether the result has colours
    ///
    /// `auto` gives a terminal colours, unless the variable NO_COLOR is set.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
    #[command(flatten)]
    pub(crate) endpoints: EndpointArgs,
    /// Work on an embedded, empty simulator instead of the clouds
    ///
    /// The simulator has the accounts that the topology file declares, and ends with the command.
    #[arg(long, global = true)]
    pub(crate) simulate: bool,
    /// Limit the calls under way at once
    #[arg(long, global = true, value_name = "N", default_value_t = 32, value_parser = at_least_one)]
    pub(crate) parallel: usize,
    /// Look at least so far apart at what is not ready yet
    ///
    /// One look comes at once, a few come early, and most come from the time on when such an object is usually ready; they
    /// grow rarer the longer it takes. A longer pause makes fewer calls and a slower run. Examples: 250ms, 5s.
    #[arg(long, global = true, value_name = "DURATION", default_value = "250ms", value_parser = duration::parse)]
    pub(crate) poll: Duration,
    /// Write without asking for confirmation
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Limit how long the command may take
    ///
    /// Counts from the start of the command, and bounds reads, writes and all waiting together. A call that is under way when
    /// it has passed is still waited for. Default: 4h for each apply or destroy. Examples: 45m, 4h.
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) timeout: Option<Duration>,
    /// Record every exchange with a cloud in a directory
    ///
    /// The directory must be empty or absent. Secrets, signatures and account IDs are replaced. Serve the recording with
    /// `landbridge replay DIR`.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
    /// The recorder of `record`, once it has its directory.
    #[arg(skip)]
    pub(crate) recorder: Option<Arc<Recorder>>,
    /// What collects evidence of the command, if it asks for that.
    #[arg(skip)]
    pub(crate) evidence: Option<Arc<Evidence>>,
    /// Reckon costs with this price table instead of the one that comes with the program
    ///
    /// `landbridge prices` shows the table and its form. With `base: built-in`, the prices of the file come first, and those
    /// of the program follow.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// The table of `prices`, once it is read.
    #[arg(skip)]
    pub(crate) price_table: Option<Arc<PriceTable>>,
    /// What signals have done, and how far the command has come.
    #[arg(skip)]
    pub(crate) interrupts: Interrupts,
    /// Log to stderr, and show plans with keys and dependencies; repeat for more logs
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Tell results and errors only
    ///
    /// No progress, no warnings and no notes on stderr. Questions are still asked, and what a signal stops is told.
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Read this configuration file instead of ~/.config/landbridge/config.yaml
    ///
    /// It has accounts by name and defaults of options; `landbridge schema --of config` describes it. Without this option,
    /// the file is `landbridge/config.yaml` in the directory XDG_CONFIG_HOME, or else in ~/.config, and need not exist.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, global = true, conflicts_with = "config")]
    pub(crate) no_config: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask five questions and write a topology file
    ///
    /// Contacts no cloud. Each question has options that answer it; without a terminal they must answer all. Prints the next
    /// commands.
    Init(InitArgs),
    /// Check a topology file without contacting a cloud
    Validate(FileArgs),
    /// Show what `apply` would change
    ///
    /// Reads the clouds and writes nothing.
    Plan(PlanArgs),
    /// Show what the topology costs, by the account that pays
    ///
    /// Reads the clouds and writes nothing. With `--simulate` it needs no account. What has no price is told, and in none of
    /// the sums.
    Cost(FileArgs),
    /// Show the price table that costs are reckoned with, or refresh it from the vendors
    ///
    /// Contacts no cloud unless `--refresh` is given. With `--format json`, `prices` is a table that `--prices` reads.
    Prices(PricesArgs),
    /// Show the permissions that a topology needs, by account, as policies of the cloud
    ///
    /// Contacts no cloud, and needs no credentials. The policy for planning reads only; the one for the whole life allows what
    /// `apply`, `verify`, a change and `destroy` do, and nothing else. Also shows the trust documents of roles that the file
    /// assumes. Run it again after a change of the file.
    Policy(PolicyArgs),
    /// Draw the networks of a topology and what joins them
    ///
    /// Draws what the file declares; with `--of`, what exists, what a plan changes, or which networks reach each other. Writes
    /// nothing. Ends with the exit codes of `discover`, `plan` and `verify`.
    Graph(GraphArgs),
    /// Explain what a finding means, and what to do about it
    ///
    /// Contacts no cloud. Without CODE, lists all codes.
    Explain(ExplainArgs),
    /// Create and change what the topology declares, then verify it
    ///
    /// Shows the plan and asks for confirmation before the first write. After an interruption, run it again. With a file of
    /// `plan --out`, takes exactly its steps, and refuses with the differences if a plan made now has others.
    Apply(ApplyArgs),
    /// Check that packets flow between every pair of instances
    ///
    /// Follows the path of each ordered pair through routes and firewalls, and pings where both ends can be reached.
    Verify(VerifyArgs),
    /// Show what differs between the topology and what is there
    ///
    /// Tells each object that is missing, altered, added by others, or without its tags, and what would mend it. Ends with
    /// exit code 5 if anything differs. Writes nothing.
    Drift(FileArgs),
    /// Delete what belongs to the topology, then look for leftovers
    ///
    /// Shows the plan and asks for confirmation before the first deletion.
    Destroy(DestroyArgs),
    /// Continue an `apply` or `destroy` that was interrupted, from its journal
    ///
    /// Tells what was done, what was under way and what became of it, shows the plan of what is left and asks for
    /// confirmation before the first write. Needs the keys of the same accounts. Refuses if the topology file has changed.
    Resume(ResumeArgs),
    /// Make objects of others the topology's own
    ///
    /// Without KEY, shows what could be adopted and writes nothing: objects of others that the topology uses, and objects
    /// that look like its own and lost their tags. With KEY, asks for confirmation and tags these objects. From then on
    /// `apply` changes them and `destroy` deletes them.
    Adopt(AdoptArgs),
    /// Do what a hand-over document asks of an account, and nothing else
    ///
    /// Compares the document with the cloud, shows what it would do and asks for confirmation before the first write. The
    /// document is the JSON file that `--handover` wrote for the owner of the account.
    Accept(AcceptArgs),
    /// Run the whole life of a topology on an embedded simulator
    ///
    /// Plans, applies, verifies, plans again and destroys. Contacts no cloud.
    Rehearse(RehearseArgs),
    /// Run the simulator as a server for other clients
    ///
    /// Prints its URL and the keys of its accounts as JSON, then serves until Ctrl-C.
    Simulator(SimulatorArgs),
    /// Serve a recording to other clients
    ///
    /// Prints its URL as JSON, then serves until Ctrl-C. Ends with exit code 5 if a request was not recorded.
    Replay(ReplayArgs),
    /// Show what is in a bundle of evidence
    ///
    /// Checks the digest of every member, then tells what ran and how it ended, with whose keys, each call that wrote or failed, the
    /// verdicts and the residue. Contacts no cloud. Ends with exit code 2 for a file that is damaged or no bundle.
    Report(ReportArgs),
    /// Print the JSON Schema of topology files, of plans, or of the configuration file
    Schema(SchemaArgs),
    /// Print a script that makes a shell complete commands and options
    ///
    /// bash: `landbridge completions bash > ~/.local/share/bash-completion/completions/landbridge`. zsh: write it to a file
    /// `_landbridge` in a directory of $fpath. fish: write it to ~/.config/fish/completions/landbridge.fish.
    Completions(CompletionsArgs),
    /// Print or write manual pages
    ///
    /// `landbridge man plan | man -l -` shows a page.
    Man(ManArgs),
    /// Show what exists in accounts and regions, made by Landbridge or by others
    ///
    /// Reads networks, hubs, peerings, grants, security groups and instances, and writes nothing. Ends with exit code 6
    /// if something could not be read.
    Discover(DiscoverArgs),
    /// Show what Landbridge made in accounts and regions, without a topology file
    ///
    /// Goes by the tags of objects alone. Ends with exit code 6 if something could not be read.
    Status(StatusArgs),
    /// Show which accounts and users keys belong to
    ///
    /// Ends with exit code 2 if keys belong to another account than stated.
    Identity(IdentityArgs),
    /// Manage roles that other accounts may assume
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Manage grants that let a hub of another account attach a network
    #[command(subcommand)]
    Grant(GrantCommand),
    /// Manage firewall rules between two parties, each in its own account
    #[command(subcommand)]
    Firewall(FirewallCommand),
}

#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// Topology file, in YAML or JSON
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,
    /// Write the report as one HTML page to this file, too
    ///
    /// The page has all pairs whatever `--from`, `--to` and `--only` say, a picture, a filter and a search, and needs no other file
    /// and no network.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Ask the clouds' own analysers about each ordered pair of instances, too
    ///
    /// Tells the price first and asks for confirmation. What the analysers say stands beside the verdicts, and overrules none; that
    /// they disagree is a failed check. What their analyses leave behind is deleted.
    #[arg(long, conflicts_with = "probe")]
    pub(crate) second_opinion: bool,
    /// Judge this traffic, and probe it where instances can: icmp, tcp:PORT or udp:PORT
    ///
    /// ICMP is probed by four pings, TCP by opening a connection; a connection that is refused proves an open path. UDP is judged by
    /// configuration only.
    #[arg(long, value_name = "TRAFFIC", default_value = "icmp")]
    pub(crate) traffic: Traffic,
    #[command(flatten)]
    pub(crate) probe: ProbeArgs,
    #[command(flatten)]
    pub(crate) pairs: PairsArgs,
}

/// Which pairs a report tells. All are verified, and count for the exit code.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PairsArgs {
    /// Tell the pairs from this instance or subnet only, with their ways in both directions
    #[arg(long, value_name = "NAME")]
    pub(crate) from: Option<String>,
    /// Tell the pairs to this instance or subnet only, with their ways in both directions
    #[arg(long, value_name = "NAME")]
    pub(crate) to: Option<String>,
    /// Tell the pairs with this verdict only, with their ways in both directions
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub(crate) only: Option<OnlyVerdict>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnlyVerdict {
    Blocked,
    Undecided,
    Reachable,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Code of a finding, as it stands in brackets behind its subject; or the first word of several codes
    ///
    /// Examples: network/other-owner, route
    pub(crate) code: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,
    #[command(flatten)]
    pub(crate) consent: ConsentArgs,
    /// Write the plan to a file, for `landbridge apply PLANFILE`
    ///
    /// The file holds the topology and the steps, and no secret. `apply` takes exactly these steps, or none.
    #[arg(long, value_name = "PLANFILE")]
    pub(crate) out: Option<PathBuf>,
    /// End with exit code 5 if the plan has any step
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    #[command(flatten)]
    pub(crate) handover: HandOverArgs,
}

/// Where documents for owners of other accounts go.
#[derive(Debug, Args)]
pub(crate) struct HandOverArgs {
    /// Write what owners of accounts that are `held-by: other` are to do into a directory
    ///
    /// Two files for each owner: `TOPOLOGY-ACCOUNT-join.md` to read and `TOPOLOGY-ACCOUNT-join.json` for `landbridge
    /// accept`; `-leave` after destroy. Without it, the text goes to stdout.
    #[arg(long = "handover", value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DestroyArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,
    /// After the deletions, compare what is there with this file of `apply --baseline`
    ///
    /// Ends with exit code 5 if anything differs that is not the topology's.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) consent: ConsentArgs,
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,
    #[command(flatten)]
    pub(crate) handover: HandOverArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    /// Hand-over document, in JSON
    pub(crate) document: PathBuf,
    /// Keys of the account that the document is meant for
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: AccountRef,
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// Topology file, in YAML or JSON, or a plan that `plan --out` has written
    ///
    /// Such a plan keeps the options that it was made with.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) consent: ConsentArgs,
    /// Before the first write, write what is there to this file, unless it exists
    ///
    /// `landbridge destroy --baseline FILE` compares with it.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Skip the verification
    #[arg(long)]
    pub(crate) no_verify: bool,
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,
    #[command(flatten)]
    pub(crate) handover: HandOverArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AdoptArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,
    /// Objects to adopt, each by its key in the topology or by its ID
    #[arg(value_name = "KEY|ID")]
    pub(crate) objects: Vec<String>,
    /// Take what carries the tags of this other topology, too
    #[arg(long, value_name = "TOPOLOGY", requires = "objects")]
    pub(crate) from: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RehearseArgs {
    #[command(flatten)]
    pub(crate) input: FileArgs,
    /// Run simulated time this many times faster than real time
    ///
    /// Without it, simulated time jumps from event to event.
    #[arg(long, value_name = "X", value_parser = speed)]
    pub(crate) speed: Option<f64>,
    /// Seed the simulator's IDs
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SimulatorArgs {
    /// Listen on this loopback address; port 0 takes a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9180")]
    pub(crate) listen: SocketAddr,
    /// Provide the accounts that this topology file declares
    ///
    /// Without it, the simulator has two accounts on each cloud: `a`, `b` and so on.
    #[arg(long, value_name = "FILE")]
    pub(crate) topology: Option<PathBuf>,
    /// Seed the simulator's IDs
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Run simulated time this many times faster than real time
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    pub(crate) speed: f64,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Directory that `--record` has written, or a bundle that `--evidence` has written
    #[arg(value_name = "DIR|BUNDLE")]
    pub(crate) recording: PathBuf,
    /// Listen on this loopback address; port 0 takes a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9181")]
    pub(crate) listen: SocketAddr,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Bundle that `--evidence` has written
    pub(crate) bundle: PathBuf,
    /// Write the report as one HTML page to this file, too
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

fn long_help() -> String {
    [
        exit::HELP.to_owned(),
        accounts::help(),
        clouds::help(),
        output::HELP.to_owned(),
    ]
    .join("\n\n")
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
