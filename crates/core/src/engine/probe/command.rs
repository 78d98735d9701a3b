//! Commands on instances: waiting for the agent, running a script, waiting for its output.

use std::time::Duration;

use crate::engine::Engine;
use crate::error::Result;
use crate::ids::{CommandId, InstanceId};
use crate::retry::{Backoff, Look, Patience, wait_until};
use crate::traits::{Cloud, CommandOutput, CommandState, RunCommand, Token};

/// How long an agent may take to start a command and a probe to end, on the instance.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);

impl Engine {
    pub(super) async fn run_script(
        &self,
        cloud: &dyn Cloud,
        instance: &InstanceId,
        script: &str,
        attempt: u32,
        patience: &Patience,
    ) -> Result<CommandOutput> {
        let started = self.clock.uptime().as_nanos().to_string();
        let token = Token::derive(&[instance.as_str(), script, &attempt.to_string(), &started]);
        let request = RunCommand::new(instance.clone(), script, token).with_timeout(COMMAND_LIMIT);
        let command = cloud.run_command(&request).await?;
        let patience = patience.at_most(2 * COMMAND_LIMIT);
        wait_for_output(cloud, instance, &command, &patience).await
    }
}

pub(super) async fn wait_for_agent(
    cloud: &dyn Cloud,
    id: &InstanceId,
    patience: &Patience,
) -> Result<()> {
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
    command: &CommandId,
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
