//! IPv6 beside IPv4 over a peering connection. Nothing runs commands on these instances, so packets are asked of the
//! simulator itself.

use landbridge_core::topology::Instance;
use landbridge_core::verify::VerifyReport;
use landbridge_sim::Protocol;

use crate::place_reads_support::sees_the_same;
use crate::world::{World, example};

/// Every pair of the static report, asked again of the data plane.
fn packets_agree(world: &World, report: &VerifyReport) {
    for pair in &report.pairs {
        let (from, to) = (pair.source_address.to_string(), pair.destination_address);
        let packet = world.simulator.probe(&from, to, Protocol::echo_to(to));
        assert_eq!(packet.is_delivered(), pair.reachable(), "{pair}: {packet}");
    }
}

#[tokio::test]
async fn two_networks_reach_each_other_in_both_families_and_leave_nothing() {
    let mut topology = example("aws-dual-stack.yaml");
    for network in ["app", "data"] {
        let subnet = format!("{network}/a").parse().expect("a path");
        let instance = Instance::new(network, subnet, "t3.nano", "ami-1", ["members-only"]);
        topology.instances.push(instance);
    }
    let world = World::start().await;
    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}");
    let first = world.plan(&topology).await.to_string();
    assert!(
        first.contains("the IPv6 CIDR block of {network/data}"),
        "{first}"
    );
    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let verified = world.verify(&topology).await;
    assert!(verified.passed(), "{verified}");
    let sixth = verified
        .pairs
        .iter()
        .filter(|pair| pair.source_address.is_ipv6());
    assert_eq!((sixth.count(), verified.pairs.len()), (2, 4), "{verified}");
    packets_agree(&world, &verified);
    let second = world.plan(&topology).await;
    assert!(second.is_empty(), "{second}");
    world.destroy(&topology).await;
    assert_eq!(world.alive(), Vec::<String>::new());
}

#[tokio::test]
async fn without_a_rule_that_lets_ipv6_out_only_ipv4_passes_and_verify_names_the_group() {
    let mut topology = example("aws-dual-stack.yaml");
    for network in ["app", "data"] {
        let subnet = format!("{network}/a").parse().expect("a path");
        let instance = Instance::new(network, subnet, "t3.nano", "ami-1", ["members-only"]);
        topology.instances.push(instance);
    }
    let ingress = landbridge_core::Direction::Ingress;
    topology.firewalls[0]
        .rules
        .retain(|rule| rule.direction == ingress);
    let world = World::start().await;
    world.apply(&topology).await;
    let verified = world.verify(&topology).await;
    for pair in &verified.pairs {
        assert_eq!(pair.reachable(), pair.source_address.is_ipv4(), "{pair}");
    }
    packets_agree(&world, &verified);
}
