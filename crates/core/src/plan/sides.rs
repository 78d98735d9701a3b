//! What of a plan is ours to do now, what only owners of other accounts can do, and what of ours waits for them.
//!
//! The planner works out everything that the topology wants, whoever must do it. Then the steps in accounts that are held
//! by others are taken out, and with them all that cannot be done before them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::found::Found;
use super::{PlanOptions, Step, StepKey, order};
use crate::ids::{HubId, NetworkId, PeeringId, Place, Region};
use crate::object::{Attached, ObjectKey, Pair};
use crate::observation::Observation;
use crate::topology::{Account, Holder, Interconnect, Network, Topology};
use crate::traits::{
    Endpoint, GrantRecord, HubRecord, HubScope, Inventory, Member, NetworkRecord, PeeringKind,
    PeeringRecord, Phase, Status, SubnetRecord,
};

/// The steps of everything that a topology wants, by who can take them.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    /// Ours, and nothing of others must come before.
    pub(crate) ours: Vec<Step>,
    /// Those in accounts that are held by others.
    pub(crate) theirs: Vec<Step>,
    /// Ours, when others have done their part.
    pub(crate) later: Vec<Step>,
}

impl Sides {
    pub(super) fn of(topology: &Topology, steps: Vec<Step>) -> Self {
        let elsewhere = |step: &Step| topology.is_elsewhere(&step.place);
        if !steps.iter().any(elsewhere) {
            return Self {
                ours: steps,
                ..Self::default()
            };
        }
        let mut sides = Self::default();
        let mut held_up: HashSet<StepKey> = HashSet::new();
        // Each step stands after those it depends on, but for the deletes of what it replaces.
        let mut rest = steps;
        order::only_among(&mut rest);
        loop {
            let before = held_up.len();
            for step in &rest {
                let waits = step.depends_on.iter().any(|key| held_up.contains(key));
                if waits || elsewhere(step) {
                    held_up.insert(step.key.clone());
                }
            }
            if held_up.len() == before {
                break;
            }
        }
        for step in rest.drain(..) {
            match elsewhere(&step) {
                true => sides.theirs.push(step),
                false if held_up.contains(&step.key) => sides.later.push(step),
                false => sides.ours.push(step),
            }
        }
        sides
    }

    /// The steps of others that a step of ours waits for, directly.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = &Step> {
        let needed: BTreeSet<&StepKey> = self.later.iter().flat_map(|s| &s.depends_on).collect();
        self.theirs
            .iter()
            .filter(move |step| needed.contains(&step.key))
    }
}

/// What the owner of a hub told of it, where it cannot be read: by the name of the interconnect or edge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Told {
    /// The hub.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub hubs: BTreeMap<String, HubId>,
    /// The attachments of networks, by network.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attachments: BTreeMap<String, BTreeMap<String, PeeringId>>,
}

impl Told {
    /// What the topology says.
    fn of(topology: &Topology) -> Self {
        let edges = topology.edges.iter();
        let at_lines = edges.filter_map(|edge| Some((edge.name.clone(), edge.id.clone()?)));
        let interconnects = topology.interconnects.iter();
        let named =
            interconnects.filter_map(|i| Some((i.name.clone(), i.hub.as_ref()?.id.clone())));
        let hubs = at_lines.chain(named);
        let edges = topology.edges.iter();
        let at_edges = edges.map(|edge| (edge.name.clone(), edge.attachments.clone()));
        let interconnects = topology.interconnects.iter();
        let at_hubs = interconnects.map(|i| (i.name.clone(), i.attachments.clone()));
        Self {
            hubs: hubs.collect(),
            attachments: at_edges.chain(at_hubs).collect(),
        }
    }

    fn and(mut self, more: &Self) -> Self {
        self.hubs.extend(more.hubs.clone());
        for (to, attachments) in &more.attachments {
            let known = self.attachments.entry(to.clone()).or_default();
            known.extend(attachments.clone());
        }
        self
    }
}

fn declared() -> Status {
    Status::new(Phase::Ready, "declared")
}

