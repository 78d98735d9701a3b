//! Which routes a network gets: combined ones, excluded destinations, and those that others added.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::memory::{MemoryProvider, Payload};
use landbridge_core::plan::{Plan, PlanOptions, plan, plan_destroy_with, plan_with};
use landbridge_core::preflight::{Report, Severity, preflight, preflight_with};
use landbridge_core::topology::{ModelChoice, Network, Topology};
use landbridge_core::{
    Capabilities, InstanceId, Inventory, Model, NetworkId, NextHop, PeeringId, Quota, RouteTableId,
};

use crate::apply::apply;
use crate::brownfield::{at, place, theirs};
use crate::common::{A, memory, topology, world, world_like};

fn range(text: &str) -> ipnet::IpNet {
    text.parse().expect("a range")
}

/// A world in which every change is done at once.
fn at_once() -> (Engine, MemoryProvider) {
    let (engine, provider, _) = world_like(|builder| builder.with_latency(Duration::ZERO));
    (engine, provider)
}

async fn report(engine: &Engine, topology: &Topology) -> Report {
    let observation = engine.observe(topology).await.expect("observe");
    preflight(topology, &observation)
}

async fn planned(engine: &Engine, topology: &Topology) -> Plan {
    plan(topology, &engine.observe(topology).await.expect("observe"))
}

/// The keys of a plan's steps that begin with a text, sorted.
fn keys(plan: &Plan, prefix: &str) -> Vec<String> {
    let keys = plan.steps.iter().map(|step| step.key.to_string());
    let mut keys: Vec<String> = keys.filter(|key| key.starts_with(prefix)).collect();
    keys.sort();
    keys
}

/// The usual topology as a mesh or with hubs, its routes combined or not.
fn joined(model: ModelChoice, aggregate: bool) -> Topology {
    let mut topology = topology();
    topology.interconnects[0].model = model;
    topology.interconnects[0].aggregate = aggregate;
    topology
}

async fn found<T>(
    engine: &Engine,
    topology: &Topology,
    what: impl Fn(&Inventory) -> Option<T>,
) -> T {
    let observation = engine.observe(topology).await.expect("observe");
    let mut inventories = observation.inventories.iter();
    inventories.find_map(what).expect("it is there")
}

async fn network_id(engine: &Engine, topology: &Topology, name: &str) -> NetworkId {
    let id = |inventory: &Inventory| {
        let mut networks = inventory.networks.iter();
        Some(networks.find(|network| network.name == name)?.id.clone())
    };
    found(engine, topology, id).await
}

#[tokio::test]
async fn combined_routes_cover_exactly_the_other_members() {
    for (model, of_one, of_two) in [
        // one: 10.1, two: 10.2, three: 10.3.
        (
            ModelChoice::Hub,
            vec!["route/one/main/10.2.0.0/15"],
            vec!["route/two/main/10.1.0.0/16", "route/two/main/10.3.0.0/16"],
        ),
        (
            ModelChoice::Mesh,
            vec!["route/one/main/10.2.0.0/16", "route/one/main/10.3.0.0/16"],
            vec!["route/two/main/10.1.0.0/16", "route/two/main/10.3.0.0/16"],
        ),
    ] {
        let (engine, _, _) = world();
        let topology = joined(model, true);
        let first = planned(&engine, &topology).await;
        assert_eq!(keys(&first, "route/one/"), of_one, "{first}");
        assert_eq!(keys(&first, "route/two/"), of_two, "{first}");
        engine.apply(&first).await.expect("apply");
        assert!(engine.verify(&topology).await.expect("verify").passed());
        assert!(planned(&engine, &topology).await.is_empty());
    }
}

/// Gives network `two` a second CIDR block, beside which its first one lies.
async fn widen(engine: &Engine, provider: &MemoryProvider, topology: &Topology) {
    let two = network_id(engine, topology, "two").await;
    provider
        .add_range(&two, range("10.3.0.0/16"))
        .expect("a range");
}

