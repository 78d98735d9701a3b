//! What roles may do.

use super::{managed_policy, named};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::aws::policy::{Policy, Purpose};
use crate::aws::xml::Xml;
use crate::wire::encode;

pub(super) fn put(ctx: &mut Context<'_>) -> Outcome {
    named(ctx)?;
    let name = ctx.required("PolicyName")?;
    let text = ctx.required("PolicyDocument")?;
    Policy::parse(&text, Purpose::Identity)?;
    named(ctx)?.inline.insert(name, text);
    Ok(Xml::new())
}

fn no_such_policy(name: &str) -> Failure {
    let message = format!("The role policy with name {name} cannot be found.");
    Failure::missing("NoSuchEntity", message)
}

pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    let name = ctx.required("PolicyName")?;
    let role = named(ctx)?;
    let text = role
        .inline
        .get(&name)
        .ok_or_else(|| no_such_policy(&name))?;
    Ok(Xml::new()
        .leaf("RoleName", &role.name)
        .leaf("PolicyName", &name)
        .leaf("PolicyDocument", encode(text)))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let name = ctx.required("PolicyName")?;
    let removed = named(ctx)?.inline.remove(&name);
    removed.ok_or_else(|| no_such_policy(&name))?;
    Ok(Xml::new())
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let role = named(ctx)?;
    Ok(Xml::new()
        .members(
            "PolicyNames",
            role.inline.keys().map(|name| Xml::text(name)),
        )
        .leaf("IsTruncated", false))
}

pub(super) fn attach(ctx: &mut Context<'_>) -> Outcome {
    let arn = ctx.required("PolicyArn")?;
    let role = named(ctx)?;
    if managed_policy(&arn).is_none() {
        let message = format!("Policy {arn} does not exist or is not attachable.");
        return Err(Failure::missing("NoSuchEntity", message));
    }
    if !role.attached.contains(&arn) {
        role.attached.push(arn);
    }
    Ok(Xml::new())
}

pub(super) fn detach(ctx: &mut Context<'_>) -> Outcome {
    let arn = ctx.required("PolicyArn")?;
    let role = named(ctx)?;
    let before = role.attached.len();
    role.attached.retain(|attached| *attached != arn);
    if role.attached.len() < before {
        return Ok(Xml::new());
    }
    let message = format!("Policy {arn} was not found.");
    Err(Failure::missing("NoSuchEntity", message))
}

pub(super) fn list_attached(ctx: &mut Context<'_>) -> Outcome {
    let role = named(ctx)?;
    let attached = role.attached.iter().map(|arn| {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        Xml::new().leaf("PolicyName", name).leaf("PolicyArn", arn)
    });
    Ok(Xml::new()
        .members("AttachedPolicies", attached)
        .leaf("IsTruncated", false))
}
