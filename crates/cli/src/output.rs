//! Results on stdout: sections of text as they become known, or one JSON document at the end.

use std::error::Error as _;
use std::fmt::Display;
use std::io::Write;

use landbridge_core::Error;
use landbridge_core::engine::ApplyError;
use landbridge_core::topology::TopologyError;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::accounts::Warning;
use crate::args::Format;
use crate::exit::{Exit, Failure, Outcome};

/// The members of the JSON document, for `--help`.
pub(crate) const HELP: &str = "\
JSON documents (--format json). A command prints one document, without the members that it did not reach:
  command, exit   the command and its exit code
  error           {message} and, where known, problems[] of the file, cloud{kind, code, request_id, place, remedy, ..},
                  and steps[{key, error}], done, total of an apply that stopped
  summary         validate: the number of objects of each kind, and places[{cloud, account, region}]
  preflight       {format, findings[{severity, code, subject, message, remedy}]}
  plan            {format, topology, steps[{key, op, place, depends_on[], permissions[], ..}]}; also second_plan,
                  destroy_plan
  drawing         plan --draw: the graph as text
  handover        [{format, purpose (join | leave), cloud, account, asked_by[], view{}, ranges{}, parts[{do{act, ..}, awaited,
                  how{commands[], console, check, actions[]}}], more-to-come, policy, digest}]
  consent         accept: {account, asked_by[], acts[], done[]}, what the document asks for and what of it is done
  saved           plan --out: the path of the file
  differences     apply PLANFILE: [{difference (gone | added | changed), key, saved, now, members[]}]
  baseline        apply --baseline: the path of the file, if it was written
  applied         {steps, elapsed_seconds}; also destroyed
  instances       [{name, address, id, place, state}]
  verify          {format, reachable, pairs, verdicts[{source, destination, verdict (reachable | blocked |
                  undecided), path{there[], back[], blocked, undecided}, ping, ..}]}
  residue         {format, places[], without[], not_enabled[], found[{place, key, removal}],
                  not_searched[{cloud, account, region, reason}], differences[{place, object, change, members[]}]}
  recording       --record: {directory, exchanges}
  ledger          rehearse: {alive[]}, objects that exist on the simulator at the end
  rehearsal       rehearse: {passed, calls, simulated_seconds}
  warnings        [{message, remedy}]
  discovery       discover: {format, inventories[{place, networks[], subnets[], route_tables[], hubs[], peerings[], grants[],
                  groups[], instances[], not_read[], ..}], not_read[{place, what, reason}]}
  written         discover --out, status --out: {file, topology}
  topologies      status: [{topology, objects[{place, kind, key, id, status}]}]
  not_read        discover, status: [{what, reason}], accounts, places and lists that could not be read
  identities      [{account, cloud, id, alias, alias_problem, kind, arn, problem}]
  role            trust: {role, arn, owner, principals[], external_id, require_mfa, max_session (seconds), trust, policies{}},
                  or null
  wanted          trust ensure: the role that the options describe, with actions[] or document instead of policies; only if
                  drift is not empty
  drift           trust: [{what, wanted, found}], differences between the role and the options, before the first write
  user            trust: {name, arn, owner, roles[]}
  session         trust --wait-as: {account, kind, arn, seconds}
  deleted         trust: {role, user}, the names of the deleted role and user
  request         grant: {member, hub, hub_account, payer}, the grant to create or revoke
  grants          [{member, member_account, hub, hub_account, payer, created_at}]
  group           firewall list: {id, name, network, ..}
  rules           firewall list: [{group, id, rule{}, text, priority, topology, ours}]
  permit          firewall: {mark, changes[{place, group, add[], present[], remove[], foreign[], covers[]}], report{findings[]},
                  verdicts[], proposal}
  closed          firewall revoke: {verdicts[]}, the paths after the rules were removed
Progress goes to stderr, one line per event: {event: observing | not-read | apply-started | step-started | step-waiting |
step-retrying | step-done | step-failed | apply-ended | probing | probed, format, at (RFC 3339), run, ..}, {warning},
and a last {error} if the command fails. `format` is the version of what it stands in: 1.";

