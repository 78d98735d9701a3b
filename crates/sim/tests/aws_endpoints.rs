//! AWS: VPC endpoints, sets of DHCP options, and interfaces that belong to no instance.

mod support;

use std::time::Duration;

use landbridge_sim::Simulator;
use support::aws::{Aws, pair};

fn pass(simulator: &Simulator, seconds: u64) {
    simulator.advance(Duration::from_secs(seconds));
}

const S3: &str = "com.amazonaws.eu-west-1.s3";
const MESSAGES: &str = "com.amazonaws.eu-west-1.ec2messages";

#[tokio::test]
async fn a_gateway_endpoint_is_a_route_that_only_goes_with_it() {
    let (_simulator, a, _) = pair().await;
    let a = a.in_region("eu-west-1");
    let (vpc, _) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let table = a.main_table(&vpc).await;
    let wanted = [
        ("VpcId", vpc.as_str()),
        ("ServiceName", S3),
        ("RouteTableId.1", &table),
    ];
    let made = a.ok("CreateVpcEndpoint", &wanted).await;
    let endpoint = made.text("vpcEndpointId");
    assert_eq!(made.text("state"), "available");
    assert_eq!(made.text("vpcEndpointType"), "Gateway");
    a.ec2("CreateVpcEndpoint", &wanted)
        .await
        .refused("RouteAlreadyExists");

    let here = [("RouteTableId.1", table.as_str())];
    let routes = a.ok("DescribeRouteTables", &here).await;
    let list = routes.text("destinationPrefixListId");
    assert!(list.starts_with("pl-"));
    assert!(routes.all("gatewayId").contains(&endpoint));
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationPrefixListId", &list),
    ];
    a.ec2("DeleteRoute", &route)
        .await
        .refused("InvalidParameterValue");
    a.ec2("DeleteVpc", &[("VpcId", &vpc)])
        .await
        .refused("DependencyViolation");

    let gone = [("VpcEndpointId.1", endpoint.as_str())];
    let deleted = a.ok("DeleteVpcEndpoints", &gone).await;
    assert_eq!(deleted.text("unsuccessful"), "");
    let routes = a.ok("DescribeRouteTables", &here).await;
    assert_eq!(routes.text("destinationPrefixListId"), "");
    let again = a.ok("DeleteVpcEndpoints", &gone).await;
    assert_eq!(again.text("code"), "InvalidVpcEndpointId.NotFound");
}

#[tokio::test]
async fn a_table_that_is_deleted_leaves_its_endpoint() {
    let (_simulator, a, _) = pair().await;
    let a = a.in_region("eu-west-1");
    let (vpc, _) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let table = a.ok("CreateRouteTable", &[("VpcId", &vpc)]).await;
    let table = table.text("routeTableId");
    let wanted = [
        ("VpcId", vpc.as_str()),
        ("ServiceName", S3),
        ("RouteTableId.1", &table),
    ];
    a.ok("CreateVpcEndpoint", &wanted).await;
    a.ok("DeleteRouteTable", &[("RouteTableId", &table)]).await;
    let left = a.ok("DescribeVpcEndpoints", &[]).await;
    assert_eq!(left.text("routeTableIdSet"), "");
}

/// A group and an interface endpoint with it in a subnet; their ids.
async fn interface_endpoint(client: &Aws, vpc: &str, subnet: &str) -> (String, String) {
    let group = client.group(vpc, "endpoint").await;
    let wanted = [
        ("VpcId", vpc),
        ("ServiceName", MESSAGES),
        ("VpcEndpointType", "Interface"),
        ("SubnetId.1", subnet),
        ("SecurityGroupId.1", &group),
        ("PrivateDnsEnabled", "false"),
    ];
    let made = client.ok("CreateVpcEndpoint", &wanted).await;
    assert_eq!(made.text("state"), "pending");
    (made.text("vpcEndpointId"), group)
}

