use super::Traffic;
use super::fabric::{Fabric, Spot};
use super::report::{Blocked, Hop, PairVerdict, Path};
use crate::ids::{GroupId, PeeringId, RouteTableId};
use crate::traits::{
    Action, Direction, Endpoint, LearningKind, NextHop, PeeringKind, PeeringRecord, Protocol,
    RulePeer, RuleRecord,
};

/// More hubs than any real path crosses; a routing loop ends here.
const MAX_HUBS: usize = 8;

/// A port from the range that clients send from, to which answers go.
pub(super) const EPHEMERAL_PORT: u16 = 49_152;

pub(super) const APPLY: &str = "apply the topology again";

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

fn there(
    fabric: &Fabric<'_>,
    source: &Spot,
    destination: &Spot,
    traffic: Traffic,
    hops: &mut Vec<Hop>,
) -> Walk {
    for end in [source, destination] {
        if let Some(state) = &end.down {
            return Err(blocked(
                &end.name,
                format!("the instance is {state}"),
                "start it",
            ));
        }
    }
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

// Groups remember connections, so an answer is filtered by none; access lists do not.
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

// The access list at the edge of a subnet: of the entries that match, the one with the lowest number decides.
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
            let cause = match entry {
                Some(entry) => format!(
                    "entry {} denies {what} {way} for {}",
                    entry.number, far.address
                ),
                None => format!("no entry lets {what} {way} for {}", far.address),
            };
            let remedy = format!("let {what} {way} for {} in this access list", far.address);
            Err(blocked(
                format!("access list {} of {}", acl.id, end.name),
                cause,
                remedy,
            ))
        }
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
    for group in groups {
        match decide(fabric, group, far, traffic, direction) {
            Some(Action::Allow) => {
                hop(hops, group.to_string(), format!("lets {describe} {way}"));
                return Ok(());
            }
            Some(Action::Deny) => {
                return Err(blocked(
                    group.to_string(),
                    format!("a rule denies {describe} {way} for {}", far.address),
                    "remove the rule that denies it",
                ));
            }
            None => {}
        }
    }
    let names: Vec<&str> = groups.iter().map(GroupId::as_str).collect();
    Err(blocked(
        format!("groups {} of {}", names.join(", "), end.name),
        format!("no rule lets {describe} {way} for {}", far.address),
        format!(
            "allow {describe} for {} in the topology's `firewalls`, or {APPLY}",
            far.address
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
    let record = fabric.group(group)?;
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
            &from.network_name,
            "its route table was not found",
            APPLY,
        ));
    };
    let stop = |cause: String, remedy: String| {
        let element = format!("table {} of network {}", table.id, from.network_name);
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
            "its route {} to {} is {}",
            route.destination, route.next_hop, route.status
        );
        return stop(cause, APPLY.to_owned());
    }
    match &route.next_hop {
        NextHop::Local => Ok(None),
        NextHop::Peering(id) => Ok(Some(id)),
        NextHop::BlackHole => stop(
            format!(
                "its route to {} leads to something that is gone",
                route.destination
            ),
            format!("delete the route, then {APPLY}"),
        ),
        NextHop::Other { kind, id } => stop(
            format!(
                "its route to {} leads to {kind} {id}, which is not part of the topology",
                route.destination
            ),
            format!("delete that route, then {APPLY}"),
        ),
    }
}

fn arrive_locally(fabric: &Fabric<'_>, from: &Spot, to: &Spot) -> Walk {
    if from.network == to.network && fabric.subnet(&to.subnet).is_some() {
        return Ok(());
    }
    Err(blocked(
        format!("network {}", from.network_name),
        format!(
            "{} is one of its own addresses, so packets to network {} never leave it",
            to.address, to.network_name
        ),
        "renumber one of the two networks",
    ))
}

