//! Why no packet gets through, in the codes of Reachability Analyzer.

use std::cmp::Ordering;
use std::net::IpAddr;

use super::paths::End;
use super::views::{Viewer, acl_rule, direction};
use crate::aws::dataplane::{Cause, Journey, Stop};
use crate::aws::ec2::{Group, Instance, Other, Peering, Route, RouteTable, Target, covering};
use crate::aws::xml::Xml;
use crate::packet::Packet;

/// The ends of a path; without a destination, whatever has the address.
type Ends<'a> = (&'a Instance, Option<&'a Instance>);

fn explanation(code: &str) -> Xml {
    Xml::new().leaf("explanationCode", code)
}

/// No way, without a better word for it.
pub(super) fn no_path() -> Xml {
    explanation("NO_PATH")
}

/// An end in another account or region, of which the analyser knows nothing.
pub(super) fn no_destination(end: &End) -> Xml {
    let destination = Xml::new().leaf("id", &end.id).leaf("arn", &end.arn);
    explanation("NO_POSSIBLE_DESTINATION").node("destination", destination)
}

/// An interface that nothing uses.
pub(super) fn unattached(viewer: &Viewer<'_>, interface: &str) -> Xml {
    explanation("UNASSOCIATED_COMPONENT").node("component", viewer.element(interface))
}

/// An address that an interface does not have.
pub(super) fn address(viewer: &Viewer<'_>, instance: &Instance, is_egress: bool) -> Xml {
    explanation("ENI_ADDRESS_RESTRICTION")
        .leaf("direction", direction(is_egress))
        .node("networkInterface", viewer.element(&instance.interface))
        .leaf("address", instance.address)
}

/// All filters in the way, and what ended the walk.
pub(super) fn of(
    viewer: &Viewer<'_>,
    journey: &Journey,
    packet: Packet,
    ends: Ends<'_>,
) -> Vec<Xml> {
    let end = journey.walked.as_ref().err();
    let leads_nowhere =
        |stop: &Stop| matches!(*stop.cause, Cause::NoRoute { .. } | Cause::Elsewhere { .. });
    if end.is_some_and(leads_nowhere) && !are_joined(viewer, ends) {
        return vec![disconnected(viewer, ends)];
    }
    let stops = journey.passed_over.iter().chain(end);
    let mut told: Vec<Xml> = stops
        .flat_map(|stop| of_stop(viewer, stop, packet, ends))
        .collect();
    if told.is_empty() {
        told.push(no_path());
    }
    told
}

/// Whether the networks of both ends are one, or a peering joins them that can work.
fn are_joined(viewer: &Viewer<'_>, (source, target): Ends<'_>) -> bool {
    let Some(target) = target else {
        return true;
    };
    let joins = |peering: &Peering| {
        peering.joins(&source.vpc, &target.vpc) && !peering.status(viewer.now).is_over()
    };
    source.vpc == target.vpc || viewer.ec2.peerings.iter().any(joins)
}

fn disconnected(viewer: &Viewer<'_>, (source, target): Ends<'_>) -> Xml {
    let destination = target.map(|target| viewer.element(&target.vpc));
    explanation("DISCONNECTED_VPCS")
        .node("sourceVpc", viewer.element(&source.vpc))
        .node("destinationVpc", destination.unwrap_or_default())
}

fn of_stop(viewer: &Viewer<'_>, stop: &Stop, packet: Packet, ends: Ends<'_>) -> Vec<Xml> {
    match &*stop.cause {
        Cause::Down(instance) => {
            let component = viewer.element(instance);
            vec![explanation("BAD_STATE").node("component", component)]
        }
        Cause::Groups {
            holder,
            groups,
            is_egress,
        } => vec![of_groups(viewer, (holder, groups), *is_egress, packet)],
        Cause::Acl {
            acl,
            subnet,
            entry,
            is_egress,
        } => {
            let mut told = explanation("SUBNET_ACL_RESTRICTION")
                .leaf("direction", direction(*is_egress))
                .node("acl", viewer.element(acl))
                .node("subnet", viewer.element(subnet));
            if let Some(entry) = entry {
                told = told.node("aclRule", acl_rule(entry));
            }
            vec![told]
        }
        Cause::NoRoute { table, destination } => {
            let mut told = vec![of_table(viewer, "NO_ROUTE_TO_DESTINATION", table)];
            told.extend(other_routes(viewer, table, None, *destination, ends));
            told
        }
        Cause::BlackHole { table, route } => {
            let told = of_route(viewer, "BAD_STATE_ROUTE", table, route);
            vec![with_peering(viewer, told, route)]
        }
        Cause::Elsewhere {
            table,
            route,
            destination,
        } => {
            let told = match route.target {
                Target::Foreign { .. } => of_route(viewer, "UNSUPPORTED_COMPONENT", table, route),
                _ => of_table(viewer, "NO_ROUTE_TO_DESTINATION", table),
            };
            let mut told = vec![told];
            told.extend(other_routes(viewer, table, Some(route), *destination, ends));
            told
        }
        Cause::NotThePeers { peering, vpc } => {
            let told = explanation("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR")
                .node("vpcPeeringConnection", viewer.element(peering))
                .node("vpc", viewer.element(vpc))
                .leaf("address", packet.destination);
            vec![told]
        }
        Cause::NoReceiver => vec![explanation("NO_POSSIBLE_DESTINATION")],
        Cause::OtherReceiver | Cause::Other => vec![no_path()],
    }
}

