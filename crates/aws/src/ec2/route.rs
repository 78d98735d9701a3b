//! Route tables of VPCs and their routes.

use aws_sdk_ec2::operation::create_route::builders::CreateRouteInputBuilder;
use aws_sdk_ec2::operation::delete_route::builders::DeleteRouteInputBuilder;
use aws_sdk_ec2::operation::replace_route::builders::ReplaceRouteInputBuilder;
use aws_sdk_ec2::types::{self, Route, RouteState, RouteTable};
use ipnet::IpNet;
use landbridge_core::{
    CreateRoute, Destination, NextHop, Phase, PrefixList, Result, RouteOrigin, RouteRecord,
    RouteTableId, RouteTableRecord, Status, SubnetId, TableRole,
};

use super::field::{by_family, need, range};
use super::route_mark::marks_of;

/// The word of a route whose target is gone, or not there yet.
pub(crate) const BLACK_HOLE: &str = "blackhole";

/// `CreateRoute`.
pub(crate) fn create_route(request: &CreateRoute) -> CreateRouteInputBuilder {
    let (v4, v6) = by_family(&request.destination);
    CreateRouteInputBuilder::default()
        .route_table_id(request.table.as_str())
        .set_destination_cidr_block(v4)
        .set_destination_ipv6_cidr_block(v6)
        .vpc_peering_connection_id(request.next_hop.as_str())
}

/// `ReplaceRoute`.
pub(crate) fn replace_route(request: &CreateRoute) -> ReplaceRouteInputBuilder {
    let (v4, v6) = by_family(&request.destination);
    ReplaceRouteInputBuilder::default()
        .route_table_id(request.table.as_str())
        .set_destination_cidr_block(v4)
        .set_destination_ipv6_cidr_block(v6)
        .vpc_peering_connection_id(request.next_hop.as_str())
}

/// `DeleteRoute`.
pub(crate) fn delete_route(table: &RouteTableId, destination: &IpNet) -> DeleteRouteInputBuilder {
    let (v4, v6) = by_family(destination);
    DeleteRouteInputBuilder::default()
        .route_table_id(table.as_str())
        .set_destination_cidr_block(v4)
        .set_destination_ipv6_cidr_block(v6)
}

/// A table; only explicit associations name subnets. One that is associated with a gateway is for what comes in there.
pub(crate) fn read_table(table: &RouteTable) -> Result<RouteTableRecord> {
    let associations = table.associations();
    let main = associations.iter().any(|one| one.main() == Some(true));
    let subnets: Vec<SubnetId> = (associations.iter())
        .filter_map(|one| one.subnet_id().map(SubnetId::from))
        .collect();
    let for_gateway = associations.iter().any(|one| one.gateway_id().is_some());
    let tags = table.tags().iter().filter_map(|tag| {
        let value = tag.value().unwrap_or_default();
        Some((tag.key()?.to_owned(), value.to_owned()))
    });
    Ok(RouteTableRecord::new(
        need(table.route_table_id(), "routeTableId")?.into(),
        need(table.vpc_id(), "vpcId")?.into(),
        if main {
            TableRole::Main
        } else {
            TableRole::Custom
        },
    )
    .with_gateway(for_gateway && !main && subnets.is_empty())
    .with_subnets(subnets)
    .with_tags(tags.collect()))
}

/// The routes of a table, with their marks.
pub(crate) fn read_routes(table: &RouteTable) -> Result<Vec<RouteRecord>> {
    let id: RouteTableId = need(table.route_table_id(), "routeTableId")?.into();
    let marks = marks_of(table);
    let mark_of = |route: &RouteRecord| marks.iter().find(|mark| mark.is_of(route));
    let routes = table.routes().iter().map(|route| read_route(&id, route));
    let marked = routes.map(|route| {
        let topology = mark_of(&route).map(|mark| mark.topology.clone());
        route.with_mark(topology)
    });
    Ok(marked.collect())
}

/// The marks of a table whose routes are not there, each as a route that is being deleted.
pub(crate) fn read_left_marks(table: &RouteTable) -> Result<Vec<RouteRecord>> {
    let id: RouteTableId = need(table.route_table_id(), "routeTableId")?.into();
    let routes = read_routes(table)?;
    let marks = marks_of(table).into_iter();
    let left = marks.filter(|mark| !routes.iter().any(|route| mark.is_of(route)));
    Ok(left.map(|mark| mark.into_route(&id)).collect())
}

fn read_route(table: &RouteTableId, route: &Route) -> RouteRecord {
    let (next_hop, status) = leads(route);
    let origin = origin(route, &next_hop);
    RouteRecord::new(table.clone(), destination(route), next_hop, origin, status)
}

fn destination(route: &Route) -> Destination {
    if let Some(list) = route.destination_prefix_list_id() {
        return PrefixList::new(list).into();
    }
    let text = route
        .destination_cidr_block()
        .or(route.destination_ipv6_cidr_block())
        .unwrap_or("no destination");
    match range(text) {
        Ok(range) => range.into(),
        Err(_) => Destination::Other(text.to_owned()),
    }
}

// A route to a peering that is not active yet is a black hole, too: it keeps its target, so that it can be told apart.
fn leads(route: &Route) -> (NextHop, Status) {
    let dead = route.state() == Some(&RouteState::Blackhole);
    if let Some(peering) = route.vpc_peering_connection_id() {
        let status = match dead {
            true => Status::new(Phase::Pending, BLACK_HOLE),
            false => Status::new(Phase::Ready, "active"),
        };
        return (NextHop::Peering(peering.into()), status);
    }
    if dead {
        return (NextHop::BlackHole, Status::new(Phase::Failed, BLACK_HOLE));
    }
    (other(route), Status::new(Phase::Ready, "active"))
}

