//! Quotas are compared with what exists, whoever made it, and what the plan adds.

use landbridge_core::engine::Engine;
use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::preflight::{Report, preflight};
use landbridge_core::topology::{
    Firewall, FirewallRuleSpec, Interconnect, ModelChoice, Network, RuleSource, Topology,
};
use landbridge_core::{Capabilities, Model, NextHop, Protocol, Quota};
use std::sync::Arc;

use crate::apply::apply;
use crate::brownfield::{at, joined, place, theirs};
use crate::common::{A, memory, network, topology};

fn world(describe: impl FnOnce(&mut Capabilities)) -> (Engine, MemoryProvider) {
    let clock = Arc::new(ManualClock::new());
    let mut capabilities = Capabilities::new(memory(), vec![Model::Mesh]);
    describe(&mut capabilities);
    let provider = MemoryProvider::builder(clock.clone()).with_capabilities(capabilities);
    let provider = provider.build();
    let engine = Engine::new().with_clock(clock);
    (engine.with_provider(Arc::new(provider.clone())), provider)
}

async fn report(engine: &Engine, topology: &Topology) -> Report {
    let observation = engine.observe(topology).await.expect("observe");
    preflight(topology, &observation)
}

/// The networks and interconnects of the usual topology, as a mesh.
fn mesh() -> Topology {
    let mut topology = topology();
    topology.interconnects[0].model = ModelChoice::Mesh;
    topology.firewalls.clear();
    topology.instances.clear();
    topology
}

