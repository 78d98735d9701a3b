//! AWS: which packets security groups and network ACLs let pass, to the last type, code and port.

mod support;

use std::net::IpAddr;

use landbridge_sim::{AwsAclEntry, Protocol, Verdict};
use support::aws_stage::{End, SSH, Stage};

const GRE: Protocol = Protocol::Other(47);

const fn icmp(kind: u8, code: u8) -> Protocol {
    Protocol::Icmp { kind, code }
}

/// A stage whose right end lets in only what the test opens.
async fn closed() -> Stage {
    let stage = Stage::new().await;
    stage.route_left().await;
    stage.route_right().await;
    stage
}

#[tokio::test]
async fn groups_know_types_and_codes() {
    let stage = closed().await;
    stage.right.open("icmp", "3", "4", "10.0.0.0/16").await;
    stage.arrives(icmp(3, 4));
    stage.lost(icmp(3, 1), "do not allow ICMP 3/1 from 10.0.1.10");
    stage.lost(Protocol::ECHO, "do not allow ICMP 8/0");
    stage.right.open("1", "8", "-1", "10.0.0.0/16").await;
    stage.arrives(Protocol::ECHO);
    stage.lost(icmp(13, 0), "do not allow ICMP 13/0");
    stage.right.open("icmp", "-1", "-1", "10.0.0.0/16").await;
    stage.arrives(icmp(13, 0));
    stage.lost(Protocol::ECHO_V6, "do not allow ICMPv6 128/0");
    stage.right.open("58", "-1", "-1", "10.0.0.0/16").await;
    stage.arrives(Protocol::ECHO_V6);
}

#[tokio::test]
async fn groups_know_protocols_by_number_and_ports_by_range() {
    let stage = closed().await;
    stage.right.open("47", "-1", "-1", "10.0.0.0/16").await;
    stage.arrives(GRE);
    stage.lost(Protocol::Other(50), "do not allow protocol 50");
    stage.right.open("17", "53", "60", "10.0.0.0/16").await;
    stage.arrives(Protocol::udp(60));
    stage.lost(Protocol::udp(61), "do not allow UDP 50000 > 61");
    stage.lost(Protocol::udp(99).from_port(53), "UDP 53 > 99");
    stage.lost(Protocol::tcp(53), "do not allow TCP");
    stage.right.open("-1", "-1", "-1", "10.0.0.0/16").await;
    for protocol in [Protocol::Other(50), Protocol::tcp(1), icmp(3, 1)] {
        stage.arrives(protocol);
    }
}

#[tokio::test]
async fn what_leaves_needs_a_rule_of_its_own() {
    let stage = Stage::open().await;
    let group = stage.left.group.as_str();
    let everything = [
        ("GroupId", group),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    let client = &stage.left.client;
    client.ok("RevokeSecurityGroupEgress", &everything).await;
    let web = [
        ("GroupId", group),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "443"),
        ("IpPermissions.1.ToPort", "443"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "10.1.1.0/28"),
    ];
    client.ok("AuthorizeSecurityGroupEgress", &web).await;
    stage.arrives(Protocol::tcp(443));
    stage.lost(SSH, "do not allow TCP 50000 > 22 to 10.1.1.10");
}

/// The left subnet behind an ACL that lets everything out and nothing in, with these entries.
async fn behind(stage: &Stage, end: &End, entries: Vec<AwsAclEntry>) -> String {
    let acl = end.bar().await;
    for entry in entries {
        assert!(stage.simulator.place_aws_acl_entry(&acl, entry));
    }
    acl
}

#[tokio::test]
async fn acl_entries_decide_by_number() {
    let stage = Stage::open().await;
    let out = AwsAclEntry::allow(100, "-1", "0.0.0.0/0").egress();
    let ssh = AwsAclEntry::allow(120, "6", "10.0.0.0/8").ports(22, 22);
    let acl = behind(&stage, &stage.right, vec![out, ssh]).await;
    stage.arrives(SSH);
    let place = |entry| assert!(stage.simulator.place_aws_acl_entry(&acl, entry));
    place(AwsAclEntry::deny(110, "6", "10.0.1.0/24").ports(20, 30));
    stage.lost(SSH, "the inbound network ACL");
    place(AwsAclEntry::allow(105, "-1", "10.0.1.10/32"));
    stage.arrives(SSH);
    place(AwsAclEntry::deny(105, "-1", "10.0.1.11/32"));
    stage.lost(SSH, "the inbound network ACL");
    assert!(
        !stage
            .simulator
            .place_aws_acl_entry("acl-0", AwsAclEntry::deny(1, "-1", "::/0"))
    );
}

