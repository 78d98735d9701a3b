//! Results on stdout: sections of text as they become known, or one JSON document at the end.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use landbridge_core::Error;
use landbridge_core::engine::{ApplyError, Stopped};
use landbridge_core::plan::Plan;
use landbridge_core::preflight::{Finding, Report};
use landbridge_core::topology::{Source, Topology, TopologyError};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::accounts::Warning;
use crate::args::Format;
use crate::clean;
use crate::evidence::Evidence;
use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::interrupt::Interrupts;
use crate::paint;
use crate::told::{self, Who};

/// The members of the JSON document, for `--help`.
pub(crate) const HELP: &str = "\
JSON documents (--format json). A command prints one document, without the members that it did not reach:
  command, exit   the command and its exit code
  error           {message} and, where known, problems[] of the file, cloud{kind, code, request_id, place, remedy, ..},
                  and of an apply that stopped steps[{key, error}], done, total, and under_way[{key, place, what, standing
                  (accepted | unsettled), id, state, request_id}], what was begun and not seen done, and finished[{key, place, id}]
  summary         validate: the number of objects of each kind, and places[{cloud, account, region}]
  preflight       {format, findings[{severity, code, subject, message, remedy, at{file, line, column}}]}, `at` in the
                  topology file where it has the subject
  plan            {format, topology, steps[{key, op, place, depends_on[], permissions[], ..}]}; also second_plan,
                  destroy_plan
  models          [{interconnect, model, reason, candidates[{model, steps, routes, hourly{}, not_priced[], traffic[], refused[],
                  quotas[]}]}], the models of interconnects that leave it open to a choice
  cost            {format, topology, prices (date of the table), hourly{CURRENCY: amount}, accounts[{name, cloud, id, hourly{}}],
                  charges[{account, item, unit, region, price{}, hourly{}, source, date, doubts[], ..}], not_priced[],
                  not_counted[]}; amounts are decimal numbers as text
  cost_change     plan, apply: {added{}, not_priced[], ends[]}, what the plan changes about the cost each hour
  policies        policy: [{name, cloud, account, documents[{purpose (plan | life), part, parts, statements[], document, characters}],
                  trust{role, arn, principal, external_id, document}, needs{action: always | sometimes | advised}, notes[], limit}]
  policy_files    policy --out: [{account, file, command}]
  prices          prices: the price table {format, date, areas{}, prices[]}
  picture         graph: {format, subject, title, summary, accounts[{name, cloud, id, elements[], regions[{name, elements[{key, kind,
                  name, rows[], mark, details[]}]}]}], common[], links[{key, kind, ends[], group, mark, details[]}],
                  grid{title, names[], cells[]}, notes[], words{}}
  drawn           graph --out: the path of the file
  page            explain CODE: {code, title, severity[], meaning, reason, mend, example (or null), fact, related[]}
  pages           explain: [{code, title, severity[]}]
  handover        [{format, purpose (join | leave), cloud, account, asked_by[], view{}, ranges{}, parts[{do{act, ..}, awaited,
                  how{commands[], console, check, actions[]}}], more-to-come, policy, digest}]
  consent         accept: {account, asked_by[], acts[], done[]}, what the document asks for and what of it is done
  saved           plan --out: the path of the file
  differences     apply PLANFILE: [{difference (gone | added | changed), key, saved, now, members[]}]
  baseline        apply --baseline: the path of the file, if it was written
  applied         {steps, elapsed_seconds}; also destroyed
  journal         --journal: {path}; resume: {path, purpose, topology, complete, torn_bytes, runs[{run, steps, done, writes, ended}],
                  open[{step, place, what, at, reached, ..}]}, the steps under way when the last run ended
  settled         resume: [{step, found (as-wanted | not-ready | no-effect), id}], what became of those steps
  instances       [{name, address, id, place, state}]
  verify          {format, topology, at, program, summary, reachable, pairs, counts{by_configuration, answered, blocked,
                  undecided, not_checked, ..}, accounts[{name, cloud, id, regions[], caller}], networks[{name, kind, id, account,
                  region, ranges[], ends[{name, kind, id, subnet}]}], matrix[{from, to, pairs, ..}], not_checked[{from, to,
                  cause, remedy}], verdicts[{source, destination, source_network, destination_network, verdict (reachable |
                  blocked | undecided), path{there[{element, name, action}], back[], blocked{element, cause, remedy,
                  on_return}, undecided}, ping, ..}], findings[]}
  page            verify --html: the path of the file
  holders         destroy that stopped: {format, findings[]}, what keeps objects from being deleted, as far as it is seen
  residue         {format, places[], without[], searched_before, not_enabled[], found[{place, key, removal}],
                  not_searched[{cloud, account, region, reason}], differences[{place, object, change, members[]}]}
  recording       --record: {directory, exchanges}
  evidence        --evidence: {path, members, calls}, or {problem}; report: {manifest{}, accounts[], calls[], plan{}, verify{},
                  residue{}, findings[]}, what is in the bundle
  ledger          rehearse: {alive[]}, objects that exist on the simulator at the end
  rehearsal       rehearse: {passed, calls, simulated_seconds}
  warnings        [{message, remedy}]
  discovery       discover: {format, inventories[{place, networks[], subnets[], route_tables[], hubs[], peerings[], grants[],
                  groups[], instances[], not_read[], ..}], not_read[{place, what, reason}]}
  written         discover --out, status --out: {file, topology}; init: also next[], the commands to go on with
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

