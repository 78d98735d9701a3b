//! What is up on AWS and changes: new names keep everything, what must be made anew is, and drift tells what others did.

use std::collections::BTreeSet;

use landbridge_core::drift::{DriftKind, drift};
use landbridge_core::plan::{PlanOptions, plan_with};
use landbridge_core::preflight::{preflight, preflight_with};
use landbridge_core::topology::{RuleSource, Topology};
use landbridge_core::{TAG_KEY, TAG_TOPOLOGY};

use crate::place_reads_support::sees_the_same;
use crate::world::{A, World, pair};

const REGION: &str = "us-east-1";

fn rename_network(topology: &mut Topology) {
    topology.networks[0].name = "west".to_owned();
    topology.networks[0].was = Some("left".to_owned());
    topology.interconnects[0].members[0] = "west".to_owned();
    topology.firewalls[0].networks[0] = "west".to_owned();
}

fn rename_interconnect(topology: &mut Topology) {
    topology.interconnects[0].name = "core".to_owned();
    topology.interconnects[0].was = Some("pair".to_owned());
    for rule in &mut topology.firewalls[0].rules {
        rule.from = vec![RuleSource::Members("core".to_owned())];
    }
}

fn rename_topology(topology: &mut Topology) {
    topology.name = "production".to_owned();
    topology.was = vec!["pair".to_owned()];
}

#[tokio::test]
async fn new_names_write_tags_and_nothing_else() {
    let world = World::start().await;
    let mut topology = pair();
    let empty = world.alive();
    world.apply(&topology).await;
    let before = world.alive();
    type Change = fn(&mut Topology);
    let changes: [(Change, usize); 3] = [
        // The network, a subnet, a group; the peering, whose sides change places in its name.
        (rename_network, 4),
        (rename_interconnect, 1),
        // Two networks, two subnets, two groups, the peering.
        (rename_topology, 7),
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
        assert_eq!(writes, BTreeSet::from(["CreateTags".to_owned()]));
        assert_eq!(world.alive(), before);
        let second = world.plan(&topology).await;
        assert!(second.is_empty(), "{second}");
        let verified = world.verify(&topology).await;
        assert!(verified.passed(), "{verified}");
    }
    world.destroy(&topology).await;
    assert_eq!(world.alive(), empty);
}

#[tokio::test]
async fn another_range_of_a_subnet_replaces_it_with_consent() {
    let world = World::start().await;
    let mut topology = pair();
    let empty = world.alive();
    world.apply(&topology).await;
    topology.networks[0].subnets[0].range = "10.1.9.0/24".parse().expect("a range");
    let observation = world.engine.observe(&topology).await.expect("observe");
    let refused = preflight(&topology, &observation);
    assert_eq!(refused.codes(), ["drift/immutable"], "{refused}");
    assert!(refused.to_string().contains("--replace"), "{refused}");

    let consent = PlanOptions::default().with_replace(true);
    let report = preflight_with(&topology, &observation, &consent);
    assert_eq!(report.codes(), ["drift/replaced"], "{report}");
    assert!(report.passed(), "{report}");
    let plan = plan_with(&topology, &observation, &consent);
    let replaced = plan.steps.iter().filter(|step| step.replaces.is_some());
    let replaced: Vec<String> = replaced.map(|step| step.key.object().to_string()).collect();
    assert_eq!(replaced, ["subnet/left/s"], "{plan}");
    if let Err(error) = world.engine.apply(&plan).await {
        panic!("{error}");
    }
    let second = world.plan(&topology).await;
    assert!(second.is_empty(), "{second}");
    assert!(world.verify(&topology).await.passed());
    world.destroy(&topology).await;
    assert_eq!(world.alive(), empty);
}

#[tokio::test]
async fn drift_tells_what_others_deleted_added_altered_and_untagged() {
    let world = World::start().await;
    let mut topology = pair();
    world.apply(&topology).await;
    let report = async |topology: &Topology| {
        let observation = world.engine.observe_for_destroy(topology).await;
        drift(topology, &observation.expect("observe"))
    };
    let none = report(&topology).await;
    assert!(none.is_empty(), "{none}");

    let here = world.inventory(&topology, A, REGION).await;
    let rule = [
        ("GroupId", here.groups[0].id.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "443"),
        ("IpPermissions.1.ToPort", "443"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "203.0.113.0/24"),
    ];
    let action = "AuthorizeSecurityGroupIngress";
    world.call(A, REGION, action, &rule).await;
    let untag = [
        ("ResourceId.1", here.subnets[0].id.as_str()),
        ("Tag.1.Key", TAG_TOPOLOGY),
        ("Tag.2.Key", TAG_KEY),
    ];
    world.call(A, REGION, "DeleteTags", &untag).await;
    let table = ("RouteTableId", here.route_tables[0].id.as_str());
    let ours = [table, ("DestinationCidrBlock", "10.2.0.0/16")];
    world.call(A, REGION, "DeleteRoute", &ours).await;
    let over = ("VpcPeeringConnectionId", here.peerings[0].id.as_str());
    let theirs = [table, over, ("DestinationCidrBlock", "10.77.0.0/16")];
    world.call(A, REGION, "CreateRoute", &theirs).await;

    topology.networks[1].subnets[0].range = "10.2.9.0/24".parse().expect("a range");
    let report = report(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let told: Vec<(DriftKind, &str)> = (report.entries.iter())
        .map(|entry| (entry.kind, entry.key.as_str()))
        .collect();
    for (kind, key) in [
        (DriftKind::Missing, "route/left/"),
        (DriftKind::Altered, "subnet/right/s"),
        (DriftKind::Added, "group/members/left"),
        (DriftKind::Added, "route/left/"),
        (DriftKind::TagLost, "subnet/left/s"),
    ] {
        let mut told = told.iter();
        let is_told = told.any(|(known, at)| *known == kind && at.starts_with(key));
        assert!(is_told, "{kind} {key} is missing in {report}");
    }
    assert_eq!(told.len(), 5, "{report}");
    let text = report.to_string();
    for words in ["203.0.113.0/24", "10.77.0.0/16", "landbridge adopt FILE"] {
        assert!(text.contains(words), "`{words}` is missing in {text}");
    }
}
