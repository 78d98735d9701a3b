//! Policies that accounts make, and those of the cloud.

use serde_json::{Value, json};

use super::names::{self, POLICY_DOCUMENT, limited};
use super::paging::paged;
use super::roles::born;
use super::{
    Policy, PolicyName, Version, conflict, custom_place, named_policy, no_such, system, tags,
    versions, within,
};
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::aliyun::parameters::invalid;
use crate::aliyun::policy::{Document, Purpose};

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let name = names::policy_name(ctx)?;
    let text = names::document(ctx, "PolicyDocument", POLICY_DOCUMENT)?;
    let document = Document::parse(&text, Purpose::Permission)?;
    let description = limited(ctx, "Description", 1024)?.unwrap_or_default();
    let tags = tags::of_new(ctx)?;
    let account = ctx.account().to_owned();
    let place = custom_place(&account, &name);
    if ctx.state.ram.policies.contains_key(&place) {
        return Err(conflict(
            "EntityAlreadyExists.Policy",
            "The policy already exists.",
        ));
    }
    let own = |policy: &&Policy| policy.account == account;
    let used = ctx.state.ram.policies.values().filter(own).count();
    within(ctx, "policies", used, "Policy")?;
    let policy = Policy {
        versions: vec![Version {
            number: 1,
            text,
            document,
            created: ctx.now,
        }],
        default: 1,
        last: 1,
        created: ctx.now,
        updated: ctx.now,
        tags,
        account,
        name,
        description,
    };
    born(ctx, "policy", &policy.arn());
    let answer = json!({"Policy": {
        "PolicyName": policy.name, "PolicyType": "Custom", "DefaultVersion": "v1",
        "Description": policy.description, "CreateDate": ctx.date(ctx.now),
    }});
    ctx.state.ram.policies.insert(place, policy);
    Ok(answer)
}

fn view(ctx: &Context<'_>, policy: &Policy) -> Value {
    let name = PolicyName::Custom(policy.name.clone());
    json!({
        "PolicyName": policy.name, "PolicyType": "Custom", "Description": policy.description,
        "DefaultVersion": versions::id(policy.default), "CreateDate": ctx.date(policy.created),
        "UpdateDate": ctx.date(policy.updated),
        "AttachmentCount": ctx.state.ram.attachment_count(&policy.account, &name),
    })
}

/// Lists tell the tags, reading alone does not.
fn row(ctx: &Context<'_>, policy: &Policy) -> Value {
    let mut row = view(ctx, policy);
    row["Tags"] = tags::view(&policy.tags);
    row
}

fn system_view(ctx: &Context<'_>, name: &str, description: &str) -> Value {
    let policy = PolicyName::System(name.to_owned());
    let start = ctx.date(std::time::Duration::ZERO);
    json!({
        "PolicyName": name, "PolicyType": "System", "Description": description, "DefaultVersion": "v1",
        "CreateDate": start, "UpdateDate": start,
        "AttachmentCount": ctx.state.ram.attachment_count(ctx.account(), &policy),
    })
}

pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    match names::policy(ctx)? {
        PolicyName::System(name) => get_system(ctx, &name),
        PolicyName::Custom(_) => {
            let policy = named_policy(ctx)?.clone();
            let version = policy.default_version();
            let version = version.map(|version| versions::full_view(ctx, &policy, version));
            Ok(json!({"Policy": view(ctx, &policy), "DefaultPolicyVersion": version}))
        }
    }
}

fn get_system(ctx: &Context<'_>, name: &str) -> Outcome {
    let (Some(description), Some(text)) = (system::description(name), system::text(name)) else {
        return Err(no_such("Policy", &format!("policy {name}")));
    };
    let version = json!({
        "VersionId": "v1", "PolicyDocument": text, "IsDefaultVersion": true,
        "CreateDate": ctx.date(std::time::Duration::ZERO),
    });
    Ok(json!({"Policy": system_view(ctx, name, description), "DefaultPolicyVersion": version}))
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let (shows_system, shows_custom) = match ctx.parameters.get("PolicyType") {
        None => (true, true),
        Some("System") => (true, false),
        Some("Custom") => (false, true),
        Some(_) => return Err(invalid("PolicyType")),
    };
    let wanted = tags::wanted(ctx)?;
    let custom = ctx.state.ram.policies.values();
    let custom = custom
        .filter(|policy| shows_custom && policy.account == ctx.account())
        .filter(|policy| tags::match_all(&wanted, &policy.tags))
        .map(|policy| row(ctx, policy));
    let system = system::all()
        .filter(|_| shows_system && wanted.is_empty())
        .map(|(name, description)| system_view(ctx, name, description));
    let rows = custom.chain(system).collect();
    paged(ctx, rows, "Policies", "Policy")
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let policy = named_policy(ctx)?.clone();
    let name = PolicyName::Custom(policy.name.clone());
    if ctx.parameters.flag("CascadingDelete")? {
        detach_everywhere(ctx, &policy, &name);
    } else {
        check_unused(ctx, &policy, &name)?;
    }
    let place = custom_place(&policy.account, &policy.name);
    ctx.state.ram.policies.remove(&place);
    ctx.ledger.gone(&policy.arn(), ctx.now);
    Ok(json!({}))
}

fn detach_everywhere(ctx: &mut Context<'_>, policy: &Policy, name: &PolicyName) {
    let roles = ctx.state.ram.roles.values_mut();
    for role in roles.filter(|role| role.account == policy.account) {
        role.attached.retain(|known| known.policy != *name);
    }
}

fn check_unused(ctx: &Context<'_>, policy: &Policy, name: &PolicyName) -> Outcome<()> {
    if ctx.state.ram.attachment_count(&policy.account, name) > 0 {
        return Err(conflict(
            "DeleteConflict.Role.Policy",
            "The policy is attached to roles; detach it first.",
        ));
    }
    if policy.versions.len() > 1 {
        return Err(conflict(
            "DeleteConflict.Policy.Version",
            "The policy has more than one version; delete the others first.",
        ));
    }
    Ok(())
}