/// Where findings are explained.
pub(crate) const MORE: &str = "`landbridge explain CODE` tells more";

/// The result of a command while it grows.
#[derive(Debug)]
pub(crate) struct Output {
    format: Format,
    document: Map<String, Value>,
    look: Look,
    interrupts: Interrupts,
    /// The text of the topology that the command is about.
    source: Option<Source>,
    /// Its accounts.
    who: Who,
    /// The topology file, if the command has one.
    file: Option<PathBuf>,
    /// What keeps all results, beside showing them.
    evidence: Option<Arc<Evidence>>,
    /// Whether it was said where findings are explained.
    explained: bool,
    /// Why standard output could not be written.
    broken: Option<io::Error>,
}

/// How plans look as text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Whether with the keys of objects and what each step waits for.
    pub(crate) verbose: bool,
    /// Whether in colours.
    pub(crate) painted: bool,
    /// Whether without warnings and notes.
    pub(crate) quiet: bool,
}

impl Output {
    pub(crate) fn new(format: Format, command: &str, look: Look, interrupts: Interrupts) -> Self {
        let mut document = Map::new();
        document.insert("command".to_owned(), command.into());
        Self {
            format,
            document,
            look,
            interrupts,
            source: None,
            who: Who::default(),
            file: None,
            evidence: None,
            explained: false,
            broken: None,
        }
    }

    /// What the command is about: findings are located in its text, and errors name its accounts.
    pub(crate) fn about(&mut self, topology: &Topology) {
        self.who = Who::of(topology);
    }

    /// The file that the topology was read from, and its text.
    pub(crate) fn read_from(&mut self, file: &Path, text: &str) {
        self.file = Some(file.to_owned());
        let source = Source::of_text(text);
        self.source = source.map(|source| source.in_file(files::shown(file)));
    }

    /// The topology file of the command, and the accounts in it.
    pub(crate) fn file(&self) -> Option<(&Path, &Who)> {
        Some((self.file.as_deref()?, &self.who))
    }

    /// Notes in findings where they are in the topology's text.
    pub(crate) fn locate(&self, findings: &mut [Finding]) {
        if let Some(source) = &self.source {
            source.locate(findings);
        }
    }

    /// Keeps all results from now on.
    pub(crate) fn collect(&mut self, evidence: Arc<Evidence>) {
        self.evidence = Some(evidence);
    }