#[tokio::test]
async fn an_interface_endpoint_holds_subnet_and_group_until_it_is_gone() {
    let (simulator, a, _) = pair().await;
    let a = a.in_region("eu-west-1");
    let (vpc, subnet) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let (endpoint, group) = interface_endpoint(&a, &vpc, &subnet).await;
    pass(&simulator, 60);
    let named = [("VpcEndpointId.1", endpoint.as_str())];
    let seen = a.ok("DescribeVpcEndpoints", &named).await;
    assert_eq!(seen.text("state"), "available");
    let interfaces = a.ok("DescribeNetworkInterfaces", &[]).await;
    assert_eq!(interfaces.text("interfaceType"), "vpc_endpoint");
    let interface = interfaces.text("networkInterfaceId");
    assert!(seen.text("networkInterfaceIdSet").contains(&interface));
    a.ec2(
        "DeleteNetworkInterface",
        &[("NetworkInterfaceId", &interface)],
    )
    .await
    .refused("InvalidParameterValue");

    let refusals = async || {
        for (action, parameter, id) in [
            ("DeleteSubnet", "SubnetId", &subnet),
            ("DeleteSecurityGroup", "GroupId", &group),
            ("DeleteVpc", "VpcId", &vpc),
        ] {
            a.ec2(action, &[(parameter, id)])
                .await
                .refused("DependencyViolation");
        }
    };
    refusals().await;
    a.ok("DeleteVpcEndpoints", &named).await;
    let seen = a.ok("DescribeVpcEndpoints", &named).await;
    assert_eq!(seen.text("state"), "deleting");
    refusals().await;
    pass(&simulator, 60);
    a.ok("DeleteSubnet", &[("SubnetId", &subnet)]).await;
    a.ok("DeleteSecurityGroup", &[("GroupId", &group)]).await;
    a.ok("DeleteVpc", &[("VpcId", &vpc)]).await;
    assert_eq!(simulator.alive(), vec![]);
}

#[tokio::test]
async fn an_interface_without_an_instance_holds_its_subnet_and_its_address() {
    let (simulator, a, b) = pair().await;
    let (vpc, subnet) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let wanted = [
        ("SubnetId", subnet.as_str()),
        ("PrivateIpAddress", "10.0.1.9"),
        ("Description", "spare"),
    ];
    let made = a.ok("CreateNetworkInterface", &wanted).await;
    assert_eq!(made.text("status"), "available");
    assert_eq!(made.text("attachment"), "");
    let id = made.text("networkInterfaceId");
    a.ec2("CreateNetworkInterface", &wanted)
        .await
        .refused("InvalidIPAddress.InUse");
    a.ec2("DeleteSubnet", &[("SubnetId", &subnet)])
        .await
        .refused("DependencyViolation");
    let named = [("NetworkInterfaceId", id.as_str())];
    b.ec2("DeleteNetworkInterface", &named)
        .await
        .refused("InvalidNetworkInterfaceID.NotFound");
    a.ok("DeleteNetworkInterface", &named).await;
    a.ok("DeleteSubnet", &[("SubnetId", &subnet)]).await;
    a.ok("DeleteVpc", &[("VpcId", &vpc)]).await;
    assert_eq!(simulator.alive(), vec![]);
}

#[tokio::test]
async fn dhcp_options_stay_while_a_vpc_uses_them() {
    let (_simulator, a, _) = pair().await;
    let (vpc, _) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    a.ec2(
        "CreateDhcpOptions",
        &[
            ("DhcpConfiguration.1.Key", "colour"),
            ("DhcpConfiguration.1.Value.1", "red"),
        ],
    )
    .await
    .refused("InvalidParameterValue");
    let wanted = [
        ("DhcpConfiguration.1.Key", "domain-name"),
        ("DhcpConfiguration.1.Value.1", "corp.example"),
    ];
    let made = a.ok("CreateDhcpOptions", &wanted).await;
    assert_eq!(made.text("key"), "domain-name");
    let set = made.text("dhcpOptionsId");
    let use_set = async |set: &str| {
        let wanted = [("DhcpOptionsId", set), ("VpcId", vpc.as_str())];
        a.ok("AssociateDhcpOptions", &wanted).await;
        let seen = a.ok("DescribeVpcs", &[("VpcId.1", &vpc)]).await;
        assert_eq!(seen.text("dhcpOptionsId"), set);
    };
    use_set(&set).await;
    let named = [("DhcpOptionsId", set.as_str())];
    a.ec2("DeleteDhcpOptions", &named)
        .await
        .refused("DependencyViolation");
    use_set("default").await;
    a.ok("DeleteDhcpOptions", &named).await;
}

