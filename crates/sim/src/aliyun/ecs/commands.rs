//! Cloud Assistant.

use std::time::Duration;

use serde_json::{Value, json};

use super::runner::{Invocation, Run};
use super::{Instance, paged};
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::aliyun::parameters::invalid;
use crate::base64;
use crate::guest::{End, Process};
use crate::table::Object;

fn own_instances(ctx: &Context<'_>) -> Outcome<Vec<Instance>> {
    let ids = ctx.parameters.list("InstanceId");
    if ids.len() > 100 {
        return Err(invalid("InstanceId"));
    }
    let find = |id: &String| {
        let missing = || {
            Failure::missing(
                "InvalidInstance.NotFound",
                format!("The instance {id} does not exist."),
            )
        };
        ctx.state
            .ecs
            .instances
            .get(id)
            .filter(|instance| ctx.can_see(*instance))
            .cloned()
            .ok_or_else(missing)
    };
    ids.iter().map(find).collect()
}

fn has_agent(ctx: &Context<'_>, instance: &Instance) -> bool {
    instance.is_running(ctx.now) && ctx.now >= instance.life().ready + ctx.setup.timings.agent
}

pub(super) fn agent_status(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let ids: Vec<String> = own_instances(ctx)?
        .into_iter()
        .map(|instance| instance.base.id)
        .collect();
    let shown = |instance: &&Instance| {
        ctx.lists(*instance) && (ids.is_empty() || ids.contains(&instance.base.id))
    };
    let row = |instance: &Instance| {
        let ready = has_agent(ctx, instance);
        json!({
            "InstanceId": instance.base.id, "CloudAssistantStatus": ready.to_string(),
            "CloudAssistantVersion": if ready { "2.2.3.857" } else { "" },
            "LastHeartbeatTime": if ready { ctx.date(ctx.now) } else { String::new() }, "OSType": "Linux",
            "SupportSessionManager": true, "InvocationCount": 0, "ActiveTaskCount": 0,
        })
    };
    let rows = ctx
        .state
        .ecs
        .instances
        .iter()
        .filter(shown)
        .map(row)
        .collect();
    paged(
        ctx,
        rows,
        "InstanceCloudAssistantStatusSet",
        "InstanceCloudAssistantStatus",
    )
}

pub(super) fn run(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    if ctx.required("Type")? != "RunShellScript" {
        return Err(Failure::missing(
            "InvalidCmdType.NotFound",
            "The type of the command is not known.",
        ));
    }
    let script = script(ctx)?;
    let instances = own_instances(ctx)?;
    if instances.is_empty() {
        ctx.required("InstanceId.1")?;
    }
    let timeout = Duration::from_secs(
        ctx.parameters
            .integer("Timeout")?
            .unwrap_or(60)
            .clamp(10, 86400),
    );
    let started = ctx.now + ctx.setup.timings.command_start;
    let runs = instances.iter().map(|instance| {
        let mut process = Process::new(&script, started, timeout);
        if !instance.is_running(ctx.now) {
            process.end = Some(End::Stopped {
                code: "InstanceNotRunning",
                at: ctx.now,
            });
        } else if !has_agent(ctx, instance) {
            process.end = Some(End::Stopped {
                code: "ClientNotRunning",
                at: ctx.now,
            });
        }
        Run {
            instance: instance.base.id.clone(),
            process,
        }
    });
    let runs: Vec<Run> = runs.collect();
    let (id, command) = (ctx.new_id("t", &region), ctx.new_id("c", &region));
    let answer = json!({"CommandId": command, "InvokeId": id});
    let owner = ctx.account().to_owned();
    let ecs = &mut ctx.state.ecs;
    ecs.invocations.insert(
        id.clone(),
        Invocation {
            id: id.clone(),
            command,
            owner,
            region,
            runs,
        },
    );
    ecs.active.push(id);
    Ok(answer)
}

