//! Renames: what was made under another name is kept under the new one.
//!
//! A topology says what a thing was called, or the thing is recognised by what it is: a network by its place and CIDR
//! block, a subnet by its network, zone and CIDR block, an interconnect by its members and owner. It is recognised only if
//! its old name is declared no longer, nothing carries its new name yet, and nothing else could be meant.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::ids::{AccountId, NetworkId};
use crate::object::{Attached, MemberKey, ObjectKey, Pair, Record, rename};
use crate::observation::Observation;
use crate::topology::Topology;
use crate::traits::{
    Endpoint, Inventory, Model, NetworkRecord, Owner, PeeringRecord, SubnetRecord, TaggedId,
};

use super::found::{Found, Index};
use super::wish::chosen_model;
use super::{Step, StepKey};

/// Names by the names that things had before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Renames {
    /// All names of the topology, the one that it has now first.
    topologies: Vec<String>,
    networks: BTreeMap<String, String>,
    /// By the name that the network has now and the one that the subnet had.
    subnets: BTreeMap<(String, String), String>,
    /// Edges, too.
    interconnects: BTreeMap<String, String>,
    firewalls: BTreeMap<String, String>,
    instances: BTreeMap<String, String>,
    /// What was recognised by what it is: its kind, the name it had, and the name it has now.
    pub(crate) recognised: Vec<(&'static str, String, String)>,
}

fn now<'a>(names: &'a BTreeMap<String, String>, name: &'a str) -> &'a str {
    names.get(name).map_or(name, String::as_str)
}

fn declared<'a>(
    names: impl Iterator<Item = (&'a Option<String>, &'a String)>,
) -> BTreeMap<String, String> {
    names
        .filter_map(|(was, name)| Some((was.clone()?, name.clone())))
        .collect()
}

impl Renames {
    /// Those of a topology, together with those that are recognised.
    pub(crate) fn of(topology: &Topology, observation: &Observation) -> Self {
        let mut renames = Self::declared(topology);
        let tagged = Tagged::of(&renames, observation);
        renames.recognise_networks(topology, &tagged);
        renames.recognise_names(topology, &tagged);
        renames.recognise_subnets(topology, &tagged);
        renames.recognise_interconnects(topology, observation, &tagged);
        renames
    }

    fn declared(topology: &Topology) -> Self {
        let interconnects = topology.interconnects.iter();
        let interconnects = interconnects.map(|one| (&one.was, &one.name));
        let edges = topology.edges.iter().map(|one| (&one.was, &one.name));
        let subnets = topology.networks.iter().flat_map(|network| {
            let subnets = network.subnets.iter();
            subnets.filter_map(|subnet| {
                let key = (network.name.clone(), subnet.was.clone()?);
                Some((key, subnet.name.clone()))
            })
        });
        let own = std::iter::once(&topology.name);
        Self {
            topologies: own.chain(&topology.was).cloned().collect(),
            networks: declared(topology.networks.iter().map(|one| (&one.was, &one.name))),
            subnets: subnets.collect(),
            interconnects: declared(interconnects.chain(edges)),
            firewalls: declared(topology.firewalls.iter().map(|one| (&one.was, &one.name))),
            instances: declared(topology.instances.iter().map(|one| (&one.was, &one.name))),
            recognised: Vec::new(),
        }
    }

    /// Whether the topology has this name, or had it.
    pub(crate) fn is_topology(&self, name: &str) -> bool {
        self.topologies.iter().any(|known| known == name)
    }

