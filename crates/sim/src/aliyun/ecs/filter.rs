//! What security groups let pass.

use super::rules::{Peer, Rule};
use super::{Group, Instance, State};
use crate::packet::{Packet, Protocol};

/// One end's view of a packet.
pub(crate) struct Side<'a> {
    /// Whose groups decide.
    pub(crate) instance: &'a Instance,
    /// The instance on the other end, if it is one of the same VPC.
    pub(crate) other: Option<&'a Instance>,
    pub(crate) packet: &'a Packet,
    pub(crate) is_egress: bool,
}

/// What groups say of a packet.
pub(crate) struct Said<'a> {
    pub(crate) lets: bool,
    /// The group of the rule, or the first one.
    pub(crate) group: &'a str,
    /// `None`: what holds without a rule.
    pub(crate) rule: Option<&'a Rule>,
}

/// What the groups of an instance say of a packet. They are stateful, so answers are not asked about.
pub(crate) fn decide<'a>(state: &'a State, side: &Side<'_>) -> Said<'a> {
    let groups = side.instance.groups.iter();
    let groups: Vec<&Group> = groups.filter_map(|id| state.groups.get(id)).collect();
    let rules = groups.iter().flat_map(|group| {
        let of_group = group.rules.iter();
        of_group.map(|rule| (group.base.id.as_str(), rule))
    });
    let matching =
        rules.filter(|(_, rule)| rule.is_egress == side.is_egress && covers(state, rule, side));
    // The lowest number decides; among equals, a refusal.
    match matching.min_by_key(|(_, rule)| (rule.priority, rule.accepts)) {
        Some((group, rule)) => Said {
            lets: rule.accepts,
            group,
            rule: Some(rule),
        },
        None => Said {
            lets: by_default(&groups, side),
            group: groups.first().map_or("", |group| group.base.id.as_str()),
            rule: None,
        },
    }
}

/// Basic groups let everything out, and members of the same group in unless they are told not to.
fn by_default(groups: &[&Group], side: &Side<'_>) -> bool {
    let mut basic = groups.iter().filter(|group| !group.is_enterprise);
    if side.is_egress {
        return basic.next().is_some();
    }
    let Some(other) = side.other else {
        return false;
    };
    basic.any(|group| group.trusts_members && other.groups.contains(&group.base.id))
}

fn covers(state: &State, rule: &Rule, side: &Side<'_>) -> bool {
    names_far_end(state, rule, side)
        && names_near_end(rule, side)
        && covers_protocol(rule, side.packet.protocol)
        && covers_ports(state, rule, side.packet.protocol)
}

fn names_far_end(state: &State, rule: &Rule, side: &Side<'_>) -> bool {
    let far = side.packet.far(side.is_egress);
    match &rule.peer {
        Peer::Range(range) => range.contains(&far),
        Peer::Group { id, .. } => side.other.is_some_and(|other| other.groups.contains(id)),
        Peer::PrefixList(id) => {
            let list = state.prefix_lists.get(id);
            list.is_some_and(|list| list.has_address(far))
        }
    }
}

/// A rule of five parts names the near end too.
fn names_near_end(rule: &Rule, side: &Side<'_>) -> bool {
    let near = side.packet.near(side.is_egress);
    rule.near.is_none_or(|range| range.contains(&near))
}

fn covers_protocol(rule: &Rule, protocol: Protocol) -> bool {
    let number = match rule.protocol.as_str() {
        "ALL" => return true,
        "ICMP" => Some(1),
        "TCP" => Some(6),
        "UDP" => Some(17),
        "GRE" => Some(47),
        "ICMPV6" => Some(58),
        number => number.parse().ok(),
    };
    number == Some(protocol.number())
}

fn covers_ports(state: &State, rule: &Rule, protocol: Protocol) -> bool {
    let Some((source, destination)) = protocol.ports() else {
        return true;
    };
    let reaches = match &rule.port_list {
        Some(id) => {
            let list = state.port_lists.get(id);
            list.is_some_and(|list| list.has_port(destination))
        }
        None => within(rule.ports(), destination),
    };
    reaches && within(rule.source_ports(), source)
}

fn within(range: Option<(u16, u16)>, port: u16) -> bool {
    range.is_none_or(|(first, last)| (first..=last).contains(&port))
}
