//! A cloud that refuses calls beyond its limit, and several workers that share it.

use std::time::{Duration, SystemTime};

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
/// So many calls there take 30 s at the limit, and longer on a machine that is busy.
const ENOUGH: usize = 600;

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
async fn four_workers_together_keep_to_the_limit_of_an_account() {
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
    let is_counted = |call: &&Call| (call.product.as_str(), call.region.as_str()) == BUSIEST;
    until("enough is counted", async || {
        calls().iter().filter(is_counted).count() >= ENOUGH
    })
    .await;

    let all = calls();
    let is_refused = |call: &&Call| call.code.as_deref() == Some("Throttling.User");
    assert_eq!(all.iter().filter(is_refused).count(), 0);
    let counted: Vec<SystemTime> = all.iter().filter(is_counted).map(|call| call.at).collect();
    let (begun, end) = (counted[0], counted[counted.len() - 1]);
    let windows = end.duration_since(begun).expect("later").as_secs() / WINDOW.as_secs();
    let of_limit = |window: u64| {
        let from = begun + WINDOW * u32::try_from(window).expect("few");
        let there = counted
            .iter()
            .filter(|at| (from..from + WINDOW).contains(*at));
        there.count() as f64 / WINDOW.as_secs_f64() / f64::from(LIMIT)
    };
    let parts: Vec<f64> = (0..windows).map(of_limit).collect();
    println!("parts of the limit in each {WINDOW:?}: {parts:.2?}");
    assert!(
        windows > 1 && parts.iter().all(|part| *part < 1.1),
        "{parts:?}"
    );
}
