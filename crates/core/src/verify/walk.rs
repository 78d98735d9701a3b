//! The way of a packet between two networks, hop by hop, and of the answer back; or the element that stops it.
//!
//! A packet leaves through the security groups and the network ACL of its source, follows route tables through peerings
//! and hubs, and enters through the network ACL and the security groups of its destination.

use super::Traffic;
use super::fabric::{ABSENT, Fabric, Spot};
use super::report::{Blocked, Hop, PairVerdict, Path};
use crate::ids::{GroupId, PeeringId, RouteTableId};
use crate::traits::{
    Action, Direction, Endpoint, GroupRecord, HubRecord, LearningKind, NextHop, PeeringKind,
    PeeringRecord, Protocol, RulePeer, RuleRecord, SubnetRecord,
};

/// More hubs than any real path crosses; a routing loop ends here.
const MAX_HUBS: usize = 8;

/// A port from the range that clients send from, to which answers go.
pub(super) const EPHEMERAL_PORT: u16 = 49_152;

pub(super) const APPLY: &str = "apply the topology again: `landbridge apply FILE`";

pub(super) fn pair(
    fabric: &Fabric<'_>,
    source: &Spot,
    destination: &Spot,
    traffic: Traffic,
) -> PairVerdict {
    let mut path = Path {
        there: Vec::new(),
        back: Vec::new(),
        blocked: None,
    };
    path.blocked = there(fabric, source, destination, traffic, &mut path.there)
        .and_then(|()| back(fabric, source, destination, traffic, &mut path.back))
        .err();
    verdict(source, destination, path)
}

pub(super) fn verdict(source: &Spot, destination: &Spot, path: Path) -> PairVerdict {
    PairVerdict {
        source: source.name.clone(),
        destination: destination.name.clone(),
        source_address: source.address,
        destination_address: destination.address,
        source_place: source.place.clone(),
        destination_place: destination.place.clone(),
        path,
        pingable: true,
        ping: None,
    }
}

pub(super) type Walk = Result<(), Blocked>;

pub(super) fn blocked(
    element: impl Into<String>,
    cause: impl Into<String>,
    remedy: impl Into<String>,
) -> Blocked {
    Blocked {
        element: element.into(),
        cause: cause.into(),
        remedy: remedy.into(),
        on_return: false,
    }
}

pub(super) fn hop(hops: &mut Vec<Hop>, element: impl Into<String>, action: impl Into<String>) {
    hops.push(Hop {
        element: element.into(),
        action: action.into(),
    });
}

pub(super) fn up(end: &Spot) -> Walk {
    let Some(state) = &end.down else {
        return Ok(());
    };
    let (cause, remedy) = match (state.as_str(), &end.groups) {
        (ABSENT, _) => ("it does not exist".to_owned(), APPLY),
        (status, Some(_)) => (format!("its status is {status}"), "start the instance"),
        (status, None) => (format!("its status is {status}"), "wait until it is ready"),
    };
    Err(blocked(&end.name, cause, remedy))
}

fn there(
    fabric: &Fabric<'_>,
    source: &Spot,
    destination: &Spot,
    traffic: Traffic,
    hops: &mut Vec<Hop>,
) -> Walk {
    up(source)?;
    up(destination)?;
    filter(
        fabric,
        source,
        destination,
        traffic,
        Direction::Egress,
        hops,
    )?;
    access(
        fabric,
        source,
        destination,
        traffic,
        Direction::Egress,
        hops,
    )?;
    route(fabric, source, destination, hops)?;
    access(
        fabric,
        destination,
        source,
        traffic,
        Direction::Ingress,
        hops,
    )?;
    filter(
        fabric,
        destination,
        source,
        traffic,
        Direction::Ingress,
        hops,
    )
}

