//! IPv6 beside IPv4: ranges that the cloud chooses, in one run.

use std::collections::BTreeSet;

use landbridge_core::engine::Engine;
use landbridge_core::memory::{FaultPoint, MemoryProvider};
use landbridge_core::plan::{Op, Plan, plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::{
    FirewallRuleSpec, Interconnect, ModelChoice, Network, RuleSource, Topology,
};
use landbridge_core::verify::VerifyReport;
use landbridge_core::{Endpoint, ErrorKind, Protocol};

use crate::apply::apply;
use crate::common::{topology, world};

fn dual(mut network: Network) -> Network {
    network.ipv6 = true;
    for (slot, subnet) in (1..).zip(&mut network.subnets) {
        subnet.ipv6_slot = Some(slot);
    }
    network
}

/// The usual topology, with IPv6 in the networks of these names, and pings of both families let in everywhere.
fn dual_stack(names: &[&str]) -> Topology {
    let mut topology = topology();
    for network in &mut topology.networks {
        if names.contains(&network.name.as_str()) {
            *network = dual(network.clone());
        }
    }
    let members = || [RuleSource::Members("core".to_owned())];
    let rule = FirewallRuleSpec::allow(Protocol::Icmpv6, members());
    topology.firewalls[0].rules.push(rule);
    topology
}

const ALL: &[&str] = &["one", "two", "three"];

fn as_mesh(mut topology: Topology) -> Topology {
    let mesh = Interconnect::new("core", "a", ALL.iter().copied());
    topology.interconnects = vec![mesh.with_model(ModelChoice::Mesh)].into();
    topology
}

async fn plan_now(engine: &Engine, topology: &Topology) -> Plan {
    let observation = engine.observe(topology).await.expect("observe");
    let report = preflight(topology, &observation);
    assert!(report.passed(), "{report}");
    plan(topology, &observation)
}

/// Pairs of both families that are reachable.
fn reached(report: &VerifyReport) -> (usize, usize) {
    let pairs = report.pairs.iter();
    let pinged = pairs.filter(|pair| {
        let ping = pair.ping.as_ref();
        pair.reachable() && ping.is_some_and(|ping| ping.all_received())
    });
    let (v6, v4): (Vec<_>, Vec<_>) = pinged.partition(|pair| pair.source_address.is_ipv6());
    (v4.len(), v6.len())
}

async fn from_nothing_to_nothing(engine: &Engine, provider: &MemoryProvider, topology: &Topology) {
    let first = plan_now(engine, topology).await;
    engine.apply(&first).await.expect("apply");
    let verified = engine.verify(topology).await.expect("verify");
    assert_eq!(reached(&verified), (6, 6), "{verified}");
    assert_eq!(verified.pairs.len(), 12, "{verified}");
    let second = plan_now(engine, topology).await;
    assert!(second.is_empty(), "{second}");
    let observation = engine.observe(topology).await.expect("observe");
    let destroy = plan_destroy(topology, &observation);
    engine.apply(&destroy).await.expect("destroy");
    assert_eq!(provider.objects(), Vec::<String>::new());
}

#[tokio::test]
async fn a_dual_stack_hub_is_built_in_one_run_and_pings_pass_in_both_families() {
    let (engine, provider, _) = world();
    from_nothing_to_nothing(&engine, &provider, &dual_stack(ALL)).await;
}

#[tokio::test]
async fn a_dual_stack_mesh_is_built_in_one_run_and_pings_pass_in_both_families() {
    let (engine, provider) = crate::mesh::world();
    from_nothing_to_nothing(&engine, &provider, &as_mesh(dual_stack(ALL))).await;
}

#[tokio::test]
async fn what_waits_for_an_ipv6_range_says_so_and_depends_on_its_network() {
    let (engine, _, _) = world();
    let plan = plan_now(&engine, &dual_stack(ALL)).await;
    let step = |key: &str| {
        let mut steps = plan.steps.iter();
        let found = steps.find(|step| step.key.to_string() == key);
        found.unwrap_or_else(|| panic!("no {key} in {plan}"))
    };
    let route = step("route/one/main/ipv6:two");
    assert_eq!(
        route.op.to_string(),
        "route the IPv6 CIDR block of {network/two} to {attachment/core/one} in main table of {network/one}"
    );
    let needs = |step: &landbridge_core::plan::Step, key: &str| {
        step.depends_on
            .iter()
            .any(|before| before.to_string() == key)
    };
    assert!(needs(route, "network/two") && needs(route, "attachment/core/one"));
    let rules = step("rules/probe/one");
    assert!(needs(rules, "network/two") && needs(rules, "network/three"));
    let text = rules.op.to_string();
    assert!(text.contains("icmpv6") && text.contains("the IPv6 CIDR block of {network/three}"));
    assert_eq!(
        step("network/one").op.to_string(),
        "network 10.1.0.0/16 and an IPv6 /56 of the cloud's choice"
    );
    assert!(
        step("subnet/one/s2")
            .op
            .to_string()
            .starts_with("subnet 10.1.2.0/24 and IPv6 /64 number 2 of")
    );
    assert!(
        step("attachment/core/one")
            .op
            .to_string()
            .contains("with IPv6")
    );
    assert!(step("instance/i1").op.to_string().ends_with(", with IPv6"));
    // A plan is a document: what waits is read back as it was written.
    let read: Plan = serde_json::from_value(plan.to_json()).expect("a plan");
    assert_eq!(read, plan);
}

#[tokio::test]
async fn ipv6_is_routed_only_between_networks_that_both_have_it() {
    let (engine, _, _) = world();
    let topology = dual_stack(&["one", "two"]);
    let plan = plan_now(&engine, &topology).await;
    let keys: BTreeSet<String> = plan.steps.iter().map(|step| step.key.to_string()).collect();
    let routes: Vec<&String> = keys.iter().filter(|key| key.contains("ipv6:")).collect();
    assert_eq!(
        routes,
        ["route/one/main/ipv6:two", "route/two/main/ipv6:one"]
    );
    let with_ipv6 = plan.steps.iter().filter(|step| match &step.op {
        Op::RequestPeering(request) => request.ipv6,
        _ => false,
    });
    assert_eq!(with_ipv6.count(), 2);
    engine.apply(&plan).await.expect("apply");
    let verified = engine.verify(&topology).await.expect("verify");
    assert_eq!(reached(&verified), (6, 2), "{verified}");
    assert!(plan_now(&engine, &topology).await.is_empty());
}

#[tokio::test]
async fn a_network_that_was_made_without_ipv6_is_refused_with_a_remedy() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let writes = provider.write_count();
    let wanted = dual_stack(&["one"]);
    let observation = engine.observe(&wanted).await.expect("observe");
    let report = preflight(&wanted, &observation);
    assert!(!report.passed());
    assert_eq!(
        report.codes(),
        ["drift/immutable", "drift/immutable", "ipv6/network"],
        "{report}"
    );
    assert!(report.to_string().contains("has no IPv6 CIDR block"));
    assert_eq!(provider.write_count(), writes);
}

