//! Pings between instances, whose agents fetch the commands: they are answered, and each thing that is taken away is named.

use std::time::Duration;

use landbridge_core::topology::{AgentEndpoints, AgentRole, Topology};
use landbridge_core::verify::{Verdict, VerifyReport};
use landbridge_core::{CloudProvider, NextHop, RouteOrigin};

use crate::place_reads_support::sees_the_same;
use crate::world::{A, World, example, place};

const EXAMPLE: &str = "aws-peering-two-accounts.yaml";
const HOME: &str = "us-east-1";

async fn applied() -> (World, Topology) {
    let (world, topology) = (World::start().await, example(EXAMPLE));
    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    (world, topology)
}

fn from_probe<'r>(
    report: &'r VerifyReport,
    source: &str,
) -> &'r landbridge_core::verify::PairVerdict {
    let mut pairs = report.pairs.iter();
    pairs
        .find(|pair| pair.source == source)
        .unwrap_or_else(|| panic!("no pair from {source}: {report}"))
}

fn codes(report: &VerifyReport) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.code).collect()
}

#[tokio::test]
async fn every_ordered_pair_is_pinged_and_nothing_is_left() {
    let (world, topology) = applied().await;
    let report = world.verify(&topology).await;
    assert_eq!(report.pairs.len(), 2, "{report}");
    for pair in report.pairs.iter() {
        let ping = pair.ping.as_ref().expect("pings were sent");
        assert_eq!((ping.sent, ping.received), (4, 4), "{report}");
    }
    assert!(codes(&report).is_empty(), "{report}");
    let second = world.plan(&topology).await;
    assert!(second.is_empty(), "{second}");
    world.destroy(&topology).await;
    assert_eq!(world.alive(), Vec::<String>::new());
}

#[tokio::test]
async fn a_route_that_is_taken_away_is_named_and_no_ping_passes() {
    let (world, topology) = applied().await;
    let home = world.inventory(&topology, A, HOME).await;
    let mut routes = home.routes.iter();
    let route = routes
        .find(|route| route.origin == RouteOrigin::Custom)
        .expect("the route to the other side");
    let (NextHop::Peering(hop), Some(range)) = (&route.next_hop, route.destination.range()) else {
        panic!("{route:?}")
    };
    let cloud = world.provider.cloud(&place(A, HOME)).await.expect("known");
    cloud
        .delete_route(&route.table, &range, hop)
        .await
        .expect("deleted");
    let report = world.verify(&topology).await;
    let there = from_probe(&report, "app-probe");
    assert_eq!(there.verdict(), Verdict::Blocked, "{report}");
    let ping = there.ping.as_ref().expect("pings were sent");
    assert_eq!((ping.sent, ping.received), (4, 0), "{report}");
    let blocked = there.path.blocked.as_ref().expect("the element");
    assert!(blocked.element.contains(route.table.as_str()), "{report}");
}

#[tokio::test]
async fn a_rule_that_is_taken_away_is_named_and_no_ping_passes() {
    let (world, topology) = applied().await;
    let home = world.inventory(&topology, A, HOME).await;
    let cloud = world.provider.cloud(&place(A, HOME)).await.expect("known");
    let mut rules = home.rules.iter();
    let ping = rules
        .find(|rule| {
            rule.topology.is_some() && rule.rule.protocol == landbridge_core::Protocol::Icmp
        })
        .expect("the rule for pings");
    cloud
        .revoke_rules(&ping.group, std::slice::from_ref(ping))
        .await
        .expect("revoked");
    let report = world.verify(&topology).await;
    let there = from_probe(&report, "data-probe");
    assert_eq!(there.verdict(), Verdict::Blocked, "{report}");
    assert_eq!(there.ping.as_ref().map(|ping| ping.received), Some(0));
    let blocked = there.path.blocked.as_ref().expect("the element");
    assert!(blocked.element.contains(ping.group.as_str()), "{report}");
}

#[tokio::test]
async fn an_entry_of_an_access_list_that_drops_pings_is_named() {
    let (world, topology) = applied().await;
    let home = world.inventory(&topology, A, HOME).await;
    let mut acls = home.acls.iter();
    let acl = acls.find(|acl| !acl.subnets.is_empty()).expect("a list");
    let deny = [
        ("NetworkAclId", acl.id.as_str()),
        ("RuleNumber", "50"),
        ("Protocol", "-1"),
        ("RuleAction", "deny"),
        ("Egress", "false"),
        ("CidrBlock", "10.20.0.0/16"),
    ];
    world.call(A, HOME, "CreateNetworkAclEntry", &deny).await;
    let report = world.verify(&topology).await;
    let there = from_probe(&report, "data-probe");
    assert_eq!(there.verdict(), Verdict::Blocked, "{report}");
    let blocked = there.path.blocked.as_ref().expect("the element");
    assert!(blocked.element.contains(acl.id.as_str()), "{report}");
}