impl Found {
    /// Puts what was told of hubs of others, and of what they attached.
    pub(super) fn hubs_of_others(&mut self, topology: &Topology, more: &Told) {
        let told = Told::of(topology).and(more);
        for interconnect in &topology.interconnects {
            let members = interconnect
                .members
                .iter()
                .filter_map(|m| topology.network(m));
            let region = members.map(|network| &network.region).min();
            let place = region.and_then(|region| topology.place_in(&interconnect.owner, region));
            let (Some(place), Some(id)) = (place, told.hubs.get(&interconnect.name)) else {
                continue;
            };
            if topology.is_elsewhere(&place) {
                let key = ObjectKey::global_hub(&interconnect.name);
                let record = HubRecord::new(
                    id.clone(),
                    HubScope::Global,
                    place.account.clone(),
                    declared(),
                );
                self.hubs.put(&place, key, &record, false);
                let hub = |region: &Region| Endpoint::Hub {
                    id: HubId::new(""),
                    parent: Some(id.clone()),
                    account: place.account.clone(),
                    region: region.clone(),
                };
                self.attached(topology, &told, &interconnect.name, &place, hub);
            }
        }
        for edge in topology.wanted_edges() {
            let place = topology.place_in(&edge.owner, &edge.region);
            let (Some(place), Some(id)) = (place, told.hubs.get(&edge.name)) else {
                continue;
            };
            if topology.is_elsewhere(&place) {
                let (key, account) = (ObjectKey::edge_hub(&edge.name), place.account.clone());
                let scope = HubScope::Edge { asn: edge.asn };
                let record = HubRecord::new(id.clone(), scope, account.clone(), declared());
                self.hubs.put(&place, key, &record, false);
                let (id, account) = (id.clone(), account);
                let hub = |_: &Region| Endpoint::Edge {
                    id: id.clone(),
                    account: account.clone(),
                };
                self.attached(topology, &told, &edge.name, &place, hub);
            }
        }
    }

    fn attached(
        &mut self,
        topology: &Topology,
        told: &Told,
        to: &str,
        place: &Place,
        hub: impl Fn(&Region) -> Endpoint,
    ) {
        for (name, id) in told.attachments.get(to).into_iter().flatten() {
            let there = self.networks.get(&ObjectKey::network(name));
            let (Some(at), Some(network)) = (there, topology.network(name)) else {
                continue;
            };
            let member = Endpoint::Network {
                id: at.record.id.clone(),
                account: at.record.account.clone(),
                region: network.region.clone(),
            };
            let hub = hub(&network.region);
            let kind = PeeringKind::Attachment;
            let record = PeeringRecord::new(id.clone(), kind, member, hub, declared());
            let key = ObjectKey::Attachment(Attached::network(to, name));
            self.peerings.put(place, key, &record, false);
        }
    }

    /// Puts what the topology says of networks that cannot be read.
    pub(super) fn told(&mut self, topology: &Topology) {
        let theirs = topology.networks.iter();
        for network in theirs.filter(|network| topology.is_held_by_other(&network.account)) {
            let (Some(place), Some(id)) = (topology.place_of(network), &network.id) else {
                continue;
            };
            let account = place.account.clone();
            let region = network.region.clone();
            let record = NetworkRecord::new(id.clone(), account, region, declared())
                .with_ranges(network.declared_ranges());
            let key = ObjectKey::network(&network.name);
            self.networks.put(&place, key, &record, false);
            for subnet in &network.subnets {
                let Some(subnet_id) = &subnet.id else {
                    continue;
                };
                let (zone, range) = (subnet.zone.clone(), subnet.range);
                let record =
                    SubnetRecord::new(subnet_id.clone(), id.clone(), zone, range, declared());
                let key = ObjectKey::subnet(&network.name, &subnet.name);
                self.subnets.put(&place, key, &record, false);
            }
        }
    }

    /// The key of a peering with a network that cannot be read: the two networks are its key, for nobody sees the tags of
    /// the other side. A request that tells other CIDR blocks than the topology declares is not the one that is expected.
    pub(super) fn joined_with_others(
        &self,
        topology: &Topology,
        record: &PeeringRecord,
    ) -> Option<ObjectKey> {
        if record.kind != PeeringKind::NetworkToNetwork {
            return None;
        }
        let left = self.declared_end(topology, &record.requester)?;
        let right = self.declared_end(topology, &record.accepter)?;
        let elsewhere = |network: &Network| topology.is_held_by_other(&network.account);
        if elsewhere(left) == elsewhere(right) {
            return None;
        }
        let pending = record.status.phase == Phase::AwaitingAcceptance;
        if pending && !self.tells_ranges_of(record, left, right) {
            return None;
        }
        let mut interconnects = topology.interconnects.iter();
        let joins = |interconnect: &&Interconnect| {
            [left, right]
                .iter()
                .all(|network| interconnect.members.contains(&network.name))
        };
        let interconnect = interconnects.find(joins)?;
        let pair = Pair::new(&interconnect.name, &left.name, &right.name);
        Some(ObjectKey::Peering(pair))
    }

