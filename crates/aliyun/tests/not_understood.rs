//! An object that cannot be read beside one that can: the good one is listed, the odd one is left out and named. What is
//! ours must be understood.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::*;
use landbridge_core::engine::Engine;
use landbridge_core::plan::plan_destroy;
use landbridge_core::topology::Topology;
use landbridge_core::{
    Cloud, Compute, Endpoint, ErrorKind, FirewallRule, Grant, Hub, HubId, Network, Peering,
    PeeringKind, PeeringSelect, Scope, Select,
};
use serde_json::{Value, json};
use wiremock::MockServer;

async fn given(operation: &str, answer: Value) -> (MockServer, landbridge_aliyun::AliyunCloud) {
    let server = server().await;
    on(operation).respond_with(ok(answer)).mount(&server).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    (server, cloud)
}

fn tags() -> Value {
    json!([{"Key": "landbridge:topology", "Value": "t"}, {"Key": "landbridge:key", "Value": "network/n"}])
}

#[tokio::test]
async fn an_odd_network_stands_beside_a_good_one() {
    let good = json!({"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Status": "Available"});
    let sixth = json!({"VpcId": "vpc-2", "CidrBlock": "", "Ipv6CidrBlock": "2408::/56", "Status": "Quarantined"});
    let nameless = json!({"CidrBlock": "10.1.0.0/16"});
    let odd = json!({"VpcId": "vpc-3", "CidrBlock": "auto"});
    let answer = json!({"Vpcs": {"Vpc": [odd, good, sixth, nameless]}, "TotalCount": 4});
    let (_server, cloud) = given("DescribeVpcs", answer).await;
    let networks = cloud.list_networks(&Select::All).await.expect("listed");
    let ids: Vec<&str> = networks.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["vpc-1", "vpc-2"]);
    assert_eq!(networks[1].ranges, ["2408::/56".parse().expect("range")]);
}

#[tokio::test]
async fn an_odd_network_of_ours_is_an_error() {
    let odd = json!({"VpcId": "vpc-3", "CidrBlock": "auto", "Tags": {"Tag": tags()}});
    let answer = json!({"Vpcs": {"Vpc": [odd]}, "TotalCount": 1});
    let (_server, cloud) = given("DescribeVpcs", answer).await;
    let error = cloud.list_networks(&Select::All).await.expect_err("ours");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.to_string().contains("auto"), "{error}");
}

#[tokio::test]
async fn an_odd_subnet_stands_beside_a_good_one() {
    let good =
        json!({"VSwitchId": "vsw-1", "VpcId": "vpc-1", "ZoneId": "h", "CidrBlock": "10.0.1.0/24"});
    let sixth = json!({"VSwitchId": "vsw-2", "VpcId": "vpc-1", "ZoneId": "h", "CidrBlock": "", "Ipv6CidrBlock": "2408::/64"});
    let odd = json!({"VSwitchId": "vsw-3", "VpcId": "vpc-1", "CidrBlock": "10.0.3.0/24"});
    let answer = json!({"VSwitches": {"VSwitch": [odd, good, sixth]}, "TotalCount": 3});
    let (_server, cloud) = given("DescribeVSwitches", answer).await;
    let subnets = cloud.list_subnets(&Select::All).await.expect("listed");
    let ids: Vec<&str> = subnets.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["vsw-1", "vsw-2"]);
}

#[tokio::test]
async fn odd_hubs_stand_beside_good_ones() {
    let answer = json!({"Cens": {"Cen": [{"Name": "nameless"}, {"CenId": "cen-1", "Status": "Frozen"}]}, "TotalCount": 2});
    let (server, cloud) = given("DescribeCens", answer).await;
    let good = json!({"TransitRouterId": "tr-1", "CenId": "cen-1", "RegionId": REGION, "Status": "Quarantined"});
    on("ListTransitRouters")
        .respond_with(ok(
            json!({"TransitRouters": [{"CenId": "cen-1"}, good], "TotalCount": 2}),
        ))
        .mount(&server)
        .await;
    let table =
        json!({"TransitRouterRouteTableId": "vtb-1", "TransitRouterRouteTableType": "System"});
    on("ListTransitRouterRouteTables")
        .respond_with(ok(
            json!({"TransitRouterRouteTables": [{"TransitRouterRouteTableType": "System"}, table]}),
        ))
        .mount(&server)
        .await;
    on("DescribeExpressConnectRouter")
        .respond_with(ok(json!({"EcrList": [{"Name": "nameless"}]})))
        .mount(&server)
        .await;
    let hubs = cloud.list_hubs(&Select::All).await.expect("listed");
    let ids: Vec<&str> = hubs.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["cen-1", "tr-1"]);
}

