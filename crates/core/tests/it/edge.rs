//! Networks joined to private lines: an edge of account a that takes a network and a border router of account b.

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::memory::{FaultPoint, ManualClock, MemoryProvider};
use landbridge_core::plan::{Op, Plan, plan, plan_destroy};
use landbridge_core::preflight::{Report, preflight};
use landbridge_core::topology::{
    Account, BorderRouter, Edge, Firewall, FirewallRuleSpec, Interconnect, RuleSource, Topology,
};
use landbridge_core::traits::{
    Cloud, CloudProvider, CreateGrant, Endpoint, HubScope, Inventory, NextHop, PeeringRecord,
    RevokeGrant, RouteOrigin,
};
use landbridge_core::trust::actions_of;
use landbridge_core::verify::{PairVerdict, Reason, VerifyReport};
use landbridge_core::{ErrorKind, HubId, PeeringKind, Place, Protocol, Scope};
use tokio_util::sync::CancellationToken;

use crate::apply::apply;
use crate::common::{A, B, instance, memory, network, topology, world_like};

/// Longer than anything takes.
const MINUTE: Duration = Duration::from_secs(60);

fn router(name: &str, account: &str, number: u8) -> BorderRouter {
    let range = format!("10.{number}.0.0/16").parse().expect("a range");
    let probe = format!("10.{number}.0.10").parse().expect("an address");
    let region = if account == "a" { "r1" } else { "r2" };
    BorderRouter::new(name, format!("line-{name}"), account, region, [range]).with_probe(probe)
}

/// Network `two` (account b, r1) and the border routers `dc1` (a, r1) and `dc2` (b, r2), joined by `line` of a.
pub(crate) fn lines() -> Topology {
    let behind = ["10.8.0.0/16", "10.9.0.0/16"];
    let sources = behind.map(|range| RuleSource::Range(range.parse().expect("a range")));
    Topology::new("demo")
        .with_account(Account::new("a", memory(), A))
        .with_account(Account::new("b", memory(), B))
        .with_network(network("two", "b", "r1", 2))
        .with_edge(
            Edge::new("line", "a", "r1", 65_000)
                .with_member("two")
                .with_border_router(router("dc1", "a", 9))
                .with_border_router(router("dc2", "b", 8)),
        )
        .with_firewall(
            Firewall::new("probe", ["two"])
                .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, sources)),
        )
        .with_instance(instance("i2", "two"))
}

pub(crate) fn world() -> (Engine, MemoryProvider, Arc<ManualClock>) {
    let place = |account: &str, region: &str| Place::new(memory(), account, region);
    world_like(|builder| {
        ["10.9.0.10", "10.8.0.10"]
            .into_iter()
            .zip([("line-dc1", place(A, "r1")), ("line-dc2", place(B, "r2"))])
            .fold(builder, |builder, (host, (id, place))| {
                let host: std::net::IpAddr = host.parse().expect("an address");
                let range = ipnet::IpNet::new(host, 16).expect("a range").trunc();
                builder.with_border_router(id, place, [range], [host])
            })
    })
}

async fn plan_now(engine: &Engine, topology: &Topology) -> Plan {
    plan(topology, &engine.observe(topology).await.expect("observe"))
}

async fn applied() -> (Engine, MemoryProvider, Arc<ManualClock>) {
    let world = world();
    apply(&world.0, &lines()).await;
    world
}

async fn destroy(engine: &Engine, topology: &Topology) {
    let observation = engine.observe(topology).await.expect("observe");
    let plan = plan_destroy(topology, &observation);
    engine.apply(&plan).await.expect("destroy");
    let residue = engine.residue(topology, Some(&plan)).await;
    let residue = residue.expect("residue");
    assert!(residue.is_empty(), "{residue}");
}

async fn check(topology: &Topology) -> Report {
    let (engine, ..) = world();
    preflight(topology, &engine.observe(topology).await.expect("observe"))
}

fn keys(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.key.to_string()).collect()
}

