//! Roles.

use std::collections::BTreeMap;

use super::paging::paged;
use super::{Role, conflict, named, of_iam, place, role_id, tags};
use crate::aws::context::{Context, invalid};
use crate::aws::failure::{Failure, Outcome};
use crate::aws::policy::{Policy, Purpose};
use crate::aws::xml::Xml;
use crate::wire::encode;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let name = checked_name(&ctx.required("RoleName")?)?;
    let trust_text = ctx.required("AssumeRolePolicyDocument")?;
    let trust = trust(ctx, &trust_text)?;
    let path = ctx.parameters.get("Path").unwrap_or("/").to_owned();
    let description = checked_description(ctx)?.unwrap_or_default();
    let longest_session = checked_duration(ctx)?.unwrap_or(3600);
    let tags = tags::sent(ctx)?;
    let account = ctx.account().to_owned();
    let place = place(&account, &name);
    if ctx.state.iam.roles.contains_key(&place) {
        let message = format!("Role with name {name} already exists.");
        return Err(conflict("EntityAlreadyExists", &message));
    }
    let role = Role {
        arn: ctx.iam_arn(&format!("role{path}{name}")),
        id: role_id(ctx.ids),
        description,
        inline: BTreeMap::new(),
        attached: Vec::new(),
        created: ctx.now,
        usable: ctx.now + ctx.setup.timings.role_propagation,
        tags,
        account,
        name,
        path,
        trust_text,
        trust,
        longest_session,
    };
    ctx.born("role", &role.arn);
    let answer = Xml::new().node("Role", view(ctx, &role));
    ctx.state.iam.roles.insert(place, role);
    Ok(answer)
}

fn checked_name(name: &str) -> Outcome<String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if name.len() <= 64 && name.chars().all(allowed) {
        Ok(name.to_owned())
    } else {
        Err(invalid("RoleName has 1 to 64 characters of [\\w+=,.@-]"))
    }
}

/// `None` if it was not sent.
fn checked_description(ctx: &Context<'_>) -> Outcome<Option<String>> {
    let text = ctx.parameters.get("Description");
    if text.is_some_and(|text| text.chars().count() > 1000) {
        return Err(invalid("Description has at most 1000 characters."));
    }
    Ok(text.map(str::to_owned))
}

/// In seconds; `None` if it was not sent.
fn checked_duration(ctx: &Context<'_>) -> Outcome<Option<i64>> {
    let seconds = ctx.integer("MaxSessionDuration")?;
    if seconds.is_some_and(|seconds| !(3600..=43_200).contains(&seconds)) {
        return Err(invalid("MaxSessionDuration is 3600 to 43200 seconds."));
    }
    Ok(seconds)
}

/// Roles and users that a trust policy names must exist, and be known by now.
fn trust(ctx: &Context<'_>, text: &str) -> Outcome<Policy> {
    let trust = Policy::parse(text, Purpose::Trust)?;
    let unknown = trust
        .principals()
        .find(|principal| !is_known(ctx, principal));
    if let Some(principal) = unknown {
        let message = format!("Invalid principal in policy: \"AWS\":\"{principal}\"");
        return Err(Failure::bad("MalformedPolicyDocument", message));
    }
    Ok(trust)
}

/// Of accounts that are not simulated nothing is known, so everything is believed.
fn is_known(ctx: &Context<'_>, principal: &str) -> bool {
    let Some((account, entity)) = of_iam(principal).and_then(|rest| rest.split_once(':')) else {
        return true;
    };
    if ctx.accounts.account(account).is_none() {
        return true;
    }
    match entity.split_once('/') {
        Some(("role", _)) => {
            let role = ctx.state.iam.role_of_arn(principal);
            role.is_some_and(|role| role.usable <= ctx.now)
        }
        Some(("user", path)) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            let made = ctx.state.iam.users.contains_key(&place(account, name));
            made || ctx.accounts.has_user(account, name)
        }
        _ => true,
    }
}

pub(super) fn view(ctx: &Context<'_>, role: &Role) -> Xml {
    Xml::new()
        .leaf("Path", &role.path)
        .leaf("RoleName", &role.name)
        .leaf("RoleId", &role.id)
        .leaf("Arn", &role.arn)
        .leaf("CreateDate", ctx.date(role.created))
        .leaf("AssumeRolePolicyDocument", encode(&role.trust_text))
        .leaf("Description", &role.description)
        .leaf("MaxSessionDuration", role.longest_session)
        .and(tags::list(&role.tags))
}

pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    let role = named(ctx)?.clone();
    Ok(Xml::new().node("Role", view(ctx, &role)))
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let prefix = ctx.parameters.get("PathPrefix").unwrap_or("/");
    let own = |role: &&Role| role.account == ctx.account() && role.path.starts_with(prefix);
    let roles = ctx.state.iam.roles.values().filter(own);
    let rows = roles.map(|role| view(ctx, role)).collect();
    paged(ctx, "Roles", rows)
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let role = named(ctx)?.clone();
    let refused = |what: &str| {
        let message = format!("Cannot delete entity, must {what} policies first.");
        Err(conflict("DeleteConflict", &message))
    };
    let mut profiles = ctx.state.iam.profiles.values();
    if profiles.any(|profile| profile.has(&role)) {
        let message = "Cannot delete entity, must remove roles from instance profile first.";
        return Err(conflict("DeleteConflict", message));
    }
    if !role.attached.is_empty() {
        return refused("detach all");
    }
    if !role.inline.is_empty() {
        return refused("delete");
    }
    ctx.state
        .iam
        .roles
        .remove(&place(&role.account, &role.name));
    ctx.gone(&role.arn);
    Ok(Xml::new())
}

/// What is not sent stays.
pub(super) fn update(ctx: &mut Context<'_>) -> Outcome {
    let description = checked_description(ctx)?;
    let longest_session = checked_duration(ctx)?;
    let role = named(ctx)?;
    if let Some(description) = description {
        role.description = description;
    }
    if let Some(longest_session) = longest_session {
        role.longest_session = longest_session;
    }
    Ok(Xml::new())
}

pub(super) fn update_trust(ctx: &mut Context<'_>) -> Outcome {
    named(ctx)?;
    let text = ctx.required("PolicyDocument")?;
    let trust = trust(ctx, &text)?;
    let role = named(ctx)?;
    role.trust = trust;
    role.trust_text = text;
    Ok(Xml::new())
}
