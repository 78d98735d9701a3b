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
const CROWD: Scripts = Scripts {
    world: "tests/foreign/brownfield/aliyun_crowd.py",
    ..SCRIPTS
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
    joined_by(world, &format!("owner: a, model: {model}"), members)
}

/// The same by the company's CEN instance.
fn joined_by_company(world: &World, members: &[&str], more: &str) -> Topology {
    let cen = world.id("/company/cen");
    let how = format!("owner: team, hub: {{ id: {cen}{more} }}");
    joined_by(world, &how, members)
}

fn joined_by(world: &World, how: &str, members: &[&str]) -> Topology {
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
    text += &format!("interconnects:\n  - {{ name: all, {how}, members: [{members}] }}\n");
    topology(&text)
}

/// Joins two networks, adds a third, removes one and destroys.
async fn come_and_go(world: &World, joined: impl Fn(&[&str]) -> Topology) {
    world.reach("shop", "data", false);
    let two = joined(&["shop", "data"]);
    world.apply(&two).await;
    world.reach("shop", "data", true);
    world.reach("shop", "archive", true);
    world.only_ours_differs(&two, &[]).await;

    let three = joined(&["shop", "data", "tools"]);
    world.apply(&three).await;
    for (one, two) in [("shop", "data"), ("shop", "tools"), ("tools", "data")] {
        world.reach(one, two, true);
    }
    world.only_ours_differs(&three, &[]).await;

    let fewer = joined(&["shop", "tools"]);
    world.apply(&fewer).await;
    world.reach("shop", "tools", true);
    world.reach("shop", "data", false);
    let places = world.only_ours_differs(&fewer, &[]).await;
    let removed = format!("{} cn-shanghai", ACCOUNTS[1]);
    assert!(!places.contains(&removed), "{places:?}");

    world.destroy(&fewer).await;
    world.reach("shop", "tools", false);
    world.reach("shop", "archive", true);
    world.nothing_differs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_are_joined_by_a_new_hub_and_all_is_as_before() {
    if let Some(world) = world().await {
        come_and_go(&world, |members| joined(&world, "hub", members)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_are_joined_by_peerings_and_all_is_as_before() {
    if let Some(world) = world().await {
        come_and_go(&world, |members| joined(&world, "mesh", members)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_are_joined_by_the_hub_of_the_company_and_all_is_as_before() {
    if let Some(world) = world().await {
        come_and_go(&world, |members| joined_by_company(&world, members, "")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_a_hub_use_the_route_table_that_the_topology_names() {
    let Some(world) = world().await else {
        return;
    };
    let tables = "association: guests, propagation: [guests]";
    let routers = format!(", routers: {{ cn-hangzhou: {{ {tables} }} }}");
    let two = joined_by_company(&world, &["shop", "tools"], &routers);
    world.apply(&two).await;
    world.reach("shop", "tools", true);
    world.only_ours_differs(&two, &[]).await;
    world.destroy(&two).await;
    world.nothing_differs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn peerings_of_others_are_used_and_stay() {
    let Some(world) = world().await else {
        return;
    };
    let used = ["used", "bare"].map(|name| world.id(&format!("/peerings/{name}")));
    world.reach("data", "archive", false);
    let pair = joined(&world, "mesh", &["data", "archive"]);
    world.apply(&pair).await;
    world.reach("data", "archive", true);
    world.only_ours_differs(&pair, &used).await;

    let three = joined(&world, "mesh", &["data", "archive", "shop"]);
    world.apply(&three).await;
    for (one, two) in [("data", "archive"), ("shop", "archive"), ("shop", "data")] {
        world.reach(one, two, true);
    }
    world.only_ours_differs(&three, &used).await;

    world.destroy(&three).await;
    world.reach("data", "archive", false);
    world.reach("shop", "archive", true);
    world.nothing_differs().await;
}

/// One newcomer of a hub with twenty members.
fn newcomer(world: &World, number: usize) -> Topology {
    let cen = world.id("/company/cen");
    let name = format!("new-{number}");
    let id = world.id(&format!("/networks/{name}/vpc"));
    let [a, _, team] = ACCOUNTS;
    topology(&format!(
        "name: customer-{number}
accounts:
  - {{ name: a, cloud: aliyun, id: \"{a}\" }}
  - {{ name: team, cloud: aliyun, id: \"{team}\" }}
networks:
  - {{ name: {name}, account: a, region: cn-hangzhou, id: {id} }}
interconnects:
  - {{ name: company, owner: team, hub: {{ id: {cen} }}, reach: hub, members: [{name}] }}
"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn three_topologies_at_once_join_a_hub_with_twenty_members() {
    let Some(world) = World::make(CROWD, &ACCOUNTS, engine).await else {
        return;
    };
    let all = [0, 1, 2].map(|number| newcomer(&world, number));
    let [one, two, three] = &all;
    let plans = tokio::join!(world.plan(one), world.plan(two), world.plan(three));
    tokio::join!(
        world.apply_plan(&plans.0),
        world.apply_plan(&plans.1),
        world.apply_plan(&plans.2)
    );
    // Each gets routes to whoever is in the hub by now.
    for topology in &all {
        world.apply_plan(&world.plan(topology).await).await;
    }
    for topology in &all {
        world.is_done(topology).await;
    }
    for name in ["new-0", "new-1", "new-2"] {
        world.reach(name, "member-0", true);
    }
    let joined = [0, 1].map(|number| world.id(&format!("/networks/new-{number}/vpc")));
    world.only_ours_differs(three, &joined).await;
    world.destroy(two).await;
    world.reach("new-0", "member-0", true);
    world.reach("new-1", "member-0", false);
    tokio::join!(world.destroy(one), world.destroy(three));
    world.nothing_differs().await;
}
