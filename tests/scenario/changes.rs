//! What is up on Alibaba Cloud and changes: new names keep everything, what must be made anew is, and drift tells what others
//! did.

use std::collections::BTreeSet;
use std::time::Duration;

use landbridge_core::drift::{DriftKind, drift};
use landbridge_core::plan::{PlanOptions, plan_with};
use landbridge_core::preflight::{preflight, preflight_with};
use landbridge_core::topology::{RuleSource, Topology};
use landbridge_core::{TAG_KEY, TAG_TOPOLOGY};
use landbridge_sim::AccountSpec;

use crate::acs;
use crate::place_reads_support::sees_the_same;
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

/// Calls that the backend has no verb for, as the owner of account A.
async fn others(world: &World, version: &str, action: &str, parameters: &[(&str, &str)]) {
    let keys = world.simulator.provision(AccountSpec::new("aliyun", A));
    let all = parameters.iter().chain([&("RegionId", REGION)]);
    let all: Vec<(String, String)> = all
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let (url, now) = (world.simulator.url(), world.simulator.now());
    let answer = acs::call(&url, &keys, now, version, action, &all).await;
    assert!(answer.is_some(), "{action} is refused");
}

#[tokio::test]
async fn drift_tells_what_others_deleted_added_altered_and_untagged() {
    let world = World::start(two_accounts()).await;
    let mut topology = three_networks();
    world.apply(&topology).await;
    let observe = async |topology: &Topology| {
        let observation = world.engine.observe_for_destroy(topology).await;
        observation.expect("observe")
    };
    let observation = observe(&topology).await;
    let none = drift(&topology, &observation);
    assert!(none.is_empty(), "{none}");

    let here = observation.at(&place(A, REGION)).expect("the place");
    let group = here.groups[0].id.as_str();
    let rule = [
        ("SecurityGroupId", group),
        ("IpProtocol", "TCP"),
        ("PortRange", "443/443"),
        ("SourceCidrIp", "203.0.113.0/24"),
    ];
    others(&world, acs::ECS, "AuthorizeSecurityGroup", &rule).await;
    let instance = [
        ("InstanceId", here.instances[0].id.as_str()),
        ("Force", "true"),
    ];
    others(&world, acs::ECS, "DeleteInstance", &instance).await;
    let second = topology.networks[0].subnets[1].range;
    let subnet = here.subnets.iter().find(|one| one.range == second);
    let untag = [
        ("ResourceType", "VSWITCH"),
        ("ResourceId.1", subnet.expect("a vSwitch").id.as_str()),
        ("TagKey.1", TAG_TOPOLOGY),
        ("TagKey.2", TAG_KEY),
    ];
    others(&world, acs::VPC, "UnTagResources", &untag).await;
    world.simulator.advance(Duration::from_secs(120));

    topology.networks[1].subnets[1].range = "10.0.30.0/24".parse().expect("a range");
    let report = drift(&topology, &observe(&topology).await);
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let told: Vec<(DriftKind, &str)> = (report.entries.iter())
        .map(|entry| (entry.kind, entry.key.as_str()))
        .collect();
    for entry in [
        (DriftKind::Missing, "instance/ecs1"),
        (DriftKind::Altered, "subnet/vpc2/vsw2-second-zone"),
        (DriftKind::Added, "group/members-only/vpc1"),
        (DriftKind::TagLost, "subnet/vpc1/vsw1-second-zone"),
    ] {
        assert!(told.contains(&entry), "{entry:?} is missing in {report}");
    }
    assert_eq!(told.len(), 4, "{report}");
    let text = report.to_string();
    for words in ["in tcp 443 from 203.0.113.0/24", "landbridge adopt FILE"] {
        assert!(text.contains(words), "`{words}` is missing in {text}");
    }
}
