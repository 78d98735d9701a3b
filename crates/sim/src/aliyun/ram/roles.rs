//! Roles.

use serde_json::{Value, json};

use super::names::{self, TRUST_DOCUMENT, limited, session_duration};
use super::paging::paged;
use super::{Role, Trust, conflict, named_role, place, tags, within};
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::aliyun::policy::{Document, Purpose};
use crate::ledger::Birth;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let name = names::role_name(ctx)?;
    let trust_text = names::document(ctx, "AssumeRolePolicyDocument", TRUST_DOCUMENT)?;
    let trust = Document::parse(&trust_text, Purpose::Trust)?;
    let description = limited(ctx, "Description", 1024)?.unwrap_or_default();
    let longest_session = session_duration(ctx, "MaxSessionDuration")?.unwrap_or(3600);
    let tags = tags::of_new(ctx)?;
    let account = ctx.account().to_owned();
    let place = place(&account, &name);
    if ctx.state.ram.roles.contains_key(&place) {
        return Err(conflict(
            "EntityAlreadyExists.Role",
            "The role already exists.",
        ));
    }
    let own = |role: &&Role| role.account == account;
    let used = ctx.state.ram.roles.values().filter(own).count();
    within(ctx, "roles", used, "Role")?;
    let role = Role {
        id: ctx.ids.digits("role", 18),
        trust: Trust {
            present: trust,
            since: ctx.now,
            former: Document::default(),
        },
        created: ctx.now,
        updated: ctx.now,
        usable: ctx.now + ctx.setup.timings.ram_propagation,
        attached: Vec::new(),
        account,
        name,
        description,
        trust_text,
        longest_session,
        tags,
    };
    born(ctx, "role", &role.arn());
    let answer = json!({"Role": view(ctx, &role)});
    ctx.state.ram.roles.insert(place, role);
    Ok(answer)
}

/// Objects of RAM belong to no region.
pub(super) fn born(ctx: &mut Context<'_>, kind: &str, arn: &str) {
    let birth = Birth {
        account: &ctx.caller.account,
        region: "",
        product: "ram",
        kind,
        id: arn,
    };
    ctx.ledger.born(&birth, ctx.now);
}

fn view(ctx: &Context<'_>, role: &Role) -> Value {
    json!({
        "RoleId": role.id, "RoleName": role.name, "Arn": role.arn(), "Description": role.description,
        "CreateDate": ctx.date(role.created), "MaxSessionDuration": role.longest_session,
        "AssumeRolePolicyDocument": role.trust_text,
    })
}

/// With what only reading a role alone tells.
fn full_view(ctx: &Context<'_>, role: &Role) -> Value {
    let mut view = view(ctx, role);
    let principal = format!("{}@role.{}.onaliyunservice.com", role.name, role.account);
    view["UpdateDate"] = ctx.date(role.updated).into();
    view["IsServiceLinkedRole"] = false.into();
    view["RolePrincipalName"] = principal.into();
    view
}

/// Lists do not tell whom roles trust.
fn row(ctx: &Context<'_>, role: &Role) -> Value {
    json!({
        "RoleId": role.id, "RoleName": role.name, "Arn": role.arn(), "Description": role.description,
        "CreateDate": ctx.date(role.created), "UpdateDate": ctx.date(role.updated),
        "MaxSessionDuration": role.longest_session, "Tags": tags::view(&role.tags),
    })
}

pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    let role = named_role(ctx)?.clone();
    Ok(json!({"Role": full_view(ctx, &role)}))
}

pub(super) fn update(ctx: &mut Context<'_>) -> Outcome {
    named_role(ctx)?;
    let trust_text = limited(ctx, "NewAssumeRolePolicyDocument", TRUST_DOCUMENT)?;
    let trust = trust_text
        .as_deref()
        .map(|text| Document::parse(text, Purpose::Trust))
        .transpose()?;
    let description = limited(ctx, "NewDescription", 1024)?;
    let longest_session = session_duration(ctx, "NewMaxSessionDuration")?;
    let now = ctx.now;
    let since = now + ctx.setup.timings.ram_propagation;
    let role = named_role(ctx)?;
    if let (Some(text), Some(present)) = (trust_text, trust) {
        let former = role.trust(now).clone();
        role.trust_text = text;
        role.trust = Trust {
            present,
            since,
            former,
        };
    }
    role.description = description.unwrap_or_else(|| role.description.clone());
    role.longest_session = longest_session.unwrap_or(role.longest_session);
    role.updated = now;
    let role = role.clone();
    let mut answer = view(ctx, &role);
    answer["UpdateDate"] = ctx.date(now).into();
    Ok(json!({"Role": answer}))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let role = named_role(ctx)?.clone();
    if !role.attached.is_empty() {
        return Err(conflict(
            "DeleteConflict.Role.Policy",
            "The role has policies; detach them first.",
        ));
    }
    let place = place(&role.account, &role.name);
    ctx.state.ram.roles.remove(&place);
    ctx.ledger.gone(&role.arn(), ctx.now);
    Ok(json!({}))
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let wanted = tags::wanted(ctx)?;
    let shown =
        |role: &&Role| role.account == ctx.account() && tags::match_all(&wanted, &role.tags);
    let roles = ctx.state.ram.roles.values().filter(shown);
    let rows = roles.map(|role| row(ctx, role)).collect();
    paged(ctx, rows, "Roles", "Role")
}
