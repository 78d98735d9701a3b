//! Which subnets get a probe, and of what type.

use std::collections::BTreeSet;

use super::{NotProbed, ProbeInstance, ProbeOptions, invalid};
use crate::error::Result;
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::Found;
use crate::topology::{Network, SubnetPath, Topology};
use crate::traits::SubnetRecord;

/// What a subnet must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// In the cloud, and ready.
    There,
    /// In the topology, or in the cloud.
    Declared,
}

type Chosen = (Vec<ProbeInstance>, Vec<NotProbed>);

pub(super) fn choose(
    topology: &Topology,
    observation: &Observation,
    options: &ProbeOptions,
) -> Result<Chosen> {
    choose_in(topology, observation, options, Need::There)
}

pub(super) fn choose_in(
    topology: &Topology,
    observation: &Observation,
    options: &ProbeOptions,
    need: Need,
) -> Result<Chosen> {
    let found = Found::index(topology, observation);
    let chooser = Chooser {
        topology,
        observation,
        found: &found,
        options,
        need,
    };
    let (instances, not_probed) = match options.subnets.is_empty() {
        true => chooser.one_in_each(),
        false => (chooser.named()?, Vec::new()),
    };
    if instances.is_empty() {
        let causes = not_probed.iter();
        let causes: Vec<String> = causes
            .map(|one| format!("network {}: {}", one.network, one.cause))
            .collect();
        let causes = match causes.is_empty() {
            true => "no interconnect joins networks".to_owned(),
            false => causes.join("; "),
        };
        return Err(invalid(format!("no network gets a probe: {causes}"))
            .with_remedy("verify without probes, or name subnets"));
    }
    Ok((instances, not_probed))
}

struct Chooser<'a> {
    topology: &'a Topology,
    observation: &'a Observation,
    found: &'a Found,
    options: &'a ProbeOptions,
    need: Need,
}

impl Chooser<'_> {
    fn one_in_each(&self) -> Chosen {
        let joined = joined(self.topology);
        let (mut instances, mut not_probed) = (Vec::new(), Vec::new());
        for network in &self.topology.networks {
            if !joined.contains(network.name.as_str()) {
                continue;
            }
            let chosen = self.cause_against(network).map_or_else(
                || {
                    let subnet = self.first_subnet(network);
                    let subnet = subnet.ok_or_else(|| self.without_subnet().to_owned())?;
                    self.instance(network, subnet)
                },
                Err,
            );
            match chosen {
                Ok(instance) => instances.push(instance),
                Err(cause) => not_probed.push(NotProbed {
                    network: network.name.clone(),
                    cause,
                }),
            }
        }
        (instances, not_probed)
    }

    fn cause_against(&self, network: &Network) -> Option<String> {
        if self.topology.is_held_by_other(&network.account) {
            return Some(format!("account {} is held by other", network.account));
        }
        let mut instances = self.topology.instances.iter();
        let there = instances.find(|one| one.network_name() == Some(&network.name));
        there.map(|instance| format!("instance {} of the topology is in it", instance.name))
    }

    fn named(&self) -> Result<Vec<ProbeInstance>> {
        let mut instances = Vec::new();
        let mut seen = BTreeSet::new();
        for path in &self.options.subnets {
            let Some(network) = self.topology.network(&path.network) else {
                return Err(invalid(format!(
                    "invalid subnet `{path}`: the topology has no network `{}`",
                    path.network
                )));
            };
            if self.topology.is_held_by_other(&network.account) {
                return Err(invalid(format!(
                    "invalid subnet `{path}`: account {} is held by other, so no instance can be started there",
                    network.account
                )));
            }
            if !self.has(network, &path.subnet) {
                return Err(invalid(format!(
                    "invalid subnet `{path}`: expected the name or ID of a subnet that exists in network `{}`",
                    network.name
                ))
                .with_remedy("apply the topology first, or name another subnet"));
            }
            if seen.insert(path) {
                let instance = self.instance(network, path.subnet.clone());
                instances.push(
                    instance.map_err(|cause| invalid(format!("no probe in `{path}`: {cause}")))?,
                );
            }
        }
        Ok(instances)
    }

    fn instance(&self, network: &Network, subnet: String) -> Result<ProbeInstance, String> {
        let place = self.topology.place_of(network);
        let place = place.ok_or_else(|| "its account is not declared".to_owned())?;
        let capabilities = self.observation.capabilities.get(&place.cloud);
        let capabilities =
            capabilities.ok_or_else(|| format!("there is no backend for cloud {}", place.cloud))?;
        if !capabilities.commands {
            return Err(format!(
                "Landbridge runs no commands on instances of cloud {}, so they send no packets",
                place.cloud
            ));
        }
        let machine = capabilities.probe_machine.as_ref();
        let given = |option: &Option<String>, default: Option<&String>, flag: &str| {
            let value = option.as_ref().or(default).cloned();
            value.ok_or_else(|| format!("cloud {} has no default {flag}; name one", place.cloud))
        };
        Ok(ProbeInstance {
            name: format!("probe-{}-{subnet}", network.name),
            subnet: SubnetPath::new(&network.name, subnet),
            instance_type: given(
                &self.options.instance_type,
                machine.map(|machine| &machine.instance_type),
                "instance type",
            )?,
            image: given(
                &self.options.image,
                machine.map(|machine| &machine.image),
                "image",
            )?,
            disk: machine.and_then(|machine| machine.disk.clone()),
            place,
        })
    }

    fn without_subnet(&self) -> &'static str {
        match self.need {
            Need::There => "it has no subnet that is ready; apply the topology first",
            Need::Declared => {
                "its subnets are known to the cloud only; declare one of them in `subnets`, with its `id`"
            }
        }
    }

    /// The first subnet that the topology declares; else that of the network with most free addresses.
    fn first_subnet(&self, network: &Network) -> Option<String> {
        let mut declared = network.subnets.iter().map(|subnet| &subnet.name);
        if let Some(name) = declared.find(|name| self.has(network, name)) {
            return Some(name.clone());
        }
        let mut others = self.subnets_of(network);
        others.sort_by_key(|subnet| {
            let free = subnet.free_addresses.unwrap_or_default();
            (std::cmp::Reverse(free), subnet.id.clone())
        });
        others.first().map(|subnet| subnet.id.to_string())
    }

    fn has(&self, network: &Network, subnet: &str) -> bool {
        let mut declared = network.subnets.iter();
        if declared.any(|one| one.name == subnet) {
            let key = ObjectKey::subnet(&network.name, subnet);
            let there = self.found.subnets.get(&key);
            return self.need == Need::Declared
                || there.is_some_and(|at| at.record.status.is_ready());
        }
        self.subnets_of(network)
            .iter()
            .any(|one| one.id.as_str() == subnet)
    }

    /// The subnets of an existing network that are ready.
    fn subnets_of(&self, network: &Network) -> Vec<&SubnetRecord> {
        let Some(id) = network.id.as_ref().filter(|_| self.need == Need::There) else {
            return Vec::new();
        };
        let all = self.observation.subnets_of(id);
        all.filter(|subnet| subnet.status.is_ready()).collect()
    }
}

/// The networks that something joins to others.
pub(super) fn joined(topology: &Topology) -> BTreeSet<&str> {
    let interconnects = topology.interconnects.iter();
    let of_interconnects = interconnects.flat_map(|one| &one.members);
    let of_edges = topology.wanted_edges().flat_map(|edge| &edge.members);
    of_interconnects
        .chain(of_edges)
        .map(String::as_str)
        .collect()
}
