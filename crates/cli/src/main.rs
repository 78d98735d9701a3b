//! The `landbridge` program: validates, plans, applies, verifies, destroys and rehearses topologies, and manages single
//! roles, grants and firewall rules between accounts.
//!
//! - [`args`] is the command line, [`defaults`] completes it from variables and from the configuration file ([`config`]), [`commands`] has one module per command, [`output`] and [`progress`] write results.
//! - [`clouds`] is the one table of what depends on the cloud; [`backends`] opens the clouds that a topology uses.
//! - [`accounts`] are accounts named on the command line, [`declared`] the credential sources of accounts in files.
//! - [`session`] joins all of this to engines; [`simulated`] does the same on an embedded simulator.

mod accounts;
mod args;
mod backends;
mod clean;
mod clouds;
mod commands;
mod config;
// A program without any backend opens no credential source.
#[cfg_attr(not(any(feature = "aliyun", feature = "aws")), allow(dead_code))]
mod declared;
mod defaults;
mod duration;
mod evidence;
mod exit;
mod files;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
#[path = "../../../tests/support/fuzz.rs"]
mod fuzz_support;
mod interrupt;
mod logging;
mod mfa;
mod output;
mod paint;
mod progress;
mod prompt;
mod quiet;
mod secrets;
mod session;
mod sim_clock;
mod simulated;
mod told;

use std::io::Write;
use std::process::ExitCode;

use crate::defaults::Refusal;

fn main() -> ExitCode {
    let (cli, config) = match defaults::read() {
        Ok(read) => read,
        Err(Refusal::CommandLine(error)) => return told(&error),
        Err(Refusal::Before(problem)) => {
            output::complain(format_args!("error: {problem}"));
            return exit::Exit::BadInput.into();
        }
    };
    logging::start(cli.options.verbose, cli.options.quiet);
    config.install();
    // One thread: the program waits for clouds and computes little, and an embedded simulator takes turns with its clients.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(commands::run(cli));
            // An unanswered prompt must not keep the program running.
            runtime.shutdown_background();
            exit.into()
        }
        Err(error) => {
            output::complain(format_args!("error: cannot start the program: {error}"));
            exit::Exit::Unexpected.into()
        }
    }
}

// Help and versions are results: that they cannot be written is an error, like for any other result.
fn told(error: &clap::Error) -> ExitCode {
    let printed = error.print().and_then(|()| std::io::stdout().flush());
    match printed {
        Err(problem) if !error.use_stderr() => {
            output::complain(format_args!(
                "error: cannot write the result to standard output: {problem}"
            ));
            exit::Exit::Unexpected.into()
        }
        _ if error.use_stderr() => exit::Exit::BadInput.into(),
        _ => exit::Exit::Ok.into(),
    }
}
