//! Groups and their rules: what is adopted, what is sent, what is left alone.

mod common;

use common::*;
use landbridge_core::{
    CreateGroup, Direction, ErrorKind, FirewallRule, PortRange, PrefixList, Protocol, Rule,
    RulePeer,
};

fn range(text: &str) -> ipnet::IpNet {
    text.parse().expect("range")
}

fn ssh(text: &str) -> Rule {
    let ports = Some(PortRange::single(22));
    Rule::allow(
        Direction::Ingress,
        Protocol::Tcp,
        ports,
        RulePeer::Range(range(text)),
    )
}

fn rule_item(id: &str, text: &str, mark: &str) -> String {
    format!(
        "<securityGroupRuleId>{id}</securityGroupRuleId><groupId>sg-1</groupId><isEgress>false</isEgress>\
         <ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort><cidrIpv4>{text}</cidrIpv4>{mark}"
    )
}

#[tokio::test]
async fn only_missing_rules_are_sent_and_marked() {
    let server = server().await;
    let there = items(
        "securityGroupRuleSet",
        &[rule_item("sgr-1", "10.0.0.0/8", "")],
    );
    answers(&server, "DescribeSecurityGroupRules", &there).await;
    answers(
        &server,
        "AuthorizeSecurityGroupIngress",
        "<return>true</return>",
    )
    .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let rules = [ssh("10.0.0.0/8"), ssh("172.16.0.0/12")];
    cloud
        .authorize_rules(&"sg-1".into(), "t", &rules)
        .await
        .expect("added");
    let form = sent(&server, "AuthorizeSecurityGroupIngress").await;
    assert_eq!(
        form.get("IpPermissions.1.IpRanges.1.CidrIp")
            .map(String::as_str),
        Some("172.16.0.0/12")
    );
    assert_eq!(
        form.get("IpPermissions.1.IpRanges.1.Description")
            .map(String::as_str),
        Some("landbridge:t")
    );
    assert!(!form.contains_key("IpPermissions.2.IpProtocol"));
    cloud
        .authorize_rules(&"sg-1".into(), "t", &rules[..1])
        .await
        .expect("nothing to do");
}

#[tokio::test]
async fn rules_that_somebody_adds_meanwhile_are_compared_anew() {
    let server = server().await;
    let there = items(
        "securityGroupRuleSet",
        &[rule_item("sgr-1", "10.0.0.0/8", "")],
    );
    on("DescribeSecurityGroupRules")
        .respond_with(Script::new([
            ok("DescribeSecurityGroupRules", "<securityGroupRuleSet/>"),
            ok("DescribeSecurityGroupRules", &there),
        ]))
        .mount(&server)
        .await;
    on("AuthorizeSecurityGroupIngress")
        .respond_with(refused(400, "InvalidPermission.Duplicate"))
        .expect(1)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud
        .authorize_rules(&"sg-1".into(), "t", &[ssh("10.0.0.0/8")])
        .await
        .expect("there");
}

#[tokio::test]
async fn a_group_of_the_peer_is_named_with_owner_and_peering() {
    let server = server().await;
    answers(
        &server,
        "DescribeSecurityGroupRules",
        "<securityGroupRuleSet/>",
    )
    .await;
    let group = "<groupId>sg-1</groupId><groupName>g</groupName><vpcId>vpc-1</vpcId>";
    answers(
        &server,
        "DescribeSecurityGroups",
        &items("securityGroupInfo", &[group.to_owned()]),
    )
    .await;
    let live = items("vpcPeeringConnectionSet", &[peering("pcx-1", "active", "")]);
    answers(&server, "DescribeVpcPeeringConnections", &live).await;
    answers(
        &server,
        "AuthorizeSecurityGroupIngress",
        "<return>true</return>",
    )
    .await;
    let foreign = RulePeer::Group {
        id: "sg-2".into(),
        account: Some(PEER.into()),
    };
    let rule = Rule::allow(Direction::Ingress, Protocol::All, None, foreign);
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud
        .authorize_rules(&"sg-1".into(), "t", &[rule])
        .await
        .expect("added");
    let form = sent(&server, "AuthorizeSecurityGroupIngress").await;
    for (name, value) in [
        ("UserId", PEER),
        ("GroupId", "sg-2"),
        ("VpcPeeringConnectionId", "pcx-1"),
    ] {
        let name = format!("IpPermissions.1.Groups.1.{name}");
        assert_eq!(form.get(&name).map(String::as_str), Some(value), "{name}");
    }
}

