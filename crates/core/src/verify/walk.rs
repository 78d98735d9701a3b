//! The way of a packet between two networks, hop by hop, and of the answer back; or the element that stops it.
//!
//! A packet leaves through the security groups and the network ACL of its source, follows route tables through peerings
//! and hubs, and enters through the network ACL and the security groups of its destination.

use super::Traffic;
use super::fabric::{ABSENT, Fabric, Spot};
use super::filter::{access, filter, note};
use super::fit::Packet;
use super::report::{Hop, PairVerdict, Path, Reason};
use super::trail::Trail;
use crate::ids::{PeeringId, RouteTableId};
use crate::observation::RouteChoice;
use crate::traits::{
    Direction, Endpoint, HubRecord, LearningKind, NextHop, NotUnderstood, PeeringKind,
    PeeringRecord, SubnetRecord,
};

const OUT: Direction = Direction::Egress;
const IN: Direction = Direction::Ingress;

/// More hubs than any real path crosses; a routing loop ends here.
const MAX_HUBS: usize = 8;

pub(super) const LOOK: &str =
    "read it in the console of the cloud, or test with a ping between the two ends";
const LEADS_ELSEWHERE: &str =
    "see whether what it leads to brings packets there; if not, delete the route and apply again";

pub(super) const APPLY: &str = "apply the topology again: `landbridge apply FILE`";

/// The verdict on a pair, with the way hop by hop.
pub(super) fn pair(
    fabric: &Fabric<'_>,
    source: &Spot,
    destination: &Spot,
    traffic: Traffic,
) -> PairVerdict {
    let mut trail = Trail::told();
    let (blocked, open) = walk(fabric, source, destination, traffic, &mut trail);
    let mut verdict = verdict(source, destination, trail.path(blocked, open), traffic);
    verdict.pingable &= fabric.answers(destination);
    verdict
}

/// What stops packets of a pair for certain, and what leaves open whether they pass.
pub(super) fn walk(
    fabric: &Fabric<'_>,
    source: &Spot,
    destination: &Spot,
    traffic: Traffic,
    trail: &mut Trail,
) -> (Option<Reason>, Option<Reason>) {
    let ends = Ends {
        source,
        destination,
        traffic: traffic.towards(&destination.address),
    };
    let mut open = None;
    let blocked = there(fabric, &ends, trail, &mut open)
        .and_then(|()| {
            trail.turn();
            back(fabric, &ends, trail, &mut open)
        })
        .err();
    (blocked, open)
}

pub(super) fn verdict(
    source: &Spot,
    destination: &Spot,
    path: Path,
    traffic: Traffic,
) -> PairVerdict {
    PairVerdict {
        source: source.name.clone(),
        destination: destination.name.clone(),
        source_network: source.network_name.clone(),
        destination_network: destination.network_name.clone(),
        source_address: source.address,
        destination_address: destination.address,
        source_place: source.place.clone(),
        destination_place: destination.place.clone(),
        path,
        // What is stopped runs no commands; of what is absent the ping itself says so.
        pingable: source.down.as_deref().is_none_or(|state| state == ABSENT),
        ping: None,
        traffic,
        connection: None,
    }
}

/// What keeps a packet from being followed further.
#[derive(Debug)]
pub(super) enum Stop {
    /// The packet ends here.
    Blocked(Reason),
    /// Nobody can tell whether it does.
    Undecided(Reason),
}

impl Stop {
    pub(super) fn on_return(mut self) -> Self {
        let (Self::Blocked(reason) | Self::Undecided(reason)) = &mut self;
        reason.on_return = true;
        self
    }
}

pub(super) type Walk<T = ()> = Result<T, Stop>;

pub(super) fn blocked(
    element: impl Into<String>,
    cause: impl Into<String>,
    remedy: impl Into<String>,
) -> Stop {
    Stop::Blocked(Reason::new(element, cause, remedy))
}

