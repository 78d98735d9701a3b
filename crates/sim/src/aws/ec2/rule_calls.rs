//! Authorizing and revoking: all rules of a call, or none.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::find::GROUP;
use super::peering::Status;
use super::rules::{Other, Ports, Rule};
use super::{Group, prefix_lists, rule_views, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent, bad_value, missing};
use crate::aws::xml::Xml;

pub(super) fn authorize(ctx: &mut Context<'_>, is_egress: bool) -> Outcome {
    let group = GROUP.named(ctx, "GroupId")?;
    let wanted = wanted(ctx, &group, is_egress, Purpose::Authorize)?;
    let tags = tagging::specified(ctx, &["security-group-rule"])?;
    check_new(&group, &wanted)?;
    check_room(ctx, &group, &wanted)?;
    let added: Vec<Rule> = wanted.into_iter().map(|rule| with_id(ctx, rule)).collect();
    for rule in &added {
        ctx.born("security-group-rule", &rule.id);
        tagging::put(ctx, &rule.id, tags.clone());
    }
    let rows: Vec<Xml> = added
        .iter()
        .map(|rule| rule_views::view(ctx, &group, rule))
        .collect();
    if let Some(group) = ctx.state.ec2.groups.get_mut(&group.base.id) {
        group.rules.extend(added);
    }
    Ok(Xml::done().items("securityGroupRuleSet", rows))
}

fn with_id(ctx: &mut Context<'_>, rule: Rule) -> Rule {
    Rule {
        id: ctx.new_id("sgr"),
        ..rule
    }
}

fn check_new(group: &Group, wanted: &[Rule]) -> Outcome<()> {
    for (position, rule) in wanted.iter().enumerate() {
        let mut others = group.rules.iter().chain(&wanted[..position]);
        if others.any(|other| other.is_same(rule)) {
            let message = format!("the specified rule \"{}\" already exists", named(rule));
            return Err(Failure::bad("InvalidPermission.Duplicate", message));
        }
    }
    Ok(())
}

fn named(rule: &Rule) -> String {
    let peer = match &rule.other {
        Other::Range(range) => range.to_string(),
        Other::Group { group, .. } | Other::PrefixList(group) => group.clone(),
    };
    let protocol = rule.ports.protocol.to_uppercase();
    let ports = rule.ports.from.zip(rule.ports.to);
    let ports = ports.map_or_else(String::new, |(from, to)| {
        format!(", from port: {from}, to port: {to}")
    });
    format!("peer: {peer}, {protocol}{ports}, ALLOW")
}

/// Ranges of both families count apart, references with both, and a prefix list as many times as it has room for entries.
pub(super) fn check_room(ctx: &Context<'_>, group: &Group, wanted: &[Rule]) -> Outcome<()> {
    let Some(first) = wanted.first() else {
        return Ok(());
    };
    for v6 in [false, true] {
        let same_way = |rule: &&Rule| rule.is_egress == first.is_egress;
        let rules = group.rules.iter().chain(wanted).filter(same_way);
        let after: usize = rules.map(|rule| weight(ctx, rule, v6)).sum();
        ctx.within(
            "rules_per_security_group",
            after.saturating_sub(1),
            "RulesPerSecurityGroupLimitExceeded",
        )?;
    }
    Ok(())
}

fn weight(ctx: &Context<'_>, rule: &Rule, v6: bool) -> usize {
    match &rule.other {
        Other::Range(range) => usize::from(range.addr().is_ipv6() == v6),
        Other::Group { .. } => 1,
        Other::PrefixList(id) => {
            let list = prefix_lists::usable(ctx, id).ok();
            let counted = list.filter(|list| list.is_v6 == v6);
            counted.map_or(0, |list| list.weight())
        }
    }
}

pub(super) fn revoke(ctx: &mut Context<'_>, is_egress: bool) -> Outcome {
    let group = GROUP.named(ctx, "GroupId")?;
    let ids = ctx.parameters.list("SecurityGroupRuleId");
    let doomed = if ids.is_empty() {
        by_properties(ctx, &group, is_egress)?
    } else {
        by_ids(&group, ids, is_egress)?
    };
    let rows: Vec<Xml> = group
        .rules
        .iter()
        .filter(|rule| doomed.contains(&rule.id))
        .map(|rule| rule_views::revoked(&group, rule))
        .collect();
    if let Some(group) = ctx.state.ec2.groups.get_mut(&group.base.id) {
        group.rules.retain(|rule| !doomed.contains(&rule.id));
    }
    for id in &doomed {
        ctx.gone(id);
        tagging::forget(ctx, id);
    }
    Ok(Xml::done().items("revokedSecurityGroupRuleSet", rows))
}

