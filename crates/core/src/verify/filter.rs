//! What access lists and security groups do with a packet.

use super::fabric::{Fabric, Spot};
use super::fit::{self, Decision, Packet};
use super::report::{Hop, Reason};
use super::trail::Trail;
use super::walk::{APPLY, LOOK, Stop, Walk, blocked, undecided};
use crate::ids::GroupId;
use crate::traits::{Action, Direction, GroupRecord};

/// The access list of a subnet: of the entries that apply, the one with the lowest number decides. It stands at the
/// subnet's border, so a packet that stays inside meets none.
pub(super) fn access(
    fabric: &Fabric<'_>,
    end: &Spot,
    packet: &Packet<'_>,
    direction: Direction,
    trail: &mut Trail,
) -> Walk {
    let acl = fabric.observation.acl_of(&end.subnet);
    let Some(acl) = acl.filter(|_| packet.far.subnet != end.subnet) else {
        return Ok(());
    };
    let entries = fabric.lists.entries(acl, direction);
    let looked_at = entries
        .about(&packet.far.address)
        .map(|entry| (entry, entry.action, fit::entry(entry, packet)));
    let packets = || packets(packet, direction);
    let element = || format!("network ACL {} of {}", acl.id, end.name);
    let remedy = || format!("allow {} in this network ACL", packets());
    match fit::first_of(looked_at, Action::Deny) {
        Decision::By(_, Action::Allow) => {
            trail.pass(|| {
                let name = format!("network ACL of {}", end.name);
                Hop::new(name, &acl.id, lets_pass(packet, direction))
            });
            Ok(())
        }
        Decision::By(entry, _) => {
            let cause = format!("its entry {} denies {}", entry.number, packets());
            Err(blocked(element(), cause, remedy()))
        }
        Decision::None => {
            let cause = format!("none of its entries allows {}", packets());
            Err(blocked(element(), cause, remedy()))
        }
        Decision::Unknown(entry, why) => {
            let number = entry.number;
            let cause = format!("its entry {number} may be about {}: {why}", packets());
            Err(undecided(element(), cause, LOOK))
        }
    }
}

/// The security groups of an instance. Rules of all groups count as one list: by priority, and of equals one that denies
/// first.
pub(super) fn filter(
    fabric: &Fabric<'_>,
    end: &Spot,
    packet: &Packet<'_>,
    direction: Direction,
    trail: &mut Trail,
) -> Walk {
    let Some(groups) = &end.groups else {
        return Ok(());
    };
    let unseen = groups
        .iter()
        .find(|id| fabric.find::<GroupRecord>(id).is_none());
    let rules = fabric.lists.rules(fabric.observation, groups, direction);
    let looked_at = rules
        .about(&packet.far.address)
        .map(|record| (record, record.rule.action, fit::rule(&record.rule, packet)));
    let default = open_by_default(fabric, groups, packet, direction);
    let otherwise = match default {
        Some(_) => Action::Allow,
        None => Action::Deny,
    };
    let packets = || packets(packet, direction);
    match (fit::first_of(looked_at, otherwise), default) {
        // Where rules have priorities, some deny: a group that was not read may.
        (Decision::By(record, Action::Allow), _) => match unseen {
            Some(group) if record.priority.is_some() => Err(unread_group(end, group)),
            _ => {
                passes(end, &record.group, packet, direction, trail);
                Ok(())
            }
        },
        (Decision::By(record, _), _) => Err(blocked(
            format!("security group {} of {}", record.group, end.name),
            format!("its rule `{}` denies {}", record.rule, packets()),
            "remove that rule",
        )),
        (Decision::Unknown(record, why), _) => Err(undecided(
            format!("security group {} of {}", record.group, end.name),
            format!(
                "its rule `{}` may be about {}: {why}",
                record.rule,
                packets()
            ),
            LOOK,
        )),
        (Decision::None, default) => match (unseen, default) {
            (Some(group), _) => Err(unread_group(end, group)),
            (None, None) => Err(no_rule(end, groups, &packets())),
            (None, Some(group)) => {
                passes(end, group, packet, direction, trail);
                Ok(())
            }
        },
    }
}

// A group of the instance that nobody showed us may let the packet pass.
fn unread_group(end: &Spot, group: &GroupId) -> Stop {
    undecided(
        format!("security group {group} of {}", end.name),
        "it was not read, so its rules are not known",
        "look at its rules with the keys of the account that owns it",
    )
}

fn no_rule(end: &Spot, groups: &[GroupId], packets: &str) -> Stop {
    let names: Vec<&str> = groups.iter().map(GroupId::as_str).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    blocked(
        format!(
            "security group{plural} {} of {}",
            names.join(", "),
            end.name
        ),
        format!("no rule allows {packets}"),
        format!("see that the topology's `firewalls` allow {packets}, then {APPLY}"),
    )
}

fn passes(
    end: &Spot,
    group: &GroupId,
    packet: &Packet<'_>,
    direction: Direction,
    trail: &mut Trail,
) {
    trail.pass(|| {
        let name = format!("security group of {}", end.name);
        Hop::new(name, group, lets_pass(packet, direction))
    });
}

fn lets_pass(packet: &Packet<'_>, direction: Direction) -> String {
    format!("lets {} {}", packets(packet, direction), way(direction))
}

// The group that lets a packet pass to which no rule applies.
fn open_by_default<'g>(
    fabric: &Fabric<'_>,
    groups: &'g [GroupId],
    packet: &Packet<'_>,
    direction: Direction,
) -> Option<&'g GroupId> {
    groups.iter().find(|id| {
        let Some(group) = fabric.find::<GroupRecord>(id) else {
            return false;
        };
        let together = || {
            let far = packet.far.groups.as_ref();
            packet.groups_known && far.is_some_and(|groups| groups.contains(id))
        };
        match direction {
            Direction::Egress => group.open_egress,
            Direction::Ingress => group.members_trusted && together(),
        }
    })
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "in",
        Direction::Egress => "out",
    }
}

fn packets(packet: &Packet<'_>, direction: Direction) -> String {
    let word = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    format!("{} {word} {}", packet.traffic, packet.far.address)
}

/// Notes the first element that leaves a question open, and goes on: an element further on may still decide.
pub(super) fn note(open: &mut Option<Reason>, walk: Walk) -> Result<(), Reason> {
    match walk {
        Ok(()) => Ok(()),
        Err(Stop::Blocked(reason)) => Err(reason),
        Err(Stop::Undecided(reason)) => {
            open.get_or_insert(reason);
            Ok(())
        }
    }
}
