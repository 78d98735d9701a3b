//! What a run does, one thing after the other.

use std::sync::Arc;

use super::board::Board;
use super::ended::Ended;
use super::intent::{Goal, Intent};
use super::outcome::Outcome;
use super::progress::Stage;
use crate::drift::drift;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::observation::Observation;
use crate::plan::{Plan, plan_destroy_with, plan_with};
use crate::preflight::{preflight_destroy_with, preflight_with};
use crate::topology::Topology;
use crate::verify::{Traffic, verify};

/// One run.
#[derive(Debug)]
pub(super) struct Course {
    engine: Engine,
    topology: Topology,
    intent: Intent,
    board: Arc<Board>,
}

/// Why a run goes no further.
enum End {
    /// What it was for is known.
    Outcome(Box<Outcome>),
    Error(Error),
}

impl From<Outcome> for End {
    fn from(outcome: Outcome) -> Self {
        Self::Outcome(Box::new(outcome))
    }
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Course {
    pub(super) fn new(
        engine: Engine,
        topology: Topology,
        intent: Intent,
        board: Arc<Board>,
    ) -> Self {
        Self {
            engine,
            topology,
            intent,
            board,
        }
    }

    pub(super) async fn run(self) -> Ended {
        let mut ended = Ended::new(Outcome::Other);
        let outcome = match self.intent.goal {
            Goal::Converge => self.converge(&mut ended).await,
            Goal::Observe => self.observe(&mut ended).await,
            Goal::Remove => self.remove(&mut ended).await,
        };
        ended.outcome = match outcome {
            Ok(outcome) => outcome,
            Err(End::Outcome(outcome)) => *outcome,
            Err(End::Error(error)) => Outcome::failed(&error),
        };
        ended
    }

    async fn converge(&self, ended: &mut Ended) -> Result<Outcome, End> {
        let observation = self.engine.observe(&self.topology).await?;
        let plan = self.plan(&observation, ended)?;
        let mut observation = observation;
        if !plan.is_empty() {
            self.apply(&plan, ended).await?;
            self.board.enter(Stage::Observing);
            observation = self
                .engine
                .observe_again(&self.topology, &observation)
                .await?;
        }
        self.judge(observation, self.intent.pings, ended).await
    }

    // Through shared lists a run sees what was, so that all is well is all that it may tell by them: another run or program may
    // have written meanwhile.
    async fn observe(&self, ended: &mut Ended) -> Result<Outcome, End> {
        match self.engine.observe_shared(&self.topology).await {
            Ok(observation) => {
                let is_shared = observation.age.is_some();
                let seen = self.tell(observation, ended).await;
                if !is_shared || matches!(seen, Ok(Outcome::Ready { .. })) {
                    return seen;
                }
            }
            // What an old list names may be gone, and asking for it then fails.
            Err(error) if !self.engine.shares_reads() || error.kind() == ErrorKind::Cancelled => {
                return Err(error.into());
            }
            Err(_) => {}
        }
        *ended = Ended::new(Outcome::Other);
        self.board.enter(Stage::Observing);
        let observation = self.engine.observe(&self.topology).await?;
        self.tell(observation, ended).await
    }

    // What differs is told before it is judged whether packets flow.
    async fn tell(&self, observation: Observation, ended: &mut Ended) -> Result<Outcome, End> {
        let plan = self.plan(&observation, ended)?;
        let differing = drift(&self.topology, &observation);
        if !plan.is_empty() || !differing.entries.is_empty() {
            ended.observation = Some(observation);
            return Ok(Outcome::drifted(&differing, plan.steps.len()));
        }
        self.judge(observation, false, ended).await
    }

    async fn remove(&self, ended: &mut Ended) -> Result<Outcome, End> {
        let topology = &self.topology;
        let mut observation = self.engine.observe_for_destroy(topology).await?;
        ended.findings = preflight_destroy_with(topology, &observation, &self.intent.allowed);
        if !ended.findings.passed() {
            return Err(Outcome::refused(&ended.findings).into());
        }
        let plan = plan_destroy_with(topology, &observation, &self.intent.allowed);
        ended.plan = Some(plan.clone());
        // Before anything goes: what is gone has no ID that others could be told.
        ended.hand_overs = self.engine.take_back(topology, &observation);
        if !plan.is_empty() {
            self.apply(&plan, ended).await?;
        }
        self.board.enter(Stage::Proving);
        if !plan.is_empty() {
            observation = self
                .engine
                .observe_after_destroy(topology, &observation)
                .await?;
        }
        let residue = self
            .engine
            .residue_observed(topology, &observation, Some(&plan))
            .await?;
        let outcome = Outcome::left(&residue);
        ended.residue = Some(residue);
        ended.observation = Some(observation);
        Ok(outcome)
    }

    fn plan(&self, observation: &Observation, ended: &mut Ended) -> Result<Plan, End> {
        let allowed = &self.intent.allowed;
        ended.findings = preflight_with(&self.topology, observation, allowed);
        if !ended.findings.passed() {
            return Err(Outcome::refused(&ended.findings).into());
        }
        let plan = plan_with(&self.topology, observation, allowed);
        ended.plan = Some(plan.clone());
        Ok(plan)
    }

    async fn apply(&self, plan: &Plan, ended: &mut Ended) -> Result<(), End> {
        self.board.enter(Stage::Applying);
        match self.engine.apply(plan).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let outcome = Outcome::not_applied(&error);
                ended.finished = error.finished;
                ended.under_way = error.under_way;
                Err(outcome.into())
            }
        }
    }

    // While others are waited for, packets do not pass yet.
    async fn judge(
        &self,
        observation: Observation,
        pings: bool,
        ended: &mut Ended,
    ) -> Result<Outcome, End> {
        ended.hand_overs = self.engine.hand_over(&self.topology, &observation);
        let waiting = Outcome::waiting(&ended.hand_overs);
        let outcome = match waiting {
            Some(waiting) => waiting,
            None => {
                self.board.enter(Stage::Verifying);
                let report = match pings {
                    true => {
                        self.engine
                            .verify_observed(&self.topology, &observation)
                            .await?
                    }
                    false => verify(&self.topology, &observation, Traffic::PING),
                };
                let outcome = Outcome::verified(&report);
                ended.verified = Some(report);
                outcome
            }
        };
        ended.observation = Some(observation);
        Ok(outcome)
    }
}