// Security groups remember connections, so none filters an answer; network ACLs do not.
fn back(
    fabric: &Fabric<'_>,
    source: &Spot,
    destination: &Spot,
    traffic: Traffic,
    hops: &mut Vec<Hop>,
) -> Walk {
    let answer = Traffic {
        port: traffic.port.map(|_| EPHEMERAL_PORT),
        ..traffic
    };
    access(fabric, destination, source, answer, Direction::Egress, hops)
        .and_then(|()| route(fabric, destination, source, hops))
        .and_then(|()| {
            access(
                fabric,
                source,
                destination,
                answer,
                Direction::Ingress,
                hops,
            )
        })
        .map_err(|stop| Blocked {
            on_return: true,
            ..stop
        })
}

// The network ACL of a subnet: of the entries that match, the one with the lowest number decides.
pub(super) fn access(
    fabric: &Fabric<'_>,
    end: &Spot,
    far: &Spot,
    traffic: Traffic,
    direction: Direction,
    hops: &mut Vec<Hop>,
) -> Walk {
    let Some(acl) = fabric.acl(&end.subnet) else {
        return Ok(());
    };
    let matching = acl.entries.iter().filter(|entry| {
        entry.direction == direction
            && (entry.protocol == Protocol::All || entry.protocol == traffic.protocol)
            && entry.range.contains(&far.address)
            && match (entry.ports, traffic.port) {
                (Some(ports), Some(port)) => ports.contains(port),
                (Some(_), None) => false,
                (None, _) => true,
            }
    });
    let way = match direction {
        Direction::Ingress => "in",
        Direction::Egress => "out",
    };
    let what = describe(traffic);
    let entry = matching.min_by_key(|entry| entry.number);
    match entry {
        Some(entry) if entry.action == Action::Allow => {
            hop(hops, acl.id.as_str(), format!("lets {what} {way}"));
            Ok(())
        }
        _ => {
            let packets = format!("{what} {}", from_or_to(direction, far));
            let cause = match entry {
                Some(entry) => format!("its entry {} denies {packets}", entry.number),
                None => format!("none of its entries allows {packets}"),
            };
            Err(blocked(
                format!("network ACL {} of {}", acl.id, end.name),
                cause,
                format!("allow {packets} in this network ACL"),
            ))
        }
    }
}

fn from_or_to(direction: Direction, far: &Spot) -> String {
    match direction {
        Direction::Ingress => format!("from {}", far.address),
        Direction::Egress => format!("to {}", far.address),
    }
}

pub(super) fn filter(
    fabric: &Fabric<'_>,
    end: &Spot,
    far: &Spot,
    traffic: Traffic,
    direction: Direction,
    hops: &mut Vec<Hop>,
) -> Walk {
    let Some(groups) = &end.groups else {
        return Ok(());
    };
    let way = match direction {
        Direction::Ingress => "in",
        Direction::Egress => "out",
    };
    let describe = describe(traffic);
    let packets = format!("{describe} {}", from_or_to(direction, far));
    for group in groups {
        match decide(fabric, group, far, traffic, direction) {
            Some(Action::Allow) => {
                hop(hops, group.to_string(), format!("lets {describe} {way}"));
                return Ok(());
            }
            Some(Action::Deny) => {
                return Err(blocked(
                    format!("security group {group} of {}", end.name),
                    format!("one of its rules denies {packets}"),
                    "remove that rule",
                ));
            }
            None => {}
        }
    }
    let names: Vec<&str> = groups.iter().map(GroupId::as_str).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    Err(blocked(
        format!(
            "security group{plural} {} of {}",
            names.join(", "),
            end.name
        ),
        format!("no rule allows {packets}"),
        format!(
            "allow {packets} in the topology's `firewalls`, unless they do already; then {APPLY}"
        ),
    ))
}

fn describe(traffic: Traffic) -> String {
    match traffic.port {
        Some(port) => format!("{} {port}", traffic.protocol),
        None => traffic.protocol.to_string(),
    }
}

