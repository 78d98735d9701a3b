//! Everything in the places that a command line names, with whatever keys there are.

use std::io;
use std::path::Path;

use landbridge_core::discovery::{Discovery, Draft};
use landbridge_core::engine::Engine;
use serde_json::{Value, json};

use crate::accounts::{Caller, Callers};
use crate::args::{Options, PlacesArgs};
use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::interrupt::unless_cancelled;
use crate::output::Output;

/// What could be read, and of whom.
pub(super) struct Survey {
    pub(super) callers: Callers,
    /// Those whose keys work.
    pub(super) accounts: Vec<Caller>,
    pub(super) engine: Engine,
    pub(super) discovery: Discovery,
    /// Accounts whose keys do not work, as the command line names them, and why.
    without_keys: Vec<(String, String)>,
}

impl Survey {
    pub(super) async fn read(args: &PlacesArgs, options: &Options) -> Outcome<Self> {
        let callers = Callers::open(&args.accounts, options)?;
        let (mut accounts, mut places) = (Vec::new(), Vec::new());
        let mut failures = Vec::new();
        for wanted in &args.places {
            match callers.caller(&wanted.account).await {
                Ok(caller) => {
                    places.extend(wanted.regions.iter().map(|region| caller.place(region)));
                    accounts.push(caller);
                }
                Err(failure) if failure.exit == Exit::Cancelled => return Err(failure),
                Err(failure) => failures.push((wanted.account.text.clone(), failure)),
            }
        }
        if accounts.is_empty() {
            return Err(first(failures));
        }
        let engine = callers.engine(&accounts)?;
        let discovery = unless_cancelled(callers.cancel(), engine.discover(&places)).await?;
        let told = |(text, failure): (String, Failure)| (text, format!("{:#}", failure.error));
        Ok(Self {
            callers,
            accounts,
            engine,
            discovery,
            without_keys: failures.into_iter().map(told).collect(),
        })
    }

    /// Shows what could not be read, and says how the command ends.
    pub(super) fn conclude(&self, output: &mut Output) -> Exit {
        let accounts = self.without_keys.iter();
        let lists = self.discovery.not_read();
        let missing: Vec<(String, &str)> = accounts
            .map(|(account, reason)| (format!("account {account}"), reason.as_str()))
            .chain(lists.map(|list| {
                (
                    format!("{} of {}", list.what, list.place),
                    list.reason.as_str(),
                )
            }))
            .collect();
        if missing.is_empty() {
            return Exit::Ok;
        }
        let line = |(what, reason): &(String, &str)| format!("\n  {what}: {reason}");
        let lines: String = missing.iter().map(line).collect();
        let value = |(what, reason): &(String, &str)| json!({ "what": what, "reason": reason });
        let values: Vec<Value> = missing.iter().map(value).collect();
        let text = format!("not read, so the tables above are incomplete:{lines}");
        output.section("not_read", text, values);
        Exit::Undecided
    }
}

/// Refuses a file that exists, before anything is read.
pub(super) fn check_absent(file: Option<&Path>) -> Outcome<()> {
    match file.filter(|file| file.exists()) {
        Some(file) => Err(exists(file)),
        None => Ok(()),
    }
}

/// Writes a topology into a file that does not exist, and says so.
pub(super) fn write_new(file: &Path, draft: &Draft, output: &mut Output) -> Outcome<()> {
    create(file, &draft.to_string())?;
    let topology = &draft.topology;
    let text = format!(
        "{}: {} networks, {} interconnects, {} left out",
        file.display(),
        topology.networks.len(),
        topology.interconnects.len(),
        draft.left_out.len()
    );
    output.section(
        "written",
        text,
        json!({ "file": file, "topology": topology }),
    );
    Ok(())
}

/// Writes a file that does not exist.
pub(super) fn create(file: &Path, text: &str) -> Outcome<()> {
    files::write_new(file, text).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(file),
        _ => Failure::bad_input(format!("cannot write file `{}`: {error}", file.display())),
    })
}

fn exists(file: &Path) -> Failure {
    let file = file.display();
    Failure::refused(format!(
        "file `{file}` exists: name another one, or delete it"
    ))
}

fn first(failures: Vec<(String, Failure)>) -> Failure {
    let first = failures.into_iter().next().map(|(_, failure)| failure);
    first.unwrap_or_else(|| Failure::bad_input("name at least one place"))
}
