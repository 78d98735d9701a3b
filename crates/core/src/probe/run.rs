//! Making probes, verifying with them, and removing them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{ProbeError, ProbeFailure, ProbePlan, own};
use crate::engine::{Applied, ApplyError, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::{Found, Plan, StepKey, plan};
use crate::retry::{Backoff, cancelled};
use crate::verify::VerifyReport;

/// How long the removal of probes may take, whatever limit the rest has.
const REMOVAL_LIMIT: Duration = Duration::from_secs(30 * 60);

/// What a verification with probes saw. The probes are removed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProbeReport {
    /// The verdicts.
    pub report: VerifyReport,
    /// What was there while the probes were.
    pub observation: Observation,
    /// What the removal has done.
    pub removed: Applied,
}

impl Engine {
    /// Makes the probes of a plan, verifies with them, and removes them.
    ///
    /// They are removed whatever happens: if not all can be made, if the engine is
    /// [cancelled](Engine::with_cancellation) and if its [time limit](Engine::with_time_limit) passes. The removal is no part of
    /// what the cancellation stops and what the limit bounds; the token of [`with_halt`](Engine::with_halt) stops it, and
    /// it has a limit of half an hour. If the future is dropped or the process is killed, the probes stay, and the next apply
    /// or destroy of the topology deletes them.
    ///
    /// # Errors
    /// [`ProbeError`]. What is blocked is no error, but part of the report.
    pub async fn probe(&self, probe: &ProbePlan) -> Result<ProbeReport, ProbeError> {
        let (begun, verified) = match self.apply(&probe.steps).await {
            Ok(_) => {
                let verified = self.verify_with_probes(probe).await;
                (all(probe), verified.map_err(ProbeFailure::Verifying))
            }
            Err(error) => (begun(&error), Err(ProbeFailure::Making(error))),
        };
        let fail = |failure, left, verdicts| {
            Err(ProbeError {
                failure,
                left,
                verdicts,
            })
        };
        match (verified, self.remove_probes(probe, &begun).await) {
            (Ok((report, observation)), Ok(removed)) if removed.unseen.is_empty() => {
                Ok(ProbeReport {
                    report,
                    observation,
                    removed: removed.applied,
                })
            }
            (Ok(verdicts), Ok(removed)) => {
                let failure = ProbeFailure::Looking(unseen());
                fail(failure, removed.unseen, Some(Box::new(verdicts)))
            }
            (Ok(verdicts), Err(left)) => fail(left.failure, left.keys, Some(Box::new(verdicts))),
            (Err(failure), Ok(removed)) => fail(failure, removed.unseen, None),
            (Err(failure), Err(left)) => fail(failure, left.keys, None),
        }
    }

    async fn verify_with_probes(&self, probe: &ProbePlan) -> Result<(VerifyReport, Observation)> {
        let observation = self.observe(&probe.topology).await?;
        let verifying = self.verify_traffic(&probe.topology, &observation, probe.traffic);
        let report = verifying.await?;
        // What a cancelled run could not try says nothing about the ways.
        match self.is_cancelled() {
            true => Err(cancelled()),
            false => Ok((report, observation)),
        }
    }

    async fn remove_probes(
        &self,
        probe: &ProbePlan,
        begun: &BTreeSet<StepKey>,
    ) -> std::result::Result<Removed, Left> {
        let engine = self.past_cancellation(REMOVAL_LIMIT);
        let seen = engine.observe_begun(probe, begun).await;
        let observation = seen.map_err(|error| Left {
            failure: ProbeFailure::Looking(error),
            keys: keys(all(probe).iter()),
        })?;
        let removal = removal(probe, &observation);
        let unseen = unseen_of(probe, &observation, begun);
        match engine.apply(&removal).await {
            Ok(applied) => Ok(Removed { applied, unseen }),
            Err(error) => {
                let gone: BTreeSet<&StepKey> = error.finished.iter().map(|one| &one.key).collect();
                let steps = removal.steps.iter().map(|step| &step.key);
                let mut keys = keys(steps.filter(|key| !gone.contains(key)));
                keys.extend(unseen);
                Err(Left {
                    keys,
                    failure: ProbeFailure::Removing(error),
                })
            }
        }
    }

    // What was accepted a moment ago may be in no list yet.
    async fn observe_begun(
        &self,
        probe: &ProbePlan,
        begun: &BTreeSet<StepKey>,
    ) -> Result<Observation> {
        let patience = self.patience(self.visibility());
        let backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(10));
        let mut looks = 0;
        loop {
            let observation = self.observe(&probe.topology).await?;
            looks += 1;
            if unseen_of(probe, &observation, begun).is_empty() {
                return Ok(observation);
            }
            let pause = patience.sleep(backoff.delay(looks, 0.0));
            match pause.await {
                Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
                Err(_) => return Ok(observation),
                Ok(()) => {}
            }
        }
    }
}

/// What a removal has done, and the keys of what was made and never seen, so that it could not be removed.
struct Removed {
    applied: Applied,
    unseen: Vec<String>,
}

/// Probes that could not be removed.
struct Left {
    failure: ProbeFailure,
    keys: Vec<String>,
}

fn removal(probe: &ProbePlan, observation: &Observation) -> Plan {
    let without = plan(&probe.without, observation);
    own::removal(&without, &plan(&probe.topology, observation))
}

/// Whether objects of this sort have an ID by which they are seen.
fn is_listed(object: &ObjectKey) -> bool {
    matches!(
        object,
        ObjectKey::Group { .. }
            | ObjectKey::Instance(_)
            | ObjectKey::AgentRole(_)
            | ObjectKey::ServiceEndpoint { .. }
    )
}

/// The steps of an apply that may have made something which is not seen yet.
fn begun(error: &ApplyError) -> BTreeSet<StepKey> {
    let under_way = error.under_way.iter().map(|one| one.key.clone());
    let finished = error.finished.iter().map(|one| one.key.clone());
    under_way.chain(finished).collect()
}

fn all(probe: &ProbePlan) -> BTreeSet<StepKey> {
    let steps = probe.steps.steps.iter();
    steps.map(|step| step.key.clone()).collect()
}

fn unseen_of(
    probe: &ProbePlan,
    observation: &Observation,
    begun: &BTreeSet<StepKey>,
) -> Vec<String> {
    let found = Found::index(&probe.topology, observation);
    let is_unseen = |key: &&StepKey| {
        let object = key.object();
        is_listed(object) && found.id_of(object).is_none()
    };
    keys(begun.iter().filter(is_unseen))
}

fn unseen() -> Error {
    let message = "objects of the probes were in no list, so they were not removed";
    Error::new(ErrorKind::OutcomeUnknown, message)
}

fn keys<'a>(keys: impl Iterator<Item = &'a StepKey>) -> Vec<String> {
    keys.map(|key| key.object().to_string()).collect()
}
