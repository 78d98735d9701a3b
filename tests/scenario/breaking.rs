//! One thing is broken in the cloud; there is one finding or verdict that names it, and nothing hangs.

use landbridge_aliyun::Product;

use landbridge_core::verify::{Reason, VerifyReport};
use landbridge_core::{
    Cloud, CloudProvider, Direction, Inventory, LearningKind, NextHop, Protocol, RouteOrigin,
};
use landbridge_sim::{AccountSpec, IdentityKind, Service, Simulator};
use std::sync::Arc;

use crate::world::{A, B, World, place, three_networks, two_accounts};

async fn applied() -> World {
    let world = World::start(two_accounts()).await;
    world.apply(&three_networks()).await;
    world
}

async fn cloud(world: &World, account: &str, region: &str) -> Arc<dyn Cloud> {
    world
        .provider
        .cloud(&place(account, region))
        .await
        .expect("a handle")
}

async fn inventory(world: &World, account: &str, region: &str) -> Inventory {
    let observation = world
        .engine
        .observe(&three_networks())
        .await
        .expect("observe");
    observation
        .at(&place(account, region))
        .expect("the place")
        .clone()
}

/// The verdict on a pair whose pings are lost too.
fn stop<'r>(report: &'r VerifyReport, source: &str, destination: &str) -> &'r Reason {
    let pair = report
        .pairs
        .iter()
        .find(|pair| pair.source == source && pair.destination == destination)
        .expect("the pair");
    let ping = pair.ping.as_ref().expect("pings were sent");
    assert_eq!(
        (ping.sent, ping.received),
        (4, 0),
        "static and active layer agree: {pair}"
    );
    pair.path
        .blocked
        .as_ref()
        .expect("the static layer names the element")
}

/// The next apply mends it with one step.
async fn mended(world: &World) {
    let topology = three_networks();
    let repair = world.plan(&topology).await;
    assert_eq!(repair.steps.len(), 1, "{repair}");
    world.apply(&topology).await;
    assert!(world.verify(&topology).await.passed());
}

#[tokio::test]
async fn a_missing_propagation_is_named() {
    let world = applied().await;
    let hub = inventory(&world, A, "cn-hangzhou").await;
    let attachment = hub
        .peerings
        .iter()
        .find(|peering| {
            peering
                .owner
                .as_ref()
                .is_some_and(|owner| owner.key.ends_with("/vpc2"))
        })
        .expect("the attachment of vpc2");
    let learning = hub
        .learning
        .iter()
        .map(|record| &record.learning)
        .find(|learning| {
            learning.kind == LearningKind::Propagation && learning.peering == attachment.id
        })
        .expect("its propagation");
    cloud(&world, A, "cn-hangzhou")
        .await
        .disable_learning(learning)
        .await
        .expect("disabled");
    world.simulator.advance(std::time::Duration::from_secs(60));
    let report = world.verify(&three_networks()).await;
    let blocked = stop(&report, "ecs1", "ecs2");
    assert!(
        blocked.element.contains("propagation") && blocked.element.contains("/vpc2"),
        "{blocked:?}"
    );
    assert!(stop(&report, "ecs2", "ecs1").on_return);
    assert_eq!(
        report.reachable(),
        2,
        "ecs1 and ecs3 still reach each other: {report}"
    );
    mended(&world).await;
}

#[tokio::test]
async fn a_missing_route_is_named() {
    let world = applied().await;
    let b = inventory(&world, B, "cn-hangzhou").await;
    let route = b
        .routes
        .iter()
        .find(|route| {
            route.origin == RouteOrigin::Custom && route.destination.to_string() == "192.168.0.0/16"
        })
        .expect("the route to vpc3");
    let NextHop::Peering(hop) = &route.next_hop else {
        panic!("{route:?}")
    };
    cloud(&world, B, "cn-hangzhou")
        .await
        .delete_route(
            &route.table,
            &route.destination.range().expect("a CIDR block"),
            hop,
        )
        .await
        .expect("deleted");
    world.simulator.advance(std::time::Duration::from_secs(60));
    let report = world.verify(&three_networks()).await;
    let blocked = stop(&report, "ecs2", "ecs3");
    assert!(
        blocked.element.contains(route.table.as_str()),
        "{blocked:?}"
    );
    assert!(blocked.cause.contains("no route"), "{blocked:?}");
    mended(&world).await;
}

#[tokio::test]
async fn a_missing_rule_is_named() {
    let world = applied().await;
    let b = inventory(&world, B, "cn-hangzhou").await;
    let rule = b
        .rules
        .iter()
        .find(|record| {
            record.rule.protocol == Protocol::Icmp
                && record.rule.direction == Direction::Ingress
                && record.rule.peer.to_string() == "172.16.0.0/16"
        })
        .expect("the rule that lets vpc1 in");
    cloud(&world, B, "cn-hangzhou")
        .await
        .revoke_rules(&rule.group, std::slice::from_ref(rule))
        .await
        .expect("revoked");
    let report = world.verify(&three_networks()).await;
    let blocked = stop(&report, "ecs1", "ecs2");
    assert!(
        blocked.element.contains(rule.group.as_str()) && blocked.cause.contains("icmp"),
        "{blocked:?}"
    );
    assert_eq!(report.reachable(), 5, "{report}");
    mended(&world).await;
}

