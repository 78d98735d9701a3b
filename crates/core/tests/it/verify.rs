//! One thing is broken behind the engine's back; the verdict names it.

use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::plan::plan;

use ipnet::IpNet;
use landbridge_core::verify::{PairVerdict, Reason, Traffic, VerifyReport, verify};
use landbridge_core::{
    Cloud, CloudProvider, Direction, LearningKind, NextHop, Phase, Place, Protocol, RouteOrigin,
    RouteRecord, Status,
};
use std::sync::Arc;

use crate::apply::apply;
use crate::common::{A, B, memory, topology, world};

async fn applied() -> (Engine, MemoryProvider) {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    (engine, provider)
}

async fn at(provider: &MemoryProvider, account: &str, region: &str) -> Arc<dyn Cloud> {
    provider
        .cloud(&Place::new(memory(), account, region))
        .await
        .expect("a handle")
}

fn pair<'r>(report: &'r VerifyReport, source: &str, destination: &str) -> &'r PairVerdict {
    report
        .pairs
        .iter()
        .find(|pair| pair.source == source && pair.destination == destination)
        .expect("the pair")
}

fn stop(pair: &PairVerdict) -> &Reason {
    assert!(!pair.reachable());
    let ping = pair.ping.as_ref().expect("pings were sent");
    assert_eq!(ping.received, 0, "static and active layer agree");
    pair.path
        .blocked
        .as_ref()
        .expect("the static layer names the element")
}

/// What is broken is seen, named, and mended by the next apply.
async fn mended(engine: &Engine) {
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    let repair = plan(&topology, &observation);
    assert_eq!(repair.steps.len(), 1, "{repair}");
    engine.apply(&repair).await.expect("repair");
    assert!(engine.verify(&topology).await.expect("verify").passed());
}

#[tokio::test]
async fn the_most_specific_route_decides_whether_it_works_or_not() {
    let (engine, _) = applied().await;
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    let two: IpNet = "10.2.1.0/24".parse().expect("a block");
    let dead = Status::new(Phase::Failed, "blackhole");
    let ready = || Status::new(Phase::Ready, "active");
    let gateway = NextHop::Internet("igw-1".to_owned());
    for (next_hop, status) in [(NextHop::BlackHole, dead), (gateway, ready())] {
        let mut seen = observation.clone();
        let place = Place::new(memory(), A, "r1");
        let here = seen.inventories.iter_mut().find(|i| i.place == place);
        let here = here.expect("the place of `one`");
        let table = here.route_tables[0].id.clone();
        let route = RouteRecord::new(table, two, next_hop, RouteOrigin::Custom, status);
        here.routes.push(route);
        let report = verify(&topology, &seen, Traffic::PING);
        let blocked = pair(&report, "i1", "i2").path.blocked.as_ref();
        let blocked = blocked.expect("the narrower route stops the packet");
        assert!(blocked.cause.contains("10.2.1.0/24"), "{}", blocked.cause);
        let other = pair(&report, "i1", "i3");
        assert!(
            other.path.blocked.is_none(),
            "other blocks are not concerned"
        );
    }
}

#[tokio::test]
async fn a_missing_propagation_is_named() {
    let (engine, provider) = applied().await;
    let observation = engine.observe(&topology()).await.expect("observe");
    let attachment = observation
        .inventories
        .iter()
        .flat_map(|i| &i.peerings)
        .find(|p| {
            p.owner
                .as_ref()
                .is_some_and(|owner| owner.key == "attachment/core/two")
        })
        .expect("attachment");
    let learning = observation
        .inventories
        .iter()
        .flat_map(|i| &i.learning)
        .find(|l| {
            l.learning.kind == LearningKind::Propagation && l.learning.peering == attachment.id
        })
        .expect("propagation");
    at(&provider, A, "r1")
        .await
        .disable_learning(&learning.learning)
        .await
        .expect("disable");
    let report = engine.verify(&topology()).await.expect("verify");
    let blocked = stop(pair(&report, "i1", "i2"));
    assert!(
        blocked
            .element
            .contains("propagation of attachment/core/two"),
        "{blocked:?}"
    );
    assert!(!blocked.on_return);
    assert!(
        stop(pair(&report, "i2", "i1")).on_return,
        "the answer does not come back"
    );
    assert!(
        pair(&report, "i1", "i3").reachable(),
        "others are not touched"
    );
    mended(&engine).await;
}

