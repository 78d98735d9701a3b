//! Adoptions: objects that others made and a topology uses, and objects that look like its own and lost their tags, become
//! the topology's.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::found::{At, Found};
use super::index::Index;
use super::{Plan, Step, StepKey, lost};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{HubId, NetworkId, Place};
use crate::object::{ObjectKey, Pair, Record, adoption};
use crate::observation::Observation;
use crate::topology::Topology;
use crate::traits::{
    Endpoint, GroupRecord, Inventory, PeeringKind, PeeringRecord, Phase, SubnetRecord, TaggedId,
};

/// Why an object could become the topology's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AdoptReason {
    /// The topology names it, or uses it as it is.
    Used,
    /// It stands exactly where the topology wants one of its own and carries no tags that say so: they may be lost.
    Alike,
}

/// An object that is not a topology's and could become it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Adoptable {
    /// The key that it would have.
    pub key: ObjectKey,
    /// The object.
    pub object: TaggedId,
    /// Its name; empty if it has none.
    pub name: String,
    /// Where it is tagged.
    pub place: Place,
    /// The other topology whose tags it carries, if it does.
    pub owner: Option<String>,
    /// Why it could become the topology's.
    pub reason: AdoptReason,
    /// What shows that the topology made it, beside its place: what of ours is in it or joins it, or its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

impl Adoptable {
    fn new<R: Record>(
        key: &ObjectKey,
        place: &Place,
        record: &R,
        object: impl FnOnce(&R) -> TaggedId,
        reason: AdoptReason,
    ) -> Self {
        Self {
            key: key.clone(),
            object: object(record),
            name: record.name().to_owned(),
            place: place.clone(),
            owner: record.owner().map(|owner| owner.topology.clone()),
            reason,
            proof: None,
        }
    }

    /// One that looks like the topology's own, with what shows it.
    pub(super) fn alike<R: Record>(
        key: &ObjectKey,
        place: &Place,
        record: &R,
        object: TaggedId,
        proof: String,
    ) -> Self {
        let one = Self::new(key, place, record, |_| object, AdoptReason::Alike);
        Self {
            proof: Some(proof),
            ..one
        }
    }

    fn is_named(&self, name: &str) -> bool {
        let key = ObjectKey::from(name);
        self.object.as_str() == name || self.key == key
    }
}

/// The objects that are not the topology's and could become it, in the order of their keys: those that it names or uses,
/// and those without tags that stand exactly where it wants its own, or that hold or join what it made. Groups are among them only where the observation has
/// the groups of others.
pub fn adoptable(topology: &Topology, observation: &Observation) -> Vec<Adoptable> {
    let found = Found::index(topology, observation);
    adoptable_of(topology, observation, &found)
}

/// The same for what was found.
pub(crate) fn adoptable_of(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
) -> Vec<Adoptable> {
    let mut listed = used(found);
    for inventory in &observation.inventories {
        lost::find(topology, found, observation, inventory, &mut listed);
        subnets(topology, found, inventory, &mut listed);
        groups(topology, found, inventory, &mut listed);
        attachments(found, inventory, &mut listed);
    }
    // What looks like the topology's own is not offered as another's, too.
    let alike = listed.iter().filter(|one| one.reason == AdoptReason::Alike);
    let alike: BTreeSet<TaggedId> = alike.map(|one| one.object.clone()).collect();
    listed.retain(|one| one.reason == AdoptReason::Alike || !alike.contains(&one.object));
    // Tags are written with the keys of the account that an object is in.
    listed.retain(|one| !topology.is_elsewhere(&one.place));
    listed.sort();
    listed.dedup_by(|one, other| one.key == other.key && one.object == other.object);
    listed
}

fn peering(record: &PeeringRecord) -> TaggedId {
    TaggedId::Peering {
        id: record.id.clone(),
        kind: record.kind,
    }
}

fn used(found: &Found) -> Vec<Adoptable> {
    let mut listed = Vec::new();
    not_ours(
        &found.networks,
        |r| TaggedId::Network(r.id.clone()),
        &mut listed,
    );
    not_ours(
        &found.subnets,
        |r| TaggedId::Subnet(r.id.clone()),
        &mut listed,
    );
    not_ours(&found.hubs, |r| TaggedId::Hub(r.id.clone()), &mut listed);
    not_ours(
        &found.groups,
        |r| TaggedId::Group(r.id.clone()),
        &mut listed,
    );
    not_ours(
        &found.instances,
        |r| TaggedId::Instance(r.id.clone()),
        &mut listed,
    );
    not_ours(&found.peerings, peering, &mut listed);
    // Where several could be meant, none is used, and any of them can be taken.
    for (key, others) in &found.others {
        let ours = found.peerings.get(key).is_some_and(|at| at.ours);
        for At { place, record, .. } in others.iter().filter(|_| !ours) {
            listed.push(Adoptable::new(
                key,
                place,
                record,
                peering,
                AdoptReason::Used,
            ));
        }
    }
    listed
}

