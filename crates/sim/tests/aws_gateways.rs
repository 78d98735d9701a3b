//! AWS: internet, NAT and egress-only gateways, the routes to them, and the public addresses they use.

mod support;

use std::time::Duration;

use landbridge_sim::{AwsRoute, Protocol, Simulator, Verdict};
use support::aws::{Aws, pair};

fn pass(simulator: &Simulator, seconds: u64) {
    simulator.advance(Duration::from_secs(seconds));
}

async fn internet_gateway(client: &Aws) -> String {
    let made = client.ok("CreateInternetGateway", &[]).await;
    assert_eq!(made.text("attachmentSet"), "");
    made.text("internetGatewayId")
}

/// A VPC with a subnet and an internet gateway; their ids.
async fn connected(client: &Aws) -> (String, String, String) {
    let (vpc, subnet) = client.network("10.0.0.0/16", "10.0.1.0/24").await;
    let gateway = internet_gateway(client).await;
    let attach = [("InternetGatewayId", gateway.as_str()), ("VpcId", &vpc)];
    client.ok("AttachInternetGateway", &attach).await;
    (vpc, subnet, gateway)
}

async fn elastic_address(client: &Aws) -> String {
    let made = client.ok("AllocateAddress", &[("Domain", "vpc")]).await;
    assert!(made.text("publicIp").starts_with("203.0.113."));
    made.text("allocationId")
}

#[tokio::test]
async fn an_internet_gateway_has_one_vpc_and_a_vpc_one_gateway() {
    let (_simulator, a, b) = pair().await;
    let (vpc, _, gateway) = connected(&a).await;
    let other = internet_gateway(&a).await;
    let attach = async |client: &Aws, gateway: &str| {
        let parameters = [("InternetGatewayId", gateway), ("VpcId", vpc.as_str())];
        client.ec2("AttachInternetGateway", &parameters).await
    };
    attach(&a, &gateway)
        .await
        .refused("Resource.AlreadyAssociated");
    attach(&a, &other).await.refused("InvalidParameterValue");
    attach(&b, &other)
        .await
        .refused("InvalidInternetGatewayID.NotFound");
    let here = [
        ("Filter.1.Name", "attachment.vpc-id"),
        ("Filter.1.Value.1", vpc.as_str()),
    ];
    let found = a.ok("DescribeInternetGateways", &here).await;
    assert_eq!(found.all("internetGatewayId"), [gateway.as_str()]);
    assert_eq!(found.text("state"), "available");
    let delete = [("InternetGatewayId", gateway.as_str())];
    a.ec2("DeleteInternetGateway", &delete)
        .await
        .refused("DependencyViolation");
    a.ec2("DeleteVpc", &[("VpcId", &vpc)])
        .await
        .refused("DependencyViolation");
    let detach = [("InternetGatewayId", gateway.as_str()), ("VpcId", &vpc)];
    a.ok("DetachInternetGateway", &detach).await;
    a.ec2("DetachInternetGateway", &detach)
        .await
        .refused("Gateway.NotAttached");
    a.ok("DeleteInternetGateway", &delete).await;
    a.ec2(
        "DescribeInternetGateways",
        &[("InternetGatewayId.1", &gateway)],
    )
    .await
    .refused("InvalidInternetGatewayID.NotFound");
}

