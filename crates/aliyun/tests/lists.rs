//! Prefix lists and port lists that others made, and groups that others put on our instances.

mod common;

use common::*;
use landbridge_core::{
    CloudProvider, Destination, ErrorKind, FirewallRule, PortRange, PrefixList, Routing, RulePeer,
    Scope,
};
use serde_json::{Value, json};
use wiremock::MockServer;

async fn answers(server: &MockServer, action: &'static str, answer: Value) {
    on(action).respond_with(ok(answer)).mount(server).await;
}

async fn rules(server: &MockServer, rules: Value) {
    let answer = json!({"Permissions": {"Permission": rules}});
    answers(server, "DescribeSecurityGroupAttribute", answer).await;
}

fn by_lists() -> Value {
    let rule = json!({"Direction": "ingress", "IpProtocol": "TCP", "PortRange": "-1/-1", "Policy": "Accept",
        "SourcePrefixListId": "pl-1", "PortRangeListId": "prl-1"});
    json!([rule, rule])
}

fn block(text: &str) -> ipnet::IpNet {
    text.parse().expect("a CIDR block")
}

#[tokio::test]
async fn lists_that_rules_name_are_read_once_each() {
    let server = server().await;
    rules(&server, by_lists()).await;
    on("DescribePrefixListAttributes")
        .respond_with(ok(json!({"PrefixListId": "pl-1", "Entries": {"Entry": [{"Cidr": "10.1.0.0/16"}, {"Cidr": "10.2.0.0/16"}]}})))
        .expect(1)
        .mount(&server)
        .await;
    on("DescribePortRangeListEntries")
        .respond_with(ok(
            json!({"Entries": [{"PortRange": "80/80"}, {"PortRange": "8000/8999"}]}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let rules = cloud.list_rules(&"sg-1".into()).await.expect("read");
    let ranges = vec![block("10.1.0.0/16"), block("10.2.0.0/16")];
    let peer = RulePeer::PrefixList(PrefixList::new("pl-1").with_ranges(Some(ranges)));
    for rule in &rules {
        assert_eq!(rule.rule.peer, peer);
        let list = rule.rule.only.port_list.as_ref().expect("a port list");
        let ports = list.ports.as_deref().expect("its ports");
        let last = PortRange {
            first: 8000,
            last: 8999,
        };
        assert_eq!(ports, [PortRange::single(80), last]);
    }
}

#[tokio::test]
async fn a_list_that_may_not_be_read_stays_unknown_and_stops_nothing() {
    let server = server().await;
    rules(&server, by_lists()).await;
    for action in [
        "DescribePrefixListAttributes",
        "DescribePortRangeListEntries",
    ] {
        let denied = refused("Forbidden.RAM");
        on(action).respond_with(denied).mount(&server).await;
    }
    let cloud = cloud(&server.uri(), FakeClock::new());
    let rules = cloud.list_rules(&"sg-1".into()).await.expect("read");
    let peer = RulePeer::PrefixList(PrefixList::new("pl-1"));
    assert_eq!(rules[0].rule.peer, peer);
    assert_eq!(
        rules[0]
            .rule
            .only
            .port_list
            .as_ref()
            .and_then(|list| list.ports.clone()),
        None
    );
}

#[tokio::test]
async fn routes_to_prefix_lists_and_to_strange_destinations_are_kept() {
    let server = server().await;
    let route = |to: &str| {
        json!({"RouteTableId": "vtb-1", "DestinationCidrBlock": to, "Type": "Custom", "Status": "Available",
        "NextHops": {"NextHop": [{"NextHopType": "Instance", "NextHopId": "i-1"}]}})
    };
    let routes = json!({"RouteEntrys": {"RouteEntry": [route("pl-9"), route("anywhere"), route("10.0.0.0/8")]}});
    answers(&server, "DescribeRouteEntryList", routes).await;
    let entries = json!({"PrefixListEntry": [{"Cidr": "10.3.0.0/16"}], "TotalCount": 1});
    answers(&server, "GetVpcPrefixListEntries", entries).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let routes = cloud.list_routes(&"vtb-1".into()).await.expect("read");
    let list = PrefixList::new("pl-9").with_ranges(Some(vec![block("10.3.0.0/16")]));
    let destinations: Vec<Destination> =
        routes.into_iter().map(|route| route.destination).collect();
    let strange = Destination::Other("anywhere".to_owned());
    assert_eq!(
        destinations,
        [list.into(), strange, block("10.0.0.0/8").into()]
    );
}

#[tokio::test]
async fn another_failure_of_reading_a_list_is_an_error() {
    let server = server().await;
    rules(&server, by_lists()).await;
    let broken = refused("InvalidAccessKeyId.NotFound");
    on("DescribePrefixListAttributes")
        .respond_with(broken)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud.list_rules(&"sg-1".into()).await.expect_err("no keys");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn groups_that_others_put_on_our_instances_are_read_with_their_rules() {
    let server = server().await;
    let tags = json!({"Tag": [{"TagKey": "landbridge:topology", "TagValue": "t"}, {"TagKey": "landbridge:key", "TagValue": "instance/i"}]});
    for (action, answer) in [
        (
            "GetCallerIdentity",
            json!({"AccountId": ACCOUNT, "Arn": "acs:ram::0123456789012345:root", "IdentityType": "Account"}),
        ),
        ("CheckTransitRouterService", json!({"Enabled": "true"})),
        ("ListTransitRouterAvailableResource", nothing()),
        ("GetCdtServiceStatus", json!({"Enabled": true})),
        ("DescribeVpcs", json!({"TotalCount": 0})),
        ("DescribeCens", nothing()),
        ("ListVpcPeerConnections", nothing()),
        ("ListTransitRouters", nothing()),
        ("ListTransitRouterVpcAttachments", nothing()),
        ("ListTransitRouterPeerAttachments", nothing()),
        (
            "DescribeInstances",
            json!({"Instances": {"Instance": [{"InstanceId": "i-1", "Status": "Running", "Tags": tags,
            "SecurityGroupIds": {"SecurityGroupId": ["sg-theirs"]}}]}}),
        ),
    ] {
        answers(&server, action, answer).await;
    }
    let theirs = json!({"SecurityGroupId": "sg-theirs", "SecurityGroupType": "normal"});
    on("DescribeSecurityGroups")
        .and(wiremock::matchers::body_string_contains("sg-theirs"))
        .respond_with(ok(json!({"SecurityGroups": {"SecurityGroup": [theirs]}})))
        .with_priority(1)
        .mount(&server)
        .await;
    answers(&server, "DescribeSecurityGroups", nothing()).await;
    let drop = json!([{"Direction": "ingress", "IpProtocol": "ALL", "PortRange": "-1/-1", "SourceCidrIp": "0.0.0.0/0", "Policy": "Drop"}]);
    rules(&server, drop).await;
    let provider = provider(&server.uri(), FakeClock::new(), keys());
    let cloud = provider.cloud(&place()).await.expect("a handle");
    let inventory = cloud.inventory(&Scope::new("t")).await.expect("read");
    assert_eq!(inventory.groups.len(), 1);
    assert_eq!(inventory.groups[0].id.as_str(), "sg-theirs");
    assert_eq!(inventory.rules.len(), 1);
}
