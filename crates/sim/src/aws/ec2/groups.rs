//! Security groups.

use std::time::Duration;

use super::find::{GROUP, VPC};
use super::rules::{Other, Rule};
use super::{Group, endpoints, rule_views, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value};
use crate::aws::filters::Fields;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let name = text(ctx, "GroupName")?;
    let description = text(ctx, "GroupDescription")?;
    let vpc = VPC.usable(ctx, &ctx.required("VpcId")?)?.base.id;
    let tags = tagging::specified(ctx, &["security-group"])?;
    check_name(ctx, &name, &vpc)?;
    let own = |group: &&Group| ctx.can_see(*group);
    let used = ctx.state.ec2.groups.iter().filter(own).count();
    ctx.within(
        "security_groups_per_region",
        used,
        "SecurityGroupLimitExceeded",
    )?;
    let mut base = ctx.base("sg", Duration::ZERO);
    base.name = name;
    base.description = description;
    let id = base.id.clone();
    ctx.born("security-group", &id);
    tagging::put(ctx, &id, tags);
    let out = Rule::everything_out(ctx.new_id("sgr"));
    ctx.born("security-group-rule", &out.id);
    ctx.state.ec2.groups.insert(Group {
        base,
        vpc,
        rules: vec![out],
    });
    Ok(Xml::new()
        .leaf("groupId", &id)
        .and(ctx.tag_set(&id))
        .leaf("securityGroupArn", ctx.arn("security-group", &id)))
}

fn text(ctx: &Context<'_>, name: &str) -> Outcome<String> {
    let text = ctx.required(name)?;
    let allowed =
        |letter: char| letter.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(letter);
    if text.len() <= 255 && text.chars().all(allowed) {
        Ok(text)
    } else {
        Err(bad_value(&text, name))
    }
}

/// Unique in a VPC, whatever the case.
fn check_name(ctx: &Context<'_>, name: &str, vpc: &str) -> Outcome<()> {
    if name.to_lowercase().starts_with("sg-") || name.eq_ignore_ascii_case("default") {
        return Err(bad_value(name, "groupName"));
    }
    let mut groups = ctx.state.ec2.groups.iter();
    if groups.any(|group| group.vpc == vpc && group.base.name.eq_ignore_ascii_case(name)) {
        let message = format!("The security group '{name}' already exists for VPC '{vpc}'");
        return Err(Failure::bad("InvalidGroup.Duplicate", message));
    }
    Ok(())
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 19] = [
        "description",
        "egress.ip-permission.cidr",
        "egress.ip-permission.from-port",
        "egress.ip-permission.group-id",
        "egress.ip-permission.prefix-list-id",
        "egress.ip-permission.protocol",
        "egress.ip-permission.to-port",
        "egress.ip-permission.user-id",
        "group-id",
        "group-name",
        "ip-permission.cidr",
        "ip-permission.from-port",
        "ip-permission.group-id",
        "ip-permission.prefix-list-id",
        "ip-permission.protocol",
        "ip-permission.to-port",
        "ip-permission.user-id",
        "owner-id",
        "vpc-id",
    ];
    let groups = GROUP.select(ctx, "GroupId", &FILTERS, |group| fields(ctx, group))?;
    let names = ctx.parameters.list("GroupName");
    check_names(ctx, &names)?;
    let named = |group: &&Group| names.is_empty() || names.contains(&group.base.name);
    let rows = groups
        .iter()
        .filter(named)
        .map(|group| view(ctx, group))
        .collect();
    paged(ctx, "securityGroupInfo", rows, 1000)
}

/// Groups that a call asks for by name must exist.
fn check_names(ctx: &Context<'_>, names: &[String]) -> Outcome<()> {
    let groups = || ctx.state.ec2.groups.iter();
    let exists =
        |name: &String| groups().any(|group| ctx.can_see(group) && group.base.name == *name);
    match names.iter().find(|name| !exists(name)) {
        None => Ok(()),
        Some(unknown) => {
            let message = format!("The security group '{unknown}' does not exist");
            Err(Failure::bad("InvalidGroup.NotFound", message))
        }
    }
}

