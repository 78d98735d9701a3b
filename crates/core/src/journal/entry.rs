//! What a journal holds: one entry for each thing that happened.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::event::RunId;
use crate::ids::Place;
use crate::plan::StepKey;

/// Something that happened, when and in which run.
///
/// As JSON it is one flat object: the members of what happened, then `at` (RFC 3339 in UTC, with milliseconds) and `run`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// What happened.
    #[serde(flatten)]
    pub what: Happening,
    /// When, by the engine's [`Clock`](crate::Clock).
    #[serde(with = "super::header::rfc3339")]
    pub at: SystemTime,
    /// In which run.
    pub run: RunId,
}

impl Entry {
    /// Something that happened at this time in this run.
    pub fn new(what: Happening, at: SystemTime, run: RunId) -> Self {
        Self { what, at, run }
    }
}

/// What happened. No member holds a secret: steps name the variables of passwords, and answers have no text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Happening {
    /// The steps of a plan are about to be taken.
    Begin {
        /// The topology of the plan.
        topology: String,
        /// How many steps it has.
        steps: usize,
        /// SHA-256 of the plan's JSON, in hexadecimal digits.
        plan: String,
    },
    /// A write is about to be sent. Kept before it is.
    Intent {
        /// The number of the write in its run.
        write: u64,
        /// The step that it belongs to.
        step: StepKey,
        /// Where.
        place: Place,
        /// What it does, in words.
        what: String,
        /// The idempotency token of the step's object, from which a backend derives what it sends.
        token: String,
        /// How often the step was definitely refused before.
        epoch: u32,
        /// The how manieth write of its step it is, from 1.
        attempt: u32,
    },
    /// The answer to a write has come, or will not come any more.
    Outcome {
        /// The number of the write in its run.
        write: u64,
        /// The step that it belongs to.
        step: StepKey,
        /// The answer.
        #[serde(flatten)]
        answer: Answer,
    },
    /// A step is done: its object is as the plan wants it.
    Done {
        /// Which.
        step: StepKey,
        /// The ID of its object, where it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// A step has failed for good.
    Failed {
        /// Which.
        step: StepKey,
        /// What went wrong.
        #[serde(flatten)]
        refusal: Refusal,
    },
    /// A later run has looked for what a write did whose outcome was not known.
    Settled(super::Settled),
    /// The run takes no more steps.
    End {
        /// How many steps are done.
        done: usize,
        /// How many there were.
        total: usize,
    },
}

/// The answer to a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Answer {
    /// The cloud took it.
    Accepted {
        /// The ID of the object, where the answer has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The cloud's ID of the request, if it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    /// The cloud refused it, or it was not sent: it changed nothing.
    Refused(Refusal),
    /// It may or may not have taken effect.
    Unknown(Refusal),
}

/// Why a write or a step failed, without the text of the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Refusal {
    /// What went wrong, in the words of [`ErrorKind`].
    pub kind: String,
    /// The code of the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The cloud's ID of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Refusal {
    /// The request ID of the error, or else that of the last answer.
    pub(super) fn of(error: &Error, last: Option<String>) -> Self {
        let own = error.request_id().map(str::to_owned);
        Self {
            kind: error.kind().as_str().to_owned(),
            code: error.code().map(str::to_owned),
            request_id: own.or(last),
        }
    }
}

impl Answer {
    /// What an error says about a write that was announced. One that has `begun` has had an effect of some kind.
    pub(super) fn of(error: &Error, last: Option<String>, begun: bool) -> Self {
        let refusal = Refusal::of(error, last);
        match error.kind() {
            // A backend repeats what it may repeat, and tells the last answer: an earlier attempt may have had effect.
            ErrorKind::OutcomeUnknown
            | ErrorKind::Unavailable
            | ErrorKind::Timeout
            | ErrorKind::Cancelled
            | ErrorKind::LeaseLost
            | ErrorKind::Malformed => Self::Unknown(refusal),
            _ if begun => Self::Unknown(refusal),
            _ => Self::Refused(refusal),
        }
    }
}