// What a group decides: its matching rule of the best priority; of equals a denying one; else its default.
fn decide(
    fabric: &Fabric<'_>,
    group: &GroupId,
    far: &Spot,
    traffic: Traffic,
    direction: Direction,
) -> Option<Action> {
    let matching = fabric
        .rules(group)
        .filter(|record| matches(record, far, traffic, direction));
    let best = matching.min_by_key(|record| {
        (
            record.priority.unwrap_or(0),
            record.rule.action == Action::Allow,
        )
    });
    if let Some(record) = best {
        return Some(record.rule.action);
    }
    let record = fabric.find::<GroupRecord>(group)?;
    let together = far
        .groups
        .as_ref()
        .is_some_and(|groups| groups.contains(group));
    let by_default = match direction {
        Direction::Egress => record.open_egress,
        Direction::Ingress => record.members_trusted && together,
    };
    by_default.then_some(Action::Allow)
}

fn matches(record: &RuleRecord, far: &Spot, traffic: Traffic, direction: Direction) -> bool {
    let rule = &record.rule;
    let protocol = rule.protocol == Protocol::All || rule.protocol == traffic.protocol;
    let port = match (rule.ports, traffic.port) {
        (None, _) => true,
        (Some(ports), Some(port)) => ports.contains(port),
        (Some(_), None) => false,
    };
    let peer = match &rule.peer {
        RulePeer::Range(range) => range.contains(&far.address),
        RulePeer::Group { id, .. } => far
            .groups
            .as_ref()
            .is_some_and(|groups| groups.contains(id)),
        RulePeer::Other(_) => false,
    };
    rule.direction == direction && protocol && port && peer
}

// Follows routes from the subnet of `from` to the network of `to`.
fn route(fabric: &Fabric<'_>, from: &Spot, to: &Spot, hops: &mut Vec<Hop>) -> Walk {
    let target = format!("network {}", to.network_name);
    match next_hop(fabric, from, to, &target, hops)? {
        None => arrive_locally(fabric, from, to),
        Some(id) => cross(fabric, id, from, to, hops),
    }
}

/// Where the route table of a subnet sends packets: into a peering, or nowhere else than its own network.
pub(super) fn next_hop<'a>(
    fabric: &Fabric<'a>,
    from: &Spot,
    to: &Spot,
    target: &str,
    hops: &mut Vec<Hop>,
) -> Result<Option<&'a PeeringId>, Blocked> {
    let Some(table) = fabric.table_of(from) else {
        return Err(blocked(
            format!("network {}", from.network_name),
            "it has no route table for the subnet",
            APPLY,
        ));
    };
    let stop = |cause: String, remedy: String| {
        let element = format!("route table {} of network {}", table.id, from.network_name);
        Err(blocked(element, cause, remedy))
    };
    let Some(route) = fabric.route(&table.id, &to.address) else {
        let cause = format!("it has no route to {} ({target})", to.address);
        return stop(cause, APPLY.to_owned());
    };
    hop(
        hops,
        table.id.to_string(),
        format!("{} to {}", route.destination, route.next_hop),
    );
    if !route.status.is_ready() {
        let cause = format!(
            "its route to {} through {} has status {}",
            route.destination, route.next_hop, route.status
        );
        return stop(cause, APPLY.to_owned());
    }
    match &route.next_hop {
        NextHop::Local => Ok(None),
        NextHop::Peering(id) => Ok(Some(id)),
        NextHop::BlackHole => stop(
            format!(
                "its route to {} is a black hole: its next hop no longer exists",
                route.destination
            ),
            format!("delete the route, then {APPLY}"),
        ),
        NextHop::Other { kind, id } => stop(
            format!(
                "its route to {} leads to {kind} {id}, which is not part of the topology",
                route.destination
            ),
            format!("delete the route if nothing else uses it, then {APPLY}"),
        ),
    }
}

fn arrive_locally(fabric: &Fabric<'_>, from: &Spot, to: &Spot) -> Walk {
    if from.network == to.network && fabric.find::<SubnetRecord>(&to.subnet).is_some() {
        return Ok(());
    }
    Err(blocked(
        format!("network {}", from.network_name),
        format!(
            "address {} is in one of its own CIDR blocks, so packets to network {} stay in it",
            to.address, to.network_name
        ),
        "renumber one of the two networks",
    ))
}

