//! What is said of a part of a picture.

use serde::Serialize;

/// What a picture says of an element, a link or a row.
///
/// No mark is told by its colour alone: each has a sign and a word, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Mark {
    /// Nothing is said.
    #[default]
    Plain,
    /// The plan creates it.
    New,
    /// The plan changes it, or something that belongs to it.
    Changed,
    /// The plan deletes it and makes it anew.
    Replaced,
    /// The plan deletes it.
    Gone,
    /// Packets pass, for every pair.
    Open,
    /// Packets pass for some pairs, and are stopped for others.
    PartlyOpen,
    /// Packets are stopped, for every pair.
    Blocked,
    /// Nobody can tell whether packets pass.
    Undecided,
    /// It is there and not ready.
    NotReady,
    /// It was listed and not understood, or could not be read.
    Unknown,
}

impl Mark {
    /// All marks but [`Plain`](Self::Plain), in the order of a legend.
    pub(super) const SAID: [Self; 10] = [
        Self::New,
        Self::Changed,
        Self::Replaced,
        Self::Gone,
        Self::Open,
        Self::PartlyOpen,
        Self::Blocked,
        Self::Undecided,
        Self::NotReady,
        Self::Unknown,
    ];

    /// Its sign; empty for [`Plain`](Self::Plain).
    pub fn sign(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::New => "+",
            Self::Changed => "~",
            Self::Replaced => "±",
            Self::Gone => "−",
            Self::Open => "✓",
            Self::PartlyOpen => "◐",
            Self::Blocked => "✕",
            Self::Undecided | Self::Unknown => "?",
            Self::NotReady => "…",
        }
    }

    /// Its word; empty for [`Plain`](Self::Plain).
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::New => "new",
            Self::Changed => "changes",
            Self::Replaced => "replaced",
            Self::Gone => "goes away",
            Self::Open => "open",
            Self::PartlyOpen => "partly open",
            Self::Blocked => "blocked",
            Self::Undecided => "undecided",
            Self::NotReady => "not ready",
            Self::Unknown => "not understood",
        }
    }

    /// Its name in style sheets.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Replaced => "replaced",
            Self::Gone => "gone",
            Self::Open => "open",
            Self::PartlyOpen => "partly",
            Self::Blocked => "blocked",
            Self::Undecided => "undecided",
            Self::NotReady => "unready",
            Self::Unknown => "unknown",
        }
    }

    /// What is said of many things at once. Of verdicts: that something is stopped counts more than that nobody can tell,
    /// and that counts more than that packets pass. Of anything else: what all have in common, or that it changes.
    pub(super) fn together(marks: impl IntoIterator<Item = Self>) -> Self {
        let mut marks = marks.into_iter();
        let Some(first) = marks.next() else {
            return Self::Plain;
        };
        marks.fold(first, Self::with)
    }

    fn with(self, other: Self) -> Self {
        use Mark::{Blocked, Open, PartlyOpen, Undecided};
        match (self, other) {
            (one, other) if one == other => one,
            (PartlyOpen, Open | Blocked | Undecided) | (Open | Blocked | Undecided, PartlyOpen) => {
                PartlyOpen
            }
            (Open, Blocked) | (Blocked, Open) => PartlyOpen,
            (Blocked, Undecided) | (Undecided, Blocked) => Blocked,
            (Open, Undecided) | (Undecided, Open) => Undecided,
            _ => Self::Changed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_together_never_say_more_than_each() {
        use Mark::{Blocked, Open, PartlyOpen, Plain, Undecided};
        assert_eq!(Mark::together([]), Plain);
        assert_eq!(Mark::together([Open, Open]), Open);
        assert_eq!(Mark::together([Open, Undecided]), Undecided);
        assert_eq!(Mark::together([Undecided, Blocked]), Blocked);
        assert_eq!(Mark::together([Open, Undecided, Blocked]), Blocked);
        assert_eq!(Mark::together([Open, Blocked, Open]), PartlyOpen);
    }

    #[test]
    fn every_mark_has_a_sign_a_word_and_a_class_of_its_own() {
        let classes: std::collections::BTreeSet<_> = Mark::SAID.iter().map(|m| m.class()).collect();
        assert_eq!(classes.len(), Mark::SAID.len());
        let is_told = |mark: &Mark| !mark.sign().is_empty() && !mark.word().is_empty();
        assert!(Mark::SAID.iter().all(is_told));
    }
}
