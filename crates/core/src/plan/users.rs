//! What of the topology stands on what, for the order of deletions.

use std::collections::HashMap;
use std::hash::Hash;

use super::StepKey;
use super::found::Found;
use super::index::Index;
use crate::ids::{AgentRoleId, GroupId, HubId, NetworkId, PeeringId, SubnetId};
use crate::object::{ObjectKey, Record};
use crate::traits::{HubScope, NextHop, RouteOrigin};

/// The deletions of what uses each thing.
type Users<K> = HashMap<K, Vec<StepKey>>;

/// Who uses what, looked up by what is used.
pub(super) struct Using<'a> {
    /// Routes that were added, by the peering that they lead over.
    over: Users<&'a PeeringId>,
    /// Routes of the topology, by the interconnect that they lead over.
    along: Users<Option<&'a str>>,
    /// Peerings by what they join.
    joined: Users<&'a str>,
    /// Peerings by what asks for them, or is attached.
    requested: Users<&'a str>,
    through: Users<&'a SubnetId>,
    granted: Users<&'a str>,
    grants_to: Users<&'a HubId>,
    parts: Users<&'a HubId>,
    subnets: Users<&'a NetworkId>,
    groups: Users<&'a NetworkId>,
    in_subnet: Users<&'a SubnetId>,
    in_group: Users<&'a GroupId>,
    with_role: Users<&'a AgentRoleId>,
    ends_in: Users<&'a SubnetId>,
    ends_with: Users<&'a GroupId>,
}

impl<'a> Using<'a> {
    pub(super) fn of(found: &'a Found) -> Self {
        let (over, along) = routes(found);
        let grants = || found.grants.iter().map(|(key, at)| (key, &at.record.0));
        Self {
            over,
            along,
            joined: by(&found.peerings, |one| {
                [one.requester.id(), one.accepter.id()]
            }),
            requested: by(&found.peerings, |one| [one.requester.id()]),
            through: by(&found.peerings, |one| one.subnets.iter().map(|(_, id)| id)),
            granted: grouped(grants().map(|(key, grant)| (grant.member.id(), key))),
            grants_to: grouped(grants().map(|(key, grant)| (&grant.hub, key))),
            parts: by(&found.hubs, |one| match &one.scope {
                HubScope::Regional { parent } => parent.as_ref(),
                _ => None,
            }),
            subnets: by(&found.subnets, |one| [&one.network]),
            groups: by(&found.groups, |one| &one.network),
            in_subnet: by(&found.instances, |one| &one.subnet),
            in_group: by(&found.instances, |one| &one.groups),
            with_role: by(&found.instances, |one| &one.agent_role),
            ends_in: by(&found.service_endpoints, |one| &one.subnets),
            ends_with: by(&found.service_endpoints, |one| &one.groups),
        }
    }

    /// What goes before a peering: added routes over it.
    pub(super) fn routes_over(&self, peering: &PeeringId) -> Vec<StepKey> {
        at(&self.over, peering)
    }

    /// The peerings that added routes lead over.
    pub(super) fn next_hops(&self) -> impl Iterator<Item = &PeeringId> {
        self.over.keys().copied()
    }

    /// The routes over what the topology made for an interconnect.
    pub(super) fn routes_in(&self, interconnect: Option<&str>) -> Vec<StepKey> {
        self.along.get(&interconnect).cloned().unwrap_or_default()
    }

    /// Peerings that join this to something.
    pub(super) fn joining(&self, id: &str) -> Vec<StepKey> {
        at(&self.joined, id)
    }

    /// Peerings that this asked for, or attachments of it.
    pub(super) fn requested_by(&self, id: &str) -> Vec<StepKey> {
        at(&self.requested, id)
    }

    /// Grants to a hub.
    pub(super) fn grants_to(&self, hub: &HubId) -> Vec<StepKey> {
        at(&self.grants_to, hub)
    }

    /// The regional hubs of a global one.
    pub(super) fn parts_of(&self, hub: &HubId) -> Vec<StepKey> {
        at(&self.parts, hub)
    }

    /// The instances whose agents have a role.
    pub(super) fn with_role(&self, role: &AgentRoleId) -> Vec<StepKey> {
        at(&self.with_role, role)
    }

    /// What is in a subnet: instances, service endpoints, and the ends of attachments.
    pub(super) fn in_subnet(&self, subnet: &SubnetId) -> Vec<StepKey> {
        let parts = [at(&self.in_subnet, subnet), at(&self.ends_in, subnet)];
        [parts.concat(), at(&self.through, subnet)].concat()
    }

    /// The instances and service endpoints in a group.
    pub(super) fn in_group(&self, group: &GroupId) -> Vec<StepKey> {
        [at(&self.in_group, group), at(&self.ends_with, group)].concat()
    }

    /// What is in a network or joins it.
    pub(super) fn in_network(&self, network: &NetworkId) -> Vec<StepKey> {
        let id = network.as_str();
        let parts = [at(&self.groups, network), at(&self.subnets, network)];
        [at(&self.joined, id), parts.concat(), at(&self.granted, id)].concat()
    }
}

fn at<K: Eq + Hash + ?Sized>(users: &Users<&K>, key: &K) -> Vec<StepKey> {
    users.get(key).cloned().unwrap_or_default()
}

fn by<'a, R: Record, K: Eq + Hash, I: IntoIterator<Item = K>>(
    index: &'a Index<R>,
    used: impl Fn(&'a R) -> I,
) -> Users<K> {
    let all = index.iter();
    grouped(all.flat_map(|(key, at)| used(&at.record).into_iter().map(move |used| (used, key))))
}

fn grouped<'a, K: Eq + Hash>(all: impl Iterator<Item = (K, &'a ObjectKey)>) -> Users<K> {
    let mut users: Users<K> = HashMap::new();
    for (used, key) in all {
        let step = StepKey::delete(key.clone());
        users.entry(used).or_default().push(step);
    }
    users
}

// The same step stands in both.
fn routes(found: &Found) -> (Users<&PeeringId>, Users<Option<&str>>) {
    let (mut over, mut along): (Users<&PeeringId>, Users<Option<&str>>) = Default::default();
    for (key, route) in &found.routes {
        let NextHop::Peering(next_hop) = &route.record.next_hop else {
            continue;
        };
        let step = StepKey::delete(key.clone());
        if route.ours {
            let peering = found.peerings.key_of(next_hop);
            let of = peering.and_then(|key| key.carried().interconnect());
            along.entry(of).or_default().push(step.clone());
        }
        if route.record.origin == RouteOrigin::Custom {
            over.entry(next_hop).or_default().push(step);
        }
    }
    (over, along)
}
