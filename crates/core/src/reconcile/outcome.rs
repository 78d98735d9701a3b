use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::drift::DriftReport;
use crate::engine::{ApplyError, ResidueReport, Stopped};
use crate::error::{Error, ErrorKind};
use crate::failure::{Failure, clip};
use crate::handover::HandOver;
use crate::ids::{AccountId, CloudName};
use crate::preflight::{Finding, Report, Severity};
use crate::verify::VerifyReport;

/// How many elements of a list an outcome tells.
const FEW: usize = 3;
/// How many bytes of JSON the texts of a failure take.
const FAILURE: usize = 900;

/// How a run has ended. Bounded like [`Progress`](super::Progress); [`Ended`](super::Ended) has all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// The topology is there as it is declared, and no pair is blocked. Pairs with an end that another holds stay undecided as
    /// long as no ping shows more.
    Ready {
        /// The verdicts.
        verdicts: Verdicts,
    },
    /// The topology is there as it is declared, and a pair is blocked all the same.
    NotConnected {
        /// The verdicts.
        verdicts: Verdicts,
    },
    /// Our part is there. The next step is that of an account that another holds: its hand-over is in
    /// [`Ended::hand_overs`](super::Ended::hand_overs).
    WaitingForPeer {
        /// The first few of the accounts whose owners are asked.
        peers: Vec<Peer>,
        /// How many of them there are.
        count: usize,
    },
    /// What is there differs from what is declared. Only a run that [observes](super::Intent::observe) ends so.
    Drifted {
        /// How many objects differ.
        objects: usize,
        /// How many steps would mend it; what others must mend takes none.
        steps: usize,
        /// The first few: how they differ, and their keys.
        first: Vec<String>,
    },
    /// Preflight found errors. Nothing was written.
    Refused {
        /// How many errors.
        errors: usize,
        /// The first few of them.
        first: Vec<Trouble>,
    },
    /// Nothing of the topology is left.
    Removed {
        /// How many things stay as an apply may have made them, because nothing tells whose they are.
        stays: usize,
    },
    /// Something of the topology is left after its removal, or not every place could be looked at.
    Residue {
        /// How many objects are left.
        objects: usize,
        /// How many accounts or regions could not be looked at.
        not_searched: usize,
        /// The first few: their places and keys.
        first: Vec<String>,
    },
    /// Something went wrong. What was done stays done.
    Failed {
        /// What.
        failure: Failure,
        /// The step that failed first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// How many steps have failed.
        #[serde(default)]
        steps: usize,
        /// How many steps were begun and not seen done.
        #[serde(default)]
        under_way: usize,
    },
    /// It was told to stop.
    Stopped {
        /// How many steps were begun and not seen done.
        #[serde(default)]
        under_way: usize,
    },
    /// Its [guard](crate::engine::WriteGuard) let nothing more be written: another worker goes on.
    LostLease {
        /// How many steps were begun and not seen done.
        #[serde(default)]
        under_way: usize,
    },
    /// One that a later version knows.
    #[serde(other)]
    Other,
}

/// How many ordered pairs of a topology can reach each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct Verdicts {
    /// All that were judged.
    pub pairs: usize,
    /// Those that can.
    pub reachable: usize,
    /// Those of which it is not known.
    pub undecided: usize,
}

/// An owner of an account who is asked to do something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Peer {
    /// The cloud.
    pub cloud: CloudName,
    /// The account. An ID that is longer than any cloud's is shortened.
    pub account: AccountId,
    /// How many acts it is asked for.
    pub acts: usize,
}

impl Peer {
    fn new(cloud: &CloudName, account: &AccountId, acts: usize) -> Self {
        Self {
            cloud: cloud.clone(),
            account: AccountId::new(clip(account.as_str(), 64)),
            acts,
        }
    }
}

