//! One view of everything in a place that concerns a topology.

use super::item::{Item, joins_edge};
use super::peering::interface_of;
use super::world::World;
use crate::ids::{BorderRouterId, HubId, NetworkId, Place, RouteTableId, SubnetId};
use crate::traits::{
    AgentRoleRecord, CallerIdentity, CloudService, Endpoint, GroupRecord, HubRecord, HubScope,
    InstanceRecord, InterfaceRecord, Inventory, NetworkRecord, PeeringRecord, Scope, Select,
    ServiceEndpointRecord,
};

pub(super) fn observe(
    world: &World,
    place: &Place,
    identity: CallerIdentity,
    scope: &Scope,
) -> Inventory {
    let mut inventory = Inventory::new(place.clone(), identity);
    let capabilities = &world.options.capabilities;
    inventory.services = capabilities
        .services
        .iter()
        .filter(|service| scope.cross_border || **service != CloudService::CrossBorder)
        .map(|service| (*service, world.service_status(&place.account, *service)))
        .collect();
    if scope.zones {
        inventory.zones = world.options.zones(&place.region).to_vec();
    }
    inventory.hub_zones = world.hub_zones(place);
    inventory.network_count = world.own_networks(place);
    let odd = world.options.not_understood.iter();
    inventory.not_understood = odd.filter(|odd| odd.place == *place).cloned().collect();
    see_networks(world, place, scope, &mut inventory);
    see_hubs(world, place, scope, &mut inventory);
    see_instances(world, place, scope, &mut inventory);
    see_agents(world, place, scope, &mut inventory);
    if scope.holders {
        see_interfaces(world, &mut inventory);
    }
    if scope.analyses {
        inventory.analyses = world.list(place, &scope.select());
    }
    inventory
}

fn see_networks(world: &World, place: &Place, scope: &Scope, inventory: &mut Inventory) {
    inventory.networks = world
        .list::<NetworkRecord>(place, &Select::All)
        .into_iter()
        .filter(|network| is_in_scope(network, scope))
        .collect();
    if scope.host_names && world.options.capabilities.dns_resolution {
        for network in &mut inventory.networks {
            network.host_names = Some(world.host_names.contains(&network.id));
        }
    }
    let ids: Vec<NetworkId> = inventory.networks.iter().map(|n| n.id.clone()).collect();
    inventory.subnets = world.show_subnets(place, &Select::All);
    inventory.subnets.retain(|s| ids.contains(&s.network));
    inventory.route_tables = world.tables_of(place, &ids);
    inventory.routes = inventory
        .route_tables
        .iter()
        .flat_map(|table| world.routes_of(&table.id))
        .map(|route| world.shown_route(route))
        .collect();
    inventory.acls = world.acls_of(&ids);
    let members = ids.iter().map(NetworkId::as_str);
    inventory.grants = members
        .chain(scope.border_routers.iter().map(BorderRouterId::as_str))
        .flat_map(|member| world.grants_on(place, member))
        .filter(|grant| sees_edges(scope) || !world.is_edge(&grant.hub))
        .collect();
}

fn sees_edges(scope: &Scope) -> bool {
    scope.edges || scope.everything
}

fn is_of<R: Item>(record: &R, scope: &Scope) -> bool {
    record.is_selected(&scope.select())
}

fn is_in_scope(network: &NetworkRecord, scope: &Scope) -> bool {
    is_of(network, scope) || scope.networks.contains(&network.id)
}

fn see_hubs(world: &World, place: &Place, scope: &Scope, inventory: &mut Inventory) {
    inventory.hubs = world.list(place, &Select::All);
    inventory.hubs.retain(|hub| {
        let is_regional = matches!(hub.scope, HubScope::Regional { .. });
        let has_view = sees_edges(scope) || !world.is_edge(&hub.id);
        (is_of(hub, scope) || joins(hub, scope)) && has_view && (is_regional || !scope.regional)
    });
    for hub in inventory.hubs.iter_mut().filter(|hub| !joins(hub, scope)) {
        hub.tables.clear();
    }
    let concern =
        |hub: &&HubRecord| scope.everything || scope.received_grants || world.is_edge(&hub.id);
    for hub in inventory.hubs.iter().filter(concern) {
        let received = world.grants_to(place, &hub.id);
        inventory
            .grants
            .extend(received.filter(|grant| grant.member_account.as_ref() != Some(&place.account)));
    }
    let mut peerings = world.list::<PeeringRecord>(place, &Select::All);
    peerings.retain(|peering| {
        let hub = peering.accepter.id();
        let ours = || inventory.hubs.iter().any(|known| known.id.as_str() == hub);
        match joins_edge(peering) {
            true => ours(),
            false => scope.everything || concerns(peering, inventory),
        }
    });
    inventory.peerings = peerings;
    if scope.everything {
        return;
    }
    let tables = tables(&inventory.hubs);
    inventory.learning = tables.iter().flat_map(|t| world.learning_of(t)).collect();
    inventory.hub_routes = world.hub_routes(&tables);
}

