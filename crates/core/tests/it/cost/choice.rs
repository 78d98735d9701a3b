//! Hubs or a mesh, where the topology leaves it open.

use std::sync::Arc;

use landbridge_core::cost::{Chosen, ModelReason, PriceTable, choose_models, with_models};
use landbridge_core::engine::Engine;
use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::plan::{PlanOptions, plan};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::{Account, ExistingHub, Interconnect, ModelChoice, Topology};
use landbridge_core::{Capabilities, CloudName, Model, Quota};

use super::{aliyun, aws, table};
use crate::common::network;

fn world(capabilities: Capabilities) -> Engine {
    let clock = Arc::new(ManualClock::new());
    let provider = MemoryProvider::builder(clock.clone()).with_capabilities(capabilities);
    let provider = Arc::new(provider.build());
    Engine::new().with_clock(clock).with_provider(provider)
}

/// So many networks of a region in an interconnect whose model is left open.
fn open(count: u8, region: &str) -> Topology {
    let cloud = CloudName::from_static("aliyun");
    let account = Account::new("a", cloud, "1234567890123456").with_open_services();
    let mut topology = Topology::new("open").with_account(account);
    let name = |number: u8| format!("n{number:02}");
    for number in 0..count {
        topology = topology.with_network(network(&name(number), "a", region, number));
    }
    topology.with_interconnect(Interconnect::new("core", "a", (0..count).map(name)))
}

async fn chosen_with(engine: &Engine, topology: &Topology, prices: &PriceTable) -> Chosen {
    let observation = engine.observe(topology).await.expect("an observation");
    let options = PlanOptions::default();
    let mut all = choose_models(topology, &observation, prices, &options);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

async fn chosen(engine: &Engine, topology: &Topology) -> Chosen {
    chosen_with(engine, topology, PriceTable::built_in()).await
}

/// In this table peerings cost more than attachments.
fn dear_peerings() -> PriceTable {
    table(
        "format: 1
date: 2026-11-28
base: built-in
prices:
  - { cloud: aliyun, item: peering, unit: hour, amount: 5, currency: CNY, source: nowhere, verified: false }
  - { cloud: aliyun, item: local-transfer, unit: gb, amount: 5, currency: CNY, source: nowhere, verified: false }",
    )
}

#[tokio::test]
async fn a_mesh_is_chosen_where_it_costs_less() {
    let chosen = chosen(&world(aliyun()), &open(2, "cn-hangzhou")).await;
    assert_eq!(
        (chosen.model, chosen.reason),
        (Model::Mesh, ModelReason::Cost)
    );
    insta::assert_snapshot!(chosen.to_string(), @"
    model of interconnect core: mesh, because it costs less
      hub: 15 steps, 2 of them routes; 0.700 CNY each hour
        0.130 CNY each GB inside cn-hangzhou
      mesh: 10 steps, 2 of them routes; 0 each hour
        0 each GB inside cn-hangzhou
    ");
}

#[tokio::test]
async fn hubs_are_chosen_where_they_cost_less() {
    let engine = world(aliyun());
    let topology = open(2, "cn-hangzhou");
    let chosen = chosen_with(&engine, &topology, &dear_peerings()).await;
    assert_eq!(
        (chosen.model, chosen.reason),
        (Model::Hub, ModelReason::Cost)
    );
}

#[tokio::test]
async fn an_unknown_price_makes_nothing_cheaper() {
    // Abroad nobody knows what an attachment costs. It is no less than nothing.
    let abroad = chosen(&world(aliyun()), &open(2, "eu-central-1")).await;
    assert_eq!(
        (abroad.model, abroad.reason),
        (Model::Mesh, ModelReason::Cost)
    );
    assert!(
        abroad
            .to_string()
            .contains("0 and what has no price each hour"),
        "{abroad}"
    );
    // Without a price for peerings nobody knows whether they cost less.
    let prices = table(
        "{ format: 1, date: 2026-11-28, prices: [
            { cloud: aliyun, item: attachment, unit: hour, amount: 1, currency: CNY, source: s, verified: false },
            { cloud: aliyun, item: attachment, unit: gb, amount: 1, currency: CNY, source: s, verified: false }] }",
    );
    let unknown = chosen_with(&world(aliyun()), &open(2, "cn-hangzhou"), &prices).await;
    assert_eq!(
        (unknown.model, unknown.reason),
        (Model::Hub, ModelReason::Preferred)
    );
}

#[tokio::test]
async fn two_currencies_are_not_compared() {
    let prices = table(
        "{ format: 1, date: 2026-11-28, prices: [
            { cloud: aliyun, item: hub, unit: hour, amount: 0, currency: CNY, source: s, verified: false },
            { cloud: aliyun, item: peering, unit: hour, amount: 1, currency: USD, source: s, verified: false },
            { cloud: aliyun, item: local-transfer, unit: gb, amount: 0, currency: CNY, source: s, verified: false },
            { cloud: aliyun, item: attachment, unit: hour, amount: 9, currency: CNY, source: s, verified: false },
            { cloud: aliyun, item: attachment, unit: gb, amount: 9, currency: CNY, source: s, verified: false }] }",
    );
    let chosen = chosen_with(&world(aliyun()), &open(2, "cn-hangzhou"), &prices).await;
    assert_eq!(
        (chosen.model, chosen.reason),
        (Model::Hub, ModelReason::Preferred)
    );
}