#[tokio::test]
async fn odd_groups_and_instances_stand_beside_good_ones() {
    let groups = json!([{"SecurityGroupName": "nameless"}, {"SecurityGroupId": "sg-1", "SecurityGroupType": "quantum"}]);
    let answer = json!({"SecurityGroups": {"SecurityGroup": groups}});
    let (server, cloud) = given("DescribeSecurityGroups", answer).await;
    let instances =
        json!([{"InstanceName": "nameless"}, {"InstanceId": "i-1", "Status": "Hibernating"}]);
    on("DescribeInstances")
        .respond_with(ok(json!({"Instances": {"Instance": instances}})))
        .mount(&server)
        .await;
    let groups = cloud.list_groups(&Select::All).await.expect("listed");
    assert_eq!(groups.len(), 1);
    let instances = cloud.list_instances(&Select::All).await.expect("listed");
    assert_eq!(instances.len(), 1);
}

#[tokio::test]
async fn an_odd_connection_and_an_odd_grant_stand_beside_good_ones() {
    let good = json!({"InstanceId": "pcc-1", "Vpc": {"VpcId": "vpc-1"}, "OwnerId": 1, "RegionId": REGION,
        "AcceptingVpc": {"VpcId": "vpc-2"}, "AcceptingOwnerUid": "2", "AcceptingRegionId": REGION, "Status": "Suspended"});
    let odd = json!({"InstanceId": "pcc-2", "OwnerId": 1, "AcceptingOwnerUid": 2});
    let answer = json!({"VpcPeerConnects": [odd, good]});
    let (server, cloud) = given("ListVpcPeerConnections", answer).await;
    let grants = json!([{"OrderType": "PayByCenOwner"}, {"CenId": "cen-1", "CenOwnerId": 1, "OrderType": "PayByMoon"}]);
    on("DescribeGrantRulesToResource")
        .respond_with(ok(json!({"GrantRules": grants})))
        .mount(&server)
        .await;
    on("DescribeVpcGrantRulesToEcr")
        .respond_with(ok(json!({"GrantRuleModels": []})))
        .mount(&server)
        .await;
    let network = landbridge_core::NetworkId::new("vpc-1");
    let select = PeeringSelect::all().with_kind(PeeringKind::NetworkToNetwork);
    let peerings = cloud.list_peerings(&select).await.expect("listed");
    assert_eq!(peerings.len(), 1);
    let member = Endpoint::Network {
        id: network,
        account: ACCOUNT.into(),
        region: REGION.into(),
    };
    let grants = cloud.list_grants(&member).await.expect("listed");
    let hubs: Vec<&HubId> = grants.iter().map(|grant| &grant.hub).collect();
    assert_eq!(hubs, [&HubId::new("cen-1")]);
}

/// The answers of a place in which there are networks at most.
async fn nothing_else(server: &MockServer) {
    let empty = [
        (
            "GetCallerIdentity",
            json!({"AccountId": ACCOUNT, "Arn": format!("acs:ram::{ACCOUNT}:user/a"), "IdentityType": "RAMUser", "UserId": "1"}),
        ),
        ("GetCdtServiceStatus", json!({"Enabled": true})),
        ("DescribeNetworkAcls", nothing()),
        ("CheckTransitRouterService", json!({"Enabled": "true"})),
        (
            "ListTransitRouterAvailableResource",
            json!({"AvailableZones": ["h"]}),
        ),
        ("DescribeVSwitches", json!({"VSwitches": {"VSwitch": []}})),
        (
            "DescribeRouteTableList",
            json!({"RouterTableList": {"RouterTableListType": []}}),
        ),
        ("DescribeGrantRulesToResource", json!({"GrantRules": []})),
        ("DescribeCens", json!({"Cens": {"Cen": []}})),
        ("ListVpcPeerConnections", json!({"VpcPeerConnects": []})),
        (
            "DescribeSecurityGroups",
            json!({"SecurityGroups": {"SecurityGroup": []}}),
        ),
        ("DescribeInstances", json!({"Instances": {"Instance": []}})),
    ];
    for (operation, answer) in empty {
        on(operation).respond_with(ok(answer)).mount(server).await;
    }
}

