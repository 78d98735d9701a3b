//! What goes well, as moto answers it: networks, groups, instances, callers, inventories.

use landbridge_core::{
    AssumeRole, Cloud, Compute, CreateGroup, CreateNetwork, CreateSubnet, CrossAccountAuth,
    Direction, Disk, ErrorKind, FirewallRule, IdentityKind, Network, NetworkRecord, Phase,
    PortRange, Protocol, Routing, Rule, RulePeer, RunInstance, Scope, Select, SessionToken,
};

use super::stage::{A, B, HERE, Stage, label, owner};

async fn network(cloud: &impl Network, name: &str, range: &str) -> NetworkRecord {
    let key = format!("network/{name}");
    let request = CreateNetwork::new(label(name, &key), range.parse().expect("a range"));
    cloud.create_network(&request).await.expect("a network")
}

fn subnet(network: &NetworkRecord, range: &str) -> CreateSubnet {
    let zone = format!("{HERE}a");
    CreateSubnet::new(
        label("s", "subnet/s"),
        network.id.clone(),
        zone.as_str().into(),
        range.parse().expect("a range"),
    )
}

#[tokio::test]
async fn networks_and_subnets_come_and_go() {
    let Some(stage) = Stage::recorded("networks", &[]).await else {
        return;
    };
    let cloud = stage.cloud(A, HERE);
    let made = network(&cloud, "n", "10.1.0.0/16").await;
    assert_eq!(
        (made.name.as_str(), made.owner.clone()),
        ("n", Some(owner("network/n")))
    );
    assert_eq!((made.account.as_str(), made.region.as_str()), (A, HERE));
    let select = Select::id(made.id.clone());
    let listed = cloud.list_networks(&select).await.expect("lists");
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].id.clone(), listed[0].ranges.clone()),
        (made.id.clone(), made.ranges.clone())
    );
    assert!(listed[0].status.is_ready());
    let of_topology = Select::Topology("recorded".to_owned());
    assert_eq!(
        cloud.list_networks(&of_topology).await.expect("lists"),
        listed
    );
    let all = cloud.list_networks(&Select::All).await.expect("lists");
    assert_eq!(all.len(), 2, "the network that every region has");

    let part = cloud
        .create_subnet(&subnet(&made, "10.1.1.0/24"))
        .await
        .expect("a subnet");
    assert_eq!(part.owner, Some(owner("subnet/s")));
    let select = Select::id(part.id.clone());
    let listed = cloud.list_subnets(&select).await.expect("lists");
    assert_eq!(listed[0].free_addresses, Some(251));
    let error = cloud
        .create_subnet(&subnet(&made, "10.1.1.128/25"))
        .await
        .expect_err("overlaps");
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::AlreadyExists, Some("InvalidSubnet.Conflict"))
    );
    let error = cloud
        .create_subnet(&subnet(&made, "10.2.1.0/24"))
        .await
        .expect_err("outside");
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::InvalidInput, Some("InvalidSubnet.Range"))
    );

    let error = cloud.delete_network(&made.id).await.expect_err("in use");
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::InUse, Some("DependencyViolation"))
    );
    for _ in 0..2 {
        cloud.delete_subnet(&part.id).await.expect("gone");
        cloud.delete_network(&made.id).await.expect("gone");
    }
    assert_eq!(cloud.list_subnets(&select).await.expect("lists"), []);
    let select = Select::id(made.id.clone());
    assert_eq!(cloud.list_networks(&select).await.expect("lists"), []);
    stage.end();
}

fn rule(direction: Direction, protocol: Protocol, port: Option<u16>, range: &str) -> Rule {
    let range = RulePeer::Range(range.parse().expect("a range"));
    Rule::allow(direction, protocol, port.map(PortRange::single), range)
}

#[tokio::test]
async fn groups_take_rules_and_lose_them() {
    let Some(stage) = Stage::recorded("groups", &[]).await else {
        return;
    };
    let cloud = stage.cloud(A, HERE);
    let home = network(&cloud, "n", "10.1.0.0/16").await;
    let request = CreateGroup::new(label("g", "group/g"), home.id.clone());
    let group = cloud.create_group(&request).await.expect("a group");
    let again = cloud.create_group(&request).await.expect("adopted");
    assert_eq!(again.id, group.id);
    let stranger = CreateGroup::new(label("g", "group/other"), home.id.clone());
    let error = cloud.create_group(&stranger).await.expect_err("not ours");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(
        error
            .message()
            .contains("does not carry the topology's tags"),
        "{error}"
    );
    let listed = cloud
        .list_groups(&Select::id(group.id.clone()))
        .await
        .expect("lists");
    assert_eq!((listed.len(), listed[0].open_egress), (1, false));

    let wanted = [
        rule(Direction::Ingress, Protocol::Icmp, None, "10.2.0.0/16"),
        rule(Direction::Ingress, Protocol::Tcp, Some(22), "10.2.0.0/16"),
        rule(Direction::Egress, Protocol::Udp, Some(53), "10.2.0.0/16"),
    ];
    for _ in 0..2 {
        let added = cloud.authorize_rules(&group.id, "recorded", &wanted).await;
        added.expect("added");
    }
    let rules = cloud.list_rules(&group.id).await.expect("lists");
    let (ours, others): (Vec<_>, Vec<_>) =
        rules.into_iter().partition(|rule| rule.topology.is_some());
    assert_eq!(
        (ours.len(), others.len()),
        (3, 1),
        "one lets everything out"
    );
    for rule in &wanted {
        assert!(ours.iter().any(|known| known.rule == *rule), "{rule}");
    }
    for _ in 0..2 {
        cloud.revoke_rules(&group.id, &ours).await.expect("revoked");
    }
    let left = cloud.list_rules(&group.id).await.expect("lists");
    assert_eq!(left, others);
    for _ in 0..2 {
        cloud.delete_group(&group.id).await.expect("gone");
    }
    stage.end();
}