    /// What collects evidence of the command, if it asks for that.
    pub(crate) fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_deref()
    }

    /// Whether what is told has all details.
    pub(crate) fn is_verbose(&self) -> bool {
        self.look.verbose
    }

    /// A plan of the topology.
    pub(crate) fn plan(&mut self, key: &str, plan: &Plan, topology: Option<&Topology>) {
        if let Some(evidence) = &self.evidence {
            let text = format!("{}\n", plan.review(topology));
            evidence.plan(key, &clean::lines(&text), &plan.to_json());
        }
        if self.format == Format::Json {
            return self.show(key, "", plan.to_json());
        }
        let text = match self.look.verbose {
            true => format!("{plan}\n"),
            false => format!("{}\n", plan.review(topology)),
        };
        let text = clean::lines(&text);
        match self.look.painted {
            // What the clouds tell is clean before it is painted.
            true => self.print(paint::changes(&text)),
            false => self.print(text),
        }
    }

    /// A part of the result: in text right away, in JSON under `key` of the document.
    pub(crate) fn section(&mut self, key: &str, text: impl Display, value: impl Serialize) {
        match &self.evidence {
            None => self.show(key, text, value),
            Some(evidence) => {
                let (text, value) = (text.to_string(), json!(value));
                evidence.section(key, &clean::lines(&text), &value);
                self.show(key, text, value);
            }
        }
    }

    fn show(&mut self, key: &str, text: impl Display, value: impl Serialize) {
        match self.format {
            Format::Text => self.print(clean::lines(&format!("{text}\n"))),
            Format::Json => {
                let value = serde_json::to_value(value).unwrap_or(Value::Null);
                self.document.insert(key.to_owned(), value);
            }
        }
    }

    /// A text that is the whole result: in text as it is, in JSON under `key` of the document.
    pub(crate) fn whole(&mut self, key: &str, text: &str, value: impl Serialize) {
        match self.format {
            Format::Text => self.print(clean::lines(text.trim_end())),
            Format::Json => self.section(key, text, value),
        }
    }

    /// A part of the result that ends with findings: the first one with findings says in text where they are explained.
    pub(crate) fn findings(
        &mut self,
        key: &str,
        (text, value): (impl Display, impl Serialize),
        findings: &[Finding],
    ) {
        if self.explained || findings.is_empty() {
            return self.section(key, text, value);
        }
        self.explained = true;
        self.section(key, format_args!("{text}\n{MORE}"), value);
    }

    /// The findings of a preflight.
    pub(crate) fn report(&mut self, key: &str, report: &Report) {
        let mut report = report.clone();
        self.locate(&mut report.findings);
        self.findings(key, (&report, &report), &report.findings);
    }

    /// A warning: on stderr, and in JSON also in the list `warnings`.
    pub(crate) fn warning(&mut self, warning: &Warning) {
        let Warning { message, remedy } = warning;
        match self.format {
            Format::Text if self.look.quiet => {}
            Format::Text => complain(format_args!("warning: {message}\n  -> {remedy}")),
            Format::Json => {
                if !self.look.quiet {
                    complain_json(&json!({ "warning": warning }));
                }
                let list = self.document.entry("warnings").or_insert_with(|| json!([]));
                if let Value::Array(list) = list {
                    list.push(json!(warning));
                }
            }
        }
    }

    /// Text of the program itself that is the whole result, in either format: what a shell or `man` reads.
    pub(crate) fn own(&mut self, text: &str) {
        self.print(text.trim_end());
    }

    /// A note beside the result, on stderr.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.look.quiet {
            complain(text);
        }
    }

    /// A heading between sections; nothing in JSON.
    pub(crate) fn heading(&mut self, text: &str) {
        if self.format == Format::Text {
            self.print(format_args!("== {text} =="));
        }
    }

    /// A JSON value that is the whole result, in either format.
    pub(crate) fn value(&mut self, value: &Value) {
        self.print(clean::json(&format!("{value:#}")));
    }

    /// Likewise, on one line.
    pub(crate) fn line(&mut self, value: &Value) {
        self.print(clean::json(&value.to_string()));
    }

    /// Refuses if standard output could not be written so far: what is about to be done was not shown.
    pub(crate) fn check(&mut self) -> Outcome<()> {
        match self.broken.take() {
            None => Ok(()),
            Some(error) => Err(Failure::new(
                Exit::Unexpected,
                anyhow::Error::msg(format!(
                    "cannot write the result to standard output: {error}; stopped before the next write"
                )),
            )),
        }
    }

    fn print(&mut self, line: impl Display) {
        if let Err(error) = print(line) {
            self.broken.get_or_insert(error);
        }
    }

    /// Writes the error or the document, and returns the exit code.
    pub(crate) fn finish(mut self, outcome: Outcome) -> Exit {
        let outcome = self.told_of_cancel(outcome);
        let exit = match &outcome {
            Ok(exit) => *exit,
            Err(failure) => failure.exit,
        };
        match (self.format, &outcome) {
            (Format::Text, Ok(_)) => {}
            (Format::Text, Err(failure)) => {
                complain(format_args!("error: {}", in_lines(failure, &self.who)));
            }
            (Format::Json, outcome) => {
                self.document.insert("exit".to_owned(), exit.code().into());
                if let Err(failure) = outcome {
                    let error = describe(failure);
                    complain_json(&json!({ "error": error }));
                    self.document.insert("error".to_owned(), error);
                }
                let document = Value::Object(std::mem::take(&mut self.document));
                self.print(clean::json(&document.to_string()));
            }
        }
        match self.broken {
            None => exit,
            Some(error) => {
                complain(format_args!(
                    "error: cannot write the result to standard output: {error}"
                ));
                // A command that failed keeps the code that says why.
                if outcome.is_ok() {
                    Exit::Unexpected
                } else {
                    exit
                }
            }
        }
    }

    // Which signal it was, and what was done by then.
    pub(crate) fn told_of_cancel(&self, outcome: Outcome) -> Outcome {
        outcome.map_err(|failure| {
            if failure.exit != Exit::Cancelled {
                return failure;
            }
            let error = match failure.error.downcast::<ApplyError>() {
                Ok(stopped) => stopped.into(),
                Err(_) => anyhow::Error::msg(self.interrupts.progress()),
            };
            Failure::new(self.interrupts.exit(), error)
        })
    }
}