#[tokio::test]
async fn a_missing_association_is_named() {
    let (engine, provider) = applied().await;
    let observation = engine.observe(&topology()).await.expect("observe");
    let link = observation
        .inventories
        .iter()
        .flat_map(|i| &i.peerings)
        .find(|p| {
            p.owner
                .as_ref()
                .is_some_and(|owner| owner.key.starts_with("link/"))
        })
        .expect("link");
    let r2 = observation
        .inventories
        .iter()
        .find(|i| i.place.region.as_str() == "r2")
        .expect("r2");
    let learning = r2
        .learning
        .iter()
        .find(|l| l.learning.kind == LearningKind::Association && l.learning.peering == link.id)
        .expect("association");
    at(&provider, A, "r2")
        .await
        .disable_learning(&learning.learning)
        .await
        .expect("disable");
    let report = engine.verify(&topology()).await.expect("verify");
    let blocked = stop(pair(&report, "i1", "i3"));
    assert!(
        blocked.element.contains("association of link/core/r1~r2"),
        "{blocked:?}"
    );
    mended(&engine).await;
}

#[tokio::test]
async fn a_missing_route_is_named() {
    let (engine, provider) = applied().await;
    let observation = engine.observe(&topology()).await.expect("observe");
    let b = observation
        .inventories
        .iter()
        .find(|i| i.place.account.as_str() == B)
        .expect("b");
    let route = b
        .routes
        .iter()
        .find(|r| r.origin == RouteOrigin::Custom && r.destination.to_string() == "10.3.0.0/16")
        .expect("route");
    let landbridge_core::NextHop::Peering(hop) = &route.next_hop else {
        panic!("a peering")
    };
    at(&provider, B, "r1")
        .await
        .delete_route(
            &route.table,
            &route.destination.range().expect("a CIDR block"),
            hop,
        )
        .await
        .expect("delete");
    let report = engine.verify(&topology()).await.expect("verify");
    let blocked = stop(pair(&report, "i2", "i3"));
    assert!(
        blocked.element.contains(route.table.as_str()) && blocked.cause.contains("route"),
        "{blocked:?}"
    );
    mended(&engine).await;
}

#[tokio::test]
async fn a_missing_rule_is_named() {
    let (engine, provider) = applied().await;
    let observation = engine.observe(&topology()).await.expect("observe");
    let b = observation
        .inventories
        .iter()
        .find(|i| i.place.account.as_str() == B)
        .expect("b");
    let rule = b
        .rules
        .iter()
        .find(|r| {
            r.rule.protocol == Protocol::Icmp
                && r.rule.direction == Direction::Ingress
                && r.rule.peer.to_string() == "10.1.0.0/16"
        })
        .expect("rule")
        .clone();
    at(&provider, B, "r1")
        .await
        .revoke_rules(&rule.group, std::slice::from_ref(&rule))
        .await
        .expect("revoke");
    let report = engine.verify(&topology()).await.expect("verify");
    let blocked = stop(pair(&report, "i1", "i2"));
    assert!(blocked.element.contains(rule.group.as_str()), "{blocked:?}");
    assert!(blocked.cause.contains("icmp"), "{blocked:?}");
    mended(&engine).await;
}

#[tokio::test]
async fn an_instance_that_is_not_there_is_no_silence() {
    let (engine, provider) = applied().await;
    let observation = engine.observe(&topology()).await.expect("observe");
    let b = observation
        .inventories
        .iter()
        .find(|i| i.place.account.as_str() == B)
        .expect("b");
    at(&provider, B, "r1")
        .await
        .terminate_instance(&b.instances[0].id)
        .await
        .expect("terminate");
    let report = engine.verify(&topology()).await.expect("verify");
    assert_eq!(report.pairs.len(), 6);
    assert_eq!(report.reachable(), 2);
}

#[tokio::test]
async fn rules_that_others_added_are_left_alone() {
    let (engine, provider) = applied().await;
    let observation = engine.observe(&topology()).await.expect("observe");
    let b = observation
        .inventories
        .iter()
        .find(|i| i.place.account.as_str() == B)
        .expect("b");
    let foreign = landbridge_core::Rule::allow(
        Direction::Ingress,
        Protocol::Tcp,
        Some(landbridge_core::PortRange::single(443)),
        landbridge_core::RulePeer::Range("192.168.7.0/24".parse().expect("a range")),
    );
    let group = &b.groups[0].id;
    let cloud = at(&provider, B, "r1").await;
    cloud
        .authorize_rules(group, "somebody-else", std::slice::from_ref(&foreign))
        .await
        .expect("authorize");
    apply(&engine, &topology()).await;
    assert!(
        cloud
            .list_rules(group)
            .await
            .expect("rules")
            .iter()
            .any(|record| record.rule == foreign)
    );
}
