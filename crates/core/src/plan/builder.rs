use std::collections::{BTreeMap, BTreeSet};

use super::found::{Found, network_key, subnet_key};
use super::keys::{group_key, rules_key, service_key};
use super::wish::needed_services;
use super::{Op, Ref, Step, StepKey};
use crate::ids::{AccountId, GroupId, PeeringId, Place, Region};
use crate::observation::Observation;
use crate::topology::{Instance, Network, Topology};
use crate::traits::{Phase, Rule, ServiceStatus};

/// What the topology wants: steps for what is missing, and the keys of everything that may stay.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) steps: Vec<Step>,
    pub(super) keys: BTreeSet<String>,
    /// The rules that may stay in each group that exists.
    pub(super) rules: BTreeMap<GroupId, BTreeSet<Rule>>,
    /// Where each route that may stay must lead.
    pub(super) next_hops: BTreeMap<String, Option<PeeringId>>,
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

macro_rules! present {
    ($found:expr, $map:ident, $key:expr) => {
        $found
            .$map
            .get($key)
            .and_then(|at| Present::new(&at.record.id, at.record.status.phase))
    };
}
pub(super) use present;

impl Builder<'_> {
    pub(super) fn place(&self, account: &str, region: &Region) -> Place {
        self.topology.place_in(account, region).unwrap_or_else(|| {
            // Unreachable for a checked topology; a place that no provider knows is refused on use.
            Place::new(
                crate::ids::CloudName::new("undeclared"),
                account,
                region.clone(),
            )
        })
    }

    pub(super) fn account_id(&self, name: &str) -> AccountId {
        self.topology
            .account(name)
            .map_or_else(|| name.into(), |account| account.id.clone())
    }

    // The step that makes `key`, unless it is there and ready; in either case the key may stay.
    pub(super) fn want(
        &mut self,
        key: String,
        op: Op,
        place: Place,
        after: Vec<String>,
        domain: Option<String>,
        present: Option<Present>,
    ) -> Ref {
        self.wanted.keys.insert(key.clone());
        if let Some(Present { id, ready: true }) = &present {
            return Ref::Id(id.clone());
        }
        let key = StepKey::create(key);
        let permissions = self
            .observation
            .capabilities
            .get(&place.cloud)
            .map(|capabilities| capabilities.permissions_of(op.kind(), op.is_at_edge()))
            .unwrap_or_default();
        self.wanted.steps.push(Step {
            key: key.clone(),
            op,
            place,
            depends_on: after.into_iter().map(StepKey::create).collect(),
            domain,
            permissions,
            existing: present.map(|present| present.id),
        });
        Ref::Step(key)
    }

    // A reference to what another step makes, or to what is there.
    pub(super) fn reference(&self, key: &str, present: Option<Present>) -> Ref {
        match present {
            Some(Present { id, ready: true }) => Ref::Id(id),
            _ => Ref::Step(StepKey::create(key)),
        }
    }

    pub(super) fn network_ref(&self, name: &str) -> Ref {
        let key = network_key(name);
        self.reference(&key, present!(self.found, networks, &key))
    }

    pub(super) fn subnet_ref(&self, network: &str, name: &str) -> Ref {
        let key = subnet_key(network, name);
        self.reference(&key, present!(self.found, subnets, &key))
    }

    pub(super) fn services(&mut self) {
        for (account, service) in needed_services(self.topology, self.observation) {
            let id = self.account_id(&account);
            let consent = self
                .topology
                .account(&account)
                .is_some_and(|account| account.open_services);
            let closed = self.observation.service(&id, service) == ServiceStatus::Closed;
            let place = self
                .topology
                .places()
                .into_iter()
                .find(|place| place.account == id);
            if let (true, true, Some(place)) = (closed, consent, place) {
                let domain = Some(format!("account/{account}"));
                self.want(
                    service_key(&account, service),
                    Op::OpenService { service },
                    place,
                    vec![],
                    domain,
                    None,
                );
            }
        }
    }

    pub(super) fn network(&mut self, network: &Network) {
        let place = self.place(&network.account, &network.region);
        let key = network_key(&network.name);
        if let Some(range) = network.range {
            let op = Op::CreateNetwork {
                name: network.name.clone(),
                range,
            };
            let present = present!(self.found, networks, &key);
            self.want(key.clone(), op, place.clone(), vec![], None, present);
        } else {
            self.wanted.keys.insert(key.clone());
        }
        for subnet in &network.subnets {
            let subnet_key = subnet_key(&network.name, &subnet.name);
            if subnet.id.is_some() {
                self.wanted.keys.insert(subnet_key);
                continue;
            }
            let op = Op::CreateSubnet {
                name: subnet.name.clone(),
                network: self.network_ref(&network.name),
                zone: subnet.zone.clone(),
                range: subnet.range,
            };
            let present = present!(self.found, subnets, &subnet_key);
            self.want(
                subnet_key,
                op,
                place.clone(),
                vec![key.clone()],
                Some(key.clone()),
                present,
            );
        }
    }

    pub(super) fn instance(&mut self, instance: &Instance) {
        let path = &instance.subnet;
        let Some(network) = self.topology.network(&path.network) else {
            return;
        };
        let group_keys: Vec<String> = instance
            .firewalls
            .iter()
            .map(|firewall| group_key(firewall, &network.name))
            .collect();
        let groups = group_keys
            .iter()
            .map(|key| {
                let group = self.found.groups.get(key);
                self.reference(
                    key,
                    group.and_then(|at| Present::new(&at.record.id, Phase::Ready)),
                )
            })
            .collect();
        let mut after = vec![subnet_key(&path.network, &path.subnet)];
        after.extend(group_keys);
        after.extend(
            instance
                .firewalls
                .iter()
                .map(|firewall| rules_key(firewall, &network.name)),
        );
        let key = format!("instance/{}", instance.name);
        let op = Op::RunInstance {
            name: instance.name.clone(),
            subnet: self.subnet_ref(&path.network, &path.subnet),
            groups,
            instance_type: instance.instance_type.clone(),
            image: instance.image.clone(),
            address: instance.address,
            disk: instance.disk.clone(),
            password_env: instance.password_env.clone(),
        };
        let place = self.place(&network.account, &network.region);
        let present = present!(self.found, instances, &key);
        self.want(key, op, place, after, None, present);
    }
}