#[tokio::test]
async fn revoking_removes_exactly_what_is_meant_and_what_is_left_of_it() {
    let server = server().await;
    let ours = "<description>landbridge:t</description>";
    let all = items(
        "securityGroupRuleSet",
        &[
            rule_item("sgr-1", "10.0.0.0/8", ours),
            rule_item("sgr-2", "10.0.0.0/8", ""),
        ],
    );
    answers(&server, "DescribeSecurityGroupRules", &all).await;
    on("RevokeSecurityGroupIngress")
        .respond_with(Script::new([
            refused(400, "InvalidSecurityGroupRuleId.NotFound"),
            ok("RevokeSecurityGroupIngress", "<return>true</return>"),
        ]))
        .expect(2)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let mut rules = cloud.list_rules(&"sg-1".into()).await.expect("lists");
    assert_eq!(
        (rules[0].topology.as_deref(), rules[1].topology.as_deref()),
        (Some("t"), None)
    );
    rules.truncate(1);
    rules[0].id = None;
    cloud
        .revoke_rules(&"sg-1".into(), &rules)
        .await
        .expect("revoked");
    let requests = server.received_requests().await.expect("recorded");
    let last = form(requests.last().expect("sent"));
    assert_eq!(
        last.get("SecurityGroupRuleId.1").map(String::as_str),
        Some("sgr-1")
    );
}

#[tokio::test]
async fn a_group_of_the_same_name_is_adopted_only_if_it_is_ours() {
    for (key, adopted) in [("group/f/n", true), ("group/other", false)] {
        let server = server().await;
        on("CreateSecurityGroup")
            .respond_with(refused(400, "InvalidGroup.Duplicate"))
            .mount(&server)
            .await;
        let egress = "<ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><ipRanges><item>\
             <cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item></ipPermissionsEgress>";
        let group = format!(
            "<groupId>sg-1</groupId><groupName>A NAME</groupName><vpcId>vpc-1</vpcId>{egress}{}",
            tags(key)
        );
        answers(
            &server,
            "DescribeSecurityGroups",
            &items("securityGroupInfo", &[group]),
        )
        .await;
        let request = CreateGroup::new(label("group/f/n"), "vpc-1".into());
        let result = cloud(&server.uri(), FakeClock::new())
            .create_group(&request)
            .await;
        match result {
            Ok(group) => assert!(adopted && !group.open_egress && !group.members_trusted),
            Err(error) => assert!(!adopted && error.kind() == ErrorKind::AlreadyExists),
        }
    }
}

fn rule_by_list(id: &str) -> String {
    format!(
        "<securityGroupRuleId>{id}</securityGroupRuleId><groupId>sg-1</groupId><isEgress>false</isEgress>\
         <ipProtocol>-1</ipProtocol><prefixListId>pl-1</prefixListId>"
    )
}

#[tokio::test]
async fn prefix_lists_that_rules_name_are_read_once_each() {
    let server = server().await;
    let rules = [rule_by_list("sgr-1"), rule_by_list("sgr-2")];
    let rules = items("securityGroupRuleSet", &rules);
    answers(&server, "DescribeSecurityGroupRules", &rules).await;
    let entries = ["<cidr>10.1.0.0/16</cidr>", "<cidr>10.2.0.0/16</cidr>"];
    let entries = items("entrySet", &entries.map(str::to_owned));
    on("GetManagedPrefixListEntries")
        .respond_with(ok("GetManagedPrefixListEntries", &entries))
        .expect(1)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let rules = cloud.list_rules(&"sg-1".into()).await.expect("read");
    let ranges = vec![range("10.1.0.0/16"), range("10.2.0.0/16")];
    let list = PrefixList::new("pl-1").with_ranges(Some(ranges));
    for rule in &rules {
        assert_eq!(rule.rule.peer, RulePeer::PrefixList(list.clone()));
    }
    assert_eq!(rules.len(), 2);
}

#[tokio::test]
async fn a_prefix_list_that_may_not_be_read_stays_unknown_and_stops_nothing() {
    let server = server().await;
    let rules = items("securityGroupRuleSet", &[rule_by_list("sgr-1")]);
    answers(&server, "DescribeSecurityGroupRules", &rules).await;
    on("GetManagedPrefixListEntries")
        .respond_with(refused(403, "UnauthorizedOperation"))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let rules = cloud.list_rules(&"sg-1".into()).await.expect("read");
    let unknown = RulePeer::PrefixList(PrefixList::new("pl-1"));
    assert_eq!(rules[0].rule.peer, unknown);
}