    /// The key that an object of the topology has now.
    pub(crate) fn key(&self, key: ObjectKey) -> ObjectKey {
        let network = |name: String| now(&self.networks, &name).to_owned();
        let to = |name: String| now(&self.interconnects, &name).to_owned();
        let firewall = |name: String| now(&self.firewalls, &name).to_owned();
        let attached = |of: Attached| Attached {
            to: to(of.to),
            member: match of.member {
                MemberKey::Network(name) => MemberKey::Network(network(name)),
                router @ MemberKey::BorderRouter(_) => router,
            },
        };
        // Of networks; those of links are of regions.
        let pair =
            |of: Pair| Pair::new(&to(of.interconnect), &network(of.left), &network(of.right));
        let link = |of: Pair| Pair {
            interconnect: to(of.interconnect),
            ..of
        };
        match key {
            ObjectKey::Acceptance(of) => ObjectKey::Acceptance(pair(of)),
            ObjectKey::Learning { kind, of, table } => ObjectKey::Learning {
                table,
                kind,
                of: attached(of),
            },
            ObjectKey::LinkLearning {
                kind,
                of,
                region,
                table,
            } => ObjectKey::LinkLearning {
                table,
                kind,
                of: link(of),
                region,
            },
            ObjectKey::Attachment(of) => ObjectKey::Attachment(attached(of)),
            ObjectKey::DnsResolution { of, network: name } => ObjectKey::DnsResolution {
                of: pair(of),
                network: network(name),
            },
            ObjectKey::EdgeHub(name) => ObjectKey::EdgeHub(to(name)),
            ObjectKey::Grant(of) => ObjectKey::Grant(attached(of)),
            ObjectKey::Group {
                firewall: name,
                network: of,
            } => ObjectKey::group(&firewall(name), &network(of)),
            ObjectKey::Range { network: of, range } => ObjectKey::range(&network(of), range),
            ObjectKey::HostNames(name) => ObjectKey::HostNames(network(name)),
            ObjectKey::ServiceEndpoint {
                network: of,
                service,
            } => ObjectKey::service_endpoint(&network(of), &service),
            ObjectKey::GlobalHub(name) => ObjectKey::GlobalHub(to(name)),
            ObjectKey::RegionalHub {
                interconnect,
                region,
            } => ObjectKey::RegionalHub {
                interconnect: to(interconnect),
                region,
            },
            ObjectKey::Instance(name) => ObjectKey::instance(now(&self.instances, &name)),
            ObjectKey::Link(of) => ObjectKey::Link(link(of)),
            ObjectKey::Network(name) => ObjectKey::Network(network(name)),
            ObjectKey::Peering(of) => ObjectKey::Peering(pair(of)),
            ObjectKey::Subnet { network: of, name } => {
                let at = (network(of), name);
                match self.subnets.get(&at) {
                    Some(name) => ObjectKey::subnet(&at.0, name),
                    None => ObjectKey::subnet(&at.0, &at.1),
                }
            }
            key => key,
        }
    }

    // A network of ours whose name is declared no longer, in the place and with the CIDR block of one that is new.
    fn recognise_networks(&mut self, topology: &Topology, tagged: &Tagged<'_>) {
        let is_free = |name: &str| topology.network(name).is_none();
        let mut free = tagged.networks.clone();
        free.retain(|(name, ..)| is_free(name) && !self.networks.contains_key(*name));
        let mut pairs = Vec::new();
        for network in topology.networks.iter().filter(|_| !free.is_empty()) {
            let (Some(range), Some(place)) = (network.range, topology.place_of(network)) else {
                continue;
            };
            let key = ObjectKey::network(&network.name);
            if network.was.is_some() || tagged.keys.contains(&key) {
                continue;
            }
            let found = free.iter().filter(|(_, inventory, record)| {
                inventory.place == place && record.ranges.contains(&range)
            });
            pairs.extend(found.map(|(name, _, _)| ((*name).to_owned(), network.name.clone())));
        }
        for (was, name) in unmistakable(pairs) {
            self.recognised.push(("network", was.clone(), name.clone()));
            self.networks.insert(was, name);
        }
    }

    // A run that ended in between has named a network anew, and not yet all that is named after it.
    fn recognise_names(&mut self, topology: &Topology, tagged: &Tagged<'_>) {
        for (name, id) in &tagged.named {
            if let Some(now) = self.name_of(tagged, id) {
                self.recognise_name(topology, name, now);
            }
        }
        // Of two names one is known, and the other is that of the other network.
        for (pair, ids) in &tagged.pairs {
            let [Some(one), Some(other)] = ids.map(|id| self.name_of(tagged, id)) else {
                continue;
            };
            let names = [(&pair.left, &pair.right), (&pair.right, &pair.left)];
            for (name, known) in names {
                let known = now(&self.networks, known);
                if known == one {
                    self.recognise_name(topology, name, other.clone());
                } else if known == other {
                    self.recognise_name(topology, name, one.clone());
                }
            }
        }
    }

