//! A topology with probes in it: the instances, and a firewall in each of their networks that lets in what is probed, from
//! the networks that the topology joins to it and from nowhere else.

use std::collections::BTreeSet;

use super::{ProbeInstance, invalid};
use crate::error::Result;
use crate::observation::Observation;
use crate::topology::{
    Firewall, FirewallRuleSpec, Instance, Network, RuleSource, Subnet, Topology,
};
use crate::traits::{Direction, Protocol};
use crate::verify::{ProbeMethod, Traffic};

pub(super) fn with_probes(
    topology: &Topology,
    observation: &Observation,
    probes: &[ProbeInstance],
    traffic: Traffic,
) -> Result<Topology> {
    let mut with = topology.clone();
    let networks: BTreeSet<&str> = probes
        .iter()
        .map(|one| one.subnet.network.as_str())
        .collect();
    for network in networks {
        let firewall = firewall(topology, network, traffic);
        if topology.firewall(&firewall.name).is_some() {
            return Err(taken("firewall", &firewall.name));
        }
        with.firewalls.push(firewall);
    }
    for probe in probes {
        let mut instances = topology.instances.iter();
        if instances.any(|one| one.name == probe.name) {
            return Err(taken("instance", &probe.name));
        }
        declare_subnet(&mut with, observation, probe);
        let mut instance = Instance::new(
            &probe.name,
            probe.subnet.clone(),
            &probe.instance_type,
            &probe.image,
            [firewall_name(&probe.subnet.network)],
        );
        instance.disk = probe.disk.clone();
        with.instances.push(instance);
    }
    Ok(with)
}

fn taken(what: &str, name: &str) -> crate::error::Error {
    invalid(format!(
        "the topology has the {what} `{name}`, and a probe would have that name"
    ))
    .with_remedy(format!("rename the {what}"))
}

const PREFIX: &str = "probe-";

fn firewall_name(network: &str) -> String {
    format!("{PREFIX}{network}")
}

/// Whether a firewall may be one of probes, by its name.
pub(crate) fn is_probe(firewall: &str) -> bool {
    firewall.starts_with(PREFIX)
}

fn firewall(topology: &Topology, network: &str, traffic: Traffic) -> Firewall {
    let sources: Vec<RuleSource> = joined_to(topology, network)
        .into_iter()
        .map(|name| RuleSource::Network(name.to_owned()))
        .collect();
    let firewall = Firewall::new(firewall_name(network), [network]);
    if sources.is_empty() {
        return firewall;
    }
    let rule = |protocol| FirewallRuleSpec::allow(protocol, sources.clone());
    // Where a new group lets out IPv4 only, IPv6 needs rules of its own.
    let has_ipv6 = topology.network(network).is_some_and(|one| one.ipv6);
    let both = |rules: Vec<FirewallRuleSpec>| {
        let mut out = rules.clone();
        out.retain(|_| has_ipv6);
        for rule in &mut out {
            rule.direction = Direction::Egress;
        }
        [rules, out].concat()
    };
    let rules = match traffic.probe_method() {
        Some(ProbeMethod::Connect { port }) => both(vec![rule(Protocol::Tcp).with_port(port)]),
        _ => both(vec![rule(Protocol::Icmp), rule(Protocol::Icmpv6)]),
    };
    rules.into_iter().fold(firewall, Firewall::with_rule)
}

/// The networks of ours that send packets to a network.
fn joined_to<'a>(topology: &'a Topology, network: &str) -> BTreeSet<&'a str> {
    let is_it = |name: &String| name == network;
    let interconnects = topology.interconnects.iter();
    let around = interconnects.filter(|one| one.members.iter().any(is_it));
    let names = around.flat_map(|one| &one.members);
    let others = names.filter(|name| !is_it(name));
    let ours = others.filter(|name| {
        let network = topology.network(name);
        network.is_some_and(|network| !topology.is_held_by_other(&network.account))
    });
    ours.map(String::as_str).collect()
}

/// A subnet of an existing network that the topology does not declare is named by its ID.
fn declare_subnet(topology: &mut Topology, observation: &Observation, probe: &ProbeInstance) {
    let networks = topology.networks.iter_mut();
    let Some(network) = networks
        .into_iter()
        .find(|one: &&mut Network| one.name == probe.subnet.network)
    else {
        return;
    };
    let name = &probe.subnet.subnet;
    if network.subnets.iter().any(|one| one.name == *name) {
        return;
    }
    let record = network.id.as_ref().and_then(|id| {
        let mut subnets = observation.subnets_of(id);
        subnets.find(|subnet| subnet.id.as_str() == name)
    });
    if let Some(record) = record {
        let subnet = Subnet::new(name, record.zone.clone(), record.range);
        network.subnets.push(subnet.with_id(record.id.clone()));
    }
}
