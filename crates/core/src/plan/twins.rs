//! Which of several objects of ours that carry one key has it.
//!
//! Two runs of one topology at the same time can leave such objects, and so can an answer that was lost for long. One of
//! them is the topology's; the others are duplicates, and so is all that stands on a duplicate, even where nothing else
//! carries its key: a plan deletes them.
//!
//! The rule looks at nothing but the observation, so every run chooses the same: of objects in the right place the one that
//! the topology names by its ID, then one under its present name, then the one that most objects of ours stand on or join,
//! then the one that is joined to more of what is chosen already, then the one with the smallest ID.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::declared::Named;
use super::rename::Renames;
use crate::object::{Kind, ObjectKey, Record};
use crate::observation::Observation;
use crate::topology::{Holder, Topology};
use crate::traits::{
    Endpoint, GroupRecord, HubRecord, HubScope, InstanceRecord, NetworkRecord, NextHop,
    PeeringKind, PeeringRecord, Phase, SubnetRecord,
};

/// The objects that are duplicates, and networks that are gone although peerings of ours still name them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Twins {
    duplicates: BTreeSet<(Kind, String)>,
}

impl Twins {
    pub(super) fn of(
        topology: &Topology,
        observation: &Observation,
        renames: &Renames,
        named: &Named<'_>,
    ) -> Self {
        let mut choice = Choice {
            topology,
            observation,
            renames,
            named,
            is_counted: false,
            uses: HashMap::new(),
            joined: Vec::new(),
            chosen: BTreeSet::new(),
            void: void_peerings(topology, observation),
            duplicates: BTreeSet::new(),
        };
        // What others stand on comes before them. Global hubs come before regional ones in the order of keys.
        choice.choose(|record| named.hub(record), hub_parts);
        let declared = |record: &NetworkRecord| named.network(&record.id);
        choice.choose(declared, |_| Vec::new());
        let declared = |record: &SubnetRecord| named.subnet(&record.id);
        choice.choose(declared, subnet_parts);
        choice.choose(|_| None, group_parts);
        let declared = |record: &InstanceRecord| named.instance(&record.id);
        choice.choose(declared, instance_parts);
        choice.mark_gone_networks();
        choice.choose(|_| None, peering_parts);
        Self {
            duplicates: choice.duplicates,
        }
    }

    /// Whether an object is a duplicate, or stands on one.
    pub(super) fn is_duplicate<R: Record>(&self, record: &R) -> bool {
        // Most observations have none.
        !self.duplicates.is_empty()
            && self
                .duplicates
                .contains(&(R::KIND, record.id().to_string()))
    }
}

/// What an object stands on: kind and ID.
type Part<'a> = (Kind, &'a str);

fn hub_parts(record: &HubRecord) -> Vec<Part<'_>> {
    match &record.scope {
        HubScope::Regional {
            parent: Some(parent),
        } => vec![(Kind::Hub, parent.as_str())],
        _ => Vec::new(),
    }
}

fn subnet_parts(record: &SubnetRecord) -> Vec<Part<'_>> {
    vec![(Kind::Network, record.network.as_str())]
}

fn group_parts(record: &GroupRecord) -> Vec<Part<'_>> {
    let network = record.network.iter();
    network.map(|id| (Kind::Network, id.as_str())).collect()
}

fn instance_parts(record: &InstanceRecord) -> Vec<Part<'_>> {
    let network = record.network.iter();
    let network = network.map(|id| (Kind::Network, id.as_str()));
    let subnet = record.subnet.iter();
    let subnet = subnet.map(|id| (Kind::Subnet, id.as_str()));
    let groups = record.groups.iter();
    let groups = groups.map(|id| (Kind::Group, id.as_str()));
    network.chain(subnet).chain(groups).collect()
}

fn peering_parts(record: &PeeringRecord) -> Vec<Part<'_>> {
    let ends = [&record.requester, &record.accepter];
    ends.into_iter().flat_map(end_parts).collect()
}