#[tokio::test]
async fn without_an_endpoint_the_way_to_the_service_is_missed_and_made_again() {
    let (world, topology) = applied().await;
    let home = world.inventory(&topology, A, HOME).await;
    let mut ends = home.service_endpoints.iter();
    let end = ends.find(|end| end.service == "ssm").expect("made");
    let id = [("VpcEndpointId.1", end.id.as_str())];
    world.call(A, HOME, "DeleteVpcEndpoints", &id).await;
    world.simulator.advance(Duration::from_secs(300));
    let report = world.verify(&topology).await;
    assert_eq!(codes(&report), ["agent/no-way"], "{report}");
    assert!(
        report.findings[0].message.contains("service ssm"),
        "{report}"
    );
    assert!(
        report.findings[0].remedy.contains("agent-endpoints"),
        "{report}"
    );
    // Only the configuration speaks for pings from there; the other direction is pinged.
    assert!(from_probe(&report, "app-probe").ping.is_none(), "{report}");
    assert!(from_probe(&report, "data-probe").ping.is_some(), "{report}");
    assert!(report.passed(), "{report}");
    let repair = world.plan(&topology).await;
    assert_eq!(repair.steps.len(), 1, "{repair}");
    world.apply(&topology).await;
    assert_eq!(codes(&world.verify(&topology).await), [""; 0]);
}

#[tokio::test]
async fn without_a_profile_an_instance_is_named_and_not_waited_for() {
    let world = World::start().await;
    let mut topology = example(EXAMPLE);
    for instance in topology
        .instances
        .iter_mut()
        .filter(|one| one.name == "app-probe")
    {
        instance.agent_role = AgentRole::None;
    }
    world.apply(&topology).await;
    let roles = world.inventory(&topology, A, HOME).await.agent_roles;
    assert!(roles.is_empty(), "{roles:?}");
    let report = world.verify(&topology).await;
    assert_eq!(codes(&report), ["agent/no-role"], "{report}");
    assert!(report.findings[0].remedy.contains("agent-role"), "{report}");
    assert!(from_probe(&report, "app-probe").ping.is_none(), "{report}");
    assert!(report.passed(), "{report}");
    world.destroy(&topology).await;
}

#[tokio::test]
async fn what_the_file_asks_for_no_more_goes_before_its_subnet_and_group() {
    let (world, mut topology) = applied().await;
    topology.instances.retain(|one| one.name != "app-probe");
    let plan = world.plan(&topology).await;
    let gone: Vec<String> = plan
        .steps
        .iter()
        .map(|step| step.op.kind().to_string())
        .collect();
    for kind in [
        "terminate-instance",
        "delete-service-endpoint",
        "delete-agent-role",
        "delete-group",
    ] {
        assert!(gone.iter().any(|one| one == kind), "{kind}: {plan}");
    }
    world.apply(&topology).await;
    let home = world.inventory(&topology, A, HOME).await;
    assert!(home.service_endpoints.is_empty() && home.agent_roles.is_empty());
    assert!(world.plan(&topology).await.is_empty());
    world.destroy(&topology).await;
    assert_eq!(world.alive(), Vec::<String>::new());
}

#[tokio::test]
async fn a_network_without_endpoints_is_told_and_one_with_its_subnet_named_has_them() {
    let world = World::start().await;
    let mut topology = example(EXAMPLE);
    for network in topology.networks.iter_mut() {
        network.agent_endpoints = match network.name.as_str() {
            "app" => AgentEndpoints::In("b".to_owned()),
            _ => AgentEndpoints::None,
        };
    }
    world.apply(&topology).await;
    let home = world.inventory(&topology, A, HOME).await;
    let mut subnets = home.subnets.iter();
    let named = subnets.find(|subnet| subnet.range == "10.10.2.0/24".parse().expect("a range"));
    let named = &named.expect("subnet b").id;
    assert_eq!(home.service_endpoints.len(), 2);
    for end in &home.service_endpoints {
        assert_eq!(&end.subnets, std::slice::from_ref(named));
    }
    let report = world.verify(&topology).await;
    assert_eq!(codes(&report), ["agent/no-way"], "{report}");
    assert_eq!(report.findings[0].subject, "instance data-probe");
    world.destroy(&topology).await;
    assert_eq!(world.alive(), Vec::<String>::new());
}