fn of_groups(
    viewer: &Viewer<'_>,
    (holder, groups): (&str, &[String]),
    is_egress: bool,
    packet: Packet,
) -> Xml {
    let known = groups.iter().filter_map(|id| viewer.ec2.groups.get(id));
    let mut rules = known.flat_map(|group: &Group| group.rules.iter());
    let mut of_direction = rules
        .by_ref()
        .filter(|rule| rule.is_egress == is_egress)
        .peekable();
    let code = if of_direction.peek().is_none() {
        "SG_HAS_NO_RULES"
    } else if of_direction
        .any(|rule| rule.ports.cover(packet.protocol) && is_unknown(viewer, &rule.other))
    {
        "UNKNOWN_PEERED_SGS"
    } else {
        "ENI_SG_RULES_MISMATCH"
    };
    let instance = viewer.ec2.instances.get(holder);
    let interface = instance.map(|instance| viewer.element(&instance.interface));
    let mut told = explanation(code)
        .leaf("direction", direction(is_egress))
        .node("networkInterface", interface.unwrap_or_default())
        .items(
            "securityGroupSet",
            groups.iter().map(|id| viewer.element(id)),
        );
    if let [only] = groups {
        told = told.node("securityGroup", viewer.element(only));
    }
    told
}

/// Whether a rule names a group in a network of another account.
fn is_unknown(viewer: &Viewer<'_>, other: &Other) -> bool {
    match other {
        Other::Group { owner, .. } => !viewer.is_own(owner),
        _ => false,
    }
}

fn of_table(viewer: &Viewer<'_>, code: &str, table: &str) -> Xml {
    let vpc = viewer.ec2.tables.get(table).map(|table| table.vpc.as_str());
    explanation(code)
        .node("routeTable", viewer.element(table))
        .node("vpc", viewer.element(vpc.unwrap_or_default()))
}

fn of_route(viewer: &Viewer<'_>, code: &str, table: &str, route: &Route) -> Xml {
    of_table(viewer, code, table).node("routeTableRoute", viewer.route(route))
}

fn with_peering(viewer: &Viewer<'_>, told: Xml, route: &Route) -> Xml {
    match &route.target {
        Target::Peering(id) => told.node("vpcPeeringConnection", viewer.element(id)),
        _ => told,
    }
}

/// Routes over a peering to the other end's network that do not decide about the packet: they are to other addresses, or
/// another route comes before them.
fn other_routes(
    viewer: &Viewer<'_>,
    table: &str,
    deciding: Option<&Route>,
    destination: IpAddr,
    (source, target): Ends<'_>,
) -> Vec<Xml> {
    let table: Option<&RouteTable> = viewer.ec2.tables.get(table);
    let (Some(table), Some(target)) = (table, target) else {
        return Vec::new();
    };
    let leads_there = |route: &&Route| match &route.target {
        Target::Peering(id) => {
            let peering = viewer.ec2.peerings.get(id);
            peering.is_some_and(|peering| peering.joins(&source.vpc, &target.vpc))
        }
        _ => false,
    };
    let length = |route: &Route| covering(viewer.ec2, table, route, destination, viewer.now);
    let before = deciding.and_then(length);
    let routes = table.routes.iter().filter(leads_there);
    let told = routes.map(|route| {
        let code = match length(route).cmp(&before) {
            Ordering::Less if length(route).is_some() => "MORE_SPECIFIC_ROUTE",
            Ordering::Equal if length(route).is_some() => "HIGHER_PRIORITY_ROUTE",
            _ => "CANNOT_ROUTE",
        };
        let told = of_route(viewer, code, &table.base.id, route);
        with_peering(viewer, told, route)
    });
    told.collect()
}
