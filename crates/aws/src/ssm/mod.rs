//! Systems Manager: agents of instances, and the commands that they run. Requests are built and answers are read here,
//! without a call.

mod state;

use landbridge_core::{CommandId, CommandOutput, InstanceId, Region, RunCommand};
use serde_json::{Value, json};

use crate::client::{JsonService, Page};
use crate::partition::Partition;
use state::state_of;

/// The most that a page of agents or invocations holds, and that a filter names.
pub(crate) const PAGE: usize = 50;

/// Seconds that a command may wait for its agent: the least that the service takes.
const DELIVERY: u64 = 30;

const SHELL: &str = "AWS-RunShellScript";

/// The service in a region.
pub(crate) fn service(region: &Region) -> JsonService {
    let hosts = Partition::of(region).hosts;
    JsonService {
        name: "SSM",
        signing: "ssm",
        target: "AmazonSSM",
        url: format!("https://ssm.{region}{hosts}"),
        region: region.clone(),
    }
}

/// `DescribeInstanceInformation` of instances whose agents are there. Unknown IDs are absent from the answer.
pub(crate) fn online(ids: &[InstanceId], token: Option<&str>) -> Value {
    let filters = json!([
        {"Key": "InstanceIds", "Values": ids},
        {"Key": "PingStatus", "Values": ["Online"]},
    ]);
    paged(json!({"Filters": filters, "MaxResults": PAGE}), token)
}

/// The instances in an answer of `DescribeInstanceInformation` whose agents are there.
pub(crate) fn read_online(answer: &[u8]) -> Result<Page<InstanceId>, &'static str> {
    let page = read_page(answer, "InstanceInformationList")?;
    let online = page
        .items
        .iter()
        .filter(|one| one["PingStatus"] == "Online");
    let ids = online.filter_map(|one| one["InstanceId"].as_str());
    Ok(Page {
        items: ids.map(InstanceId::from).collect(),
        next: page.next,
    })
}

/// `SendCommand`. It takes no idempotency token, so the comment has it: [`sent_as`] finds the command again.
pub(crate) fn send(request: &RunCommand) -> Value {
    let lines: Vec<&str> = request.script.lines().collect();
    let limit = request.timeout.as_secs().max(1).to_string();
    json!({
        "DocumentName": SHELL,
        "InstanceIds": [request.instance],
        "Comment": request.token.as_str(),
        "TimeoutSeconds": DELIVERY,
        "Parameters": {"commands": lines, "executionTimeout": [limit]},
    })
}

/// The ID in an answer of `SendCommand`.
pub(crate) fn read_sent(answer: &[u8]) -> Result<CommandId, &'static str> {
    let id = read(answer)?["Command"]["CommandId"]
        .as_str()
        .map(CommandId::from);
    id.ok_or("the answer has no `CommandId`")
}

/// `ListCommandInvocations` of an instance since a moment.
pub(crate) fn invocations(instance: &InstanceId, since: &str, token: Option<&str>) -> Value {
    let filters = json!([{"key": "InvokedAfter", "value": since}]);
    let body = json!({"InstanceId": instance, "Filters": filters, "MaxResults": PAGE});
    paged(body, token)
}

/// A command that an instance was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invocation {
    pub(crate) command: CommandId,
    comment: String,
}

/// The invocations in an answer of `ListCommandInvocations`.
pub(crate) fn read_invocations(answer: &[u8]) -> Result<Page<Invocation>, &'static str> {
    let page = read_page(answer, "CommandInvocations")?;
    let invocation = |one: &Value| {
        Some(Invocation {
            command: one["CommandId"].as_str()?.into(),
            comment: one["Comment"].as_str().unwrap_or_default().to_owned(),
        })
    };
    Ok(Page {
        items: page.items.iter().filter_map(invocation).collect(),
        next: page.next,
    })
}

/// The command among these that a request made.
pub(crate) fn sent_as(all: &[Invocation], request: &RunCommand) -> Option<CommandId> {
    let ours = all.iter().find(|one| one.comment == request.token.as_str());
    ours.map(|one| one.command.clone())
}

/// What an image begins with that a parameter names.
const RESOLVE: &str = "resolve:ssm:";

/// The parameter that names an image, if one does.
pub(crate) fn parameter_of(image: &str) -> Option<&str> {
    image.strip_prefix(RESOLVE)
}

/// `GetParameter`.
pub(crate) fn parameter(name: &str) -> Value {
    json!({"Name": name})
}

/// The value in an answer of `GetParameter`.
pub(crate) fn read_parameter(answer: &[u8]) -> Result<String, &'static str> {
    let value = read(answer)?["Parameter"]["Value"]
        .as_str()
        .map(str::to_owned);
    value.ok_or("the answer has no `Value`")
}

/// `GetCommandInvocation`.
pub(crate) fn invocation(instance: &InstanceId, command: &CommandId) -> Value {
    json!({"CommandId": command, "InstanceId": instance})
}