pub(super) fn undecided(
    element: impl Into<String>,
    cause: impl Into<String>,
    remedy: impl Into<String>,
) -> Stop {
    Stop::Undecided(Reason::new(element, cause, remedy))
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

fn held_by_other(end: &Spot) -> Stop {
    undecided(
        format!("network {}", end.network_name),
        format!(
            "account {} is held by other, so its routes and firewalls cannot be read",
            end.place.account
        ),
        "ask its owner whether the hand-over was carried out, or set `probe` of the network to an address that answers pings",
    )
}

struct Ends<'s> {
    source: &'s Spot,
    destination: &'s Spot,
    traffic: Traffic,
}

impl Ends<'_> {
    fn leaving(&self, groups_known: bool) -> Packet<'_> {
        Packet {
            traffic: self.traffic,
            near: self.source.address,
            far: self.destination,
            groups_known,
        }
    }

    fn arriving(&self, groups_known: bool) -> Packet<'_> {
        Packet {
            near: self.destination.address,
            far: self.source,
            ..self.leaving(groups_known)
        }
    }
}

fn there(
    fabric: &Fabric<'_>,
    ends: &Ends<'_>,
    trail: &mut Trail,
    open: &mut Option<Reason>,
) -> Result<(), Reason> {
    let (from, to) = (ends.source, ends.destination);
    note(open, up(from))?;
    note(open, up(to))?;
    if to.elsewhere {
        note(open, Err(held_by_other(to)))?;
    }
    let mut on_route = trail.aside();
    let route = shared_route(fabric, from, to, &mut on_route);
    let groups_known = route.as_ref().is_ok_and(|kept| *kept);
    let (leaving, arriving) = (ends.leaving(groups_known), ends.arriving(groups_known));
    note(open, filter(fabric, from, &leaving, OUT, trail))?;
    note(open, access(fabric, from, &leaving, OUT, trail))?;
    trail.join(on_route);
    note(open, route.map(|_| ()))?;
    note(open, access(fabric, to, &arriving, IN, trail))?;
    note(open, filter(fabric, to, &arriving, IN, trail))
}

// Security groups remember connections, so none filters an answer; network ACLs do not.
fn back(
    fabric: &Fabric<'_>,
    ends: &Ends<'_>,
    trail: &mut Trail,
    open: &mut Option<Reason>,
) -> Result<(), Reason> {
    let (from, to) = (ends.destination, ends.source);
    let answer = Ends {
        source: from,
        destination: to,
        traffic: ends.traffic.answer(),
    };
    let mut step = |walk: Walk| note(open, walk.map_err(Stop::on_return));
    if !from.elsewhere {
        step(access(fabric, from, &answer.leaving(false), OUT, trail))?;
        step(shared_route(fabric, from, to, trail).map(|_| ()))?;
    }
    step(access(fabric, to, &answer.arriving(false), IN, trail))
}

// Whether routes lead from one end to the other; then whether the groups of `from` are known where its packets arrive. A way
// that was gone already is not gone again, unless its hops are to be told.
fn shared_route(fabric: &Fabric<'_>, from: &Spot, to: &Spot, trail: &mut Trail) -> Walk<bool> {
    let walk = |trail: &mut Trail| {
        let way = route(fabric, from, to, trail)?;
        Ok(fabric.keeps_groups(&way, from))
    };
    match &fabric.classes {
        Some(classes) if !trail.is_told() => classes.route(from, to, || walk(trail)),
        _ => walk(trail),
    }
}

// Follows routes from the subnet of `from` to the network of `to`, and gives the peerings that it crosses.
fn route<'a>(
    fabric: &Fabric<'a>,
    from: &Spot,
    to: &Spot,
    trail: &mut Trail,
) -> Walk<Vec<&'a PeeringRecord>> {
    let target = || format!("network {}", to.network_name);
    let mut way = Vec::new();
    match next_hop(fabric, from, to, target, trail)? {
        None => arrive_locally(fabric, from, to)?,
        Some(id) => cross(fabric, id, from, to, trail, &mut way)?,
    }
    Ok(way)
}

