//! NAT gateways, elastic addresses, IPv4 gateways and gateway endpoints of Alibaba Cloud, and stopped instances.

mod support;

use std::time::Duration;

use landbridge_sim::{Protocol, Simulator, Verdict};
use serde_json::Value;
use support::{B, Client, ECS, LONG, REGION, VPC, start, stranger, text, vpc};

/// A VPC with a vSwitch.
struct Network {
    vpc: String,
    table: String,
    vswitch: String,
}

async fn network(simulator: &Simulator, client: &Client) -> Network {
    let made = vpc(client, "10.0.0.0/16").await;
    simulator.advance(LONG);
    let id = text(&made["VpcId"]);
    let create = [
        REGION,
        ("VpcId", &id),
        ("ZoneId", "cn-hangzhou-h"),
        ("CidrBlock", "10.0.1.0/24"),
    ];
    let vswitch = client.ok(VPC, "CreateVSwitch", &create).await;
    simulator.advance(LONG);
    Network {
        table: text(&made["RouteTableId"]),
        vpc: id,
        vswitch: text(&vswitch["VSwitchId"]),
    }
}

async fn routes(client: &Client, table: &str) -> Vec<(String, String, String)> {
    let query = [REGION, ("RouteTableId", table)];
    let found = client.ok(VPC, "DescribeRouteEntryList", &query).await;
    let entries = found["RouteEntrys"]["RouteEntry"].as_array();
    let row = |entry: &Value| {
        let hop = &entry["NextHops"]["NextHop"][0];
        (
            text(&entry["DestinationCidrBlock"]),
            text(&hop["NextHopType"]),
            text(&hop["NextHopId"]),
        )
    };
    let rows = entries.expect("a list").iter().map(row);
    rows.filter(|(_, kind, _)| !["local", "service"].contains(&kind.as_str()))
        .collect()
}

async fn nat_gateway(simulator: &Simulator, client: &Client, at: &Network) -> Value {
    let create = [
        REGION,
        ("VpcId", &at.vpc),
        ("VSwitchId", &at.vswitch),
        ("NatType", "Enhanced"),
    ];
    let made = client.ok(VPC, "CreateNatGateway", &create).await;
    simulator.advance(LONG);
    made
}

async fn delete_vpc(client: &Client, at: &Network, code: &str) {
    let delete = [REGION, ("VpcId", at.vpc.as_str())];
    client.call(VPC, "DeleteVpc", &delete).await.refused(code);
}

#[tokio::test]
async fn a_nat_gateway_adds_a_default_route_and_takes_it_along() {
    let (simulator, client) = start().await;
    let at = network(&simulator, &client).await;
    let made = nat_gateway(&simulator, &client, &at).await;
    let id = text(&made["NatGatewayId"]);
    let anywhere = ("0.0.0.0/0".to_owned(), "NatGateway".to_owned(), id.clone());
    assert_eq!(routes(&client, &at.table).await, [anywhere]);
    let list = [REGION, ("VpcId", &at.vpc)];
    let found = client.ok(VPC, "DescribeNatGateways", &list).await;
    let seen = &found["NatGateways"]["NatGateway"][0];
    assert_eq!(text(&seen["Status"]), "Available");
    let vpcs = client.ok(VPC, "DescribeVpcs", &list).await;
    let gateways = &vpcs["Vpcs"]["Vpc"][0]["NatGatewayIds"]["NatGatewayIds"];
    assert_eq!(gateways[0], id);

    delete_vpc(&client, &at, "DependencyViolation.NatGateway").await;
    let vswitch = [REGION, ("VSwitchId", &at.vswitch)];
    client
        .call(VPC, "DeleteVSwitch", &vswitch)
        .await
        .refused("DependencyViolation.EnhancedNatgw");
    let delete = [REGION, ("NatGatewayId", &id)];
    client.ok(VPC, "DeleteNatGateway", &delete).await;
    simulator.advance(LONG);
    assert_eq!(routes(&client, &at.table).await, []);
    client.ok(VPC, "DeleteVSwitch", &vswitch).await;
    simulator.advance(LONG);
    client.ok(VPC, "DeleteVpc", &list).await;
    simulator.advance(LONG);
    assert_eq!(simulator.alive(), vec![]);
}

#[tokio::test]
async fn a_second_default_route_is_not_added() {
    let (simulator, client) = start().await;
    let at = network(&simulator, &client).await;
    let first = nat_gateway(&simulator, &client, &at).await;
    nat_gateway(&simulator, &client, &at).await;
    let (_, _, hop) = routes(&client, &at.table).await.remove(0);
    assert_eq!(hop, text(&first["NatGatewayId"]));
}

