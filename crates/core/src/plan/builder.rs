use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::found::Found;
use super::step::SharedKey;
use super::wish::needed_services;
use super::{Op, Ref, Step, StepKey};
use crate::ids::{AccountId, CloudName, GroupId, PeeringId, Place, Region};
use crate::object::{ObjectKey, instance, network, range, service, subnet};
use crate::observation::Observation;
use crate::topology::{Instance, Network, Topology};
use crate::traits::{CloudService, Phase, Rule, ServiceStatus};

/// What the topology wants: steps for what is missing, and the keys of everything that may stay.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) steps: Vec<Step>,
    /// With that of a route stands the peering, if it exists, that the route must lead to.
    pub(super) keys: HashMap<SharedKey, Option<PeeringId>>,
    /// The rules that may stay in each group that exists.
    pub(super) rules: BTreeMap<GroupId, BTreeSet<Rule>>,
}

impl Wanted {
    /// Whether what has this key may stay, and where it must lead.
    pub(super) fn keeps(&self, key: &ObjectKey) -> Option<&Option<PeeringId>> {
        self.keys.get(&SharedKey::from(key.clone()))
    }

    /// What has this key may stay.
    pub(super) fn keep(&mut self, key: ObjectKey) {
        self.keys.entry(key.into()).or_default();
    }
}

pub(super) struct Builder<'a> {
    pub(super) topology: &'a Topology,
    pub(super) observation: &'a Observation,
    pub(super) found: &'a Found,
    pub(super) wanted: Wanted,
}

/// An object that may exist, at the time a step is planned.
pub(super) struct Present {
    pub(super) id: String,
    pub(super) ready: bool,
}

impl Present {
    pub(super) fn new(id: impl ToString, phase: Phase) -> Option<Self> {
        (phase != Phase::Deleting).then(|| Self {
            id: id.to_string(),
            ready: phase == Phase::Ready,
        })
    }
}

/// The key of a paid service in an account of the topology.
pub(super) fn service_key(account: &str, service: CloudService) -> ObjectKey {
    ObjectKey::Service {
        account: account.to_owned(),
        service,
    }
}

