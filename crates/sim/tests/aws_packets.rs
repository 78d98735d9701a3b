//! AWS: whether packets flow depends on peering, routes, groups and network ACLs of both sides.

mod support;

use std::net::IpAddr;
use std::time::Duration;

use landbridge_sim::Protocol;
use support::aws::B;
use support::aws_stage::{End, SSH, Stage};
use support::control;

#[tokio::test]
async fn an_active_peering_alone_carries_nothing() {
    let stage = Stage::new().await;
    stage.lost(Protocol::ECHO, "no route to 10.1.1.10");
    stage.route_left().await;
    stage.lost(Protocol::ECHO, "do not allow ICMP 8/0 from 10.0.1.10");
    stage.right.open("icmp", "8", "-1", "10.0.0.0/16").await;
    stage.lost(Protocol::ECHO, "on the way back: no route to 10.0.1.10");
    stage.route_right().await;
    stage.arrives(Protocol::ECHO);
    stage.lost(SSH, "do not allow TCP 50000 > 22");
    stage.right.open("tcp", "22", "22", "10.0.0.0/16").await;
    stage.arrives(SSH);
}

#[tokio::test]
async fn packets_stop_when_the_peering_is_deleted() {
    let stage = Stage::open().await;
    stage.arrives(Protocol::ECHO);
    stage
        .right
        .client
        .peering("Delete", &stage.peering)
        .await
        .ok();
    stage.lost(Protocol::ECHO, "black hole");
}

#[tokio::test]
async fn acls_filter_peering_traffic_both_ways() {
    let stage = Stage::open().await;
    let acl = stage.right.bar().await;
    stage.lost(SSH, "the inbound network ACL");
    stage
        .right
        .entry(&acl, "false", "22", "22", "10.0.0.0/16")
        .await;
    stage.lost(SSH, "on the way back: the outbound network ACL");
    stage
        .right
        .entry(&acl, "true", "1024", "65535", "10.0.0.0/16")
        .await;
    stage.arrives(SSH);
    let acl = stage.left.bar().await;
    stage.lost(SSH, "the outbound network ACL");
    stage
        .left
        .entry(&acl, "true", "22", "22", "10.1.0.0/16")
        .await;
    stage.lost(SSH, "on the way back: the inbound network ACL");
    stage
        .left
        .entry(&acl, "false", "32768", "65535", "10.1.0.0/16")
        .await;
    stage.arrives(SSH);
}

#[tokio::test]
async fn the_sources_group_must_let_it_out() {
    let stage = Stage::open().await;
    let all = [
        ("GroupId", stage.left.group.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    let client = &stage.left.client;
    client.ok("RevokeSecurityGroupEgress", &all).await;
    stage.lost(SSH, "do not allow TCP 50000 > 22 to 10.1.1.10");
}

#[tokio::test]
async fn a_group_over_the_peering_lets_its_members_in() {
    let stage = Stage::new().await;
    stage.route_left().await;
    stage.route_right().await;
    let owner = support::aws::A;
    let reference = [
        ("GroupId", stage.right.group.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "22"),
        ("IpPermissions.1.ToPort", "22"),
        (
            "IpPermissions.1.Groups.1.GroupId",
            stage.left.group.as_str(),
        ),
        ("IpPermissions.1.Groups.1.UserId", owner),
    ];
    let client = &stage.right.client;
    client.ok("AuthorizeSecurityGroupIngress", &reference).await;
    stage.arrives(SSH);
    stage.lost(Protocol::tcp(23), "do not allow TCP 50000 > 23");
}

#[tokio::test]
async fn peerings_do_not_lead_further() {
    let stage = Stage::open().await;
    let third = End::new(&stage.right.client, 2, "10.2.1.10").await;
    let onward = third
        .client
        .request(&third.vpc, &stage.right.vpc, B, "us-east-1")
        .await;
    stage.simulator.advance(Duration::from_secs(4));
    third.client.peering("Accept", &onward).await.ok();
    stage.simulator.advance(Duration::from_secs(30));
    let (left, right) = (&stage.left, &stage.right);
    left.client
        .route(&left.vpc, "10.2.0.0/16", &stage.peering)
        .await
        .ok();
    right
        .client
        .route(&right.vpc, "10.2.0.0/16", &onward)
        .await
        .ok();
    third
        .client
        .route(&third.vpc, "10.2.1.0/24", &onward)
        .await
        .refused("InvalidParameterValue");
    third
        .client
        .route(&third.vpc, "10.0.0.0/16", &onward)
        .await
        .ok();
    third.open("-1", "-1", "-1", "10.0.0.0/8").await;
    let target: IpAddr = third.address.parse().expect("an address");
    let verdict = stage.simulator.probe(&left.instance, target, SSH);
    assert!(!verdict.is_delivered(), "{verdict}");
}

#[tokio::test]
async fn the_most_specific_route_wins() {
    let stage = Stage::open().await;
    let other = End::new(&stage.left.client, 3, "10.3.1.10").await;
    let client = &stage.left.client;
    let decoy = client
        .request(&stage.left.vpc, &other.vpc, support::aws::A, "us-east-1")
        .await;
    stage.simulator.advance(Duration::from_secs(4));
    client
        .route(&stage.left.vpc, "10.1.1.0/24", &decoy)
        .await
        .ok();
    stage.lost(SSH, "pending-acceptance (black hole)");
}

#[tokio::test]
async fn instances_start_stop_and_hold_their_addresses() {
    let stage = Stage::open().await;
    let end = &stage.right;
    let again = [
        ("ImageId", "ami-1"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", end.subnet.as_str()),
        ("PrivateIpAddress", end.address),
    ];
    end.client
        .ec2("RunInstances", &again)
        .await
        .refused("InvalidIPAddress.InUse");
    let one = [("InstanceId.1", end.instance.as_str())];
    end.client.ok("TerminateInstances", &one).await;
    stage.lost(SSH, "not running");
    stage.simulator.advance(Duration::from_secs(20));
    stage.lost(SSH, "no instance has the address");
    let seen = end.client.ok("DescribeInstances", &one).await;
    assert_eq!(
        seen.text("instanceState"),
        "<code>48</code><name>terminated</name>"
    );
    end.client.ok("RunInstances", &again).await;
    stage.simulator.advance(Duration::from_secs(3600));
    end.client
        .ec2("DescribeInstances", &one)
        .await
        .refused("InvalidInstanceID.NotFound");
}

#[tokio::test]
async fn the_control_interface_walks_packets_too() {
    let stage = Stage::open().await;
    let path = format!(
        "/_sim/packet?source={}&destination={}&protocol=tcp:22",
        stage.left.instance, stage.right.address
    );
    let answer = control(&stage.simulator, "GET", &path, "").await.ok();
    assert_eq!(answer["verdict"], "delivered");
    let role = r#"{"account": "444455556666", "name": "peer", "trusts": ["111122223333"], "requires_mfa": false}"#;
    control(&stage.simulator, "POST", "/_sim/roles", role)
        .await
        .ok();
}