fn fields(ctx: &Context<'_>, group: &Group) -> Fields {
    let rules = |egress: bool| {
        group
            .rules
            .iter()
            .filter(move |rule| rule.is_egress == egress)
    };
    let range = |rule: &Rule| match &rule.other {
        Other::Range(range) => Some(*range),
        Other::Group { .. } | Other::PrefixList(_) => None,
    };
    let other = |rule: &Rule| match &rule.other {
        Other::Group { group, owner, .. } => Some((group.clone(), owner.clone())),
        Other::Range(_) | Other::PrefixList(_) => None,
    };
    let list_id = |rule: &Rule| match &rule.other {
        Other::PrefixList(id) => Some(id.clone()),
        Other::Range(_) | Other::Group { .. } => None,
    };
    let group_id = |rule| other(rule).map(|(group, _)| group);
    let owner_id = |rule| other(rule).map(|(_, owner)| owner);
    Fields::new(ctx.tags(&group.base.id))
        .with("description", &group.base.description)
        .many("egress.ip-permission.cidr", rules(true).filter_map(range))
        .many(
            "egress.ip-permission.group-id",
            rules(true).filter_map(group_id),
        )
        .many(
            "egress.ip-permission.prefix-list-id",
            rules(true).filter_map(list_id),
        )
        .many(
            "egress.ip-permission.from-port",
            rules(true).filter_map(|rule| rule.ports.from),
        )
        .many(
            "egress.ip-permission.to-port",
            rules(true).filter_map(|rule| rule.ports.to),
        )
        .many(
            "egress.ip-permission.user-id",
            rules(true).filter_map(owner_id),
        )
        .many(
            "egress.ip-permission.protocol",
            rules(true).map(|rule| &rule.ports.protocol),
        )
        .with("group-id", &group.base.id)
        .with("group-name", &group.base.name)
        .many("ip-permission.cidr", rules(false).filter_map(range))
        .many(
            "ip-permission.from-port",
            rules(false).filter_map(|rule| rule.ports.from),
        )
        .many("ip-permission.group-id", rules(false).filter_map(group_id))
        .many(
            "ip-permission.prefix-list-id",
            rules(false).filter_map(list_id),
        )
        .many(
            "ip-permission.protocol",
            rules(false).map(|rule| &rule.ports.protocol),
        )
        .many(
            "ip-permission.to-port",
            rules(false).filter_map(|rule| rule.ports.to),
        )
        .many("ip-permission.user-id", rules(false).filter_map(owner_id))
        .with("owner-id", &group.base.owner)
        .with("vpc-id", &group.vpc)
}

fn view(ctx: &Context<'_>, group: &Group) -> Xml {
    let base = &group.base;
    let permissions = |egress: bool| {
        let rules: Vec<&Rule> = group
            .rules
            .iter()
            .filter(|rule| rule.is_egress == egress)
            .collect();
        rule_views::permissions(ctx, &rules)
    };
    Xml::new()
        .leaf("groupId", &base.id)
        .leaf("groupName", &base.name)
        .leaf("groupDescription", &base.description)
        .leaf("ownerId", &base.owner)
        .leaf("vpcId", &group.vpc)
        .leaf("securityGroupArn", ctx.arn("security-group", &base.id))
        .items("ipPermissions", permissions(false))
        .items("ipPermissionsEgress", permissions(true))
        .and(ctx.tag_set(&base.id))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let group = GROUP.named(ctx, "GroupId")?;
    let (id, now) = (&group.base.id, ctx.now);
    if group.is_default() {
        let message =
            format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");
        return Err(Failure::bad("CannotDelete", message));
    }
    if is_used(ctx, &group) {
        let message = format!("resource {id} has a dependent object");
        return Err(Failure::bad("DependencyViolation", message));
    }
    for rule in &group.rules {
        ctx.gone(&rule.id);
        tagging::forget(ctx, &rule.id);
    }
    if let Some(group) = ctx.state.ec2.groups.get_mut(id) {
        group.base.life.leave(now);
    }
    tagging::forget(ctx, id);
    Ok(Xml::new().leaf("return", true).leaf("groupId", id))
}

/// By an instance, an endpoint, an interface, or by a rule of another group of the VPC. Rules across a peering just become stale.
fn is_used(ctx: &Context<'_>, group: &Group) -> bool {
    let (ec2, id) = (&ctx.state.ec2, &group.base.id);
    let names = |rule: &Rule| matches!(&rule.other, Other::Group { group, .. } if group == id);
    let mut instances = ec2.instances.iter();
    let mut neighbours = ec2
        .groups
        .iter()
        .filter(|other| other.vpc == group.vpc && other.base.id != *id);
    let mut endpoints = endpoints::living(ec2, ctx.now);
    let mut interfaces = ec2.network_interfaces.iter();
    instances.any(|instance| instance.holds_address(ctx.now) && instance.groups.contains(id))
        || endpoints.any(|endpoint| endpoint.groups().contains(id))
        || interfaces.any(|interface| interface.is_there() && interface.groups.contains(id))
        || neighbours.any(|other| other.rules.iter().any(names))
}