/// An image that moto knows.
const IMAGE: &str = "ami-12c6146b";

#[tokio::test]
async fn an_instance_runs_and_ends() {
    let Some(stage) = Stage::recorded("instances", &[]).await else {
        return;
    };
    let cloud = stage.cloud(A, HERE);
    let home = network(&cloud, "n", "10.1.0.0/16").await;
    let part = cloud
        .create_subnet(&subnet(&home, "10.1.1.0/24"))
        .await
        .expect("a subnet");
    let group = CreateGroup::new(label("g", "group/g"), home.id.clone());
    let group = cloud.create_group(&group).await.expect("a group");
    let mut request = RunInstance::new(
        label("i", "instance/i"),
        part.id.clone(),
        vec![group.id.clone()],
        "t3.nano",
        IMAGE,
    )
    .with_disk(Disk {
        category: "gp3".to_owned(),
        size_gib: 20,
    })
    .with_address("10.1.1.10".parse::<std::net::IpAddr>().ok());
    let made = cloud.run_instance(&request).await.expect("an instance");
    assert_eq!(
        (made.owner.clone(), made.address),
        (Some(owner("instance/i")), request.address)
    );
    assert_eq!(made.status.phase, Phase::Pending);
    let select = Select::id(made.id.clone());
    let listed = cloud.list_instances(&select).await.expect("lists");
    assert!(listed[0].status.is_ready(), "{:?}", listed[0]);
    assert_eq!(
        (listed[0].subnet.clone(), listed[0].groups.clone()),
        (Some(part.id), vec![group.id])
    );

    request.image = "ami-00000000".to_owned();
    let error = cloud.run_instance(&request).await.expect_err("no image");
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::InvalidInput, Some("RunInstances"))
    );
    cloud.terminate_instance(&made.id).await.expect("ended");
    assert_eq!(cloud.list_instances(&select).await.expect("lists"), []);
    stage.end();
}

/// Moto has the sessions of all users in one account, and says so of their caller.
#[tokio::test]
async fn callers_are_named_and_sessions_opened() {
    let Some(stage) = Stage::recorded("callers", &[]).await else {
        return;
    };
    let cloud = stage.cloud(A, HERE);
    let caller = cloud.caller_identity().await.expect("somebody");
    assert_eq!(
        (caller.account.as_str(), caller.kind),
        (A, IdentityKind::Role)
    );
    assert_eq!(cloud.account_alias().await.expect("asked"), None);
    stage
        .meanwhile("CreateAccountAlias", &[("AccountAlias", "north")])
        .await;
    assert_eq!(
        cloud.account_alias().await.expect("asked").as_deref(),
        Some("north")
    );
    let role = format!("arn:aws:iam::{B}:role/peer");
    let request = AssumeRole::new(role, "recorded").with_external_id("an-id");
    let session = cloud.assume_role(&request).await.expect("a session");
    assert!(session.expires_at > std::time::SystemTime::UNIX_EPOCH);
    cloud
        .session_token(&SessionToken::new())
        .await
        .expect("a session");
    stage.end();
}

#[tokio::test]
async fn an_inventory_is_everything_of_a_topology() {
    let Some(stage) = Stage::recorded("inventory", &[]).await else {
        return;
    };
    let cloud = stage.cloud(A, HERE);
    let empty = cloud
        .inventory(&Scope::new("recorded"))
        .await
        .expect("an inventory");
    assert_eq!((empty.network_count, empty.networks.len()), (1, 0));
    let home = network(&cloud, "n", "10.1.0.0/16").await;
    let part = cloud
        .create_subnet(&subnet(&home, "10.1.1.0/24"))
        .await
        .expect("a subnet");
    let group = CreateGroup::new(label("g", "group/g"), home.id.clone());
    let group = cloud.create_group(&group).await.expect("a group");
    let full = cloud
        .inventory(&Scope::new("recorded").with_zones().with_holders())
        .await
        .expect("an inventory");
    assert_eq!((full.network_count, full.networks.len()), (2, 1));
    assert_eq!(full.subnets[0].id, part.id);
    assert_eq!(
        (full.acls.len(), full.acls[0].network.clone()),
        (1, home.id.clone())
    );
    assert_eq!((full.groups[0].id.clone(), full.rules.len()), (group.id, 1));
    assert_eq!((full.route_tables.len(), full.routes.len()), (1, 1));
    assert_eq!(full.peerings, []);
    assert_eq!(
        (full.interfaces.len(), full.interfaces[0].subnet.clone()),
        (1, part.id.clone())
    );
    assert!(full.interfaces[0].description.contains("NAT Gateway"));
    assert!(full.zones.iter().any(|zone| zone.is_called(&part.zone)));
    assert!(empty.zones.is_empty());
    let tables = cloud.list_route_tables(&[home.id]).await.expect("lists");
    assert_eq!(tables, full.route_tables);
    stage.end();
}
