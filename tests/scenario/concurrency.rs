//! Many networks at once, with the cloud's conflict locks on.

use std::collections::BTreeSet;
use std::time::Duration;

use landbridge_core::engine::EngineOptions;
use landbridge_core::topology::{Account, Interconnect, Network, Subnet, Topology};
use landbridge_sim::{AccountSpec, Simulator, Timings};

use crate::world::{World, aliyun, three_networks, two_accounts};

/// Six regions with two zones each in which the simulator has transit routers.
async fn regions(simulator: &Simulator) -> Vec<(String, Vec<String>)> {
    let world = World::on(
        simulator.clone(),
        [AccountSpec::new("aliyun", "1")],
        EngineOptions::default(),
    );
    let names = [
        "cn-hangzhou",
        "cn-qingdao",
        "cn-shanghai",
        "cn-beijing",
        "cn-shenzhen",
        "cn-chengdu",
    ];
    let mut regions = Vec::new();
    for name in names {
        let cloud = world
            .engine
            .cloud(&crate::world::place("1", name))
            .await
            .expect("a handle");
        let zones = cloud.list_hub_zones().await.expect("zones");
        regions.push((
            name.to_owned(),
            zones.iter().map(ToString::to_string).collect(),
        ));
    }
    regions
}

fn thirty_networks(regions: &[(String, Vec<String>)]) -> Topology {
    let mut topology = Topology::new("thirty");
    for account in 0..5 {
        topology = topology.with_account(Account::new(
            format!("a{account}"),
            aliyun(),
            account_id(account),
        ));
    }
    let range = |text: String| text.parse().expect("a range");
    for number in 0..30 {
        let (region, zones) = &regions[number % 6];
        let mut network = Network::new(
            format!("n{number}"),
            format!("a{}", number % 5),
            region.as_str(),
            range(format!("10.{number}.0.0/16")),
        );
        for (index, zone) in zones.iter().take(2).enumerate() {
            let subnet = Subnet::new(
                format!("s{index}"),
                zone.as_str(),
                range(format!("10.{number}.{index}.0/24")),
            );
            network = network.with_subnet(subnet);
        }
        topology = topology.with_network(network);
    }
    topology.with_interconnect(Interconnect::new(
        "core",
        "a0",
        (0..30).map(|number| format!("n{number}")),
    ))
}

fn account_id(number: usize) -> String {
    format!("12345678901200{number:02}")
}

#[tokio::test]
async fn thirty_networks_of_five_accounts_in_six_regions_apply_at_once_without_a_conflict_error() {
    let simulator = Simulator::builder()
        .conflict_locks(true)
        .start()
        .await
        .expect("the simulator starts");
    let topology = thirty_networks(&regions(&simulator).await);
    let mut options = EngineOptions::default();
    options.parallel = 32;
    let accounts = (0..5).map(|number| AccountSpec::new("aliyun", account_id(number)));
    let world = World::on(simulator, accounts, options);
    assert!(world.preflight(&topology).await.passed());
    world.apply(&topology).await;

    let verified = world.verify(&topology).await;
    // Two subnets each, every ordered pair of different networks.
    assert_eq!(verified.pairs.len(), 30 * 29 * 4);
    let broken = verified.pairs.iter().find(|pair| !pair.reachable());
    assert!(
        broken.is_none(),
        "{}",
        broken.map(ToString::to_string).unwrap_or_default()
    );
    assert!(world.plan(&topology).await.is_empty());

    let refused: BTreeSet<String> = world
        .simulator
        .calls()
        .into_iter()
        .filter(|call| call.write)
        .filter_map(|call| call.code)
        .collect();
    assert_eq!(refused, BTreeSet::new(), "writes wait for the locks");
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
}

/// A run learns from the first refusals how long a CEN instance stays locked, and waits so long from then on.
#[tokio::test]
async fn a_lock_that_is_longer_than_usual_is_met_a_few_times_only() {
    let mut timings = Timings::default();
    timings.cen_lock = Duration::from_millis(3500);
    let simulator = Simulator::builder()
        .conflict_locks(true)
        .timings(timings)
        .start()
        .await
        .expect("the simulator starts");
    let world = World::on(simulator, two_accounts(), EngineOptions::default());
    world.apply(&three_networks()).await;
    let calls = world.simulator.calls();
    let refused = calls
        .iter()
        .filter(|call| call.code.as_deref() == Some("Operation.Blocking"))
        .count();
    // 3.5 s are 2 s and three times half a second.
    assert!((1..=4).contains(&refused), "{refused} refused");
    world.destroy(&three_networks()).await;
    assert_eq!(world.simulator.alive(), vec![]);
}
