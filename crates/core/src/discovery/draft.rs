//! A topology with words about each of its parts, to be written as a file.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::yaml;
use crate::observation::Observation;
use crate::plan::plan;
use crate::preflight::{Severity, preflight};
use crate::topology::{Declared, Interconnect, Topology};

/// A list of a topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Account,
    Network,
    Interconnect,
    Edge,
    Firewall,
    Instance,
}

/// A topology that was made from what exists, with words about each part. It is written as a topology file, in YAML with
/// comments, by its `Display`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Draft {
    /// The topology.
    pub topology: Topology,
    /// Interconnects that are not in it, and why; the file has them as comments.
    pub left_out: Vec<LeftOut>,
    heading: Vec<String>,
    words: BTreeMap<(Part, String), Vec<String>>,
}

/// Networks that are joined in a way that a topology would change, or cannot name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LeftOut {
    /// What would be written.
    pub interconnect: Interconnect,
    /// Why it is not.
    pub reasons: Vec<String>,
}

/// How many reasons are written for one interconnect.
const REASONS: usize = 4;

impl Draft {
    pub(super) fn new(topology: Topology) -> Self {
        Self {
            topology,
            left_out: Vec::new(),
            heading: Vec::new(),
            words: BTreeMap::new(),
        }
    }

    /// Says something at the head of the file.
    pub(crate) fn say(&mut self, line: impl Into<String>) {
        self.heading.push(line.into());
    }

    /// Says something about a part.
    pub(super) fn tell(&mut self, part: Part, name: &str, line: impl Into<String>) {
        let words = self.words.entry((part, name.to_owned())).or_default();
        words.push(line.into());
    }

    /// The topology without networks that nothing joins: what tells whether anything is to be done.
    pub(crate) fn joined(&self) -> Topology {
        let interconnects = &self.topology.interconnects;
        self.with_interconnects(interconnects.clone())
    }

    fn with_interconnects(&self, interconnects: Declared<Interconnect>) -> Topology {
        let mut topology = self.topology.clone();
        let is_member = |name: &String| interconnects.iter().any(|i| i.members.contains(name));
        topology.networks.retain(|network| is_member(&network.name));
        topology.interconnects = interconnects;
        topology
    }

    /// Leaves out every interconnect that a plan would change or preflight would refuse, with the reasons.
    pub(crate) fn keep_what_is_done(&mut self, observation: &Observation) {
        for interconnect in std::mem::take(&mut self.topology.interconnects) {
            let alone = self.with_interconnects(vec![interconnect.clone()].into());
            match what_is_to_do(&alone, observation) {
                reasons if reasons.is_empty() => self.topology.interconnects.push(interconnect),
                reasons => self.leave_out(interconnect, reasons),
            }
        }
    }

    /// Leaves out every interconnect, for one reason.
    pub(crate) fn keep_none(&mut self, reason: &str) {
        for interconnect in std::mem::take(&mut self.topology.interconnects) {
            self.leave_out(interconnect, vec![reason.to_owned()]);
        }
    }

    /// Says at the head of the file what `apply` would do.
    pub(crate) fn tell_what_differs(&mut self, observation: &Observation) {
        for line in what_is_to_do(&self.topology, observation) {
            self.say(format!("Not recovered: {line}"));
        }
    }

    fn leave_out(&mut self, interconnect: Interconnect, mut reasons: Vec<String>) {
        if let Some(more) = reasons.len().checked_sub(REASONS).filter(|more| *more > 0) {
            reasons.truncate(REASONS);
            reasons.push(format!("and {more} more"));
        }
        self.left_out.push(LeftOut {
            interconnect,
            reasons,
        });
    }

    fn list<T: Serialize>(
        &self,
        f: &mut fmt::Formatter<'_>,
        (key, part): (&str, Part),
        items: &[T],
        name: impl Fn(&T) -> &str,
    ) -> fmt::Result {
        if items.is_empty() {
            return Ok(());
        }
        writeln!(f, "{key}:")?;
        for item in items {
            let words = self.words.get(&(part, name(item).to_owned()));
            for line in words.into_iter().flatten() {
                comment(f, "  ", line)?;
            }
            f.write_str(&yaml::item(item))?;
        }
        Ok(())
    }
}

// What a plan of the topology would write, or what forbids it.
fn what_is_to_do(topology: &Topology, observation: &Observation) -> Vec<String> {
    let report = preflight(topology, observation);
    let errors = report.findings.iter();
    let errors = errors.filter(|finding| finding.severity == Severity::Error);
    let refused: Vec<String> = errors
        .map(|finding| format!("{}: {}", finding.subject, finding.message))
        .collect();
    if !refused.is_empty() {
        return refused;
    }
    let plan = plan(topology, observation);
    let steps = plan.steps.iter();
    steps
        .map(|step| format!("`apply` would do: {}", step.key))
        .collect()
}

// A text from a cloud may hold line breaks, which would end the comment.
fn comment(f: &mut fmt::Formatter<'_>, indent: &str, line: &str) -> fmt::Result {
    let line: String = line
        .chars()
        .map(|c| {
            if c.is_control() || is_line_break(c) {
                ' '
            } else {
                c
            }
        })
        .collect();
    match line.is_empty() {
        true => writeln!(f, "{indent}#"),
        false => writeln!(f, "{indent}# {line}"),
    }
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let topology = &self.topology;
        for line in &self.heading {
            comment(f, "", line)?;
        }
        writeln!(f, "name: {}", yaml::text(&topology.name))?;
        if topology.accounts.is_empty() {
            writeln!(f, "accounts: []")?;
        }
        self.list(f, ("accounts", Part::Account), &topology.accounts, |a| {
            &a.name
        })?;
        self.list(f, ("networks", Part::Network), &topology.networks, |n| {
            &n.name
        })?;
        self.list(
            f,
            ("interconnects", Part::Interconnect),
            &topology.interconnects,
            |i| &i.name,
        )?;
        self.list(f, ("edges", Part::Edge), &topology.edges, |edge| &edge.name)?;
        self.list(f, ("firewalls", Part::Firewall), &topology.firewalls, |w| {
            &w.name
        })?;
        self.list(f, ("instances", Part::Instance), &topology.instances, |i| {
            &i.name
        })?;
        if self.left_out.is_empty() {
            return Ok(());
        }
        writeln!(f)?;
        comment(
            f,
            "",
            "Left out, because `apply` would change something or be refused:",
        )?;
        for left_out in &self.left_out {
            for reason in &left_out.reasons {
                comment(f, "", reason)?;
            }
            for line in yaml::item(&left_out.interconnect).lines() {
                comment(f, "", line)?;
            }
        }
        Ok(())
    }
}
