use super::outcome::Outcome;
use crate::engine::{Finished, ResidueReport, UnderWay};
use crate::handover::HandOver;
use crate::observation::Observation;
use crate::plan::Plan;
use crate::preflight::Report;
use crate::verify::VerifyReport;

/// All that a run has seen and done, for callers that show more than its [`Progress`](super::Progress).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ended {
    /// How it has ended.
    pub outcome: Outcome,
    /// The last observation.
    pub observation: Option<Observation>,
    /// What preflight found.
    pub findings: Report,
    /// The plan.
    pub plan: Option<Plan>,
    /// The steps that were done of a plan that was not applied to its end, in the order in which they ended.
    pub finished: Vec<Finished>,
    /// The steps that were begun and not seen done.
    pub under_way: Vec<UnderWay>,
    /// The verdicts.
    pub verified: Option<VerifyReport>,
    /// What is left after a removal.
    pub residue: Option<ResidueReport>,
    /// What owners of accounts that others hold are asked to do, or to take away.
    pub hand_overs: Vec<HandOver>,
}

impl Ended {
    pub(super) fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            observation: None,
            findings: Report::default(),
            plan: None,
            finished: Vec::new(),
            under_way: Vec::new(),
            verified: None,
            residue: None,
            hand_overs: Vec::new(),
        }
    }
}
