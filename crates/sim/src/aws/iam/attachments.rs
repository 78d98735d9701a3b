//! Managed policies on roles and on users.

use super::paging::paged;
use super::{named, users};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::aws::xml::Xml;

pub(super) fn attach_to_role(ctx: &mut Context<'_>) -> Outcome {
    let arn = known(ctx)?;
    attach(&mut named(ctx)?.attached, arn);
    Ok(Xml::new())
}

pub(super) fn attach_to_user(ctx: &mut Context<'_>) -> Outcome {
    let arn = known(ctx)?;
    attach(&mut users::named(ctx)?.attached, arn);
    Ok(Xml::new())
}

/// The policy that the call names, which must exist.
fn known(ctx: &Context<'_>) -> Outcome<String> {
    let arn = ctx.required("PolicyArn")?;
    if ctx.state.iam.managed_policy(ctx.account(), &arn).is_some() {
        return Ok(arn);
    }
    let message = format!("Policy {arn} does not exist or is not attachable.");
    Err(Failure::missing("NoSuchEntity", message))
}

/// Attaching twice is no error.
fn attach(attached: &mut Vec<String>, arn: String) {
    if !attached.contains(&arn) {
        attached.push(arn);
    }
}

pub(super) fn detach_from_role(ctx: &mut Context<'_>) -> Outcome {
    let arn = ctx.required("PolicyArn")?;
    detach(&mut named(ctx)?.attached, &arn)
}

pub(super) fn detach_from_user(ctx: &mut Context<'_>) -> Outcome {
    let arn = ctx.required("PolicyArn")?;
    detach(&mut users::named(ctx)?.attached, &arn)
}

fn detach(attached: &mut Vec<String>, arn: &str) -> Outcome {
    let before = attached.len();
    attached.retain(|known| known != arn);
    if attached.len() < before {
        return Ok(Xml::new());
    }
    let message = format!("Policy {arn} was not found.");
    Err(Failure::missing("NoSuchEntity", message))
}

pub(super) fn of_role(ctx: &mut Context<'_>) -> Outcome {
    let rows = rows(&named(ctx)?.attached);
    paged(ctx, "AttachedPolicies", rows)
}

pub(super) fn of_user(ctx: &mut Context<'_>) -> Outcome {
    let rows = rows(&users::named(ctx)?.attached);
    paged(ctx, "AttachedPolicies", rows)
}

fn rows(attached: &[String]) -> Vec<Xml> {
    let row = |arn: &String| {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        Xml::new().leaf("PolicyName", name).leaf("PolicyArn", arn)
    };
    attached.iter().map(row).collect()
}
