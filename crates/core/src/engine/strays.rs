//! Objects that may have lost their tags, where something of the topology is missing while other parts are there. No list by
//! tags shows them.

use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use crate::error::Result;
use crate::ids::{AccountId, CloudName, HubId, InstanceId, NetworkId, Place, Region, SubnetId};
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::{Found, chosen_model};
use crate::topology::{Network, Topology};
use crate::traits::{HubScope, Model, Owner, Scope, Select};

/// What else to read in each place.
#[derive(Debug, Default)]
pub(super) struct Strays {
    networks: BTreeMap<Place, BTreeSet<NetworkId>>,
    instances: BTreeMap<Place, BTreeSet<InstanceId>>,
    /// A global hub is seen from all places of its account.
    hubs: BTreeMap<(CloudName, AccountId), BTreeSet<HubId>>,
}

impl Strays {
    pub(super) fn is_empty(&self) -> bool {
        self.networks.is_empty() && self.instances.is_empty() && self.hubs.is_empty()
    }

    /// Asks for them too.
    pub(super) fn add(&self, place: &Place, scope: &mut Scope) {
        for id in self.networks.get(place).into_iter().flatten() {
            if !scope.networks.contains(id) {
                scope.networks.push(id.clone());
            }
        }
        for id in self.instances.get(place).into_iter().flatten() {
            if !scope.instances.contains(id) {
                scope.instances.push(id.clone());
            }
        }
        let account = (place.cloud.clone(), place.account.clone());
        for id in self.hubs.get(&account).into_iter().flatten() {
            if !scope.hubs.contains(id) {
                scope.hubs.push(id.clone());
            }
        }
    }
}

impl Engine {
    /// Networks with the name and CIDR block of one that is missing, instances with the name and subnet of one, and global
    /// hubs with the name of one or with a part that is the topology's, that carry no tags. Asks nothing where nothing is missing, or nothing is there.
    pub(super) async fn strays(
        &self,
        topology: &Topology,
        observation: &Observation,
    ) -> Result<Strays> {
        let found = Found::index(topology, observation);
        let mut strays = Strays::default();
        if !found.has_any_of_ours() {
            return Ok(strays);
        }
        for (place, missing) in missing_networks(topology, observation, &found) {
            let listed = self
                .cloud(&place)
                .await?
                .list_networks(&Select::All)
                .await?;
            let is_it = |name: &str, ranges: &[ipnet::IpNet]| {
                missing.iter().any(|network| {
                    network.name == name
                        && network.range.is_some_and(|range| ranges.contains(&range))
                })
            };
            let stray = listed.into_iter().filter(|one| {
                one.owner.is_none() && one.maker.is_none() && is_it(&one.name, &one.ranges)
            });
            let ids: BTreeSet<NetworkId> = stray.map(|one| one.id).collect();
            if !ids.is_empty() {
                strays.networks.insert(place, ids);
            }
        }
        for (place, missing) in missing_instances(topology, observation, &found) {
            let listed = self
                .cloud(&place)
                .await?
                .list_instances(&Select::All)
                .await?;
            let stray = listed.into_iter().filter(|one| {
                let subnet = one.subnet.as_ref();
                let is_it =
                    subnet.is_some_and(|id| missing.contains(&(one.name.clone(), id.clone())));
                one.owner.is_none() && one.maker.is_none() && is_it
            });
            let ids: BTreeSet<InstanceId> = stray.map(|one| one.id).collect();
            if !ids.is_empty() {
                strays.instances.insert(place, ids);
            }
        }
        for (place, names) in missing_hubs(topology, observation, &found) {
            let parents = parents(topology, observation);
            let listed = self.cloud(&place).await?.list_hubs(&Select::All).await?;
            let stray = listed.into_iter();
            let stray = stray.filter(|one| one.owner.is_none() && one.maker.is_none());
            // All parts of a global hub of the scope are read.
            let ids = stray.filter_map(|one| match one.scope {
                HubScope::Global => {
                    let is_it = names.contains(&one.name) || parents.contains(&one.id);
                    is_it.then_some(one.id)
                }
                HubScope::Regional { parent } => {
                    parent.filter(|parent| found.hubs.key_of(parent).is_some())
                }
                HubScope::Edge { .. } => None,
            });
            let ids: BTreeSet<HubId> = ids.collect();
            if !ids.is_empty() {
                let account = (place.cloud, place.account);
                strays.hubs.entry(account).or_default().extend(ids);
            }
        }
        Ok(strays)
    }
}

