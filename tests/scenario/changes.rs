//! What is up on Alibaba Cloud and changes: new names keep everything, what must be made anew is, and drift tells what others
//! did.

use std::collections::BTreeSet;

use landbridge_core::drift::{DriftKind, drift};
use landbridge_core::plan::{PlanOptions, plan_with};
use landbridge_core::preflight::{preflight, preflight_with};
use landbridge_core::topology::{RuleSource, Topology};
use landbridge_core::{Direction, Protocol, Rule, RulePeer, TAG_KEY, TAG_TOPOLOGY};

use crate::world::{A, World, place, three_networks, two_accounts};

const REGION: &str = "cn-hangzhou";

fn rename_network(topology: &mut Topology) {
    let new = |name: &mut String| {
        if name == "vpc1" {
            *name = "first".to_owned();
        }
    };
    topology.networks[0].was = Some("vpc1".to_owned());
    topology.networks.iter_mut().for_each(|n| new(&mut n.name));
    topology.interconnects[0].members.iter_mut().for_each(new);
    topology.firewalls[0].networks.iter_mut().for_each(new);
    let paths = topology.instances.iter_mut();
    paths
        .filter_map(|one| one.subnet.as_mut())
        .for_each(|path| new(&mut path.network));
}

fn rename_interconnect(topology: &mut Topology) {
    topology.interconnects[0].name = "core".to_owned();
    topology.interconnects[0].was = Some("backbone".to_owned());
    for rule in &mut topology.firewalls[0].rules {
        rule.from = vec![RuleSource::Members("core".to_owned())];
    }
}

fn rename_topology(topology: &mut Topology) {
    topology.name = "production".to_owned();
    topology.was = vec!["cen-two-accounts".to_owned()];
}

fn alive(world: &World) -> BTreeSet<String> {
    let alive = world.simulator.alive().into_iter();
    alive.map(|entry| entry.id).collect()
}

#[tokio::test]
async fn new_names_write_tags_and_nothing_else() {
    let world = World::start(two_accounts()).await;
    let mut topology = three_networks();
    world.apply(&topology).await;
    let before = alive(&world);
    type Change = fn(&mut Topology);
    let changes: [(Change, usize); 3] = [
        // The network, two vSwitches, a group, an attachment.
        (rename_network, 5),
        // The CEN instance, two transit routers, three attachments, the connection between the regions.
        (rename_interconnect, 7),
        // All of these, and the instances.
        (rename_topology, 22),
    ];
    for (change, count) in changes {
        change(&mut topology);
        let report = world.preflight(&topology).await;
        assert!(report.passed(), "{report}");
        let plan = world.plan(&topology).await;
        assert_eq!((plan.counts(), plan.renamed()), ((0, 0), count), "{plan}");
        let calls = world.simulator.calls().len();
        world.apply(&topology).await;
        let calls = world.simulator.calls().split_off(calls);
        let writes: BTreeSet<String> = (calls.into_iter())
            .filter(|call| call.write)
            .map(|call| call.action)
            .collect();
        assert!(
            writes.iter().all(|action| action == "TagResources"),
            "{writes:?}"
        );
        assert_eq!(alive(&world), before);
        let second = world.plan(&topology).await;
        assert!(second.is_empty(), "{second}");
        let verified = world.verify(&topology).await;
        assert_eq!(verified.reachable(), 6, "{verified}");
    }
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
}

#[tokio::test]
async fn another_range_of_a_vswitch_replaces_what_stands_on_it() {
    let world = World::start(two_accounts()).await;
    let mut topology = three_networks();
    world.apply(&topology).await;
    topology.networks[0].subnets[0].range = "172.16.30.0/24".parse().expect("a range");
    topology.instances[0].address = Some("172.16.30.100".parse().expect("an address"));
    let observation = world.engine.observe(&topology).await.expect("observe");
    let refused = preflight(&topology, &observation);
    assert!(!refused.passed(), "{refused}");
    assert!(refused.to_string().contains("--replace"), "{refused}");

    let consent = PlanOptions::default().with_replace(true);
    let report = preflight_with(&topology, &observation, &consent);
    assert!(report.passed(), "{report}");
    let plan = plan_with(&topology, &observation, &consent);
    let replaced = plan.steps.iter().filter(|step| step.replaces.is_some());
    let replaced: BTreeSet<String> = replaced.map(|step| step.key.object().to_string()).collect();
    for key in [
        "subnet/vpc1/vsw1",
        "instance/ecs1",
        "attachment/backbone/vpc1",
    ] {
        assert!(replaced.contains(key), "{key}: {plan}");
    }
    assert!(replaced.iter().all(|key| !key.contains("vpc2")), "{plan}");
    if let Err(error) = world.engine.apply(&plan).await {
        panic!("{error}");
    }
    let second = world.plan(&topology).await;
    assert!(second.is_empty(), "{second}");
    let verified = world.verify(&topology).await;
    assert_eq!(verified.reachable(), 6, "{verified}");
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
}
