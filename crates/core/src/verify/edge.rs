//! The way from a network to what is behind a private line, and of the answer back.

use super::Traffic;
use super::fabric::{Fabric, Line, Spot};
use super::filter::{access, filter, note};
use super::fit::Packet;
use super::report::{Hop, PairVerdict, Reason};
use super::trail::Trail;
use super::walk::{APPLY, Stop, Walk, blocked, crossing, live, next_hop, up, verdict};
use crate::traits::{Direction, Endpoint, HubRecord, NetworkRecord, PeeringKind, PeeringRecord};

/// The verdict on what is behind a line, with the way hop by hop.
pub(super) fn pair(
    fabric: &Fabric<'_>,
    source: &Spot,
    line: &Line<'_>,
    traffic: Traffic,
) -> PairVerdict {
    let mut trail = Trail::told();
    let (blocked, open) = walk(fabric, source, line, traffic, &mut trail);
    let mut verdict = verdict(source, &line.spot, trail.path(blocked, open), traffic);
    verdict.pingable &= line.router.probe.is_some();
    verdict
}

/// What stops packets for certain, and what leaves open whether they pass.
pub(super) fn walk(
    fabric: &Fabric<'_>,
    source: &Spot,
    line: &Line<'_>,
    traffic: Traffic,
    trail: &mut Trail,
) -> (Option<Reason>, Option<Reason>) {
    let traffic = traffic.towards(&line.spot.address);
    let mut open = None;
    let blocked = there(fabric, source, line, traffic, trail, &mut open)
        .and_then(|entry| {
            trail.turn();
            back(fabric, source, line, traffic, entry, trail, &mut open)
        })
        .err();
    (blocked, open)
}

// What is behind a line has no groups.
fn packet<'s>(source: &Spot, line: &'s Line<'_>, traffic: Traffic) -> Packet<'s> {
    Packet {
        traffic,
        near: source.address,
        far: &line.spot,
        groups_known: false,
    }
}

// Gives the attachment by which packets leave the network, if that can be told.
fn there<'a>(
    fabric: &Fabric<'a>,
    source: &Spot,
    line: &Line<'_>,
    traffic: Traffic,
    trail: &mut Trail,
    open: &mut Option<Reason>,
) -> Result<Option<&'a PeeringRecord>, Reason> {
    note(open, up(source))?;
    let (packet, out) = (packet(source, line, traffic), Direction::Egress);
    note(open, filter(fabric, source, &packet, out, trail))?;
    note(open, access(fabric, source, &packet, out, trail))?;
    match route(fabric, source, line, trail) {
        Ok(entry) => Ok(Some(entry)),
        Err(stop) => note(open, Err(stop)).map(|()| None),
    }
}

fn route<'a>(
    fabric: &Fabric<'a>,
    source: &Spot,
    line: &Line<'_>,
    trail: &mut Trail,
) -> Walk<&'a PeeringRecord> {
    let to = &line.spot;
    let target = || format!("border router {}", line.spot.name);
    let Some(next) = next_hop(fabric, source, to, target, trail)? else {
        return Err(blocked(
            format!("network {}", source.network_name),
            format!(
                "address {} is in one of its own CIDR blocks, so packets to {} stay in it",
                to.address,
                target()
            ),
            format!(
                "remove the CIDR block from the `ranges` of {}, or renumber network {}",
                target(),
                source.network_name
            ),
        ));
    };
    let entry = live(fabric, next)?;
    trail.pass(|| crossing(fabric, entry, source.network.as_str()));
    let hub = fabric
        .edge_hub(line.edge)
        .filter(|hub| {
            entry.kind == PeeringKind::Attachment && entry.accepter.id() == hub.id.as_str()
        })
        .ok_or_else(|| {
            blocked(
                fabric.name_of(next),
                format!("it does not lead to edge {}", line.edge.name),
                format!("delete the route, then {APPLY}"),
            )
        })?;
    leave(fabric, hub, line, trail)?;
    Ok(entry)
}

// Out of the hub into the line.
fn leave(fabric: &Fabric<'_>, hub: &HubRecord, line: &Line<'_>, trail: &mut Trail) -> Walk {
    if !hub.status.is_ready() {
        return Err(blocked(
            format!("edge {} ({})", line.edge.name, hub.id),
            format!("its status is {}", hub.status),
            "wait until it is ready",
        ));
    }
    let name = format!("border router {} ({})", line.spot.name, line.router.id);
    trail.pass(|| {
        let edge = format!("hub of edge {}", line.edge.name);
        Hop::new(edge, &hub.id, format!("sends it to {name}"))
    });
    let is_it =
        |end: &Endpoint| matches!(end, Endpoint::BorderRouter { id, .. } if *id == line.router.id);
    let Some(exit) = fabric
        .observation
        .attached_to(&hub.id)
        .find(|p| is_it(&p.requester))
    else {
        return Err(blocked(
            name,
            format!("it is not attached to edge {}", line.edge.name),
            APPLY,
        ));
    };
    let exit = live(fabric, &exit.id)?;
    trail.pass(|| {
        let words = fabric.words_of(&exit.id);
        Hop::new(words, &exit.id, "leads into the private line")
    });
    Ok(())
}

// The far end of the line is not ours: all that is known of the answer is whether the line learns where to send it.
fn back(
    fabric: &Fabric<'_>,
    source: &Spot,
    line: &Line<'_>,
    traffic: Traffic,
    entry: Option<&PeeringRecord>,
    trail: &mut Trail,
    open: &mut Option<Reason>,
) -> Result<(), Reason> {
    let mut step = |walk: Walk| note(open, walk.map_err(Stop::on_return));
    if let Some(entry) = entry {
        step(learned(fabric, source, line, entry, trail))?;
    }
    let answer = packet(source, line, traffic.answer());
    step(access(fabric, source, &answer, Direction::Ingress, trail))
}

fn learned(
    fabric: &Fabric<'_>,
    source: &Spot,
    line: &Line<'_>,
    entry: &PeeringRecord,
    trail: &mut Trail,
) -> Walk {
    let range = match entry.prefixes.is_empty() {
        true => fabric
            .find::<NetworkRecord>(&source.network)
            .map(|n| &n.ranges),
        false => Some(&entry.prefixes),
    };
    let learned = range
        .into_iter()
        .flatten()
        .find(|range| range.contains(&source.address));
    match learned {
        Some(range) => {
            trail.pass(|| {
                let words = fabric.words_of(&entry.id);
                Hop::new(words, &entry.id, format!("lets the lines learn {range}"))
            });
            Ok(())
        }
        None => Err(blocked(
            fabric.name_of(&entry.id),
            format!(
                "the lines learn no route to {}, so no answer comes back",
                source.address
            ),
            format!(
                "add a CIDR block that holds {} to `advertise` of edge {}, then remove network {} from the edge, apply, \
                 add it back and apply again",
                source.address, line.edge.name, source.network_name
            ),
        )),
    }
}
