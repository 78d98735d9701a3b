use landbridge_core::{
    CommandId, CommandOutput, CommandState, InstanceId, Region, Result, RunCommand,
};

use super::request;
use crate::document::Doc;
use crate::paging::{Listing, Paging};
use crate::request::{Request, in_region, with_token};

/// How many instances one look at the agents asks for.
pub(crate) const AGENTS_PER_CALL: usize = 50;

/// `DescribeCloudAssistantStatus`.
pub(crate) fn agents_of(region: &Region, ids: &[InstanceId]) -> Listing {
    Listing::new(
        request(
            "DescribeCloudAssistantStatus",
            in_region(region).with_list("InstanceId", ids),
        ),
        Paging::Uncounted("MaxResults", AGENTS_PER_CALL),
        &[
            "InstanceCloudAssistantStatusSet",
            "InstanceCloudAssistantStatus",
        ],
    )
}

/// An instance and whether its agent is up.
pub(crate) fn read_agent(doc: Doc<'_>) -> Result<(InstanceId, bool)> {
    let up = doc.flag("CloudAssistantStatus").unwrap_or(false);
    Ok((doc.need("InstanceId")?, up))
}

/// `RunCommand`: a shell script on one instance.
pub(crate) fn run_command(region: &Region, wanted: &RunCommand) -> Request {
    let params = in_region(region)
        .with("Type", "RunShellScript")
        .with("CommandContent", &wanted.script)
        .with("ContentEncoding", "PlainText")
        .with_list("InstanceId", [&wanted.instance])
        .with("Timeout", wanted.timeout.as_secs().max(1))
        .with("RepeatMode", "Once")
        .with("KeepCommand", false);
    request("RunCommand", with_token(params, &wanted.token))
}

/// The id under which the run of a command is asked for.
pub(crate) fn read_command(answer: Doc<'_>) -> Result<CommandId> {
    answer.need("InvokeId")
}

/// `DescribeInvocationResults` of one run on one instance, in plain text.
pub(crate) fn invocation(region: &Region, instance: &InstanceId, id: &CommandId) -> Request {
    let params = in_region(region)
        .with("InvokeId", id)
        .with("InstanceId", instance)
        .with("ContentEncoding", "PlainText");
    request("DescribeInvocationResults", params)
}

/// What the run has come to; a run that is not listed yet is under way, until the caller's limit.
pub(crate) fn read_output(answer: Doc<'_>, instance: &InstanceId) -> CommandOutput {
    let results = answer.list_or_none(&["Invocation", "InvocationResults", "InvocationResult"]);
    let ours = |result: &Doc<'_>| {
        result
            .text("InstanceId")
            .is_none_or(|id| id == instance.as_str())
    };
    match results.into_iter().find(ours) {
        Some(result) => CommandOutput::new(state(result), result.text_or_empty("Output")),
        None => CommandOutput::new(CommandState::Running("Pending".to_owned()), String::new()),
    }
}

fn state(result: Doc<'_>) -> CommandState {
    let word = result
        .text("InvocationStatus")
        .or_else(|| result.text("InvokeRecordStatus"))
        .unwrap_or_else(|| "Pending".to_owned());
    let code = result.parse::<i32>("ExitCode");
    match (word.as_str(), code) {
        ("Success" | "Finished", code) => CommandState::Exited(code.unwrap_or(0)),
        ("Failed", Some(code)) => CommandState::Exited(code),
        (
            "Failed" | "Invalid" | "Aborted" | "Error" | "Timeout" | "Cancelled" | "Terminated",
            _,
        ) => {
            let reason = result
                .text("ErrorInfo")
                .or_else(|| result.text("ErrorCode"));
            CommandState::Aborted(match reason {
                Some(reason) => format!("{word}: {reason}"),
                None => word,
            })
        }
        _ => CommandState::Running(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::Token;
    use serde_json::json;

    fn output(status: &str, code: Option<i32>) -> CommandState {
        let result = json!({"InvokeId": "t-1", "InstanceId": "i-1", "InvocationStatus": status, "ExitCode": code,
            "Output": "3 packets", "ErrorInfo": "why"});
        let answer = json!({"Invocation": {"InvocationResults": {"InvocationResult": [result]}}});
        read_output(Doc::of(&answer), &"i-1".into()).state
    }

    #[test]
    fn a_failed_ping_is_an_exit_code_and_a_command_that_never_ran_is_not() {
        assert_eq!(output("Success", Some(0)), CommandState::Exited(0));
        assert_eq!(output("Failed", Some(1)), CommandState::Exited(1));
        assert_eq!(
            output("Timeout", None),
            CommandState::Aborted("Timeout: why".to_owned())
        );
        assert_eq!(
            output("Scheduled", None),
            CommandState::Running("Scheduled".to_owned())
        );
        let absent = read_output(Doc::of(&json!({})), &"i-1".into());
        assert_eq!(absent.state, CommandState::Running("Pending".to_owned()));
    }

    #[test]
    fn a_command_is_sent_as_plain_text() {
        let request = run_command(
            &"r".into(),
            &RunCommand::new("i-1".into(), "ping -c 3 10.0.0.1", Token::derive(&["x"])),
        );
        assert!(request.params().form_body().starts_with(
            "RegionId=r&Type=RunShellScript&CommandContent=ping%20-c%203%2010.0.0.1&ContentEncoding=PlainText\
             &InstanceId.1=i-1&Timeout=60&RepeatMode=Once&KeepCommand=false&ClientToken="
        ));
        assert!(request.intent().may_repeat());
    }

    #[test]
    fn an_agent_is_up_when_a_text_says_so() {
        let doc = json!({"InstanceId": "i-1", "CloudAssistantStatus": "true"});
        assert_eq!(
            read_agent(Doc::of(&doc)).expect("reads"),
            ("i-1".into(), true)
        );
    }
}
