//! One thing is broken in the cloud; one verdict names it.

use landbridge_core::verify::{Reason, Traffic, VerifyReport, verify};
use landbridge_core::{CloudProvider, NextHop, RouteOrigin};

use crate::world::{A, B, World, pair, place};

async fn applied() -> World {
    let world = World::start().await;
    world.apply(&pair()).await;
    assert!(world.verify(&pair()).await.passed());
    world
}

fn stop<'r>(report: &'r VerifyReport, source: &str) -> &'r Reason {
    let pair = report
        .pairs
        .iter()
        .find(|pair| pair.source.starts_with(source))
        .expect("the pair");
    pair.path.blocked.as_ref().expect("the element is named")
}

#[tokio::test]
async fn a_missing_return_route_is_named_and_mended() {
    let world = applied().await;
    let b = world.inventory(&pair(), B, "us-east-1").await;
    let route = b
        .routes
        .iter()
        .find(|route| route.origin == RouteOrigin::Custom)
        .expect("the route back");
    let NextHop::Peering(hop) = &route.next_hop else {
        panic!("{route:?}")
    };
    let cloud = world
        .provider
        .cloud(&place(B, "us-east-1"))
        .await
        .expect("a handle");
    cloud
        .delete_route(
            &route.table,
            &route.destination.range().expect("a CIDR block"),
            hop,
        )
        .await
        .expect("deleted");
    let report = world.verify(&pair()).await;
    let blocked = stop(&report, "left");
    assert!(
        blocked.on_return && blocked.element.contains(route.table.as_str()),
        "{blocked:?}"
    );
    world.apply(&pair()).await;
    assert!(world.verify(&pair()).await.passed());
}

#[tokio::test]
async fn a_route_that_a_deleted_peering_left_behind_is_named_and_replaced() {
    let world = applied().await;
    let a = world.inventory(&pair(), A, "us-east-1").await;
    let id = a.peerings[0].id.to_string();
    let peering = [("VpcPeeringConnectionId", id.as_str())];
    world
        .call(A, "us-east-1", "DeleteVpcPeeringConnection", &peering)
        .await;
    world.simulator.advance(std::time::Duration::from_secs(60));
    let report = world.verify(&pair()).await;
    assert!(
        stop(&report, "left").cause.contains("blackhole"),
        "{report}"
    );
    let report = world.preflight(&pair()).await;
    assert!(report.passed(), "{report}");
    world.apply(&pair()).await;
    let report = world.verify(&pair()).await;
    assert!(report.passed(), "{report}");
    world.destroy(&pair()).await;
}

#[tokio::test]
async fn an_access_list_is_named() {
    let world = applied().await;
    let b = world.inventory(&pair(), B, "us-east-1").await;
    let acl = b
        .acls
        .iter()
        .find(|acl| !acl.subnets.is_empty())
        .expect("the default list");
    let deny = [
        ("NetworkAclId", acl.id.as_str()),
        ("RuleNumber", "50"),
        ("Protocol", "-1"),
        ("RuleAction", "deny"),
        ("Egress", "true"),
        ("CidrBlock", "10.1.0.0/16"),
    ];
    world
        .call(B, "us-east-1", "CreateNetworkAclEntry", &deny)
        .await;
    let report = world.verify(&pair()).await;
    let blocked = stop(&report, "left");
    assert!(
        blocked.on_return
            && blocked.element.contains(acl.id.as_str())
            && blocked.cause.contains("50"),
        "{blocked:?}"
    );
}

#[tokio::test]
async fn a_missing_rule_of_a_group_is_put_back() {
    let world = applied().await;
    let b = world.inventory(&pair(), B, "us-east-1").await;
    let rule = b
        .rules
        .iter()
        .find(|record| record.topology.is_some())
        .expect("a rule of ours");
    let cloud = world
        .provider
        .cloud(&place(B, "us-east-1"))
        .await
        .expect("a handle");
    cloud
        .revoke_rules(&rule.group, std::slice::from_ref(rule))
        .await
        .expect("revoked");
    let repair = world.plan(&pair()).await;
    assert_eq!(repair.steps.len(), 1, "{repair}");
    world.apply(&pair()).await;
    assert!(world.plan(&pair()).await.is_empty());
}

#[tokio::test]
async fn a_missing_rule_is_named_where_instances_are_behind_it() {
    use landbridge_core::topology::Instance;
    let world = World::start().await;
    let mut topology = pair();
    for name in ["left", "right"] {
        let subnet = format!("{name}/s").parse().expect("a path");
        topology = topology.with_instance(Instance::new(
            format!("{name}-i"),
            subnet,
            "t3.nano",
            "ami-12345678",
            ["members"],
        ));
    }
    world.apply(&topology).await;
    let observation = world.engine.observe(&topology).await.expect("observe");
    assert!(verify(&topology, &observation, Traffic::tcp(22)).passed());
    let closed = verify(&topology, &observation, Traffic::tcp(443));
    assert!(stop(&closed, "left").cause.contains("tcp 443"), "{closed}");
    world.destroy(&topology).await;
}

#[tokio::test]
async fn a_rule_names_the_group_of_a_peered_network_of_another_account() {
    use landbridge_core::topology::{Firewall, FirewallRuleSpec, Instance};
    let world = World::start().await;
    let source = "group:members@left".parse().expect("a source");
    let rule = FirewallRuleSpec::allow(landbridge_core::Protocol::Tcp, [source]).with_port(5432);
    let mut topology = pair().with_firewall(Firewall::new("db", ["right"]).with_rule(rule));
    for (name, firewalls) in [("left", vec!["members"]), ("right", vec!["members", "db"])] {
        let subnet = format!("{name}/s").parse().expect("a path");
        let instance = Instance::new(
            format!("{name}-i"),
            subnet,
            "t3.nano",
            "ami-12345678",
            firewalls,
        );
        topology = topology.with_instance(instance);
    }
    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}");
    world.apply(&topology).await;
    let second = world.plan(&topology).await;
    assert!(second.is_empty(), "{second}");
    let observation = world.engine.observe(&topology).await.expect("observe");
    let open = verify(&topology, &observation, Traffic::tcp(5432));
    let reachable = |source: &str| {
        open.pairs
            .iter()
            .any(|pair| pair.source.starts_with(source) && pair.reachable())
    };
    assert!(
        reachable("left") && !reachable("right"),
        "only one way is allowed: {open}"
    );
    world.destroy(&topology).await;
    assert_eq!(world.alive(), Vec::<String>::new());
}
