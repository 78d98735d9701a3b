//! What topologies look like, and what others put on top.

use std::net::IpAddr;

use ipnet::IpNet;

use super::dice::Dice;
use super::filters;
use super::ground::{Abilities, Placement, Terrain};
use crate::ids::{AccountId, GroupId, PeeringId, Place};
use crate::observation::Observation;
use crate::topology::{
    Account, Firewall, FirewallRuleSpec, Instance, Interconnect, Network, RuleSource, Subnet,
    Topology,
};
use crate::traits::{
    Destination, InstanceRecord, Inventory, NextHop, Phase, Protocol, RouteOrigin, RouteRecord,
    RouteTableRecord, RuleRecord, Status, SubnetRecord,
};

const FIREWALLS: [&str; 2] = ["front", "back"];

/// Three networks of two accounts in two regions, joined, with five instances.
pub(super) fn topology(dice: &mut Dice, terrain: &Terrain) -> Topology {
    let names = ["one", "two", "three"];
    let interconnect = Interconnect::new("core", "a", names);
    let model = dice.one(&terrain.models).copied().unwrap_or_default();
    let accounts = ["a", "b"].into_iter().zip(&terrain.accounts);
    let mut topology = Topology::new("worlds").with_interconnect(interconnect.with_model(model));
    for (name, id) in accounts {
        topology = topology.with_account(Account::new(name, terrain.cloud.clone(), id.clone()));
    }
    let homes = [("a", 0), ("b", 0), ("a", 1)];
    for (number, (name, (account, region))) in (1_u8..).zip(names.into_iter().zip(homes)) {
        topology = topology.with_network(network(name, account, &terrain.regions[region], number));
    }
    let members = || [RuleSource::Members("core".to_owned())];
    topology = topology
        .with_firewall(
            Firewall::new(FIREWALLS[0], names)
                .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, members()))
                .with_rule(FirewallRuleSpec::allow(Protocol::Tcp, members()).with_port(22)),
        )
        .with_firewall(
            Firewall::new(FIREWALLS[1], names)
                .with_rule(FirewallRuleSpec::allow(Protocol::Udp, members())),
        );
    let ends = ["one/s1", "one/s1", "one/s2", "two/s1", "three/s2"];
    (0..)
        .zip(ends)
        .fold(topology, |topology, (number, subnet)| {
            topology.with_instance(instance(dice, terrain, number, subnet))
        })
}

fn network(
    name: &str,
    account: &str,
    (region, zones): &(crate::ids::Region, [crate::ids::Zone; 2]),
    number: u8,
) -> Network {
    let network = Network::new(name, account, region.clone(), block([10, number, 0, 0], 16));
    (1_u8..).zip(zones).fold(network, |network, (index, zone)| {
        let range = block([10, number, index, 0], 24);
        network.with_subnet(Subnet::new(format!("s{index}"), zone.clone(), range))
    })
}

fn instance(dice: &mut Dice, terrain: &Terrain, number: usize, subnet: &str) -> Instance {
    let firewalls: &[&str] = match dice.below(3) {
        0 => &FIREWALLS[..1],
        1 => &FIREWALLS[1..],
        _ => &FIREWALLS,
    };
    Instance::new(
        format!("i{number}"),
        subnet.parse().expect("a path of two names"),
        terrain.instance_type.as_str(),
        terrain.image.as_str(),
        firewalls.iter().copied(),
    )
}

fn block(address: [u8; 4], length: u8) -> IpNet {
    IpNet::new_assert(IpAddr::from(address), length)
}

/// What can be seen of a world, and what may be added to it.
pub(super) struct Scene<'a> {
    pub(super) inventories: &'a [Inventory],
    pub(super) addresses: Vec<IpAddr>,
    pub(super) groups: Vec<(GroupId, AccountId)>,
    pub(super) abilities: &'a Abilities,
}

impl<'a> Scene<'a> {
    fn new(observation: &'a Observation, abilities: &'a Abilities) -> Self {
        let inventories = &observation.inventories;
        let instances = inventories.iter().flat_map(|i| &i.instances);
        let groups = inventories.iter().flat_map(|inventory| {
            let account = &inventory.place.account;
            let groups = inventory.groups.iter();
            groups.map(move |group| (group.id.clone(), account.clone()))
        });
        Self {
            addresses: instances.filter_map(|i| i.address).collect(),
            groups: groups.collect(),
            inventories,
            abilities,
        }
    }

    /// A CIDR block with the address of an instance, of one of these lengths.
    pub(super) fn around<const N: usize>(&self, dice: &mut Dice, lengths: [u8; N]) -> IpNet {
        let any = IpAddr::from([10, 1, 1, 4]);
        let address = dice.one(&self.addresses).copied().unwrap_or(any);
        IpNet::new_assert(address, dice.pick(lengths)).trunc()
    }
}

