//! IPv6 beside IPv4: from nothing to pings of both families, and back to nothing.

use std::path::Path;

use landbridge_core::plan::{Op, plan};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::{Interconnect, ModelChoice, Topology};
use landbridge_core::verify::VerifyReport;
use landbridge_sim::Protocol;

use crate::place_reads_support::sees_the_same;
use crate::world::{World, two_accounts};

fn dual_stack() -> Topology {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies/cen-dual-stack.yaml");
    Topology::from_file(&path).expect("the example is good")
}

/// The same by a peering connection.
fn as_mesh(mut topology: Topology) -> Topology {
    let members = topology.interconnects[0].members.clone();
    let mesh = Interconnect::new("backbone", "a", members).with_model(ModelChoice::Mesh);
    topology.interconnects = vec![mesh].into();
    topology
}

/// How many pairs of each family got all their pings back.
fn pinged(report: &VerifyReport) -> (usize, usize) {
    let answered = report.pairs.iter().filter(|pair| {
        let ping = pair.ping.as_ref();
        pair.reachable() && ping.is_some_and(|ping| ping.received == 4)
    });
    let (v6, v4): (Vec<_>, Vec<_>) = answered.partition(|pair| pair.source_address.is_ipv6());
    (v4.len(), v6.len())
}

#[tokio::test]
async fn two_networks_ping_each_other_in_both_families_and_leave_nothing() {
    for topology in [dual_stack(), as_mesh(dual_stack())] {
        let world = World::start(two_accounts()).await;
        let report = world.preflight(&topology).await;
        assert!(report.passed(), "{report}");
        let text = world.plan(&topology).await.to_string();
        let waits = "the IPv6 CIDR block of {network/right}";
        assert!(text.contains(waits), "{text}");
        world.apply(&topology).await;
        sees_the_same(&world.engine, &world.simulator, &topology).await;
        let verified = world.verify(&topology).await;
        assert_eq!(pinged(&verified), (2, 2), "{verified}");
        assert!(verified.passed() && verified.pairs.len() == 4, "{verified}");

        let second = world.plan(&topology).await;
        assert!(second.is_empty(), "{second}");
        world.destroy(&topology).await;
        assert_eq!(world.simulator.alive(), vec![]);
    }
}

#[tokio::test]
async fn a_hub_learns_no_ipv6_from_an_attachment_without_the_option_and_verify_says_so() {
    let world = World::start(two_accounts()).await;
    let topology = dual_stack();
    let mut first = world.plan(&topology).await;
    for step in &mut first.steps {
        if let Op::RequestPeering(request) = &mut step.op {
            request.ipv6 &= request.name != "right";
        }
    }
    world.engine.apply(&first).await.expect("apply");
    let verified = world.verify(&topology).await;
    assert_eq!(pinged(&verified), (2, 0), "{verified}");
    let sixth = verified
        .pairs
        .iter()
        .filter(|pair| pair.source_address.is_ipv6());
    for pair in sixth {
        assert!(pair.path.blocked.is_some(), "{verified}");
        let (from, to) = (pair.source_address.to_string(), pair.destination_address);
        let packet = world.simulator.probe(&from, to, Protocol::ECHO_V6);
        assert!(!packet.is_delivered(), "{packet}");
    }
    let observation = world.engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert_eq!(report.codes(), ["ipv6/attachment"], "{report}");
    // Routes that lead nowhere go.
    assert_eq!(plan(&topology, &observation).counts(), (0, 2));
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
}