/// A topology of two networks with two CIDR blocks each to go to: `one`, and `two` with 10.2 and 10.3.
fn wide(model: ModelChoice, aggregate: bool) -> Topology {
    let mut topology = joined(model, aggregate);
    topology.networks.truncate(2);
    topology.instances.truncate(2);
    topology.interconnects[0].members.truncate(2);
    topology.firewalls[0].networks.truncate(2);
    topology
}

#[tokio::test]
async fn packets_arrive_between_all_writes_of_a_change_to_combined_routes_and_back() {
    for model in [ModelChoice::Hub, ModelChoice::Mesh] {
        let (engine, provider) = at_once();
        apply(&engine, &wide(model, false)).await;
        widen(&engine, &provider, &wide(model, false)).await;
        apply(&engine, &wide(model, false)).await;
        let ends = ends(&engine, &wide(model, false)).await;
        let cut = Arc::new(Mutex::new(Vec::new()));
        let (watched, told) = (provider.clone(), cut.clone());
        provider.on_write(move |_, write| {
            let (one, two) = (&ends[0], &ends[1]);
            for ((from, _), (_, to)) in [(one, two), (two, one)] {
                if !watched.delivers(from, to, Payload::Icmp { kind: 8, code: 0 }) {
                    told.lock().expect("lock").push(write.to_owned());
                }
            }
        });
        let writes = provider.write_count();
        for (aggregate, expected) in [
            (
                true,
                [
                    "delete:route/one/main/10.2.0.0/16",
                    "delete:route/one/main/10.3.0.0/16",
                    "route/one/main/10.2.0.0/15",
                ],
            ),
            (
                false,
                [
                    "delete:route/one/main/10.2.0.0/15",
                    "route/one/main/10.2.0.0/16",
                    "route/one/main/10.3.0.0/16",
                ],
            ),
        ] {
            let change = planned(&engine, &wide(model, aggregate)).await;
            assert_eq!(keys(&change, ""), expected, "{change}");
            engine.apply(&change).await.expect("apply");
            assert!(planned(&engine, &wide(model, aggregate)).await.is_empty());
        }
        assert_eq!(provider.write_count() - writes, 6);
        let cut = cut.lock().expect("lock");
        assert!(cut.is_empty(), "{model:?}: no packets after {cut:?}");
    }
}

async fn ends(engine: &Engine, topology: &Topology) -> Vec<(InstanceId, IpAddr)> {
    let observation = engine.observe(topology).await.expect("observe");
    let inventories = observation.inventories.iter();
    let mut instances: Vec<_> = inventories.flat_map(|i| &i.instances).collect();
    instances.sort_by_key(|instance| instance.name.clone());
    let ends = instances.iter().map(|instance| {
        let address = instance.address.expect("an address");
        (instance.id.clone(), address)
    });
    ends.collect()
}

#[tokio::test]
async fn a_route_of_others_to_the_combined_block_is_in_the_way() {
    let (engine, provider, _) = world();
    let plain = joined(ModelChoice::Hub, false);
    apply(&engine, &plain).await;
    let one = network_id(&engine, &plain, "one").await;
    let tables = at(&provider, A).await.list_route_tables(&[one]).await;
    let table = tables.expect("tables")[0].id.clone();
    place(&provider, &table, range("10.2.0.0/15"), NextHop::BlackHole);
    assert_eq!(
        report(&engine, &plain).await.codes(),
        [""; 0],
        "wider than the routes"
    );
    let told = report(&engine, &joined(ModelChoice::Hub, true)).await;
    assert_eq!(told.codes(), ["route/taken"], "{told}");
}

