//! A second opinion: what the clouds' own analysers say of the same packets, beside what the static layer and pings say.
//!
//! An analyser sends no packet, so it overrules nothing. Where it parts from the static layer, one of them is wrong or does not
//! read something that the other reads: that is a result of its own.

mod questions;
mod text;

use std::net::IpAddr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::probed::{ConnectionResult, PingResult};
use super::report::{Path, Verdict};
use crate::ids::{AnalysisId, Place};
use crate::traits::{OracleAnswer, OracleVerdict};

pub use questions::{Question, Questions, questions};

/// Whether an analyser and the static layer say the same of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Agreement {
    /// They do.
    Agrees,
    /// They do not.
    Disagrees,
    /// One of them cannot tell, or was not asked. It is not agreement.
    CannotTell,
}

/// What an analyser says of the packets of an ordered pair of instances, beside what the configuration says of the same packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Opinion {
    /// The name of the source.
    pub source: String,
    /// The name of the destination.
    pub destination: String,
    /// The source's address.
    pub source_address: IpAddr,
    /// The destination's address.
    pub destination_address: IpAddr,
    /// Where the analyser is.
    pub place: Place,
    /// What the analyser is called; absent where the cloud has none.
    pub oracle: Option<String>,
    /// The packet that it was asked about; absent if it was not asked.
    pub asked: Option<String>,
    /// When it answered; absent if it was not asked.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub at: Option<SystemTime>,
    /// What it says.
    pub answer: OracleAnswer,
    /// What the configuration says of that very packet; absent if the analyser was not asked.
    pub configuration: Option<Path>,
    /// What pings did between the two, if some were sent. They are packets, and have the last word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ping: Option<PingResult>,
    /// Likewise, the attempts to open a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionResult>,
    /// Whether both say the same.
    pub agreement: Agreement,
}

impl Opinion {
    /// The opinion on a question, with its answer.
    pub(crate) fn of_answer(question: &Question, answer: OracleAnswer, at: SystemTime) -> Self {
        let opinion = question.opinion.clone();
        let path = opinion.configuration.as_ref();
        Self {
            agreement: path.map_or(Agreement::CannotTell, |path| Self::agreement(path, &answer)),
            at: Some(at),
            answer,
            ..opinion
        }
    }

    /// What a packet's configuration and an analyser's answer are worth beside each other.
    fn agreement(path: &Path, answer: &OracleAnswer) -> Agreement {
        use Agreement::{Agrees, CannotTell, Disagrees};
        let stopped_on_return = path.blocked.as_ref().is_some_and(|reason| reason.on_return);
        match (path.verdict(), &answer.verdict) {
            (Verdict::Undecided, _) | (_, OracleVerdict::CannotTell { .. }) => CannotTell,
            (Verdict::Reachable, OracleVerdict::Reachable)
            | (Verdict::Blocked, OracleVerdict::Blocked { .. }) => Agrees,
            // It did not look where the configuration stops the answer.
            (Verdict::Blocked, OracleVerdict::Reachable) if answer.one_way && stopped_on_return => {
                CannotTell
            }
            _ => Disagrees,
        }
    }

    /// Whether the analyser was asked and gave no verdict.
    pub fn is_unanswered(&self) -> bool {
        self.asked.is_some() && matches!(self.answer.verdict, OracleVerdict::CannotTell { .. })
    }
}

/// What an analysis left behind and could not be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeftAnalysis {
    /// Where.
    pub place: Place,
    /// Its ID; its name where the answer to its start was lost and nothing could be listed.
    pub id: AnalysisId,
    /// Why it could not be deleted, or looked for.
    pub reason: String,
}

impl LeftAnalysis {
    pub(crate) fn new(place: Place, id: AnalysisId, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { place, id, reason }
    }
}

/// The second opinions on the pairs of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SecondOpinion {
    /// One for each ordered pair of instances, in the order of the pairs.
    pub opinions: Vec<Opinion>,
    /// What could not be deleted. `landbridge destroy` deletes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftAnalysis>,
}

impl SecondOpinion {
    /// How many opinions are of one kind.
    pub fn count(&self, agreement: Agreement) -> usize {
        let opinions = self.opinions.iter();
        opinions.filter(|one| one.agreement == agreement).count()
    }

    /// Whether an analyser says something else than the configuration, or something was left behind.
    pub fn failed(&self) -> bool {
        self.count(Agreement::Disagrees) > 0 || !self.left.is_empty()
    }

    /// Whether an analyser that was asked gave no verdict, or there is no verdict at all that could be compared.
    pub fn is_undecided(&self) -> bool {
        let compared = self.opinions.len() - self.count(Agreement::CannotTell);
        compared == 0 || self.opinions.iter().any(Opinion::is_unanswered)
    }
}

// A moment that may be absent.
mod moment {
    use std::time::SystemTime;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Moment(#[serde(with = "crate::journal::rfc3339")] SystemTime);

    pub(super) fn serialize<S: Serializer>(
        at: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        at.map(Moment).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        let at = Option::<Moment>::deserialize(deserializer)?;
        Ok(at.map(|Moment(at)| at))
    }
}