impl Builder<'_> {
    pub(super) fn place(&self, account: &str, region: &Region) -> Place {
        self.topology.place_in(account, region).unwrap_or_else(|| {
            // Unreachable for a checked topology; a place that no provider knows is refused on use.
            Place::new(CloudName::new("undeclared"), account, region.clone())
        })
    }

    pub(super) fn account_id(&self, name: &str) -> AccountId {
        self.topology
            .account(name)
            .map_or_else(|| name.into(), |account| account.id.clone())
    }

    // The step that makes `key`, unless it is there and ready; in either case the key may stay. A key has one step: two
    // interconnects may want the same route.
    pub(super) fn want(
        &mut self,
        key: ObjectKey,
        op: impl Into<Op>,
        place: Place,
        after: Vec<ObjectKey>,
        present: Option<Present>,
    ) -> Ref {
        let after = after.into_iter().map(StepKey::create);
        self.want_after((key, None), op, place, after, present)
    }

    /// The same after steps. With the key stands the peering that a route leads to.
    pub(super) fn want_after(
        &mut self,
        (key, next_hop): (impl Into<SharedKey>, Option<PeeringId>),
        op: impl Into<Op>,
        place: Place,
        after: impl IntoIterator<Item = StepKey>,
        present: Option<Present>,
    ) -> Ref {
        let key = key.into();
        let known = self.wanted.keys.insert(key.clone(), next_hop);
        if let Some(Present { id, ready: true }) = &present {
            return Ref::Id(id.clone());
        }
        let key = StepKey::creating(key);
        if known.is_some() {
            return Ref::Step(key);
        }
        let mut step = Step::new(key.clone(), op.into(), place, self.observation);
        step.depends_on = after.into_iter().collect();
        step.existing = present.map(|present| present.id);
        self.wanted.steps.push(step);
        Ref::Step(key)
    }

    // A reference to what another step makes, or to what is there.
    pub(super) fn reference(&self, key: &ObjectKey, present: Option<Present>) -> Ref {
        match present {
            Some(Present { id, ready: true }) => Ref::Id(id),
            _ => Ref::Step(StepKey::create(key.clone())),
        }
    }

    pub(super) fn network_ref(&self, name: &str) -> Ref {
        let key = ObjectKey::network(name);
        self.reference(&key, self.found.networks.present(&key))
    }

    pub(super) fn subnet_ref(&self, network: &str, name: &str) -> Ref {
        let key = ObjectKey::subnet(network, name);
        self.reference(&key, self.found.subnets.present(&key))
    }

    pub(super) fn hub_ref(&self, key: &ObjectKey) -> Ref {
        self.reference(key, self.found.hubs.present(key))
    }

    pub(super) fn group_ref(&self, key: &ObjectKey) -> Ref {
        self.reference(key, self.found.groups.present(key))
    }

    pub(super) fn services(&mut self) {
        let places = self.topology.places();
        for (account, service) in needed_services(self.topology, self.observation) {
            let id = self.account_id(&account);
            let declared = self.topology.account(&account);
            let consent = declared.is_some_and(|account| account.open_services);
            let closed = self.observation.service(&id, service) == ServiceStatus::Closed;
            let place = places.iter().find(|place| place.account == id);
            if let (true, true, Some(place)) = (closed, consent, place) {
                let (key, op) = (service_key(&account, service), service::Open { service });
                self.want(key, op, place.clone(), vec![], None);
            }
        }
    }

    pub(super) fn network(&mut self, network: &Network) {
        let place = self.place(&network.account, &network.region);
        let key = ObjectKey::network(&network.name);
        if let Some(range) = network.range {
            let op = network::Create {
                name: network.name.clone(),
                range,
                ipv6: network.ipv6,
            };
            let present = self.found.networks.present(&key);
            self.want(key.clone(), op, place.clone(), vec![], present);
            self.ranges(network, &place);
        } else {
            self.wanted.keep(key.clone());
        }
        for subnet in &network.subnets {
            let subnet_key = ObjectKey::subnet(&network.name, &subnet.name);
            if subnet.id.is_some() {
                self.wanted.keep(subnet_key);
                continue;
            }
            let op = subnet::Create {
                name: subnet.name.clone(),
                network: self.network_ref(&network.name),
                zone: subnet.zone.clone(),
                range: subnet.range,
                ipv6_slot: subnet.ipv6_slot,
            };
            let present = self.found.subnets.present(&subnet_key);
            self.want(subnet_key, op, place.clone(), vec![key.clone()], present);
        }
    }

    // Secondary CIDR blocks, which have no tags: they are known by the network's record.
    fn ranges(&mut self, network: &Network, place: &Place) {
        let key = ObjectKey::network(&network.name);
        for range in &network.ranges {
            let op = range::Create {
                network: self.network_ref(&network.name),
                range: *range,
            };
            let there = self.found.networks.get(&key);
            let has_it = there.is_some_and(|at| at.record.ranges.contains(range));
            let object = ObjectKey::range(&network.name, *range);
            let present = has_it.then(|| Present {
                id: object.to_string(),
                ready: true,
            });
            self.want(object, op, place.clone(), vec![key.clone()], present);
        }
    }

    // Whether instances of a subnet get an IPv6 address: the topology wants IPv6, and the subnet has it.
    fn has_ipv6(&self, network: &Network, subnet: &str) -> bool {
        let declared = network.subnets.iter().find(|known| known.name == subnet);
        let gets_it = declared.is_some_and(|subnet| subnet.ipv6_slot.is_some());
        let key = ObjectKey::subnet(&network.name, subnet);
        let there = self.found.subnets.get(&key);
        network.ipv6 && (gets_it || there.is_some_and(|at| !at.record.ipv6_ranges.is_empty()))
    }

    pub(super) fn instance(&mut self, instance: &Instance) {
        if instance.id.is_some() {
            let key = ObjectKey::instance(&instance.name);
            self.wanted.keep(key);
            return;
        }
        // A checked topology says all of this of a new instance.
        let (Some(path), Some(instance_type), Some(image)) =
            (&instance.subnet, &instance.instance_type, &instance.image)
        else {
            return;
        };
        let Some(network) = self.topology.network(&path.network) else {
            return;
        };
        let firewalls = || instance.firewalls.iter();
        let groups: Vec<ObjectKey> = firewalls()
            .map(|firewall| ObjectKey::group(firewall, &network.name))
            .collect();
        let rules = firewalls().map(|firewall| ObjectKey::rules(firewall, &network.name));
        let mut after = vec![ObjectKey::subnet(&path.network, &path.subnet)];
        after.extend(groups.iter().cloned());
        after.extend(rules);
        let agent_role = self.agent_role(instance, network);
        after.extend(self.agent_parts(agent_role.as_ref(), network));
        let key = ObjectKey::instance(&instance.name);
        let op = instance::Run {
            name: instance.name.clone(),
            subnet: self.subnet_ref(&path.network, &path.subnet),
            groups: groups.iter().map(|key| self.group_ref(key)).collect(),
            instance_type: instance_type.clone(),
            image: image.clone(),
            address: instance.address,
            ipv6: self.has_ipv6(network, &path.subnet),
            disk: instance.disk.clone(),
            agent_role,
            password_env: instance.password_env.clone(),
        };
        let place = self.place(&network.account, &network.region);
        let present = self.found.instances.present(&key);
        self.want(key, op, place, after, present);
    }
}
