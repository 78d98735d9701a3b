//! Rules that name groups which are gone, or which no active peering leads to any more.

use super::find::VPC;
use super::peering::Status;
use super::rules::{Other, Rule};
use super::{Group, rule_views};
use crate::aws::context::Context;
use crate::aws::failure::Outcome;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::table::Object;

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?.base.id;
    let here = |group: &&Group| ctx.can_see(*group) && group.vpc == vpc;
    let groups = ctx.state.ec2.groups.iter().filter(here);
    let rows = groups.filter_map(|group| row(ctx, group)).collect();
    paged(ctx, "staleSecurityGroupSet", rows, 255)
}

fn row(ctx: &Context<'_>, group: &Group) -> Option<Xml> {
    let stale = |egress: bool| -> Vec<&Rule> {
        let rules = group.rules.iter();
        rules
            .filter(|rule| rule.is_egress == egress && is_stale(ctx, group, rule))
            .collect()
    };
    let (ingress, egress) = (stale(false), stale(true));
    if ingress.is_empty() && egress.is_empty() {
        return None;
    }
    let xml = Xml::new()
        .leaf("groupId", &group.base.id)
        .leaf("groupName", &group.base.name)
        .leaf("description", &group.base.description)
        .leaf("vpcId", &group.vpc)
        .items(
            "staleIpPermissions",
            rule_views::stale_permissions(ctx, &ingress),
        )
        .items(
            "staleIpPermissionsEgress",
            rule_views::stale_permissions(ctx, &egress),
        );
    Some(xml)
}

/// A new peering of the same VPCs revives a rule.
fn is_stale(ctx: &Context<'_>, group: &Group, rule: &Rule) -> bool {
    let Other::Group {
        group: named,
        vpc,
        peering: Some(_),
        ..
    } = &rule.other
    else {
        return false;
    };
    let ec2 = &ctx.state.ec2;
    let exists = ec2
        .groups
        .get(named)
        .is_some_and(|group| group.life().is_listed(ctx.now));
    let joined = ec2
        .peerings
        .iter()
        .any(|peering| peering.joins(&group.vpc, vpc) && peering.status(ctx.now) == Status::Active);
    !exists || !joined
}
