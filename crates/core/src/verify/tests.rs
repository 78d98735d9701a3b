//! One network, looked at closely: what random worlds have shown.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Spot, Traffic, Verdict, between};
use crate::ids::{
    AclId, CloudName, HubId, NetworkId, PeeringId, Place, RouteTableId, SubnetId, Zone,
};
use crate::observation::Observation;
use crate::traits::{
    AclRecord, CallerIdentity, Capabilities, Endpoint, HubRecord, HubRouteRecord, HubScope,
    IdentityKind, Inventory, Learning, LearningKind, LearningRecord, NetworkRecord, NextHop,
    PeeringKind, PeeringRecord, Phase, RouteOrigin, RouteRecord, RouteTableRecord, Status,
    SubnetRecord, TableRole,
};

const TABLE: &str = "rtb-1";

fn range(text: &str) -> IpNet {
    text.parse().expect("a CIDR block")
}

fn ready() -> Status {
    Status::new(Phase::Ready, "Available")
}

fn place() -> Place {
    Place::new(CloudName::from_static("memory"), "1111", "r1")
}

/// A network with the subnets `a` and `b`, and its own route.
fn inventory() -> Inventory {
    let place = place();
    let (account, region) = (place.account.clone(), place.region.clone());
    let identity = CallerIdentity::new(account.clone(), IdentityKind::User, "arn");
    let mut inventory = Inventory::new(place, identity);
    let network = NetworkId::new("net-1");
    let record = NetworkRecord::new(network.clone(), account, region, ready());
    inventory.networks = vec![record.with_ranges(vec![range("10.1.0.0/16")])];
    inventory.subnets = [("a", "10.1.1.0/24"), ("b", "10.1.2.0/24")]
        .map(|(id, block)| {
            let (zone, block) = (Zone::new("r1-a"), range(block));
            SubnetRecord::new(SubnetId::new(id), network.clone(), zone, block, ready())
        })
        .to_vec();
    let table = RouteTableId::new(TABLE);
    inventory.route_tables = vec![RouteTableRecord::new(table, network, TableRole::Main)];
    let local = route("10.1.0.0/16", NextHop::Local, RouteOrigin::System);
    inventory.routes = vec![local];
    inventory
}

fn route(to: &str, next_hop: NextHop, origin: RouteOrigin) -> RouteRecord {
    RouteRecord::new(
        RouteTableId::new(TABLE),
        range(to),
        next_hop,
        origin,
        ready(),
    )
}

fn spot(subnet: &str, address: [u8; 4]) -> Spot {
    Spot {
        index: 0,
        elsewhere: false,
        name: format!("in {subnet}"),
        place: place(),
        network: NetworkId::new("net-1"),
        network_name: "net-1".to_owned(),
        subnet: SubnetId::new(subnet),
        address: IpAddr::from(address),
        groups: None,
        down: None,
    }
}

fn verdict(inventory: Inventory, to: &Spot) -> Verdict {
    let capabilities = Capabilities::new(place().cloud, Vec::new());
    let observation = Observation::new([capabilities], vec![inventory]);
    let from = spot("a", [10, 1, 1, 4]);
    between(&observation, &from, to, Traffic::PING)
        .path
        .verdict()
}

#[test]
fn an_access_list_stands_at_the_border_of_its_subnets() {
    let mut inventory = inventory();
    let subnets = vec![SubnetId::new("a"), SubnetId::new("b")];
    let acl = AclRecord::new(AclId::new("acl-1"), NetworkId::new("net-1"));
    inventory.acls = vec![acl.with_subnets(subnets)];
    let inside = spot("a", [10, 1, 1, 5]);
    let outside = spot("b", [10, 1, 2, 5]);
    assert_eq!(verdict(inventory.clone(), &inside), Verdict::Reachable);
    assert_eq!(verdict(inventory, &outside), Verdict::Blocked);
}

#[test]
fn the_network_itself_comes_before_a_route_to_the_same_block() {
    let to = spot("b", [10, 1, 2, 5]);
    for (block, expected) in [
        ("10.1.0.0/16", Verdict::Reachable),
        ("10.1.2.0/24", Verdict::Blocked),
    ] {
        let mut inventory = inventory();
        let hole = route(block, NextHop::BlackHole, RouteOrigin::Custom);
        inventory.routes.push(hole);
        assert_eq!(verdict(inventory, &to), expected, "{block}");
    }
}

#[test]
fn a_hub_sends_nothing_back_where_it_came_from() {
    let mut inventory = inventory();
    attach(&mut inventory);
    let to = spot("b", [10, 1, 2, 5]);
    assert_eq!(verdict(inventory.clone(), &to), Verdict::Reachable);
    let out = NextHop::Peering(PeeringId::new("att-1"));
    let out = route("10.1.2.0/24", out, RouteOrigin::Custom);
    inventory.routes.push(out);
    assert_eq!(verdict(inventory, &to), Verdict::Blocked);
}

/// Attaches the network to a hub, which learns its block.
fn attach(inventory: &mut Inventory) {
    let Place {
        account, region, ..
    } = place();
    let (hub, attachment) = (HubId::new("hub-1"), PeeringId::new("att-1"));
    let table = RouteTableId::new("htb-1");
    let scope = HubScope::Regional { parent: None };
    let mut record = HubRecord::new(hub.clone(), scope, account.clone(), ready());
    record.table = Some(table.clone());
    inventory.hubs = vec![record];
    let network = Endpoint::Network {
        id: NetworkId::new("net-1"),
        account: account.clone(),
        region: region.clone(),
    };
    let hub = Endpoint::Hub {
        id: hub,
        parent: None,
        account,
        region,
    };
    let kind = PeeringKind::Attachment;
    let joined = PeeringRecord::new(attachment.clone(), kind, network, hub, ready());
    inventory.peerings = vec![joined];
    let association = Learning {
        kind: LearningKind::Association,
        peering: attachment.clone(),
        table: table.clone(),
    };
    inventory.learning = vec![LearningRecord::new(association, ready())];
    let block = range("10.1.0.0/16");
    inventory.hub_routes = vec![HubRouteRecord::new(table, block, Some(attachment), ready())];
}
