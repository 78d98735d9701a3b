//! One module for each command, and the [`stages`] that commands share.

mod accept;
mod adopt;
mod apply;
mod baseline;
mod completions;
mod cost;
mod destroy;
mod discover;
mod drift;
mod evidence;
mod explain;
mod firewall;
mod grant;
mod graph;
mod handover;
mod identity;
mod init;
mod journal;
mod lacking;
mod left;
mod man;
mod matrix;
mod named;
mod plan;
mod policy;
mod prices;
mod probe;
mod record;
mod rehearse;
mod replay;
mod report;
mod resume;
mod saved;
mod second_opinion;
mod simulator;
mod stages;
mod status;
mod survey;
mod trust;
mod validate;
mod verdicts;
mod verified;
mod verify;
mod wholesale;

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::backend::CallContext;
use landbridge_core::retry::Patience;
use landbridge_core::{SystemClock, topology};

use crate::args::{Cli, Command, Described, Format, Options};
use crate::config;
use crate::exit::{Exit, Outcome};
use crate::output::{Look, Output};
use crate::paint;

pub(crate) use stages::load;

/// Runs the command and returns the exit code of the program.
pub(crate) async fn run(cli: Cli) -> Exit {
    let Cli {
        mut options,
        command,
    } = cli;
    let format = options.format.format();
    let (name, format) = match &command {
        Command::Init(_) => ("init", format),
        Command::Validate(_) => ("validate", format),
        Command::Plan(_) => ("plan", format),
        Command::Graph(_) => ("graph", format),
        Command::Cost(_) => ("cost", format),
        Command::Policy(_) => ("policy", format),
        Command::Prices(_) => ("prices", format),
        Command::Explain(_) => ("explain", format),
        Command::Apply(_) => ("apply", format),
        Command::Verify(_) => ("verify", format),
        Command::Drift(_) => ("drift", format),
        Command::Destroy(_) => ("destroy", format),
        Command::Resume(_) => ("resume", format),
        Command::Accept(_) => ("accept", format),
        Command::Adopt(_) => ("adopt", format),
        Command::Rehearse(_) => ("rehearse", format),
        // These print one JSON value in either format.
        Command::Simulator(_) => ("simulator", Format::Text),
        Command::Replay(_) => ("replay", Format::Text),
        Command::Report(_) => ("report", format),
        Command::Schema(_) => ("schema", Format::Text),
        // Shells and `man` read these.
        Command::Completions(_) => ("completions", Format::Text),
        Command::Man(_) => ("man", Format::Text),
        Command::Discover(_) => ("discover", format),
        Command::Status(_) => ("status", format),
        Command::Identity(_) => ("identity", format),
        Command::Trust(_) => ("trust", format),
        Command::Grant(_) => ("grant", format),
        Command::Firewall(_) => ("firewall", format),
    };
    let look = Look {
        verbose: options.verbose > 0,
        painted: paint::is_wanted(options.color),
        quiet: options.quiet,
    };
    let mut output = Output::new(format, name, look, options.interrupts.clone());
    let begun = prices::load(&mut options)
        .and_then(|()| record::start(&mut options))
        .and_then(|()| evidence::start(&command, name, &mut options, &mut output));
    let outcome = match begun {
        Ok(()) => within_limits(command, &options, &mut output).await,
        Err(failure) => Err(failure),
    };
    let outcome = outcome.map_err(|failure| lacking::with_command(failure, output.file()));
    let outcome = record::finish(&options, outcome, &mut output);
    let outcome = evidence::finish(&options, outcome, &mut output);
    output.finish(outcome)
}

/// Does a command, whose calls to real clouds end with the first signal and the time limit. Engines set their own limits; this
/// one is for the calls that a command makes itself.
async fn within_limits(command: Command, options: &Options, output: &mut Output) -> Outcome {
    // A simulator has a time of its own.
    if options.simulate || matches!(command, Command::Rehearse(_)) {
        return dispatch(command, options, output).await;
    }
    let limit = options.timeout.unwrap_or(Duration::MAX);
    let clock = Arc::new(SystemClock::new());
    let patience = Patience::new(clock, limit, options.interrupts.stop().clone());
    let context = CallContext::new(patience);
    context.scope(dispatch(command, options, output)).await
}

async fn dispatch(command: Command, options: &Options, output: &mut Output) -> Outcome {
    match command {
        Command::Init(args) => init::run(&args, output).await,
        Command::Validate(args) => validate::run(&args, output),
        Command::Plan(args) => plan::run(&args, options, output).await,
        Command::Cost(args) => cost::run(&args, options, output).await,
        Command::Policy(args) => policy::run(&args, options, output),
        Command::Prices(args) => prices::run(&args, options, output).await,
        Command::Graph(args) => graph::run(&args, options, output).await,
        Command::Explain(args) => explain::run(&args, output),
        Command::Apply(args) => apply::run(&args, options, output).await,
        Command::Verify(args) => verify::run(&args, options, output).await,
        Command::Drift(args) => drift::run(&args, options, output).await,
        Command::Destroy(args) => destroy::run(&args, options, output).await,
        Command::Resume(args) => resume::run(&args, options, output).await,
        Command::Accept(args) => accept::run(&args, options, output).await,
        Command::Adopt(args) => adopt::run(&args, options, output).await,
        Command::Rehearse(args) => rehearse::run(&args, options, output).await,
        Command::Simulator(args) => simulator::run(&args, output).await,
        Command::Replay(args) => replay::run(&args, output).await,
        Command::Report(args) => report::run(&args, output),
        Command::Discover(args) => discover::run(&args, options, output).await,
        Command::Status(args) => status::run(&args, options, output).await,
        Command::Identity(args) => identity::run(&args, options, output).await,
        Command::Trust(command) => trust::run(&command, options, output).await,
        Command::Grant(command) => grant::run(&command, options, output).await,
        Command::Firewall(command) => firewall::run(&command, options, output).await,
        Command::Schema(args) => {
            output.value(&match args.of {
                Described::Topology => topology::json_schema(),
                Described::Plan => landbridge_core::plan::json_schema(),
                Described::Config => config::schema(),
            });
            Ok(Exit::Ok)
        }
        Command::Completions(args) => completions::run(&args, output),
        Command::Man(args) => man::run(&args, output),
    }
}
