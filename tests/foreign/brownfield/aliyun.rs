//! Three Alibaba Cloud accounts in two regions.

use std::sync::Arc;

use landbridge::aliyun::Aliyun;
use landbridge::aliyun::credential::StaticCredentials;
use landbridge_core::engine::Engine;
use landbridge_core::topology::Topology;
use landbridge_sim::{AccountKeys, Simulator};
use serde_json::json;

use crate::virtual_time::VirtualTime;
use crate::world::{Scripts, World, topology};

const ACCOUNTS: [&str; 3] = ["1234567890123456", "1234567890123457", "1234567890123458"];
const SCRIPTS: Scripts = Scripts {
    cloud: "aliyun",
    requirements: "tests/foreign/aliyun/requirements.txt",
    world: "tests/foreign/brownfield/aliyun_world.py",
    snapshot: "tests/foreign/brownfield/aliyun_snapshot.py",
    counters: &["AvailableIpAddressCount", "CenStatus"],
};
/// The networks: who owns them, and where they are.
const NETWORKS: [(&str, &str, &str); 4] = [
    ("shop", "a", "cn-hangzhou"),
    ("archive", "a", "cn-shanghai"),
    ("data", "b", "cn-shanghai"),
    ("tools", "b", "cn-hangzhou"),
];

fn engine(simulator: &Simulator, keys: &[AccountKeys]) -> Engine {
    let clock = Arc::new(VirtualTime(simulator.clone()));
    let mut builder = Aliyun::builder()
        .clock(clock.clone())
        .endpoint(&simulator.url())
        .expect("a loopback address is allowed");
    for keys in keys {
        let source = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        builder = builder.credentials(keys.account_id.as_str(), Arc::new(source));
    }
    let provider = Arc::new(builder.build().expect("a provider"));
    Engine::new().with_clock(clock).with_provider(provider)
}

async fn world() -> Option<World> {
    let world = World::make(SCRIPTS, &ACCOUNTS, engine).await?;
    assert_eq!(world.told["problems"], json!([]));
    Some(world)
}

/// Networks that exist, named by their ids alone, and what joins them.
fn joined(world: &World, model: &str, members: &[&str]) -> Topology {
    let mut text = "name: brownfield\naccounts:\n".to_owned();
    for (name, id) in ["a", "b", "team"].iter().zip(ACCOUNTS) {
        text += &format!("  - {{ name: {name}, cloud: aliyun, id: \"{id}\" }}\n");
    }
    text += "networks:\n";
    let is_member = |name: &str| members.contains(&name);
    for (name, account, region) in NETWORKS.iter().filter(|(name, ..)| is_member(name)) {
        let id = world.id(&format!("/networks/{name}/vpc"));
        text +=
            &format!("  - {{ name: {name}, account: {account}, region: {region}, id: {id} }}\n");
    }
    let members = members.join(", ");
    text += &format!(
        "interconnects:\n  - {{ name: all, owner: a, model: {model}, members: [{members}] }}\n"
    );
    topology(&text)
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_are_joined_by_a_new_hub_and_all_is_as_before() {
    let Some(world) = world().await else {
        return;
    };
    world.reach("shop", "data", false);

    let two = joined(&world, "hub", &["shop", "data"]);
    world.apply(&two).await;
    world.reach("shop", "data", true);
    world.reach("shop", "archive", true);
    world.only_ours_differs().await;

    let three = joined(&world, "hub", &["shop", "data", "tools"]);
    world.apply(&three).await;
    for (one, two) in [("shop", "data"), ("shop", "tools"), ("tools", "data")] {
        world.reach(one, two, true);
    }
    world.only_ours_differs().await;

    let fewer = joined(&world, "hub", &["shop", "tools"]);
    world.apply(&fewer).await;
    world.reach("shop", "tools", true);
    world.reach("shop", "data", false);
    let places = world.only_ours_differs().await;
    let removed = format!("{} cn-shanghai", ACCOUNTS[1]);
    assert!(!places.contains(&removed), "{places:?}");

    world.destroy(&fewer).await;
    world.reach("shop", "tools", false);
    world.reach("shop", "archive", true);
    world.nothing_differs().await;
}
