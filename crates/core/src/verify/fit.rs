//! Whether a rule or an entry of an access list applies to a packet: yes, no, or nobody can tell.

use std::net::IpAddr;

use super::Traffic;
use super::fabric::Spot;
use crate::traits::{
    AclEntry, Action, Conditions, IcmpType, PortList, PortRange, Protocol, Rule, RulePeer,
};

/// Whether something applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    No,
    /// Because of what was not understood.
    Unknown(String),
}

impl From<bool> for Fit {
    fn from(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

impl Fit {
    // What is not understood matters only where all the rest fits.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, other) => other,
            (unknown, Self::Yes) => unknown,
            (Self::Unknown(left), Self::Unknown(right)) => {
                Self::Unknown(format!("{left}, {right}"))
            }
        }
    }
}

/// A packet as a filter at one of its ends sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    pub(super) traffic: Traffic,
    pub(super) near: IpAddr,
    pub(super) far: &'a Spot,
    /// Whether the filter knows the groups of the far end: not every path lets it.
    pub(super) groups_known: bool,
}

/// Of a rule that is [about](super::lists::Ordered::about) the far end's address, or may be.
pub(super) fn rule(rule: &Rule, packet: &Packet<'_>) -> Fit {
    common(rule.protocol, rule.ports, &rule.only, packet).and(peer(&rule.peer, packet))
}

/// Likewise of an entry of an access list.
pub(super) fn entry(entry: &AclEntry, packet: &Packet<'_>) -> Fit {
    // Entries about other addresses are not looked at. Where the range is not understood, its words are in the conditions.
    common(entry.protocol, entry.ports, &entry.only, packet)
}

fn common(
    protocol: Protocol,
    ports: Option<PortRange>,
    only: &Conditions,
    packet: &Packet<'_>,
) -> Fit {
    let traffic = &packet.traffic;
    let near = |range: ipnet::IpNet| range.contains(&packet.near);
    Fit::from(protocol == Protocol::All || protocol == traffic.protocol)
        .and(in_range(ports, traffic.port))
        .and(in_range(only.source_ports, traffic.source_port))
        .and(in_list(only.port_list.as_ref(), traffic.port))
        .and(in_list(only.source_port_list.as_ref(), traffic.source_port))
        .and(message(only.icmp, traffic.icmp))
        .and(only.near.is_none_or(near).into())
        .and(read(&only.unread))
}

fn in_range(ports: Option<PortRange>, port: Option<u16>) -> Fit {
    match (ports, port) {
        (None, _) => Fit::Yes,
        (Some(ports), Some(port)) => ports.contains(port).into(),
        (Some(_), None) => Fit::No,
    }
}

fn in_list(list: Option<&PortList>, port: Option<u16>) -> Fit {
    let (Some(list), Some(port)) = (list, port) else {
        return list.is_none().into();
    };
    match &list.ports {
        Some(ports) => ports.iter().any(|ports| ports.contains(port)).into(),
        None => Fit::Unknown(format!("the ports of port list {} are not known", list.id)),
    }
}

fn message(wanted: Option<IcmpType>, sent: Option<IcmpType>) -> Fit {
    let (Some(wanted), Some(sent)) = (wanted, sent) else {
        return wanted.is_none().into();
    };
    let code = wanted.code.is_none() || wanted.code == sent.code;
    (wanted.kind == sent.kind && code).into()
}

fn read(unread: &[String]) -> Fit {
    match unread {
        [] => Fit::Yes,
        words => Fit::Unknown(format!("`{}` is not understood", words.join("`, `"))),
    }
}

fn peer(peer: &RulePeer, packet: &Packet<'_>) -> Fit {
    match peer {
        // Rules about other addresses are not looked at.
        RulePeer::Range(_) => Fit::Yes,
        RulePeer::Group { id, .. } => {
            let groups = packet.far.groups.as_ref();
            let member = groups.is_some_and(|groups| groups.contains(id));
            (packet.groups_known && member).into()
        }
        RulePeer::PrefixList(list) => match &list.ranges {
            Some(ranges) => ranges
                .iter()
                .any(|range| range.contains(&packet.far.address))
                .into(),
            None => Fit::Unknown(format!("the CIDR blocks of {list} are not known")),
        },
        RulePeer::Other(words) => Fit::Unknown(format!("`{words}` is not understood")),
    }
}

/// What a list of rules or entries does with a packet.
#[derive(Debug)]
pub(super) enum Decision<'a, T> {
    /// Something applies, and this is what it does.
    By(&'a T, Action),
    /// Nothing applies.
    None,
    /// This may apply, and would change the outcome.
    Unknown(&'a T, String),
}

/// The first that applies decides, of items in the order in which the cloud looks at them; `otherwise` is what happens
/// where none applies.
pub(super) fn first_of<'a, T>(
    items: impl Iterator<Item = (&'a T, Action, Fit)>,
    otherwise: Action,
) -> Decision<'a, T> {
    let mut open: Vec<(&T, Action, String)> = Vec::new();
    let mut decision = Decision::None;
    for (item, action, fit) in items {
        match (fit, action) {
            (Fit::No, _) => {}
            (Fit::Unknown(why), action) => open.push((item, action, why)),
            (Fit::Yes, Action::Unknown) => {
                open.push((item, action, "its action is not understood".to_owned()));
            }
            (Fit::Yes, action) => {
                decision = Decision::By(item, action);
                break;
            }
        }
    }
    let outcome = match decision {
        Decision::By(_, action) => action,
        _ => otherwise,
    };
    let changes = open.into_iter().find(|(_, action, _)| *action != outcome);
    match changes {
        Some((item, _, why)) => Decision::Unknown(item, why),
        None => decision,
    }
}