    // The name that a network of the topology has now.
    fn name_of(&self, tagged: &Tagged<'_>, id: &NetworkId) -> Option<String> {
        let name = tagged.names.get(id)?;
        Some(now(&self.networks, name).to_owned())
    }

    fn recognise_name(&mut self, topology: &Topology, was: &str, now: String) {
        let is_free = topology.network(was).is_none() && !self.networks.contains_key(was);
        if is_free && topology.network(&now).is_some() {
            self.networks.insert(was.to_owned(), now);
        }
    }

    fn recognise_subnets(&mut self, topology: &Topology, tagged: &Tagged<'_>) {
        let mut by_network: HashMap<&str, Vec<(&str, &SubnetRecord)>> = HashMap::new();
        for (of, name, record) in &tagged.subnets {
            let subnets = by_network.entry(now(&self.networks, of)).or_default();
            subnets.push((*name, *record));
        }
        for network in &topology.networks {
            let there = by_network.get(network.name.as_str());
            let there = there.map_or(&[][..], Vec::as_slice);
            let is_free = |name: &str| {
                let at = (network.name.clone(), name.to_owned());
                let mut declared = network.subnets.iter();
                !declared.any(|one| one.name == name) && !self.subnets.contains_key(&at)
            };
            let mut pairs = Vec::new();
            for subnet in &network.subnets {
                let known = there.iter().any(|(name, _)| *name == subnet.name);
                if subnet.id.is_some() || subnet.was.is_some() || known {
                    continue;
                }
                let same = there.iter().filter(|(name, record)| {
                    record.range == subnet.range && record.is_in(&subnet.zone) && is_free(name)
                });
                pairs.extend(same.map(|(name, _)| ((*name).to_owned(), subnet.name.clone())));
            }
            for (was, name) in unmistakable(pairs) {
                let full = |name: &str| format!("{}/{name}", network.name);
                self.recognised.push(("subnet", full(&was), full(&name)));
                self.subnets.insert((network.name.clone(), was), name);
            }
        }
    }

    fn recognise_interconnects(
        &mut self,
        topology: &Topology,
        observation: &Observation,
        tagged: &Tagged<'_>,
    ) {
        let joined = tagged.joined(self);
        let is_free = |name: &str| {
            topology.interconnect(name).is_none()
                && topology.edge(name).is_none()
                && !self.interconnects.contains_key(name)
        };
        let free: Vec<_> = joined.iter().filter(|(name, _)| is_free(name)).collect();
        let mut pairs = Vec::new();
        for interconnect in topology.interconnects.iter().filter(|_| !free.is_empty()) {
            if interconnect.was.is_some() {
                continue;
            }
            // A run that ended in between has named some of it anew.
            let done = joined.get(interconnect.name.as_str());
            let members: BTreeSet<&str> = interconnect.members.iter().map(String::as_str).collect();
            let owner = topology.account(&interconnect.owner).map(|owner| &owner.id);
            let has_hubs = chosen_model(topology, observation, interconnect) == Some(Model::Hub);
            let same = free.iter().filter(|(_, there)| {
                let all = there.members.iter();
                let all = all.chain(done.into_iter().flat_map(|done| &done.members));
                let owners = [there.owner, done.and_then(|done| done.owner)];
                let mut owners = owners.into_iter().flatten().peekable();
                done.is_none_or(|done| there.parts.is_disjoint(&done.parts))
                    && all.map(String::as_str).collect::<BTreeSet<_>>() == members
                    && owners.peek().is_some() == has_hubs
                    && owners.all(|one| Some(one) == owner)
            });
            pairs.extend(same.map(|(name, _)| ((**name).to_owned(), interconnect.name.clone())));
        }
        for (was, name) in unmistakable(pairs) {
            self.recognised
                .push(("interconnect", was.clone(), name.clone()));
            self.interconnects.insert(was, name);
        }
    }
}

// The pairs of which neither side is in another pair.
fn unmistakable(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let (mut earlier, mut later) = (HashMap::new(), HashMap::new());
    for (was, name) in &pairs {
        *earlier.entry(was).or_insert(0_usize) += 1;
        *later.entry(name).or_insert(0_usize) += 1;
    }
    let alone = |(was, name): &&(String, String)| earlier[was] == 1 && later[name] == 1;
    pairs.iter().filter(alone).cloned().collect()
}