/// Random objects of others.
pub(super) fn layer(
    dice: &mut Dice,
    observation: &Observation,
    abilities: &Abilities,
) -> Vec<Placement> {
    let scene = Scene::new(observation, abilities);
    let mut placements = Vec::new();
    for inventory in scene.inventories {
        rules(dice, &scene, inventory, &mut placements);
        routes(dice, &scene, inventory, &mut placements);
        networks(dice, &scene, inventory, &mut placements);
        losses(dice, inventory, &mut placements);
    }
    if abilities.hidden_lists && dice.chance(10) {
        let lists = [filters::PREFIX_LISTS[0].0, filters::PORT_LISTS[0].0];
        placements.push(Placement::Hide(dice.pick(lists).to_owned()));
    }
    placements
}

fn rules(dice: &mut Dice, scene: &Scene<'_>, here: &Inventory, placements: &mut Vec<Placement>) {
    for group in &here.groups {
        if scene.abilities.closed_groups && dice.chance(12) {
            placements.push(Placement::Close(here.place.clone(), group.id.clone()));
        }
        for _ in 0..dice.below(3) {
            let near = near(here, &group.id);
            let (rule, priority) = filters::rule(dice, scene, &near);
            let record = RuleRecord::new(group.id.clone(), rule).with_priority(priority);
            placements.push(Placement::Rule(here.place.clone(), record));
        }
    }
}

/// The addresses of the members of a group.
fn near(here: &Inventory, group: &GroupId) -> Vec<IpAddr> {
    let members = |instance: &&InstanceRecord| instance.groups.contains(group);
    let instances = here.instances.iter().filter(members);
    instances.filter_map(|instance| instance.address).collect()
}

fn routes(dice: &mut Dice, scene: &Scene<'_>, here: &Inventory, placements: &mut Vec<Placement>) {
    for table in &here.route_tables {
        if dice.chance(20) {
            let record = RouteRecord::new(
                table.id.clone(),
                destination(dice, scene),
                next_hop(dice, here, table),
                RouteOrigin::Custom,
                Status::new(Phase::Ready, "Available"),
            );
            placements.push(Placement::Route(here.place.clone(), record));
        }
    }
}

fn destination(dice: &mut Dice, scene: &Scene<'_>) -> Destination {
    if scene.abilities.list_routes && dice.chance(30) {
        return filters::prefix_list(dice).into();
    }
    scene.around(dice, [12, 20, 24, 25, 28, 32]).into()
}

fn next_hop(dice: &mut Dice, here: &Inventory, table: &RouteTableRecord) -> NextHop {
    let touching = |id: &str| id == table.network.as_str();
    let peerings: Vec<PeeringId> = (here.peerings.iter())
        .filter(|peering| touching(peering.requester.id()) || touching(peering.accepter.id()))
        .map(|peering| peering.id.clone())
        .collect();
    let peering = dice.one(&peerings).cloned();
    match (dice.below(10), peering) {
        (0..6, Some(id)) => NextHop::Peering(id),
        (6 | 7, _) => NextHop::Internet("igw-0123456789abcdef0".to_owned()),
        (8, _) => NextHop::Other {
            kind: "nat-gateway".to_owned(),
            id: "nat-0123456789abcdef0".to_owned(),
        },
        _ => NextHop::BlackHole,
    }
}

fn networks(dice: &mut Dice, scene: &Scene<'_>, here: &Inventory, placements: &mut Vec<Placement>) {
    let place = &here.place;
    for network in &here.networks {
        let subnets = here.subnets.iter();
        let own = subnets.filter(|subnet| subnet.network == network.id);
        let some: Vec<_> = own
            .filter(|_| dice.chance(60))
            .map(|subnet: &SubnetRecord| subnet.id.clone())
            .collect();
        if scene.abilities.acls && dice.chance(12) && !some.is_empty() {
            placements.push(Placement::Acl {
                place: place.clone(),
                network: network.id.clone(),
                subnets: some.clone(),
                entries: filters::entries(dice, scene),
            });
        }
        if scene.abilities.tables && dice.chance(5) && !some.is_empty() {
            placements.push(Placement::Table {
                place: place.clone(),
                network: network.id.clone(),
                subnets: some,
            });
        }
        if scene.abilities.ranges && dice.chance(5) {
            placements.push(Placement::Range {
                place: place.clone(),
                network: network.id.clone(),
                range: further_range(dice, scene),
            });
        }
    }
}

/// Beside all others, or around an instance of whichever network.
fn further_range(dice: &mut Dice, scene: &Scene<'_>) -> IpNet {
    match dice.chance(70) {
        true => block([10, 100 + dice.pick([1, 2, 3, 4, 5]), 0, 0], 16),
        false => scene.around(dice, [24]),
    }
}

fn losses(dice: &mut Dice, here: &Inventory, placements: &mut Vec<Placement>) {
    let place: &Place = &here.place;
    if dice.chance(8) {
        let lost = dice.one(&here.learning);
        placements.extend(lost.map(|l| Placement::Unlearn(place.clone(), l.learning.clone())));
    }
    if dice.chance(8) {
        let custom = |route: &&RouteRecord| route.origin == RouteOrigin::Custom;
        let custom: Vec<&RouteRecord> = here.routes.iter().filter(custom).collect();
        let lost = dice.one(&custom);
        placements.extend(lost.map(|&route| Placement::Unroute(place.clone(), route.clone())));
    }
}