/// A place that holds nothing but two networks, one of which is odd.
async fn a_bare_place() -> (MockServer, landbridge_aliyun::AliyunCloud) {
    let good = json!({"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Status": "Available"});
    let odd = json!({"VpcId": "vpc-2", "CidrBlock": "auto"});
    let answer = json!({"Vpcs": {"Vpc": [odd, good]}, "TotalCount": 2});
    let (server, cloud) = given("DescribeVpcs", answer).await;
    nothing_else(&server).await;
    (server, cloud)
}

#[tokio::test]
async fn an_inventory_names_what_it_left_out_once_and_only_its_own() {
    let (_server, cloud) = a_bare_place().await;
    // What another reader of the handle meets does not appear here.
    cloud.list_networks(&Select::All).await.expect("listed");
    let scope = Scope::new("t").with_networks(vec!["vpc-1".into(), "vpc-2".into()]);
    for _ in 0..2 {
        let inventory = cloud.inventory(&scope).await.expect("read");
        assert_eq!(inventory.networks.len(), 1);
        let [left_out] = inventory.not_understood.as_slice() else {
            panic!("{:?}", inventory.not_understood)
        };
        assert_eq!(left_out.id, "vpc-2");
        assert_eq!(left_out.operation, "DescribeVpcs");
        assert_eq!(left_out.place, place());
        assert!(left_out.reason.contains("auto"), "{left_out}");
    }
}

#[tokio::test]
async fn a_destroy_deletes_what_is_ours_and_leaves_the_odd_network_alone() {
    let server = server().await;
    let gone = Arc::new(AtomicBool::new(false));
    let seen = gone.clone();
    on("DescribeVpcs")
        .respond_with(move |_: &wiremock::Request| {
            let ours = json!({"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Status": "Available", "Tags": {"Tag": tags()}});
            let odd = json!({"VpcId": "vpc-2", "CidrBlock": "auto"});
            let mut all = vec![odd];
            all.extend((!seen.load(Ordering::SeqCst)).then_some(ours));
            ok(json!({"TotalCount": all.len(), "Vpcs": {"Vpc": all}}))
        })
        .mount(&server)
        .await;
    on("DeleteVpc")
        .respond_with(move |request: &wiremock::Request| {
            assert!(body(request).contains("VpcId=vpc-1"), "{}", body(request));
            gone.store(true, Ordering::SeqCst);
            ok(nothing())
        })
        .expect(1)
        .mount(&server)
        .await;
    nothing_else(&server).await;
    let clock = FakeClock::new();
    let engine = Engine::new()
        .with_clock(clock.clone())
        .with_provider(Arc::new(provider(&server.uri(), clock, keys())));
    let topology = Topology::from_text(&format!(
        "{{ name: t, accounts: [{{ name: a, cloud: aliyun, id: '{ACCOUNT}' }}],
            networks: [{{ name: n, account: a, region: {REGION}, range: 10.0.0.0/16 }}] }}"
    ));
    let topology = topology.expect("a topology");
    let observation = engine.observe(&topology).await.expect("observed");
    assert_eq!(observation.not_understood().count(), 1);
    let destroy = plan_destroy(&topology, &observation);
    assert_eq!(destroy.counts(), (0, 1), "{destroy}");
    engine.apply(&destroy).await.expect("destroyed");
    let residue = engine.residue(&topology, Some(&destroy)).await;
    assert!(residue.expect("read").is_empty());
}