#[tokio::test]
async fn an_edge_is_applied_verified_and_destroyed_without_residue() {
    let (engine, provider, _) = world();
    let topology = lines();
    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert!(report.passed(), "{report}");
    assert_eq!(report.codes(), ["edge/approval"], "{report}");
    let approval = &report.findings[0];
    assert!(approval.subject.contains("line/dc2"), "{approval}");
    assert!(approval.remedy.contains(A) && approval.remedy.contains(B));

    engine
        .apply(&plan(&topology, &observation))
        .await
        .expect("apply");
    let writes = provider.write_count();
    let second = plan_now(&engine, &topology).await;
    assert!(second.is_empty(), "{second}");
    assert_eq!(provider.write_count(), writes);
    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert!(report.findings.is_empty(), "{report}");

    let verified = engine.verify(&topology).await.expect("verify");
    assert!(verified.passed(), "{verified}");
    assert_eq!((verified.pairs.len(), verified.wanted), (2, 2));
    for pair in &verified.pairs {
        assert_eq!(pair.ping.as_ref().expect("pings").received, 4, "{verified}");
    }

    destroy(&engine, &topology).await;
    assert_eq!(provider.objects(), Vec::<String>::new());
}

#[tokio::test]
async fn the_plan_of_an_edge_reads_like_this() {
    let (engine, ..) = world();
    let plan = plan_now(&engine, &lines()).await;
    insta::assert_snapshot!(plan);
    let json = plan.to_json().to_string();
    assert!(json.contains(r#""scope":{"edge":{"asn":65000}}"#), "{json}");
}

#[tokio::test]
async fn the_plan_of_its_destruction_reads_like_this() {
    let (engine, ..) = applied().await;
    let topology = lines();
    let observation = engine.observe(&topology).await.expect("observe");
    insta::assert_snapshot!(plan_destroy(&topology, &observation));
}

#[tokio::test]
async fn an_edge_stands_beside_an_interconnect() {
    let (engine, provider, _) = world();
    let mut both = topology();
    both.edges = lines().edges;
    both.edges[0].members = vec!["two".to_owned(), "three".to_owned()];
    let report = preflight(&both, &engine.observe(&both).await.expect("observe"));
    assert!(report.passed(), "{report}");
    apply(&engine, &both).await;
    assert!(plan_now(&engine, &both).await.is_empty());
    let verified = engine.verify(&both).await.expect("verify");
    assert!(verified.passed(), "{verified}");
    assert_eq!(verified.pairs.len(), 6 + 4);
    destroy(&engine, &both).await;
    assert_eq!(provider.objects(), Vec::<String>::new());
}

#[tokio::test]
async fn a_member_or_a_border_router_more_or_less_changes_only_what_it_must() {
    let (engine, provider, _) = applied().await;
    let small = lines();
    let before = provider.objects();

    let mut large = small.clone().with_network(network("four", "a", "r2", 4));
    large.edges[0].members.push("four".to_owned());
    let grow = plan_now(&engine, &large).await;
    // Account a owns both, so no grant is needed.
    let wanted = [
        "network/four",
        "subnet/four/s1",
        "subnet/four/s2",
        "attachment/line/four",
        "route/four/main/10.9.0.0/16",
        "route/four/main/10.8.0.0/16",
    ];
    assert_eq!(keys(&grow), wanted, "{grow}");
    engine.apply(&grow).await.expect("grow");
    let shrink = plan_now(&engine, &small).await;
    assert_eq!(shrink.counts(), (0, wanted.len()), "{shrink}");
    engine.apply(&shrink).await.expect("shrink");
    assert_eq!(provider.objects(), before);

    let mut fewer = small.clone();
    fewer.edges[0].border_routers.pop();
    let shrink = plan_now(&engine, &fewer).await;
    let gone = [
        "delete:route/two/main/10.8.0.0/16",
        "delete:attachment/line/router:line-dc2",
        "delete:grant/line/router:line-dc2",
    ];
    assert_eq!(keys(&shrink), gone, "{shrink}");
    engine.apply(&shrink).await.expect("shrink");
    assert!(plan_now(&engine, &fewer).await.is_empty());
    apply(&engine, &small).await;
    assert_eq!(provider.objects(), before);

    let mut renamed = small.clone();
    renamed.edges[0].border_routers[0].name = "main".to_owned();
    assert!(plan_now(&engine, &renamed).await.is_empty());
}

#[tokio::test]
async fn an_edge_is_removed_from_a_topology_that_stays() {
    let (engine, provider, _) = applied().await;
    let mut without = lines();
    without.edges[0].removed = true;
    let shrink = plan_now(&engine, &without).await;
    let (creates, deletes) = shrink.counts();
    // Two routes, three attachments, two grants, the hub.
    assert_eq!((creates, deletes), (0, 8), "{shrink}");
    for n in 0..deletes {
        let (engine, provider, _) = applied().await;
        provider.fail_call(n, FaultPoint::After, ErrorKind::PermissionDenied);
        let shrink = plan_now(&engine, &without).await;
        engine.apply(&shrink).await.expect_err("the refusal");
        apply(&engine, &without).await;
        let left = provider.objects();
        let gone = |object: &String| !object.contains("line");
        assert!(left.iter().all(gone), "{left:?}");
    }
    engine.apply(&shrink).await.expect("shrink");
    assert!(plan_now(&engine, &without).await.is_empty());
    let observation = engine.observe(&without).await.expect("observe");
    let report = preflight(&without, &observation);
    assert!(report.findings.is_empty(), "{report}");
    let verified = engine.verify(&without).await.expect("verify");
    assert_eq!((verified.pairs.len(), verified.wanted), (0, 0));
    let mut bare = lines();
    bare.edges.clear();
    destroy(&engine, &bare).await;
    assert_eq!(provider.objects(), Vec::<String>::new());
}

#[tokio::test]
async fn a_member_that_leaves_takes_its_grant_with_it_wherever_that_was_interrupted() {
    let mut without = lines();
    without.edges[0].border_routers.pop();
    let (engine, provider, _) = world();
    apply(&engine, &without).await;
    without.edges[0].members.clear();
    apply(&engine, &without).await;
    let wanted = provider.objects();
    for n in 0..3 {
        for point in [FaultPoint::Before, FaultPoint::After] {
            let (engine, provider, _) = world();
            let mut with = without.clone();
            with.edges[0].members.push("two".to_owned());
            apply(&engine, &with).await;
            provider.fail_call(n, point, ErrorKind::PermissionDenied);
            let shrink = plan_now(&engine, &without).await;
            assert_eq!(shrink.counts(), (0, 3), "{shrink}");
            engine.apply(&shrink).await.expect_err("the refusal");
            apply(&engine, &without).await;
            assert_eq!(provider.objects(), wanted, "{point:?} write {n}");
        }
    }
}

#[tokio::test]
async fn a_grant_that_was_left_behind_is_told() {
    let (engine, provider, _) = applied().await;
    let mut without = lines();
    without.edges[0].border_routers.pop();
    provider.fail_call(2, FaultPoint::Before, ErrorKind::PermissionDenied);
    let shrink = plan_now(&engine, &without).await;
    engine.apply(&shrink).await.expect_err("the refusal");
    let observation = engine.observe(&without).await.expect("observe");
    let report = preflight(&without, &observation);
    assert_eq!(report.codes(), ["grant/left"], "{report}");
    let remedy = &report.findings[0].remedy;
    assert!(
        remedy.contains("line-dc2") && remedy.contains(B),
        "{remedy}"
    );
}

#[tokio::test]
async fn permissions_are_those_of_the_edge() {
    let (engine, ..) = applied().await;
    let topology = lines();
    let (fresh, ..) = world();
    let nothing = fresh.observe(&topology).await.expect("observe");
    let everything = engine.observe(&topology).await.expect("observe");
    let create = plan(&topology, &nothing);
    let remove = plan_destroy(&topology, &everything);
    for (plan, observation, wanted) in [
        (
            &create,
            &nothing,
            ["memory:edge-create-grant", "memory:create-route"],
        ),
        (
            &remove,
            &everything,
            ["memory:edge-revoke-grant", "memory:delete-route"],
        ),
    ] {
        let actions = actions_of(plan, observation, &B.into());
        for action in wanted.into_iter().chain(["memory:edge-read"]) {
            assert!(actions.iter().any(|known| known == action), "{actions:?}");
        }
        let other = |action: &String| action.contains("grant") && !action.contains("edge");
        assert!(!actions.iter().any(other), "{actions:?}");
    }
    let hub = remove
        .steps
        .iter()
        .find(|step| *step.key.object() == "edge/line");
    assert_eq!(
        hub.expect("the hub").permissions,
        ["memory:edge-delete-hub"]
    );
}

#[tokio::test]
async fn lines_learn_what_the_topology_advertises() {
    let (engine, ..) = world();
    let mut topology = lines();
    let part: ipnet::IpNet = "10.2.1.0/24".parse().expect("a range");
    topology.edges[0]
        .advertise
        .insert("two".to_owned(), vec![part]);
    apply(&engine, &topology).await;
    let verified = engine.verify(&topology).await.expect("verify");
    assert!(verified.passed(), "{verified}");

    topology.edges[0].advertise.clear();
    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert_eq!(report.codes(), ["drift/advertised"], "{report}");
    assert!(plan(&topology, &observation).is_empty());
}

#[tokio::test]
async fn two_lines_to_one_block_share_its_route_and_are_both_reached() {
    let (engine, provider, _) = world();
    let block: ipnet::IpNet = "10.9.0.0/16".parse().expect("a range");
    let narrower: ipnet::IpNet = "10.9.8.0/24".parse().expect("a range");
    let mut topology = lines();
    let second = &mut topology.edges[0].border_routers[1];
    second.ranges = vec![block, "10.8.0.0/16".parse().expect("a range")];
    second.probe = Some("10.9.0.10".parse().expect("an address"));

    let plan = plan_now(&engine, &topology).await;
    let routes = |plan: &Plan| -> Vec<String> {
        let keys = keys(plan).into_iter();
        keys.filter(|key| key.starts_with("route/")).collect()
    };
    let wanted = ["route/two/main/10.9.0.0/16", "route/two/main/10.8.0.0/16"];
    assert_eq!(routes(&plan), wanted, "{plan}");
    let mut steps = plan.steps.iter();
    let shared = steps.find(|step| step.key.to_string() == wanted[0]);
    let shared = shared.expect("the route");
    for line in ["line-dc1", "line-dc2"] {
        let attachment = format!("attachment/line/router:{line}");
        let mut before = shared.depends_on.iter();
        assert!(
            before.any(|key| key.to_string() == attachment),
            "{attachment}: {plan}"
        );
    }

    apply(&engine, &topology).await;
    assert!(plan_now(&engine, &topology).await.is_empty());
    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert!(report.passed(), "{report}");
    let verified = engine.verify(&topology).await.expect("verify");
    assert!(verified.passed(), "{verified}");
    for line in ["line/dc1", "line/dc2"] {
        let ping = pair(&verified, line).ping.as_ref().expect("pings");
        assert_eq!(ping.received, 4, "{verified}");
    }

    // One line less takes only what that line alone led to.
    let mut single = topology.clone();
    single.edges[0].border_routers.pop();
    let shrink = plan_now(&engine, &single).await;
    assert!(
        keys(&shrink).contains(&format!("delete:{}", wanted[1])),
        "{shrink}"
    );
    assert!(
        !keys(&shrink).iter().any(|key| key.contains(wanted[0])),
        "{shrink}"
    );
    engine.apply(&shrink).await.expect("shrink");
    let verified = engine.verify(&single).await.expect("verify");
    assert!(verified.passed(), "{verified}");

    // Blocks that overlap without being the same have a route each.
    topology.edges[0].border_routers[1].ranges = vec![narrower];
    topology.edges[0].border_routers[1].probe = None;
    let grow = plan_now(&engine, &topology).await;
    assert_eq!(routes(&grow), ["route/two/main/10.9.8.0/24"], "{grow}");
    apply(&engine, &topology).await;
    let verified = engine.verify(&topology).await.expect("verify");
    assert!(verified.passed(), "{verified}");
    destroy(&engine, &topology).await;
    assert_eq!(provider.objects(), Vec::<String>::new());
}

#[tokio::test]
async fn without_a_probe_address_only_the_path_is_checked() {
    let (engine, ..) = world();
    let mut topology = lines();
    topology.edges[0].border_routers[0].probe = None;
    apply(&engine, &topology).await;
    let verified = engine.verify(&topology).await.expect("verify");
    assert!(verified.passed(), "{verified}");
    let silent = pair(&verified, "line/dc1");
    assert_eq!(silent.destination_address.to_string(), "10.9.0.1");
    assert_eq!(silent.ping, None);
    assert!(pair(&verified, "line/dc2").ping.is_some());
}

#[tokio::test]
async fn a_refusal_or_a_lost_answer_at_any_write_is_overcome() {
    let topology = lines();
    let (engine, provider, _) = applied().await;
    assert!(plan_now(&engine, &topology).await.is_empty());
    let (wanted, writes) = (provider.objects(), provider.write_count());
    for n in 0..writes {
        for point in [FaultPoint::Before, FaultPoint::After] {
            let (engine, provider, _) = world();
            provider.fail_call(n, point, ErrorKind::PermissionDenied);
            let plan = plan_now(&engine, &topology).await;
            engine.apply(&plan).await.expect_err("the refusal");
            apply(&engine, &topology).await;
            assert_eq!(provider.objects(), wanted, "refusal {point:?} write {n}");
            assert!(plan_now(&engine, &topology).await.is_empty());

            let (engine, provider, _) = world();
            provider.fail_call(n, point, ErrorKind::OutcomeUnknown);
            apply(&engine, &topology).await;
            assert_eq!(provider.objects(), wanted, "lost {point:?} write {n}");
        }
    }
}

#[tokio::test]
async fn killed_at_any_write_a_second_run_completes() {
    let topology = lines();
    let (_, provider, _) = applied().await;
    let (wanted, writes) = (provider.objects(), provider.write_count());
    for n in 0..writes {
        let (engine, provider, _) = world();
        let cancel = CancellationToken::new();
        let token = cancel.clone();
        provider.on_write(move |index, _| {
            if index == n {
                token.cancel();
            }
        });
        let killed = engine.clone().with_cancellation(cancel);
        let plan = plan_now(&engine, &topology).await;
        let _ = killed.apply(&plan).await;
        apply(&engine, &topology).await;
        assert_eq!(provider.objects(), wanted, "killed at write {n}");
    }
}

#[tokio::test]
async fn a_destruction_that_fails_anywhere_is_completed_by_the_next() {
    let topology = lines();
    let (engine, provider, _) = applied().await;
    let before = provider.write_count();
    destroy(&engine, &topology).await;
    let deletes = provider.write_count() - before;
    for n in 0..deletes {
        for point in [FaultPoint::Before, FaultPoint::After] {
            let (engine, provider, _) = applied().await;
            provider.fail_call(n, point, ErrorKind::PermissionDenied);
            let observation = engine.observe(&topology).await.expect("observe");
            let plan = plan_destroy(&topology, &observation);
            engine.apply(&plan).await.expect_err("the refusal");
            destroy(&engine, &topology).await;
            assert_eq!(provider.objects(), Vec::<String>::new());
        }
    }
}

async fn at(provider: &MemoryProvider, account: &str, region: &str) -> Arc<dyn Cloud> {
    provider
        .cloud(&Place::new(memory(), account, region))
        .await
        .expect("a handle")
}

fn pair<'r>(report: &'r VerifyReport, destination: &str) -> &'r PairVerdict {
    let mut pairs = report.pairs.iter();
    pairs
        .find(|pair| pair.destination == destination)
        .expect("the pair")
}

