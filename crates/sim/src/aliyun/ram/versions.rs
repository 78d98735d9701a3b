//! Versions of policies.

use serde_json::{Value, json};

use super::names::{self, POLICY_DOCUMENT};
use super::{Policy, PolicyName, Version, conflict, named_policy, no_such, system, within};
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::aliyun::parameters::invalid;
use crate::aliyun::policy::{Document, Purpose};

pub(super) fn id(number: u64) -> String {
    format!("v{number}")
}

fn view(ctx: &Context<'_>, policy: &Policy, version: &Version) -> Value {
    json!({
        "VersionId": id(version.number), "IsDefaultVersion": version.number == policy.default,
        "CreateDate": ctx.date(version.created),
    })
}

pub(super) fn full_view(ctx: &Context<'_>, policy: &Policy, version: &Version) -> Value {
    let mut view = view(ctx, policy, version);
    view["PolicyDocument"] = version.text.clone().into();
    view
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    named_policy(ctx)?;
    let text = names::document(ctx, "PolicyDocument", POLICY_DOCUMENT)?;
    let document = Document::parse(&text, Purpose::Permission)?;
    let is_default = ctx.parameters.flag("SetAsDefault")?;
    let rotates = match ctx.parameters.get("RotateStrategy") {
        None | Some("None") => false,
        Some("DeleteOldestNonDefaultVersionWhenLimitExceeded") => true,
        Some(_) => return Err(invalid("RotateStrategy")),
    };
    let limit = ctx.quota("versions_per_policy");
    let now = ctx.now;
    let policy = named_policy(ctx)?;
    if rotates && policy.versions.len() >= limit {
        drop_oldest(policy);
    }
    let used = policy.versions.len();
    within(ctx, "versions_per_policy", used, "Policy.Version")?;
    let policy = named_policy(ctx)?;
    let version = Version {
        number: policy.last + 1,
        text,
        document,
        created: now,
    };
    policy.versions.push(version.clone());
    policy.last = version.number;
    policy.updated = now;
    if is_default {
        policy.default = version.number;
    }
    let policy = policy.clone();
    Ok(json!({"PolicyVersion": full_view(ctx, &policy, &version)}))
}

fn drop_oldest(policy: &mut Policy) {
    let default = policy.default;
    let oldest = policy
        .versions
        .iter()
        .position(|version| version.number != default);
    if let Some(oldest) = oldest {
        policy.versions.remove(oldest);
    }
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let versions: Vec<Value> = match names::policy(ctx)? {
        PolicyName::System(name) => {
            let text = system::text(&name);
            let text = text.ok_or_else(|| no_such("Policy", &format!("policy {name}")))?;
            vec![json!({
                "VersionId": "v1", "IsDefaultVersion": true, "PolicyDocument": text,
                "CreateDate": ctx.date(std::time::Duration::ZERO),
            })]
        }
        PolicyName::Custom(_) => {
            let policy = named_policy(ctx)?.clone();
            let versions = policy.versions.iter();
            versions
                .map(|version| full_view(ctx, &policy, version))
                .collect()
        }
    };
    Ok(json!({"PolicyVersions": {"PolicyVersion": versions}}))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let wanted = ctx.required("VersionId")?;
    let policy = named_policy(ctx)?;
    let version = policy
        .versions
        .iter()
        .find(|version| id(version.number) == wanted);
    let number = version
        .ok_or_else(|| no_such("Policy.Version", &format!("policy version {wanted}")))?
        .number;
    if number == policy.default {
        return Err(conflict(
            "DeleteConflict.Policy.Version",
            "The default version may not be deleted.",
        ));
    }
    policy.versions.retain(|version| version.number != number);
    Ok(json!({}))
}