/// Where the route table of a subnet sends packets: into a peering, or nowhere else than its own network.
pub(super) fn next_hop<'a>(
    fabric: &Fabric<'a>,
    from: &Spot,
    to: &Spot,
    target: impl Fn() -> String,
    trail: &mut Trail,
) -> Walk<Option<&'a PeeringId>> {
    let Some(table) = fabric.table_of(from) else {
        return Err(blocked(
            format!("network {}", from.network_name),
            "it has no route table for the subnet",
            APPLY,
        ));
    };
    let element = || format!("route table {} of network {}", table.id, from.network_name);
    let stop = |cause: String, remedy: String| Err(blocked(element(), cause, remedy));
    let route = match fabric.observation.route(&table.id, &to.address) {
        RouteChoice::One(route) => route,
        RouteChoice::None => {
            let cause = format!("it has no route to {} ({})", to.address, target());
            return stop(cause, APPLY.to_owned());
        }
        RouteChoice::Unknown(route) => {
            let cause = format!(
                "its route to {} through {} may hold {}, and nobody can tell: what its destination stands for is not known",
                route.destination, route.next_hop, to.address
            );
            return Err(undecided(element(), cause, LOOK));
        }
    };
    trail.pass(|| {
        let name = format!("route table of network {}", from.network_name);
        let action = match &route.next_hop {
            NextHop::Local => format!("keeps {} inside the network", route.destination),
            next => format!("sends {} to {next}", route.destination),
        };
        Hop::new(name, &table.id, action)
    });
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
        NextHop::Internet(gateway) => stop(
            format!(
                "its route to {} leads to the internet through {gateway}",
                route.destination
            ),
            format!("delete the route if nothing else uses it, then {APPLY}"),
        ),
        NextHop::Other { kind, id } => {
            let cause = format!(
                "its route to {} leads to {kind} {id}, which is not part of the topology",
                route.destination
            );
            Err(undecided(element(), cause, LEADS_ELSEWHERE))
        }
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

pub(super) fn live<'a>(fabric: &Fabric<'a>, id: &PeeringId) -> Walk<&'a PeeringRecord> {
    let name = || fabric.name_of(id);
    let Some(peering) = fabric.find::<PeeringRecord>(id) else {
        return Err(undecided(
            name(),
            "a route leads to it, and it was not seen: it is gone, or it belongs to others",
            LEADS_ELSEWHERE,
        ));
    };
    if !peering.status.is_ready() {
        return Err(blocked(
            name(),
            format!("its status is {}", peering.status),
            "wait until it is ready, or delete it and apply again",
        ));
    }
    Ok(peering)
}

fn cross<'a>(
    fabric: &Fabric<'a>,
    id: &PeeringId,
    from: &Spot,
    to: &Spot,
    trail: &mut Trail,
    way: &mut Vec<&'a PeeringRecord>,
) -> Walk {
    let peering = live(fabric, id)?;
    way.push(peering);
    trail.pass(|| crossing(fabric, peering, from.network.as_str()));
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
        PeeringKind::Attachment => through_hubs(fabric, peering, to, trail, way),
        PeeringKind::HubToHub => Err(blocked(
            fabric.name_of(id),
            "it joins two hubs, and the route of a network leads to it",
            format!("delete the route, then {APPLY}"),
        )),
    }
}

/// A packet that came from one end of a peering gets to the other.
pub(super) fn crossing(fabric: &Fabric<'_>, peering: &PeeringRecord, from: &str) -> Hop {
    let far = match peering.requester.id() == from {
        true => &peering.accepter,
        false => &peering.requester,
    };
    let action = format!("leads to {}", fabric.end_named(far));
    Hop::new(fabric.words_of(&peering.id), &peering.id, action)
}

