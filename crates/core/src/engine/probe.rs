use std::net::IpAddr;
use std::time::Duration;

use futures_util::stream::StreamExt;

use super::Engine;
use crate::backend::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::ids::InstanceId;
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::Found;
use crate::retry::{Backoff, Look, Patience, wait_until};
use crate::topology::Topology;
use crate::traits::{Cloud, CommandOutput, CommandState, RunCommand, Token};
use crate::verify::{PairVerdict, PingResult, Traffic, VerifyReport, verify};

/// How many echo requests a pair is asked with.
const PINGS: u32 = 4;
/// How long an agent may take to start a command and a ping to end, on the instance.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);

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
        observation.check_identities()?;
        let mut report = verify(topology, observation, Traffic::PING);
        if !topology.instances.is_empty() {
            let mut pairs: Vec<PairVerdict> = report.pairs.iter().cloned().collect();
            let silent = self.silent(topology, observation).await;
            pairs
                .iter_mut()
                .filter(|pair| silent.names.contains(&pair.source))
                .for_each(|pair| pair.pingable = false);
            report.findings.extend(silent.findings);
            self.ping_all(topology, observation, &mut pairs).await;
            report.pairs = pairs.into();
        }
        Ok(report)
    }

    async fn ping_all(
        &self,
        topology: &Topology,
        observation: &Observation,
        pairs: &mut [PairVerdict],
    ) {
        let found = Found::index(topology, observation);
        let id = |pair: &PairVerdict| {
            let source = found.instances.get(&ObjectKey::instance(&pair.source))?;
            Some(source.record.id.clone())
        };
        self.ping_pairs(pairs, id).await;
    }

    /// Sends four pings for each pair whose cloud can run commands and whose destination answers, from the instance that `source` tells.
    pub(crate) async fn ping_pairs(
        &self,
        pairs: &mut [PairVerdict],
        source: impl Fn(&PairVerdict) -> Option<InstanceId>,
    ) {
        let patience = self.patience(self.options.probe_limit);
        let can_ping = |pair: &PairVerdict| {
            let provider = self.providers.get(&pair.source_place.cloud);
            pair.pingable && provider.is_some_and(|provider| provider.capabilities().commands)
        };
        let (indices, pings): (Vec<usize>, Vec<_>) = pairs
            .iter()
            .enumerate()
            .filter(|(_, pair)| can_ping(pair))
            .map(|(index, pair)| (index, self.ping_pair(source(pair), pair, &patience)))
            .unzip();
        let pinging = self.side_by_side(pings).collect();
        let results: Vec<PingResult> = CallContext::new(patience.clone()).scope(pinging).await;
        for (index, result) in indices.into_iter().zip(results) {
            pairs[index].ping = Some(result);
        }
    }

    async fn ping_pair(
        &self,
        source: Option<InstanceId>,
        pair: &PairVerdict,
        patience: &Patience,
    ) -> PingResult {
        let mut result = PingResult {
            sent: 0,
            received: 0,
            attempts: 0,
            problem: None,
        };
        let Some(id) = source else {
            result.problem = Some("the source instance was not found".to_owned());
            return result;
        };
        let outcome = self
            .ping_until_answered(&id, pair, patience, &mut result)
            .await;
        result.problem = outcome.err().map(|error| error.to_string());
        self.events.emit(Event::Probed {
            source: pair.source.clone(),
            destination: pair.destination.clone(),
            sent: result.sent,
            received: result.received,
        });
        result
    }

    async fn ping_until_answered(
        &self,
        id: &InstanceId,
        pair: &PairVerdict,
        patience: &Patience,
        result: &mut PingResult,
    ) -> Result<()> {
        let cloud = self.cloud(&pair.source_place).await?;
        wait_for_agent(cloud.as_ref(), id, patience).await?;
        let backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(20));
        loop {
            result.attempts += 1;
            self.events.emit(Event::Probing {
                source: pair.source.clone(),
                destination: pair.destination.clone(),
                attempt: result.attempts,
            });
            let attempt = self
                .ping_once(cloud.as_ref(), id, pair, result.attempts, patience)
                .await;
            match attempt {
                Ok((sent, received)) => (result.sent, result.received) = (sent, received),
                Err(error) if error.is_retryable() => {}
                Err(error) => return Err(error),
            }
            // A path that is known to be closed does not open by waiting.
            if result.all_received() || pair.path.blocked.is_some() {
                return Ok(());
            }
            let delay = backoff.delay(result.attempts, self.clock.chance());
            match patience.sleep(delay).await {
                Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
                Err(_) => return Ok(()),
                Ok(()) => {}
            }
        }
    }

    async fn ping_once(
        &self,
        cloud: &dyn Cloud,
        id: &InstanceId,
        pair: &PairVerdict,
        attempt: u32,
        patience: &Patience,
    ) -> Result<(u32, u32)> {
        let family = match pair.destination_address {
            IpAddr::V4(_) => "",
            IpAddr::V6(_) => "-6 ",
        };
        let script = format!("ping {family}-c {PINGS} -W 2 {}", pair.destination_address);
        let started = self.clock.uptime().as_nanos().to_string();
        let token = Token::derive(&[id.as_str(), &script, &attempt.to_string(), &started]);
        let request = RunCommand::new(id.clone(), script, token).with_timeout(COMMAND_LIMIT);
        let command = cloud.run_command(&request).await?;
        let output =
            wait_for_output(cloud, id, &command, &patience.at_most(2 * COMMAND_LIMIT)).await?;
        match (&output.state, parse_ping(&output.text)) {
            (_, Some(counts)) => Ok(counts),
            (CommandState::Exited(code), None) => {
                Err(no_statistics(id, &format!("exit code {code}")))
            }
            (CommandState::Running(word) | CommandState::Aborted(word), None) => {
                Err(no_statistics(id, word))
            }
        }
    }
}