fn by_ids(group: &Group, ids: Vec<String>, is_egress: bool) -> Outcome<Vec<String>> {
    for id in &ids {
        let mut rules = group.rules.iter();
        if !rules.any(|rule| rule.id == *id && rule.is_egress == is_egress) {
            return Err(absent(
                "InvalidSecurityGroupRuleId",
                "security group rule",
                id,
            ));
        }
    }
    Ok(ids)
}

fn by_properties(ctx: &Context<'_>, group: &Group, is_egress: bool) -> Outcome<Vec<String>> {
    let wanted = wanted(ctx, group, is_egress, Purpose::Revoke)?;
    let id_of = |rule: &Rule| {
        let found = group.rules.iter().find(|own| own.is_same(rule));
        found.map(|own| own.id.clone()).ok_or_else(|| {
            Failure::bad(
                "InvalidPermission.NotFound",
                "The specified rule does not exist in this security group.",
            )
        })
    };
    wanted.iter().map(id_of).collect()
}

/// Rules to be removed may name what is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Authorize,
    Revoke,
}

/// The rules that the parameters describe, without ids.
pub(super) fn wanted(
    ctx: &Context<'_>,
    group: &Group,
    is_egress: bool,
    purpose: Purpose,
) -> Outcome<Vec<Rule>> {
    let mut rules = Vec::new();
    for number in ctx.parameters.numbers("IpPermissions") {
        let prefix = format!("IpPermissions.{number}");
        let permission = Permission {
            ctx,
            group,
            is_egress,
            purpose,
            ports: ports(ctx, &format!("{prefix}."))?,
        };
        rules.extend(permission.ranges(&format!("{prefix}.IpRanges"), "CidrIp")?);
        rules.extend(permission.ranges(&format!("{prefix}.Ipv6Ranges"), "CidrIpv6")?);
        rules.extend(permission.lists(&format!("{prefix}.PrefixListIds"))?);
        for named in ["Groups", "UserIdGroupPairs"] {
            rules.extend(permission.groups(&format!("{prefix}.{named}"))?);
        }
    }
    if let Some(range) = ctx.parameters.get("CidrIp") {
        let ports = ports(ctx, "")?;
        let other = Other::Range(self::range(range)?);
        rules.push(rule(is_egress, ports, other, None));
    }
    if rules.is_empty() {
        return Err(missing("ipPermissions"));
    }
    Ok(rules)
}

fn rule(is_egress: bool, ports: Ports, other: Other, description: Option<&str>) -> Rule {
    Rule {
        id: String::new(),
        is_egress,
        ports,
        other,
        description: description.map(str::to_owned),
    }
}

pub(super) fn range(text: &str) -> Outcome<IpNet> {
    let parsed = text.parse::<IpNet>().map(|net| net.trunc());
    parsed.map_err(|_| {
        let message = format!("CIDR block {text} is malformed");
        Failure::bad("InvalidParameterValue", message)
    })
}

pub(super) fn ports(ctx: &Context<'_>, prefix: &str) -> Outcome<Ports> {
    let protocol = ctx.required(&format!("{prefix}IpProtocol"))?.to_lowercase();
    let protocol = match protocol.as_str() {
        "-1" | "all" => return Ok(Ports::all()),
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        other => other,
    };
    let from = ctx.integer(&format!("{prefix}FromPort"))?;
    let to = ctx.integer(&format!("{prefix}ToPort"))?;
    let is_number = protocol.parse::<u8>().is_ok();
    let good = match protocol {
        "tcp" | "udp" => {
            let bounds = |port: Option<i64>| port.is_some_and(|port| (0..=65535).contains(&port));
            bounds(from) && bounds(to) && from <= to
        }
        "icmp" | "icmpv6" => {
            let bounds = |part: Option<i64>| part.is_none_or(|part| (-1..=255).contains(&part));
            bounds(from) && bounds(to)
        }
        _ if is_number => {
            return Ok(Ports {
                protocol: protocol.to_owned(),
                from: None,
                to: None,
            });
        }
        _ => return Err(bad_value(protocol, "ipProtocol")),
    };
    if !good {
        let message = format!("Invalid values for from and to port of protocol {protocol}");
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    let is_icmp = protocol.starts_with("icmp");
    Ok(Ports {
        protocol: protocol.to_owned(),
        from: from.or(is_icmp.then_some(-1)),
        to: to.or(is_icmp.then_some(-1)),
    })
}

/// One `IpPermissions.N` of a call.
struct Permission<'a> {
    ctx: &'a Context<'a>,
    group: &'a Group,
    is_egress: bool,
    purpose: Purpose,
    ports: Ports,
}

