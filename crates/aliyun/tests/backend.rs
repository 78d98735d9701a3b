//! The trait verbs against a server: what is adopted, what is settled by reading back, what is left alone.

mod common;

use common::*;
use landbridge_core::{
    Cloud, CloudProvider, CloudService, CommandState, Compute, CreateGrant, CreateHub,
    CreateNetwork, CreateRoute, Direction, Endpoint, ErrorKind, FirewallRule, Grant, Hub, HubScope,
    Label, Learning, LearningKind, Network, Owner, Payer, Peering, PeeringKind, PeeringSelect,
    Phase, Place, PortRange, Protocol, RevokeGrant, Routing, Rule, RuleId, RulePeer, RuleRecord,
    Scope, Select, Service, ServiceStatus, Token,
};
use serde_json::{Value, json};
use wiremock::matchers::body_string_contains;
use wiremock::{MockServer, ResponseTemplate};

fn label(key: &str) -> Label {
    Label::new("a name", Owner::new("t", key), token())
}

fn token() -> Token {
    Token::derive(&["x"])
}

fn tags(key: &str) -> Value {
    json!([{"Key": "landbridge:topology", "Value": "t"}, {"Key": "landbridge:key", "Value": key}])
}

async fn actions(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.expect("recorded");
    requests.iter().map(action).collect()
}

#[tokio::test]
async fn creating_returns_as_soon_as_the_cloud_has_accepted() {
    let server = server().await;
    on("CreateVpc")
        .respond_with(ok(json!({"VpcId": "vpc-1"})))
        .expect(1)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let request = CreateNetwork::new(label("network/n"), "10.0.0.0/16".parse().expect("range"));
    let network = cloud.create_network(&request).await.expect("created");
    assert_eq!(
        (network.id.as_str(), network.status.phase),
        ("vpc-1", Phase::Pending)
    );
    assert_eq!(actions(&server).await, ["CreateVpc"]);
}