/// A finding in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Trouble {
    /// Its code, such as `identity/root`.
    pub code: String,
    /// What it is about.
    pub subject: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Trouble {
    fn of(finding: &Finding) -> Self {
        Self {
            code: clip(finding.code, 40),
            subject: clip(&finding.subject, 80),
            message: clip(&finding.message, 160),
            remedy: clip(&finding.remedy, 120),
        }
    }
}

impl Outcome {
    /// Whether this is what the run was for.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Removed { .. })
    }

    /// Whether the same run may come further later, without anything else being changed.
    pub fn may_continue(&self) -> bool {
        match self {
            Self::Failed { failure, .. } => failure.may_pass,
            Self::WaitingForPeer { .. } | Self::Stopped { .. } | Self::LostLease { .. } => true,
            _ => false,
        }
    }

    pub(super) fn refused(report: &Report) -> Self {
        let errors = report.findings.iter();
        let errors: Vec<&Finding> = errors
            .filter(|finding| finding.severity == Severity::Error)
            .collect();
        Self::Refused {
            errors: errors.len(),
            first: errors.into_iter().take(FEW).map(Trouble::of).collect(),
        }
    }

    pub(super) fn verified(report: &VerifyReport) -> Self {
        let verdicts = Verdicts {
            pairs: report.pairs.len(),
            reachable: report.reachable(),
            undecided: report.undecided(),
        };
        match report.failed() {
            true => Self::NotConnected { verdicts },
            false => Self::Ready { verdicts },
        }
    }

    /// Whether the next step is that of another owner.
    pub(super) fn waiting(documents: &[HandOver]) -> Option<Self> {
        let awaited: Vec<&HandOver> = documents.iter().filter(|one| one.is_awaited()).collect();
        let peer = |one: &&HandOver| Peer::new(&one.cloud, &one.account, one.parts.len());
        (!awaited.is_empty()).then(|| Self::WaitingForPeer {
            count: awaited.len(),
            peers: awaited.iter().take(FEW).map(peer).collect(),
        })
    }

    pub(super) fn drifted(report: &DriftReport, steps: usize) -> Self {
        let first = report.entries.iter().take(FEW);
        Self::Drifted {
            objects: report.entries.len(),
            steps,
            first: first
                .map(|entry| clip(&format!("{} {}", entry.kind, entry.key), 160))
                .collect(),
        }
    }

    pub(super) fn left(report: &ResidueReport) -> Self {
        if report.is_empty() && report.is_decided() {
            return Self::Removed {
                stays: report.stays.len(),
            };
        }
        let first = report.found.iter().take(FEW);
        Self::Residue {
            objects: report.found.len(),
            not_searched: report.not_searched.len(),
            first: first
                .map(|one| clip(&format!("{}: {}", one.place, one.key), 200))
                .collect(),
        }
    }

    /// The outcome of a run that ends with an error: stopped, without its lease, or failed.
    pub fn failed(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Cancelled => Self::Stopped { under_way: 0 },
            ErrorKind::LeaseLost => Self::LostLease { under_way: 0 },
            _ => Self::of_failure(Failure::of(error)),
        }
    }

    pub(super) fn of_failure(failure: Failure) -> Self {
        Self::Failed {
            failure: failure.brief(FAILURE),
            step: None,
            steps: 0,
            under_way: 0,
        }
    }

    pub(super) fn not_applied(error: &ApplyError) -> Self {
        let under_way = error.under_way.len();
        match &error.reason {
            Stopped::Refused(error) => Self::failed(error),
            Stopped::Cancelled => Self::Stopped { under_way },
            Stopped::LeaseLost => Self::LostLease { under_way },
            Stopped::Failed(failures) => {
                // One that lasts is told before those that pass.
                let lasting = failures.iter().find(|(_, error)| !error.may_pass());
                let Some((key, first)) = lasting.or(failures.first()) else {
                    return Self::Stopped { under_way };
                };
                Self::Failed {
                    failure: Failure::of(first).brief(FAILURE),
                    step: Some(clip(&key.to_string(), 120)),
                    steps: failures.len(),
                    under_way,
                }
            }
        }
    }
}
