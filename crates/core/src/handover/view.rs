//! A topology as the owner of another account sees it.

use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::ids::PeeringId;
use crate::object::{Attached, ObjectKey};
use crate::observation::Observation;
use crate::plan::{Found, HubZones, Interface, Told, chosen_model, interfaces, ranges_of};
use crate::topology::{
    Account, Edge, Holder, Interconnect, ModelChoice, Network, Subnet, Topology,
};
use crate::traits::Model;

/// What of a topology concerns an account, with its keys in the hands of its owner and all others held by others. What has
/// no ID yet is left out.
pub(super) fn view(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
    account: &Account,
) -> Topology {
    let mut view = Topology::new(&topology.name);
    for interconnect in &topology.interconnects {
        let Some(model) = chosen_model(topology, observation, interconnect) else {
            continue;
        };
        let concerned = |network: &&Network| {
            let is_own = network.account == account.name;
            // Two accounts of others that peer are their own affair.
            let ours = !topology.is_held_by_other(&network.account);
            is_own || ours || model == Model::Hub
        };
        let members: Vec<&Network> = interconnect
            .members
            .iter()
            .filter_map(|name| topology.network(name))
            .filter(concerned)
            .filter(|network| is_known(network, found))
            .collect();
        let own = |network: &&Network| network.account == account.name;
        let takes_part = interconnect.owner == account.name || members.iter().any(own);
        if takes_part && members.len() > 1 {
            add(
                &mut view,
                topology,
                found,
                account,
                interconnect,
                model,
                &members,
            );
            if model == Model::Hub {
                tell_subnets(&mut view, topology, observation, found, interconnect);
            }
        }
    }
    for edge in topology.wanted_edges() {
        add_edge(&mut view, topology, found, account, edge);
    }
    view
}

fn add_edge(
    view: &mut Topology,
    topology: &Topology,
    found: &Found,
    account: &Account,
    edge: &Edge,
) {
    let members = edge
        .members
        .iter()
        .filter_map(|name| topology.network(name));
    let members: Vec<&Network> = members.filter(|network| is_known(network, found)).collect();
    let routers = edge.border_routers.iter();
    let names = members.iter().map(|network| network.account.as_str());
    let names = names.chain(routers.map(|router| router.account.as_str()));
    let accounts: Vec<&str> = names.chain([edge.owner.as_str()]).collect();
    if !accounts.contains(&account.name.as_str()) {
        return;
    }
    add_accounts(view, topology, account, accounts.into_iter());
    add_networks(view, found, account, &members);
    let mut seen = edge.clone();
    seen.members
        .retain(|name| members.iter().any(|network| network.name == *name));
    let kept = seen.members.clone();
    seen.advertise.retain(|name, _| kept.contains(name));
    seen.attachments.clear();
    // The account that owns it needs no ID to find it, and all others are told.
    let key = ObjectKey::edge_hub(&edge.name);
    let hub = found.hubs.get(&key).map(|at| at.record.id.clone());
    seen.id = hub.filter(|_| edge.owner != account.name);
    view.edges.push(seen);
}

/// What the owner of an account cannot read of hubs of others in its view.
pub(super) fn told(view: &Topology, found: &Found) -> Told {
    let mut told = Told::default();
    let owners = view.interconnects.iter().map(|i| (&i.name, &i.owner));
    let owners = owners.chain(view.edges.iter().map(|edge| (&edge.name, &edge.owner)));
    let owners: Vec<(&String, &String)> = owners
        .filter(|(_, owner)| view.is_held_by_other(owner))
        .collect();
    for (name, _) in owners {
        let keys = [ObjectKey::global_hub(name), ObjectKey::edge_hub(name)];
        let hub = keys.iter().find_map(|key| found.hubs.get(key));
        told.hubs
            .extend(hub.map(|at| (name.clone(), at.record.id.clone())));
        let own = view.networks.iter();
        let own = own.filter(|network| !view.is_held_by_other(&network.account));
        let attached: BTreeMap<String, PeeringId> = own
            .filter_map(|network| {
                let key = ObjectKey::Attachment(Attached::network(name, &network.name));
                Some((
                    network.name.clone(),
                    found.peerings.get(&key)?.record.id.clone(),
                ))
            })
            .collect();
        if !attached.is_empty() {
            told.attachments.insert(name.clone(), attached);
        }
    }
    told
}

