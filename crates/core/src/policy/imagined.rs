//! The world of a topology before its first step, as far as the topology tells: what it names by ID is there.

use std::collections::BTreeMap;

use ipnet::{IpNet, Ipv4Net};

use crate::ids::{
    AccountId, HubId, NetworkId, PeeringId, Place, Region, RouteTableId, SubnetId, Zone,
};
use crate::observation::Observation;
use crate::topology::{ExistingRouter, Interconnect, Network, TableName, Topology};
use crate::traits::{
    CallerIdentity, Capabilities, GroupRecord, HubRecord, HubRouteRecord, HubScope, HubTable,
    IdentityKind, InstanceRecord, Inventory, NetworkRecord, Phase, RouteTableRecord, Status,
    SubnetRecord, TableRole,
};

/// An observation in which everything exists that the topology names by ID, and nothing else.
pub(crate) fn imagined(topology: &Topology, capabilities: &[Capabilities]) -> Observation {
    let mut inventories: BTreeMap<Place, Inventory> = topology
        .places()
        .into_iter()
        .map(|place| {
            let identity =
                CallerIdentity::new(place.account.clone(), IdentityKind::User, String::new());
            (place.clone(), Inventory::new(place, identity))
        })
        .collect();
    for (number, network) in topology.networks.iter().enumerate() {
        let place = topology.place_of(network);
        if let Some(inventory) = place.and_then(|place| inventories.get_mut(&place)) {
            add_network(inventory, network, number);
        }
    }
    add_groups(topology, &mut inventories);
    for interconnect in &topology.interconnects {
        add_hub(topology, &mut inventories, interconnect);
    }
    Observation::new(
        capabilities.iter().cloned(),
        inventories.into_values().collect(),
    )
}

fn ready() -> Status {
    Status::new(Phase::Ready, "ready")
}

// CIDR blocks that are not told are another for each network: none may overlap.
fn some_range(number: usize) -> IpNet {
    let [.., high, low] = number.to_be_bytes();
    Ipv4Net::new_assert([10, high, low, 0].into(), 24).into()
}

// For documentation: no network of a topology has it.
fn others() -> IpNet {
    Ipv4Net::new_assert([198, 51, 100, 0].into(), 24).into()
}

fn add_network(inventory: &mut Inventory, network: &Network, number: usize) {
    let Some(id) = &network.id else {
        return;
    };
    let (account, region) = (&inventory.place.account, &inventory.place.region);
    let range = network.range.unwrap_or_else(|| some_range(number));
    let ranges = std::iter::once(range).chain(network.ranges.iter().copied());
    let record = NetworkRecord::new(id.clone(), account.clone(), region.clone(), ready())
        .with_ranges(ranges.collect());
    inventory.networks.push(record);
    let main = RouteTableId::new(format!("main-of-{id}"));
    let main = RouteTableRecord::new(main, id.clone(), TableRole::Main);
    inventory.route_tables.push(main);
    let crate::topology::RouteTables::Listed(tables) = &network.route_tables else {
        add_subnets(inventory, network, range);
        return;
    };
    for (position, table) in tables.iter().enumerate() {
        let (table_id, tags) = match table {
            TableName::Id(id) => (id.clone(), BTreeMap::new()),
            TableName::Tag { key, value } => {
                let tagged = RouteTableId::new(format!("table-{position}-of-{id}"));
                (tagged, BTreeMap::from([(key.clone(), value.clone())]))
            }
        };
        let subnet = SubnetId::new(format!("subnet-of-{table_id}"));
        let record = RouteTableRecord::new(table_id, id.clone(), TableRole::Custom)
            .with_subnets(vec![subnet])
            .with_tags(tags);
        inventory.route_tables.push(record);
    }
    add_subnets(inventory, network, range);
}

