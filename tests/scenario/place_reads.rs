//! Topologies of one place share what is read of it.

use std::sync::Arc;

use landbridge_aliyun::credential::StaticCredentials;
use landbridge_core::engine::Engine;
use landbridge_core::reconcile::Outcome;
use landbridge_core::topology::Topology;
use landbridge_sim::{AccountSpec, FaultEffect, FaultRule};

use crate::place_reads_support::{calls_of_ticks, sees_the_same, sharing, small, table, tick};
use crate::world::{A, B, World, aliyun};

/// What the cloud shows of one object at a time.
const SINGLY: [&str; 10] = [
    "DescribeRouteEntryList",
    "DescribeSecurityGroupAttribute",
    "DescribeGrantRulesToResource",
    "DescribeGrantRulesToCen",
    "ListTransitRouters",
    "ListTransitRouterRouteTables",
    "ListTransitRouterVpcAttachments",
    "ListTransitRouterPeerAttachments",
    "ListTransitRouterRouteTableAssociations",
    "ListTransitRouterRouteEntries",
];

fn is_singly(action: &str) -> bool {
    SINGLY.contains(&action) || action == "ListTransitRouterRouteTablePropagations"
}

async fn up(count: usize) -> (World, Vec<Topology>) {
    let accounts = [A, B].map(|id| {
        let account = AccountSpec::new("aliyun", id).quota("vpcs_per_region", 200);
        account.quota("cens", 200)
    });
    let world = World::start(accounts).await;
    let topologies: Vec<Topology> = (0..count)
        .map(|number| small(&aliyun(), [A, B], "cn-hangzhou", "hub", number))
        .collect();
    for topology in &topologies {
        world.apply(topology).await;
    }
    (world, topologies)
}

#[tokio::test]
async fn lists_of_a_place_are_read_once_for_all_topologies() {
    let (world, topologies) = up(8).await;
    let calls = async |count: usize| {
        let engine = sharing(&world.engine, &world.simulator);
        calls_of_ticks(&engine, &world.simulator, &topologies[..count]).await
    };
    let (one, all) = (calls(1).await, calls(8).await);
    for (action, count) in &all {
        match is_singly(action) {
            true => assert_eq!(*count, 8 * one[action], "{action}"),
            false => assert_eq!(*count, one[action], "{action}"),
        }
    }
    let alone = calls_of_ticks(&world.engine, &world.simulator, &topologies[..1]).await;
    let sum = |counts: &std::collections::BTreeMap<String, usize>| counts.values().sum::<usize>();
    assert!(sum(&all) * 2 < 8 * sum(&alone), "{all:#?} {alone:#?}");
    for topology in &topologies[..3] {
        sees_the_same(&world.engine, &world.simulator, topology).await;
    }
}

#[tokio::test]
async fn only_the_same_source_of_keys_shares() {
    let (world, topologies) = up(2).await;
    let shared = sharing(&world.engine, &world.simulator);
    let provider = world.provider.sibling();
    for keys in &world.keys {
        let source = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        provider.set_credentials(keys.account_id.as_str(), Arc::new(source));
    }
    let other = shared.clone().with_provider(Arc::new(provider));
    let lists = async |engine: &Engine, topology: &Topology| {
        let counts = calls_of_ticks(engine, &world.simulator, std::slice::from_ref(topology)).await;
        counts.get("DescribeVSwitches").copied().unwrap_or_default()
    };
    assert_eq!(lists(&shared, &topologies[0]).await, 2);
    assert_eq!(lists(&shared, &topologies[1]).await, 0, "the same keys");
    assert_eq!(
        lists(&other, &topologies[1]).await,
        2,
        "keys of another source"
    );
    assert_eq!(lists(&other, &topologies[0]).await, 0);
}

#[tokio::test]
async fn who_may_not_list_the_whole_asks_for_its_own() {
    let (world, topologies) = up(2).await;
    let engine = sharing(&world.engine, &world.simulator);
    let refused = FaultEffect::ErrorBefore {
        status: 403,
        code: "Forbidden.RAM".into(),
    };
    // The whole list of one of the two places; what a run asks for by itself is let through.
    let rule = FaultRule::new(refused).action("DescribeSecurityGroups");
    let fault = world.simulator.add_fault(rule.account(A).times(1));
    for topology in &topologies {
        let outcome = tick(&engine, topology).await;
        assert!(matches!(outcome, Outcome::Ready { .. }), "{outcome:?}");
    }
    assert_eq!(world.simulator.fault_hits(fault), 1);
}

#[tokio::test]
#[ignore = "a measurement: minutes, and a table to read"]
async fn calls_of_ticks_of_one_ten_and_a_hundred_topologies() {
    let most = std::env::var("TOPOLOGIES").map_or(100, |most| most.parse().expect("a number"));
    let (world, topologies) = up(most).await;
    table(&world.engine, &world.simulator, &topologies).await;
}
