//! The program, from the command line to the exit code.
//!
//! - [`args`] is the command line, one struct for each command; [`exit`] says how the program ends.
//! - [`run`] carries out the orders of a folder and [`worker`] those of a Restate server; [`orders`] gives and shows them in the
//!   shell, [`api`] over HTTP; [`server`] looks after the Restate server.
//! - [`clouds`] makes engines of options, [`watch`] hears the runs: it logs them, and hands them to [`telemetry`].
//!
//! A command is a struct in `args`, a line in [`carry_out`], and a module.

mod api;
mod args;
mod clouds;
mod exit;
mod files;
mod hearing;
mod logging;
mod orders;
mod run;
mod server;
mod signals;
#[cfg(feature = "otel")]
mod telemetry;
mod told;
mod watch;
mod worker;

use std::process::ExitCode;

use clap::Parser;

use self::args::{Command, Program};
use self::exit::{Exit, Outcome};

pub(crate) fn main() -> ExitCode {
    let program = Program::parse();
    logging::start(program.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let exit = match runtime {
        Ok(runtime) => runtime.block_on(carry_out(program.command)),
        Err(error) => Err(anyhow::Error::new(error).into()),
    };
    exit.unwrap_or_else(exit::complain).into()
}

async fn carry_out(command: Command) -> Outcome<Exit> {
    match command {
        Command::Run(args) => run::run(args).await,
        Command::Worker(args) => worker::worker(args).await,
        Command::Api(args) => api::api(args).await,
        Command::Register(args) => server::register(args).await,
        Command::Doctor(args) => server::doctor(args).await,
        Command::ApiKey(form) => api::key(&form),
        Command::Submit(args) => orders::submit(args).await,
        Command::Status(args) => orders::status(args).await,
        Command::List(args) => orders::list(args).await,
        Command::Plan(args) => orders::plan(args).await,
        Command::Stop(args) => orders::stop(args).await,
        Command::Resume(args) => orders::resume(args).await,
        Command::PeerReady(args) => orders::peer_ready(args).await,
        Command::Delete(args) => orders::delete(args).await,
        Command::Forget(args) => orders::forget(args).await,
    }
}