pub(super) fn live<'a>(fabric: &Fabric<'a>, id: &PeeringId) -> Result<&'a PeeringRecord, Blocked> {
    let name = fabric.name_of(id);
    let Some(peering) = fabric.peering(id) else {
        return Err(blocked(
            name,
            "a route leads to it and it does not exist",
            format!("delete the route, then {APPLY}"),
        ));
    };
    if !peering.status.is_ready() {
        return Err(blocked(
            name,
            format!("it is {}", peering.status),
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
            "a network's route leads to a connection between hubs",
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
        APPLY,
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
            format!("{} by table {table}", route.destination),
        );
        let Some(next) = &route.next_hop else {
            return Err(blocked(
                format!("table {table} of hub {}", hub.id()),
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
        hub.id(),
        "packets run in a circle between hubs",
        APPLY,
    ))
}

// The hub's table that packets from a peering meet.
fn associated_table(
    fabric: &Fabric<'_>,
    peering: &PeeringRecord,
    hub: &Endpoint,
) -> Result<RouteTableId, Blocked> {
    let table = match hub {
        Endpoint::Hub { id, .. } => fabric.hub(id).and_then(|hub| hub.table.clone()),
        _ => None,
    };
    let Some(table) = table else {
        return Err(blocked(hub.id(), "its route table was not found", APPLY));
    };
    let name = fabric.name_of(&peering.id);
    let missing = || {
        blocked(
            format!("association of {name} with table {table}"),
            "it is missing, so the hub drops packets from there",
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
            format!("association of {name} with table {table}"),
            format!("it is {}", record.status),
            "wait until it is active",
        ))
    }
}

// Names the propagation that should have brought the route.
fn missing_hub_route(
    fabric: &Fabric<'_>,
    table: &RouteTableId,
    hub: &Endpoint,
    to: &Spot,
) -> Blocked {
    let generic =
        |cause: String| blocked(format!("table {table} of hub {}", hub.id()), cause, APPLY);
    if let Some(route) = fabric.lost_hub_route(table, &to.address) {
        return blocked(
            format!("table {table} of hub {}", hub.id()),
            format!("its route to {} is {}", route.destination, route.status),
            "renumber the networks whose ranges collide",
        );
    }
    let Some(attachment) = fabric.attachment_of(&to.network) else {
        return blocked(
            format!("network {}", to.network_name),
            "it is not attached to any hub",
            APPLY,
        );
    };
    let home = &attachment.accepter;
    let home_table = match home {
        Endpoint::Hub { id, .. } => fabric.hub(id).and_then(|hub| hub.table.as_ref()),
        _ => None,
    };
    let propagation = |peering: &PeeringId, table: &RouteTableId| {
        let there = fabric.learning(LearningKind::Propagation, peering, table);
        let cause = match there {
            Some(record) if record.status.is_ready() => return None,
            Some(record) => format!("it is {}", record.status),
            None => "it is missing, so the hub does not know the network".to_owned(),
        };
        let element = format!(
            "propagation of {} into table {table}",
            fabric.name_of(peering)
        );
        Some(blocked(element, cause, APPLY))
    };
    if let Some(stop) = home_table.and_then(|table| propagation(&attachment.id, table)) {
        return stop;
    }
    if home.id() != hub.id() {
        let Some(link) = fabric.link(hub.id(), home.id()) else {
            return generic(format!("no connection joins it to hub {}", home.id()));
        };
        if !link.status.is_ready() {
            return blocked(
                fabric.name_of(&link.id),
                format!("it is {}", link.status),
                "wait until it is ready",
            );
        }
        if let Some(stop) = propagation(&link.id, table) {
            return stop;
        }
        let far_end = home_table.filter(|table| {
            let there = fabric.learning(LearningKind::Association, &link.id, table);
            !there.is_some_and(|record| record.status.is_ready())
        });
        if let Some(table) = far_end {
            return blocked(
                format!(
                    "association of {} with table {table}",
                    fabric.name_of(&link.id)
                ),
                "it is missing, so the far hub does not publish its routes",
                APPLY,
            );
        }
    }
    generic(format!(
        "it has no route to {} (network {})",
        to.address, to.network_name
    ))
}