/// Makes the attachment of network `one` anew, without IPv6.
async fn attach_without_ipv6(engine: &Engine) {
    let topology = dual_stack(ALL);
    let mut plan = plan_now(engine, &topology).await;
    for step in &mut plan.steps {
        if let Op::RequestPeering(request) = &mut step.op {
            request.ipv6 &= request.name != "one";
        }
    }
    plan.steps.retain(|step| {
        let key = step.key.to_string();
        !(key.contains("ipv6:one") || key.starts_with("route/one/main/ipv6:"))
    });
    engine.apply(&plan).await.expect("apply");
}

#[tokio::test]
async fn an_attachment_without_ipv6_is_told_and_no_ipv6_is_routed_through_it() {
    let (engine, _, _) = world();
    attach_without_ipv6(&engine).await;
    let topology = dual_stack(ALL);
    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert_eq!(report.codes(), ["ipv6/attachment"], "{report}");
    assert!(report.passed());
    assert!(plan(&topology, &observation).is_empty());
    let verified = engine.verify(&topology).await.expect("verify");
    assert_eq!(reached(&verified), (6, 2), "{verified}");
    let attached = observation.inventories.iter().flat_map(|i| &i.peerings);
    let without: Vec<&str> = attached
        .filter(|peering| peering.ipv6 == Some(false))
        .filter(|peering| matches!(peering.requester, Endpoint::Network { .. }))
        .map(|peering| peering.name.as_str())
        .collect();
    assert_eq!(without, ["one"]);
}