fn end_parts(end: &Endpoint) -> Vec<Part<'_>> {
    match end {
        Endpoint::Network { id, .. } => vec![(Kind::Network, id.as_str())],
        Endpoint::Hub { id, parent, .. } => {
            let parent = parent.iter().map(|id| (Kind::Hub, id.as_str()));
            parent.chain([(Kind::Hub, id.as_str())]).collect()
        }
        Endpoint::Edge { id, .. } => vec![(Kind::Hub, id.as_str())],
        Endpoint::BorderRouter { .. } => Vec::new(),
    }
}

struct Choice<'a> {
    topology: &'a Topology,
    observation: &'a Observation,
    renames: &'a Renames,
    named: &'a Named<'a>,
    /// Only where several objects carry one key it matters how much each is used.
    is_counted: bool,
    /// How many objects of ours stand on an object, join it, or lead over it.
    uses: HashMap<Part<'a>, usize>,
    /// What peerings and hubs of ours join.
    joined: Vec<Vec<Part<'a>>>,
    chosen: BTreeSet<Part<'a>>,
    /// Peerings whose tags prove nothing.
    void: BTreeSet<&'a str>,
    duplicates: BTreeSet<(Kind, String)>,
}

impl<'a> Choice<'a> {
    fn key_of<R: Record>(&self, record: &R) -> Option<ObjectKey> {
        let owner = record.owner()?;
        let is_ours = self.renames.is_topology(&owner.topology);
        is_ours.then(|| self.renames.key(owner.object_key()))
    }

    // What the topology made and is not on its way out, each once: many places may show it.
    fn made<R: Record>(&self) -> BTreeMap<&'a R::Id, &'a R> {
        let inventories = self.observation.inventories.iter();
        let records = inventories.flat_map(|inventory| R::of(inventory));
        let made = records.filter(|record| !record.is_leaving() && self.key_of(*record).is_some());
        made.map(|record| (record.id(), record)).collect()
    }

    fn count(&mut self) {
        if std::mem::replace(&mut self.is_counted, true) {
            return;
        }
        self.count_parts(hub_parts);
        self.count_parts(subnet_parts);
        self.count_parts(group_parts);
        self.count_parts(instance_parts);
        self.count_parts(peering_parts);
        let inventories = self.observation.inventories.iter();
        for inventory in inventories {
            for route in &inventory.routes {
                if let NextHop::Peering(id) = &route.next_hop {
                    *self.uses.entry((Kind::Peering, id.as_str())).or_default() += 1;
                }
            }
            for one in &inventory.learning {
                let id = one.learning.peering.as_str();
                *self.uses.entry((Kind::Peering, id)).or_default() += 1;
            }
        }
    }