fn not_ours<R: Record>(
    index: &Index<R>,
    object: impl Fn(&R) -> TaggedId,
    listed: &mut Vec<Adoptable>,
) {
    for (key, at) in index.iter().filter(|(_, at)| !at.ours) {
        listed.push(Adoptable::new(
            key,
            &at.place,
            &at.record,
            &object,
            AdoptReason::Used,
        ));
    }
}

pub(super) fn is_usable<R: Record>(record: &R) -> bool {
    !matches!(record.phase(), Phase::Failed | Phase::Deleting)
}

// A subnet of the wanted network, availability zone and range.
fn subnets(topology: &Topology, found: &Found, inventory: &Inventory, listed: &mut Vec<Adoptable>) {
    let mut there: HashMap<&NetworkId, Vec<&SubnetRecord>> = HashMap::new();
    for record in &inventory.subnets {
        there.entry(&record.network).or_default().push(record);
    }
    for network in &topology.networks {
        let at = found.networks.get(&ObjectKey::network(&network.name));
        let Some(at) = at.filter(|at| at.place == inventory.place) else {
            continue;
        };
        for wanted in network.subnets.iter().filter(|subnet| subnet.id.is_none()) {
            let key = ObjectKey::subnet(&network.name, &wanted.name);
            let there = there.get(&at.record.id).into_iter().flatten().copied();
            let mut alike = there.filter(|record| {
                record.range == wanted.range && record.is_in(&wanted.zone) && is_usable(*record)
            });
            if let (None, Some(record)) = (found.subnets.get(&key), alike.next()) {
                let object = |_: &_| TaggedId::Subnet(record.id.clone());
                let place = &inventory.place;
                listed.push(Adoptable::new(
                    &key,
                    place,
                    record,
                    object,
                    AdoptReason::Alike,
                ));
            }
        }
    }
}

// A group with the name of the firewall in the wanted network.
fn groups(topology: &Topology, found: &Found, inventory: &Inventory, listed: &mut Vec<Adoptable>) {
    for firewall in &topology.firewalls {
        for network in &firewall.networks {
            let key = ObjectKey::group(&firewall.name, network);
            let at = found.networks.get(&ObjectKey::network(network));
            let Some(at) = at.filter(|_| found.groups.get(&key).is_none()) else {
                continue;
            };
            // One that protects instances of the topology is read beside its own groups.
            let groups = inventory.groups.iter().chain(&inventory.other_groups);
            let mut groups = groups.filter(|one| is_free(found, one));
            let alike = groups.find(|group| {
                group.network.as_ref() == Some(&at.record.id) && group.name == firewall.name
            });
            if let Some(record) = alike {
                let object = |_: &_| TaggedId::Group(record.id.clone());
                let place = &inventory.place;
                listed.push(Adoptable::new(
                    &key,
                    place,
                    record,
                    object,
                    AdoptReason::Alike,
                ));
            }
        }
    }
}

// One of others, in which rules of ours may stand: it is then known by its ID in place of a firewall's name.
fn is_free(found: &Found, group: &GroupRecord) -> bool {
    let known = found.groups.key_of(&group.id);
    known.is_none_or(
        |key| matches!(key, ObjectKey::Group { firewall, .. } if *firewall == group.id.as_str()),
    )
}

// What joins a network of the topology to a hub of the topology, or two of its hubs. What is at the edge has keys of its
// own.
fn attachments(found: &Found, inventory: &Inventory, listed: &mut Vec<Adoptable>) {
    for record in inventory
        .peerings
        .iter()
        .filter(|record| is_usable(*record))
    {
        let key = match record.kind {
            PeeringKind::Attachment => attachment_key(found, record),
            PeeringKind::HubToHub => link_key(found, record),
            _ => None,
        };
        let Some(key) = key.filter(|key| found.peerings.get(key).is_none()) else {
            continue;
        };
        let place = &inventory.place;
        listed.push(Adoptable::new(
            &key,
            place,
            record,
            peering,
            AdoptReason::Alike,
        ));
    }
}