// Static and active layer agree, and the way to the other border router is open.
async fn stop(engine: &Engine, destination: &str) -> Reason {
    let report = engine.verify(&lines()).await.expect("verify");
    let pair = pair(&report, destination);
    assert_eq!(pair.ping.as_ref().expect("pings").received, 0, "{report}");
    pair.path.blocked.clone().expect("named")
}

/// What is broken is seen, named, and mended by the next apply.
async fn mended(engine: &Engine) {
    let repair = plan_now(engine, &lines()).await;
    assert!(!repair.is_empty());
    engine.apply(&repair).await.expect("repair");
    let report = engine.verify(&lines()).await.expect("verify");
    assert!(report.passed(), "{report}");
}

async fn inventory(engine: &Engine, account: &str, region: &str) -> Inventory {
    let observation = engine.observe(&lines()).await.expect("observe");
    let place = Place::new(memory(), account, region);
    observation.at(&place).expect("a place of it").clone()
}

async fn attachments(engine: &Engine) -> Vec<PeeringRecord> {
    inventory(engine, A, "r1").await.peerings
}

async fn remove_routes(engine: &Engine, provider: &MemoryProvider, to: &str) {
    let inventory = inventory(engine, B, "r1").await;
    let mut routes = inventory.routes.iter();
    let route = routes
        .find(|r| r.origin == RouteOrigin::Custom && r.destination.to_string() == to)
        .expect("the route");
    let NextHop::Peering(hop) = &route.next_hop else {
        panic!("a peering")
    };
    let cloud = at(provider, B, "r1").await;
    cloud
        .delete_route(
            &route.table,
            &route.destination.range().expect("a CIDR block"),
            hop,
        )
        .await
        .expect("delete");
}