/// The result of a command while it grows.
#[derive(Debug)]
pub(crate) struct Output {
    format: Format,
    document: Map<String, Value>,
}

impl Output {
    pub(crate) fn new(format: Format, command: &str) -> Self {
        let mut document = Map::new();
        document.insert("command".to_owned(), command.into());
        Self { format, document }
    }

    /// A part of the result: in text right away, in JSON under `key` of the document.
    pub(crate) fn section(&mut self, key: &str, text: impl Display, value: impl Serialize) {
        match self.format {
            Format::Text => print(format_args!("{text}\n")),
            Format::Json => {
                let value = serde_json::to_value(value).unwrap_or(Value::Null);
                self.document.insert(key.to_owned(), value);
            }
        }
    }

    /// A warning: on stderr, and in JSON also in the list `warnings`.
    pub(crate) fn warning(&mut self, warning: &Warning) {
        let Warning { message, remedy } = warning;
        match self.format {
            Format::Text => complain(format_args!("warning: {message}\n  -> {remedy}")),
            Format::Json => {
                complain(json!({ "warning": warning }));
                let list = self.document.entry("warnings").or_insert_with(|| json!([]));
                if let Value::Array(list) = list {
                    list.push(json!(warning));
                }
            }
        }
    }

    /// A heading between sections; nothing in JSON.
    pub(crate) fn heading(&self, text: &str) {
        if self.format == Format::Text {
            print(format_args!("== {text} =="));
        }
    }

    /// Writes the error or the document, and returns the exit code.
    pub(crate) fn finish(mut self, outcome: Outcome) -> Exit {
        let exit = match &outcome {
            Ok(exit) => *exit,
            Err(failure) => failure.exit,
        };
        match (self.format, outcome) {
            (Format::Text, Ok(_)) => {}
            (Format::Text, Err(failure)) => {
                complain(format_args!("error: {}", explain(&failure)));
            }
            (Format::Json, outcome) => {
                self.document.insert("exit".to_owned(), exit.code().into());
                if let Err(failure) = outcome {
                    let error = describe(&failure);
                    complain(json!({ "error": error }));
                    self.document.insert("error".to_owned(), error);
                }
                print(Value::Object(self.document));
            }
        }
        exit
    }
}

/// A line on stdout. Errors are ignored: the reader may have closed the pipe.
pub(crate) fn print(line: impl Display) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// A line on stderr.
pub(crate) fn complain(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

// `Display` of our errors does not print the source, so this walks the chain.
fn explain(failure: &Failure) -> String {
    let mut text = format!("{:#}", failure.error);
    for (key, error) in steps_of(failure) {
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(&format!("\n  {key}: caused by: {cause}"));
            source = cause.source();
        }
    }
    text
}

fn steps_of(failure: &Failure) -> impl Iterator<Item = (String, &Error)> {
    let stopped = failure.error.downcast_ref::<ApplyError>();
    let failures = stopped.into_iter().flat_map(|stopped| stopped.failures());
    failures.map(|(key, error)| (key.to_string(), error))
}

fn describe(failure: &Failure) -> Value {
    let mut value = json!({ "message": explain(failure) });
    let error = &failure.error;
    if let Some(error) = error.downcast_ref::<Error>() {
        value["cloud"] = describe_error(error);
    }
    if let Some(error) = error.downcast_ref::<TopologyError>() {
        value["problems"] = error.problems().into();
    }
    if let Some(stopped) = error.downcast_ref::<ApplyError>() {
        value["done"] = stopped.done.into();
        value["total"] = stopped.total.into();
        value["steps"] = steps_of(failure)
            .map(|(key, error)| json!({ "key": key, "error": describe_error(error) }))
            .collect();
    }
    value
}

fn describe_error(error: &Error) -> Value {
    json!({
        "kind": error.kind().as_str(),
        "message": error.message(),
        "operation": error.operation(),
        "place": error.place(),
        "code": error.code(),
        "request_id": error.request_id(),
        "remedy": error.remedy(),
    })
}
