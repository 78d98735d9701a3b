//! Security groups, instances and commands.

use landbridge_core::{
    CommandState, Compute, CreateGroup, Direction, Disk, FirewallRule, Phase, PortList, PortRange,
    PrefixList, Protocol, Rule, RulePeer, RunCommand, RunInstance, Select,
};

use super::{Scene, THEIRS, TOPOLOGY, label, owner, range, token};

fn peer() -> RulePeer {
    RulePeer::Range(range("10.0.20.0/24"))
}

pub(super) fn wanted_ingress() -> Vec<Rule> {
    let group = RulePeer::Group {
        id: "sg-9".into(),
        account: Some(THEIRS.into()),
    };
    let https = Some(PortRange::single(443));
    vec![
        Rule::allow(Direction::Ingress, Protocol::Icmp, None, peer()),
        Rule::allow(Direction::Ingress, Protocol::Tcp, https, group),
    ]
}

#[tokio::test]
async fn a_group_and_its_rules_live_and_die() {
    let scene = Scene::of("groups").await;
    let cloud = &scene.cloud;
    let wanted = CreateGroup::new(label("group/g"), "vpc-1".into());
    let made = cloud.create_group(&wanted).await.expect("made");
    assert_eq!(made.id.as_str(), "sg-1");
    let mut rules = wanted_ingress();
    rules.push(Rule::allow(Direction::Egress, Protocol::All, None, peer()));
    let added = cloud.authorize_rules(&made.id, TOPOLOGY, &rules).await;
    added.expect("added");
    let all = Select::Topology(TOPOLOGY.to_owned());
    let groups = cloud.list_groups(&all).await.expect("listed");
    let read: Vec<_> = groups
        .iter()
        .map(|group| (group.id.as_str(), group.references))
        .collect();
    assert_eq!(read, [("sg-1", true), ("sg-2", false)]);
    assert_eq!(groups[0].owner, Some(owner("group/g")));
    let one = cloud
        .list_groups(&Select::id("sg-1"))
        .await
        .expect("looked up");
    assert_eq!(one[0].network, None, "on a classic network");
    let mut listed = cloud.list_rules(&made.id).await.expect("listed");
    assert_eq!(listed.len(), 4);
    for (record, wanted) in listed.iter().zip(&rules) {
        assert!(record.rule.same_as(wanted), "{}", record.rule);
        assert_eq!(
            (record.topology.as_deref(), record.priority),
            (Some(TOPOLOGY), Some(1))
        );
    }
    let foreign = listed.pop().expect("the fourth");
    assert_eq!((foreign.topology, foreign.priority), (None, Some(100)));
    let offices = PrefixList::new("pl-1").with_ranges(Some(vec![range("10.7.0.0/16")]));
    assert_eq!(foreign.rule.peer, RulePeer::PrefixList(offices));
    let web = PortList::new("prl-1").with_ports(Some(vec![PortRange::single(80)]));
    assert_eq!(foreign.rule.only.port_list, Some(web));
    cloud
        .revoke_rules(&made.id, &listed)
        .await
        .expect("revoked");
    cloud.delete_group(&made.id).await.expect("deleted");
    scene.finish();
}

#[tokio::test]
async fn a_rule_that_is_gone_keeps_no_other_from_being_revoked() {
    let scene = Scene::of("rules-gone").await;
    let record = |id: &str, rule| {
        landbridge_core::RuleRecord::new("sg-1".into(), rule)
            .with_id(landbridge_core::RuleId::from(id))
            .with_topology(TOPOLOGY.to_owned())
    };
    let ids = ["sgr-1", "sgr-2"].into_iter();
    let records: Vec<_> = ids
        .zip(wanted_ingress())
        .map(|(id, rule)| record(id, rule))
        .collect();
    let revoked = scene.cloud.revoke_rules(&"sg-1".into(), &records).await;
    revoked.expect("revoked");
    scene.finish();
}

#[tokio::test]
async fn an_instance_lives_and_dies() {
    let scene = Scene::of("instances").await;
    let cloud = &scene.cloud;
    let image = "acs:alibaba_cloud_linux_3_2104_lts_x64";
    let groups = vec!["sg-1".into()];
    let address: std::net::IpAddr = "172.16.20.100".parse().expect("an address");
    let wanted = RunInstance::new(
        label("instance/i"),
        "vsw-1".into(),
        groups,
        "ecs.e-c1m1.large",
        image,
    )
    .with_address(address)
    .with_disk(Disk {
        category: "cloud_essd".to_owned(),
        size_gib: 20,
    })
    .with_password(secrecy::SecretString::from("made-up & masked"));
    let made = cloud.run_instance(&wanted).await.expect("started");
    assert_eq!(
        (made.id.as_str(), made.network),
        ("i-1", Some("vpc-1".into()))
    );
    let all = Select::Topology(TOPOLOGY.to_owned());
    let listed = cloud.list_instances(&all).await.expect("listed");
    let read: Vec<_> = listed
        .iter()
        .map(|instance| (instance.status.phase, instance.address))
        .collect();
    assert_eq!(
        read,
        [(Phase::Ready, Some(address)), (Phase::Pending, None)]
    );
    assert_eq!(listed[0].owner, Some(owner("instance/i")));
    let two = Select::Ids(vec!["i-1".into(), "i-9".into()]);
    let listed = cloud.list_instances(&two).await.expect("looked up");
    assert_eq!(
        (listed.len(), listed[0].status.word.as_str()),
        (1, "Stopped")
    );
    cloud
        .terminate_instance(&"i-1".into())
        .await
        .expect("deleted");
    scene.finish();
}

#[tokio::test]
async fn a_command_runs_to_its_end() {
    let scene = Scene::of("commands").await;
    let cloud = &scene.cloud;
    let ids = ["i-1", "i-2", "i-3"].map(Into::into);
    assert_eq!(
        cloud.agents_ready(&ids).await.expect("told"),
        [true, false, false]
    );
    let ping = RunCommand::new("i-1".into(), "ping -c 3 10.0.20.100", token());
    let id = cloud.run_command(&ping).await.expect("runs");
    for state in [
        CommandState::Running("Pending".to_owned()),
        CommandState::Running("Running".to_owned()),
        CommandState::Exited(0),
        CommandState::Exited(1),
        CommandState::Aborted("Timeout: the command timed out".to_owned()),
    ] {
        let output = cloud
            .command_output(&"i-1".into(), &id)
            .await
            .expect("told");
        assert_eq!(output.state, state);
    }
    scene.finish();
}