#[tokio::test]
async fn a_missing_route_to_a_line_is_named() {
    let (engine, provider, clock) = applied().await;
    remove_routes(&engine, &provider, "10.9.0.0/16").await;
    clock.advance(MINUTE);
    let blocked = stop(&engine, "line/dc1").await;
    assert!(blocked.element.contains("network two"), "{blocked:?}");
    assert!(blocked.cause.contains("10.9.0.10"), "{blocked:?}");
    assert!(!blocked.on_return);
    mended(&engine).await;
}

#[tokio::test]
async fn a_missing_attachment_of_a_border_router_is_named() {
    let (engine, provider, clock) = applied().await;
    let all = attachments(&engine).await;
    let router = all
        .iter()
        .find(|p| p.requester.id() == "line-dc2")
        .expect("attached");
    assert_eq!(router.owner, None, "it carries no tags");
    at(&provider, A, "r1")
        .await
        .delete_peering(&router.id, PeeringKind::Attachment)
        .await
        .expect("detach");
    clock.advance(MINUTE);
    let blocked = stop(&engine, "line/dc2").await;
    assert!(blocked.element.contains("line-dc2"), "{blocked:?}");
    assert!(blocked.cause.contains("not attached"), "{blocked:?}");
    let report = engine.verify(&lines()).await.expect("verify");
    assert!(pair(&report, "line/dc1").reachable(), "{report}");
    mended(&engine).await;
}