/// What carries the tags of a topology, under the names that it was made with.
struct Tagged<'a> {
    keys: BTreeSet<ObjectKey>,
    networks: Vec<(&'a str, &'a Inventory, &'a NetworkRecord)>,
    /// The names of networks, by ID.
    names: HashMap<&'a NetworkId, &'a str>,
    /// With the names of network and subnet.
    subnets: Vec<(&'a str, &'a str, &'a SubnetRecord)>,
    peerings: Vec<ObjectKey>,
    hubs: Vec<(ObjectKey, &'a AccountId)>,
    /// The names of networks in the keys of what belongs to them, with their IDs.
    named: Vec<(String, &'a NetworkId)>,
    /// Peerings with the two networks that they join.
    pairs: Vec<(Pair, [&'a NetworkId; 2])>,
}

/// What was found of an interconnect.
#[derive(Default)]
struct Joined<'a> {
    /// By the names that they have now.
    members: BTreeSet<String>,
    /// The account that owns its hubs, if it has some.
    owner: Option<&'a AccountId>,
    /// What its objects are called, beside its own name.
    parts: BTreeSet<String>,
}

impl<'a> Tagged<'a> {
    fn of(renames: &Renames, observation: &'a Observation) -> Self {
        let mut tagged = Self {
            keys: BTreeSet::new(),
            networks: Vec::new(),
            names: HashMap::new(),
            subnets: Vec::new(),
            peerings: Vec::new(),
            hubs: Vec::new(),
            named: Vec::new(),
            pairs: Vec::new(),
        };
        for inventory in &observation.inventories {
            for record in live(renames, &inventory.networks) {
                if let Some(name) = tail(&record.owner, "network/") {
                    tagged.networks.push((name, inventory, record));
                    tagged.names.entry(&record.id).or_insert(name);
                }
                tagged
                    .keys
                    .extend(record.owner.as_ref().map(Owner::object_key));
            }
            for record in live(renames, &inventory.subnets) {
                let names = tail(&record.owner, "subnet/").and_then(|tail| tail.split_once('/'));
                tagged
                    .subnets
                    .extend(names.map(|(network, name)| (network, name, record)));
            }
            let subnets = live(renames, &inventory.subnets);
            let subnets = subnets.map(|one| (&one.owner, Some(&one.network)));
            let groups = live(renames, &inventory.groups);
            let groups = groups.map(|one| (&one.owner, one.network.as_ref()));
            let peerings = live(renames, &inventory.peerings).map(|one| match &one.requester {
                Endpoint::Network { id, .. } => (&one.owner, Some(id)),
                _ => (&one.owner, None),
            });
            for (owner, id) in subnets.chain(groups).chain(peerings) {
                let key = owner.as_ref().map(Owner::object_key);
                let name = key.and_then(|key| match key {
                    ObjectKey::Subnet { network, .. } | ObjectKey::Group { network, .. } => {
                        Some(network)
                    }
                    ObjectKey::Attachment(Attached {
                        member: MemberKey::Network(name),
                        ..
                    }) => Some(name),
                    _ => None,
                });
                tagged.named.extend(name.zip(id));
            }
            let peerings = live(renames, &inventory.peerings);
            tagged.pairs.extend(peerings.filter_map(ends));
            let peerings = live(renames, &inventory.peerings);
            let keys = peerings.filter_map(|record| record.owner.as_ref());
            tagged.peerings.extend(keys.map(Owner::object_key));
            for record in live(renames, &inventory.hubs) {
                let key = record.owner.as_ref().map(Owner::object_key);
                tagged.hubs.extend(key.map(|key| (key, &record.account)));
            }
        }
        tagged
    }

    fn joined(&self, renames: &Renames) -> BTreeMap<&str, Joined<'a>> {
        let mut joined: BTreeMap<&str, Joined<'a>> = BTreeMap::new();
        let keys = self.hubs.iter().map(|(key, _)| key).chain(&self.peerings);
        for key in keys {
            if let Some(name) = key.interconnect() {
                let part = renames.key(key.clone()).to_string().replacen(name, "", 1);
                joined.entry(name).or_default().parts.insert(part);
            }
        }
        let network = |name: &str| now(&renames.networks, name).to_owned();
        for key in &self.peerings {
            let Some(name) = key.interconnect() else {
                continue;
            };
            let members = &mut joined.entry(name).or_default().members;
            match key {
                ObjectKey::Attachment(Attached {
                    member: MemberKey::Network(name),
                    ..
                }) => {
                    members.insert(network(name));
                }
                ObjectKey::Peering(pair) => {
                    members.extend([network(&pair.left), network(&pair.right)]);
                }
                _ => {}
            }
        }
        for (key, account) in &self.hubs {
            if let Some(name) = key.interconnect() {
                joined.entry(name).or_default().owner = Some(account);
            }
        }
        joined
    }
}

// The networks of a peering between two.
fn ends(record: &PeeringRecord) -> Option<(Pair, [&NetworkId; 2])> {
    let key = record.owner.as_ref().map(Owner::object_key);
    match (key, &record.requester, &record.accepter) {
        (
            Some(ObjectKey::Peering(pair)),
            Endpoint::Network { id: one, .. },
            Endpoint::Network { id: other, .. },
        ) => Some((pair, [one, other])),
        _ => None,
    }
}

fn live<'a, R: Record>(renames: &Renames, records: &'a [R]) -> impl Iterator<Item = &'a R> {
    records.iter().filter(|record| {
        let owner = record.owner();
        !record.is_leaving() && owner.is_some_and(|owner| renames.is_topology(&owner.topology))
    })
}

fn tail<'a>(owner: &'a Option<Owner>, start: &str) -> Option<&'a str> {
    owner.as_ref()?.key.strip_prefix(start)
}