#[tokio::test]
async fn an_address_is_held_by_its_gateway_and_that_by_its_entries() {
    let (simulator, client) = start().await;
    let at = network(&simulator, &client).await;
    let made = nat_gateway(&simulator, &client, &at).await;
    let gateway = text(&made["NatGatewayId"]);
    let snat_table = text(&made["SnatTableIds"]["SnatTableId"][0]);
    let address = client.ok(VPC, "AllocateEipAddress", &[REGION]).await;
    let (allocation, ip) = (text(&address["AllocationId"]), text(&address["EipAddress"]));
    let allocated = [REGION, ("AllocationId", allocation.as_str())];
    let snat = [
        REGION,
        ("SnatTableId", snat_table.as_str()),
        ("SourceVSwitchId", &at.vswitch),
        ("SnatIp", &ip),
    ];
    client
        .call(VPC, "CreateSnatEntry", &snat)
        .await
        .refused("InvalidSnatIp.NotFound");
    let bind = [
        REGION,
        ("AllocationId", allocation.as_str()),
        ("InstanceId", &gateway),
        ("InstanceType", "Nat"),
    ];
    client.ok(VPC, "AssociateEipAddress", &bind).await;
    simulator.advance(LONG);
    let seen = client.ok(VPC, "DescribeEipAddresses", &allocated).await;
    let seen = &seen["EipAddresses"]["EipAddress"][0];
    assert_eq!(
        (text(&seen["Status"]), text(&seen["InstanceId"])),
        ("InUse".to_owned(), gateway.clone())
    );
    let entry = client.ok(VPC, "CreateSnatEntry", &snat).await;
    simulator.advance(LONG);

    client
        .call(VPC, "UnassociateEipAddress", &allocated)
        .await
        .refused("InvalidIpStatus.HasBeenUsedBySnatTable");
    client
        .call(VPC, "ReleaseEipAddress", &allocated)
        .await
        .refused("IncorrectEipStatus");
    let delete = [REGION, ("NatGatewayId", gateway.as_str())];
    client
        .call(VPC, "DeleteNatGateway", &delete)
        .await
        .refused("DependencyViolation.SnatEntry");
    let entry = [
        REGION,
        ("SnatTableId", snat_table.as_str()),
        ("SnatEntryId", &text(&entry["SnatEntryId"])),
    ];
    client.ok(VPC, "DeleteSnatEntry", &entry).await;
    simulator.advance(LONG);
    client
        .call(VPC, "DeleteNatGateway", &delete)
        .await
        .refused("DependencyViolation.EIPS");
    client.ok(VPC, "UnassociateEipAddress", &allocated).await;
    simulator.advance(LONG);
    client.ok(VPC, "ReleaseEipAddress", &allocated).await;
    client.ok(VPC, "DeleteNatGateway", &delete).await;
}

#[tokio::test]
async fn an_ipv4_gateway_stays_while_routes_lead_to_it() {
    let (simulator, client) = start().await;
    let at = network(&simulator, &client).await;
    let create = [REGION, ("VpcId", at.vpc.as_str())];
    let made = client.ok(VPC, "CreateIpv4Gateway", &create).await;
    let id = text(&made["Ipv4GatewayId"]);
    simulator.advance(LONG);
    client
        .call(VPC, "CreateIpv4Gateway", &create)
        .await
        .refused("ResourceAlreadyExist.Ipv4Gateway");
    let enable = [
        REGION,
        ("Ipv4GatewayId", id.as_str()),
        ("RouteTableList.1", &at.table),
    ];
    client.ok(VPC, "EnableVpcIpv4Gateway", &enable).await;
    simulator.advance(LONG);
    let anywhere = ("0.0.0.0/0".to_owned(), "Ipv4Gateway".to_owned(), id.clone());
    assert_eq!(routes(&client, &at.table).await, [anywhere]);
    let named = [REGION, ("Ipv4GatewayId", id.as_str())];
    let seen = client.ok(VPC, "GetIpv4GatewayAttribute", &named).await;
    assert_eq!(seen["Enabled"], true);
    let other = stranger(&simulator, B);
    let foreign = network(&simulator, &other).await;
    let route = [
        REGION,
        ("RouteTableId", foreign.table.as_str()),
        ("DestinationCidrBlock", "0.0.0.0/0"),
        ("NextHopType", "Ipv4Gateway"),
        ("NextHopId", &id),
    ];
    other
        .call(VPC, "CreateRouteEntry", &route)
        .await
        .refused("ResourceNotFound.Ipv4Gateway");

    client
        .call(VPC, "DeleteIpv4Gateway", &named)
        .await
        .refused("DependencyViolation.RouteEntry");
    delete_vpc(&client, &at, "DependencyViolation.Ipv4Gateway").await;
    let default = [
        REGION,
        ("RouteTableId", at.table.as_str()),
        ("DestinationCidrBlock", "0.0.0.0/0"),
        ("NextHopId", &id),
    ];
    client.ok(VPC, "DeleteRouteEntry", &default).await;
    simulator.advance(LONG);
    client.ok(VPC, "DeleteIpv4Gateway", &named).await;
}

