//! Which policies a role has.

use serde_json::{Value, json};

use super::{
    Attachment, PolicyName, conflict, custom_place, named_role, names, no_such, system, versions,
    within,
};
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;

pub(super) fn attach(ctx: &mut Context<'_>) -> Outcome {
    let policy = names::policy(ctx)?;
    let attached = named_role(ctx)?.attached.clone();
    if description(ctx, &policy).is_none() {
        return Err(no_such("Policy", &format!("policy {}", policy.name())));
    }
    if attached.iter().any(|known| known.policy == policy) {
        return Err(conflict(
            "EntityAlreadyExists.Role.Policy",
            "The policy is attached to the role already.",
        ));
    }
    within(ctx, "policies_per_role", attached.len(), "Role.Policy")?;
    let (attached, delay) = (ctx.now, ctx.setup.timings.ram_propagation);
    named_role(ctx)?.attached.push(Attachment {
        policy,
        attached,
        effective: attached + delay,
    });
    Ok(json!({}))
}

/// What a policy says about itself; `None` if it does not exist.
fn description(ctx: &Context<'_>, policy: &PolicyName) -> Option<String> {
    match policy {
        PolicyName::System(name) => system::description(name).map(str::to_owned),
        PolicyName::Custom(name) => {
            let place = custom_place(ctx.account(), name);
            let policy = ctx.state.ram.policies.get(&place)?;
            Some(policy.description.clone())
        }
    }
}

pub(super) fn detach(ctx: &mut Context<'_>) -> Outcome {
    let policy = names::policy(ctx)?;
    let role = named_role(ctx)?;
    let before = role.attached.len();
    role.attached.retain(|known| known.policy != policy);
    if role.attached.len() == before {
        let what = format!("policy {} of role {}", policy.name(), role.name);
        return Err(no_such("Role.Policy", &what));
    }
    Ok(json!({}))
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let attached = named_role(ctx)?.attached.clone();
    let policies: Vec<Value> = attached
        .iter()
        .map(|attachment| view(ctx, attachment))
        .collect();
    Ok(json!({"Policies": {"Policy": policies}}))
}

fn view(ctx: &Context<'_>, attachment: &Attachment) -> Value {
    let policy = &attachment.policy;
    let default = match policy {
        PolicyName::System(_) => 1,
        PolicyName::Custom(name) => {
            let place = custom_place(ctx.account(), name);
            ctx.state
                .ram
                .policies
                .get(&place)
                .map_or(1, |policy| policy.default)
        }
    };
    json!({
        "PolicyName": policy.name(), "PolicyType": policy.kind(), "DefaultVersion": versions::id(default),
        "AttachDate": ctx.date(attachment.attached),
        "Description": description(ctx, policy).unwrap_or_default(),
    })
}
