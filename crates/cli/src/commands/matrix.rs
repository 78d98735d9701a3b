//! Which end reaches which, as a matrix.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use landbridge_core::verify::{PairVerdict, ProbeMethod, Probed, Verdict};

/// Above the sources, left of the destinations.
const CORNER: &str = r"from \ to";
/// So many ends have columns with their names; of more the columns have numbers, so that thirty fit a page.
const NAMED: usize = 8;

/// One row for each source, one column for each destination.
pub(super) fn matrix(pairs: &[&PairVerdict]) -> String {
    let names: BTreeSet<&str> = pairs
        .iter()
        .flat_map(|pair| [pair.source.as_str(), pair.destination.as_str()])
        .collect();
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() {
        return "no pairs".to_owned();
    }
    match names.len() <= NAMED {
        true => wide(&names, &cells(pairs, verdict), legend(pairs)),
        false => narrow(&names, &cells(pairs, sign)),
    }
}

fn legend(pairs: &[&PairVerdict]) -> &'static str {
    let mut methods = pairs.iter().map(|pair| pair.traffic.probe_method());
    match methods.next().flatten() {
        Some(ProbeMethod::Ping) => {
            "pings answered of pings sent (`open`: not pinged, reachable by configuration)"
        }
        Some(_) => {
            "what became of connections (`refused`: the path is open, and nothing listens; `open`: not tried, reachable by \
             configuration)"
        }
        None => "`open`: reachable by configuration",
    }
}

/// What a cell says, by source and destination.
type Cells<'a> = BTreeMap<(&'a str, &'a str), Vec<String>>;

fn cells<'a>(pairs: &[&'a PairVerdict], say: impl Fn(&PairVerdict) -> String) -> Cells<'a> {
    let mut cells = Cells::new();
    for pair in pairs {
        let cell = cells.entry((pair.source.as_str(), pair.destination.as_str()));
        cell.or_default().push(say(pair));
    }
    cells.values_mut().for_each(|cell| cell.sort());
    cells
}

fn wide(names: &[&str], cells: &Cells<'_>, legend: &str) -> String {
    let cell = |from: &str, to: &str| {
        let said = cells.get(&(from, to));
        said.map_or_else(|| "-".to_owned(), |said| said.join(", "))
    };
    let all = cells.values().map(|said| said.join(", ").len());
    let longest = names.iter().map(|name| name.len()).chain(all).max();
    let width = longest.unwrap_or_default().max(CORNER.len());
    let mut text = format!("{legend}\n  {CORNER:width$}");
    // Writing to a string does not fail.
    for name in names {
        let _ = write!(text, "  {name:width$}");
    }
    for from in names {
        let _ = write!(text, "\n  {from:width$}");
        for to in names {
            let _ = write!(text, "  {:width$}", cell(from, to));
        }
    }
    trimmed(&text)
}

fn narrow(names: &[&str], cells: &Cells<'_>) -> String {
    let number = names.len().to_string().len();
    let width = names
        .iter()
        .map(|name| name.len())
        .max()
        .unwrap_or_default();
    let width = (number + 1 + width).max(CORNER.len());
    let column = cells.values().map(|said| said.concat().len()).max();
    let column = column.unwrap_or_default().max(number);
    let mut text = format!(
        "+ answered   o no packet sent, open by configuration   ! no answer   X blocked   ? undecided\n  {CORNER:width$}"
    );
    for to in 1..=names.len() {
        let _ = write!(text, " {to:>column$}");
    }
    for (row, from) in names.iter().enumerate() {
        let _ = write!(
            text,
            "\n  {:width$}",
            format!("{:>number$} {from}", row + 1)
        );
        for to in names {
            let said = cells.get(&(*from, *to)).map(|said| said.concat());
            let _ = write!(text, " {:>column$}", said.as_deref().unwrap_or("-"));
        }
    }
    trimmed(&text)
}

fn trimmed(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}

// That on IPv6 says so, and comes second in order.
fn verdict(pair: &PairVerdict) -> String {
    let verdict = match (pair.path.verdict(), pair.probed()) {
        (_, Some(Probed::Answered)) => probed(pair),
        (Verdict::Blocked, _) => "BLOCKED".to_owned(),
        (Verdict::Undecided, _) => "UNDECIDED".to_owned(),
        (_, Some(_)) => probed(pair),
        (_, None) => "open".to_owned(),
    };
    match pair.destination_address.is_ipv6() {
        true => format!("v6 {verdict}"),
        false => verdict,
    }
}

fn probed(pair: &PairVerdict) -> String {
    if let Some(ping) = &pair.ping {
        return format!("{}/{}", ping.received, ping.sent);
    }
    let outcome = pair.connection.as_ref().and_then(|tried| tried.outcome);
    outcome.map_or_else(|| "not tried".to_owned(), |outcome| outcome.to_string())
}

// One character for each family of addresses.
fn sign(pair: &PairVerdict) -> String {
    let sign = match (pair.path.verdict(), pair.probed()) {
        (_, Some(Probed::Answered)) => "+",
        (Verdict::Blocked, _) => "X",
        (Verdict::Undecided, _) => "?",
        (_, Some(Probed::NotSent)) => "?",
        (_, Some(_)) => "!",
        (_, None) => "o",
    };
    sign.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_ends_fit_a_page() {
        let names: Vec<String> = (1..=30)
            .map(|number| format!("instance-{number:02}"))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut cells = Cells::new();
        for from in &names {
            for to in names.iter().filter(|to| *to != from) {
                cells.insert((from, to), vec!["+".to_owned()]);
            }
        }
        cells.insert((names[2], names[29]), vec!["X".to_owned()]);
        let text = narrow(&names, &cells);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 32);
        assert!(lines.iter().all(|line| line.len() <= 110), "{text}");
        let third: Vec<&str> = lines[4].split_whitespace().collect();
        assert_eq!(third[..4], ["3", "instance-03", "+", "+"], "{text}");
        assert_eq!((third[4], third[31]), ("-", "X"), "{text}");
    }

    #[test]
    fn few_ends_have_columns_with_their_names() {
        let mut cells = Cells::new();
        cells.insert(("a", "b"), vec!["4/4".to_owned(), "v6 open".to_owned()]);
        cells.insert(("b", "a"), vec!["BLOCKED".to_owned()]);
        let text = wide(&["a", "b"], &cells, "a legend");
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                r"  from \ to     a             b",
                "  a             -             4/4, v6 open",
                "  b             BLOCKED       -",
            ],
            "{text}"
        );
    }
}