    /// Whether a request comes from an account whose keys are not ours and is not the one that is expected. Its tags prove
    /// nothing: whoever asks can write them.
    pub(super) fn is_asked_by_a_stranger(
        &self,
        topology: &Topology,
        record: &PeeringRecord,
    ) -> bool {
        let asker = record.requester.account();
        let ours = |account: &Account| account.held_by == Holder::Us && account.id == *asker;
        let accounts = || topology.accounts.iter();
        accounts().any(|account| account.held_by == Holder::Other)
            && record.kind == PeeringKind::NetworkToNetwork
            && record.status.phase == Phase::AwaitingAcceptance
            && !accounts().any(ours)
            && self.joined_with_others(topology, record).is_none()
    }

    /// The place of the member of a grant, if its account is held by another and this is what the hub's owner sees of it.
    pub(super) fn giver(
        &self,
        topology: &Topology,
        inventory: &Inventory,
        record: &GrantRecord,
    ) -> Option<Place> {
        let account = record.member_account.as_ref()?;
        let place = match &record.member {
            Member::Network(id) => topology.place_of(topology.network(self.network_name(id)?)?)?,
            Member::BorderRouter(id) => {
                let mut routers = topology.edges.iter().flat_map(|edge| &edge.border_routers);
                let router = routers.find(|router| router.id == *id)?;
                topology.place_in(&router.account, &router.region)?
            }
        };
        let fits = place.account == *account && *account != inventory.place.account;
        (fits && topology.is_elsewhere(&place)).then_some(place)
    }

    fn declared_end<'t>(&self, topology: &'t Topology, end: &Endpoint) -> Option<&'t Network> {
        let Endpoint::Network {
            id,
            account,
            region,
        } = end
        else {
            return None;
        };
        let network = topology.network(self.network_name(id)?)?;
        let place = topology.place_of(network)?;
        (place.account == *account && place.region == *region).then_some(network)
    }

    /// Whether a peering tells no other IPv4 CIDR blocks of its networks than those that are known of them.
    pub(crate) fn tells_ranges_of(
        &self,
        record: &PeeringRecord,
        requester: &Network,
        accepter: &Network,
    ) -> bool {
        let same = |told: &[IpNet], network: &Network| {
            let there = self.networks.get(&ObjectKey::network(&network.name));
            let known = there.into_iter().flat_map(|at| &at.record.ranges);
            let known: BTreeSet<_> = known.filter(|range| range.addr().is_ipv4()).collect();
            told.is_empty() || told.iter().collect::<BTreeSet<_>>() == known
        };
        same(&record.requester_ranges, requester) && same(&record.accepter_ranges, accepter)
    }
}

/// Of two networks, the one whose owner asks for the peering first. A request that is there has been made; else, where one
/// side is held by another, the owner of the interconnect asks; else the one whose name comes first.
pub(super) fn requester_first<'n>(
    topology: &Topology,
    found: &Found,
    interconnect: &Interconnect,
    pair: (&'n Network, &'n Network),
) -> (&'n Network, &'n Network) {
    let (left, right) = pair;
    let elsewhere = |network: &Network| topology.is_held_by_other(&network.account);
    if elsewhere(left) == elsewhere(right) {
        return pair;
    }
    let key = ObjectKey::Peering(Pair::new(&interconnect.name, &left.name, &right.name));
    let there = found
        .peerings
        .get(&key)
        .filter(|at| at.record.status.phase != Phase::Deleting);
    let asked = there.map(|at| NetworkId::new(at.record.requester.id()));
    let right_asks = match asked {
        Some(id) => found.network_name(&id) == Some(&right.name),
        None => right.account == interconnect.owner && left.account != interconnect.owner,
    };
    match right_asks {
        true => (right, left),
        false => pair,
    }
}

/// The plan of a topology, with what others must do.
pub(crate) fn sides(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
    options: &PlanOptions,
) -> Sides {
    let steps = super::steps_of(topology, observation, found, options);
    Sides::of(topology, steps)
}