#[tokio::test]
async fn a_grant_that_does_not_say_who_pays_is_one_finding_before_any_write() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    // Everything up to the grant, which somebody then gives by hand and without a payer.
    let mut plan = world.plan(&topology).await;
    plan.steps.retain(|step| {
        ["network/", "subnet/", "hub/"]
            .iter()
            .any(|kind| step.key.to_string().starts_with(kind))
    });
    world.engine.apply(&plan).await.expect("networks and hubs");
    let a = inventory(&world, A, "cn-hangzhou").await;
    let b = inventory(&world, B, "cn-hangzhou").await;
    let cen = a
        .hubs
        .iter()
        .find(|hub| hub.region.is_none())
        .expect("the CEN");
    let client = world
        .provider
        .client(&place(B, "cn-hangzhou"))
        .expect("a client");
    let parameters = [
        ("CenId", cen.id.as_str()),
        ("CenOwnerId", A),
        ("InstanceId", b.networks[0].id.as_str()),
        ("InstanceType", "VPC"),
        ("RegionId", "cn-hangzhou"),
    ];
    client
        .call(Product::Cbn, "GrantInstanceToTransitRouter", &parameters)
        .await
        .expect("granted");

    let writes = world.writes();
    let report = world.preflight(&topology).await;
    assert_eq!(report.codes(), ["grant/payer"], "{report}");
    assert!(report.to_string().contains("vpc2"), "{report}");
    assert_eq!(world.writes(), writes);
}

#[tokio::test]
async fn too_few_zones_are_one_finding() {
    let simulator = Simulator::builder()
        .zones(
            "cn-qingdao",
            &["cn-qingdao-b", "cn-qingdao-c", "cn-qingdao-d"],
            &["cn-qingdao-b", "cn-qingdao-d"],
        )
        .start()
        .await
        .expect("the simulator starts");
    let world = World::on(simulator, two_accounts(), Default::default());
    let report = world.preflight(&three_networks()).await;
    assert_eq!(report.codes(), ["zone/too-few"], "{report}");
    assert!(report.to_string().contains("network vpc3"), "{report}");
    assert_eq!(world.writes(), 0);
}

#[tokio::test]
async fn a_service_that_account_b_has_not_opened_is_one_finding() {
    let [a, b] = two_accounts();
    let world = World::start([a, b.service_open(Service::TransitRouter, false)]).await;
    let mut topology = three_networks();
    topology.accounts[1].open_services = false;
    let report = world.preflight(&topology).await;
    assert_eq!(report.codes(), ["service/not-open"], "{report}");
    assert!(report.to_string().contains(B), "{report}");
    assert_eq!(world.writes(), 0);
}

#[tokio::test]
async fn a_root_key_is_one_finding() {
    let [a, b] = two_accounts();
    let world = World::start([a.identity(IdentityKind::Root), b]).await;
    let report = world.preflight(&three_networks()).await;
    assert_eq!(report.codes(), ["identity/root"], "{report}");
    assert!(report.to_string().contains(A), "{report}");
    assert_eq!(world.writes(), 0);
}

#[tokio::test]
async fn the_keys_of_one_account_in_both_places_are_one_finding() {
    let world = World::start([
        AccountSpec::new("aliyun", A),
        AccountSpec::new("aliyun", "1234567890123459"),
    ])
    .await;
    let mut topology = three_networks();
    // The topology says B, the keys configured under that id are another account's.
    let keys = world
        .simulator
        .provision(AccountSpec::new("aliyun", "1234567890123460"));
    let provider = landbridge_aliyun::Aliyun::builder()
        .endpoint(&world.simulator.url())
        .expect("loopback")
        .credentials(A, credentials(&keys))
        .credentials(B, credentials(&keys))
        .build()
        .expect("a provider");
    let engine = landbridge_core::engine::Engine::new().with_provider(Arc::new(provider));
    let report = landbridge_core::preflight::preflight(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    assert_eq!(report.codes(), ["identity/wrong-account"; 2], "{report}");

    topology.accounts[0].id = "1234567890123460".into();
    let provider = landbridge_aliyun::Aliyun::builder()
        .endpoint(&world.simulator.url())
        .expect("loopback")
        .credentials("1234567890123460", credentials(&keys))
        .credentials(B, credentials(&keys))
        .build()
        .expect("a provider");
    let engine = landbridge_core::engine::Engine::new().with_provider(Arc::new(provider));
    let report = landbridge_core::preflight::preflight(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    assert_eq!(report.codes(), ["identity/same-account"], "{report}");
    assert_eq!(world.writes(), 0);
}

fn credentials(
    keys: &landbridge_sim::AccountKeys,
) -> Arc<landbridge_aliyun::credential::StaticCredentials> {
    Arc::new(landbridge_aliyun::credential::StaticCredentials::new(
        &keys.access_key_id,
        keys.access_key_secret.as_str(),
    ))
}
