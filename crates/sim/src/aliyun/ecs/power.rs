//! Stopping and starting instances.

use std::time::Duration;

use serde_json::{Value, json};

use super::Instance;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::parameters::invalid;
use crate::table::{Object, Phase};

/// When an instance that was stopped was or will be down. One that runs was not stopped, or was started again.
#[derive(Debug, Clone, Default)]
pub(super) struct Power {
    down: Option<Duration>,
    was_stopped: bool,
}

impl Instance {
    pub(super) fn status(&self, now: Duration) -> &'static str {
        match (self.life().phase(now), self.power.down) {
            (Phase::Leaving | Phase::Gone, _) => "Stopping",
            (_, Some(down)) if now < down => "Stopping",
            (_, Some(_)) => "Stopped",
            (Phase::Creating, None) if self.power.was_stopped => "Starting",
            (Phase::Creating, None) => "Pending",
            (Phase::Ready | Phase::Modifying, None) => "Running",
        }
    }

    pub(crate) fn is_running(&self, now: Duration) -> bool {
        self.status(now) == "Running"
    }
}

fn own(ctx: &Context<'_>, id: &str) -> Outcome<Instance> {
    let known = ctx.state.ecs.instances.get(id);
    let missing = || {
        let message = format!("The instance {id} does not exist.");
        Failure::missing("InvalidInstanceId.NotFound", message)
    };
    known
        .filter(|instance| ctx.can_see(*instance))
        .cloned()
        .ok_or_else(missing)
}

/// Which way, and the state that it leads from.
#[derive(Clone, Copy)]
enum Switch {
    Stop,
    Start,
}

impl Switch {
    fn check(self, ctx: &Context<'_>, instance: &Instance) -> Outcome<()> {
        let from = match self {
            Self::Stop => "Running",
            Self::Start => "Stopped",
        };
        if instance.status(ctx.now) == from {
            return Ok(());
        }
        let message = "The current status of the resource does not support this operation.";
        Err(Failure::forbidden("IncorrectInstanceStatus", message))
    }

    /// What is told of the instance: its states before and after.
    fn turn(self, ctx: &mut Context<'_>, before: &Instance) -> Value {
        let (now, timings) = (ctx.now, &ctx.setup.timings);
        let Some(instance) = ctx.state.ecs.instances.get_mut(before.id()) else {
            return Value::Null;
        };
        match self {
            Self::Stop => {
                instance.power.down = Some(now + timings.instance_stop);
                instance.power.was_stopped = true;
            }
            Self::Start => {
                instance.power.down = None;
                instance.base.life.ready = now + timings.instance;
            }
        }
        json!({
            "InstanceId": before.id(), "PreviousStatus": before.status(now),
            "CurrentStatus": instance.status(now), "Code": "200", "Message": "success",
        })
    }
}

fn one(ctx: &mut Context<'_>, switch: Switch) -> Outcome {
    let instance = own(ctx, &ctx.required("InstanceId")?)?;
    switch.check(ctx, &instance)?;
    switch.turn(ctx, &instance);
    Ok(json!({}))
}

/// All instances of a call, or none.
fn many(ctx: &mut Context<'_>, switch: Switch) -> Outcome {
    ctx.required_region()?;
    let ids = ctx.parameters.list("InstanceId");
    if ids.is_empty() || ids.len() > 100 {
        return Err(invalid("InstanceId"));
    }
    let instances = ids.iter().map(|id| own(ctx, id));
    let instances: Vec<Instance> = instances.collect::<Outcome<_>>()?;
    for instance in &instances {
        switch.check(ctx, instance)?;
    }
    let turned = instances.iter().map(|instance| switch.turn(ctx, instance));
    let turned: Vec<Value> = turned.collect();
    Ok(json!({"InstanceResponses": {"InstanceResponse": turned}}))
}

pub(super) fn stop_one(ctx: &mut Context<'_>) -> Outcome {
    one(ctx, Switch::Stop)
}

pub(super) fn stop_many(ctx: &mut Context<'_>) -> Outcome {
    many(ctx, Switch::Stop)
}

pub(super) fn start_one(ctx: &mut Context<'_>) -> Outcome {
    one(ctx, Switch::Start)
}

pub(super) fn start_many(ctx: &mut Context<'_>) -> Outcome {
    many(ctx, Switch::Start)
}
