//! The trait verbs against a server: what is adopted, what is settled by reading back, what is left alone.

mod common;

use common::*;
use landbridge_core::{
    Compute, CreateGroup, CreateNetwork, CreateSubnet, Direction, ErrorKind, FirewallRule, Grant,
    Hub, Network, NextHop, Phase, PortRange, Protocol, RouteRequest, Routing, Rule, RulePeer,
    RunCommand, RunInstance, Select, Service, ServiceStatus,
};
use wiremock::MockServer;

fn range(text: &str) -> ipnet::IpNet {
    text.parse().expect("range")
}

async fn answers(server: &MockServer, action: &'static str, inner: &str) {
    on(action)
        .respond_with(ok(action, inner))
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_network_is_created_with_its_tags_unless_it_is_there() {
    let server = server().await;
    let known = items("vpcSet", &[vpc("vpc-1", "10.0.0.0/16", &tags("network/n"))]);
    on("DescribeVpcs")
        .respond_with(Script::new([
            ok("DescribeVpcs", "<vpcSet/>"),
            ok("DescribeVpcs", &known),
        ]))
        .mount(&server)
        .await;
    let made = format!(
        "<vpc>{}</vpc>",
        vpc("vpc-1", "10.0.0.0/16", "").replace("available", "pending")
    );
    answers(&server, "CreateVpc", &made).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let request = CreateNetwork::new(label("network/n"), range("10.0.9.9/16"));
    let network = cloud.create_network(&request).await.expect("created");
    assert_eq!(
        (network.id.as_str(), network.status.phase),
        ("vpc-1", Phase::Pending)
    );
    let again = cloud.create_network(&request).await.expect("adopted");
    assert_eq!(again.owner, Some(label("network/n").owner));
    let form = sent(&server, "CreateVpc").await;
    for (name, value) in [
        ("CidrBlock", "10.0.0.0/16"),
        ("TagSpecification.1.ResourceType", "vpc"),
        ("TagSpecification.1.Tag.1.Key", "landbridge:key"),
        ("TagSpecification.1.Tag.1.Value", "network/n"),
        ("TagSpecification.1.Tag.3.Key", "Name"),
    ] {
        assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
    }
}

#[tokio::test]
async fn what_carries_our_tags_and_other_addresses_is_not_adopted() {
    let server = server().await;
    let known = items("vpcSet", &[vpc("vpc-1", "10.9.0.0/16", &tags("network/n"))]);
    answers(&server, "DescribeVpcs", &known).await;
    let request = CreateNetwork::new(label("network/n"), range("10.0.0.0/16"));
    let result = cloud(&server.uri(), FakeClock::new())
        .create_network(&request)
        .await;
    assert_eq!(
        result.expect_err("refused").kind(),
        ErrorKind::AlreadyExists
    );
}

#[tokio::test]
async fn lists_by_id_use_filters_and_believe_nobody() {
    let server = server().await;
    let all = [
        vpc("vpc-1", "10.0.0.0/16", ""),
        vpc("vpc-2", "10.1.0.0/16", &tags("network/n")),
    ];
    answers(&server, "DescribeVpcs", &items("vpcSet", &all)).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let by_id = cloud
        .list_networks(&Select::id("vpc-1"))
        .await
        .expect("lists");
    assert_eq!(by_id.len(), 1);
    let form = sent(&server, "DescribeVpcs").await;
    assert_eq!(
        form.get("Filter.1.Name").map(String::as_str),
        Some("vpc-id")
    );
    assert!(!form.keys().any(|key| key.starts_with("VpcId")));
    let ours = cloud
        .list_networks(&Select::Topology("t".to_owned()))
        .await
        .expect("lists");
    assert_eq!(ours[0].id.as_str(), "vpc-2");
    assert_eq!(ours.len(), 1);
    assert!(
        cloud
            .list_networks(&Select::Ids(vec![]))
            .await
            .expect("lists")
            .is_empty()
    );
}

#[tokio::test]
async fn deleting_what_is_absent_succeeds_and_what_is_used_does_not() {
    let server = server().await;
    on("DeleteVpc")
        .respond_with(Script::new([
            refused(400, "InvalidVpcID.NotFound"),
            refused(400, "DependencyViolation"),
        ]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.delete_network(&"vpc-1".into()).await.expect("gone");
    let error = cloud
        .delete_network(&"vpc-1".into())
        .await
        .expect_err("used");
    assert_eq!(error.kind(), ErrorKind::InUse);
}

#[tokio::test]
async fn what_we_made_moments_ago_may_not_be_found_for_a_while() {
    let server = server().await;
    answers(&server, "DescribeVpcs", "<vpcSet/>").await;
    answers(&server, "DescribeSubnets", "<subnetSet/>").await;
    let made = format!("<vpc>{}</vpc>", vpc("vpc-1", "10.0.0.0/16", ""));
    answers(&server, "CreateVpc", &made).await;
    on("CreateSubnet")
        .respond_with(refused(400, "InvalidVpcID.NotFound"))
        .mount(&server)
        .await;
    let clock = FakeClock::new();
    let cloud = cloud(&server.uri(), clock.clone());
    let network = CreateNetwork::new(label("network/n"), range("10.0.0.0/16"));
    cloud.create_network(&network).await.expect("created");
    let subnet = CreateSubnet::new(
        label("subnet/n/s"),
        "vpc-1".into(),
        "eu-central-1a".into(),
        range("10.0.1.0/24"),
    );
    let error = cloud.create_subnet(&subnet).await.expect_err("too early");
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Busy, true)
    );
    clock.advance(std::time::Duration::from_secs(61));
    let error = cloud.create_subnet(&subnet).await.expect_err("absent");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

fn table(routes: &str) -> String {
    let inner = format!(
        "<routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId>\
         <associationSet><item><main>true</main></item></associationSet><routeSet>{routes}</routeSet>"
    );
    items("routeTableSet", &[inner])
}

fn route(destination: &str, peering: &str, state: &str) -> String {
    format!(
        "<item><destinationCidrBlock>{destination}</destinationCidrBlock>\
         <vpcPeeringConnectionId>{peering}</vpcPeeringConnectionId><origin>CreateRoute</origin><state>{state}</state></item>"
    )
}

fn to_peer() -> RouteRequest {
    RouteRequest::new(
        label("route/r"),
        "rtb-1".into(),
        range("10.2.0.0/16"),
        "pcx-1".into(),
    )
}

#[tokio::test]
async fn a_route_that_exists_is_read_back() {
    for (there, state, expected) in [
        ("pcx-1", "active", Ok(())),
        ("pcx-1", "blackhole", Ok(())),
        ("pcx-9", "active", Err(ErrorKind::AlreadyExists)),
    ] {
        let server = server().await;
        on("CreateRoute")
            .respond_with(refused(400, "RouteAlreadyExists"))
            .mount(&server)
            .await;
        answers(
            &server,
            "DescribeRouteTables",
            &table(&route("10.2.0.0/16", there, state)),
        )
        .await;
        let result = cloud(&server.uri(), FakeClock::new())
            .create_route(&to_peer())
            .await;
        assert_eq!(
            result.map_err(|error| error.kind()),
            expected,
            "{there} {state}"
        );
    }
}

#[tokio::test]
async fn only_a_black_hole_left_by_a_dead_peering_is_replaced() {
    for (code, replaced) in [("deleted", 1), ("pending-acceptance", 0)] {
        let server = server().await;
        on("CreateRoute")
            .respond_with(refused(400, "RouteAlreadyExists"))
            .mount(&server)
            .await;
        answers(
            &server,
            "DescribeRouteTables",
            &table(&route("10.2.0.0/16", "pcx-9", "blackhole")),
        )
        .await;
        let dead = items("vpcPeeringConnectionSet", &[peering("pcx-9", code, "")]);
        answers(&server, "DescribeVpcPeeringConnections", &dead).await;
        answers(&server, "ReplaceRoute", "<return>true</return>").await;
        let result = cloud(&server.uri(), FakeClock::new())
            .create_route(&to_peer())
            .await;
        assert_eq!(result.is_ok(), replaced == 1, "{code}");
        let sent = actions(&server).await;
        assert_eq!(
            sent.iter()
                .filter(|action| *action == "ReplaceRoute")
                .count(),
            replaced
        );
    }
}

#[tokio::test]
async fn a_route_that_leads_elsewhere_is_not_deleted() {
    let server = server().await;
    let routes =
        route("10.2.0.0/16", "pcx-9", "active") + &route("10.3.0.0/16", "pcx-1", "blackhole");
    answers(&server, "DescribeRouteTables", &table(&routes)).await;
    on("DeleteRoute")
        .respond_with(refused(400, "InvalidRoute.NotFound"))
        .expect(1)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let delete = async |text: &str| {
        let (table, hop) = ("rtb-1".into(), "pcx-1".into());
        cloud
            .delete_route(&table, &range(text), &hop)
            .await
            .expect("deleted or left");
    };
    delete("10.2.0.0/16").await;
    delete("10.4.0.0/16").await;
    delete("10.3.0.0/16").await;
    let routes = cloud.list_routes(&"rtb-1".into()).await.expect("lists");
    assert_eq!(routes[1].next_hop, NextHop::Peering("pcx-1".into()));
    assert_eq!(
        (routes[1].status.phase, routes[1].status.word.as_str()),
        (Phase::Pending, "blackhole")
    );
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
        .authorize_rules(&"sg-1".into(), "t", &rules, &token())
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
        .authorize_rules(&"sg-1".into(), "t", &rules[..1], &token())
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
        .authorize_rules(&"sg-1".into(), "t", &[ssh("10.0.0.0/8")], &token())
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
        .authorize_rules(&"sg-1".into(), "t", &[rule], &token())
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
        .revoke_rules(&"sg-1".into(), &rules, &token())
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
            Ok(group) => assert!(adopted && group.open_egress && !group.members_trusted),
            Err(error) => assert!(!adopted && error.kind() == ErrorKind::AlreadyExists),
        }
    }
}