// By the places of each owner: the names of its interconnects without their hub. A regional hub is listed where it is.
fn missing_hubs(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
) -> BTreeMap<Place, BTreeSet<String>> {
    let mut missing: BTreeMap<Place, BTreeSet<String>> = BTreeMap::new();
    let interconnects = topology.interconnects.iter();
    for interconnect in interconnects.filter(|one| one.hub.is_none()) {
        let key = ObjectKey::global_hub(&interconnect.name);
        let has_hubs = chosen_model(topology, observation, interconnect) == Some(Model::Hub);
        let Some(owner) = topology.account(&interconnect.owner).filter(|_| has_hubs) else {
            continue;
        };
        let is_missing = found.hubs.get(&key).is_none();
        let members = interconnect.members.iter();
        let networks = members.filter_map(|member| topology.network(member));
        let regions: BTreeSet<&Region> = networks
            .map(|network| &network.region)
            .filter(|region| {
                let key = ObjectKey::regional_hub(&interconnect.name, region);
                is_missing || found.hubs.get(&key).is_none()
            })
            .collect();
        let inventories = observation.inventories.iter();
        let places = inventories.map(|one| &one.place).filter(|place| {
            place.account == owner.id
                && place.cloud == owner.cloud
                && regions.contains(&place.region)
                && is_readable(topology, observation, place)
        });
        for place in places {
            let names = missing.entry(place.clone()).or_default();
            names.extend(is_missing.then(|| interconnect.name.clone()));
        }
    }
    missing
}

// The global hubs that regional hubs and attachments of ours are part of.
fn parents(topology: &Topology, observation: &Observation) -> BTreeSet<HubId> {
    let ours = |owner: &Option<Owner>| {
        let owner = owner.as_ref();
        owner.is_some_and(|owner| topology.is_called(&owner.topology))
    };
    let inventories = || observation.inventories.iter();
    let hubs = inventories().flat_map(|one| &one.hubs);
    let regional = hubs.filter_map(|hub| match &hub.scope {
        HubScope::Regional { parent } if ours(&hub.owner) => parent.clone(),
        _ => None,
    });
    let peerings = inventories().flat_map(|one| &one.peerings);
    let joined = peerings.filter(|one| ours(&one.owner)).flat_map(|one| {
        let ends = [&one.requester, &one.accepter];
        ends.into_iter().filter_map(|end| end.parent().cloned())
    });
    regional.chain(joined).collect()
}

// Only in places that were read, with keys that are ours.
fn missing_networks<'t>(
    topology: &'t Topology,
    observation: &Observation,
    found: &Found,
) -> BTreeMap<Place, Vec<&'t Network>> {
    let mut missing: BTreeMap<Place, Vec<&Network>> = BTreeMap::new();
    for network in &topology.networks {
        let known = found
            .networks
            .get(&ObjectKey::network(&network.name))
            .is_some();
        let place = topology.place_of(network);
        let place = place.filter(|place| is_readable(topology, observation, place));
        if let (true, Some(place)) = (!known && network.id.is_none(), place) {
            missing.entry(place).or_default().push(network);
        }
    }
    missing
}

fn missing_instances(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
) -> BTreeMap<Place, BTreeSet<(String, SubnetId)>> {
    let mut missing: BTreeMap<Place, BTreeSet<(String, SubnetId)>> = BTreeMap::new();
    for instance in topology.instances.iter().filter(|one| one.id.is_none()) {
        let known = found
            .instances
            .get(&ObjectKey::instance(&instance.name))
            .is_some();
        let subnet = instance.subnet.as_ref().filter(|_| !known);
        let subnet = subnet.map(|path| ObjectKey::subnet(&path.network, &path.subnet));
        let Some(at) = subnet.and_then(|key| found.subnets.get(&key)) else {
            continue;
        };
        if is_readable(topology, observation, &at.place) {
            let wanted = (instance.name.clone(), at.record.id.clone());
            missing.entry(at.place.clone()).or_default().insert(wanted);
        }
    }
    missing
}

fn is_readable(topology: &Topology, observation: &Observation, place: &Place) -> bool {
    let there = observation.at(place);
    !topology.is_elsewhere(place)
        && there.is_some_and(|inventory| inventory.identity.account == place.account)
}