#[tokio::test]
async fn a_default_route_to_an_internet_gateway_takes_what_nothing_else_does() {
    let (simulator, a, _) = pair().await;
    let (vpc, subnet, gateway) = connected(&a).await;
    let table = a.main_table(&vpc).await;
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationCidrBlock", "0.0.0.0/0"),
        ("GatewayId", &gateway),
    ];
    a.ok("CreateRoute", &route).await;
    a.ec2("CreateRoute", &route)
        .await
        .refused("RouteAlreadyExists");
    let states = async |state: &str| {
        let parameters = [
            ("Filter.1.Name", "route.gateway-id"),
            ("Filter.1.Value.1", gateway.as_str()),
            ("Filter.2.Name", "route.state"),
            ("Filter.2.Value.1", state),
        ];
        let found = a.ok("DescribeRouteTables", &parameters).await;
        found.text("routeTableId")
    };
    assert_eq!(states("blackhole").await, "");
    assert_eq!(states("active").await, table);

    let group = a.group(&vpc, "g").await;
    let near = a.instance(&subnet, &group, "10.0.1.10").await;
    let far = a.instance(&subnet, &group, "10.0.1.11").await;
    let within = [
        ("GroupId", group.as_str()),
        ("IpProtocol", "icmp"),
        ("FromPort", "-1"),
        ("ToPort", "-1"),
        ("CidrIp", "10.0.0.0/16"),
    ];
    a.ok("AuthorizeSecurityGroupIngress", &within).await;
    pass(&simulator, 30);
    let to = |address: &str| {
        simulator.probe(&near, address.parse().expect("an address"), Protocol::ECHO)
    };
    assert!(to("10.0.1.11").is_delivered(), "{far} is local");
    match to("198.51.100.7") {
        Verdict::Dropped {
            element, reason, ..
        } => {
            assert_eq!(element, gateway);
            assert_eq!(reason, "the gateway leads out of the simulated world");
        }
        verdict => panic!("{verdict}"),
    }

    let detach = [("InternetGatewayId", gateway.as_str()), ("VpcId", &vpc)];
    a.ok("DetachInternetGateway", &detach).await;
    assert_eq!(states("blackhole").await, table);
    match to("198.51.100.7") {
        Verdict::Dropped {
            element, reason, ..
        } => {
            assert_eq!(element, gateway);
            assert!(reason.contains("black hole"), "{reason}");
        }
        verdict => panic!("{verdict}"),
    }
}

#[tokio::test]
async fn a_placed_route_over_a_gateway_that_calls_made_knows_its_state() {
    let (simulator, a, _) = pair().await;
    let (vpc, _, gateway) = connected(&a).await;
    let table = a.main_table(&vpc).await;
    let placed = AwsRoute::new("192.0.2.0/24", &gateway);
    assert!(simulator.place_aws_route(&table, placed));
    let black_holes = async || {
        let dead = [
            ("Filter.1.Name", "route.state"),
            ("Filter.1.Value.1", "blackhole"),
        ];
        a.ok("DescribeRouteTables", &dead)
            .await
            .text("routeTableId")
    };
    assert_eq!(black_holes().await, "");
    let detach = [("InternetGatewayId", gateway.as_str()), ("VpcId", &vpc)];
    a.ok("DetachInternetGateway", &detach).await;
    assert_eq!(black_holes().await, table);
}

#[tokio::test]
async fn a_route_leads_to_gateways_of_its_own_vpc_only() {
    let (_simulator, a, _) = pair().await;
    let (_, _, gateway) = connected(&a).await;
    let other = a.vpc("10.1.0.0/16").await;
    let table = a.main_table(&other).await;
    let route = async |target: &str, id: &str| {
        let parameters = [
            ("RouteTableId", table.as_str()),
            ("DestinationCidrBlock", "0.0.0.0/0"),
            (target, id),
        ];
        a.ec2("CreateRoute", &parameters).await
    };
    route("GatewayId", &gateway)
        .await
        .refused("InvalidParameterValue");
    route("GatewayId", "igw-0123456789abcdef0")
        .await
        .refused("InvalidGatewayID.NotFound");
    route("NatGatewayId", "nat-0123456789abcdef0")
        .await
        .refused("InvalidNatGatewayID.NotFound");
    route("TransitGatewayId", "tgw-0123456789abcdef0")
        .await
        .refused("InvalidGatewayID.NotFound");
}

