//! Roles.

use std::collections::BTreeMap;

use super::{Role, named, place, role_id};
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
    let longest_session = ctx.integer("MaxSessionDuration")?.unwrap_or(3600);
    if !(3600..=43_200).contains(&longest_session) {
        return Err(invalid("MaxSessionDuration is 3600 to 43200 seconds."));
    }
    let account = ctx.account().to_owned();
    let place = place(&account, &name);
    if ctx.state.iam.roles.contains_key(&place) {
        let message = format!("Role with name {name} already exists.");
        return Err(Failure::new(409, "EntityAlreadyExists", message));
    }
    let role = Role {
        arn: format!("arn:aws:iam::{account}:role{path}{name}"),
        id: role_id(ctx.ids),
        description: ctx.parameters.text("Description"),
        inline: BTreeMap::new(),
        attached: Vec::new(),
        created: ctx.now,
        usable: ctx.now + ctx.setup.timings.role_propagation,
        tags: tags(ctx),
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

fn tags(ctx: &Context<'_>) -> BTreeMap<String, String> {
    let list = "Tags.member";
    let text = |number, field| {
        let value = ctx.parameters.nested(list, number, field);
        value.unwrap_or_default().to_owned()
    };
    let numbers = ctx.parameters.numbers(list);
    numbers
        .into_iter()
        .map(|number| (text(number, "Key"), text(number, "Value")))
        .collect()
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
    let Some((account, entity)) = principal
        .strip_prefix("arn:aws:iam::")
        .and_then(|rest| rest.split_once(':'))
    else {
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

fn view(ctx: &Context<'_>, role: &Role) -> Xml {
    let tag = |(key, value): (&String, &String)| Xml::new().leaf("Key", key).leaf("Value", value);
    Xml::new()
        .leaf("Path", &role.path)
        .leaf("RoleName", &role.name)
        .leaf("RoleId", &role.id)
        .leaf("Arn", &role.arn)
        .leaf("CreateDate", ctx.date(role.created))
        .leaf("AssumeRolePolicyDocument", encode(&role.trust_text))
        .leaf("Description", &role.description)
        .leaf("MaxSessionDuration", role.longest_session)
        .members("Tags", role.tags.iter().map(tag))
}

pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    let role = named(ctx)?.clone();
    Ok(Xml::new().node("Role", view(ctx, &role)))
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let prefix = ctx.parameters.get("PathPrefix").unwrap_or("/");
    let own = |role: &&Role| role.account == ctx.account() && role.path.starts_with(prefix);
    let roles = ctx.state.iam.roles.values().filter(own);
    Ok(Xml::new()
        .members("Roles", roles.map(|role| view(ctx, role)))
        .leaf("IsTruncated", false))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let role = named(ctx)?.clone();
    let conflict = |what: &str| {
        let message = format!("Cannot delete entity, must {what} policies first.");
        Err(Failure::new(409, "DeleteConflict", message))
    };
    if !role.attached.is_empty() {
        return conflict("detach all");
    }
    if !role.inline.is_empty() {
        return conflict("delete");
    }
    ctx.state
        .iam
        .roles
        .remove(&place(&role.account, &role.name));
    ctx.gone(&role.arn);
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
