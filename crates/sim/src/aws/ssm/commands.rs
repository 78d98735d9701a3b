//! Sending commands, and cancelling them.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::answers::{number, text};
use super::invocations::{command_view, own_command};
use super::runs::{Command, Run};
use super::targets;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};

const SHELL: &str = "AWS-RunShellScript";
const POWER_SHELL: &str = "AWS-RunPowerShellScript";

/// The most bytes that the parameters of a document may have.
const LARGEST: usize = 64 * 1024;

const SECONDS_OF_DELIVERY: u64 = 3600;
const SECONDS_OF_EXECUTION: u64 = 3600;

pub(super) fn send(ctx: &mut Context<'_>) -> Outcome<Value> {
    let document = document(ctx)?;
    let delivery_timeout = number(ctx, "TimeoutSeconds", 30..=2_592_000, SECONDS_OF_DELIVERY)?;
    let comment = text(ctx, "Comment", 100)?;
    let parameters = parameters(ctx)?;
    let lines = ctx.parameters.list("Parameters.commands");
    if lines.is_empty() {
        return Err(bad_parameters("Parameter \"commands\" must be specified"));
    }
    let execution_timeout = execution_timeout(ctx)?;
    let instances = targets::instances(ctx)?;
    let command = Command {
        id: ctx.ids.uuid("aws command").to_lowercase(),
        owner: ctx.account().to_owned(),
        region: ctx.region.clone(),
        document,
        comment,
        parameters,
        targets: targets_view(ctx),
        asked: ctx.now,
        expires: ctx.now + Duration::from_secs(delivery_timeout),
        delivery_timeout,
        script: lines.join("\n"),
        execution_timeout,
        max_concurrency: ctx
            .parameters
            .get("MaxConcurrency")
            .unwrap_or("50")
            .to_owned(),
        max_errors: ctx.parameters.get("MaxErrors").unwrap_or("0").to_owned(),
        runs: instances.into_iter().map(Run::new).collect(),
    };
    let answer = json!({"Command": command_view(ctx, &command)});
    ctx.state.ssm.commands.push(command);
    Ok(answer)
}

/// The document of scripts for Linux; all instances here run Linux.
fn document(ctx: &Context<'_>) -> Outcome<String> {
    let name = ctx.required("DocumentName")?;
    match name.as_str() {
        SHELL => Ok(name),
        POWER_SHELL => Err(Failure::bad("UnsupportedPlatformType", "")),
        _ => Err(Failure::bad(
            "InvalidDocument",
            format!("Document with name {name} does not exist."),
        )),
    }
}

fn bad_parameters(message: &str) -> Failure {
    Failure::bad("InvalidParameters", message)
}

/// The parameters of the document, which are lists of texts, as sent.
fn parameters(ctx: &Context<'_>) -> Outcome<Value> {
    const KNOWN: [&str; 3] = ["commands", "executionTimeout", "workingDirectory"];
    let all = ctx.parameters.all();
    let sent = all
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("Parameters.")?, value)));
    let mut size = 0;
    let mut lists = Map::new();
    for (path, value) in sent {
        size += value.len();
        let name = path.split('.').next().unwrap_or(path);
        if !KNOWN.contains(&name) {
            let message = format!("Parameter \"{name}\" is not defined in the document");
            return Err(bad_parameters(&message));
        }
        let list = ctx.parameters.list(&format!("Parameters.{name}"));
        lists.insert(name.to_owned(), json!(list));
    }
    if size > LARGEST {
        return Err(Failure::bad("MaxDocumentSizeExceeded", ""));
    }
    Ok(Value::Object(lists))
}

fn execution_timeout(ctx: &Context<'_>) -> Outcome<Duration> {
    let sent = ctx.parameters.list("Parameters.executionTimeout");
    let Some(sent) = sent.first() else {
        return Ok(Duration::from_secs(SECONDS_OF_EXECUTION));
    };
    let seconds = sent
        .parse()
        .ok()
        .filter(|seconds| (1..=172_800).contains(seconds));
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| bad_parameters("Parameter \"executionTimeout\" is 1 to 172800 seconds"))
}

fn targets_view(ctx: &Context<'_>) -> Value {
    let numbers = ctx.parameters.numbers("Targets").into_iter();
    let target = |number| {
        json!({
            "Key": ctx.parameters.nested("Targets", number, "Key"),
            "Values": ctx.parameters.list(&format!("Targets.{number}.Values")),
        })
    };
    numbers.map(target).collect()
}

/// What has ended stays as it is; so does, for a while, what is being cancelled.
pub(super) fn cancel(ctx: &mut Context<'_>) -> Outcome<Value> {
    let id = own_command(ctx)?.id.clone();
    let named = ctx.parameters.list("InstanceIds");
    let at = ctx.now + ctx.setup.timings.command_cancel;
    let mut commands = ctx.state.ssm.commands.iter_mut();
    let Some(command) = commands.find(|command| command.id == id) else {
        return Ok(json!({}));
    };
    let is_in_it = |id: &String| command.runs.iter().any(|run| run.instance == *id);
    if !named.iter().all(is_in_it) {
        return Err(Failure::bad("InvalidInstanceId", ""));
    }
    for run in &mut command.runs {
        if named.is_empty() || named.contains(&run.instance) {
            run.cancel(at);
        }
    }
    Ok(json!({}))
}
