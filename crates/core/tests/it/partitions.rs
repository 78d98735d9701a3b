//! Partitions of a cloud: no interconnect, hub or mesh, and no edge reaches over two of them, and no account is in two.

use std::sync::Arc;

use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::preflight::{Report, preflight};
use landbridge_core::topology::{BorderRouter, Edge, Topology};
use landbridge_core::{Capabilities, CloudProvider};

use crate::common::{network, topology, world_like};

/// Regions that begin with `x` are a partition of their own.
fn capabilities() -> Capabilities {
    let provider = MemoryProvider::new(Arc::new(ManualClock::new()));
    let mut capabilities = provider.capabilities().clone();
    let partitions = [("x", "other"), ("", "world")];
    capabilities.partitions = partitions
        .map(|(prefix, name)| (prefix.to_owned(), name.to_owned()))
        .to_vec();
    capabilities
}

async fn report(topology: &Topology) -> Report {
    let (engine, provider, _) = world_like(|builder| builder.with_capabilities(capabilities()));
    let report = preflight(topology, &engine.observe(topology).await.expect("observe"));
    assert_eq!(provider.write_count(), 0);
    report
}

fn bare() -> Topology {
    let mut topology = topology();
    topology.firewalls.clear();
    topology.instances.clear();
    topology
}

#[tokio::test]
async fn hubs_join_no_two_partitions() {
    let mut topology = bare();
    topology.networks[1] = network("two", "b", "x1", 2);
    let report = report(&topology).await;
    assert_eq!(report.codes(), ["region/partition"]);
    let text = report.to_string();
    assert!(text.contains("interconnect core"), "{text}");
    assert!(
        text.contains("network two in x1 (partition other)"),
        "{text}"
    );
}

#[tokio::test]
async fn edges_join_no_two_partitions() {
    let mut topology = bare();
    topology.interconnects.clear();
    let behind = "192.168.0.0/16".parse().expect("a range");
    let router = BorderRouter::new("line", "vbr-1", "b", "x2", [behind]);
    let edge = Edge::new("wan", "a", "r1", 65000).with_member("one");
    topology.edges.push(edge.with_border_router(router));
    let report = report(&topology).await;
    assert!(report.codes().contains(&"region/partition"), "{report}");
    let text = report.to_string();
    assert!(
        text.contains("its hub is in r1 (partition world)"),
        "{text}"
    );
    assert!(
        text.contains("border router line in x2 (partition other)"),
        "{text}"
    );
}

#[tokio::test]
async fn an_account_is_in_one_partition() {
    let mut topology = bare();
    topology.interconnects.clear();
    topology.networks[2] = network("three", "a", "x1", 3);
    let report = report(&topology).await;
    assert_eq!(report.codes(), ["account/partition"]);
    let text = report.to_string();
    assert!(
        text.contains("x1 (partition other) and r1 (partition world)"),
        "{text}"
    );
}
