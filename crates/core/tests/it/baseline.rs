//! What was there before, and what is there after.

use landbridge_core::ErrorKind;
use landbridge_core::engine::{Baseline, Engine};
use landbridge_core::memory::MemoryProvider;
use landbridge_core::plan::plan_destroy;
use landbridge_core::topology::Topology;
use landbridge_core::{
    CreateGroup, Direction, GroupId, Label, NextHop, Owner, Protocol, Rule, RulePeer, RuleRecord,
    Token,
};

use crate::apply::apply;
use crate::brownfield::{at, joined, place, theirs};
use crate::common::{A, world_like};

struct World {
    engine: Engine,
    provider: MemoryProvider,
    topology: Topology,
    before: Baseline,
    group: GroupId,
    table: landbridge_core::RouteTableId,
}

fn rule(from: &str) -> Rule {
    let peer = RulePeer::Range(from.parse().expect("a range"));
    Rule::allow(Direction::Ingress, Protocol::Icmp, None, peer)
}

/// A network of others with a group and a rule in it, joined and with the baseline taken before.
async fn world() -> World {
    let (engine, provider, _) =
        world_like(|builder| builder.with_latency(std::time::Duration::ZERO));
    let cloud = at(&provider, A).await;
    let (network, table) = theirs(cloud.as_ref()).await;
    let label = Label::new("web", Owner::new("others", "web"), Token::derive(&["web"]));
    let group = CreateGroup::new(label, network.clone());
    let group = cloud.create_group(&group).await.expect("a group").id;
    let added = cloud
        .authorize_rules(&group, "others", &[rule("192.168.0.0/16")])
        .await;
    added.expect("a rule");
    let topology = joined(&network);
    let observation = engine.observe(&topology).await.expect("observe");
    // What is written is what is compared.
    let text = Baseline::new(&topology, &observation).to_text();
    let before = Baseline::from_text(&text).expect("it is one");
    apply(&engine, &topology).await;
    World {
        engine,
        provider,
        topology,
        before,
        group,
        table,
    }
}

impl World {
    async fn destroyed(&self) -> Vec<String> {
        let observation = self.engine.observe(&self.topology).await.expect("observe");
        let plan = plan_destroy(&self.topology, &observation);
        self.engine.apply(&plan).await.expect("destroy");
        let observation = self.engine.observe(&self.topology).await.expect("observe");
        let differences = self.before.differences(&observation);
        differences.iter().map(ToString::to_string).collect()
    }
}

#[tokio::test]
async fn a_destroy_leaves_no_difference() {
    let world = world().await;
    let applied = world
        .engine
        .observe(&world.topology)
        .await
        .expect("observe");
    let during = world.before.differences(&applied);
    assert!(
        !during.is_empty(),
        "a joined network has routes that it had not"
    );
    assert_eq!(world.destroyed().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_others_changed_meanwhile_is_told() {
    let world = world().await;
    let cloud = at(&world.provider, A).await;
    let known = cloud.list_rules(&world.group).await.expect("rules");
    cloud
        .revoke_rules(&world.group, &known)
        .await
        .expect("revoked");
    let record = RuleRecord::new(world.group.clone(), rule("10.0.0.0/8"));
    world.provider.place_rule(record).expect("a rule of nobody");
    let range: ipnet::IpNet = "10.77.0.0/16".parse().expect("a range");
    place(&world.provider, &world.table, range, NextHop::BlackHole);
    world
        .provider
        .add_range(
            &world.before.inventories[0].networks[0].id,
            "172.20.0.0/16".parse().expect("a range"),
        )
        .expect("a range more");

    let told = world.destroyed().await;
    let has = |words: &[&str]| {
        let found = told
            .iter()
            .any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "{words:?} in {told:#?}");
    };
    has(&[
        "differs from before in",
        "192.168.0.0/16",
        world.group.as_str(),
        "gone",
    ]);
    has(&["10.0.0.0/8", world.group.as_str(), "new"]);
    has(&["route to 10.77.0.0/16", world.table.as_str(), "new"]);
    has(&["network ", "ranges was", "172.20.0.0/16"]);
    has(&["route to 172.20.0.0/16", "System", "new"]);
    assert_eq!(told.len(), 5, "{told:#?}");
}

#[tokio::test]
async fn what_another_topology_adds_is_no_difference() {
    let world = world().await;
    let cloud = at(&world.provider, A).await;
    let added = cloud
        .authorize_rules(&world.group, "third", &[rule("10.0.0.0/8")])
        .await;
    added.expect("a rule of a third topology");
    assert_eq!(world.destroyed().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_place_that_is_not_read_any_more_is_told() {
    let world = world().await;
    let mut observation = world
        .engine
        .observe(&world.topology)
        .await
        .expect("observe");
    let gone = observation.inventories.remove(0).place;
    let told = world.before.differences(&observation);
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    let line = told.iter().find(|line| line.contains(&gone.to_string()));
    assert!(
        line.expect("the place").contains("not read any more"),
        "{told:#?}"
    );
}

#[tokio::test]
async fn what_changes_by_itself_is_no_difference() {
    let world = world().await;
    let mut observation = world
        .engine
        .observe(&world.topology)
        .await
        .expect("observe");
    observation.inventories.clear();
    *observation.inventories = world.before.inventories.clone();
    for inventory in &mut observation.inventories {
        for subnet in &mut inventory.subnets {
            subnet.free_addresses = Some(7);
            subnet.status =
                landbridge_core::Status::new(landbridge_core::Phase::Pending, "Pending");
        }
        inventory.groups.reverse();
        inventory.network_count += 3;
    }
    assert_eq!(world.before.differences(&observation), []);
    // A stopped instance or a dead route is one.
    let route = observation
        .inventories
        .iter_mut()
        .flat_map(|one| &mut one.routes)
        .next();
    let route = route.expect("a route");
    route.status = landbridge_core::Status::new(landbridge_core::Phase::Failed, "blackhole");
    let told = world.before.differences(&observation);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].to_string().contains("status was"), "{told:#?}");
}

#[test]
fn what_is_no_baseline_is_one_clear_error() {
    for text in ["", "{}", "{\"kind\": \"landbridge-plan\"}", "name: demo"] {
        let error = Baseline::from_text(text).expect_err("it is none");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            error.to_string().contains("invalid baseline file"),
            "{error}"
        );
    }
}