#[tokio::test]
async fn deleting_what_is_absent_succeeds_and_what_is_used_does_not() {
    let server = server().await;
    on("DeleteVpc")
        .respond_with(Script::new([
            refused("InvalidVpcID.NotFound"),
            refused("DependencyViolation.VSwitch"),
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

async fn a_cen_with_a_router(server: &MockServer, key: &str) {
    on("CreateTransitRouter")
        .respond_with(refused("InstanceExist.TransitRouterInstance"))
        .mount(server)
        .await;
    let router = json!({"TransitRouterId": "tr-1", "CenId": "cen-1", "Status": "Active", "Type": "Enterprise", "Tags": tags(key)});
    on("ListTransitRouters")
        .respond_with(ok(json!({"TransitRouters": [router], "TotalCount": 1})))
        .mount(server)
        .await;
    let table =
        json!({"TransitRouterRouteTableId": "vtb-9", "TransitRouterRouteTableType": "System"});
    on("ListTransitRouterRouteTables")
        .respond_with(ok(json!({"TransitRouterRouteTables": [table]})))
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_transit_router_that_exists_is_adopted_only_if_it_is_ours() {
    let request = CreateHub::new(
        label("hub/h"),
        HubScope::Regional {
            parent: Some("cen-1".into()),
        },
    );
    let ours = server().await;
    a_cen_with_a_router(&ours, "hub/h").await;
    let hub = cloud(&ours.uri(), FakeClock::new())
        .create_hub(&request)
        .await
        .expect("adopted");
    assert_eq!((hub.id.as_str(), hub.table), ("tr-1", Some("vtb-9".into())));
    let foreign = server().await;
    a_cen_with_a_router(&foreign, "hub/other").await;
    let error = cloud(&foreign.uri(), FakeClock::new())
        .create_hub(&request)
        .await
        .expect_err("foreign");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(error.to_string().contains("tr-1"), "{error}");
}

#[tokio::test]
async fn a_route_that_exists_is_adopted_only_with_the_same_next_hop() {
    for (hop, adopted) in [("tr-attach-1", true), ("tr-attach-2", false)] {
        let server = server().await;
        on("CreateRouteEntry")
            .respond_with(refused("RouterEntryConflict.Duplicated"))
            .mount(&server)
            .await;
        let route = json!({"DestinationCidrBlock": "10.0.0.0/8", "Type": "Custom", "Status": "Available",
            "NextHops": {"NextHop": [{"NextHopId": hop, "NextHopType": "Attachment"}]}});
        on("DescribeRouteEntryList")
            .respond_with(ok(json!({"RouteEntrys": {"RouteEntry": [route]}})))
            .mount(&server)
            .await;
        let range = "10.0.0.0/8".parse().expect("range");
        let request = CreateRoute::new("vtb-1".into(), range, "tr-attach-1".into())
            .with_name("a name")
            .with_token(token());
        let result = cloud(&server.uri(), FakeClock::new())
            .create_route(&request)
            .await;
        assert_eq!(result.is_ok(), adopted);
    }
}

#[tokio::test]
async fn a_route_to_a_part_of_the_destination_is_another_route() {
    let server = server().await;
    on("CreateRouteEntry")
        .respond_with(refused("RouterEntryConflict.Duplicated"))
        .mount(&server)
        .await;
    let part = json!({"DestinationCidrBlock": "10.0.0.0/16", "Type": "Custom", "Status": "Available",
        "NextHops": {"NextHop": [{"NextHopId": "tr-attach-1", "NextHopType": "Attachment"}]}});
    on("DescribeRouteEntryList")
        .respond_with(ok(json!({"RouteEntrys": {"RouteEntry": [part]}})))
        .mount(&server)
        .await;
    let range = "10.0.0.0/8".parse().expect("range");
    let request = CreateRoute::new("vtb-1".into(), range, "tr-attach-1".into())
        .with_name("a name")
        .with_token(token());
    let error = cloud(&server.uri(), FakeClock::new())
        .create_route(&request)
        .await
        .expect_err("refused, and not there");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn a_topology_is_selected_even_where_the_cloud_ignores_the_filter() {
    let server = server().await;
    let vpc = json!({"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Status": "Available", "Tags": {"Tag": tags("network/n")}});
    on("DescribeVpcs")
        .respond_with(ok(json!({"Vpcs": {"Vpc": [vpc]}, "TotalCount": 1})))
        .mount(&server)
        .await;
    let group = json!({"SecurityGroupId": "sg-1", "SecurityGroupType": "normal", "Tags": {"Tag": tags("group/g")}});
    on("DescribeSecurityGroups")
        .respond_with(ok(json!({"SecurityGroups": {"SecurityGroup": [group]}})))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    for (topology, found) in [("t", 1), ("other", 0)] {
        let select = Select::Topology(topology.to_owned());
        let networks = cloud.list_networks(&select).await.expect("read");
        assert_eq!(networks.len(), found, "{topology}");
        let select = Select::Topology(topology.to_owned());
        let groups = cloud.list_groups(&select).await.expect("read");
        assert_eq!(groups.len(), found, "{topology}");
    }
}

#[tokio::test]
async fn learning_whose_answers_are_lost_is_settled_by_what_is_there() {
    let server = server().await;
    let learning = Learning {
        kind: LearningKind::Propagation,
        peering: "tr-attach-1".into(),
        table: "vtb-9".into(),
    };
    on("EnableTransitRouterRouteTablePropagation")
        .respond_with(ResponseTemplate::new(503))
        .mount(&server)
        .await;
    let record = json!({"TransitRouterAttachmentId": "tr-attach-1", "Status": "Enabling"});
    on("ListTransitRouterRouteTablePropagations")
        .respond_with(Script::new([
            ok(json!({"TransitRouterPropagations": [record]})),
            ok(json!({"TransitRouterPropagations": []})),
        ]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.enable_learning(&learning).await.expect("is there");
    let error = cloud
        .enable_learning(&learning)
        .await
        .expect_err("not there");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn learning_that_is_there_is_enabled_and_learning_that_is_absent_is_disabled() {
    let server = server().await;
    let learning = Learning {
        kind: LearningKind::Association,
        peering: "tr-attach-1".into(),
        table: "vtb-9".into(),
    };
    on("AssociateTransitRouterAttachmentWithRouteTable")
        .respond_with(refused("Some.NewCode"))
        .mount(&server)
        .await;
    on("DissociateTransitRouterAttachmentFromRouteTable")
        .respond_with(refused("Some.NewCode"))
        .mount(&server)
        .await;
    let record = json!({"TransitRouterAttachmentId": "tr-attach-1", "Status": "Active"});
    let (one, none) = (
        json!({"TransitRouterAssociations": [record]}),
        json!({"TransitRouterAssociations": []}),
    );
    on("ListTransitRouterRouteTableAssociations")
        .respond_with(Script::new([
            ok(one.clone()),
            ok(none.clone()),
            ok(none),
            ok(one),
        ]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.enable_learning(&learning).await.expect("is there");
    cloud
        .enable_learning(&learning)
        .await
        .expect_err("refused and not there");
    cloud.disable_learning(&learning).await.expect("is absent");
    cloud
        .disable_learning(&learning)
        .await
        .expect_err("refused and there");
}

fn grant_request(payer: Payer) -> CreateGrant {
    let member = Endpoint::Network {
        id: "vpc-2".into(),
        account: ACCOUNT.into(),
        region: REGION.into(),
    };
    CreateGrant::new(member, "cen-1".into(), "1".into()).with_payer(payer)
}

#[tokio::test]
async fn a_grant_on_the_same_terms_is_left_and_one_on_others_is_a_conflict() {
    let server = server().await;
    let rule = json!({"CenId": "cen-1", "CenOwnerId": 1, "OrderType": "PayByCenOwner"});
    on("DescribeGrantRulesToResource")
        .respond_with(ok(json!({"GrantRules": [rule]})))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud
        .create_grant(&grant_request(Payer::HubOwner))
        .await
        .expect("same terms");
    let error = cloud
        .create_grant(&grant_request(Payer::MemberOwner))
        .await
        .expect_err("other terms");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn revoking_an_absent_grant_succeeds_whatever_the_cloud_calls_it() {
    let server = server().await;
    on("RevokeInstanceFromTransitRouter")
        .respond_with(refused("Some.NewCode"))
        .mount(&server)
        .await;
    on("DescribeGrantRulesToResource")
        .respond_with(ok(nothing()))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud
        .revoke_grant(&RevokeGrant::from(&grant_request(Payer::HubOwner)))
        .await
        .expect("absent");
}

#[tokio::test]
async fn attachments_need_no_acceptance_and_nothing_is_sent() {
    let server = server().await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud
        .accept_peering(&"tr-attach-1".into())
        .await
        .expect_err("unsupported");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(actions(&server).await.is_empty());
}

#[tokio::test]
async fn attachments_are_listed_over_pages_and_selected() {
    let server = server().await;
    let attachment = |id: &str| {
        json!({"TransitRouterAttachmentId": id, "TransitRouterId": "tr-1", "CenId": "cen-1", "VpcId": "vpc-1",
        "Status": "Attached", "Tags": tags("attachment/a")})
    };
    on("ListTransitRouterVpcAttachments")
        .and(body_string_contains("NextToken=n"))
        .respond_with(ok(json!({"TransitRouterAttachments": [attachment("a-2")]})))
        .mount(&server)
        .await;
    on("ListTransitRouterVpcAttachments")
        .respond_with(ok(
            json!({"TransitRouterAttachments": [attachment("a-1")], "NextToken": "n"}),
        ))
        .with_priority(6)
        .mount(&server)
        .await;
    on("ListTransitRouterPeerAttachments")
        .respond_with(refused("IllegalParam.Region"))
        .mount(&server)
        .await;
    on("ListVpcPeerConnections")
        .respond_with(refused("UnsupportedRegion"))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let all = cloud
        .list_peerings(&PeeringSelect::all().with_hub("tr-1".into()))
        .await
        .expect("listed");
    assert_eq!(all.len(), 2);
    let none = cloud
        .list_peerings(&PeeringSelect::all().with_topology("other"))
        .await
        .expect("listed");
    assert!(none.is_empty());
}

#[tokio::test]
async fn where_the_region_alone_is_refused_peer_attachments_are_asked_for_by_cen() {
    let server = server().await;
    let peer = json!({"TransitRouterAttachmentId": "tr-attach-9", "TransitRouterId": "tr-1", "CenId": "cen-1",
        "PeerTransitRouterId": "tr-2", "PeerTransitRouterRegionId": "cn-qingdao", "Status": "Attached"});
    on("ListTransitRouterPeerAttachments")
        .and(body_string_contains("CenId=cen-1"))
        .respond_with(ok(json!({"TransitRouterAttachments": [peer]})))
        .mount(&server)
        .await;
    on("ListTransitRouterPeerAttachments")
        .respond_with(refused("IllegalParam.CenIdOrRegionId"))
        .with_priority(6)
        .mount(&server)
        .await;
    on("DescribeCens")
        .respond_with(ok(
            json!({"Cens": {"Cen": [{"CenId": "cen-1", "Status": "Active"}]}, "TotalCount": 1}),
        ))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let links = PeeringSelect::all().with_kind(PeeringKind::HubToHub);
    let found = cloud.list_peerings(&links).await.expect("listed");
    assert_eq!(found.len(), 1);
}

fn icmp(n: u8) -> Rule {
    let range = format!("10.{n}.0.0/16").parse().expect("range");
    Rule::allow(
        Direction::Ingress,
        Protocol::Icmp,
        None,
        RulePeer::Range(range),
    )
}

#[tokio::test]
async fn rules_are_added_in_calls_of_a_hundred() {
    let server = server().await;
    on("AuthorizeSecurityGroup")
        .respond_with(ok(nothing()))
        .expect(2)
        .mount(&server)
        .await;
    let rules: Vec<_> = (0..101).map(icmp).collect();
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud
        .authorize_rules(&"sg-1".into(), "t", &rules)
        .await
        .expect("added");
}

#[tokio::test]
async fn when_one_rule_is_absent_the_others_are_still_revoked() {
    let server = server().await;
    on("RevokeSecurityGroup")
        .respond_with(Script::new([
            refused("InvalidSecurityGroupRuleId.NotFound"),
            ok(nothing()),
        ]))
        .expect(2)
        .mount(&server)
        .await;
    let left = json!({"SecurityGroupRuleId": "sgr-2", "Direction": "ingress", "IpProtocol": "ICMP", "SourceCidrIp": "10.2.0.0/16"});
    let unmeant = json!({"SecurityGroupRuleId": "sgr-3", "Direction": "ingress", "IpProtocol": "ICMP", "SourceCidrIp": "10.3.0.0/16"});
    on("DescribeSecurityGroupAttribute")
        .respond_with(ok(json!({"Permissions": {"Permission": [left, unmeant]}})))
        .mount(&server)
        .await;
    let record = |n: u8| {
        RuleRecord::new("sg-1".into(), icmp(n))
            .with_id(RuleId::from(format!("sgr-{n}")))
            .with_priority(1_u32)
            .with_topology("t".to_owned())
    };
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud
        .revoke_rules(&"sg-1".into(), &[record(1), record(2)])
        .await
        .expect("revoked");
    let requests = server.received_requests().await.expect("recorded");
    let last = requests.last().expect("a call");
    assert!(
        body(last).contains("SecurityGroupRuleId.1=sgr-2&"),
        "{}",
        body(last)
    );
}

#[tokio::test]
async fn services_are_open_closed_and_opened_twice() {
    let server = server().await;
    on("CheckTransitRouterService")
        .respond_with(Script::new([
            refused("USER_NOT_OPEN_TR_SERVICE"),
            ok(json!({"Enabled": "true"})),
        ]))
        .mount(&server)
        .await;
    on("OpenTransitRouterService")
        .respond_with(refused("ORDER.OPEND"))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    assert_eq!(
        cloud.service_status(CloudService::Hub).await.expect("read"),
        ServiceStatus::Closed
    );
    cloud
        .open_service(CloudService::Hub)
        .await
        .expect("open already");
    assert_eq!(
        cloud.service_status(CloudService::Hub).await.expect("read"),
        ServiceStatus::Open
    );
}

#[tokio::test]
async fn agents_are_told_in_the_order_asked_and_a_run_gives_its_output() {
    let server = server().await;
    let status = json!([{"InstanceId": "i-2", "CloudAssistantStatus": "true"}]);
    let answer =
        json!({"InstanceCloudAssistantStatusSet": {"InstanceCloudAssistantStatus": status}});
    on("DescribeCloudAssistantStatus")
        .respond_with(ok(answer))
        .mount(&server)
        .await;
    let result = json!({"InstanceId": "i-2", "InvocationStatus": "Failed", "ExitCode": 1, "Output": "0 received"});
    let answer = json!({"Invocation": {"InvocationResults": {"InvocationResult": [result]}}});
    on("DescribeInvocationResults")
        .respond_with(ok(answer))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let ready = cloud
        .agents_ready(&["i-1".into(), "i-2".into()])
        .await
        .expect("read");
    assert_eq!(ready, [false, true]);
    let output = cloud
        .command_output(&"i-2".into(), &"t-1".into())
        .await
        .expect("read");
    assert_eq!(
        (output.state, output.text.as_str()),
        (CommandState::Exited(1), "0 received")
    );
}

#[tokio::test]
async fn an_instance_that_is_gone_does_not_hide_the_agents_of_others() {
    let server = server().await;
    let status = json!([{"InstanceId": "i-2", "CloudAssistantStatus": "true"}]);
    let answer =
        json!({"InstanceCloudAssistantStatusSet": {"InstanceCloudAssistantStatus": status}});
    on("DescribeCloudAssistantStatus")
        .and(body_string_contains("InstanceId.1=i-2"))
        .respond_with(ok(answer))
        .mount(&server)
        .await;
    on("DescribeCloudAssistantStatus")
        .respond_with(refused("InvalidInstance.NotFound"))
        .with_priority(6)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let asked = ["i-1".into(), "i-2".into()];
    let ready = cloud.agents_ready(&asked).await.expect("read");
    assert_eq!(ready, [false, true]);
}

#[tokio::test]
async fn what_is_one_rule_to_the_cloud_is_sent_once() {
    let server = server().await;
    on("AuthorizeSecurityGroup")
        .respond_with(ok(nothing()))
        .mount(&server)
        .await;
    let tcp = |ports| {
        let range = "10.1.0.0/16".parse().expect("range");
        let peer = RulePeer::Range(range);
        Rule::allow(Direction::Ingress, Protocol::Tcp, ports, peer)
    };
    let all = PortRange {
        first: 1,
        last: 65535,
    };
    let rules = [tcp(None), tcp(Some(all))];
    let cloud = cloud(&server.uri(), FakeClock::new());
    let group = "sg-1".into();
    cloud
        .authorize_rules(&group, "t", &rules)
        .await
        .expect("added");
    let requests = server.received_requests().await.expect("recorded");
    let sent = requests.last().map(body).unwrap_or_default();
    assert!(sent.contains("Permissions.1.PortRange"), "{sent}");
    assert!(!sent.contains("Permissions.2."), "{sent}");
}

async fn identity(server: &MockServer, account: &str) {
    let body =
        json!({"IdentityType": "RAMUser", "AccountId": account, "Arn": "acs:ram::1:user/alice"});
    on("GetCallerIdentity")
        .respond_with(ok(body))
        .expect(1)
        .mount(server)
        .await;
}

#[tokio::test]
async fn with_keys_of_another_account_nothing_but_the_identity_is_read() {
    let server = server().await;
    identity(&server, "999").await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let inventory = cloud.inventory(&Scope::new("t")).await.expect("read");
    assert_eq!(inventory.identity.account.as_str(), "999");
    assert_eq!(actions(&server).await, ["GetCallerIdentity"]);
}

async fn a_small_world(server: &MockServer) {
    identity(server, ACCOUNT).await;
    let vpc = json!({"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Status": "Available", "OwnerId": ACCOUNT, "Tags": {"Tag": tags("network/n")}});
    on("DescribeVpcs")
        .respond_with(ok(json!({"Vpcs": {"Vpc": [vpc]}, "TotalCount": 1})))
        .mount(server)
        .await;
    let vsw = json!({"VSwitchId": "vsw-1", "VpcId": "vpc-1", "ZoneId": "h", "CidrBlock": "10.0.1.0/24", "Status": "Available"});
    on("DescribeVSwitches")
        .respond_with(ok(
            json!({"VSwitches": {"VSwitch": [vsw]}, "TotalCount": 1}),
        ))
        .mount(server)
        .await;
    let table = json!({"RouteTableId": "vtb-1", "VpcId": "vpc-1", "RouteTableType": "System"});
    on("DescribeRouteTableList")
        .respond_with(ok(
            json!({"RouterTableList": {"RouterTableListType": [table]}, "TotalCount": 1}),
        ))
        .mount(server)
        .await;
    on("DescribeRouteEntryList")
        .respond_with(ok(json!({"RouteEntrys": {"RouteEntry": []}})))
        .mount(server)
        .await;
    on("GetCdtServiceStatus")
        .respond_with(ok(json!({"Enabled": true})))
        .mount(server)
        .await;
    on("ListVpcPeerConnections")
        .respond_with(ok(json!({"VpcPeerConnects": []})))
        .mount(server)
        .await;
    let group = json!({"SecurityGroupId": "sg-1", "SecurityGroupType": "normal", "Tags": {"Tag": tags("group/g")}});
    on("DescribeSecurityGroups")
        .respond_with(ok(json!({"SecurityGroups": {"SecurityGroup": [group]}})))
        .mount(server)
        .await;
    on("DescribeSecurityGroupAttribute")
        .respond_with(ok(
            json!({"InnerAccessPolicy": "Drop", "Permissions": {"Permission": []}}),
        ))
        .mount(server)
        .await;
    on("DescribeInstances")
        .respond_with(ok(json!({"Instances": {"Instance": []}})))
        .mount(server)
        .await;
    let acl = |id: &str, network: &str| json!({"NetworkAclId": id, "VpcId": network});
    let acls = [acl("nacl-1", "vpc-1"), acl("nacl-2", "vpc-other")];
    on("DescribeNetworkAcls")
        .respond_with(ok(
            json!({"NetworkAcls": {"NetworkAcl": acls}, "TotalCount": 2}),
        ))
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_closed_service_has_nothing_to_list() {
    let server = server().await;
    a_small_world(&server).await;
    for action in [
        "CheckTransitRouterService",
        "ListTransitRouterAvailableResource",
        "DescribeCens",
        "DescribeGrantRulesToResource",
    ] {
        on(action)
            .respond_with(refused("Forbbiden.TransitRouterServiceNotOpen"))
            .mount(&server)
            .await;
    }
    let cloud = cloud(&server.uri(), FakeClock::new());
    let scope = Scope::new("t").with_networks(vec!["vpc-1".into()]);
    let inventory = cloud.inventory(&scope).await.expect("read");
    assert_eq!(
        inventory.services[&CloudService::Hub],
        ServiceStatus::Closed
    );
    assert_eq!((inventory.networks.len(), inventory.network_count), (1, 1));
    assert_eq!(
        (inventory.subnets.len(), inventory.route_tables.len()),
        (1, 1)
    );
    assert!(inventory.hubs.is_empty() && inventory.grants.is_empty());
    assert!(!inventory.groups[0].members_trusted);
    let acls: Vec<&str> = inventory.acls.iter().map(|acl| acl.id.as_str()).collect();
    assert_eq!(acls, ["nacl-1"], "those of other networks are left out");
}

#[tokio::test]
async fn the_inventory_shows_hubs_with_all_that_hangs_on_them() {
    let server = server().await;
    a_small_world(&server).await;
    a_cen_with_a_router(&server, "hub/h").await;
    on("CheckTransitRouterService")
        .respond_with(ok(json!({"Enabled": "true"})))
        .mount(&server)
        .await;
    on("ListTransitRouterAvailableResource")
        .respond_with(ok(json!({"AvailableZones": ["h", "i"]})))
        .mount(&server)
        .await;
    on("DescribeCens").respond_with(ok(json!({"Cens": {"Cen": [{"CenId": "cen-1", "Status": "Active", "Tags": {"Tag": tags("hub/g")}}]}, "TotalCount": 1}))).mount(&server).await;
    on("DescribeGrantRulesToResource")
        .respond_with(ok(json!({"GrantRules": []})))
        .mount(&server)
        .await;
    let attachment = json!({"TransitRouterAttachmentId": "a-1", "TransitRouterId": "tr-1", "CenId": "cen-1", "VpcId": "vpc-1", "Status": "Attached"});
    on("ListTransitRouterVpcAttachments")
        .respond_with(ok(json!({"TransitRouterAttachments": [attachment]})))
        .mount(&server)
        .await;
    on("ListTransitRouterPeerAttachments")
        .respond_with(ok(nothing()))
        .mount(&server)
        .await;
    let learning = json!([{"TransitRouterAttachmentId": "a-1", "Status": "Active"}]);
    on("ListTransitRouterRouteTableAssociations")
        .respond_with(ok(json!({"TransitRouterAssociations": learning})))
        .mount(&server)
        .await;
    on("ListTransitRouterRouteTablePropagations")
        .respond_with(ok(json!({"TransitRouterPropagations": learning})))
        .mount(&server)
        .await;
    let route = json!({"TransitRouterRouteEntryDestinationCidrBlock": "10.0.1.0/24", "TransitRouterRouteEntryStatus": "Active",
        "TransitRouterRouteEntryNextHopType": "Attachment", "TransitRouterRouteEntryNextHopId": "a-1"});
    on("ListTransitRouterRouteEntries")
        .respond_with(ok(json!({"TransitRouterRouteEntries": [route]})))
        .mount(&server)
        .await;
    let cloud = provider(&server.uri(), FakeClock::new(), keys())
        .cloud(&place())
        .await
        .expect("known account");
    let inventory = cloud.inventory(&Scope::new("t")).await.expect("read");
    assert_eq!((inventory.hubs.len(), inventory.peerings.len()), (2, 1));
    assert_eq!(
        (inventory.learning.len(), inventory.hub_routes.len()),
        (2, 1)
    );
    assert_eq!(inventory.hub_zones.len(), 2);
}

#[tokio::test]
async fn a_place_without_credentials_or_of_another_cloud_is_refused() {
    let provider = provider("http://127.0.0.1:1", FakeClock::new(), keys());
    let mut stranger = place();
    stranger.account = "7".into();
    let error = provider.cloud(&stranger).await.expect_err("no credentials");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    let elsewhere = Place::new(
        landbridge_core::CloudName::from_static("aws"),
        ACCOUNT,
        REGION,
    );
    assert_eq!(
        provider.cloud(&elsewhere).await.expect_err("aws").kind(),
        ErrorKind::InvalidInput
    );
}

#[tokio::test]
async fn looking_up_no_ids_sends_nothing() {
    let server = server().await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    assert!(
        cloud
            .list_networks(&Select::Ids(Vec::new()))
            .await
            .expect("none")
            .is_empty()
    );
    assert!(
        cloud
            .list_hubs(&Select::Ids(Vec::new()))
            .await
            .expect("none")
            .is_empty()
    );
    assert!(actions(&server).await.is_empty());
}

#[tokio::test]
async fn a_rule_that_names_a_group_says_what_is_wrong_with_it() {
    for (code, kind, remedy) in [
        (
            "InvalidSourceGroupId.Mismatch",
            ErrorKind::InvalidInput,
            "CIDR block",
        ),
        (
            "InvalidSourceGroupId.NotFound",
            ErrorKind::NotFound,
            "the account that owns it",
        ),
        (
            "AuthorizationLimitExceed",
            ErrorKind::QuotaExceeded,
            "Quota Center",
        ),
    ] {
        let server = server().await;
        on("AuthorizeSecurityGroup")
            .respond_with(refused(code))
            .mount(&server)
            .await;
        let group = RulePeer::Group {
            id: "sg-2".into(),
            account: Some("2".into()),
        };
        let rule = Rule::allow(Direction::Ingress, Protocol::All, None, group);
        let error = cloud(&server.uri(), FakeClock::new())
            .authorize_rules(&"sg-1".into(), "t", &[rule])
            .await
            .expect_err("refused");
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(remedy), "{error}");
    }
}

#[tokio::test]
async fn a_rule_shown_with_its_owners_login_name_is_found_by_what_it_says() {
    let server = server().await;
    let shown = |id: &str, mark: &str| {
        json!({"SecurityGroupRuleId": id, "Direction": "ingress", "IpProtocol": "ALL", "PortRange": "-1/-1",
            "SourceGroupId": "sg-2", "SourceGroupOwnerAccount": "acme@example.com", "Description": mark})
    };
    let rules = [
        shown("sgr-6", "landbridge:other"),
        shown("sgr-7", "landbridge:t"),
    ];
    on("DescribeSecurityGroupAttribute")
        .respond_with(ok(json!({"Permissions": {"Permission": rules}})))
        .mount(&server)
        .await;
    on("RevokeSecurityGroup")
        .and(body_string_contains("SecurityGroupRuleId.1=sgr-7"))
        .respond_with(ok(nothing()))
        .expect(1)
        .mount(&server)
        .await;
    let group = RulePeer::Group {
        id: "sg-2".into(),
        account: Some("2".into()),
    };
    let record = RuleRecord::new(
        "sg-1".into(),
        Rule::allow(Direction::Ingress, Protocol::All, None, group),
    )
    .with_topology("t".to_owned());
    cloud(&server.uri(), FakeClock::new())
        .revoke_rules(&"sg-1".into(), &[record])
        .await
        .expect("revoked");
}