#[tokio::test]
async fn private_names_need_a_vpc_that_resolves_and_belong_to_one_endpoint() {
    let (simulator, a, _) = pair().await;
    let a = a.in_region("eu-west-1");
    let (vpc, subnet) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let wanted = [
        ("VpcId", vpc.as_str()),
        ("ServiceName", MESSAGES),
        ("VpcEndpointType", "Interface"),
        ("SubnetId.1", &subnet),
    ];
    a.ec2("CreateVpcEndpoint", &wanted)
        .await
        .refused("InvalidParameter");
    let names = [
        ("VpcId", vpc.as_str()),
        ("EnableDnsHostnames.Value", "true"),
    ];
    a.ok("ModifyVpcAttribute", &names).await;
    let first = a.ok("CreateVpcEndpoint", &wanted).await;
    assert!(
        first
            .body
            .contains("<dnsName>ec2messages.eu-west-1.amazonaws.com</dnsName>")
    );
    let first = first.text("vpcEndpointId");
    let refused = a.ec2("CreateVpcEndpoint", &wanted).await;
    assert!(
        refused.body.contains("conflicting DNS domain"),
        "{refused:?}"
    );
    let mut nameless = wanted.to_vec();
    nameless.push(("PrivateDnsEnabled", "false"));
    let second = a
        .ok("CreateVpcEndpoint", &nameless)
        .await
        .text("vpcEndpointId");
    let rename = [
        ("VpcEndpointId", second.as_str()),
        ("PrivateDnsEnabled", "true"),
    ];
    a.ec2("ModifyVpcEndpoint", &rename)
        .await
        .refused("InvalidParameter");
    a.ok("DeleteVpcEndpoints", &[("VpcEndpointId.1", &first)])
        .await;
    pass(&simulator, 60);
    a.ok("ModifyVpcEndpoint", &rename).await;
    let named = [("VpcEndpointId.1", second.as_str())];
    let seen = a.ok("DescribeVpcEndpoints", &named).await;
    assert_eq!(seen.text("privateDnsEnabled"), "true");
}

#[tokio::test]
async fn an_endpoint_changes_its_subnets_groups_and_tables() {
    let (simulator, a, _) = pair().await;
    let a = a.in_region("eu-west-1");
    let (vpc, subnet) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let (endpoint, group) = interface_endpoint(&a, &vpc, &subnet).await;
    pass(&simulator, 60);
    let other = [
        ("VpcId", vpc.as_str()),
        ("CidrBlock", "10.0.2.0/24"),
        ("AvailabilityZone", "eu-west-1c"),
    ];
    let other = a.ok("CreateSubnet", &other).await.text("subnetId");
    let more = a.group(&vpc, "more").await;
    let id = ("VpcEndpointId", endpoint.as_str());
    let change = [
        id,
        ("AddSubnetId.1", other.as_str()),
        ("RemoveSubnetId.1", &subnet),
        ("AddSecurityGroupId.1", &more),
        ("RemoveSecurityGroupId.1", &group),
    ];
    a.ok("ModifyVpcEndpoint", &change).await;
    a.ok("DeleteSubnet", &[("SubnetId", &subnet)]).await;
    a.ok("DeleteSecurityGroup", &[("GroupId", &group)]).await;
    a.ec2("DeleteSubnet", &[("SubnetId", &other)])
        .await
        .refused("DependencyViolation");
    let named = [("VpcEndpointId.1", endpoint.as_str())];
    let seen = a.ok("DescribeVpcEndpoints", &named).await;
    assert!(seen.text("subnetIdSet").contains(&other));
    for wrong in [
        ("RemoveSecurityGroupId.1", more.as_str()),
        ("AddRouteTableId.1", "rtb-1"),
    ] {
        a.ec2("ModifyVpcEndpoint", &[id, wrong])
            .await
            .refused("InvalidParameter");
    }

    let wanted = [("VpcId", vpc.as_str()), ("ServiceName", S3)];
    let gateway = a
        .ok("CreateVpcEndpoint", &wanted)
        .await
        .text("vpcEndpointId");
    let table = a.main_table(&vpc).await;
    for (parameter, routes) in [("AddRouteTableId.1", 1), ("RemoveRouteTableId.1", 0)] {
        let change = [("VpcEndpointId", gateway.as_str()), (parameter, &table)];
        a.ok("ModifyVpcEndpoint", &change).await;
        let seen = a
            .ok("DescribeRouteTables", &[("RouteTableId.1", &table)])
            .await;
        assert_eq!(seen.all("destinationPrefixListId").len(), routes);
    }
}
