//! Rules of security groups: authorising and revoking them.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use serde_json::json;

use super::{Group, own_group, references};
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::table::{Base, Life};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(super) id: String,
    pub(crate) is_egress: bool,
    /// Upper case.
    pub(crate) protocol: String,
    pub(crate) port_range: String,
    /// The port list that stands in for the range of ports.
    pub(super) port_list: Option<String>,
    pub(super) source_port_range: String,
    pub(crate) peer: Peer,
    /// The range of this side, where one was given.
    pub(super) near: Option<IpNet>,
    pub(crate) accepts: bool,
    pub(crate) priority: u64,
    pub(super) nic_type: String,
    pub(super) description: String,
    pub(super) created: Duration,
}

/// Who is on the other end of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Peer {
    Range(IpNet),
    Group { id: String, owner: String },
    PrefixList(String),
}

impl Rule {
    /// Identity of a rule: description and id do not count.
    fn is_same(&self, other: &Self) -> bool {
        self.is_egress == other.is_egress
            && self.protocol == other.protocol
            && self.port_range == other.port_range
            && self.port_list == other.port_list
            && self.source_port_range == other.source_port_range
            && self.peer == other.peer
            && self.near == other.near
            && self.accepts == other.accepts
            && self.priority == other.priority
    }

    /// The receiver's first and last port; `None` means all.
    pub(super) fn ports(&self) -> Option<(u16, u16)> {
        port_range(&self.port_range)
    }

    /// The sender's first and last port; `None` means all.
    pub(super) fn source_ports(&self) -> Option<(u16, u16)> {
        port_range(&self.source_port_range)
    }
}

/// `first/last`; `-1/-1`, which means all, is none.
pub(super) fn port_range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('/')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

const FLAT: [&str; 20] = [
    "IpProtocol",
    "PortRange",
    "PortRangeListId",
    "SourcePortRange",
    "SourceCidrIp",
    "DestCidrIp",
    "Ipv6SourceCidrIp",
    "Ipv6DestCidrIp",
    "SourceGroupId",
    "DestGroupId",
    "SourcePrefixListId",
    "DestPrefixListId",
    "SourceGroupOwnerId",
    "DestGroupOwnerId",
    "SourceGroupOwnerAccount",
    "DestGroupOwnerAccount",
    "Policy",
    "Priority",
    "NicType",
    "Description",
];

/// The rules in a call, in `Permissions.N` or the older flat form.
fn sent_rules(ctx: &Context<'_>, is_egress: bool) -> Outcome<Vec<Rule>> {
    let numbers = ctx.parameters.numbers("Permissions");
    let flat = FLAT.iter().any(|name| ctx.parameters.get(name).is_some());
    if flat && !numbers.is_empty() {
        return Err(Failure::bad(
            "InvalidParam.Permissions",
            "Permissions.N and flat parameters may not be mixed.",
        ));
    }
    if flat {
        return Ok(vec![read(ctx, is_egress, |name| ctx.parameters.get(name))?]);
    }
    if numbers.is_empty() || numbers.len() > 100 {
        return Err(Failure::bad(
            "InvalidParam.Permissions",
            "1 to 100 permissions.",
        ));
    }
    let rule = |number| {
        read(ctx, is_egress, |name| {
            ctx.parameters.nested("Permissions", number, name)
        })
    };
    numbers.into_iter().map(rule).collect()
}