// The peering's other end is the network of `to`.
fn arrive(fabric: &Fabric<'_>, end: &Endpoint, to: &Spot, via: &PeeringId) -> Walk {
    let is_there = end.id() == to.network.as_str();
    if is_there && (to.elsewhere || fabric.holds(&to.network, &to.address)) {
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

fn through_hubs<'a>(
    fabric: &Fabric<'a>,
    entry: &'a PeeringRecord,
    to: &Spot,
    trail: &mut Trail,
    way: &mut Vec<&'a PeeringRecord>,
) -> Walk {
    let hub = &entry.accepter;
    let shared = fabric.classes.as_ref().filter(|_| !trail.is_told());
    let Some(shared) = shared else {
        let table = enter(fabric, entry, hub)?;
        return from_hub(fabric, (entry, hub, table), to, trail, way);
    };
    let table = shared.table(&entry.id, || enter(fabric, entry, hub))?;
    if let Some(onward) = shared.onward(table, to)
        && onward[0].id != entry.id
    {
        way.extend(onward.iter());
        return Ok(());
    }
    let before = way.len();
    from_hub(fabric, (entry, hub, table), to, trail, way)?;
    shared.got_there(table, to, &way[before..]);
    Ok(())
}

// Follows a packet that came by a peering to a hub and meets one of its tables.
fn from_hub<'a>(
    fabric: &Fabric<'a>,
    (mut came_by, mut hub, table): (&'a PeeringRecord, &'a Endpoint, &'a RouteTableId),
    to: &Spot,
    trail: &mut Trail,
    way: &mut Vec<&'a PeeringRecord>,
) -> Walk {
    let mut first = Some(table);
    for _ in 0..MAX_HUBS {
        let table = first
            .take()
            .map_or_else(|| enter(fabric, came_by, hub), Ok)?;
        let peering = leave(fabric, came_by, hub, table, to, trail)?;
        way.push(peering);
        trail.pass(|| crossing(fabric, peering, hub.id()));
        if peering.kind == PeeringKind::Attachment {
            return arrive(fabric, &peering.requester, to, &peering.id);
        }
        hub = if peering.requester.id() == hub.id() {
            &peering.accepter
        } else {
            &peering.requester
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

// The table that packets from a peering meet in a hub.
fn enter<'a>(
    fabric: &Fabric<'a>,
    came_by: &PeeringRecord,
    hub: &Endpoint,
) -> Walk<&'a RouteTableId> {
    if fabric.is_elsewhere(hub) {
        return Err(undecided(
            format!("hub {}", hub.id()),
            format!(
                "account {} is held by other, so its tables cannot be read",
                hub.account()
            ),
            LOOK,
        ));
    }
    if let Some((table, odd)) = odd_in_table(fabric, came_by, hub) {
        return Err(undecided(
            format!("route table {table} of hub {}", hub.id()),
            format!("it holds something that is not understood: {odd}"),
            LOOK,
        ));
    }
    associated_table(fabric, came_by, hub)
}

// Where a hub's table sends packets.
fn leave<'a>(
    fabric: &Fabric<'a>,
    came_by: &PeeringRecord,
    hub: &Endpoint,
    table: &RouteTableId,
    to: &Spot,
    trail: &mut Trail,
) -> Walk<&'a PeeringRecord> {
    let Some(route) = fabric.observation.hub_route(table, &to.address) else {
        return Err(missing_hub_route(fabric, table, hub, to));
    };
    trail.pass(|| {
        let by = format!("by its route table {table}");
        let action = match &route.next_hop {
            Some(next) => format!("sends {} to {next} {by}", route.destination),
            None => format!("drops {} {by}", route.destination),
        };
        Hop::new(fabric.end_words(hub), hub.id(), action)
    });
    let element = || format!("route table {table} of hub {}", hub.id());
    let Some(next) = &route.next_hop else {
        return Err(blocked(
            element(),
            format!("its route to {} is a black hole", route.destination),
            "delete that route",
        ));
    };
    if *next == came_by.id {
        return Err(blocked(
            element(),
            format!(
                "its route to {} leads back where the packet came from",
                route.destination
            ),
            "delete the route that brings such packets to the hub",
        ));
    }
    live(fabric, next)
}

