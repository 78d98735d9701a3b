//! The instances that a command is for.

use super::information::registered;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::aws::json::invalid;
use crate::table::Object;

/// The most instances that a command may name.
const MOST: usize = 50;

/// The instances that are named, or that the targets select.
pub(super) fn instances(ctx: &Context<'_>) -> Outcome<Vec<String>> {
    let named = ctx.parameters.list("InstanceIds");
    let targets = ctx.parameters.numbers("Targets");
    match (named.is_empty(), targets.is_empty()) {
        (false, true) => checked(ctx, named),
        (true, false) => selected(ctx, &targets),
        (true, true) => Err(invalid("InstanceIds or Targets must be specified.")),
        (false, false) => Err(invalid("InstanceIds and Targets exclude each other.")),
    }
}

/// All or none: each must have registered, and must run.
fn checked(ctx: &Context<'_>, named: Vec<String>) -> Outcome<Vec<String>> {
    if named.len() > MOST {
        return Err(invalid(
            "1 validation error detected: Value at 'instanceIds' failed to satisfy constraint: Member must have length less than or equal to 50",
        ));
    }
    let mut seen = Vec::new();
    for id in &named {
        if seen.contains(&id) {
            return Err(Failure::bad("DuplicateInstanceId", ""));
        }
        seen.push(id);
    }
    let is_good = |id: &&String| running(ctx).any(|own| own == **id);
    let bad: Vec<&str> = named
        .iter()
        .filter(|id| !is_good(id))
        .map(String::as_str)
        .collect();
    if bad.is_empty() {
        return Ok(named);
    }
    let message = format!(
        "Instances [[{}]] not in a valid state for account {}",
        bad.join(", "),
        ctx.account()
    );
    Err(Failure::bad("InvalidInstanceId", message))
}

fn running<'a>(ctx: &'a Context<'_>) -> impl Iterator<Item = &'a str> {
    let all = registered(ctx).map(|(instance, _)| instance);
    let up = all.filter(|instance| instance.state(ctx.now).1 == "running");
    up.map(|instance| instance.id())
}

/// Those that all targets select; there may be none.
fn selected(ctx: &Context<'_>, targets: &[u32]) -> Outcome<Vec<String>> {
    let mut all: Vec<String> = running(ctx).map(str::to_owned).collect();
    for number in targets {
        let key = ctx
            .parameters
            .nested("Targets", *number, "Key")
            .unwrap_or_default();
        let values = ctx.parameters.list(&format!("Targets.{number}.Values"));
        match key.to_lowercase().as_str() {
            "instanceids" => all.retain(|id| values.contains(id)),
            lower if lower.starts_with("tag:") => {
                let name = key.get("tag:".len()..).unwrap_or_default();
                all.retain(|id| {
                    let tags = ctx.tags(id);
                    tags.get(name).is_some_and(|value| values.contains(value))
                });
            }
            _ => return Err(Failure::bad("InvalidTarget", "")),
        }
    }
    Ok(all)
}
