//! The `landbridge` program: validate, plan, apply, verify, destroy and rehearse topologies; and single roles, grants and
//! firewall rules between accounts.

mod accounts;
#[cfg(feature = "aliyun")]
mod aliyun;
mod args;
#[cfg(feature = "aws")]
mod aws;
mod backends;
mod commands;
#[cfg_attr(not(any(feature = "aliyun", feature = "aws")), allow(dead_code))]
mod declared;
mod duration;
mod exit;
mod interrupt;
mod logging;
mod mfa;
mod output;
mod progress;
mod prompt;
mod secrets;
mod session;
mod sim_clock;
mod simulated;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::start(cli.options.verbose);
    // One thread: the clouds are waited for, not computed, and an embedded simulator takes turns with its clients.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(commands::run(cli));
            // A prompt that nobody answers any more must not keep the program.
            runtime.shutdown_background();
            exit.into()
        }
        Err(error) => {
            eprintln!("error: the program cannot start: {error}");
            exit::Exit::Unexpected.into()
        }
    }
}
