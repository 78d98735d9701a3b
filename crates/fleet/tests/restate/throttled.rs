//! A cloud that refuses calls beyond its limit, and several workers that share it.

use std::time::Duration;

use landbridge_core::CloudName;
use landbridge_core::topology::{Account, Interconnect, ModelChoice, Network, Subnet, Topology};
use landbridge_fleet::{LinkKey, Orders, Policy, Spec};
use landbridge_sim::Call;

use crate::cloud::{ACCOUNTS, Cloud, key};
use crate::failures::World;
use crate::server::Server;
use crate::worker::until;

/// Calls a second.
const LIMIT: u32 = 20;
const WORKERS: usize = 4;
/// More than the cloud lets them finish while calls are counted.
const TOPOLOGIES: usize = 120;
/// Where most calls go: limits are those of a product in a region.
const BUSIEST: (&str, &str) = ("vpc", "cn-hangzhou");
const WINDOW: Duration = Duration::from_secs(10);
const WINDOWS: u32 = 3;

/// Two networks of one account, peered.
fn pair(key: &LinkKey) -> Spec {
    let (_, region) = BUSIEST;
    let network = |name: &str, number: u8| {
        let range = |text: String| text.parse().expect("a range");
        let subnet = range(format!("10.{number}.1.0/24"));
        let network = Network::new(name, "own", region, range(format!("10.{number}.0.0/16")));
        network.with_subnet(Subnet::new("s", format!("{region}-h"), subnet))
    };
    let aliyun = CloudName::from_static("aliyun");
    let peering = Interconnect::new("pair", "own", ["one", "two"]).with_model(ModelChoice::Mesh);
    let topology = Topology::new(key.to_string())
        .with_account(Account::new("own", aliyun, ACCOUNTS[0]))
        .with_network(network("one", 1))
        .with_network(network("two", 2))
        .with_interconnect(peering);
    let mut policy = Policy::default();
    policy.pings = false;
    Spec::new(serde_json::to_string(&topology).expect("JSON")).with_policy(policy)
}

#[tokio::test(flavor = "multi_thread")]
async fn four_workers_use_the_limit_of_an_account_and_no_more() {
    let Some(server) = Server::start().await else {
        return;
    };
    let world = World::of(server, Cloud::throttling(LIMIT).await).await;
    let _workers = world.workers(WORKERS);
    world.register().await;
    for number in 0..TOPOLOGIES {
        let key = key(&format!("site-{number}"));
        let spec = pair(&key);
        world.orders.submit(&key, spec).await.expect("submitted");
    }
    let calls = || world.cloud.simulator.calls();
    until("the cloud is called", async || !calls().is_empty()).await;
    let begun = calls()[0].at;
    let end = begun + WINDOW * WINDOWS;
    until("enough is counted", async || {
        calls().last().is_some_and(|last| last.at > end)
    })
    .await;

    let all = calls();
    let is_refused = |call: &&Call| call.code.as_deref() == Some("Throttling.User");
    assert_eq!(all.iter().filter(is_refused).count(), 0);
    let of_limit = |window| {
        let from = begun + WINDOW * window;
        let is_counted = |call: &&Call| {
            let is_there = (call.product.as_str(), call.region.as_str()) == BUSIEST;
            is_there && (from..from + WINDOW).contains(&call.at)
        };
        let counted = all.iter().filter(is_counted).count();
        counted as f64 / WINDOW.as_secs_f64() / f64::from(LIMIT)
    };
    let parts: Vec<f64> = (0..WINDOWS).map(of_limit).collect();
    assert!(parts.iter().all(|part| *part < 1.1), "{parts:?}");
    // A worker whose runs wait for another product leaves some of its share.
    let mean = parts.iter().sum::<f64>() / f64::from(WINDOWS);
    assert!(mean > 0.75, "{parts:?}");
}
