//! Topologies of one place share what is read of it.

use std::sync::Arc;

use landbridge::aws::credential::StaticCredentials;
use landbridge_core::engine::EngineOptions;
use landbridge_core::topology::Topology;
use landbridge_sim::{AccountSpec, Simulator};

use crate::place_reads_support::{calls_of_ticks, sees_the_same, sharing, small, table};
use crate::world::{A, B, World, aws};

async fn up(count: usize) -> (World, Vec<Topology>) {
    let simulator = Simulator::start().await.expect("the simulator starts");
    let accounts = [A, B].map(|id| AccountSpec::new("aws", id));
    let world = World::with(simulator, accounts, EngineOptions::default());
    let topologies: Vec<Topology> = (0..count)
        .map(|number| small(&aws(), [A, B], "us-east-1", "mesh", number))
        .collect();
    for topology in &topologies {
        world.apply(topology).await;
    }
    (world, topologies)
}

#[tokio::test]
async fn however_many_tick_each_list_of_a_place_is_read_once() {
    let (world, topologies) = up(8).await;
    let calls = async |count: usize| {
        let engine = sharing(&world.engine, &world.simulator);
        calls_of_ticks(&engine, &world.simulator, &topologies[..count]).await
    };
    let (one, all) = (calls(1).await, calls(8).await);
    assert_eq!(one, all, "no call is for one topology");
    for topology in &topologies[..3] {
        sees_the_same(&world.engine, &world.simulator, topology).await;
    }
}

#[tokio::test]
async fn only_the_same_source_of_keys_shares() {
    let (world, topologies) = up(2).await;
    let shared = sharing(&world.engine, &world.simulator);
    let provider = world.provider.sibling();
    for account in [A, B] {
        let keys = world.keys_of(account);
        let source = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        provider
            .set_credentials(account, Arc::new(source))
            .expect("an account");
    }
    let other = shared.clone().with_provider(Arc::new(provider));
    let lists = async |engine, topology: &Topology| {
        let counts = calls_of_ticks(engine, &world.simulator, std::slice::from_ref(topology)).await;
        counts.get("DescribeSubnets").copied().unwrap_or_default()
    };
    assert_eq!(lists(&shared, &topologies[0]).await, 2);
    assert_eq!(lists(&shared, &topologies[1]).await, 0, "the same keys");
    assert_eq!(
        lists(&other, &topologies[1]).await,
        2,
        "keys of another source"
    );
}

#[tokio::test]
#[ignore = "a measurement: minutes, and a table to read"]
async fn calls_of_ticks_of_one_ten_and_a_hundred_topologies() {
    let most = std::env::var("TOPOLOGIES").map_or(100, |most| most.parse().expect("a number"));
    let (world, topologies) = up(most).await;
    table(&world.engine, &world.simulator, &topologies).await;
}