pub(super) fn live<'a>(fabric: &Fabric<'a>, id: &PeeringId) -> Result<&'a PeeringRecord, Blocked> {
    let name = fabric.name_of(id);
    let Some(peering) = fabric.find::<PeeringRecord>(id) else {
        return Err(blocked(
            name,
            "a route leads to it, and it does not exist",
            format!("delete the route, then {APPLY}"),
        ));
    };
    if !peering.status.is_ready() {
        return Err(blocked(
            name,
            format!("its status is {}", peering.status),
            "wait until it is ready, or delete it and apply again",
        ));
    }
    Ok(peering)
}

fn cross(fabric: &Fabric<'_>, id: &PeeringId, from: &Spot, to: &Spot, hops: &mut Vec<Hop>) -> Walk {
    let peering = live(fabric, id)?;
    hop(hops, id.to_string(), "crosses");
    match peering.kind {
        PeeringKind::NetworkToNetwork => {
            let far = if peering.requester.id() == from.network.as_str() {
                &peering.accepter
            } else {
                &peering.requester
            };
            arrive(fabric, far, to, id)
        }
        PeeringKind::Attachment if matches!(peering.accepter, Endpoint::Edge { .. }) => {
            Err(blocked(
                fabric.name_of(id),
                "it leads to private lines, not between networks",
                format!("delete the route, then {APPLY}"),
            ))
        }
        PeeringKind::Attachment => through_hubs(fabric, peering, to, hops),
        PeeringKind::HubToHub => Err(blocked(
            fabric.name_of(id),
            "it joins two hubs, and the route of a network leads to it",
            format!("delete the route, then {APPLY}"),
        )),
    }
}

// The peering's other end is the network of `to`.
fn arrive(fabric: &Fabric<'_>, end: &Endpoint, to: &Spot, via: &PeeringId) -> Walk {
    if end.id() == to.network.as_str() && fabric.holds(&to.network, &to.address) {
        return Ok(());
    }
    Err(blocked(
        fabric.name_of(via),
        format!(
            "it leads to {}, not to network {}",
            end.id(),
            to.network_name
        ),
        format!("delete the route that leads there, then {APPLY}"),
    ))
}

fn through_hubs(
    fabric: &Fabric<'_>,
    entry: &PeeringRecord,
    to: &Spot,
    hops: &mut Vec<Hop>,
) -> Walk {
    let mut came_by = entry;
    let mut hub = entry.accepter.clone();
    for _ in 0..MAX_HUBS {
        let table = associated_table(fabric, came_by, &hub)?;
        let Some(route) = fabric.hub_route(&table, &to.address) else {
            return Err(missing_hub_route(fabric, &table, &hub, to));
        };
        hop(
            hops,
            hub.id().to_owned(),
            format!("{} by route table {table}", route.destination),
        );
        let Some(next) = &route.next_hop else {
            return Err(blocked(
                format!("route table {table} of hub {}", hub.id()),
                format!("its route to {} is a black hole", route.destination),
                "delete that route",
            ));
        };
        let peering = live(fabric, next)?;
        hop(hops, next.to_string(), "crosses");
        if peering.kind == PeeringKind::Attachment {
            return arrive(fabric, &peering.requester, to, next);
        }
        hub = if peering.requester.id() == hub.id() {
            peering.accepter.clone()
        } else {
            peering.requester.clone()
        };
        came_by = peering;
    }
    Err(blocked(
        format!("hub {}", hub.id()),
        format!(
            "routing loop: a packet to {} crosses more than {MAX_HUBS} hubs",
            to.address
        ),
        "delete the routes between the hubs that lead back",
    ))
}

