//! Probes: packets that instances send, by the agent that their cloud runs on them.

mod command;
mod method;

use std::time::Duration;

use futures_util::stream::StreamExt;

use super::Engine;
use crate::backend::CallContext;
use crate::error::{ErrorKind, Result};
use crate::ids::InstanceId;
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::Found;
use crate::retry::{Backoff, Patience};
use crate::topology::Topology;
use crate::verify::{PairVerdict, ProbeMethod, Traffic, VerifyReport, verify};

use method::{Attempts, Probe};

impl Engine {
    /// [Observes](Self::observe) the topology, then does what [`verify_observed`](Self::verify_observed) does.
    ///
    /// # Errors
    /// Those of the observation, and those of `verify_observed`.
    pub async fn verify(&self, topology: &Topology) -> Result<VerifyReport> {
        let observation = self.observe(topology).await?;
        self.verify_observed(topology, &observation).await
    }

    /// Gives a verdict on every ordered pair: the path through the observation and, where the topology has instances
    /// that can run commands and something is known to answer, four pings each. Pings of open paths are repeated within
    /// [`probe_limit`](super::EngineOptions::probe_limit), because routes and rules take time to spread.
    ///
    /// It reads no place again: pass an observation that is younger than the last write. For the paths alone, without
    /// pings, there is [`verify`](crate::verify::verify()).
    ///
    /// # Errors
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) for an observation made with the credentials of another account.
    /// What goes wrong with a ping is part of its verdict.
    pub async fn verify_observed(
        &self,
        topology: &Topology,
        observation: &Observation,
    ) -> Result<VerifyReport> {
        self.verify_traffic(topology, observation, Traffic::PING)
            .await
    }

    /// Does what [`verify_observed`](Self::verify_observed) does, for other traffic than pings. TCP is probed by opening
    /// connections ([`PairVerdict::connection`]); they are repeated as pings are. What has no
    /// [method](Traffic::probe_method), such as UDP, is judged by configuration only.
    ///
    /// # Errors
    /// Those of `verify_observed`.
    pub async fn verify_traffic(
        &self,
        topology: &Topology,
        observation: &Observation,
        traffic: Traffic,
    ) -> Result<VerifyReport> {
        observation.check_identities()?;
        let mut report = verify(topology, observation, traffic);
        if !topology.instances.is_empty() && traffic.probe_method().is_some() {
            let mut pairs: Vec<PairVerdict> = report.pairs.iter().cloned().collect();
            let context = CallContext::new(self.patience(self.options.probe_limit));
            let silent = context.scope(self.silent(topology, observation)).await;
            pairs
                .iter_mut()
                .filter(|pair| silent.names.contains(&pair.source))
                .for_each(|pair| pair.pingable = false);
            report.findings.extend(silent.findings);
            let found = Found::index(topology, observation);
            let id = |pair: &PairVerdict| {
                let source = found.instances.get(&ObjectKey::instance(&pair.source))?;
                Some(source.record.id.clone())
            };
            self.probe_pairs(&mut pairs, traffic, id).await;
            report.pairs = pairs.into();
        }
        Ok(report)
    }

    /// Probes each pair whose cloud can run commands and whose destination answers, from the instance that `source` tells.
    /// Does nothing for traffic without a method.
    pub(crate) async fn probe_pairs(
        &self,
        pairs: &mut [PairVerdict],
        traffic: Traffic,
        source: impl Fn(&PairVerdict) -> Option<InstanceId>,
    ) {
        let Some(method) = traffic.probe_method() else {
            return;
        };
        let patience = self.patience(self.options.probe_limit);
        let can_probe = |pair: &PairVerdict| {
            let provider = self.providers.get(&pair.source_place.cloud);
            pair.pingable && provider.is_some_and(|provider| provider.capabilities().commands)
        };
        let (indices, probes): (Vec<usize>, Vec<_>) = pairs
            .iter()
            .enumerate()
            .filter(|(_, pair)| can_probe(pair))
            .map(|(index, pair)| {
                (
                    index,
                    self.probe_pair(source(pair), pair, method, &patience),
                )
            })
            .unzip();
        let probing = self.side_by_side(probes).collect();
        let results: Vec<Attempts> = CallContext::new(patience.clone()).scope(probing).await;
        for (index, attempts) in indices.into_iter().zip(results) {
            attempts.note(method, &mut pairs[index]);
        }
    }

    async fn probe_pair(
        &self,
        source: Option<InstanceId>,
        pair: &PairVerdict,
        method: ProbeMethod,
        patience: &Patience,
    ) -> Attempts {
        let mut attempts = Attempts::default();
        let Some(instance) = source else {
            attempts.problem = Some("the source instance was not found".to_owned());
            return attempts;
        };
        let probe = Probe {
            instance,
            pair,
            method,
        };
        let outcome = self.until_answered(&probe, patience, &mut attempts).await;
        if let Err(error) = outcome {
            attempts.problem = Some(error.to_string());
        }
        self.events.emit(probe.ended(&attempts));
        attempts
    }

    async fn until_answered(
        &self,
        probe: &Probe<'_>,
        patience: &Patience,
        attempts: &mut Attempts,
    ) -> Result<()> {
        let cloud = self.cloud(&probe.pair.source_place).await?;
        command::wait_for_agent(cloud.as_ref(), &probe.instance, patience).await?;
        let backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(20));
        loop {
            attempts.count += 1;
            self.events.emit(probe.begun(attempts.count));
            let script = probe.script();
            let output = self
                .run_script(
                    cloud.as_ref(),
                    &probe.instance,
                    &script,
                    attempts.count,
                    patience,
                )
                .await;
            match output.and_then(|output| probe.read(&output)) {
                Ok(seen) => {
                    attempts.last = Some(seen);
                    attempts.problem = None;
                }
                // Told if no later attempt sees more.
                Err(error) if error.is_retryable() => attempts.problem = Some(error.to_string()),
                Err(error) => return Err(error),
            }
            // A path that is known to be closed does not open by waiting.
            if attempts.are_answered() || probe.pair.path.blocked.is_some() {
                return Ok(());
            }
            let delay = backoff.delay(attempts.count, self.clock.chance());
            match patience.sleep(delay).await {
                Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
                Err(_) => return Ok(()),
                Ok(()) => {}
            }
        }
    }
}