#[tokio::test]
async fn instances_are_run_once_and_forgotten_when_terminated() {
    let server = server().await;
    let instance = |state: &str, ends: &str| {
        format!(
            "<instanceId>i-1</instanceId><instanceState><name>{state}</name></instanceState>{ends}\
             <groupSet><item><groupId>sg-1</groupId></item></groupSet>"
        )
    };
    let ends = "<vpcId>vpc-1</vpcId><subnetId>subnet-1</subnetId><privateIpAddress>10.0.0.10</privateIpAddress>";
    answers(
        &server,
        "RunInstances",
        &items("instancesSet", &[instance("pending", ends)]),
    )
    .await;
    let listed = items(
        "instancesSet",
        &[instance("terminated", ""), instance("running", ends)],
    );
    answers(
        &server,
        "DescribeInstances",
        &items("reservationSet", &[listed]),
    )
    .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let request = RunInstance::new(
        label("instance/i"),
        "subnet-1".into(),
        vec!["sg-1".into()],
        "t3.nano",
        "ami-1",
    );
    let instance = cloud.run_instance(&request).await.expect("started");
    assert_eq!(instance.status.phase, Phase::Pending);
    let form = sent(&server, "RunInstances").await;
    assert_eq!(
        form.get("ClientToken").map(String::as_str),
        Some(token().as_str())
    );
    let listed = cloud
        .list_instances(&Select::id("i-1"))
        .await
        .expect("lists");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].address, "10.0.0.10".parse().ok());
}

#[tokio::test]
async fn what_the_cloud_does_not_have_is_unsupported_or_empty_and_sends_nothing() {
    let server = server().await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let command = RunCommand::new("i-1".into(), "true", token());
    assert_eq!(
        cloud.run_command(&command).await.expect_err("none").kind(),
        ErrorKind::Unsupported
    );
    assert_eq!(
        cloud
            .delete_hub(&"h".into())
            .await
            .expect_err("none")
            .kind(),
        ErrorKind::Unsupported
    );
    assert!(
        cloud
            .list_hubs(&Select::All)
            .await
            .expect("lists")
            .is_empty()
    );
    assert!(
        cloud
            .list_received_grants(&"h".into())
            .await
            .expect("lists")
            .is_empty()
    );
    let status = cloud
        .service_status(landbridge_core::CloudService::Hub)
        .await
        .expect("read");
    assert_eq!(status, ServiceStatus::Open);
    assert!(actions(&server).await.is_empty());
}