fn concerns(peering: &PeeringRecord, inventory: &Inventory) -> bool {
    [&peering.requester, &peering.accepter]
        .into_iter()
        .any(|end| match end {
            Endpoint::Network { id, .. } => inventory.networks.iter().any(|n| n.id == *id),
            _ => inventory.hubs.iter().any(|hub| end.is_hub(&hub.id)),
        })
}

// Whether a hub is one of the scope, or belongs to one.
fn joins(hub: &HubRecord, scope: &Scope) -> bool {
    let of = |id: &HubId| scope.hubs.contains(id);
    match &hub.scope {
        HubScope::Regional { parent } => parent.as_ref().is_some_and(of),
        _ => of(&hub.id),
    }
}

fn tables(hubs: &[HubRecord]) -> Vec<RouteTableId> {
    let tables = hubs.iter().flat_map(HubRecord::table_ids);
    tables.cloned().collect()
}

fn see_instances(world: &World, place: &Place, scope: &Scope, inventory: &mut Inventory) {
    let mut instances = world.list::<InstanceRecord>(place, &Select::All);
    instances.retain(|one| is_of(one, scope) || scope.instances.contains(&one.id));
    let mut groups = world.list::<GroupRecord>(place, &Select::All);
    groups.retain(|group| {
        let has = |instance: &InstanceRecord| instance.groups.contains(&group.id);
        let is_in = |network: &NetworkRecord| group.network.as_ref() == Some(&network.id);
        is_of(group, scope)
            || instances.iter().any(has)
            || scope.all_groups && inventory.networks.iter().any(is_in)
    });
    inventory.instances = instances;
    inventory.groups = groups;
    if scope.everything {
        return;
    }
    inventory.rules = inventory
        .groups
        .iter()
        .flat_map(|group| world.rules_of(&group.id))
        .collect();
    if scope.holders || scope.other_groups && world.options.capabilities.unique_group_names {
        let mut groups = world.list::<GroupRecord>(place, &Select::All);
        groups.retain(|group| {
            let network = group.network.as_ref();
            let here = network.is_some_and(|id| inventory.networks.iter().any(|n| n.id == *id));
            here && !is_of(group, scope)
        });
        inventory.other_groups = groups;
    }
    if scope.holders {
        let known = |id: &crate::ids::GroupId| inventory.groups.iter().any(|group| group.id == *id);
        let others = inventory.other_groups.iter();
        let others = others.filter(|group| !known(&group.id));
        let rules: Vec<_> = others.flat_map(|group| world.rules_of(&group.id)).collect();
        inventory.rules.extend(rules);
    }
}

fn see_agents(world: &World, place: &Place, scope: &Scope, inventory: &mut Inventory) {
    if scope.agent_roles && !scope.regional {
        inventory.agent_roles = world.list::<AgentRoleRecord>(place, &Select::All);
        inventory.agent_roles.retain(|one| is_of(one, scope));
    }
    if scope.agents || scope.holders {
        let mut ends = world.list::<ServiceEndpointRecord>(place, &Select::All);
        let is_here = |id: &NetworkId| inventory.networks.iter().any(|one| one.id == *id);
        ends.retain(|one| is_of(one, scope) || is_here(&one.network));
        inventory.service_endpoints = ends;
    }
}

// Those of instances, and those of attachments, wherever their hub is.
fn see_interfaces(world: &World, inventory: &mut Inventory) {
    let is_here = |subnet: &SubnetId| inventory.subnets.iter().any(|one| one.id == *subnet);
    let instances = world.shelf::<InstanceRecord>().iter();
    let mut interfaces: Vec<InterfaceRecord> = instances
        .filter_map(|entry| {
            let subnet = entry.record.subnet.clone().filter(is_here)?;
            let id = format!("nic-{}", entry.record.id);
            let interface = InterfaceRecord::new(id.into(), subnet)
                .with_groups(entry.record.groups.clone())
                .with_instance(entry.record.id.clone());
            Some(interface)
        })
        .collect();
    for subnet in &inventory.subnets {
        interfaces.extend(world.interfaces_in(&subnet.id).map(|entry| {
            let id = interface_of(&entry.record.id, &subnet.id);
            let attachment = &entry.record.id;
            InterfaceRecord::new(id, subnet.id.clone())
                .with_description(format!("attachment {attachment}"))
        }));
    }
    inventory.interfaces = interfaces;
}