#[tokio::test]
async fn a_missing_attachment_of_a_member_is_named() {
    let (engine, provider, clock) = applied().await;
    for range in ["10.8.0.0/16", "10.9.0.0/16"] {
        remove_routes(&engine, &provider, range).await;
    }
    clock.advance(MINUTE);
    let all = attachments(&engine).await;
    let member = all.iter().find(|p| p.owner.is_some()).expect("attached");
    at(&provider, A, "r1")
        .await
        .delete_peering(&member.id, PeeringKind::Attachment)
        .await
        .expect("detach");
    clock.advance(MINUTE);
    let blocked = stop(&engine, "line/dc1").await;
    assert!(blocked.cause.contains("no route"), "{blocked:?}");
    mended(&engine).await;
}

#[tokio::test]
async fn a_group_that_lets_nothing_out_and_ranges_not_learned_are_named() {
    let (engine, ..) = applied().await;
    let topology = lines();
    let mut observation = engine.observe(&topology).await.expect("observe");
    let verdict = |observation: &_| {
        let traffic = landbridge_core::verify::Traffic::PING;
        let report = landbridge_core::verify::verify(&topology, observation, traffic);
        pair(&report, "line/dc1").path.blocked.clone()
    };
    assert_eq!(verdict(&observation), None);
    let untouched = observation.clone();
    for peering in observation
        .inventories
        .iter_mut()
        .flat_map(|i| &mut i.peerings)
    {
        peering.prefixes = vec!["10.2.2.0/24".parse().expect("a range")];
    }
    let blocked = verdict(&observation).expect("named");
    assert!(blocked.on_return, "{blocked:?}");
    assert!(
        blocked.element.contains("attachment/line/two"),
        "{blocked:?}"
    );
    assert!(blocked.remedy.contains("advertise"), "{blocked:?}");

    observation = untouched;
    for group in observation
        .inventories
        .iter_mut()
        .flat_map(|i| &mut i.groups)
    {
        group.open_egress = false;
    }
    let blocked = verdict(&observation).expect("named");
    assert!(blocked.element.contains("i2"), "{blocked:?}");
}