impl Permission<'_> {
    fn rule(&self, other: Other, description: Option<&str>) -> Rule {
        rule(self.is_egress, self.ports.clone(), other, description)
    }

    fn ranges(&self, prefix: &str, field: &str) -> Outcome<Vec<Rule>> {
        let parameters = &self.ctx.parameters;
        let one = |number| {
            let text = parameters.nested(prefix, number, field).unwrap_or_default();
            let description = parameters.nested(prefix, number, "Description");
            Ok(self.rule(Other::Range(range(text)?), description))
        };
        parameters.numbers(prefix).into_iter().map(one).collect()
    }

    /// A list that is gone can still be revoked.
    fn lists(&self, prefix: &str) -> Outcome<Vec<Rule>> {
        let parameters = &self.ctx.parameters;
        let one = |number| {
            let id = parameters.nested(prefix, number, "PrefixListId");
            let id = id.ok_or_else(|| missing("prefixListId"))?;
            if self.purpose == Purpose::Authorize {
                prefix_lists::usable(self.ctx, id)?;
            }
            let description = parameters.nested(prefix, number, "Description");
            Ok(self.rule(Other::PrefixList(id.to_owned()), description))
        };
        parameters.numbers(prefix).into_iter().map(one).collect()
    }

    fn groups(&self, prefix: &str) -> Outcome<Vec<Rule>> {
        let parameters = &self.ctx.parameters;
        let one = |number| {
            let field = |name| parameters.nested(prefix, number, name);
            let id = field("GroupId").ok_or_else(|| missing("groupId"))?;
            let owner = field("UserId").unwrap_or(self.ctx.account());
            let peering = field("VpcPeeringConnectionId");
            let other = match self.stored(id) {
                Some(stored) if self.purpose == Purpose::Revoke => stored,
                _ => reference(self.ctx, self.group, id, owner, peering)?,
            };
            Ok(self.rule(other, field("Description")))
        };
        parameters.numbers(prefix).into_iter().map(one).collect()
    }

    /// The reference as a rule of the group has it.
    fn stored(&self, id: &str) -> Option<Other> {
        let others = self.group.rules.iter().map(|rule| &rule.other);
        let mut others =
            others.filter(|other| matches!(other, Other::Group { group, .. } if group == id));
        others.next().cloned()
    }
}

/// A group can be named in its own VPC, and over an active peering within a region.
pub(super) fn reference(
    ctx: &Context<'_>,
    group: &Group,
    id: &str,
    owner: &str,
    peering: Option<&str>,
) -> Outcome<Other> {
    let ec2 = &ctx.state.ec2;
    let refused = |message: String| Err(Failure::bad("InvalidGroup.NotFound", message));
    let here = |other: &&Group| {
        other.base.owner == owner
            && other.base.region == ctx.region
            && other.base.life.is_listed(ctx.now)
    };
    let Some(other) = ec2.groups.get(id).filter(here) else {
        return refused(format!("The security group '{id}' does not exist"));
    };
    if other.vpc == group.vpc {
        return Ok(named_group(other, None));
    }
    let over = ec2.peerings.iter().find(|candidate| {
        let named = peering.is_none_or(|id| candidate.base.id == id);
        named
            && candidate.joins(&group.vpc, &other.vpc)
            && candidate.status(ctx.now) == Status::Active
    });
    match over {
        Some(over) => Ok(named_group(other, Some(over.base.id.clone()))),
        None => refused(format!(
            "You have specified two resources that belong to different networks: {id} and {}",
            group.base.id
        )),
    }
}

fn named_group(group: &Group, peering: Option<String>) -> Other {
    Other::Group {
        group: group.base.id.clone(),
        owner: group.base.owner.clone(),
        vpc: group.vpc.clone(),
        peering,
    }
}

/// Rules with equal ports belong to one permission of a group.
pub(super) fn by_ports<'a>(rules: &[&'a Rule]) -> Vec<(&'a Ports, Vec<&'a Rule>)> {
    let mut order: Vec<&Ports> = Vec::new();
    let mut sorted: BTreeMap<usize, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        let position = order.iter().position(|ports| **ports == rule.ports);
        let position = position.unwrap_or_else(|| {
            order.push(&rule.ports);
            order.len() - 1
        });
        sorted.entry(position).or_default().push(rule);
    }
    sorted
        .into_iter()
        .map(|(position, rules)| (order[position], rules))
        .collect()
}
