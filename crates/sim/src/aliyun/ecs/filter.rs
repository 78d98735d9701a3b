//! What security groups let pass.

use std::net::Ipv4Addr;

use super::rules::{Peer, Rule};
use super::{Group, Instance, State};
use crate::verdict::Protocol;

/// One end's view of a packet.
pub(crate) struct Side<'a> {
    /// Whose groups decide.
    pub(crate) instance: &'a Instance,
    /// The instance on the other end, if it is one.
    pub(crate) other: Option<&'a Instance>,
    pub(crate) other_address: Ipv4Addr,
    pub(crate) is_egress: bool,
}

/// Whether the groups of an instance let a packet pass. They are stateful, so replies are not asked about.
pub(crate) fn allows(state: &State, side: &Side<'_>, protocol: Protocol) -> bool {
    let groups: Vec<&Group> = side
        .instance
        .groups
        .iter()
        .filter_map(|id| state.groups.get(id))
        .collect();
    let mut matching: Vec<&Rule> = groups
        .iter()
        .flat_map(|group| &group.rules)
        .filter(|rule| rule.is_egress == side.is_egress && covers(rule, side, protocol))
        .collect();
    // The lowest number decides; among equals, a refusal.
    matching.sort_by_key(|rule| (rule.priority, rule.accepts));
    match matching.first() {
        Some(rule) => rule.accepts,
        None => by_default(&groups, side),
    }
}

/// Basic groups let everything out, and members of the same group in.
fn by_default(groups: &[&Group], side: &Side<'_>) -> bool {
    let mut basic = groups.iter().filter(|group| !group.is_enterprise);
    if side.is_egress {
        return basic.next().is_some();
    }
    let Some(other) = side.other.filter(|other| other.vpc == side.instance.vpc) else {
        return false;
    };
    basic.any(|group| other.groups.contains(&group.base.id))
}

fn covers(rule: &Rule, side: &Side<'_>, protocol: Protocol) -> bool {
    covers_peer(rule, side) && covers_protocol(rule, protocol)
}

fn covers_peer(rule: &Rule, side: &Side<'_>) -> bool {
    match &rule.peer {
        Peer::Range(range) => range.contains(&side.other_address),
        Peer::Group { id, .. } => side
            .other
            .is_some_and(|other| other.vpc == side.instance.vpc && other.groups.contains(id)),
        Peer::Range6(_) | Peer::PrefixList(_) => false,
    }
}

fn covers_protocol(rule: &Rule, protocol: Protocol) -> bool {
    let in_range = |port: u16| {
        rule.ports()
            .is_none_or(|(first, last)| (first..=last).contains(&port))
    };
    match (rule.protocol.as_str(), protocol) {
        ("ALL", _) | ("ICMP", Protocol::Icmp) => true,
        ("TCP", Protocol::Tcp(port)) | ("UDP", Protocol::Udp(port)) => in_range(port),
        _ => false,
    }
}
