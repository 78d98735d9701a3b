//! Rules between groups of two accounts without a topology for them.

use landbridge_core::permit::{NameBy, Party, Permit};
use landbridge_core::topology::Topology;
use landbridge_core::{CloudProvider, PortRange, Protocol, Select};

use crate::world::{A, B, World, pair, place};

fn unjoined() -> Topology {
    let mut topology = pair();
    topology.interconnects.clear();
    topology.firewalls[0].rules.clear();
    topology
}

async fn group(world: &World, account: &str) -> Party {
    let place = place(account, "us-east-1");
    let cloud = world.provider.cloud(&place).await.expect("a handle");
    let select = Select::Topology("pair".to_owned());
    let groups = cloud.list_groups(&select).await.expect("a list");
    Party::Group {
        place,
        id: groups[0].id.clone(),
    }
}

async fn web(world: &World) -> Permit {
    let permit = Permit::new("manual", group(world, A).await, group(world, B).await);
    permit.with_traffic(vec![(Protocol::Tcp, Some(PortRange::single(80)))])
}

#[tokio::test]
async fn groups_name_each_other_over_an_active_peering_of_one_region() {
    let world = World::start().await;
    world.apply(&unjoined()).await;
    let permit = web(&world).await;
    let early = world.engine.plan_permit(&permit).await.expect("a plan");
    assert_eq!(
        early.report.codes(),
        ["permit/group-reference", "permit/unconnected"],
        "{early}"
    );
    world.apply(&pair()).await;
    let plan = world.engine.plan_permit(&permit).await.expect("a plan");
    assert!(plan.report.passed(), "{plan}");
    assert!(
        plan.changes.iter().all(|change| change.add.len() == 1),
        "{plan}"
    );
    assert!(
        plan.changes.iter().all(|change| !change.foreign.is_empty()),
        "{plan}"
    );
    world.engine.apply_permit(&plan).await.expect("applied");
    let second = world.engine.plan_permit(&permit).await.expect("a plan");
    assert!(second.is_empty(), "{second}");
    let by_network = permit.clone().with_name_by(NameBy::Network);
    let other = world.engine.plan_permit(&by_network).await.expect("a plan");
    assert!(!other.is_empty(), "a range is another rule");

    let withdrawal = world.engine.plan_withdrawal(&permit).await.expect("a plan");
    let removed: usize = withdrawal
        .changes
        .iter()
        .map(|change| change.remove.len())
        .sum();
    assert_eq!(removed, 2, "{withdrawal}");
    world
        .engine
        .apply_permit(&withdrawal)
        .await
        .expect("withdrawn");
    assert!(
        world.plan(&pair()).await.is_empty(),
        "the topology misses nothing"
    );
}
