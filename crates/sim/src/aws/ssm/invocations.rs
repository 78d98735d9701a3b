//! What became of commands.

use std::time::Duration;

use serde_json::{Value, json};

use super::answers::{paged, stamp};
use super::runs::{Command, Run};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::aws::json::invalid;
use crate::clock::parse_rfc3339;
use crate::guest::End;

const PLUGIN: &str = "aws:runShellScript";
/// The most characters of the standard output and error, in the answer about one invocation.
const LONGEST_OUTPUT: usize = 24_000;
const LONGEST_ERROR: usize = 8_000;
/// The most characters of the output of a plugin in a list.
const LONGEST_IN_LIST: usize = 2_500;

/// The command of the caller that the call names.
pub(super) fn own_command<'a>(ctx: &'a Context<'_>) -> Outcome<&'a Command> {
    let id = ctx.required("CommandId")?;
    if id.len() != 36 {
        return Err(invalid(
            "1 validation error detected: Value at 'commandId' failed to satisfy constraint: Member must have length 36",
        ));
    }
    let found = own(ctx).find(|command| command.id == id);
    found.ok_or_else(|| Failure::bad("InvalidCommandId", ""))
}

fn own<'a>(ctx: &'a Context<'_>) -> impl Iterator<Item = &'a Command> {
    let all = ctx.state.ssm.commands.iter();
    all.filter(|command| command.owner == ctx.account() && command.region == ctx.region)
}

fn is_visible(ctx: &Context<'_>, command: &Command) -> bool {
    ctx.now >= command.asked + ctx.setup.timings.command_visibility
}