/// Puts the steps that write new names before all others, which look for objects by their new names.
pub(super) fn first(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
    steps: &mut Vec<Step>,
) {
    let mut renaming = Renaming {
        topology,
        observation,
        steps: Vec::new(),
    };
    renaming.of(&found.networks, |one| TaggedId::Network(one.id.clone()));
    renaming.of(&found.subnets, |one| TaggedId::Subnet(one.id.clone()));
    renaming.of(&found.hubs, |one| TaggedId::Hub(one.id.clone()));
    renaming.of(&found.peerings, |one| TaggedId::Peering {
        id: one.id.clone(),
        kind: one.kind,
    });
    renaming.of(&found.groups, |one| TaggedId::Group(one.id.clone()));
    renaming.of(&found.instances, |one| TaggedId::Instance(one.id.clone()));
    // Roles are found by the name that they were made under, which `was` keeps.
    renaming.of(&found.service_endpoints, |one| {
        TaggedId::ServiceEndpoint(one.id.clone())
    });
    if renaming.steps.is_empty() {
        return;
    }
    let keys: BTreeSet<StepKey> = steps.iter().map(|step| step.key.clone()).collect();
    for step in steps.iter_mut() {
        // Those that wait for another step wait for this with it.
        if !step.depends_on.iter().any(|key| keys.contains(key)) {
            let names = renaming.steps.iter().map(|step| step.key.clone());
            step.depends_on.extend(names);
        }
    }
    steps.splice(0..0, renaming.steps);
}

struct Renaming<'a> {
    topology: &'a Topology,
    observation: &'a Observation,
    steps: Vec<Step>,
}

impl Renaming<'_> {
    fn of<R: Record>(&mut self, index: &Index<R>, object: impl Fn(&R) -> TaggedId) {
        // Duplicates are deleted as they are.
        for (key, at) in index.ours().filter(|(key, _)| !key.is_duplicate()) {
            let Some(from) = at.record.owner() else {
                continue;
            };
            let now = Owner::new(&self.topology.name, key.to_string());
            let is_ours_to_do = !self.topology.is_elsewhere(&at.place);
            if *from == now || at.record.is_leaving() || !is_ours_to_do {
                continue;
            }
            let op = rename::Rename {
                object: object(&at.record),
                from: from.clone(),
            };
            let key = StepKey::rename(key.clone());
            let step = Step::new(key, op.into(), at.place.clone(), self.observation);
            self.steps.push(step);
        }
    }
}