#[tokio::test]
async fn a_nat_gateway_has_an_address_in_its_subnet_and_keeps_it_until_it_is_deleted() {
    let (simulator, a, _) = pair().await;
    let (vpc, subnet, gateway) = connected(&a).await;
    let address = elastic_address(&a).await;
    let create = [("SubnetId", subnet.as_str()), ("AllocationId", &address)];
    let made = a.ok("CreateNatGateway", &create).await;
    let nat = made.text("natGatewayId");
    assert_eq!(made.text("state"), "pending");
    assert_eq!(made.text("privateIp"), "10.0.1.4");
    a.ec2("CreateNatGateway", &create)
        .await
        .refused("Resource.AlreadyAssociated");
    let state = async || {
        let named = [("NatGatewayId.1", nat.as_str())];
        a.ok("DescribeNatGateways", &named).await.text("state")
    };
    pass(&simulator, 60);
    assert_eq!(state().await, "available");

    let table = a.main_table(&vpc).await;
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationCidrBlock", "0.0.0.0/0"),
        ("NatGatewayId", &nat),
    ];
    a.ok("CreateRoute", &route).await;
    let routes = a.ok("DescribeRouteTables", &[]).await;
    assert_eq!(routes.text("natGatewayId"), nat);

    let interfaces = [
        ("Filter.1.Name", "subnet-id"),
        ("Filter.1.Value.1", subnet.as_str()),
    ];
    let interfaces = a.ok("DescribeNetworkInterfaces", &interfaces).await;
    assert_eq!(interfaces.text("interfaceType"), "natGateway");
    let named = [("AllocationId.1", address.as_str())];
    let addresses = a.ok("DescribeAddresses", &named).await;
    assert_eq!(addresses.text("privateIpAddress"), "10.0.1.4");
    let association = addresses.text("associationId");
    let part = [("AssociationId", association.as_str())];
    a.ec2("DisassociateAddress", &part)
        .await
        .refused("AuthFailure");

    let release = [("AllocationId", address.as_str())];
    let detach = [("InternetGatewayId", gateway.as_str()), ("VpcId", &vpc)];
    let remove = [("SubnetId", subnet.as_str())];
    a.ec2("ReleaseAddress", &release)
        .await
        .refused("InvalidIPAddress.InUse");
    a.ec2("DetachInternetGateway", &detach)
        .await
        .refused("DependencyViolation");
    a.ec2("DeleteSubnet", &remove)
        .await
        .refused("DependencyViolation");
    a.ok("DeleteNatGateway", &[("NatGatewayId", &nat)]).await;
    assert_eq!(state().await, "deleting");
    pass(&simulator, 30);
    assert_eq!(state().await, "deleted");
    let routes = a.ok("DescribeRouteTables", &[]).await;
    assert!(routes.body.contains("blackhole"));
    a.ec2("DisassociateAddress", &part)
        .await
        .refused("InvalidAssociationID.NotFound");
    a.ok("ReleaseAddress", &release).await;
    a.ok("DetachInternetGateway", &detach).await;
    a.ok("DeleteSubnet", &remove).await;
    let alive = simulator.alive();
    assert!(!alive.iter().any(|entry| entry.id == nat), "{alive:?}");
}

#[tokio::test]
async fn a_public_nat_gateway_fails_where_no_internet_gateway_is() {
    let (simulator, a, _) = pair().await;
    let (_, subnet) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let address = elastic_address(&a).await;
    let public = [("SubnetId", subnet.as_str()), ("AllocationId", &address)];
    a.ok("CreateNatGateway", &public).await;
    let private = [
        ("SubnetId", subnet.as_str()),
        ("ConnectivityType", "private"),
    ];
    a.ok("CreateNatGateway", &private).await;
    a.ec2("CreateNatGateway", &[("SubnetId", &subnet)])
        .await
        .refused("MissingParameter");
    pass(&simulator, 60);
    let found = a.ok("DescribeNatGateways", &[]).await;
    assert_eq!(found.text("failureCode"), "Gateway.NotAttached");
    let available = [
        ("Filter.1.Name", "state"),
        ("Filter.1.Value.1", "available"),
    ];
    let found = a.ok("DescribeNatGateways", &available).await;
    assert_eq!(found.all("connectivityType"), ["private"]);
    let addresses = a.ok("DescribeAddresses", &[]).await;
    assert_eq!(addresses.text("associationId"), "");
}