#[tokio::test]
async fn quotas_come_before_money() {
    for (quota, reason) in [
        (Quota::raisable(3), ModelReason::Quota),
        (Quota::fixed(3), ModelReason::Refused),
    ] {
        let mut capabilities = aliyun();
        capabilities.peerings_per_network = Some(quota);
        let engine = world(capabilities);
        let few = chosen(&engine, &open(4, "cn-hangzhou")).await;
        assert_eq!((few.model, few.reason), (Model::Mesh, ModelReason::Cost));
        let many = chosen(&engine, &open(5, "cn-hangzhou")).await;
        assert_eq!((many.model, many.reason), (Model::Hub, reason), "{many}");
        assert!(
            many.to_string()
                .contains("peerings that exist: 0, that the plan adds: 4"),
            "{many}"
        );
    }
}

#[tokio::test]
async fn what_both_models_exceed_decides_nothing() {
    let mut capabilities = aliyun();
    capabilities.routes_per_table = Some(Quota::raisable(1));
    let chosen = chosen(&world(capabilities), &open(3, "cn-hangzhou")).await;
    assert_eq!(
        (chosen.model, chosen.reason),
        (Model::Mesh, ModelReason::Cost)
    );
    assert!(
        chosen.candidates.iter().all(|one| one.quotas.is_empty()),
        "{chosen}"
    );
}

#[tokio::test]
async fn what_is_built_stays_whatever_prices_become() {
    for (prices, model) in [
        (PriceTable::built_in(), Model::Mesh),
        (&dear_peerings(), Model::Hub),
    ] {
        let engine = world(aliyun());
        let topology = open(3, "cn-hangzhou");
        let observation = engine.observe(&topology).await.expect("an observation");
        let options = PlanOptions::default();
        let first = choose_models(&topology, &observation, prices, &options);
        let decided = with_models(&topology, &first);
        assert!(preflight(&decided, &observation).passed());
        engine
            .apply(&plan(&decided, &observation))
            .await
            .expect("it is up");
        for prices in [PriceTable::built_in(), &dear_peerings()] {
            let observation = engine.observe(&topology).await.expect("an observation");
            let again = choose_models(&topology, &observation, prices, &options);
            assert_eq!(
                (again[0].model, again[0].reason),
                (model, ModelReason::InUse)
            );
            let second = plan(&with_models(&topology, &again), &observation);
            assert!(second.is_empty(), "{second}");
        }
    }
}

#[tokio::test]
async fn nothing_is_chosen_where_nothing_is_open() {
    let mut topology = open(2, "cn-hangzhou");
    topology.interconnects[0].dns_resolution = true;
    let needed = chosen(&world(aliyun()), &topology).await;
    assert_eq!(
        (needed.model, needed.reason),
        (Model::Mesh, ModelReason::Needed)
    );
    let mut only = aws();
    only.cloud = CloudName::from_static("aliyun");
    let only = chosen(&world(only), &open(2, "cn-hangzhou")).await;
    assert_eq!(
        (only.model, only.reason),
        (Model::Mesh, ModelReason::OnlyOffered)
    );

    let mut named = open(2, "cn-hangzhou");
    named.interconnects[0].model = ModelChoice::Hub;
    let mut existing = open(2, "cn-hangzhou");
    existing.interconnects[0].hub = Some(ExistingHub::new("cen-1"));
    for topology in [named, existing] {
        let engine = world(aliyun());
        let observation = engine.observe(&topology).await.expect("an observation");
        let prices = PriceTable::built_in();
        let chosen = choose_models(&topology, &observation, prices, &PlanOptions::default());
        assert_eq!(chosen, []);
        assert_eq!(with_models(&topology, &chosen), topology);
    }
}

#[tokio::test]
async fn many_open_interconnects_are_looked_at_together() {
    let pairs = |count: u8| {
        let mut topology = open(2 * count, "cn-hangzhou");
        topology.interconnects.clear();
        for pair in 0..count {
            let members = [format!("n{:02}", 2 * pair), format!("n{:02}", 2 * pair + 1)];
            let interconnect = Interconnect::new(format!("x{pair:02}"), "a", members);
            topology = topology.with_interconnect(interconnect);
        }
        topology
    };
    let mut capabilities = aliyun();
    capabilities.peerings_per_region = Some(Quota::raisable(5));
    let engine = world(capabilities);
    let told = async |count| {
        let topology = pairs(count);
        let observation = engine.observe(&topology).await.expect("an observation");
        let prices = PriceTable::built_in();
        let all = choose_models(&topology, &observation, prices, &PlanOptions::default());
        let all = all.into_iter().map(|one| (one.model, one.reason));
        all.collect::<Vec<_>>()
    };
    // One by one, as many become meshes as the quota allows.
    let few = told(8).await;
    assert_eq!(few[..5], [(Model::Mesh, ModelReason::Cost); 5]);
    assert_eq!(few[5..], [(Model::Hub, ModelReason::Quota); 3]);
    // More of them together exceed it.
    assert_eq!(told(9).await, [(Model::Hub, ModelReason::Quota); 9]);
}
