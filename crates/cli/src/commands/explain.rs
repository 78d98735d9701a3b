//! `landbridge explain`: what the code of a finding means, and what to do about it.

use std::fmt::Write as _;

use landbridge_core::findings::{Page, explain, nearest, pages};
use serde_json::{Value, json};

use crate::args::ExplainArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{MORE, Output};

pub(super) fn run(args: &ExplainArgs, output: &mut Output) -> Outcome {
    let Some(code) = &args.code else {
        let all: Vec<&Page> = pages().iter().collect();
        return Ok(list(output, &all));
    };
    if let Some(page) = explain(code) {
        output.section("page", page, page);
        return Ok(Exit::Ok);
    }
    let group: Vec<&Page> = pages().iter().filter(|one| one.group() == code).collect();
    match group.is_empty() {
        true => Err(Failure::bad_input(unknown(code))),
        false => Ok(list(output, &group)),
    }
}

fn list(output: &mut Output, pages: &[&Page]) -> Exit {
    let entry =
        |page: &&Page| json!({ "code": page.code, "title": page.title, "severity": page.severity });
    let entries: Vec<Value> = pages.iter().map(entry).collect();
    output.section("pages", lines(pages), entries);
    Exit::Ok
}

// One line for each code, and an empty one between groups.
fn lines(pages: &[&Page]) -> String {
    let lengths = pages.iter().map(|page| page.code.len());
    let width = lengths.max().unwrap_or_default();
    let mut text = String::new();
    for group in pages.chunk_by(|left, right| left.group() == right.group()) {
        for page in group {
            let (code, severities) = (&page.code, page.severities());
            let _ = writeln!(text, "{code:width$}  {severities:16}  {}", page.title);
        }
        text.push('\n');
    }
    text.push_str(MORE);
    text
}

fn unknown(code: &str) -> String {
    let near: Vec<String> = nearest(code)
        .iter()
        .map(|near| format!("`{near}`"))
        .collect();
    let hint = match near.as_slice() {
        [] => "`landbridge explain` lists all codes".to_owned(),
        [one] => format!("did you mean {one}?"),
        [first @ .., last] => format!("did you mean {} or {last}?", first.join(", ")),
    };
    format!("unknown code `{code}`: {hint}")
}