/// A line on stdout.
///
/// # Errors
/// That it cannot be written: the disk is full, or the reader has closed the pipe.
fn print(line: impl Display) -> io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

/// Lines on stderr. There is no place to tell of errors.
pub(crate) fn complain(line: impl Display) {
    let text = line.to_string();
    let _ = writeln!(std::io::stderr().lock(), "{}", clean::lines(&text));
}

/// One line on stderr, whatever it tells of.
pub(crate) fn complain_line(line: impl Display) {
    complain(clean::line(&line.to_string()));
}

/// A JSON value on stderr, on one line.
pub(crate) fn complain_json(value: &impl Serialize) {
    let text = serde_json::to_string(value).unwrap_or_default();
    let _ = writeln!(std::io::stderr().lock(), "{}", clean::json(&text));
}

/// A failure on one line, with its causes, for programs.
pub(crate) fn explain(failure: &Failure) -> String {
    let mut text = failure.error.to_string();
    for cause in failure.error.chain().skip(1) {
        text.push_str(": ");
        text.push_str(&clean::line(&cause.to_string()));
    }
    text
}

/// A failure in lines, for people.
fn in_lines(failure: &Failure, who: &Who) -> String {
    let error = &failure.error;
    if let Some(error) = error.downcast_ref::<Error>() {
        return told::lines(error, who).join("\n");
    }
    if let Some(stopped) = error.downcast_ref::<ApplyError>() {
        return stopped_in_lines(stopped, who);
    }
    explain(failure)
}

fn stopped_in_lines(stopped: &ApplyError, who: &Who) -> String {
    let mut lines = vec![stopped.summary()];
    if let Stopped::Refused(error) = &stopped.reason {
        lines.extend(told::lines(error, who));
    }
    for (keys, error) in stopped.reasons() {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let keys = keys.join(", ");
        let told = told::lines(error, who).into_iter();
        let named = told.enumerate().map(|(number, line)| match number {
            0 => format!("{keys}: {line}"),
            _ => line,
        });
        lines.extend(named.map(|line| format!("  {line}")));
    }
    lines.extend(stopped.under_way.iter().map(|step| format!("  {step}")));
    lines.extend(stopped.finished.iter().map(|step| format!("  {step}")));
    lines.join("\n")
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
        value["done"] = stopped.done().into();
        value["total"] = stopped.total.into();
        value["under_way"] = json!(stopped.under_way);
        value["finished"] = json!(stopped.finished);
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
