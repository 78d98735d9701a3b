//! The inline policies of roles.

use super::named;
use super::paging::paged;
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
    let names = named(ctx)?.inline.keys();
    let names = names.map(|name| Xml::text(name)).collect();
    paged(ctx, "PolicyNames", names)
}
