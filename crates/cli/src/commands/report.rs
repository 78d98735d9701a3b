//! `landbridge report`: shows what is in a bundle of evidence.

use std::fmt::Write as _;
use std::path::Path;

use landbridge_core::page::{Page, Section};
use landbridge_core::verify::{Verdict, VerifiedAccount, VerifyDocument};
use landbridge_record::{Bundle, Manifest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::args::ReportArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::output::Output;

/// So many calls and pairs are told one by one.
const LISTED: usize = 200;

pub(super) fn run(args: &ReportArgs, output: &mut Output) -> Outcome {
    let bundle = Bundle::open(&args.bundle)?;
    let report = Report::of(&bundle).map_err(|why| {
        let path = args.bundle.display();
        Failure::bad_input(format!("invalid input: evidence bundle `{path}`: {why}"))
    })?;
    output.section("evidence", report.text(), report.json());
    if let Some(file) = &args.html {
        write_page(&report, file, output)?;
    }
    Ok(Exit::Ok)
}

fn write_page(report: &Report<'_>, file: &Path, output: &mut Output) -> Outcome<()> {
    files::write("page", file, &report.page())?;
    let file = file.display().to_string();
    output.section("page", format_args!("page written to {file}"), json!(file));
    Ok(())
}

/// What is read of a bundle. Whatever it says is data: nothing of it is run, and markup in it is text.
struct Report<'b> {
    manifest: &'b Manifest,
    accounts: Vec<VerifiedAccount>,
    calls: Vec<Call>,
    plan: Option<&'b str>,
    verified: Option<VerifyDocument>,
    residue: Option<Value>,
    findings: Vec<Value>,
    result: Option<&'b str>,
    documents: Vec<(&'static str, Value)>,
}

/// A call, as `calls.jsonl` has it.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    number: usize,
    operation: String,
    place: Option<CallPlace>,
    status: Option<u16>,
    request_id: Option<String>,
    seconds: Option<f64>,
    at: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct CallPlace {
    cloud: String,
    account: String,
    region: String,
}

impl Call {
    /// By the names that both clouds give to what only reads.
    fn may_write(&self) -> bool {
        let reads = ["Describe", "List", "Get", "Check"];
        !reads.iter().any(|verb| self.operation.starts_with(verb))
    }

    fn failed(&self) -> bool {
        self.status.is_none_or(|status| status >= 400)
    }

    fn cells(&self) -> [String; 7] {
        let place = self.place.as_ref();
        let status = self.status.map(|status| status.to_string());
        let seconds = self.seconds.map(|seconds| format!("{seconds:.3} s"));
        [
            self.number.to_string(),
            self.operation.clone(),
            place.map_or_else(|| "-".to_owned(), |place| place.account.clone()),
            place.map_or_else(|| "-".to_owned(), |place| place.region.clone()),
            status.unwrap_or_else(|| "no answer".to_owned()),
            seconds.unwrap_or_else(|| "-".to_owned()),
            self.request_id.clone().unwrap_or_else(|| "-".to_owned()),
        ]
    }
}

impl<'b> Report<'b> {
    fn of(bundle: &'b Bundle) -> Result<Self, String> {
        let document = |name: &str| member::<Value>(bundle, name);
        let mut documents = Vec::new();
        for (key, name) in [
            ("plan", "plan.json"),
            ("verify", "verdicts.json"),
            ("residue", "residue.json"),
        ] {
            documents.extend(document(name)?.map(|value| (key, value)));
        }
        Ok(Self {
            manifest: bundle.manifest(),
            accounts: member(bundle, "accounts.json")?.unwrap_or_default(),
            calls: calls(bundle)?,
            plan: bundle.text("plan.txt"),
            verified: member(bundle, "verdicts.json")?,
            residue: document("residue.json")?,
            findings: member(bundle, "findings.json")?.unwrap_or_default(),
            result: bundle.text("result.txt"),
            documents,
        })
    }

    fn json(&self) -> Value {
        let mut document = json!({
            "manifest": self.manifest,
            "accounts": self.accounts,
            "calls": self.calls,
            "findings": self.findings,
        });
        for (key, value) in &self.documents {
            document[key] = value.clone();
        }
        document
    }

    fn heading(&self) -> String {
        let Manifest {
            command, topology, ..
        } = self.manifest;
        match topology {
            Some(topology) => format!("`landbridge {command}` of topology {topology}"),
            None => format!("`landbridge {command}`"),
        }
    }

    fn ended(&self) -> String {
        let outcome = &self.manifest.outcome;
        match &outcome.error {
            None => format!("exit code {}", outcome.exit),
            Some(error) => format!("exit code {}: {error}", outcome.exit),
        }
    }

    fn intact(&self) -> String {
        format!(
            "{} members, every digest matches",
            self.manifest.members.len()
        )
    }

    fn counted(&self) -> String {
        let writing = self.calls.iter().filter(|call| call.may_write()).count();
        let failed = self.calls.iter().filter(|call| call.failed()).count();
        format!(
            "{} calls: {writing} that may write, {failed} that failed",
            self.calls.len()
        )
    }

    // What a reader of evidence asks for: which calls changed something, and which went wrong.
    fn told_calls(&self) -> impl Iterator<Item = &Call> {
        let calls = self.calls.iter();
        calls.filter(|call| call.may_write() || call.failed())
    }

    // Writing to a string does not fail.
    fn text(&self) -> String {
        let manifest = self.manifest;
        let mut text = format!("evidence of {}", self.heading());
        let _ = write!(
            text,
            "\n  by {}, from {} to {}\n  ended with {}\n  {}",
            manifest.program,
            manifest.begun,
            manifest.ended,
            self.ended(),
            self.intact()
        );
        for account in &self.accounts {
            let _ = write!(text, "\naccount {}: {}", account.name, about(account));
        }
        let counts = self.plan.and_then(|plan| plan.trim_end().lines().last());
        if let Some(counts) = counts {
            let _ = write!(text, "\n{counts}");
        }
        let _ = write!(text, "\n{}", self.counted());
        for call in self.told_calls().take(LISTED) {
            let [number, operation, account, region, status, seconds, id] = call.cells();
            let _ = write!(
                text,
                "\n  {number:>5} {operation:<40} {account} {region}  {status}  {seconds}  {id}"
            );
        }
        let more = self.told_calls().count().saturating_sub(LISTED);
        if more > 0 {
            let _ = write!(
                text,
                "\n  {more} more: `--format json` or `--html` tell all"
            );
        }
        if let Some(verified) = &self.verified {
            let _ = write!(text, "\n{}", verified.summary);
            let bad = verified.verdicts.iter();
            let bad = bad.filter(|pair| pair.verdict() != Verdict::Reachable);
            for pair in bad.take(LISTED) {
                let _ = write!(text, "\n{pair}");
            }
        }
        for line in self.residue.iter().flat_map(residue) {
            let _ = write!(text, "\n{line}");
        }
        text
    }

    fn page(&self) -> String {
        let manifest = self.manifest;
        let title = format!("Evidence of {}", self.heading().replace('`', ""));
        let mut page = Page::new(title)
            .with_fact("Program", &manifest.program)
            .with_fact("Begun", &manifest.begun)
            .with_fact("Ended", &manifest.ended)
            .with_fact("Run", manifest.run.as_deref().unwrap_or("-"))
            .with_fact("Outcome", self.ended())
            .with_fact("Bundle", self.intact());
        for account in &self.accounts {
            page = page.with_fact(format!("Account {}", account.name), about(account));
        }
        if let Some(verified) = &self.verified {
            page = page.with_verification(verified);
        }
        if let Some(residue_of) = &self.residue {
            let section = Section::new("Residue").with_lines(residue(residue_of).join("\n"));
            page = page.with_section(section);
        }
        if let Some(plan) = self.plan {
            page = page.with_section(Section::new("Plan").with_lines(plan));
        }
        page = page.with_section(self.calls_section());
        if let Some(result) = self.result {
            page = page.with_section(Section::new("What the program said").with_lines(result));
        }
        page.to_html()
    }

    fn calls_section(&self) -> Section {
        let headings = [
            "",
            "operation",
            "account",
            "region",
            "status",
            "took",
            "request ID",
        ];
        let rows = |calls: &mut dyn Iterator<Item = &Call>| -> Vec<[String; 7]> {
            calls.map(Call::cells).collect()
        };
        Section::new("Calls")
            .with_paragraph(format!(
                "{}. These may have changed something, or failed:",
                self.counted()
            ))
            .with_table(headings, rows(&mut self.told_calls()))
            .with_paragraph("All calls:")
            .with_lines(self.listed_calls())
    }

    fn listed_calls(&self) -> String {
        let line = |call: &Call| call.cells().join("  ");
        let lines: Vec<String> = self.calls.iter().map(line).collect();
        lines.join("\n")
    }
}

fn about(account: &VerifiedAccount) -> String {
    let mut text = format!("{} {}", account.cloud, account.id);
    for region in &account.regions {
        let _ = write!(text, ", {region}");
    }
    if account.held_by_other {
        text.push_str("; held by other, not read");
    }
    if let Some(caller) = &account.caller {
        let _ = write!(text, "; with the keys of {caller}");
    }
    text
}

// What is left, and what nobody knows of.
fn residue(residue: &Value) -> Vec<String> {
    let list = |name: &str| residue[name].as_array().map_or(&[][..], Vec::as_slice);
    let (left, unknown) = (list("found"), list("not_searched"));
    let differences = list("differences");
    let mut lines = vec![match (left.len(), differences.len(), unknown.len()) {
        (0, 0, 0) => "residue: nothing is left".to_owned(),
        (left, differences, unknown) => format!(
            "residue: {left} left, {differences} differences from before, {unknown} places not searched"
        ),
    }];
    for item in [left, differences, unknown].into_iter().flatten() {
        lines.push(format!("  {item}"));
    }
    lines
}

fn member<T: DeserializeOwned>(bundle: &Bundle, name: &str) -> Result<Option<T>, String> {
    let Some(bytes) = bundle.member(name) else {
        return Ok(None);
    };
    let value = serde_json::from_slice(bytes);
    value
        .map(Some)
        .map_err(|error| format!("member `{name}`: {error}"))
}

fn calls(bundle: &Bundle) -> Result<Vec<Call>, String> {
    let text = bundle.text("calls.jsonl").unwrap_or_default();
    let lines = (1..).zip(text.lines());
    let read = |(number, line): (usize, &str)| {
        let call = serde_json::from_str(line);
        call.map_err(|error| format!("member `calls.jsonl`, line {number}: {error}"))
    };
    lines.map(read).collect()
}
