use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::check::{Stop, Violation, checks};
use super::subject::Subject;
use crate::ids::CloudName;

/// How one check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The promise is kept.
    Kept,
    /// The promise is not kept.
    Broken(Violation),
    /// There was nothing to examine; the reason.
    NotOffered(String),
}

/// One line of a [`ConformanceReport`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The check's name.
    pub check: &'static str,
    /// Its family.
    pub family: &'static str,
    /// What is promised.
    pub promise: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What it left behind because it could not be removed.
    pub left: Vec<String>,
}

/// What an examination found.
///
/// `Display` prints a line for each check and the [summary](Self::summary).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConformanceReport {
    /// The cloud.
    pub cloud: CloudName,
    /// One finding for each check, in order.
    pub findings: Vec<Finding>,
}

impl ConformanceReport {
    /// How many promises are kept.
    pub fn kept(&self) -> usize {
        let is_kept = |finding: &&Finding| finding.verdict == Verdict::Kept;
        self.findings.iter().filter(is_kept).count()
    }

    /// How many promises were examined: kept and broken ones.
    pub fn examined(&self) -> usize {
        self.kept() + self.violations().count()
    }

    /// The promises that are not kept.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.findings
            .iter()
            .filter_map(|finding| match &finding.verdict {
                Verdict::Broken(violation) => Some(violation),
                _ => None,
            })
    }

    /// What could not be removed afterwards.
    pub fn left(&self) -> impl Iterator<Item = &str> {
        (self.findings.iter()).flat_map(|finding| finding.left.iter().map(String::as_str))
    }

    /// Whether every promise is kept and nothing was left behind.
    pub fn passed(&self) -> bool {
        self.violations().next().is_none() && self.left().next().is_none()
    }

    /// `61 of 61`.
    pub fn summary(&self) -> String {
        format!("{} of {}", self.kept(), self.examined())
    }

    /// A table in Markdown: kept and examined promises by family, and below it each broken one.
    pub fn to_markdown(&self) -> String {
        let mut families: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
        for finding in &self.findings {
            let [kept, examined, absent] = families.entry(finding.family).or_default();
            match finding.verdict {
                Verdict::Kept => (*kept, *examined) = (*kept + 1, *examined + 1),
                Verdict::Broken(_) => *examined += 1,
                Verdict::NotOffered(_) => *absent += 1,
            }
        }
        let mut text = String::from("| family | kept | not offered |\n| --- | --- | --- |\n");
        for (family, [kept, examined, absent]) in families {
            let _ = writeln!(text, "| {family} | {kept} of {examined} | {absent} |");
        }
        for violation in self.violations() {
            let _ = writeln!(text, "\n- `{}`: {}", violation.check, violation.promise);
        }
        text
    }
}

impl fmt::Display for ConformanceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            match &finding.verdict {
                Verdict::Kept => writeln!(f, "kept         {}", finding.check)?,
                Verdict::NotOffered(why) => {
                    writeln!(f, "not offered  {}: {why}", finding.check)?;
                }
                Verdict::Broken(violation) => writeln!(f, "BROKEN       {violation}")?,
            }
            for left in &finding.left {
                writeln!(f, "LEFT BEHIND  {}: {left}", finding.check)?;
            }
        }
        write!(f, "{}: {} promises kept", self.cloud, self.summary())
    }
}

/// Runs every check that the subject's capabilities choose, one after the other.
pub async fn run_all(subject: &Subject) -> ConformanceReport {
    let mut findings = Vec::new();
    for check in checks(subject.capabilities()) {
        let ending = check.end(subject).await;
        findings.push(Finding {
            check: check.name,
            family: check.family,
            promise: check.promise,
            verdict: match ending.result {
                Ok(()) => Verdict::Kept,
                Err(Stop::NotOffered(why)) => Verdict::NotOffered(why),
                Err(Stop::Broken(found)) => Verdict::Broken(check.violation(found)),
            },
            left: ending.left,
        });
    }
    ConformanceReport {
        cloud: subject.home.cloud.clone(),
        findings,
    }
}
