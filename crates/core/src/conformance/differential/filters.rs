//! Random rules of security groups and entries of access lists.

use std::net::IpAddr;

use ipnet::IpNet;

use super::dice::Dice;
use super::draw::Scene;
use crate::traits::{
    AclEntry, Action, Conditions, Direction, IcmpType, PortList, PortRange, PrefixList, Protocol,
    Rule, RulePeer,
};

/// The prefix lists that rules and routes name. Their blocks are those of instances' networks and subnets.
pub(super) const PREFIX_LISTS: [(&str, &[&str]); 3] = [
    ("pl-hidden", &["10.1.1.0/24", "10.2.0.0/16"]),
    ("pl-near", &["10.1.0.0/16", "10.3.2.0/25"]),
    ("pl-far", &["10.2.1.0/24", "10.3.0.0/16", "192.168.0.0/16"]),
];

/// The port lists that rules name.
pub(super) const PORT_LISTS: [(&str, &[(u16, u16)]); 3] = [
    ("ports-hidden", &[(22, 22), (53, 53)]),
    ("ports-low", &[(1, 100), (1000, 1000)]),
    ("ports-high", &[(443, 443), (49_152, 65_535)]),
];

pub(super) fn prefix_list(dice: &mut Dice) -> PrefixList {
    let (id, ranges) = dice.pick(PREFIX_LISTS);
    let ranges = ranges.iter().filter_map(|text| text.parse::<IpNet>().ok());
    PrefixList::new(id).with_ranges(ranges.collect::<Vec<_>>())
}

fn port_list(dice: &mut Dice) -> PortList {
    let (id, ports) = dice.pick(PORT_LISTS);
    let ports = ports.iter().map(|&(first, last)| PortRange { first, last });
    PortList::new(id).with_ports(ports.collect::<Vec<_>>())
}

fn ports(dice: &mut Dice) -> PortRange {
    let (first, last) = dice.pick([
        (22, 22),
        (53, 53),
        (80, 80),
        (80, 443),
        (1, 1023),
        (1000, 1000),
        (1024, 65_535),
        (50_000, 65_535),
    ]);
    PortRange { first, last }
}

fn direction(dice: &mut Dice) -> Direction {
    match dice.chance(65) {
        true => Direction::Ingress,
        false => Direction::Egress,
    }
}

fn protocol(dice: &mut Dice, numbers: bool) -> Protocol {
    let number = Protocol::Number(132);
    match dice.below(20) {
        0..6 => Protocol::All,
        6..10 => Protocol::Icmp,
        10..15 => Protocol::Tcp,
        15..18 => Protocol::Udp,
        18 => Protocol::Gre,
        _ if numbers => number,
        _ => Protocol::All,
    }
}

fn message(dice: &mut Dice) -> IcmpType {
    IcmpType {
        kind: dice.pick([8, 8, 0, 3]),
        code: dice.pick([None, None, Some(0), Some(1)]),
    }
}

/// A rule of a group with members at these addresses, and its priority.
pub(super) fn rule(dice: &mut Dice, scene: &Scene<'_>, near: &[IpAddr]) -> (Rule, Option<u32>) {
    let can = scene.abilities;
    let protocol = protocol(dice, can.numbers);
    let has_ports = protocol.has_ports();
    let mut only = Conditions::NONE;
    let mut destination = (has_ports && dice.chance(60)).then(|| ports(dice));
    if can.five_tuples && dice.chance(15) {
        only.near = dice.one(near).map(|address| around(dice, *address));
    }
    if can.five_tuples && has_ports && dice.chance(20) {
        only.source_ports = Some(ports(dice));
    }
    if can.messages && protocol == Protocol::Icmp && dice.chance(60) {
        only.icmp = Some(message(dice));
    }
    if can.port_lists && has_ports && dice.chance(25) {
        destination = None;
        only.port_list = Some(port_list(dice));
        only.source_port_list = dice.chance(30).then(|| port_list(dice));
    }
    let rule = Rule::allow(direction(dice), protocol, destination, peer(dice, scene));
    let denies = can.priorities && dice.chance(35);
    let action = if denies { Action::Deny } else { Action::Allow };
    let priority = match can.priorities && dice.chance(80) {
        true => Some(dice.pick([1, 2, 3, 50])),
        false => None,
    };
    (rule.with_action(action).with_only(only), priority)
}

fn around(dice: &mut Dice, address: IpAddr) -> IpNet {
    IpNet::new_assert(address, dice.pick([16, 24, 30, 32])).trunc()
}

fn peer(dice: &mut Dice, scene: &Scene<'_>) -> RulePeer {
    let can = scene.abilities;
    let group = dice.one(&scene.groups).cloned();
    match (dice.below(10), group) {
        (0 | 1, Some((id, account))) if can.references => RulePeer::Group {
            id,
            account: Some(account),
        },
        (2 | 3, _) if can.prefix_lists => RulePeer::PrefixList(prefix_list(dice)),
        _ => RulePeer::Range(scene.around(dice, [0, 8, 16, 16, 24, 24, 32])),
    }
}

/// The entries of an access list: some at random, and mostly a last word that lets everything pass.
pub(super) fn entries(dice: &mut Dice, scene: &Scene<'_>) -> Vec<AclEntry> {
    let mut entries: Vec<AclEntry> = (0..dice.below(5)).map(|_| entry(dice, scene)).collect();
    entries.sort_by_key(|entry| (entry.direction, entry.number));
    entries.dedup_by_key(|entry| (entry.direction, entry.number));
    for direction in [Direction::Ingress, Direction::Egress] {
        if dice.chance(75) {
            let all = IpNet::new_assert(IpAddr::from([0, 0, 0, 0]), 0);
            let last = AclEntry::new(900, direction, Action::Allow, Protocol::All, all);
            entries.push(last);
        }
    }
    entries
}

fn entry(dice: &mut Dice, scene: &Scene<'_>) -> AclEntry {
    let can = scene.abilities;
    let action = dice.pick([Action::Allow, Action::Deny]);
    let number = u32::try_from(1 + dice.below(100)).unwrap_or(1);
    let protocol = protocol(dice, true);
    let way = dice.pick([Direction::Ingress, Direction::Egress]);
    let range = scene.around(dice, [0, 8, 16, 24, 32]);
    let mut only = Conditions::NONE;
    if can.acl_messages && protocol == Protocol::Icmp && dice.chance(60) {
        only.icmp = Some(message(dice));
    }
    if can.acl_source_ports && protocol.has_ports() && dice.chance(20) {
        only.source_ports = Some(ports(dice));
    }
    let destination = (protocol.has_ports() && dice.chance(60)).then(|| ports(dice));
    AclEntry::new(number, way, action, protocol, range)
        .with_ports(destination)
        .with_only(only)
}