fn read<'a>(
    ctx: &Context<'_>,
    is_egress: bool,
    field: impl Fn(&str) -> Option<&'a str>,
) -> Outcome<Rule> {
    let wrong = |name: &str| {
        Failure::bad(
            format!("InvalidParam.{name}"),
            format!("{name} is not valid."),
        )
    };
    let protocol = protocol(ctx, &field).ok_or_else(|| match field("IpProtocol") {
        None => Failure::bad("MissingParameter", "A rule needs a protocol."),
        Some(_) => Failure::bad(
            "InvalidIpProtocol.ValueNotSupported",
            "The protocol is not supported.",
        ),
    })?;
    let has_ports = matches!(protocol.as_str(), "TCP" | "UDP" | "6" | "17");
    let fits = |ports: &str| {
        let in_order = port_range(ports).is_some_and(|(first, last)| first >= 1 && first <= last);
        ports == "-1/-1" || (has_ports && in_order)
    };
    // A range wins silently over a list.
    let list = field("PortRangeListId").filter(|_| field("PortRange").is_none() && has_ports);
    let ports = list
        .map_or(field("PortRange"), |_| Some(""))
        .ok_or_else(|| wrong("PortRange"))?;
    if list.is_none() && !fits(ports) {
        return Err(wrong("PortRange"));
    }
    let source_ports = field("SourcePortRange").unwrap_or_default();
    if !source_ports.is_empty() && !fits(source_ports) {
        return Err(wrong("SourcePortRange"));
    }
    let priority = field("Priority")
        .map_or(Ok(1), str::parse)
        .map_err(|_| Failure::bad("InvalidPriority.Malformed", "The priority is a number."))?;
    let accepts = match field("Policy").unwrap_or("accept").to_lowercase().as_str() {
        "accept" => true,
        "drop" => false,
        _ => {
            return Err(Failure::bad(
                "InvalidPolicy.Malformed",
                "The policy is accept or drop.",
            ));
        }
    };
    if !(1..=100).contains(&priority) {
        return Err(Failure::bad(
            "InvalidPriority.ValueNotSupported",
            "The priority is 1 to 100.",
        ));
    }
    Ok(Rule {
        id: String::new(),
        is_egress,
        protocol,
        port_range: ports.to_owned(),
        port_list: list.map(str::to_owned),
        source_port_range: source_ports.to_owned(),
        peer: peer(ctx, is_egress, &field)?,
        near: near(is_egress, &field)?,
        accepts,
        priority,
        nic_type: field("NicType").unwrap_or("intranet").to_owned(),
        description: field("Description").unwrap_or_default().to_owned(),
        created: ctx.now,
    })
}

/// Regions whose rules may name protocols by number.
const NUMBERED: [&str; 7] = [
    "ap-southeast-6",
    "eu-west-1",
    "ap-southeast-3",
    "cn-huhehaote",
    "cn-qingdao",
    "us-west-1",
    "ap-southeast-1",
];

/// In upper case, or a number.
fn protocol<'a>(ctx: &Context<'_>, field: &impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let name = field("IpProtocol")?.to_uppercase();
    let is_known = matches!(
        name.as_str(),
        "TCP" | "UDP" | "ICMP" | "ICMPV6" | "GRE" | "ALL"
    );
    let region = ctx.parameters.get("RegionId").unwrap_or_default();
    let is_number = NUMBERED.contains(&region) && name.parse::<u8>().is_ok();
    (is_known || is_number).then_some(name)
}

/// A range wins silently over a group, a group over a prefix list.
fn peer<'a>(
    ctx: &Context<'_>,
    is_egress: bool,
    field: &impl Fn(&str) -> Option<&'a str>,
) -> Outcome<Peer> {
    let side = if is_egress { "Dest" } else { "Source" };
    let get = |name: String| field(&name).map(str::to_owned);
    if let Some(range) = range(side, field)? {
        return Ok(Peer::Range(range));
    }
    if let Some(id) = get(format!("{side}GroupId")) {
        let owner = references::owner(
            ctx,
            get(format!("{side}GroupOwnerId")),
            get(format!("{side}GroupOwnerAccount")),
        );
        return Ok(Peer::Group { id, owner });
    }
    if let Some(id) = get(format!("{side}PrefixListId")) {
        return Ok(Peer::PrefixList(id));
    }
    Err(Failure::bad(
        format!("MissingParameter.{side}"),
        "A rule needs a range, a group or a prefix list.",
    ))
}