    fn count_parts<R: Record>(&mut self, parts: impl Fn(&'a R) -> Vec<Part<'a>>) {
        for record in self.made::<R>().into_values() {
            let mut parts = parts(record);
            for part in &parts {
                *self.uses.entry(*part).or_default() += 1;
            }
            if matches!(R::KIND, Kind::Hub | Kind::Peering) {
                parts.push((R::KIND, record.id().as_ref()));
                self.joined.push(parts);
            }
        }
    }

    // Clouds may keep a peering for a while after its networks are deleted. It goes as what stands on a duplicate does. An
    // observation has all networks that peerings of ours join in the places that it read.
    fn mark_gone_networks(&mut self) {
        let ends = self.made::<PeeringRecord>().into_values();
        let ends: Vec<&Endpoint> = ends
            .flat_map(|one| [&one.requester, &one.accepter])
            .collect();
        let inventories = &self.observation.inventories;
        let read: HashSet<_> = inventories
            .iter()
            .filter(|one| one.identity.account == one.place.account)
            .map(|one| (&one.place.account, &one.place.region))
            .collect();
        for end in ends {
            let Endpoint::Network {
                id,
                account,
                region,
            } = end
            else {
                continue;
            };
            let is_there = || self.observation.find::<NetworkRecord>(id).is_some();
            if read.contains(&(account, region)) && !is_there() {
                self.duplicates.insert((Kind::Network, id.to_string()));
            }
        }
    }

    fn choose<R: Record>(
        &mut self,
        declared: impl Fn(&R) -> Option<ObjectKey>,
        parts: impl Fn(&'a R) -> Vec<Part<'a>>,
    ) {
        let mut by_key: BTreeMap<ObjectKey, BTreeMap<&'a R::Id, &'a R>> = BTreeMap::new();
        for inventory in &self.observation.inventories {
            for record in R::of(inventory) {
                let key = declared(record).or_else(|| self.candidate(record));
                if let Some(key) = key.filter(|_| !record.is_leaving()) {
                    let records = by_key.entry(key).or_default();
                    records.insert(record.id(), record);
                }
            }
        }
        if by_key.values().any(|records| records.len() > 1) {
            self.count();
        }
        for (key, records) in by_key {
            let is_alone = records.len() == 1;
            let ranked = records.into_values().map(|record| {
                let parts = parts(record);
                let is_declared = declared(record).is_some();
                let mut rank = Rank::of_parts(self, is_declared, &parts);
                if !is_alone {
                    self.rank(&key, record, &mut rank);
                }
                (rank, record)
            });
            let mut ranked: Vec<_> = ranked.collect();
            ranked.sort_by(|(one, _), (other, _)| one.cmp(other));
            for (place, (rank, record)) in ranked.into_iter().enumerate() {
                if place == 0 && !rank.is_on_duplicate {
                    self.chosen.insert((R::KIND, record.id().as_ref()));
                } else {
                    let id = record.id().to_string();
                    self.duplicates.insert((R::KIND, id));
                }
            }
        }
    }

    // Not what a stranger asks for, and not a group that the topology names by its ID, which
    // stands beside one of ours until nothing is in that.
    fn candidate<R: Record>(&self, record: &R) -> Option<ObjectKey> {
        let key = self.key_of(record)?;
        let id = record.id().as_ref();
        let named = R::KIND == Kind::Group && self.named.has_group(id);
        let is_void = R::KIND == Kind::Peering && self.void.contains(id);
        (!named && !is_void).then_some(key)
    }

    fn rank<R: Record>(&self, key: &ObjectKey, record: &R, rank: &mut Rank) {
        let id = record.id().as_ref();
        let own = (R::KIND, id);
        let uses = self.uses.get(&own).copied().unwrap_or_default();
        let joined = self.joined.iter().filter(|parts| parts.contains(&own));
        let linked = joined
            .flatten()
            .filter(|part| **part != own && self.chosen.contains(*part));
        let now = record.owner().is_some_and(|owner| {
            owner.topology == self.topology.name && owner.object_key() == *key
        });
        rank.has_old_name = !now;
        rank.uses = Reverse(uses);
        rank.linked = Reverse(linked.count());
        rank.id = id.to_owned();
    }
}

// Those that failed, and what strangers ask for: its tags are theirs to write.
fn void_peerings<'a>(topology: &Topology, observation: &'a Observation) -> BTreeSet<&'a str> {
    let is_ours = |peering: &PeeringRecord| {
        let mut accounts = topology.accounts.iter();
        accounts.any(|account| {
            account.held_by == Holder::Us && account.id == *peering.requester.account()
        })
    };
    let peerings = observation.inventories.iter().flat_map(|one| &one.peerings);
    let void = peerings.filter(|peering| {
        peering.kind == PeeringKind::NetworkToNetwork
            && match peering.status.phase {
                Phase::Failed => true,
                Phase::AwaitingAcceptance => !is_ours(peering),
                _ => false,
            }
    });
    void.map(|peering| peering.id.as_str()).collect()
}

/// What decides between objects with one key; the smallest has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    is_on_duplicate: bool,
    is_undeclared: bool,
    /// Whether something that it stands on is not the topology's.
    is_elsewhere: bool,
    has_old_name: bool,
    uses: Reverse<usize>,
    linked: Reverse<usize>,
    id: String,
}

impl Rank {
    fn of_parts(choice: &Choice<'_>, is_declared: bool, parts: &[Part<'_>]) -> Self {
        // An instance may be in other groups as well.
        let is_duplicate = |(kind, id): &Part<'_>| {
            *kind != Kind::Group
                && !choice.duplicates.is_empty()
                && choice.duplicates.contains(&(*kind, (*id).to_owned()))
        };
        Self {
            is_on_duplicate: !is_declared && parts.iter().any(is_duplicate),
            is_undeclared: !is_declared,
            is_elsewhere: !parts.iter().all(|part| choice.chosen.contains(part)),
            ..Self::default()
        }
    }
}