pub(super) fn get(ctx: &mut Context<'_>) -> Outcome<Value> {
    let instance = ctx.required("InstanceId")?;
    let absent = || Failure::bad("InvocationDoesNotExist", "");
    let command = own_command(ctx)?;
    let plugin = ctx.parameters.get("PluginName").unwrap_or(PLUGIN);
    if plugin != PLUGIN {
        return Err(Failure::bad("InvalidPluginName", ""));
    }
    let run = command.runs.iter().find(|run| run.instance == instance);
    let run = run
        .filter(|_| is_visible(ctx, command))
        .ok_or_else(absent)?;
    let (status, details) = run.status(ctx.now);
    let started = run.process.as_ref().map(|process| process.started);
    let ended = ended(run, ctx.now);
    let date = |at: Option<Duration>| at.map_or(String::new(), |at| ctx.date(at));
    let elapsed = started
        .zip(ended)
        .map(|(start, end)| end.saturating_sub(start));
    let (output, error) = printed(run, ctx.now);
    Ok(json!({
        "CommandId": command.id,
        "InstanceId": run.instance,
        "Comment": command.comment,
        "DocumentName": command.document,
        "DocumentVersion": "$DEFAULT",
        "PluginName": PLUGIN,
        "ResponseCode": code(run, ctx.now),
        "ExecutionStartDateTime": date(started),
        "ExecutionElapsedTime": elapsed.map_or(String::new(), |time| format!("PT{}S", time.as_secs_f64())),
        "ExecutionEndDateTime": date(ended.filter(|_| started.is_some())),
        "Status": status,
        "StatusDetails": details,
        "StandardOutputContent": cut(&output, LONGEST_OUTPUT),
        "StandardOutputUrl": "",
        "StandardErrorContent": cut(&error, LONGEST_ERROR),
        "StandardErrorUrl": "",
        "CloudWatchOutputConfig": {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": false},
    }))
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// When it ended, if that is over.
fn ended(run: &Run, now: Duration) -> Option<Duration> {
    let at = match run.end()? {
        End::Exit { at, .. } | End::Timeout { at } | End::Stopped { at, .. } => *at,
    };
    (at <= now).then_some(at)
}

/// -1 until it has exited.
fn code(run: &Run, now: Duration) -> i32 {
    match run.end() {
        Some(End::Exit { code, at }) if *at <= now => *code,
        _ => -1,
    }
}

/// What it printed, once it has ended.
fn printed(run: &Run, now: Duration) -> (String, String) {
    let Some(process) = run.process.as_ref().filter(|_| ended(run, now).is_some()) else {
        return (String::new(), String::new());
    };
    let mut error = process.standard_error();
    if let Some(End::Exit { code, .. }) = &process.end
        && *code != 0
    {
        // The agent adds a line of its own.
        error.push_str(&format!("failed to run commands: exit status {code}"));
    }
    (process.standard_output(), error)
}

/// Filters of the lists of commands and of invocations.
fn passes(ctx: &Context<'_>, command: &Command, status: &str) -> Outcome<bool> {
    const LIST: &str = "Filters";
    let mut passes = true;
    for number in ctx.parameters.numbers(LIST) {
        let field = |name| {
            ctx.parameters
                .nested(LIST, number, name)
                .unwrap_or_default()
        };
        let (key, value) = (field("key"), field("value"));
        let date = || parse_rfc3339(value).ok_or_else(|| invalid("A filter has no valid date."));
        let asked = ctx.clock.at(command.asked);
        passes &= match key {
            "InvokedAfter" => asked >= date()?,
            "InvokedBefore" => asked < date()?,
            "Status" => value == status,
            "DocumentName" => value == command.document,
            _ => return Err(Failure::bad("InvalidFilterKey", "")),
        };
    }
    Ok(passes)
}

/// The newest first.
pub(super) fn list(ctx: &mut Context<'_>) -> Outcome<Value> {
    let instance = ctx.parameters.get("InstanceId");
    let id = ctx.parameters.get("CommandId");
    if id.is_some() {
        own_command(ctx)?;
    }
    let has_details = ctx.parameters.get("Details") == Some("true");
    let mut rows = Vec::new();
    for command in own(ctx) {
        if id.is_some_and(|id| id != command.id) || !is_visible(ctx, command) {
            continue;
        }
        for run in &command.runs {
            let is_asked = instance.is_none_or(|instance| instance == run.instance);
            if is_asked && passes(ctx, command, run.status(ctx.now).0)? {
                rows.push(row(ctx, command, run, has_details));
            }
        }
    }
    rows.reverse();
    paged(ctx, "CommandInvocations", rows, 1..=50, 50)
}

fn row(ctx: &Context<'_>, command: &Command, run: &Run, has_details: bool) -> Value {
    let (status, details) = run.status(ctx.now);
    let plugins = match (has_details, &run.process) {
        (true, Some(process)) => json!([plugin(ctx, run, process.started)]),
        _ => json!([]),
    };
    json!({
        "CommandId": command.id,
        "InstanceId": run.instance,
        "InstanceName": "",
        "Comment": command.comment,
        "DocumentName": command.document,
        "DocumentVersion": "$DEFAULT",
        "RequestedDateTime": stamp(ctx, command.asked),
        "Status": status,
        "StatusDetails": details,
        "StandardOutputUrl": "",
        "StandardErrorUrl": "",
        "CommandPlugins": plugins,
        "ServiceRole": "",
        "NotificationConfig": {"NotificationArn": "", "NotificationEvents": []},
        "CloudWatchOutputConfig": {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": false},
    })
}

fn plugin(ctx: &Context<'_>, run: &Run, started: Duration) -> Value {
    let (status, details) = run.status(ctx.now);
    let (output, error) = printed(run, ctx.now);
    let output = match error.is_empty() {
        true => output,
        false => format!("{output}\n----------ERROR-------\n{error}"),
    };
    let mut plugin = json!({
        "Name": PLUGIN,
        "Status": status,
        "StatusDetails": details,
        "ResponseCode": code(run, ctx.now),
        "ResponseStartDateTime": stamp(ctx, started),
        "Output": cut(&output, LONGEST_IN_LIST),
        "StandardOutputUrl": "",
        "StandardErrorUrl": "",
        "OutputS3Region": ctx.region,
        "OutputS3BucketName": "",
        "OutputS3KeyPrefix": "",
    });
    if let Some(at) = ended(run, ctx.now) {
        plugin["ResponseFinishDateTime"] = stamp(ctx, at);
    }
    plugin
}

/// The newest first.
pub(super) fn list_commands(ctx: &mut Context<'_>) -> Outcome<Value> {
    let instance = ctx.parameters.get("InstanceId");
    let id = ctx.parameters.get("CommandId");
    if id.is_some() {
        own_command(ctx)?;
    }
    let mut rows = Vec::new();
    for command in own(ctx) {
        let is_for = |instance: &str| command.runs.iter().any(|run| run.instance == instance);
        let is_asked = id.is_none_or(|id| id == command.id)
            && instance.is_none_or(is_for)
            && is_visible(ctx, command);
        if is_asked && passes(ctx, command, command.status(ctx.now).0)? {
            rows.push(command_view(ctx, command));
        }
    }
    rows.reverse();
    paged(ctx, "Commands", rows, 1..=50, 50)
}

pub(super) fn command_view(ctx: &Context<'_>, command: &Command) -> Value {
    let now = ctx.now;
    let (status, details) = command.status(now);
    let count = |is_counted: fn(&Run, Duration) -> bool| {
        command
            .runs
            .iter()
            .filter(|run| is_counted(run, now))
            .count()
    };
    let instances: Vec<&str> = match command.targets.as_array() {
        Some(targets) if !targets.is_empty() => Vec::new(),
        _ => command
            .runs
            .iter()
            .map(|run| run.instance.as_str())
            .collect(),
    };
    json!({
        "CommandId": command.id,
        "DocumentName": command.document,
        "DocumentVersion": "$DEFAULT",
        "Comment": command.comment,
        "ExpiresAfter": stamp(ctx, command.expires + command.execution_timeout),
        "Parameters": command.parameters,
        "InstanceIds": instances,
        "Targets": command.targets,
        "RequestedDateTime": stamp(ctx, command.asked),
        "Status": status,
        "StatusDetails": details,
        "OutputS3Region": ctx.region,
        "OutputS3BucketName": "",
        "OutputS3KeyPrefix": "",
        "MaxConcurrency": command.max_concurrency,
        "MaxErrors": command.max_errors,
        "TargetCount": command.runs.len(),
        "CompletedCount": count(|run, now| ended(run, now).is_some()),
        "ErrorCount": count(|run, now| ["Failed", "TimedOut"].contains(&run.status(now).0)),
        "DeliveryTimedOutCount": count(|run, now| run.status(now).1 == "DeliveryTimedOut"),
        "ServiceRole": "",
        "NotificationConfig": {"NotificationArn": "", "NotificationEvents": []},
        "CloudWatchOutputConfig": {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": false},
        "TimeoutSeconds": command.delivery_timeout,
    })
}