fn other(route: &Route) -> NextHop {
    if route.gateway_id() == Some("local") {
        return NextHop::Local;
    }
    let internet = [
        route.gateway_id().filter(|id| id.starts_with("igw-")),
        route.egress_only_internet_gateway_id(),
        route.carrier_gateway_id(),
    ];
    if let Some(gateway) = internet.into_iter().flatten().next() {
        return NextHop::Internet(gateway.to_owned());
    }
    let targets = [
        ("nat-gateway", route.nat_gateway_id()),
        ("transit-gateway", route.transit_gateway_id()),
        ("network-interface", route.network_interface_id()),
        ("instance", route.instance_id()),
        ("local-gateway", route.local_gateway_id()),
        ("core-network", route.core_network_arn()),
        ("gateway", route.gateway_id()),
    ];
    let known = targets.into_iter().find_map(|(kind, id)| Some((kind, id?)));
    let (kind, id) = known.unwrap_or(("unknown", ""));
    NextHop::Other {
        kind: kind.to_owned(),
        id: id.to_owned(),
    }
}

fn origin(route: &Route, next_hop: &NextHop) -> RouteOrigin {
    match route.origin() {
        Some(types::RouteOrigin::CreateRouteTable) => RouteOrigin::System,
        Some(types::RouteOrigin::EnableVgwRoutePropagation) => RouteOrigin::Learned,
        _ if *next_hop == NextHop::Local => RouteOrigin::System,
        _ => RouteOrigin::Custom,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::RouteTableAssociation;

    fn route(destination: &str) -> aws_sdk_ec2::types::builders::RouteBuilder {
        Route::builder().destination_cidr_block(destination)
    }

    #[test]
    fn targets_and_black_holes_are_told_apart() {
        let dead = || route("10.3.0.0/16").state(RouteState::Blackhole);
        let table = RouteTable::builder()
            .route_table_id("rtb-1")
            .vpc_id("vpc-1")
            .associations(RouteTableAssociation::builder().main(true).build())
            .routes(route("10.1.0.0/16").gateway_id("local").build())
            .routes(
                route("10.2.0.0/16")
                    .vpc_peering_connection_id("pcx-1")
                    .build(),
            )
            .routes(dead().vpc_peering_connection_id("pcx-2").build())
            .routes(dead().network_interface_id("eni-1").build())
            .routes(route("0.0.0.0/0").gateway_id("igw-1").build())
            .routes(
                Route::builder()
                    .destination_prefix_list_id("pl-1")
                    .gateway_id("vpce-1")
                    .build(),
            )
            .build();
        let routes = read_routes(&table).expect("reads");
        let hops: Vec<(String, Phase)> = routes
            .iter()
            .map(|route| (route.next_hop.to_string(), route.status.phase))
            .collect();
        let expected = [
            ("local", Phase::Ready),
            ("pcx-1", Phase::Ready),
            ("pcx-2", Phase::Pending),
            ("black hole", Phase::Failed),
            ("the internet through igw-1", Phase::Ready),
            ("gateway vpce-1", Phase::Ready),
        ];
        assert_eq!(hops, expected.map(|(hop, phase)| (hop.to_owned(), phase)));
        assert_eq!(
            routes[5].destination,
            Destination::from(PrefixList::new("pl-1"))
        );
        assert_eq!(routes[0].origin, RouteOrigin::System);
        assert_eq!(routes[1].origin, RouteOrigin::Custom);
        assert_eq!(read_table(&table).expect("reads").role, TableRole::Main);
    }

    #[test]
    fn a_table_is_read_with_its_tags_and_with_what_it_is_for() {
        let association = RouteTableAssociation::builder;
        let read = |association: RouteTableAssociation| {
            let tag = types::Tag::builder().key("tier").value("app").build();
            let table = RouteTable::builder()
                .route_table_id("rtb-1")
                .vpc_id("vpc-1");
            let table = table.associations(association).tags(tag).build();
            read_table(&table).expect("reads")
        };
        let table = read(association().subnet_id("subnet-1").build());
        assert_eq!((table.role, table.gateway), (TableRole::Custom, false));
        assert_eq!(table.tags["tier"], "app");
        assert_eq!(table.subnets, [SubnetId::from("subnet-1")]);
        let table = read(association().gateway_id("igw-1").build());
        assert!(table.gateway && table.subnets.is_empty());
        assert!(!read(association().main(true).build()).gateway);
    }

    #[test]
    fn destinations_are_sent_in_canonical_form_by_family() {
        let request = |text: &str| {
            let range = text.parse().expect("range");
            CreateRoute::new("rtb-1".into(), range, "pcx-1".into())
        };
        let fourth = create_route(&request("10.7.3.4/16"))
            .build()
            .expect("builds");
        assert_eq!(fourth.destination_cidr_block(), Some("10.7.0.0/16"));
        assert_eq!(fourth.destination_ipv6_cidr_block(), None);
        assert_eq!(
            (fourth.route_table_id(), fourth.vpc_peering_connection_id()),
            (Some("rtb-1"), Some("pcx-1"))
        );
        let sixth = create_route(&request("2600::1/56"))
            .build()
            .expect("builds");
        assert_eq!(sixth.destination_ipv6_cidr_block(), Some("2600::/56"));
    }
}