#[tokio::test]
async fn acls_see_the_answers_own_type() {
    let stage = Stage::open().await;
    let request = AwsAclEntry::allow(10, "1", "10.0.0.0/16").icmp(8, -1);
    let acl = behind(&stage, &stage.right, vec![request]).await;
    stage.lost(Protocol::ECHO, "on the way back: the outbound network ACL");
    let place = |entry| assert!(stage.simulator.place_aws_acl_entry(&acl, entry));
    place(
        AwsAclEntry::allow(10, "1", "10.0.0.0/16")
            .icmp(8, 0)
            .egress(),
    );
    stage.lost(Protocol::ECHO, "denies ICMP 0/0 to 10.0.1.10");
    place(
        AwsAclEntry::allow(20, "1", "10.0.0.0/16")
            .icmp(0, 0)
            .egress(),
    );
    stage.arrives(Protocol::ECHO);
    stage.lost(icmp(3, 4), "the inbound network ACL");
    place(AwsAclEntry::allow(20, "1", "10.0.0.0/16").icmp(3, 4));
    stage.arrives(icmp(3, 4));
    stage.lost(icmp(3, 3), "denies ICMP 3/3 from 10.0.1.10");
}

#[tokio::test]
async fn acls_see_the_answers_own_ports() {
    let stage = Stage::open().await;
    let request = AwsAclEntry::allow(10, "6", "10.0.0.0/16").ports(22, 22);
    let answer = AwsAclEntry::allow(10, "6", "10.0.0.0/16")
        .ports(49_152, 65_535)
        .egress();
    behind(&stage, &stage.right, vec![request, answer]).await;
    stage.arrives(SSH);
    stage.arrives(SSH.from_port(49_152));
    stage.lost(SSH.from_port(40_000), "on the way back: the outbound");
    stage.lost(SSH.from_port(40_000), "denies TCP 22 > 40000 to 10.0.1.10");
}

#[tokio::test]
async fn acls_filter_other_protocols_in_both_directions() {
    let stage = Stage::open().await;
    let gre = AwsAclEntry::allow(10, "47", "10.0.0.0/16");
    let acl = behind(&stage, &stage.right, vec![gre.clone()]).await;
    stage.lost(GRE, "on the way back: the outbound network ACL");
    assert!(stage.simulator.place_aws_acl_entry(&acl, gre.egress()));
    stage.arrives(GRE);
    stage.lost(Protocol::Other(50), "denies protocol 50 from 10.0.1.10");
}

#[tokio::test]
async fn entries_of_calls_count_like_placed_ones() {
    let stage = Stage::open().await;
    let acl = stage.right.bar().await;
    let client = &stage.right.client;
    let call = async |egress: &str, kind: &str| {
        let parameters = [
            ("NetworkAclId", acl.as_str()),
            ("RuleNumber", "7"),
            ("Protocol", "1"),
            ("RuleAction", "allow"),
            ("Egress", egress),
            ("CidrBlock", "10.0.0.0/16"),
            ("Icmp.Type", kind),
            ("Icmp.Code", "-1"),
        ];
        client.ok("CreateNetworkAclEntry", &parameters).await;
    };
    call("false", "8").await;
    stage.lost(Protocol::ECHO, "on the way back: the outbound network ACL");
    call("true", "-1").await;
    stage.arrives(Protocol::ECHO);
    stage.lost(icmp(13, 0), "denies ICMP 13/0 from 10.0.1.10");
}

#[tokio::test]
async fn sources_are_instances_interfaces_or_addresses() {
    let stage = Stage::open().await;
    let one = [("InstanceId.1", stage.left.instance.as_str())];
    let shown = stage.left.client.ok("DescribeInstances", &one).await;
    let interface = shown.text("networkInterfaceId");
    let target: IpAddr = stage.right.address.parse().expect("an address");
    let probe = |source: &str| stage.simulator.probe(source, target, SSH);
    let expected = probe(&stage.left.instance);
    assert!(expected.is_delivered(), "{expected}");
    assert_eq!(probe(&interface), expected);
    assert_eq!(probe(stage.left.address), expected);
    let twin = End::new(&stage.left.client, 0, stage.left.address).await;
    assert!(!probe(&twin.instance).is_delivered());
    for (source, reason) in [
        (stage.left.address, "several instances have the address"),
        ("10.9.9.9", "no such instance"),
        ("eni-0", "no such instance"),
    ] {
        let expected = Verdict::Dropped {
            element: source.to_owned(),
            reason: reason.to_owned(),
        };
        assert_eq!(probe(source), expected);
    }
    let far: IpAddr = "2001:db8::1".parse().expect("an address");
    let verdict = stage.simulator.probe(&stage.left.instance, far, SSH);
    let text = verdict.to_string();
    assert!(
        text.contains("no address of the family of 2001:db8::1"),
        "{text}"
    );
}
