//! The first program that a reader of the documentation copies: it is short, and it does what it says.

use std::net::IpAddr;

use landbridge::aliyun::Aliyun;
use landbridge::aliyun::credential::StaticCredentials;
use landbridge::core::{CloudProvider, Place, Select};
use landbridge_sim::{AccountSpec, Protocol as Packet, Simulator};

use time::SimulatedTime;

#[path = "../examples/common/time.rs"]
mod time;

include!("../examples/quickstart/join.rs");

const SOURCE: &str = include_str!("../examples/quickstart/join.rs");
const A: &str = "1234567890123456";
const B: &str = "1234567890123457";

#[test]
fn three_networks_of_two_accounts_take_at_most_forty_lines() {
    let lines = SOURCE.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    let count = lines.count();
    assert!((20..=40).contains(&count), "{count} lines");
}

#[tokio::test]
async fn the_forty_lines_join_all_six_pairs() {
    let simulator = Simulator::start().await.expect("starts");
    let clock = Arc::new(SimulatedTime(simulator.clone()));
    let engine = Engine::new().with_clock(clock.clone());
    let clouds = || {
        let clouds = Aliyun::builder().clock(clock.clone());
        clouds.endpoint(&simulator.url()).expect("loopback")
    };
    let keys = |id| -> Keys {
        let keys = simulator.provision(AccountSpec::new(CLOUD, id));
        let secret = keys.access_key_secret.as_str();
        Arc::new(StaticCredentials::new(&keys.access_key_id, secret))
    };
    let (a, b) = (keys(A), keys(B));
    join(engine, clouds(), a.clone(), b.clone())
        .await
        .expect("joined and proven");

    // What the program says was proven is asked again of the simulator's data plane.
    let provider = clouds().credentials(A, a).credentials(B, b);
    let provider = provider.build().expect("builds");
    let mut probes: Vec<(String, IpAddr)> = Vec::new();
    for (account, region) in [(A, "cn-hangzhou"), (B, "cn-hangzhou"), (A, "cn-qingdao")] {
        let place = Place::new(CLOUD.into(), account, region);
        let cloud = provider.cloud(&place).await.expect("a place");
        let instances = cloud.list_instances(&Select::All).await.expect("listed");
        let probe = instances
            .iter()
            .find_map(|one| Some((one.id.to_string(), one.address?)));
        probes.push(probe.expect("an instance with an address"));
    }
    assert_eq!(probes.len(), 3);
    for (from, _) in &probes {
        for (to, address) in probes.iter().filter(|(to, _)| to != from) {
            let verdict = simulator.probe(from, *address, Packet::ECHO);
            assert!(verdict.is_delivered(), "{from} -> {to}: {verdict:?}");
        }
    }
}