/// The range that a rule names for one side, of either family.
fn range<'a>(side: &str, field: &impl Fn(&str) -> Option<&'a str>) -> Outcome<Option<IpNet>> {
    for (name, is_v6) in [
        (format!("{side}CidrIp"), false),
        (format!("Ipv6{side}CidrIp"), true),
    ] {
        if let Some(text) = field(&name) {
            let parsed = net(text).filter(|net| net.addr().is_ipv6() == is_v6);
            let wrong = || Failure::bad(format!("InvalidParam.{name}"), "The range is not valid.");
            return parsed.map(Some).ok_or_else(wrong);
        }
    }
    Ok(None)
}

/// A range, or a single address.
fn net(text: &str) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    let range = text.parse::<IpNet>().ok().map(|net| net.trunc());
    range.or_else(address)
}

/// The range of the side that the group stands on: a rule of five parts.
fn near<'a>(is_egress: bool, field: &impl Fn(&str) -> Option<&'a str>) -> Outcome<Option<IpNet>> {
    range(if is_egress { "Source" } else { "Dest" }, field)
}

pub(super) fn authorize(ctx: &mut Context<'_>, is_egress: bool) -> Outcome {
    let region = ctx.required_region()?;
    let mut group = own_group(ctx)?;
    let mut fresh = Vec::new();
    let sent = sent_rules(ctx, is_egress)?;
    check_distinct(&sent)?;
    for rule in sent {
        references::check(ctx, &group, &rule)?;
        references::check_lists(ctx, &rule)?;
        // A rule that exists already is no error and creates nothing.
        if !group.rules.iter().any(|known| known.is_same(&rule)) {
            group.rules.push(rule.clone());
            fresh.push(rule);
        }
    }
    if group.rules.len() > ctx.quota("rules_per_security_group") {
        return Err(Failure::forbidden(
            "AuthorizationLimitExceed",
            "The limit of authorization records is reached.",
        ));
    }
    references::check_count(ctx, &group)?;
    for mut rule in fresh {
        rule.id = ctx.new_id("sgr", &region);
        enter(ctx, &group, &rule);
        if let Some(group) = ctx.state.ecs.groups.get_mut(&group.base.id) {
            group.rules.push(rule);
        }
    }
    Ok(json!({}))
}

fn check_distinct(sent: &[Rule]) -> Outcome<()> {
    let repeated = |(number, rule): (usize, &Rule)| sent[..number].iter().any(|r| r.is_same(rule));
    if sent.iter().enumerate().any(repeated) {
        return Err(Failure::bad(
            "InvalidParam.DuplicatePermissions",
            "The call names a rule twice.",
        ));
    }
    Ok(())
}

fn enter(ctx: &mut Context<'_>, group: &Group, rule: &Rule) {
    let base = Base {
        id: rule.id.clone(),
        name: String::new(),
        description: String::new(),
        tags: Vec::new(),
        life: Life::new(ctx.now, Duration::ZERO),
        ..group.base.clone()
    };
    ctx.born("security-group-rule", &base);
}

pub(super) fn revoke(ctx: &mut Context<'_>, is_egress: bool) -> Outcome {
    ctx.required_region()?;
    let group = own_group(ctx)?;
    let by_id = ctx.parameters.list("SecurityGroupRuleId");
    let mut doomed = Vec::new();
    for id in &by_id {
        let missing = || {
            Failure::missing(
                "InvalidSecurityGroupRuleId.NotFound",
                format!("The rule {id} does not exist."),
            )
        };
        let rule = group
            .rules
            .iter()
            .find(|rule| rule.id == *id && rule.is_egress == is_egress);
        doomed.push(rule.ok_or_else(missing)?.id.clone());
    }
    if by_id.is_empty() {
        for rule in sent_rules(ctx, is_egress)? {
            let missing = || {
                Failure::missing(
                    "InvalidSecurityGroupRule.RuleNotExist",
                    "The rule does not exist.",
                )
            };
            let known = group.rules.iter().find(|known| known.is_same(&rule));
            doomed.push(known.ok_or_else(missing)?.id.clone());
        }
    }
    let now = ctx.now;
    if let Some(group) = ctx.state.ecs.groups.get_mut(&group.base.id) {
        group.rules.retain(|rule| !doomed.contains(&rule.id));
    }
    for id in doomed {
        ctx.ledger.gone(&id, now);
    }
    Ok(json!({}))
}