/// The progress and the output in an answer of `GetCommandInvocation`.
pub(crate) fn read_output(answer: &[u8]) -> Result<CommandOutput, &'static str> {
    let answer = read(answer)?;
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    let status = answer["Status"]
        .as_str()
        .ok_or("the answer has no `Status`")?;
    let state = state_of(
        status,
        text("StatusDetails"),
        answer["ResponseCode"].as_i64(),
    );
    let (output, errors) = (text("StandardOutputContent"), text("StandardErrorContent"));
    let both = match output.is_empty() || errors.is_empty() {
        true => format!("{output}{errors}"),
        false => format!("{output}\n{errors}"),
    };
    Ok(CommandOutput::new(state, both))
}

fn paged(mut body: Value, token: Option<&str>) -> Value {
    if let Some(token) = token {
        body["NextToken"] = token.into();
    }
    body
}

fn read(answer: &[u8]) -> Result<Value, &'static str> {
    serde_json::from_slice(answer).map_err(|_| "the answer is no JSON text")
}

// An answer without its list is not an empty one.
fn read_page(answer: &[u8], list: &'static str) -> Result<Page<Value>, &'static str> {
    let mut answer = read(answer)?;
    let next = answer["NextToken"].as_str().map(str::to_owned);
    match answer.get_mut(list).map(Value::take) {
        Some(Value::Array(items)) => Ok(Page {
            items,
            next: next.filter(|token| !token.is_empty()),
        }),
        _ => Err("the answer has no list"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{CommandState, Token};
    use std::time::Duration;

    fn request() -> RunCommand {
        RunCommand::new(
            "i-1".into(),
            "ping -c 4 10.0.0.1\necho done",
            Token::derive(&["x"]),
        )
    }

    #[test]
    fn a_command_carries_its_token_as_comment_and_its_limits() {
        let request = request().with_timeout(Duration::from_secs(60));
        let token = request.token.as_str();
        assert_eq!(
            send(&request),
            json!({
                "DocumentName": "AWS-RunShellScript", "InstanceIds": ["i-1"], "Comment": token, "TimeoutSeconds": 30,
                "Parameters": {"commands": ["ping -c 4 10.0.0.1", "echo done"], "executionTimeout": ["60"]},
            })
        );
        assert!(token.len() <= 100, "{token}");
    }

    #[test]
    fn a_command_is_found_again_by_its_token() {
        let token = request().token;
        let answer = json!({"CommandInvocations": [
            {"CommandId": "other", "Comment": ""}, {"CommandId": "c"}, {"CommandId": "own", "Comment": token.as_str()}
        ]});
        let page = read_invocations(answer.to_string().as_bytes()).expect("a page");
        assert_eq!(sent_as(&page.items, &request()), Some("own".into()));
        assert_eq!(sent_as(&page.items[..2], &request()), None);
    }

    #[test]
    fn an_agent_counts_only_while_it_answers() {
        let answer = br#"{"InstanceInformationList":[{"InstanceId":"i-1","PingStatus":"Online"},
            {"InstanceId":"i-2","PingStatus":"ConnectionLost"},{"PingStatus":"Online"}],"NextToken":"t"}"#;
        let page = read_online(answer).expect("a page");
        assert_eq!(
            (page.items, page.next.as_deref()),
            (vec!["i-1".into()], Some("t"))
        );
        assert_eq!(online(&["i-1".into()], Some("t"))["NextToken"], "t");
    }

    #[test]
    fn an_answer_without_what_was_asked_for_is_no_empty_one() {
        for torn in [
            "",
            "{",
            "{}",
            "[]",
            "<html>",
            r#"{"InstanceInformationList":null}"#,
        ] {
            let torn = torn.as_bytes();
            assert!(read_online(torn).is_err());
            assert!(read_invocations(torn).is_err());
            assert!(read_sent(torn).is_err());
            assert!(read_output(torn).is_err());
        }
    }

    #[test]
    fn output_and_errors_are_told_together() {
        let answer = json!({"Status": "Failed", "StatusDetails": "Failed", "ResponseCode": 1,
            "StandardOutputContent": "4 packets transmitted", "StandardErrorContent": "failed to run commands: exit status 1"});
        let output = read_output(answer.to_string().as_bytes()).expect("an output");
        assert_eq!(output.state, CommandState::Exited(1));
        assert_eq!(
            output.text,
            "4 packets transmitted\nfailed to run commands: exit status 1"
        );
    }

    #[test]
    fn a_parameter_may_name_an_image() {
        assert_eq!(parameter_of("resolve:ssm:/aws/x"), Some("/aws/x"));
        assert_eq!(parameter_of("ami-1"), None);
        let answer = br#"{"Parameter":{"Name":"/aws/x","Value":"ami-1"}}"#;
        assert_eq!(read_parameter(answer), Ok("ami-1".to_owned()));
        assert!(read_parameter(b"{}").is_err());
    }

    #[test]
    fn each_partition_has_its_hosts() {
        for (region, url) in [
            ("eu-central-1", "https://ssm.eu-central-1.amazonaws.com"),
            ("cn-north-1", "https://ssm.cn-north-1.amazonaws.com.cn"),
        ] {
            assert_eq!(service(&region.into()).url, url);
        }
    }
}