fn no_statistics(id: &InstanceId, state: &str) -> Error {
    Error::new(
        ErrorKind::Malformed,
        format!("ping on {id} told no statistics ({state})"),
    )
    .with_remedy("see that the image has a ping command and the agent may run commands")
}

async fn wait_for_agent(cloud: &dyn Cloud, id: &InstanceId, patience: &Patience) -> Result<()> {
    let backoff = Backoff::new(Duration::from_secs(3), Duration::from_secs(10));
    let look = || async {
        let ready = cloud.agents_ready(std::slice::from_ref(id)).await?;
        Ok(match ready.first() {
            Some(true) => Look::Ready(()),
            _ => Look::NotYet("without a running agent".to_owned()),
        })
    };
    wait_until(id.as_str(), patience, &backoff, |_| {}, look).await
}

async fn wait_for_output(
    cloud: &dyn Cloud,
    instance: &InstanceId,
    command: &crate::ids::CommandId,
    patience: &Patience,
) -> Result<CommandOutput> {
    let backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(5));
    let look = || async {
        let output = cloud.command_output(instance, command).await?;
        Ok(match output.state {
            CommandState::Running(state) => Look::NotYet(state),
            _ => Look::Ready(output),
        })
    };
    wait_until(command.as_str(), patience, &backoff, |_| {}, look).await
}

/// Packets sent and answered, as the statistics of a ping tell.
fn parse_ping(text: &str) -> Option<(u32, u32)> {
    let line = text
        .lines()
        .find(|line| line.contains("packets transmitted"))?;
    let mut numbers = line.split(',').map(|part| part.split_whitespace().next());
    let sent = numbers.next()??.parse().ok()?;
    let received = numbers.next()??.parse().ok()?;
    Some((sent, received))
}

#[cfg(test)]
mod tests {
    use super::parse_ping;

    #[test]
    fn ping_statistics_are_read_as_iputils_and_busybox_print_them() {
        let iputils = "4 packets transmitted, 3 received, 25% packet loss, time 3004ms";
        let busybox = "4 packets transmitted, 4 packets received, 0% packet loss";
        assert_eq!(parse_ping(iputils), Some((4, 3)));
        assert_eq!(parse_ping(busybox), Some((4, 4)));
        assert_eq!(parse_ping("ping: unknown host"), None);
    }
}