#[tokio::test]
async fn routes_of_others_fill_a_table() {
    for (most, passes) in [(None, true), (Some(3), false)] {
        let (engine, provider) = world(|capabilities| {
            let quota = Quota::raisable(3);
            let quota = most.map_or(quota, |most| quota.up_to(most));
            capabilities.routes_per_table = Some(quota);
        });
        let (id, table) = theirs(at(&provider, A).await.as_ref()).await;
        let topology = joined(&id);
        for number in 0..2 {
            let to: ipnet::IpNet = format!("172.16.{number}.0/24").parse().expect("a range");
            let hop = NextHop::Other {
                kind: "Instance".to_owned(),
                id: "i-9".to_owned(),
            };
            place(&provider, &table, to, hop);
        }
        assert_eq!(report(&engine, &topology).await.codes(), [""; 0]);
        let to: ipnet::IpNet = "172.17.0.0/16".parse().expect("a range");
        place(&provider, &table, to, NextHop::BlackHole);
        let told = report(&engine, &topology).await;
        assert_eq!(told.codes(), ["quota/routes"], "{told}");
        assert_eq!(told.passed(), passes, "{told}");
        let text = told.to_string();
        assert!(text.contains(&format!("route table {table}")), "{text}");
        assert!(
            text.contains("routes that exist: 3, that the plan adds: 1"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn peerings_of_others_count_and_those_that_are_there_need_no_room() {
    let (engine, provider) = world(|capabilities| {
        capabilities.peerings_per_network = Some(Quota::fixed(2));
    });
    let theirs = mesh();
    apply(&engine, &theirs).await;
    assert_eq!(
        report(&engine, &theirs).await.codes(),
        [""; 0],
        "nothing is added"
    );
    // Another topology joins one of the networks to a fourth one.
    let observation = engine.observe(&theirs).await.expect("observe");
    let mut networks = observation.inventories.iter().flat_map(|i| &i.networks);
    let one = networks.find(|network| network.name == "one").expect("one");
    let ours = Topology::new("ours")
        .with_account(theirs.accounts[0].clone())
        .with_network(Network::existing("one", "a", "r1", one.id.clone()))
        .with_network(network("four", "a", "r1", 4))
        .with_interconnect(Interconnect::new("more", "a", ["one", "four"]));
    let told = report(&engine, &ours).await;
    assert_eq!(told.codes(), ["quota/peerings"], "{told}");
    assert!(!told.passed());
    assert_eq!(told.findings[0].subject, "network one");
    assert!(
        told.to_string()
            .contains("peerings that exist: 2, that the plan adds: 1"),
        "{told}"
    );
    let writes = provider.write_count();
    let plan = landbridge_core::plan::plan(&ours, &engine.observe(&ours).await.expect("observe"));
    assert!(!plan.is_empty() && provider.write_count() == writes);
}

#[tokio::test]
async fn peerings_with_other_regions_are_counted_apart_where_the_cloud_does() {
    let fits = |near, far, place| {
        let (engine, _) = world(|capabilities| {
            capabilities.peerings_per_network = Some(Quota::raisable(near));
            capabilities.peerings_to_other_regions = Some(Quota::raisable(far));
            capabilities.peerings_per_region = Some(Quota::raisable(place));
        });
        async move { report(&engine, &mesh()).await }
    };
    // one (a, r1), two (b, r1), three (a, r2): one peering inside r1, two between regions.
    assert_eq!(fits(1, 2, 2).await.codes(), [""; 0]);
    let far = fits(1, 1, 2).await;
    assert_eq!(far.codes(), ["quota/peerings"], "{far}");
    assert_eq!(far.findings[0].subject, "network three");
    let near = fits(0, 2, 2).await;
    assert_eq!(
        near.codes(),
        ["quota/peerings"],
        "both in one finding: {near}"
    );
    assert_eq!(near.findings[0].subject, "network one, network two");
    let place = fits(1, 2, 1).await;
    assert_eq!(place.codes(), ["quota/peerings"], "{place}");
    assert_eq!(place.findings.len(), 1, "{place}");
}

#[tokio::test]
async fn rules_and_subnets_count_with_those_that_are_there() {
    let (engine, _) = world(|capabilities| {
        capabilities.rules_per_group = Some(Quota::raisable(2));
        capabilities.subnets_per_network = Some(Quota::raisable(2));
    });
    let rule = |port| {
        let from: RuleSource = "192.168.0.0/24".parse().expect("a source");
        FirewallRuleSpec::allow(Protocol::Tcp, [from]).with_port(port)
    };
    let firewall = Firewall::new("web", ["one"]);
    let mut topology = mesh();
    topology.firewalls = vec![firewall.with_rule(rule(22)).with_rule(rule(80))].into();
    assert_eq!(report(&engine, &topology).await.codes(), [""; 0]);
    apply(&engine, &topology).await;
    topology.firewalls[0].rules.push(rule(443));
    let told = report(&engine, &topology).await;
    assert_eq!(told.codes(), ["quota/rules"], "{told}");
    assert!(
        told.to_string()
            .contains("rules in one direction that exist: 2, that the plan adds: 1")
    );
    // One rule for another needs no room.
    topology.firewalls[0].rules.remove(0);
    assert_eq!(report(&engine, &topology).await.codes(), [""; 0]);

    let third = landbridge_core::topology::Subnet::new(
        "s3",
        "r1-a",
        "10.1.3.0/24".parse().expect("a range"),
    );
    topology.networks[0].subnets.push(third);
    let told = report(&engine, &topology).await;
    assert_eq!(told.codes(), ["quota/subnets"], "{told}");
    assert!(
        told.passed(),
        "a quota that can be raised is no error: {told}"
    );
}

#[tokio::test]
async fn networks_count_with_those_of_others() {
    let (engine, provider) = world(|capabilities| {
        capabilities.networks_per_region = Some(Quota::raisable(2));
    });
    let wanted = Topology::new("demo")
        .with_account(mesh().accounts[0].clone())
        .with_network(network("one", "a", "r1", 5))
        .with_network(network("two", "a", "r1", 6));
    assert_eq!(report(&engine, &wanted).await.codes(), [""; 0]);
    theirs(at(&provider, A).await.as_ref()).await;
    let told = report(&engine, &wanted).await;
    assert_eq!(told.codes(), ["quota/networks"], "{told}");
    assert!(
        told.to_string()
            .contains("networks that exist: 1, that the plan adds: 2"),
        "{told}"
    );
}
