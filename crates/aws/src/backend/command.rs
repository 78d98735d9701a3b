//! Commands on instances, which their agents fetch from Systems Manager.

use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use landbridge_core::{
    CommandId, CommandOutput, CommandState, Error, ErrorKind, InstanceId, Result, RunCommand,
};

use super::AwsCloud;
use crate::client::{JsonService, Operation, list, once, read};
use crate::ssm;

const DESCRIBE_AGENTS: Operation = list("DescribeInstanceInformation");
// No token: a second one runs the script twice.
const SEND: Operation = once("SendCommand");
const LIST_INVOCATIONS: Operation = list("ListCommandInvocations");
const GET_PARAMETER: Operation = read("GetParameter");
const GET_INVOCATION: Operation = read("GetCommandInvocation");

/// How long the cloud may not know a command everywhere after it was sent.
const UNKNOWN: Duration = Duration::from_secs(10);
/// How often a command is looked for whose answer got lost, and how long after each other.
const LOOKS: u32 = 4;
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);
/// How far back that looks: longer than any clock is off that the cloud lets sign.
const BACK: Duration = Duration::from_secs(15 * 60);

impl AwsCloud {
    fn commands(&self) -> JsonService {
        ssm::service(&self.own_place().region)
    }

    /// The ID of an image: itself, or the value of the parameter that names it.
    pub(super) async fn image_id(&self, image: &str) -> Result<String> {
        let Some(name) = ssm::parameter_of(image) else {
            return Ok(image.to_owned());
        };
        let (service, body) = (self.commands(), ssm::parameter(name));
        self.client
            .json(&service, GET_PARAMETER, &body, ssm::read_parameter)
            .await
    }

    /// Whether the agent of each instance is registered and answers.
    pub(super) async fn agents_online(&self, ids: &[InstanceId]) -> Result<Vec<bool>> {
        let service = self.commands();
        let mut online = Vec::new();
        for ids in ids.chunks(ssm::PAGE) {
            let body = |token: Option<&str>| ssm::online(ids, token);
            let page = self
                .client
                .json_pages(&service, DESCRIBE_AGENTS, body, ssm::read_online);
            online.extend(page.await.map_err(not_answered)?);
        }
        Ok(ids.iter().map(|id| online.contains(id)).collect())
    }

    pub(super) async fn send_command(&self, request: &RunCommand) -> Result<CommandId> {
        let token = request.token.as_str();
        if let Some(sent) = self.memory.command(token) {
            return Ok(sent);
        }
        let body = ssm::send(request);
        let service = self.commands();
        let sent = self.client.json(&service, SEND, &body, ssm::read_sent);
        let id = match sent.await {
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                // Why it is not found matters less than that it may run.
                let found = self.command_of(request).await;
                found.ok().flatten().ok_or(error)?
            }
            other => other?,
        };
        self.memory.sent(token, &id);
        Ok(id)
    }

    // A command is not listed at once.
    async fn command_of(&self, request: &RunCommand) -> Result<Option<CommandId>> {
        let since = self.client.now().checked_sub(BACK);
        // In whole seconds, as the service documents its dates.
        let since = since.map(|since| DateTime::from_secs(DateTime::from(since).secs()));
        let since = since.and_then(|since| since.fmt(Format::DateTime).ok());
        let Some(since) = since else {
            return Ok(None);
        };
        let body = |token: Option<&str>| ssm::invocations(&request.instance, &since, token);
        let service = self.commands();
        for look in 1..=LOOKS {
            let all =
                self.client
                    .json_pages(&service, LIST_INVOCATIONS, body, ssm::read_invocations);
            let found = ssm::sent_as(&all.await?, request);
            if found.is_some() || look == LOOKS {
                return Ok(found);
            }
            self.client.clock().sleep(BETWEEN_LOOKS).await;
        }
        Ok(None)
    }

    pub(super) async fn invocation(
        &self,
        instance: &InstanceId,
        id: &CommandId,
    ) -> Result<CommandOutput> {
        let (service, body) = (self.commands(), ssm::invocation(instance, id));
        let answer = self
            .client
            .json(&service, GET_INVOCATION, &body, ssm::read_output);
        match answer.await {
            Err(error) if error.is_not_found() && self.memory.was_sent_within(id, UNKNOWN) => {
                let word = error.code().unwrap_or("unknown yet").to_owned();
                Ok(CommandOutput::new(CommandState::Running(word), ""))
            }
            other => other,
        }
    }
}

// After all attempts it is no accident: some emulators have no agents.
fn not_answered(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Unavailable => {
            let message = format!("the cloud does not answer for agents: {}", error.message());
            let remedy = "verify again later; until then the static check stands alone";
            error.with_message(message).with_remedy(remedy).exhausted()
        }
        _ => error,
    }
}
