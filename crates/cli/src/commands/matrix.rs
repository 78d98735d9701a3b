//! Which instance reaches which, as a matrix.

use std::collections::BTreeSet;
use std::fmt::Write;

use landbridge_core::verify::{PairVerdict, Verdict, VerifyReport};

/// Above the sources, left of the destinations.
const CORNER: &str = r"from \ to";

/// One row for each source, one column for each destination.
pub(super) fn matrix(report: &VerifyReport) -> String {
    let ends = |pair: &'_ PairVerdict| [pair.source.clone(), pair.destination.clone()];
    let names: BTreeSet<String> = report.pairs.iter().flat_map(ends).collect();
    let cell = |source: &String, destination: &String| {
        let pairs = report.pairs.iter();
        let pairs = pairs.filter(|pair| pair.source == *source && pair.destination == *destination);
        let mut verdicts: Vec<String> = pairs.map(verdict).collect();
        verdicts.sort();
        match verdicts.is_empty() {
            true => "-".to_owned(),
            false => verdicts.join(", "),
        }
    };
    let ends = || {
        names
            .iter()
            .flat_map(|from| names.iter().map(move |to| (from, to)))
    };
    let cells = ends().map(|(from, to)| cell(from, to).len());
    let longest = names.iter().map(String::len).chain(cells).max();
    let width = longest.unwrap_or_default().max(CORNER.len());
    let mut text = format!(
        "pings answered of pings sent (`open`: not pinged, reachable by configuration)\n  {CORNER:width$}"
    );
    for name in &names {
        let _ = write!(text, "  {name:width$}");
    }
    for source in &names {
        let _ = write!(text, "\n  {source:width$}");
        for destination in &names {
            let _ = write!(text, "  {:width$}", cell(source, destination));
        }
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}

// That on IPv6 says so, and comes second in order.
fn verdict(pair: &PairVerdict) -> String {
    let verdict = match (pair.path.verdict(), &pair.ping) {
        (_, Some(ping)) if ping.all_received() => format!("{}/{}", ping.received, ping.sent),
        (Verdict::Blocked, _) => "BLOCKED".to_owned(),
        (Verdict::Undecided, _) => "UNDECIDED".to_owned(),
        (_, Some(ping)) => format!("{}/{}", ping.received, ping.sent),
        (_, None) => "open".to_owned(),
    };
    match pair.destination_address.is_ipv6() {
        true => format!("v6 {verdict}"),
        false => verdict,
    }
}
