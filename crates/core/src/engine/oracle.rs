//! Second opinions: analyses are started, waited for and deleted again, whatever happens in between.

use std::time::Duration;

use futures_util::stream::{self, StreamExt};

use super::Engine;
use crate::backend::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::ids::AnalysisId;
use crate::object::{DeletedById, Listed, analysis};
use crate::observation::Observation;
use crate::retry::{Backoff, Look, Patience, cancelled, wait_until};
use crate::traits::{
    AnalysisRecord, AnalysisState, Cloud, Label, OracleAnswer, OracleVerdict, Owner, Select,
    StartAnalysis, Token,
};
use crate::verify::{LeftAnalysis, Opinion, Question, Questions, SecondOpinion};

/// Clouds run so many analyses of an account at once, and more.
const AT_ONCE: usize = 20;
/// The pause before a list, or a deletion that was refused for now, is sent again.
const AGAIN: Duration = Duration::from_secs(2);

/// What came of one question, and what it left behind.
struct Asked {
    opinion: Opinion,
    left: Vec<LeftAnalysis>,
}

impl Engine {
    /// Asks the clouds' analysers, at most twenty at once, and compares what they say with what the configuration says of the
    /// same packets. Each analysis may cost money. What goes wrong with one is part of its opinion.
    ///
    /// What an analysis leaves behind is deleted, also after an error, a deadline or the engine's cancellation: these
    /// deletions alone are sent after the stop, for at most [`settle_limit`](super::EngineOptions::settle_limit) and until the
    /// engine is [halted](Self::with_halt). What could not be deleted is told, carries the topology's tags, is found by
    /// [`residue`](Self::residue) and deleted by the plan of a destroy.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled), once everything was deleted that could be.
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) for an observation made with the credentials of another account.
    pub async fn second_opinion(
        &self,
        observation: &Observation,
        questions: &Questions,
    ) -> Result<SecondOpinion> {
        observation.check_identities()?;
        let round = Token::derive(&[
            &questions.topology,
            self.run_id().as_str(),
            &self.clock.uptime().as_nanos().to_string(),
        ]);
        let patience = self.patience(self.options.total_limit);
        let asking: Vec<_> = questions
            .asked
            .iter()
            .map(|question| self.ask(&questions.topology, question, &round, &patience))
            .collect();
        let at_once = AT_ONCE.min(self.options.parallel.max(1));
        let asking = stream::iter(asking).buffered(at_once).collect::<Vec<_>>();
        let answers = asking.await;
        let mut second = SecondOpinion {
            opinions: questions.opinions.clone(),
            ..SecondOpinion::default()
        };
        for (question, asked) in questions.asked.iter().zip(answers) {
            second.left.extend(asked.left);
            second.opinions[question.position] = asked.opinion;
        }
        match self.cancel.is_cancelled() {
            true => Err(interrupted(&second)),
            false => Ok(second),
        }
    }

    async fn ask(
        &self,
        topology: &str,
        question: &Question,
        round: &Token,
        patience: &Patience,
    ) -> Asked {
        if self.cancel.is_cancelled() {
            let opinion = question.answered(Err(cancelled()), self.clock.now());
            return Asked {
                opinion,
                left: Vec::new(),
            };
        }
        let opinion = &question.opinion;
        self.events.emit(Event::Analysing {
            source: opinion.source.clone(),
            destination: opinion.destination.clone(),
            oracle: question.reach.source.clone(),
            packet: question.traffic.to_string(),
        });
        let (answer, left) = match self.cloud(&opinion.place).await {
            Ok(cloud) => {
                let request = question.request(topology, round);
                self.analyse(cloud.as_ref(), question, &request, patience)
                    .await
            }
            Err(error) => (Err(error), Vec::new()),
        };
        let opinion = question.answered(answer, self.clock.now());
        self.events.emit(Event::Analysed {
            source: opinion.source.clone(),
            destination: opinion.destination.clone(),
            verdict: opinion.answer.verdict.to_string(),
            agreement: opinion.agreement,
        });
        Asked { opinion, left }
    }

    async fn analyse(
        &self,
        cloud: &dyn Cloud,
        question: &Question,
        request: &StartAnalysis,
        patience: &Patience,
    ) -> (Result<OracleAnswer>, Vec<LeftAnalysis>) {
        let patience = patience.at_most(question.reach.limit);
        let started = CallContext::new(patience.clone())
            .scope(analysis::start(cloud, request))
            .await;
        // The stop does not reach what takes away what this run has made. Its limit counts from when it begins.
        let limit = self.options.settle_limit;
        let settling = || Patience::new(self.clock.clone(), limit, self.halt.clone());
        let (made, answer) = match started {
            Ok(id) => {
                let waiting = wait_for_answer(cloud, &id, question.reach.poll, &patience);
                let context = CallContext::new(patience.clone());
                let answer = context.scope(waiting).await;
                (Ok(vec![id]), answer)
            }
            Err(error) => {
                let settling = settling();
                let looking = self.made_all_the_same(cloud, request, &error, &settling);
                let made = CallContext::new(settling.clone()).scope(looking).await;
                (made, Err(error))
            }
        };
        let left = match made {
            Ok(ids) => {
                let settling = settling();
                let deleting = delete_all(cloud, ids, &settling);
                CallContext::new(settling.clone()).scope(deleting).await
            }
            Err(left) => vec![left],
        };
        (answer, left)
    }

    /// What a start has made that failed, by its name. Where its answer was lost, lists may show it late.
    async fn made_all_the_same(
        &self,
        cloud: &dyn Cloud,
        request: &StartAnalysis,
        failed: &Error,
        patience: &Patience,
    ) -> Result<Vec<AnalysisId>, LeftAnalysis> {
        let label = &request.label;
        let topology = Select::Topology(label.owner.topology.clone());
        let is_lost = is_open(failed.kind());
        let mut waited = Duration::ZERO;
        loop {
            let is_last = waited >= self.options.read_back;
            match AnalysisRecord::list(cloud, &topology).await {
                Ok(listed) => {
                    let ours = listed.into_iter().filter(|one| one.name == label.name);
                    let ids: Vec<AnalysisId> = ours.map(|one| one.id).collect();
                    if !ids.is_empty() || !is_lost || is_last {
                        return Ok(ids);
                    }
                }
                Err(_) if !is_lost => return Ok(Vec::new()),
                // It has no ID that is known; its name is what can be looked for.
                Err(error) if is_last || !error.is_retryable() => {
                    let reason = format!("it may be there under this name: {error}");
                    let (place, name) = (cloud.place().clone(), label.name.as_str().into());
                    return Err(LeftAnalysis::new(place, name, reason));
                }
                Err(_) => {}
            }
            waited = match patience.sleep(AGAIN).await {
                Ok(()) => waited + AGAIN,
                Err(_) => self.options.read_back,
            };
        }
    }
}