// The hub's table that packets from a peering meet.
fn associated_table(
    fabric: &Fabric<'_>,
    peering: &PeeringRecord,
    hub: &Endpoint,
) -> Result<RouteTableId, Blocked> {
    let Some(table) = hub_table(fabric, hub).cloned() else {
        return Err(blocked(
            format!("hub {}", hub.id()),
            "it has no route table",
            APPLY,
        ));
    };
    let name = fabric.name_of(&peering.id);
    let missing = || {
        blocked(
            format!("association of {name} with route table {table}"),
            "it is missing, so the hub drops packets that come from there",
            APPLY,
        )
    };
    let record = fabric
        .learning(LearningKind::Association, &peering.id, &table)
        .ok_or_else(missing)?;
    if record.status.is_ready() {
        Ok(table)
    } else {
        Err(blocked(
            format!("association of {name} with route table {table}"),
            format!("its status is {}", record.status),
            "wait until it is active",
        ))
    }
}

// Names what should have brought the route into a hub's table.
fn missing_hub_route(
    fabric: &Fabric<'_>,
    table: &RouteTableId,
    hub: &Endpoint,
    to: &Spot,
) -> Blocked {
    let element = format!("route table {table} of hub {}", hub.id());
    if let Some(route) = fabric.lost_hub_route(table, &to.address) {
        let cause = format!(
            "its route to {} has status {}",
            route.destination, route.status
        );
        return blocked(
            element,
            cause,
            "renumber the networks whose CIDR blocks collide",
        );
    }
    let Some(attachment) = fabric.attachment_of(&to.network) else {
        return blocked(
            format!("network {}", to.network_name),
            "it is not attached to a hub",
            APPLY,
        );
    };
    let home = &attachment.accepter;
    let home_table = hub_table(fabric, home);
    home_table
        .and_then(|table| missing_propagation(fabric, &attachment.id, table))
        .or_else(|| missing_between_hubs(fabric, table, hub, home, home_table))
        .unwrap_or_else(|| {
            let cause = format!(
                "it has no route to {} (network {})",
                to.address, to.network_name
            );
            blocked(element, cause, APPLY)
        })
}

fn hub_table<'a>(fabric: &Fabric<'a>, hub: &Endpoint) -> Option<&'a RouteTableId> {
    match hub {
        Endpoint::Hub { id, .. } => fabric.find::<HubRecord>(id)?.table.as_ref(),
        _ => None,
    }
}

fn missing_propagation(
    fabric: &Fabric<'_>,
    peering: &PeeringId,
    table: &RouteTableId,
) -> Option<Blocked> {
    let cause = match fabric.learning(LearningKind::Propagation, peering, table) {
        Some(record) if record.status.is_ready() => return None,
        Some(record) => format!("its status is {}", record.status),
        None => "it is missing, so the hub learns no route from there".to_owned(),
    };
    let name = fabric.name_of(peering);
    let element = format!("propagation of {name} into route table {table}");
    Some(blocked(element, cause, APPLY))
}

// What is missing between the hub at which a packet is and the hub `home` that has the destination attached.
fn missing_between_hubs(
    fabric: &Fabric<'_>,
    table: &RouteTableId,
    hub: &Endpoint,
    home: &Endpoint,
    home_table: Option<&RouteTableId>,
) -> Option<Blocked> {
    if home.id() == hub.id() {
        return None;
    }
    let Some(link) = fabric.link(hub.id(), home.id()) else {
        let cause = format!("no connection joins it to hub {}", home.id());
        return Some(blocked(format!("hub {}", hub.id()), cause, APPLY));
    };
    let name = fabric.name_of(&link.id);
    if !link.status.is_ready() {
        let cause = format!("its status is {}", link.status);
        return Some(blocked(name, cause, "wait until it is ready"));
    }
    missing_propagation(fabric, &link.id, table).or_else(|| {
        let published = |table: &&RouteTableId| {
            let there = fabric.learning(LearningKind::Association, &link.id, table);
            there.is_some_and(|record| record.status.is_ready())
        };
        let table = home_table.filter(|table| !published(table))?;
        Some(blocked(
            format!("association of {name} with route table {table}"),
            "it is missing, so the hub at the far end does not publish its routes",
            APPLY,
        ))
    })
}