#[tokio::test]
async fn where_a_table_is_full_combined_routes_are_named_if_they_would_fit() {
    for (room, named) in [(1, true), (0, false)] {
        let (engine, provider, _) = world_like(|builder| {
            let mut capabilities = Capabilities::new(memory(), vec![Model::Hub]);
            capabilities.routes_per_table = Some(Quota::fixed(1 + room));
            builder
                .with_latency(Duration::ZERO)
                .with_capabilities(capabilities)
        });
        let (id, table) = theirs(at(&provider, A).await.as_ref()).await;
        place(
            &provider,
            &table,
            range("172.16.0.0/16"),
            NextHop::BlackHole,
        );
        let mut topology = joined(ModelChoice::Hub, false);
        topology.networks[0] = Network::existing("one", "a", "r1", id);
        topology.instances.clear();
        let told = report(&engine, &topology).await;
        let mut findings = told.findings.iter();
        let of_one = findings.find(|finding| {
            finding.code == "quota/routes" && finding.subject.contains(table.as_str())
        });
        let remedy = &of_one.expect("a finding").remedy;
        assert_eq!(remedy.contains("`aggregate: true`"), named, "{told}");
    }
}

#[tokio::test]
async fn excluded_destinations_get_no_route_and_no_verdict() {
    for model in [ModelChoice::Hub, ModelChoice::Mesh] {
        let (engine, _, _) = world();
        let mut topology = joined(model, false);
        topology.networks[0].exclude = vec![range("10.2.0.0/15")];
        topology.networks[1].exclude = vec![range("10.3.7.0/24"), range("172.16.0.0/12")];
        let told = report(&engine, &topology).await;
        assert!(told.passed(), "{told}");
        let codes = [
            "route/exclude-part",
            "route/exclude-unused",
            "route/excluded",
        ];
        assert_eq!(told.codes(), codes, "{told}");
        let note = &told.findings[2];
        assert_eq!(
            (note.severity, note.subject.as_str()),
            (Severity::Note, "network one")
        );
        for words in [
            "10.2.0.0/16 of network two, 10.3.0.0/16 of network three",
            "10.2.0.0/15",
        ] {
            assert!(note.message.contains(words), "{told}");
        }
        let first = planned(&engine, &topology).await;
        assert_eq!(keys(&first, "route/one/"), [""; 0], "{first}");
        assert_eq!(keys(&first, "route/two/").len(), 2, "{first}");
        engine.apply(&first).await.expect("apply");
        let verified = engine.verify(&topology).await.expect("verify");
        assert!(verified.passed(), "{verified}");
        assert_eq!(verified.pairs.len(), 2, "only two and three: {verified}");

        // The same destination later: its routes go, and nothing else.
        topology.networks[2].exclude = vec![range("10.2.0.0/16")];
        let change = planned(&engine, &topology).await;
        assert_eq!(
            keys(&change, ""),
            ["delete:route/three/main/10.2.0.0/16"],
            "{change}"
        );
    }
}

#[tokio::test]
async fn a_route_of_others_to_an_excluded_destination_is_in_nobodys_way() {
    let (engine, provider) = at_once();
    let (id, table) = theirs(at(&provider, A).await.as_ref()).await;
    let mut topology = crate::brownfield::joined(&id);
    place(&provider, &table, range("10.2.0.0/16"), NextHop::BlackHole);
    assert_eq!(report(&engine, &topology).await.codes(), ["route/taken"]);
    topology.networks[0].exclude = vec![range("10.2.0.0/16")];
    let told = report(&engine, &topology).await;
    assert_eq!(told.codes(), ["route/excluded"], "{told}");
}

/// A route of others over the peering or attachment that joins network `one`.
async fn add_foreign(
    engine: &Engine,
    provider: &MemoryProvider,
    topology: &Topology,
    to: &str,
) -> (RouteTableId, PeeringId) {
    let one = network_id(engine, topology, "one").await;
    let over = |inventory: &Inventory| {
        let mut peerings = inventory.peerings.iter();
        let joins = |end: &landbridge_core::Endpoint| end.id() == one.as_str();
        let peering = peerings.find(|p| joins(&p.requester) || joins(&p.accepter));
        peering.map(|peering| peering.id.clone())
    };
    let over = found(engine, topology, over).await;
    let tables = at(provider, A).await.list_route_tables(&[one]).await;
    let table = tables.expect("tables")[0].id.clone();
    place(provider, &table, range(to), NextHop::Peering(over.clone()));
    (table, over)
}

