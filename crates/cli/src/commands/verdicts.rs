//! Verdicts as text: what is not reachable first and in full, what is reachable in a line each, and a matrix.

use std::collections::BTreeSet;
use std::fmt::Write;

use landbridge_core::verify::{PairVerdict, Verdict, VerifyReport};

use super::matrix::matrix;
use crate::args::{OnlyVerdict, PairsArgs};
use crate::exit::{Failure, Outcome};

/// So many reachable pairs get a line each. Of more the matrix tells.
const LISTED: usize = 30;

/// Which pairs of a report are told.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct Choice<'a> {
    args: Option<&'a PairsArgs>,
    /// Whether the ways of reachable pairs are told.
    in_full: bool,
}

impl<'a> Choice<'a> {
    /// All pairs, with all ways if that is wanted.
    pub(in crate::commands) fn all(in_full: bool) -> Self {
        Self {
            args: None,
            in_full,
        }
    }

    /// Those that the arguments name, with all ways; all pairs if they name none.
    ///
    /// # Errors
    /// A name that no pair has.
    pub(super) fn of(args: &'a PairsArgs, verbose: bool, report: &VerifyReport) -> Outcome<Self> {
        let names = |end: fn(&PairVerdict) -> &str| -> BTreeSet<&str> {
            report.pairs.iter().map(end).collect()
        };
        let sources = || names(|pair| &pair.source);
        let destinations = || names(|pair| &pair.destination);
        check("--from", args.from.as_deref(), sources)?;
        check("--to", args.to.as_deref(), destinations)?;
        let in_full = verbose || args.from.is_some() || args.to.is_some() || args.only.is_some();
        Ok(Self {
            args: Some(args),
            in_full,
        })
    }

    /// Whether no pair is left out.
    pub(super) fn is_all(&self) -> bool {
        self.args
            .is_none_or(|args| args.from.is_none() && args.to.is_none() && args.only.is_none())
    }

    pub(super) fn has(&self, pair: &PairVerdict) -> bool {
        let Some(args) = self.args else {
            return true;
        };
        let is_named = |name: &Option<String>, end: &str| name.as_deref().is_none_or(|n| n == end);
        is_named(&args.from, &pair.source)
            && is_named(&args.to, &pair.destination)
            && args.only.is_none_or(|only| only == verdict(pair))
    }
}

fn verdict(pair: &PairVerdict) -> OnlyVerdict {
    match pair.verdict() {
        Verdict::Blocked => OnlyVerdict::Blocked,
        Verdict::Reachable => OnlyVerdict::Reachable,
        // What a later version may say is not known to be either.
        _ => OnlyVerdict::Undecided,
    }
}

fn check<'a>(
    option: &str,
    name: Option<&str>,
    known: impl FnOnce() -> BTreeSet<&'a str>,
) -> Outcome<()> {
    let Some(name) = name else {
        return Ok(());
    };
    let known = known();
    if known.contains(name) {
        return Ok(());
    }
    let known: Vec<&str> = known.into_iter().collect();
    Err(Failure::bad_input(format!(
        "invalid {option} `{name}`: expected one of {}",
        known.join(", ")
    )))
}

/// The report as text.
pub(super) fn text(report: &VerifyReport, choice: &Choice<'_>) -> String {
    let mut text = report.summary().to_string();
    let told: Vec<&PairVerdict> = report
        .pairs
        .iter()
        .filter(|pair| choice.has(pair))
        .collect();
    // Writing to a string does not fail.
    for wanted in [OnlyVerdict::Blocked, OnlyVerdict::Undecided] {
        for pair in told.iter().filter(|pair| verdict(pair) == wanted) {
            let _ = write!(text, "\n{pair:#}");
        }
    }
    let reachable = told
        .iter()
        .filter(|pair| verdict(pair) == OnlyVerdict::Reachable);
    let reachable: Vec<_> = reachable.collect();
    match reachable.len() {
        _ if choice.in_full => {
            for pair in &reachable {
                let _ = write!(text, "\n{pair:#}");
            }
        }
        0..=LISTED => {
            for pair in &reachable {
                let line = pair.to_string();
                let _ = write!(text, "\n{}", line.lines().next().unwrap_or_default());
            }
        }
        more => {
            let _ = write!(
                text,
                "\n{more} reachable pairs: --from NAME and --to NAME tell their ways"
            );
        }
    }
    for finding in &report.findings {
        let _ = write!(text, "\n{finding}");
    }
    let _ = write!(text, "\n{}", matrix(&told));
    if let Some(second) = &report.second_opinion {
        let _ = match choice.in_full {
            true => write!(text, "\n{second:#}"),
            false => write!(text, "\n{second}"),
        };
    }
    text
}