fn attachment_key(found: &Found, record: &PeeringRecord) -> Option<ObjectKey> {
    let (Endpoint::Network { id, .. }, Endpoint::Hub { id: hub, .. }) =
        (&record.requester, &record.accepter)
    else {
        return None;
    };
    let to = found.hubs.key_of(hub)?.interconnect()?;
    Some(ObjectKey::attachment(to, found.network_name(id)?))
}

fn link_key(found: &Found, record: &PeeringRecord) -> Option<ObjectKey> {
    let region = |end: &Endpoint| match found.hubs.key_of(&HubId::new(end.id()))? {
        ObjectKey::RegionalHub {
            interconnect,
            region,
        } => Some((interconnect.clone(), region.clone())),
        _ => None,
    };
    let ((to, left), (_, right)) = (region(&record.requester)?, region(&record.accepter)?);
    Some(ObjectKey::Link(Pair::new(
        &to,
        left.as_str(),
        right.as_str(),
    )))
}

/// The steps that make objects the topology's, each named by its id or by its key. From then on the topology's plans change
/// and delete them as if it had made them.
///
/// What carries the tags of another topology is taken only if `from` names that topology.
///
/// ```
/// use landbridge_core::Observation;
/// use landbridge_core::plan::adopt;
/// use landbridge_core::topology::Topology;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let topology = Topology::from_text(
///     "{ name: demo, accounts: [{ name: a, cloud: memory, id: '1111' }],
///        networks: [{ name: vpc1, account: a, region: r1, range: 10.1.0.0/16 }] }",
/// )?;
/// // An observation in which nothing was found: there is nothing to adopt.
/// let observation = Observation::new(Vec::new(), Vec::new());
/// assert!(adopt(&topology, &observation, &["pcx-1"], None).is_err());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for a name of nothing that is [adoptable](adoptable()), for two objects with
/// one key, and for what belongs to another topology than `from`.
pub fn adopt(
    topology: &Topology,
    observation: &Observation,
    names: &[impl AsRef<str>],
    from: Option<&str>,
) -> Result<Plan> {
    let known = adoptable(topology, observation);
    let mut chosen: Vec<&Adoptable> = Vec::new();
    for name in names.iter().map(AsRef::as_ref) {
        let named: Vec<&Adoptable> = known.iter().filter(|one| one.is_named(name)).collect();
        let [one] = named.as_slice() else {
            return Err(not_one(name, &named));
        };
        check_owner(one, topology, from)?;
        if !chosen.contains(one) {
            chosen.push(one);
        }
    }
    chosen.sort();
    if let Some(pair) = chosen.windows(2).find(|pair| pair[0].key == pair[1].key) {
        return Err(not_one(&pair[0].key.to_string(), pair));
    }
    let step = |one: &&Adoptable| {
        let op = adoption::Adopt {
            object: one.object.clone(),
            from: one.owner.clone(),
        };
        let key = StepKey::create(one.key.clone());
        Step::new(key, op.into(), one.place.clone(), observation)
    };
    Ok(Plan::finish(topology, chosen.iter().map(step).collect()))
}

fn not_one(name: &str, named: &[&Adoptable]) -> Error {
    if named.is_empty() {
        let message = format!(
            "invalid name `{name}`: expected the key or the ID of an object that the topology could adopt"
        );
        return Error::new(ErrorKind::InvalidInput, message)
            .with_remedy("run `landbridge adopt FILE` to see them");
    }
    let ids: Vec<&str> = named.iter().map(|one| one.object.as_str()).collect();
    let message = format!("`{name}` stands for {}", ids.join(" and "));
    Error::new(ErrorKind::InvalidInput, message).with_remedy("name one of them by its ID")
}

fn check_owner(one: &Adoptable, topology: &Topology, from: Option<&str>) -> Result<()> {
    let Some(owner) = &one.owner else {
        return Ok(());
    };
    if from == Some(owner.as_str()) || *owner == topology.name {
        return Ok(());
    }
    let message = format!(
        "invalid object {}: it belongs to topology {owner}",
        one.object
    );
    Err(Error::new(ErrorKind::InvalidInput, message)
        .with_place(one.place.clone())
        .with_remedy(format!(
            "to take it from that topology, say `--from {owner}`"
        )))
}