/// Whether such an end of a call leaves open what it has done.
fn is_open(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::OutcomeUnknown
            | ErrorKind::Malformed
            | ErrorKind::Timeout
            | ErrorKind::Cancelled
    )
}

async fn wait_for_answer(
    cloud: &dyn Cloud,
    id: &AnalysisId,
    poll: Duration,
    patience: &Patience,
) -> Result<OracleAnswer> {
    let mut backoff = Backoff::new(poll, poll);
    backoff.jitter = 0.0;
    let look = || async {
        Ok(match cloud.analysis(id).await? {
            AnalysisState::Running(word) => Look::NotYet(word),
            AnalysisState::Done(answer) => Look::Ready(answer),
        })
    };
    wait_until(id.as_str(), patience, &backoff, |_| {}, look).await
}

async fn delete_all(
    cloud: &dyn Cloud,
    ids: Vec<AnalysisId>,
    patience: &Patience,
) -> Vec<LeftAnalysis> {
    let mut left = Vec::new();
    for id in ids {
        if let Err(error) = delete(cloud, &id, patience).await {
            let place = cloud.place().clone();
            left.push(LeftAnalysis::new(place, id, error.to_string()));
        }
    }
    left
}

async fn delete(cloud: &dyn Cloud, id: &AnalysisId, patience: &Patience) -> Result<()> {
    loop {
        match AnalysisRecord::delete_id(cloud, id).await {
            Err(error) if error.is_retryable() || error.kind() == ErrorKind::InUse => {
                if patience.sleep(AGAIN).await.is_err() {
                    return Err(error);
                }
            }
            other => return other,
        }
    }
}

fn interrupted(second: &SecondOpinion) -> Error {
    let left = second.left.iter();
    let left: Vec<String> = left.map(ToString::to_string).collect();
    match left.is_empty() {
        true => cancelled(),
        false => cancelled().with_remedy(format!(
            "`landbridge destroy` deletes what is left: {}",
            left.join(", ")
        )),
    }
}

impl Question {
    fn request(&self, topology: &str, round: &Token) -> StartAnalysis {
        let opinion = &self.opinion;
        let (from, to) = (opinion.source_address, opinion.destination_address);
        let packet = format!("{} {from} {to}", self.traffic);
        let token = Token::derive(&[
            round.as_str(),
            self.source.as_str(),
            self.destination.as_str(),
            &packet,
        ]);
        let name = format!("landbridge-{}", token.as_str());
        let owner = Owner::new(topology, format!("analysis/{}", token.as_str()));
        StartAnalysis::new(
            Label::new(name, owner, token),
            (self.source.clone(), from),
            (self.destination.clone(), to),
            self.traffic,
        )
    }

    fn answered(&self, answer: Result<OracleAnswer>, at: std::time::SystemTime) -> Opinion {
        let failed =
            |error: Error| OracleAnswer::new(OracleVerdict::cannot_tell(error.to_string()));
        let answer = answer.unwrap_or_else(failed);
        Opinion::of_answer(self, answer, at)
    }
}