#[tokio::test]
async fn nothing_is_attached_without_a_grant_and_no_grant_is_revoked_while_attached() {
    let (engine, provider, _) = applied().await;
    let all = attachments(&engine).await;
    let hub = HubId::new(all[0].accepter.id());
    let cloud = at(&provider, B, "r2").await;
    let member = Endpoint::BorderRouter {
        id: "line-dc2".into(),
        account: B.into(),
        region: "r2".into(),
    };
    let grants = cloud.list_grants(&member).await.expect("grants");
    assert_eq!((grants.len(), grants[0].payer), (1, None));
    let grant = CreateGrant::new(member, hub.clone(), A.into());
    let error = cloud
        .revoke_grant(&RevokeGrant::from(&grant))
        .await
        .expect_err("attached");
    assert_eq!(error.kind(), ErrorKind::InUse);
    let error = at(&provider, A, "r2")
        .await
        .delete_hub(&hub)
        .await
        .expect_err("attached");
    assert_eq!(error.kind(), ErrorKind::InUse);

    let (engine, provider, _) = world();
    let plan = plan_now(&engine, &lines()).await;
    provider.fail_call(0, FaultPoint::Before, ErrorKind::Busy);
    let mut ungranted = plan.clone();
    ungranted
        .steps
        .retain(|step| !matches!(step.op, Op::CreateGrant { .. }));
    for step in &mut ungranted.steps {
        step.depends_on
            .retain(|key| !key.to_string().starts_with("grant/"));
    }
    let error = engine.apply(&ungranted).await.expect_err("no grant");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
}