fn odd_in_table<'a>(
    fabric: &Fabric<'a>,
    peering: &PeeringRecord,
    hub: &Endpoint,
) -> Option<(&'a RouteTableId, &'a NotUnderstood)> {
    let table = table_at(fabric, &peering.id, hub)?;
    Some((table, fabric.observation.odd_in(table)?))
}

// The hub's table that packets from a peering meet.
fn associated_table<'a>(
    fabric: &Fabric<'a>,
    peering: &PeeringRecord,
    hub: &Endpoint,
) -> Walk<&'a RouteTableId> {
    let Some(table) = table_at(fabric, &peering.id, hub) else {
        return Err(blocked(
            format!("hub {}", hub.id()),
            "it has no route table",
            APPLY,
        ));
    };
    let name = || fabric.name_of(&peering.id);
    let missing = || {
        blocked(
            format!("association of {} with route table {table}", name()),
            "it is missing, so the hub drops packets that come from there",
            APPLY,
        )
    };
    let record = fabric
        .learning(LearningKind::Association, &peering.id, table)
        .ok_or_else(missing)?;
    if record.status.is_ready() {
        Ok(table)
    } else {
        Err(blocked(
            format!("association of {} with route table {table}", name()),
            format!("its status is {}", record.status),
            "wait until it is active",
        ))
    }
}

// Names what should have brought the route into a hub's table.
fn missing_hub_route(fabric: &Fabric<'_>, table: &RouteTableId, hub: &Endpoint, to: &Spot) -> Stop {
    let element = format!("route table {table} of hub {}", hub.id());
    if let Some(route) = fabric.observation.lost_hub_route(table, &to.address) {
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
    let Some(attachment) = fabric.observation.attachment_of(&to.network) else {
        return blocked(
            format!("network {}", to.network_name),
            "it is not attached to a hub",
            APPLY,
        );
    };
    let home = &attachment.accepter;
    // Where both are at one hub, the table at hand is the one that should know the destination.
    let home_table = match home.id() == hub.id() {
        true => Some(table),
        false => {
            let link = fabric.observation.link(hub.id(), home.id());
            let by_link = link.and_then(|link| table_at(fabric, &link.id, home));
            by_link.or_else(|| hub_table(fabric, home))
        }
    };
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

// The table of a hub with which a peering is associated, or else its default one.
fn table_at<'a>(
    fabric: &Fabric<'a>,
    peering: &PeeringId,
    hub: &Endpoint,
) -> Option<&'a RouteTableId> {
    let Endpoint::Hub { id, .. } = hub else {
        return None;
    };
    let hub = fabric.find::<HubRecord>(id)?;
    let association = fabric.association(peering, hub);
    association.map_or(hub.table.as_ref(), |record| Some(&record.learning.table))
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
) -> Option<Stop> {
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
) -> Option<Stop> {
    if home.id() == hub.id() {
        return None;
    }
    let Some(link) = fabric.observation.link(hub.id(), home.id()) else {
        let cause = format!("no connection joins it to hub {}", home.id());
        return Some(blocked(format!("hub {}", hub.id()), cause, APPLY));
    };
    let name = fabric.name_of(&link.id);
    if !link.status.is_ready() {
        let cause = format!("its status is {}", link.status);
        return Some(blocked(name, cause, "wait until it is ready"));
    }
    missing_propagation(fabric, &link.id, table).or_else(|| {
        let published = || {
            let Endpoint::Hub { id, .. } = home else {
                return false;
            };
            let home = fabric.find::<HubRecord>(id);
            let there = home.and_then(|home| fabric.association(&link.id, home));
            there.is_some_and(|record| record.status.is_ready())
        };
        let table = home_table.filter(|_| !published())?;
        Some(blocked(
            format!("association of {name} with route table {table}"),
            "it is missing, so the hub at the far end does not publish its routes",
            APPLY,
        ))
    })
}
