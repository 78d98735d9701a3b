//! Groups and instances that others made on AWS: rules go into the groups, paths are checked from the instances, and both
//! are left as they were.

use landbridge_core::policy::Purpose;
use landbridge_core::topology::{Instance, Network, Topology};
use landbridge_core::verify::{Traffic, verify};
use landbridge_core::{
    CloudProvider, CreateGroup, CreateNetwork, CreateSubnet, Direction, GroupId, InstanceId, Label,
    NetworkId, Owner, Protocol, Rule, RulePeer, RunInstance, Select, Token,
};

use crate::place_reads_support::sees_the_same;
use crate::policies::users;
use crate::whole_life::{live, policies_of, unneeded};
use crate::world::{B, World, pair, place};

const REGION: &str = "us-east-1";

fn label(name: &str) -> Label {
    Label::new(name, Owner::new("others", name), Token::derive(&[name]))
}

/// What others have in account B: a network with the addresses of `right`, a group in it, and an instance in that.
async fn theirs(world: &World) -> (NetworkId, GroupId, InstanceId) {
    let cloud = world
        .provider
        .cloud(&place(B, REGION))
        .await
        .expect("a handle");
    let declared = &pair().networks[1];
    let range = declared.range.expect("a range");
    let network = CreateNetwork::new(label("network/n"), range);
    let network = cloud.create_network(&network).await.expect("a network").id;
    let declared = &declared.subnets[0];
    let subnet = CreateSubnet::new(
        label("subnet/n/s"),
        network.clone(),
        declared.zone.clone(),
        declared.range,
    );
    let subnet = cloud.create_subnet(&subnet).await.expect("a subnet").id;
    let group = CreateGroup::new(label("web"), network.clone());
    let group = cloud.create_group(&group).await.expect("a group").id;
    let groups = vec![group.clone()];
    let run = RunInstance::new(label("web-1"), subnet, groups, "t3.nano", "ami-12345678");
    let instance = cloud.run_instance(&run).await.expect("an instance").id;
    world.simulator.advance(std::time::Duration::from_secs(120));
    (network, group, instance)
}

/// The example pair, whose network `right` exists, with its group and its instance.
fn joined(network: &NetworkId, group: &GroupId, instance: &InstanceId) -> Topology {
    let mut topology = pair();
    topology.networks[1] = Network::existing("right", "b", REGION, network.clone());
    let groups = &mut topology.firewalls[0].groups;
    groups.insert("right".to_owned(), group.clone());
    let path = "left/s".parse().expect("a path");
    topology
        .with_instance(Instance::existing("theirs", "right", instance.clone()))
        .with_instance(Instance::new(
            "ours",
            path,
            "t3.nano",
            "ami-12345678",
            ["members"],
        ))
}

#[tokio::test]
async fn the_policies_are_enough_for_instances_and_for_groups_of_others() {
    let world = World::start().await;
    let (network, group, instance) = theirs(&world).await;
    let topology = joined(&network, &group, &instance);
    let policies = policies_of(&topology, world.provider.as_ref());
    let already = world.simulator.calls().len();
    let users = users(&world.simulator, &policies, Purpose::Life, None);
    assert_eq!(live(&users.engine, &topology).await, Ok(()));
    for account in &policies {
        let unneeded = unneeded(account, &world.simulator.calls()[already..]);
        assert_eq!(unneeded, Vec::<String>::new(), "{}", account.name);
    }
}

#[tokio::test]
async fn rules_of_ours_leave_a_group_and_an_instance_of_others_as_they_were() {
    let world = World::start().await;
    let (network, group, instance) = theirs(&world).await;
    let cloud = world
        .provider
        .cloud(&place(B, REGION))
        .await
        .expect("a handle");
    let topology = joined(&network, &group, &instance);
    topology.check().expect("a valid topology");
    // One of the rules that the topology wants is there: the cloud refuses to add it again.
    let wanted = world.plan(&topology).await;
    let left = pair().networks[0].range.expect("a range");
    let same = Rule::allow(
        Direction::Ingress,
        Protocol::Icmp,
        None,
        RulePeer::Range(left),
    );
    let added = cloud.authorize_rules(&group, "others", &[same]).await;
    added.expect("a rule of others");
    let seen = async || {
        (
            cloud.list_groups(&Select::All).await.expect("groups"),
            cloud.list_rules(&group).await.expect("rules"),
            cloud.list_instances(&Select::All).await.expect("instances"),
        )
    };
    let before = seen().await;

    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}");
    for code in ["group/used", "instance/used", "rule/used"] {
        assert!(report.codes().contains(&code), "{code}: {report}\n{wanted}");
    }
    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let (groups, rules, instances) = seen().await;
    assert_eq!((&groups, &instances), (&before.0, &before.2));
    let ours = rules
        .iter()
        .filter(|rule| rule.topology.as_deref() == Some("pair"));
    assert_eq!(ours.count(), rules.len() - before.1.len(), "{rules:?}");
    let observation = world.engine.observe(&topology).await.expect("observe");
    let verified = verify(&topology, &observation, Traffic::PING);
    assert!(verified.passed() && verified.pairs.len() == 2, "{verified}");
    assert!(world.plan(&topology).await.is_empty());

    world.destroy(&topology).await;
    assert_eq!(seen().await, before);
}

#[tokio::test]
async fn a_stopped_instance_is_a_warning_and_blocks_its_paths() {
    let world = World::start().await;
    let (network, group, instance) = theirs(&world).await;
    let topology = joined(&network, &group, &instance);
    world.apply(&topology).await;
    let stop = [("InstanceId.1", instance.as_str())];
    world.call(B, REGION, "StopInstances", &stop).await;
    world.simulator.advance(std::time::Duration::from_secs(120));
    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}");
    assert!(report.codes().contains(&"instance/stopped"), "{report}");
    assert!(world.plan(&topology).await.is_empty());
    let observation = world.engine.observe(&topology).await.expect("observe");
    let verified = verify(&topology, &observation, Traffic::PING);
    assert!(
        verified.to_string().contains("its status is stopped"),
        "{verified}"
    );
    world.destroy(&topology).await;
}
