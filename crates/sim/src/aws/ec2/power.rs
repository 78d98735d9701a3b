//! Stopping and starting instances, and how they are.

use std::time::Duration;

use super::Instance;
use super::find::INSTANCE;
use super::instance_views::{change, fields, state_view};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, missing};
use crate::aws::filters;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::table::Object;

/// When an instance that was stopped was or will be down. One that runs was not stopped, or was started again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Power {
    pub(super) down: Option<Duration>,
}

pub(super) fn stop(ctx: &mut Context<'_>) -> Outcome {
    let down = ctx.now + ctx.setup.timings.instance_stop;
    switch(ctx, |instance, now| match instance.state(now).1 {
        "running" => {
            instance.attributes.check_may_stop(&instance.base.id)?;
            instance.power.down = Some(down);
            Ok(())
        }
        "stopping" | "stopped" => Ok(()),
        state => Err(wrong_state(instance, state, "stopped")),
    })
}

pub(super) fn start(ctx: &mut Context<'_>) -> Outcome {
    let up = ctx.now + ctx.setup.timings.instance;
    switch(ctx, |instance, now| match instance.state(now).1 {
        "stopped" => {
            instance.power.down = None;
            instance.base.life.ready = up;
            Ok(())
        }
        "pending" | "running" => Ok(()),
        state => Err(wrong_state(instance, state, "started")),
    })
}

fn wrong_state(instance: &Instance, state: &str, end: &str) -> Failure {
    let id = &instance.base.id;
    let message = format!(
        "The instance '{id}' is not in a state from which it can be {end}; it is '{state}'."
    );
    Failure::bad("IncorrectInstanceState", message)
}

/// All instances of a call, or none.
fn switch(
    ctx: &mut Context<'_>,
    to: impl Fn(&mut Instance, Duration) -> Result<(), Failure>,
) -> Outcome {
    let ids = ctx.parameters.list("InstanceId");
    if ids.is_empty() {
        return Err(missing("InstanceId"));
    }
    let now = ctx.now;
    let mut changed = Vec::new();
    for id in &ids {
        let before = INSTANCE.get(ctx, id)?;
        let mut after = before.clone();
        to(&mut after, now)?;
        changed.push((before, after));
    }
    let rows: Vec<Xml> = changed
        .iter()
        .map(|(before, after)| change(before, after, now))
        .collect();
    for (_, after) in changed {
        if let Some(stored) = ctx.state.ec2.instances.get_mut(after.id()) {
            *stored = after;
        }
    }
    Ok(Xml::new().items("instancesSet", rows))
}

/// Only instances that run, unless all are asked for.
pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 6] = [
        "availability-zone",
        "instance-state-code",
        "instance-state-name",
        "instance-status.status",
        "system-status.status",
        "instance-status.reachability",
    ];
    let all = ctx.flag("IncludeAllInstances")?;
    let ids = ctx.parameters.list("InstanceId");
    for id in &ids {
        INSTANCE.get(ctx, id)?;
    }
    let filters = filters::read(ctx, &FILTERS)?;
    let wanted = |instance: &&Instance| {
        let runs = instance.state(ctx.now).1 == "running";
        let seen = fields(ctx, instance)
            .with("instance-status.status", status(runs))
            .with("system-status.status", status(runs))
            .with("instance-status.reachability", reachability(runs));
        ctx.can_see(*instance)
            && (ids.is_empty() || ids.contains(&instance.base.id))
            && (all || runs)
            && filters::pass(&filters, &seen)
    };
    let instances = ctx.state.ec2.instances.iter().filter(wanted);
    let rows = instances.map(|instance| view(ctx, instance)).collect();
    paged(ctx, "instanceStatusSet", rows, 1000)
}

fn status(runs: bool) -> &'static str {
    if runs { "ok" } else { "not-applicable" }
}

fn reachability(runs: bool) -> &'static str {
    if runs { "passed" } else { "not-applicable" }
}

fn view(ctx: &Context<'_>, instance: &Instance) -> Xml {
    let state = instance.state(ctx.now);
    let runs = state.1 == "running";
    let check = Xml::new()
        .leaf("name", "reachability")
        .leaf("status", reachability(runs));
    let summary = Xml::new()
        .leaf("status", status(runs))
        .items("details", runs.then_some(check));
    Xml::new()
        .leaf("instanceId", &instance.base.id)
        .leaf("availabilityZone", &instance.zone)
        .node("instanceState", state_view(state))
        .node("systemStatus", summary.clone())
        .node("instanceStatus", summary)
}