fn is_known(network: &Network, found: &Found) -> bool {
    found
        .networks
        .get(&ObjectKey::network(&network.name))
        .is_some()
}

fn add(
    view: &mut Topology,
    topology: &Topology,
    found: &Found,
    account: &Account,
    interconnect: &Interconnect,
    model: Model,
    members: &[&Network],
) {
    let names = members.iter().map(|network| network.account.as_str());
    let names = names.chain([interconnect.owner.as_str()]);
    add_accounts(view, topology, account, names);
    add_networks(view, found, account, members);
    let names = members.iter().map(|network| &network.name);
    let choice = match model {
        Model::Hub => ModelChoice::Hub,
        Model::Mesh => ModelChoice::Mesh,
    };
    let mut seen = Interconnect::new(&interconnect.name, &interconnect.owner, names)
        .with_model(choice)
        .with_payer(interconnect.payer);
    seen.max_mbps = interconnect.max_mbps;
    // Its owner uses the hub that is there.
    let owns = interconnect.owner == account.name;
    seen.hub = interconnect.hub.clone().filter(|_| owns);
    view.interconnects.push(seen);
}

fn add_accounts<'n>(
    view: &mut Topology,
    topology: &Topology,
    account: &Account,
    names: impl Iterator<Item = &'n str>,
) {
    for name in names {
        if let (None, Some(declared)) = (view.account(name), topology.account(name)) {
            let holder = match declared.name == account.name {
                true => Holder::Us,
                false => Holder::Other,
            };
            let seen = Account::new(name, declared.cloud.clone(), declared.id.clone());
            view.accounts.push(seen.with_held_by(holder));
        }
    }
}

fn add_networks(view: &mut Topology, found: &Found, account: &Account, members: &[&Network]) {
    for network in members {
        if view.network(&network.name).is_none()
            && let Some(seen) = seen(network, found, network.account == account.name)
        {
            view.networks.push(seen);
        }
    }
}

fn seen(network: &Network, found: &Found, own: bool) -> Option<Network> {
    let at = found.networks.get(&ObjectKey::network(&network.name))?;
    let (name, account, region) = (&network.name, &network.account, network.region.clone());
    let mut seen = Network::existing(name, account, region, at.record.id.clone());
    if !own {
        seen = seen.with_ranges(at.record.ranges.iter().copied());
    }
    for subnet in &network.subnets {
        let there = found.subnets.get(&ObjectKey::subnet(name, &subnet.name));
        if let Some(there) = there {
            let known = Subnet::new(&subnet.name, subnet.zone.clone(), subnet.range);
            seen = seen.with_subnet(known.with_id(there.record.id.clone()));
        }
    }
    Some(seen)
}

// The owner of a hub cannot read the subnets of a member that others hold: those through which it is to be attached are told.
fn tell_subnets(
    view: &mut Topology,
    topology: &Topology,
    observation: &Observation,
    found: &Found,
    interconnect: &Interconnect,
) {
    let members = interconnect.members.iter();
    let held: Vec<&Network> = members
        .filter_map(|name| topology.network(name))
        .filter(|network| view.is_held_by_other(&network.account))
        .collect();
    for network in held {
        let hub = HubZones::of(topology, observation, interconnect, network);
        let chosen = interfaces(network, observation, found, hub).chosen;
        let mut networks = view.networks.iter_mut();
        let Some(seen) = networks.find(|seen| seen.name == network.name) else {
            continue;
        };
        seen.attach_through = chosen.iter().map(|one| one.name().to_owned()).collect();
        for subnet in chosen {
            if let Interface::There(record) = subnet {
                let known = Subnet::new(record.id.as_str(), record.zone.clone(), record.range);
                seen.subnets.push(known.with_id(record.id.clone()));
            }
        }
    }
}

/// All CIDR blocks of each network of a view.
pub(super) fn ranges(
    topology: &Topology,
    view: &Topology,
    found: &Found,
) -> BTreeMap<String, Vec<IpNet>> {
    let networks = view.networks.iter();
    networks
        .filter_map(|network| {
            let declared = topology.network(&network.name)?;
            Some((network.name.clone(), ranges_of(declared, found)))
        })
        .collect()
}