// Those that the topology names, and one more, so that a hub can attach the network.
fn add_subnets(inventory: &mut Inventory, network: &Network, range: IpNet) {
    let Some(id) = &network.id else {
        return;
    };
    let named = network.subnets.iter();
    let named: Vec<(SubnetId, Zone, IpNet)> = named
        .filter_map(|subnet| Some((subnet.id.clone()?, subnet.zone.clone(), subnet.range)))
        .collect();
    let zones = named.iter().map(|(_, zone, _)| zone.clone());
    let some = Zone::new(format!("{}-some", inventory.place.region));
    inventory.hub_zones.extend(zones);
    inventory.hub_zones.push(some.clone());
    let other = SubnetId::new(format!("subnet-of-{id}"));
    for (subnet, zone, range) in named.into_iter().chain([(other, some, range)]) {
        let record = SubnetRecord::new(subnet, id.clone(), zone, range, ready());
        inventory.subnets.push(record);
    }
}

// Groups that rules of the topology go into, and instances that packets of it go to.
fn add_groups(topology: &Topology, inventories: &mut BTreeMap<Place, Inventory>) {
    for (network, group) in topology.firewalls.iter().flat_map(|one| &one.groups) {
        let Some((inventory, id)) = inventory_of(topology, inventories, network) else {
            continue;
        };
        let record = GroupRecord::new(group.clone(), ready()).with_network(id);
        inventory.groups.push(record);
    }
    for instance in &topology.instances {
        let place = instance
            .network_name()
            .and_then(|network| inventory_of(topology, inventories, network));
        if let (Some(instance), Some((inventory, id))) = (&instance.id, place) {
            let record = InstanceRecord::new(instance.clone(), ready()).with_network(id);
            inventory.instances.push(record);
        }
    }
}

// Where a network is, and its ID if it exists.
fn inventory_of<'i>(
    topology: &Topology,
    inventories: &'i mut BTreeMap<Place, Inventory>,
    network: &str,
) -> Option<(&'i mut Inventory, Option<NetworkId>)> {
    let network = topology.network(network)?;
    let place = topology.place_of(network)?;
    Some((inventories.get_mut(&place)?, network.id.clone()))
}

fn add_hub(
    topology: &Topology,
    inventories: &mut BTreeMap<Place, Inventory>,
    interconnect: &Interconnect,
) {
    let (Some(hub), Some(owner)) = (&interconnect.hub, topology.account(&interconnect.owner))
    else {
        return;
    };
    let own = inventories
        .iter_mut()
        .filter(|(place, _)| place.account == owner.id && place.cloud == owner.cloud);
    for (position, (place, inventory)) in own.enumerate() {
        if position == 0 {
            let global =
                HubRecord::new(hub.id.clone(), HubScope::Global, owner.id.clone(), ready());
            inventory.hubs.push(global);
        }
        // Where Landbridge may create routers, it is taken to create all of them.
        let named = hub.routers.get(&place.region);
        if named.is_some() || !hub.create_routers {
            let router = router(&hub.id, &owner.id, &place.region, named);
            // Its other members are what networks reach through it.
            let routes = router.table_ids().map(|table| {
                let attachment = PeeringId::new("attachment-of-others");
                HubRouteRecord::new(table.clone(), others(), Some(attachment), ready())
            });
            inventory.hub_routes.extend(routes);
            inventory.hubs.push(router);
        }
    }
}

fn router(
    hub: &HubId,
    owner: &AccountId,
    region: &Region,
    named: Option<&ExistingRouter>,
) -> HubRecord {
    let id = named.and_then(|router| router.id.clone());
    let id = id.unwrap_or_else(|| HubId::new(format!("router-in-{region}")));
    let tables = named.into_iter().flat_map(|router| {
        let association = router.association.iter();
        association.chain(&router.propagation)
    });
    let tables = tables.map(|name| HubTable::new(RouteTableId::new(name.clone()), name.clone()));
    let scope = HubScope::Regional {
        parent: Some(hub.clone()),
    };
    HubRecord::new(id, scope, owner.clone(), ready())
        .with_region(region.clone())
        .with_table(RouteTableId::new(format!("table-in-{region}")))
        .with_tables(tables.collect())
}