#[tokio::test]
async fn an_egress_only_gateway_takes_ipv6_routes_only() {
    let (_simulator, a, _) = pair().await;
    let six = [
        ("CidrBlock", "10.0.0.0/16"),
        ("AmazonProvidedIpv6CidrBlock", "true"),
    ];
    let vpc = a.ok("CreateVpc", &six).await.text("vpcId");
    let create = [("VpcId", vpc.as_str())];
    let made = a.ok("CreateEgressOnlyInternetGateway", &create).await;
    let gateway = made.text("egressOnlyInternetGatewayId");
    assert_eq!(made.text("state"), "attached");
    let table = a.main_table(&vpc).await;
    let route = async |name: &str, destination: &str| {
        let parameters = [
            ("RouteTableId", table.as_str()),
            (name, destination),
            ("EgressOnlyInternetGatewayId", gateway.as_str()),
        ];
        a.ec2("CreateRoute", &parameters).await
    };
    route("DestinationCidrBlock", "0.0.0.0/0")
        .await
        .refused("InvalidParameterValue");
    route("DestinationIpv6CidrBlock", "::/0").await.ok();
    let by_target = [
        ("Filter.1.Name", "route.egress-only-internet-gateway-id"),
        ("Filter.1.Value.1", gateway.as_str()),
    ];
    let found = a.ok("DescribeRouteTables", &by_target).await;
    assert_eq!(found.text("egressOnlyInternetGatewayId"), gateway);
    a.ec2("DeleteVpc", &create)
        .await
        .refused("DependencyViolation");
    let delete = [("EgressOnlyInternetGatewayId", gateway.as_str())];
    a.ok("DeleteEgressOnlyInternetGateway", &delete).await;
    a.ec2("DeleteEgressOnlyInternetGateway", &delete)
        .await
        .refused("InvalidGatewayID.NotFound");
    a.ok("DeleteVpc", &create).await;
}

#[tokio::test]
async fn addresses_have_tags_and_are_found_by_what_they_are() {
    let (_simulator, a, b) = pair().await;
    let tagged = [
        ("TagSpecification.1.ResourceType", "elastic-ip"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", "out"),
    ];
    let made = a.ok("AllocateAddress", &tagged).await;
    let other = elastic_address(&a).await;
    let (id, public) = (made.text("allocationId"), made.text("publicIp"));
    for parameters in [
        [("Filter.1.Name", "tag:Name"), ("Filter.1.Value.1", "out")],
        [
            ("Filter.1.Name", "public-ip"),
            ("Filter.1.Value.1", &public),
        ],
    ] {
        let found = a.ok("DescribeAddresses", &parameters).await;
        assert_eq!(found.all("allocationId"), [id.as_str()]);
    }
    let found = a.ok("DescribeAddresses", &[("PublicIp.1", &public)]).await;
    assert_eq!(found.all("allocationId"), [id.as_str()]);
    a.ec2("DescribeAddresses", &[("PublicIp.1", "192.0.2.1")])
        .await
        .refused("InvalidAddress.NotFound");
    let named = [("AllocationId.1", other.as_str())];
    let names = a.ok("DescribeAddressesAttribute", &named).await;
    assert_eq!(names.all("allocationId"), [other.as_str()]);
    b.ec2("ReleaseAddress", &[("AllocationId", &id)])
        .await
        .refused("InvalidAllocationID.NotFound");
    a.ok("ReleaseAddress", &[("AllocationId", &id)]).await;
}