/// What there is, whichever IPv6 range each network was given.
fn state(provider: &MemoryProvider) -> Vec<String> {
    let objects = provider.objects().into_iter();
    let mut objects: Vec<String> = objects
        .map(|object| match object.split_once("2001:db8:") {
            Some((before, _)) => format!("{before} IPv6"),
            None => object,
        })
        .collect();
    objects.sort();
    objects
}

#[tokio::test]
async fn killed_or_unanswered_at_any_write_a_second_run_ends_where_one_run_does() {
    let topology = dual_stack(ALL);
    let (engine, provider, _) = world();
    engine
        .apply(&plan_now(&engine, &topology).await)
        .await
        .expect("apply");
    let (wanted, writes) = (state(&provider), provider.write_count());
    for n in 0..writes {
        let refused = [
            (FaultPoint::After, ErrorKind::PermissionDenied),
            (FaultPoint::After, ErrorKind::OutcomeUnknown),
        ];
        for (point, kind) in refused {
            let (engine, provider, _) = world();
            provider.fail_call(n, point, kind);
            let first = engine.apply(&plan_now(&engine, &topology).await).await;
            assert_eq!(first.is_ok(), kind == ErrorKind::OutcomeUnknown);
            let second = plan_now(&engine, &topology).await;
            engine.apply(&second).await.expect("a second run");
            assert_eq!(state(&provider), wanted, "{kind:?} {point:?} write {n}");
            assert!(plan_now(&engine, &topology).await.is_empty());
        }
    }
}

fn problems(networks: &str) -> String {
    let text = format!(
        "name: t\naccounts: [{{ name: a, cloud: memory, id: '1' }}]\nnetworks:\n{networks}"
    );
    Topology::from_text(&text)
        .expect_err("a mistake")
        .to_string()
}

#[test]
fn mistakes_about_ipv6_are_told_with_their_place_and_remedy() {
    let subnet = "name: s, zone: z, range: 10.1.1.0/24";
    let one = |keys: &str, subnets: &str| {
        problems(&format!(
            "  - {{ name: n, account: a, region: r, range: 10.1.0.0/16{keys}, subnets: [{subnets}] }}"
        ))
    };
    let too_large = one(", ipv6: true", &format!("{{ {subnet}, ipv6-slot: 256 }}"));
    assert!(too_large.starts_with("line 4, column "), "{too_large}");
    assert!(too_large.contains("256"), "{too_large}");
    let no_switch = one("", &format!("{{ {subnet}, ipv6-slot: 3 }}"));
    assert!(
        no_switch.contains("add `ipv6: true` to network `n`"),
        "{no_switch}"
    );
    let twice = one(
        ", ipv6: true",
        &format!(
            "{{ {subnet}, ipv6-slot: 3 }}, {{ name: t, zone: z, range: 10.1.2.0/24, ipv6-slot: 3 }}"
        ),
    );
    assert!(
        twice.contains("subnet `n/t`: duplicate `ipv6-slot` 3"),
        "{twice}"
    );
    let chosen = problems("  - { name: n, account: a, region: r, range: '2001:db8::/56' }");
    assert!(chosen.contains("write `ipv6: true`"), "{chosen}");
    let existing = problems(
        "  - { name: n, account: a, region: r, id: vpc-1, ipv6: true, subnets: [{ name: s, zone: z, range: 10.1.1.0/24, id: s-1, ipv6-slot: 1 }] }",
    );
    assert!(
        existing.contains("`ipv6-slot` and `id` exclude each other"),
        "{existing}"
    );
}
