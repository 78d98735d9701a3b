//! Twelve networks of four accounts on two clouds: a hub, meshes, peerings, firewalls and instances.

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::topology::{
    Account, Firewall, FirewallRuleSpec, Interconnect, ModelChoice, RuleSource, Topology,
};
use landbridge_core::{CloudName, Protocol};

use crate::common::{A, B, instance, memory, network};
use crate::mesh::capabilities;

/// The cloud that has peerings alone.
fn peers() -> CloudName {
    CloudName::from_static("peers")
}

/// One cloud with hubs, and one without.
pub(crate) fn clouds(clock: &Arc<ManualClock>) -> Vec<MemoryProvider> {
    let mut peering = capabilities();
    peering.cloud = peers();
    let builder = || MemoryProvider::builder(clock.clone()).with_latency(Duration::from_secs(20));
    vec![
        builder().build(),
        builder()
            .with_capabilities(peering)
            .with_first_number(1000)
            .build(),
    ]
}

/// An interconnect, its members and where they are: account and region of each.
type Group = (
    &'static str,
    ModelChoice,
    &'static [(&'static str, &'static str)],
);

const GROUPS: [Group; 4] = [
    (
        "core",
        ModelChoice::Hub,
        &[("a", "r1"), ("b", "r1"), ("a", "r2"), ("b", "r2")],
    ),
    ("pair", ModelChoice::Mesh, &[("a", "r1"), ("b", "r2")]),
    (
        "ring",
        ModelChoice::Mesh,
        &[("c", "e1"), ("d", "e1"), ("c", "e2"), ("d", "e2")],
    ),
    ("couple", ModelChoice::Mesh, &[("c", "e1"), ("c", "e2")]),
];

pub(crate) fn topology() -> Topology {
    let mut topology = Topology::new("mixed")
        .with_account(Account::new("a", memory(), A))
        .with_account(Account::new("b", memory(), B))
        .with_account(Account::new("c", peers(), "0000000000000003"))
        .with_account(Account::new("d", peers(), "0000000000000004"));
    let mut number = 0;
    for (group, model, members) in GROUPS {
        let mut names = Vec::new();
        for (account, region) in members {
            number += 1;
            let name = format!("n{number:02}");
            topology = topology.with_network(network(&name, account, region, number));
            names.push(name);
        }
        let sources = || [RuleSource::Members(group.to_owned())];
        let firewall = Firewall::new(format!("{group}-only"), names.clone())
            .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, sources()))
            .with_rule(FirewallRuleSpec::allow(Protocol::Tcp, sources()).with_port(22));
        for name in &names[..2] {
            let mut instance = instance(&format!("i-{name}"), name);
            instance.firewalls = vec![format!("{group}-only")];
            topology = topology.with_instance(instance);
        }
        let interconnect = Interconnect::new(group, members[0].0, names).with_model(model);
        topology = topology
            .with_interconnect(interconnect)
            .with_firewall(firewall);
    }
    topology
}