#[tokio::test]
async fn a_topology_without_edges_reads_none() {
    let (engine, provider, _) = applied().await;
    let mut without = lines();
    without.edges.clear();
    let observation = engine.observe(&without).await.expect("observe");
    let all = &observation.inventories;
    assert!(
        all.iter()
            .all(|i| i.hubs.is_empty() && i.grants.is_empty() && i.peerings.is_empty())
    );
    let cloud = at(&provider, A, "r2").await;
    let seen = cloud.inventory(&Scope::new("demo").with_edges()).await;
    let hubs = seen.expect("an inventory").hubs;
    assert_eq!(hubs[0].scope, HubScope::Edge { asn: 65_000 });
}

#[tokio::test]
async fn an_edge_that_cannot_work_is_refused_before_the_first_write() {
    let mut twice = lines();
    let other = Edge::new("again", "a", "r1", 65_001).with_member("two");
    let narrower = BorderRouter::new(
        "dc3",
        "line-dc3",
        "a",
        "r1",
        ["10.9.7.0/24".parse().expect("a range")],
    );
    twice.edges.push(other.with_border_router(narrower));
    let report = check(&twice).await;
    assert!(report.codes().contains(&"route/ambiguous"), "{report}");

    let mut inside = lines();
    inside.edges[0].border_routers[0].ranges = vec!["10.2.9.0/24".parse().expect("a range")];
    let report = check(&inside).await;
    assert!(report.codes().contains(&"range/overlap"), "{report}");

    let peer = lines()
        .with_network(network("nine", "a", "r1", 9))
        .with_interconnect(Interconnect::new("core", "a", ["two", "nine"]));
    let report = check(&peer).await;
    let told = report.to_string();
    assert!(told.contains("10.9.0.0/16 of network nine"), "{told}");

    let (engine, ..) = world_like(|builder| {
        let models = vec![landbridge_core::Model::Mesh];
        builder.with_capabilities(landbridge_core::Capabilities::new(memory(), models))
    });
    let observation = engine.observe(&lines()).await.expect("observe");
    let report = preflight(&lines(), &observation);
    assert_eq!(report.codes(), ["edge/unsupported"], "{report}");
    let planned = plan(&lines(), &observation);
    assert!(!planned.to_string().contains("edge/"), "{planned}");
}

#[tokio::test]
async fn another_number_than_the_hub_has_is_a_finding() {
    let (engine, ..) = applied().await;
    let mut topology = lines();
    topology.edges[0].asn = 65_010;
    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert_eq!(report.codes(), ["drift/immutable"], "{report}");
}