#[tokio::test]
async fn routes_of_others_over_what_is_ours_are_told_and_deleted_only_when_pruned() {
    let prune = PlanOptions::default().with_prune(true);
    for model in [ModelChoice::Hub, ModelChoice::Mesh] {
        for to in ["10.9.0.0/16", "10.2.1.0/26"] {
            let (engine, provider, _) = world();
            let topology = joined(model, false);
            apply(&engine, &topology).await;
            let (table, over) = add_foreign(&engine, &provider, &topology, to).await;
            let told = report(&engine, &topology).await;
            assert_eq!(told.codes(), ["route/foreign"], "{told}");
            assert!(told.passed(), "{told}");
            for words in [to, table.as_str(), over.as_str(), "--prune"] {
                assert!(told.to_string().contains(words), "`{words}`: {told}");
            }
            assert!(planned(&engine, &topology).await.is_empty(), "left alone");

            let observation = engine.observe(&topology).await.expect("observe");
            let told = preflight_with(&topology, &observation, &prune);
            assert_eq!(told.codes(), [""; 0], "{told}");
            let pruned = plan_with(&topology, &observation, &prune);
            let key = format!("delete:route/one/main/{to}");
            assert_eq!(keys(&pruned, ""), [key.as_str()], "{pruned}");
            let destroy = plan_destroy_with(&topology, &observation, &prune);
            assert!(keys(&destroy, "delete:route/").contains(&key), "{destroy}");
            engine.apply(&destroy).await.expect("destroy");
            assert_eq!(provider.objects(), Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn a_peering_that_would_go_with_a_route_of_others_is_an_error() {
    let (engine, provider, _) = world();
    let mut topology = joined(ModelChoice::Mesh, false);
    apply(&engine, &topology).await;
    add_foreign(&engine, &provider, &topology, "10.9.0.0/16").await;
    topology.interconnects.clear();
    topology.firewalls.clear();
    topology.instances.clear();
    let told = report(&engine, &topology).await;
    assert_eq!(told.codes(), ["route/foreign"], "{told}");
    assert!(!told.passed(), "{told}");
}

#[tokio::test]
async fn a_member_that_is_no_longer_in_the_file_leaves_no_route_behind() {
    for model in [ModelChoice::Hub, ModelChoice::Mesh] {
        let (engine, provider) = at_once();
        let (id, _) = theirs(at(&provider, A).await.as_ref()).await;
        let before = provider.objects();
        let mut topology = crate::brownfield::joined(&id);
        topology.networks[0].subnets.clear();
        topology.interconnects[0].model = model;
        apply(&engine, &topology).await;
        let applied = provider.objects();
        assert!(
            applied.iter().any(|object| object.starts_with("route")),
            "{applied:?}"
        );

        topology.networks.remove(0);
        topology.interconnects[0].members.remove(0);
        let change = planned(&engine, &topology).await;
        let routes = keys(&change, "delete:route/");
        assert_eq!(
            routes,
            [
                "delete:route/new/main/10.1.0.0/16",
                "delete:route/old/main/10.2.0.0/16"
            ],
            "{change}"
        );
        engine.apply(&change).await.expect("apply");
        assert!(planned(&engine, &topology).await.is_empty());
        let left = provider.objects();
        let about_it = |object: &&String| object.starts_with("route:") || object.contains("/old");
        let left: Vec<&String> = left.iter().filter(about_it).collect();
        let of_others: Vec<&String> = before.iter().filter(about_it).collect();
        assert_eq!(left, of_others);
    }
}