fn script(ctx: &Context<'_>) -> Outcome<String> {
    let content = ctx.required("CommandContent")?;
    let script = match ctx.parameters.get("ContentEncoding").unwrap_or("PlainText") {
        "PlainText" => Some(content),
        "Base64" => base64::decode(&content).and_then(|bytes| String::from_utf8(bytes).ok()),
        _ => return Err(invalid("ContentEncoding")),
    };
    let undecodable = || {
        Failure::bad(
            "CmdContent.DecodeError",
            "The command's content cannot be decoded.",
        )
    };
    let script = script.ok_or_else(undecodable)?;
    if script.len() > 24 * 1024 {
        return Err(Failure::forbidden(
            "CmdContent.ExceedLimit",
            "The command's content is too long.",
        ));
    }
    Ok(script)
}

pub(super) fn results(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let id = ctx.required("InvokeId")?;
    let plain = match ctx.parameters.get("ContentEncoding") {
        None | Some("Base64") => false,
        Some("PlainText") => true,
        Some(_) => return Err(invalid("ContentEncoding")),
    };
    let own =
        |invocation: &&Invocation| invocation.owner == ctx.account() && invocation.region == region;
    let invocation = ctx.state.ecs.invocations.get(&id).filter(own);
    let rows = match invocation {
        None => Vec::new(),
        Some(invocation) => {
            let wanted = |run: &&Run| ctx.parameters.matches("InstanceId", &run.instance);
            invocation
                .runs
                .iter()
                .filter(wanted)
                .map(|run| view(ctx, invocation, run, plain))
                .collect()
        }
    };
    let page = tokened(&ctx.parameters, rows, TokenStyle::new(10, 50))?;
    Ok(json!({"Invocation": {
        "InvocationResults": {"InvocationResult": page.items}, "TotalCount": page.total, "PageNumber": 1,
        "PageSize": page.size, "NextToken": page.next.unwrap_or_default(),
    }}))
}

fn view(ctx: &Context<'_>, invocation: &Invocation, run: &Run, plain: bool) -> Value {
    let process = &run.process;
    let (status, record) = statuses(process, ctx.now);
    let output = if plain {
        process.output()
    } else {
        base64::encode(process.output().as_bytes())
    };
    let (exit, finished) = match &process.end {
        Some(End::Exit { code, at }) => (json!(code), ctx.date(*at)),
        Some(End::Timeout { at } | End::Stopped { at, .. }) => (Value::Null, ctx.date(*at)),
        None => (Value::Null, String::new()),
    };
    let (error, info) = match &process.end {
        Some(End::Stopped { code, .. }) => (*code, "The agent on the instance does not answer."),
        Some(End::Timeout { .. }) => ("", "The command timed out."),
        Some(End::Exit { code, .. }) if *code != 0 => {
            ("ExitCodeNonzero", "The exit code of the command is not 0.")
        }
        _ => ("", ""),
    };
    let mut row = json!({
        "InvokeId": invocation.id, "CommandId": invocation.command, "InstanceId": run.instance,
        "InvocationStatus": status, "InvokeRecordStatus": record, "Output": output, "Dropped": 0, "Username": "root",
        "ErrorCode": error, "ErrorInfo": info, "StartTime": ctx.date(process.started), "FinishedTime": finished, "Repeats": 1,
    });
    if !exit.is_null() {
        row["ExitCode"] = exit;
    }
    row
}

fn statuses(process: &Process, now: Duration) -> (&'static str, &'static str) {
    match &process.end {
        None if now < process.started => ("Pending", "Running"),
        None => ("Running", "Running"),
        Some(End::Exit { code: 0, .. }) => ("Success", "Finished"),
        Some(End::Exit { .. }) => ("Failed", "Failed"),
        Some(End::Timeout { .. }) => ("Timeout", "Failed"),
        Some(End::Stopped {
            code: "InstanceNotRunning",
            ..
        }) => ("Aborted", "Failed"),
        Some(End::Stopped { .. }) => ("Error", "Failed"),
    }
}
