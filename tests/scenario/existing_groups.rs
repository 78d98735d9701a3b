//! Groups and instances that others made on Alibaba Cloud: rules go into the groups, pings start at the instances, and both
//! are left as they were.

use landbridge_core::permit::Party;
use landbridge_core::topology::{
    Account, Firewall, FirewallRuleSpec, Instance, Interconnect, Network, RuleSource, Subnet,
    Topology,
};
use landbridge_core::{CloudProvider, GroupId, InstanceId, Protocol, Select};

use crate::permits::{Machine, machine, network};
use crate::place_reads_support::sees_the_same;
use crate::world::{A, B, World, aliyun, place, two_accounts};

const REGION: &str = "cn-hangzhou";

fn ids(machine: &Machine) -> (InstanceId, GroupId) {
    match (&machine.instance, &machine.group) {
        (Party::Instance { id: instance, .. }, Party::Group { id: group, .. }) => {
            (instance.clone(), group.clone())
        }
        other => panic!("no machine: {other:?}"),
    }
}

/// The network of B and a new one of A, joined; pings are let in on both sides.
fn joined(old: &landbridge_core::NetworkId, id: &InstanceId, group: &GroupId) -> Topology {
    let range = |text: &str| text.parse().expect("a range");
    let subnet = Subnet::new("s", format!("{REGION}-h"), range("10.2.1.0/24"));
    let members = [RuleSource::Members("net".to_owned())];
    let path = "new/s".parse().expect("a path");
    let image = "acs:alibaba_cloud_linux_3_2104_lts_x64";
    Topology::new("guest")
        .with_account(Account::new("a", aliyun(), A))
        .with_account(Account::new("b", aliyun(), B))
        .with_network(Network::existing("old", "b", REGION, old.clone()))
        .with_network(Network::new("new", "a", REGION, range("10.2.0.0/16")).with_subnet(subnet))
        .with_interconnect(Interconnect::new("net", "a", ["old", "new"]))
        .with_firewall(
            Firewall::new("probe", ["new"])
                .with_group("old", group.clone())
                .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, members)),
        )
        .with_instance(Instance::existing("theirs", "old", id.clone()))
        .with_instance(Instance::new(
            "ours",
            path,
            "ecs.t5-lc2m1.nano",
            image,
            ["probe"],
        ))
}

#[tokio::test]
async fn rules_and_pings_of_ours_leave_a_group_and_an_instance_of_others_as_they_were() {
    let world = World::start(two_accounts()).await;
    let (old, subnet) = network(&world, B, "old", "10.1").await;
    let (id, group) = ids(&machine(&world, B, &old, &subnet).await);
    let cloud = world
        .provider
        .cloud(&place(B, REGION))
        .await
        .expect("a handle");
    let seen = async || {
        (
            cloud.list_groups(&Select::All).await.expect("groups"),
            cloud.list_rules(&group).await.expect("rules"),
            cloud.list_instances(&Select::All).await.expect("instances"),
        )
    };
    let before = seen().await;

    let topology = joined(&old, &id, &group);
    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}");
    for code in ["group/used", "instance/used"] {
        assert!(report.codes().contains(&code), "{report}");
    }
    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let (groups, rules, instances) = seen().await;
    assert_eq!((&groups, &instances), (&before.0, &before.2));
    let ours = rules
        .iter()
        .filter(|rule| rule.topology.as_deref() == Some("guest"));
    assert_eq!(
        (ours.count(), rules.len()),
        (1, before.1.len() + 1),
        "{rules:?}"
    );
    let verified = world.verify(&topology).await;
    assert!(verified.passed() && verified.pairs.len() == 2, "{verified}");
    let answered = |received: u32| received == 4;
    let pings = verified.pairs.iter().filter_map(|pair| pair.ping.as_ref());
    assert_eq!(
        pings.filter(|ping| answered(ping.received)).count(),
        2,
        "{verified}"
    );
    assert!(world.plan(&topology).await.is_empty());

    world.destroy(&topology).await;
    assert_eq!(seen().await, before);
}

#[tokio::test]
async fn rules_leave_a_group_that_the_topology_no_longer_names() {
    let world = World::start(two_accounts()).await;
    let (old, subnet) = network(&world, B, "old", "10.1").await;
    let (id, group) = ids(&machine(&world, B, &old, &subnet).await);
    let cloud = world
        .provider
        .cloud(&place(B, REGION))
        .await
        .expect("a handle");
    let before = cloud.list_rules(&group).await.expect("rules");
    let mut topology = joined(&old, &id, &group);
    world.apply(&topology).await;
    topology.instances.clear();
    topology.firewalls.clear();
    world.apply(&topology).await;
    assert_eq!(cloud.list_rules(&group).await.expect("rules"), before);
    world.destroy(&topology).await;
}
