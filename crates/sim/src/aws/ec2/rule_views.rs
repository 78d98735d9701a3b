//! Rules on the wire: flat, and grouped by ports.

use ipnet::IpNet;

use super::Group;
use super::peering::Status;
use super::rule_calls::by_ports;
use super::rules::{Other, Ports, Rule};
use crate::aws::context::Context;
use crate::aws::failure::{Outcome, absent};
use crate::aws::filters::{self, Fields};
use crate::aws::paging::paged;
use crate::aws::xml::Xml;

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let filters = filters::read(ctx, &["group-id", "security-group-rule-id"])?;
    let ids = ctx.parameters.list("SecurityGroupRuleId");
    let own = |group: &&Group| ctx.can_see(*group);
    let mut rows = Vec::new();
    let mut found = Vec::new();
    for group in ctx.state.ec2.groups.iter().filter(own) {
        for rule in &group.rules {
            let fields = Fields::new(ctx.tags(&rule.id))
                .with("group-id", &group.base.id)
                .with("security-group-rule-id", &rule.id);
            if (ids.is_empty() || ids.contains(&rule.id)) && filters::pass(&filters, &fields) {
                rows.push(view(ctx, group, rule));
                found.push(&rule.id);
            }
        }
    }
    let mut unknown = ids
        .iter()
        .filter(|id| filters.is_empty() && !found.contains(id));
    if let Some(id) = unknown.next() {
        return Err(absent(
            "InvalidSecurityGroupRuleId",
            "security group rule",
            id,
        ));
    }
    paged(ctx, "securityGroupRuleSet", rows, 1000)
}

/// One flat rule.
pub(super) fn view(ctx: &Context<'_>, group: &Group, rule: &Rule) -> Xml {
    let xml = head(group, rule).leaf("groupOwnerId", &group.base.owner);
    let xml = match &rule.other {
        Other::Range(_) | Other::PrefixList(_) => xml.and(range(rule)),
        Other::Group { .. } => xml.node("referencedGroupInfo", reference(ctx, &rule.other)),
    };
    xml.maybe("description", rule.description.as_ref())
        .and(ctx.tag_set(&rule.id))
}

/// One rule in the answer to its removal.
pub(super) fn revoked(group: &Group, rule: &Rule) -> Xml {
    let xml = head(group, rule);
    match &rule.other {
        Other::Range(_) | Other::PrefixList(_) => xml.and(range(rule)),
        Other::Group { group, .. } => xml.leaf("referencedGroupId", group),
    }
}

fn head(group: &Group, rule: &Rule) -> Xml {
    Xml::new()
        .leaf("securityGroupRuleId", &rule.id)
        .leaf("groupId", &group.base.id)
        .leaf("isEgress", rule.is_egress)
        .leaf("ipProtocol", &rule.ports.protocol)
        .leaf("fromPort", rule.ports.from.unwrap_or(-1))
        .leaf("toPort", rule.ports.to.unwrap_or(-1))
}

fn range(rule: &Rule) -> Xml {
    match &rule.other {
        Other::Range(IpNet::V4(range)) => Xml::new().leaf("cidrIpv4", range),
        Other::Range(IpNet::V6(range)) => Xml::new().leaf("cidrIpv6", range),
        Other::PrefixList(id) => Xml::new().leaf("prefixListId", id),
        Other::Group { .. } => Xml::new(),
    }
}

fn reference(ctx: &Context<'_>, other: &Other) -> Xml {
    let Other::Group {
        group,
        owner,
        vpc,
        peering,
    } = other
    else {
        return Xml::new();
    };
    let status = peering.as_ref().map(|id| {
        let peering = ctx.state.ec2.peerings.get(id);
        let status = peering.map_or(Status::Deleted, |peering| peering.status(ctx.now));
        status.name()
    });
    Xml::new()
        .leaf("groupId", group)
        .leaf("userId", owner)
        .leaf("vpcId", vpc)
        .maybe("vpcPeeringConnectionId", peering.as_ref())
        .maybe("peeringStatus", status)
}

/// The rules as permissions, one per distinct ports.
pub(super) fn permissions(ctx: &Context<'_>, rules: &[&Rule]) -> Vec<Xml> {
    let permission = |(ports, rules): (&Ports, Vec<&Rule>)| {
        let select = |kind: fn(&Rule) -> Option<Xml>| -> Vec<Xml> {
            rules
                .iter()
                .filter_map(|rule| Some(described(kind(rule)?, rule)))
                .collect()
        };
        with_groups(ctx, ports, &rules)
            .items("ipRanges", select(v4))
            .items("ipv6Ranges", select(v6))
            .items("prefixListIds", select(lists))
    };
    by_ports(rules).into_iter().map(permission).collect()
}

/// The same for stale rules, which always name groups.
pub(super) fn stale_permissions(ctx: &Context<'_>, rules: &[&Rule]) -> Vec<Xml> {
    let permissions = by_ports(rules).into_iter();
    permissions
        .map(|(ports, rules)| with_groups(ctx, ports, &rules))
        .collect()
}

fn with_groups(ctx: &Context<'_>, ports: &Ports, rules: &[&Rule]) -> Xml {
    let groups = rules
        .iter()
        .filter(|rule| matches!(rule.other, Other::Group { .. }))
        .map(|rule| described(reference(ctx, &rule.other), rule));
    Xml::new()
        .leaf("ipProtocol", &ports.protocol)
        .maybe("fromPort", ports.from)
        .maybe("toPort", ports.to)
        .items("groups", groups)
}

fn described(xml: Xml, rule: &Rule) -> Xml {
    xml.maybe("description", rule.description.as_ref())
}

fn v4(rule: &Rule) -> Option<Xml> {
    match rule.other {
        Other::Range(IpNet::V4(range)) => Some(Xml::new().leaf("cidrIp", range)),
        _ => None,
    }
}

fn v6(rule: &Rule) -> Option<Xml> {
    match rule.other {
        Other::Range(IpNet::V6(range)) => Some(Xml::new().leaf("cidrIpv6", range)),
        _ => None,
    }
}

fn lists(rule: &Rule) -> Option<Xml> {
    match &rule.other {
        Other::PrefixList(id) => Some(Xml::new().leaf("prefixListId", id)),
        _ => None,
    }
}