#[tokio::test]
async fn a_gateway_endpoint_is_a_route_that_goes_with_its_association() {
    let (simulator, client) = start().await;
    let at = network(&simulator, &client).await;
    let create = [
        REGION,
        ("VpcId", at.vpc.as_str()),
        ("ServiceName", "com.aliyun.cn-hangzhou.oss"),
    ];
    let made = client.ok(VPC, "CreateVpcGatewayEndpoint", &create).await;
    let id = text(&made["EndpointId"]);
    simulator.advance(LONG);
    let pair = [
        REGION,
        ("EndpointId", id.as_str()),
        ("RouteTableIds.1", &at.table),
    ];
    let associate = "AssociateRouteTablesWithVpcGatewayEndpoint";
    client.ok(VPC, associate, &pair).await;
    simulator.advance(LONG);
    let (list, kind, hop) = routes(&client, &at.table).await.remove(0);
    assert!(list.starts_with("pl-"), "{list}");
    assert_eq!((kind.as_str(), &hop), ("GatewayEndpoint", &id));
    let seen = client.ok(VPC, "ListVpcGatewayEndpoints", &[REGION]).await;
    assert_eq!(seen["Endpoints"][0]["AssociatedRouteTables"][0], at.table);

    delete_vpc(&client, &at, "DependencyViolation.GatewayEndpoint").await;
    let named = [REGION, ("EndpointId", id.as_str())];
    client
        .call(VPC, "DeleteVpcGatewayEndpoint", &named)
        .await
        .refused("DependencyViolation.RouteTable");
    let dissociate = "DissociateRouteTablesFromVpcGatewayEndpoint";
    client.ok(VPC, dissociate, &pair).await;
    simulator.advance(LONG);
    assert_eq!(routes(&client, &at.table).await, []);
    client.ok(VPC, "DeleteVpcGatewayEndpoint", &named).await;
}

async fn status(client: &Client, instance: &str) -> String {
    let ids = format!("[\"{instance}\"]");
    let query = [REGION, ("InstanceIds", ids.as_str())];
    let found = client.ok(ECS, "DescribeInstances", &query).await;
    text(&found["Instances"]["Instance"][0]["Status"])
}

#[tokio::test]
async fn a_stopped_instance_answers_nobody_keeps_its_address_and_starts_again() {
    let (simulator, client) = start().await;
    let at = network(&simulator, &client).await;
    let group = [REGION, ("VpcId", at.vpc.as_str())];
    let group = client.ok(ECS, "CreateSecurityGroup", &group).await;
    let run = [
        REGION,
        ("ImageFamily", "acs:alibaba_cloud_linux_3_2104_lts_x64"),
        ("InstanceType", "ecs.t5-lc2m1.nano"),
        ("SecurityGroupId", &text(&group["SecurityGroupId"])),
        ("VSwitchId", &at.vswitch),
        ("Amount", "2"),
    ];
    let ids = client.ok(ECS, "RunInstances", &run).await;
    let [near, far] = [0, 1].map(|n| text(&ids["InstanceIdSets"]["InstanceIdSet"][n]));
    simulator.advance(LONG);
    let arrives = || {
        let far = "10.0.1.2".parse().expect("an address");
        matches!(
            simulator.probe(&near, far, Protocol::ECHO),
            Verdict::Delivered { .. }
        )
    };
    assert!(arrives());

    let one = [("InstanceId", far.as_str())];
    client.ok(ECS, "StopInstance", &one).await;
    assert_eq!(status(&client, &far).await, "Stopping");
    assert!(!arrives());
    simulator.advance(Duration::from_secs(20));
    assert_eq!(status(&client, &far).await, "Stopped");
    client
        .call(ECS, "StopInstance", &one)
        .await
        .refused("IncorrectInstanceStatus");
    let vswitch = [REGION, ("VSwitchId", at.vswitch.as_str())];
    client
        .call(VPC, "DeleteVSwitch", &vswitch)
        .await
        .refused("DependencyViolation");
    let many = [REGION, ("InstanceId.1", far.as_str())];
    let answer = client.ok(ECS, "StartInstances", &many).await;
    let told = &answer["InstanceResponses"]["InstanceResponse"][0];
    assert_eq!(told["CurrentStatus"], "Starting");
    simulator.advance(LONG);
    assert_eq!(status(&client, &far).await, "Running");
    assert!(arrives());

    client.ok(ECS, "StopInstances", &many).await;
    simulator.advance(LONG);
    // Without `Force`, for it does not run.
    client.ok(ECS, "DeleteInstance", &one).await;
}
