//! Second opinions in words.

use std::fmt;

use super::{Agreement, LeftAnalysis, Opinion, SecondOpinion};
use crate::event::rfc3339_text;
use crate::verify::{Hop, Path};

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Agrees => "agrees",
            Self::Disagrees => "DISAGREES",
            Self::CannotTell => "cannot tell",
        })
    }
}

/// What the configuration says of a packet, in one line.
pub(crate) struct Said<'a>(&'a Path);

impl Path {
    /// The verdict and its reason, in one line.
    pub(crate) fn said(&self) -> Said<'_> {
        Said(self)
    }
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Path {
            blocked, undecided, ..
        } = self.0;
        let (word, reason) = match (blocked, undecided) {
            (Some(reason), _) => ("blocked", reason),
            (None, Some(reason)) => ("undecided", reason),
            (None, None) => return f.write_str("reachable"),
        };
        let way = if reason.on_return {
            " on the way back"
        } else {
            ""
        };
        write!(f, "{word}{way} at {}: {}", reason.element, reason.cause)
    }
}

/// With `#`, and where the two disagree, it tells the hops of both.
impl fmt::Display for Opinion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            source,
            destination,
            answer,
            agreement,
            ..
        } = self;
        write!(f, "{source} -> {destination}")?;
        if let Some(asked) = &self.asked {
            write!(f, " {asked}")?;
        }
        write!(f, ": {agreement}")?;
        let oracle = self.oracle.as_deref().unwrap_or("analyser");
        if self.asked.is_none() {
            return write!(f, "; not asked ({})", reason(self));
        }
        if let Some(path) = &self.configuration {
            write!(f, "\n  configuration: {}", Said(path))?;
        }
        if let Some(ping) = &self.ping {
            write!(f, "\n  pings: {ping}")?;
        }
        if let Some(connection) = &self.connection {
            write!(f, "\n  connection: {connection}")?;
        }
        write!(f, "\n  {oracle}: {}", answer.verdict)?;
        if answer.one_way {
            f.write_str("; the way back was not analysed")?;
        }
        if let Some(at) = self.at {
            write!(f, " ({})", rfc3339_text(at))?;
        }
        if f.alternate() || *agreement == Agreement::Disagrees {
            if let Some(path) = &self.configuration {
                hops(f, "configuration", [&path.there, &path.back])?;
            }
            hops(f, oracle, [&answer.forward, &answer.back])?;
        }
        Ok(())
    }
}

fn reason(opinion: &Opinion) -> String {
    match &opinion.answer.verdict {
        crate::traits::OracleVerdict::CannotTell { reason } => reason.clone(),
        verdict => verdict.to_string(),
    }
}

fn hops(f: &mut fmt::Formatter<'_>, whose: &str, ways: [&Vec<Hop>; 2]) -> fmt::Result {
    for (way, hops) in ["there", "back"].iter().zip(ways) {
        if hops.is_empty() {
            continue;
        }
        write!(f, "\n  {way}, by {whose}:")?;
        for (number, hop) in (1..).zip(hops) {
            write!(f, "\n  {number:>4}. {hop}")?;
        }
    }
    Ok(())
}

impl SecondOpinion {
    /// How many opinions agree, in a sentence: what the text begins with.
    pub fn summary(&self) -> String {
        let of = |agreement| self.count(agreement);
        format!(
            "second opinion: {} of {} ordered pairs of instances agree, {} disagree, {} cannot be told",
            of(Agreement::Agrees),
            self.opinions.len(),
            of(Agreement::Disagrees),
            of(Agreement::CannotTell),
        )
    }
}

/// Disagreements first, then what cannot be told, then what agrees.
impl fmt::Display for LeftAnalysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "analysis {} in {} ({})",
            self.id, self.place, self.reason
        )
    }
}

impl fmt::Display for SecondOpinion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        for wanted in [
            Agreement::Disagrees,
            Agreement::CannotTell,
            Agreement::Agrees,
        ] {
            let opinions = self.opinions.iter();
            for opinion in opinions.filter(|one| one.agreement == wanted) {
                f.write_str("\n")?;
                match f.alternate() {
                    true => write!(f, "{opinion:#}")?,
                    false => write!(f, "{opinion}")?,
                }
            }
        }
        for left in &self.left {
            write!(f, "\nleft: {left}; `landbridge destroy` deletes it")?;
        }
        Ok(())
    }
}
