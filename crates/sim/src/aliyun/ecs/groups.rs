//! Security groups.

use serde_json::{Value, json};

use super::rules::Peer;
use super::{Group, own_group, paged, tags};
use crate::aliyun::choices::INNER_POLICY_OF_ADVANCED;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::parameters::invalid;
use crate::aliyun::vpc::usable_vpc;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let vpc = usable_vpc(ctx, &ctx.required("VpcId")?)?;
    let name = ctx.parameters.text("SecurityGroupName");
    if !name.is_empty() && (name.len() < 2 || !name.starts_with(char::is_alphabetic)) {
        return Err(Failure::bad(
            "InvalidSecurityGroupName.Malformed",
            "The name has 2 to 128 characters, a letter first.",
        ));
    }
    let is_enterprise = match ctx.parameters.get("SecurityGroupType") {
        None | Some("normal") => false,
        Some("enterprise") => true,
        Some(_) => return Err(invalid("SecurityGroupType")),
    };
    if !vpc.base.life.is_ready(ctx.now) {
        return Err(Failure::bad(
            "IncorrectVpcStatus",
            "The status of the VPC does not allow this.",
        ));
    }
    let mut base = ctx.base(
        "sg",
        &region,
        "SecurityGroupName",
        std::time::Duration::ZERO,
    )?;
    base.description = ctx.parameters.text("Description");
    ctx.born("security-group", &base);
    let answer = json!({"SecurityGroupId": base.id});
    ctx.state.ecs.groups.insert(Group {
        base,
        vpc: vpc.base.id,
        is_enterprise,
        trusts_members: !is_enterprise,
        rules: Vec::new(),
    });
    Ok(answer)
}

/// Whether members of a basic group let each other in.
pub(super) fn modify_policy(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let group = own_group(ctx)?;
    let trusts = match ctx.required("InnerAccessPolicy")?.to_lowercase().as_str() {
        "accept" => true,
        "drop" => false,
        _ => return Err(invalid("InnerAccessPolicy")),
    };
    if group.is_enterprise {
        return Err(Failure::bad(
            INNER_POLICY_OF_ADVANCED,
            "The members of an advanced group never trust each other.",
        ));
    }
    if let Some(group) = ctx.state.ecs.groups.get_mut(&group.base.id) {
        group.trusts_members = trusts;
    }
    Ok(json!({}))
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let parameters = &ctx.parameters;
    let ids = parameters.json_list("SecurityGroupIds")?;
    let shown = |group: &&Group| {
        ctx.lists(*group)
            && ids.as_ref().is_none_or(|ids| ids.contains(&group.base.id))
            && parameters.matches("SecurityGroupId", &group.base.id)
            && parameters.matches("VpcId", &group.vpc)
            && parameters.matches("SecurityGroupName", &group.base.name)
            && parameters.matches("SecurityGroupType", kind(group))
    };
    let rows = ctx
        .state
        .ecs
        .groups
        .iter()
        .filter(shown)
        .map(|group| view(ctx, group))
        .collect();
    let mut answer = paged(ctx, rows, "SecurityGroups", "SecurityGroup")?;
    answer["RegionId"] = parameters.text("RegionId").into();
    Ok(answer)
}

fn kind(group: &Group) -> &'static str {
    if group.is_enterprise {
        "enterprise"
    } else {
        "normal"
    }
}

fn view(ctx: &Context<'_>, group: &Group) -> Value {
    let references = group
        .rules
        .iter()
        .filter(|rule| matches!(rule.peer, Peer::Group { .. }))
        .count();
    let members = ctx
        .state
        .ecs
        .instances
        .iter()
        .filter(|instance| instance.groups.contains(&group.base.id))
        .count();
    json!({
        "SecurityGroupId": group.base.id, "SecurityGroupName": group.base.name, "VpcId": group.vpc,
        "SecurityGroupType": kind(group), "Description": group.base.description,
        "CreationTime": ctx.date(group.base.life.created), "RuleCount": group.rules.len(),
        "GroupToGroupRuleCount": references, "EcsCount": members, "ServiceManaged": false, "ResourceGroupId": "",
        "Tags": {"Tag": tags(&group.base.tags)},
    })
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let group = own_group(ctx)?;
    let id = &group.base.id;
    let state = &ctx.state.ecs;
    let has_members = state
        .instances
        .iter()
        .any(|instance| instance.groups.contains(id));
    let is_referenced = state.groups.iter().any(|other| {
        other.base.id != *id
            && other
                .rules
                .iter()
                .any(|rule| matches!(&rule.peer, Peer::Group { id: known, .. } if known == id))
    });
    if has_members || is_referenced {
        return Err(Failure::forbidden(
            "DependencyViolation",
            "There is still instance(s) or rule(s) using the security group.",
        ));
    }
    let now = ctx.now;
    for rule in &group.rules {
        ctx.ledger.gone(&rule.id, now);
    }
    if let Some(group) = ctx.state.ecs.groups.get_mut(id) {
        group.base.life.leave(now);
    }
    for (id, at) in ctx.state.ecs.groups.purge(now) {
        ctx.ledger.gone(&id, at);
    }
    Ok(json!({}))
}
