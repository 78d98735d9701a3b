//! AWS: VPCs, routes, groups and their rules, dependencies, limits, pages.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, Simulator};
use support::aws::{A, Aws, B, pair};

const EAST: &str = "us-east-1";

fn pass(simulator: &Simulator, seconds: u64) {
    simulator.advance(Duration::from_secs(seconds));
}

/// Two peered VPCs, 10.0/16 of A and 10.1/16 of B, and the peering.
async fn peered(simulator: &Simulator, a: &Aws, b: &Aws) -> (String, String, String) {
    let (own, peer) = (a.vpc("10.0.0.0/16").await, b.vpc("10.1.0.0/16").await);
    let id = a.request(&own, &peer, B, EAST).await;
    pass(simulator, 4);
    b.peering("Accept", &id).await.ok();
    pass(simulator, 5);
    (own, peer, id)
}

#[tokio::test]
async fn ranges_are_checked_and_made_canonical() {
    let (_simulator, a, _) = pair().await;
    let vpc = a.ok("CreateVpc", &[("CidrBlock", "10.99.7.9/16")]).await;
    assert_eq!(vpc.text("cidrBlock"), "10.99.0.0/16");
    assert_eq!(vpc.text("state"), "pending");
    for range in ["10.0.0.0/15", "10.0.0.0/29"] {
        let refused = a.ec2("CreateVpc", &[("CidrBlock", range)]).await;
        refused.refused("InvalidVpc.Range");
    }
    let vpc = vpc.text("vpcId");
    let subnet = async |range: &str| {
        let parameters = [("VpcId", vpc.as_str()), ("CidrBlock", range)];
        a.ec2("CreateSubnet", &parameters).await
    };
    subnet("10.99.1.0/24").await.ok();
    subnet("10.99.1.128/25")
        .await
        .refused("InvalidSubnet.Conflict");
    subnet("10.98.1.0/24").await.refused("InvalidSubnet.Range");
    a.ec2("CreateVpc", &[]).await.refused("MissingParameter");
    a.ec2("DeleteVpc", &[("VpcId", "vpc-nonsense")])
        .await
        .refused("InvalidVpcID.Malformed");
    a.ec2("DeleteVpc", &[("VpcId", "vpc-0123456789abcdef0")])
        .await
        .refused("InvalidVpcID.NotFound");
}

#[tokio::test]
async fn five_vpcs_are_the_limit_per_region() {
    let (_simulator, a, _) = pair().await;
    for number in 0..5 {
        a.vpc(&format!("10.{number}.0.0/16")).await;
    }
    let sixth = [("CidrBlock", "10.5.0.0/16")];
    a.ec2("CreateVpc", &sixth).await.refused("VpcLimitExceeded");
    a.in_region("eu-west-1").ok("CreateVpc", &sixth).await;
}

#[tokio::test]
async fn a_route_follows_the_state_of_its_peering() {
    let (simulator, a, b) = pair().await;
    let (own, peer) = (a.vpc("10.0.0.0/16").await, b.vpc("10.1.0.0/16").await);
    let id = a.request(&own, &peer, B, EAST).await;
    a.route(&own, "10.1.0.0/16", &id)
        .await
        .refused("InvalidVpcPeeringConnectionID.NotFound");
    pass(&simulator, 4);
    a.route(&own, "10.1.0.0/16", &id).await.ok();
    a.route(&own, "10.1.7.0/16", &id)
        .await
        .refused("RouteAlreadyExists");
    a.route(&own, "10.0.0.0/16", &id)
        .await
        .refused("RouteAlreadyExists");
    let unrelated = a.vpc("10.2.0.0/16").await;
    a.route(&unrelated, "10.1.0.0/16", &id)
        .await
        .refused("InvalidParameterValue");
    let black = async || {
        let parameters = [
            ("Filter.1.Name", "route.state"),
            ("Filter.1.Value.1", "blackhole"),
            ("Filter.2.Name", "route.vpc-peering-connection-id"),
            ("Filter.2.Value.1", id.as_str()),
        ];
        let answer = a.ok("DescribeRouteTables", &parameters).await;
        answer.body.contains(&id)
    };
    assert!(black().await);
    b.peering("Accept", &id).await.ok();
    pass(&simulator, 5);
    assert!(!black().await);
    b.peering("Delete", &id).await.ok();
    assert!(black().await);
    let table = a.main_table(&own).await;
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationCidrBlock", "10.1.0.0/16"),
    ];
    a.ok("DeleteRoute", &route).await;
    a.ec2("DeleteRoute", &route)
        .await
        .refused("InvalidRoute.NotFound");
    let local = [
        ("RouteTableId", table.as_str()),
        ("DestinationCidrBlock", "10.0.0.0/16"),
    ];
    a.ec2("DeleteRoute", &local)
        .await
        .refused("InvalidParameterValue");
}

#[tokio::test]
async fn replacing_needs_a_route_and_points_it_elsewhere() {
    let (simulator, a, b) = pair().await;
    let (own, peer, id) = peered(&simulator, &a, &b).await;
    let table = a.main_table(&own).await;
    let replace = async |id: &str| {
        let parameters = [
            ("RouteTableId", table.as_str()),
            ("DestinationCidrBlock", "10.1.0.0/16"),
            ("VpcPeeringConnectionId", id),
        ];
        a.ec2("ReplaceRoute", &parameters).await
    };
    replace(&id).await.refused("InvalidParameterValue");
    a.route(&own, "10.1.0.0/16", &id).await.ok();
    a.peering("Delete", &id).await.ok();
    let next = a.request(&own, &peer, B, EAST).await;
    pass(&simulator, 4);
    replace(&next).await.ok();
    let answer = a
        .ok("DescribeRouteTables", &[("RouteTableId.1", &table)])
        .await;
    assert!(answer.body.contains(&next) && !answer.body.contains(&id));
}

#[tokio::test]
async fn route_tables_remember_tokens_and_belong_to_subnets() {
    let (_simulator, a, _) = pair().await;
    let (vpc, subnet) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let other = a.vpc("10.1.0.0/16").await;
    let create = async |vpc: &str| {
        let parameters = [("VpcId", vpc), ("ClientToken", "once")];
        a.ec2("CreateRouteTable", &parameters).await
    };
    let table = create(&vpc).await.ok().text("routeTableId");
    assert_eq!(create(&vpc).await.ok().text("routeTableId"), table);
    create(&other).await.refused("IdempotentParameterMismatch");
    let pair = [
        ("RouteTableId", table.as_str()),
        ("SubnetId", subnet.as_str()),
    ];
    let association = a
        .ok("AssociateRouteTable", &pair)
        .await
        .text("associationId");
    let by_subnet = [
        ("Filter.1.Name", "association.subnet-id"),
        ("Filter.1.Value.1", subnet.as_str()),
    ];
    let found = a.ok("DescribeRouteTables", &by_subnet).await;
    assert_eq!(found.text("routeTableId"), table);
    let doomed = [("RouteTableId", table.as_str())];
    a.ec2("DeleteRouteTable", &doomed)
        .await
        .refused("DependencyViolation");
    a.ok("DisassociateRouteTable", &[("AssociationId", &association)])
        .await;
    a.ok("DeleteRouteTable", &doomed).await;
    let main = a.main_table(&vpc).await;
    a.ec2("DeleteRouteTable", &[("RouteTableId", &main)])
        .await
        .refused("DependencyViolation");
}

#[tokio::test]
async fn everything_goes_in_order_and_nothing_is_left() {
    let (simulator, a, b) = pair().await;
    let (own, peer, id) = peered(&simulator, &a, &b).await;
    let subnet = [("VpcId", own.as_str()), ("CidrBlock", "10.0.1.0/24")];
    let subnet = a.ok("CreateSubnet", &subnet).await.text("subnetId");
    let group = a.group(&own, "web").await;
    let instance = a.instance(&subnet, &group, "10.0.1.10").await;
    a.route(&own, "10.1.0.0/16", &id).await.ok();
    let gone = async |action: &str, name: &str, id: &str| a.ec2(action, &[(name, id)]).await;
    gone("DeleteVpc", "VpcId", &own)
        .await
        .refused("DependencyViolation");
    gone("DeleteSubnet", "SubnetId", &subnet)
        .await
        .refused("DependencyViolation");
    gone("DeleteSecurityGroup", "GroupId", &group)
        .await
        .refused("DependencyViolation");
    let answer = gone("TerminateInstances", "InstanceId.1", &instance)
        .await
        .ok();
    assert_eq!(
        answer.text("currentState"),
        "<code>32</code><name>shutting-down</name>"
    );
    pass(&simulator, 30);
    gone("DeleteSecurityGroup", "GroupId", &group).await.ok();
    gone("DeleteSubnet", "SubnetId", &subnet).await.ok();
    gone("DeleteVpc", "VpcId", &own)
        .await
        .refused("DependencyViolation");
    a.peering("Delete", &id).await.ok();
    gone("DeleteVpc", "VpcId", &own).await.ok();
    gone("DeleteVpc", "VpcId", &own)
        .await
        .refused("InvalidVpcID.NotFound");
    b.ok("DeleteVpc", &[("VpcId", &peer)]).await;
    assert_eq!(simulator.alive(), []);
}

#[tokio::test]
async fn dry_runs_change_nothing() {
    let (simulator, a, _) = pair().await;
    let parameters = [("CidrBlock", "10.0.0.0/99"), ("DryRun", "true")];
    let answer = a.ec2("CreateVpc", &parameters).await;
    assert_eq!(answer.status, 412);
    answer.refused("DryRunOperation");
    assert!(simulator.ledger().is_empty());
}

#[tokio::test]
async fn buckets_empty_and_refill_per_operation_account_and_region() {
    let (simulator, a, b) = pair().await;
    let make = [("CidrBlock", "10.0.0.0/99")];
    for _ in 0..50 {
        a.ec2("CreateVpc", &make)
            .await
            .refused("InvalidParameterValue");
    }
    let refused = a.ec2("CreateVpc", &make).await;
    assert_eq!(refused.status, 503);
    refused.refused("RequestLimitExceeded");
    b.ec2("CreateVpc", &make)
        .await
        .refused("InvalidParameterValue");
    a.in_region("eu-west-1")
        .ec2("CreateVpc", &make)
        .await
        .refused("InvalidParameterValue");
    a.ok("DescribeVpcs", &[]).await;
    pass(&simulator, 1);
    for _ in 0..5 {
        a.ec2("CreateVpc", &make)
            .await
            .refused("InvalidParameterValue");
    }
    a.ec2("CreateVpc", &make)
        .await
        .refused("RequestLimitExceeded");
}

#[tokio::test]
async fn throttling_can_be_switched_off() {
    let simulator = Simulator::builder()
        .aws_throttling(false)
        .start()
        .await
        .expect("a port");
    let keys = simulator.provision(AccountSpec::new("aws", A));
    let a = Aws::new(&simulator, &keys, EAST);
    for _ in 0..60 {
        a.ec2("DeleteVpc", &[]).await.refused("MissingParameter");
    }
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let simulator = Simulator::start().await.expect("a port");
    let spec = AccountSpec::new("aws", A).quota("vpcs_per_region", 20);
    let a = Aws::new(&simulator, &simulator.provision(spec), EAST);
    for number in 0..7 {
        a.vpc(&format!("10.{number}.0.0/16")).await;
    }
    let page = a.ok("DescribeVpcs", &[("MaxResults", "5")]).await;
    let next = page.text("nextToken");
    let rest = a
        .ok("DescribeVpcs", &[("MaxResults", "5"), ("NextToken", &next)])
        .await;
    assert_eq!((page.all("vpcId").len(), rest.all("vpcId").len()), (5, 2));
    assert_eq!(rest.text("nextToken"), "");
    a.ec2("DescribeVpcs", &[("MaxResults", "4")])
        .await
        .refused("InvalidParameterValue");
    a.ec2("DescribeRouteTables", &[("MaxResults", "101")])
        .await
        .refused("InvalidParameterValue");
    a.ec2("DescribeVpcs", &[("NextToken", "what")])
        .await
        .refused("InvalidPaginationToken");
    let filter = |name, value| [("Filter.1.Name", name), ("Filter.1.Value.1", value)];
    let some = a.ok("DescribeVpcs", &filter("cidr", "10.?.0.0/16")).await;
    assert_eq!(some.all("vpcId").len(), 7);
    let one = a.ok("DescribeVpcs", &filter("cidr", "10.3.*")).await;
    assert_eq!(one.all("vpcId").len(), 1);
    a.ec2("DescribeVpcs", &filter("colour", "red"))
        .await
        .refused("InvalidParameterValue");
}

fn rule<'a>(group: &'a str, port: &'a str, range: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("GroupId", group),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", port),
        ("IpPermissions.1.ToPort", port),
        ("IpPermissions.1.IpRanges.1.CidrIp", range),
    ]
}

fn reference<'a>(group: &'a str, other: &'a str, owner: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut parameters = vec![
        ("GroupId", group),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.Groups.1.GroupId", other),
    ];
    if !owner.is_empty() {
        parameters.push(("IpPermissions.1.Groups.1.UserId", owner));
    }
    parameters
}

const IN: &str = "AuthorizeSecurityGroupIngress";

#[tokio::test]
async fn rules_are_added_whole_or_not_at_all() {
    let (_simulator, a, _) = pair().await;
    let vpc = a.vpc("10.0.0.0/16").await;
    let group = a.group(&vpc, "web").await;
    let same_name = [
        ("GroupName", "WEB"),
        ("GroupDescription", "d"),
        ("VpcId", vpc.as_str()),
    ];
    a.ec2("CreateSecurityGroup", &same_name)
        .await
        .refused("InvalidGroup.Duplicate");
    let added = a.ok(IN, &rule(&group, "22", "10.1.2.3/16")).await;
    assert_eq!(added.text("cidrIpv4"), "10.1.0.0/16");
    let mut both = rule(&group, "80", "10.1.0.0/16");
    both.extend(vec![
        ("IpPermissions.2.IpProtocol", "6"),
        ("IpPermissions.2.FromPort", "22"),
        ("IpPermissions.2.ToPort", "22"),
        ("IpPermissions.2.IpRanges.1.CidrIp", "10.1.0.0/16"),
    ]);
    a.ec2(IN, &both)
        .await
        .refused("InvalidPermission.Duplicate");
    let rules = a.ok("DescribeSecurityGroupRules", &[]).await;
    assert!(!rules.body.contains("<fromPort>80</fromPort>"));
    let revoke = "RevokeSecurityGroupIngress";
    a.ec2(revoke, &rule(&group, "80", "10.1.0.0/16"))
        .await
        .refused("InvalidPermission.NotFound");
    let id = added.text("securityGroupRuleId");
    let by_id = [
        ("GroupId", group.as_str()),
        ("SecurityGroupRuleId.1", id.as_str()),
    ];
    a.ok(revoke, &by_id).await;
    a.ec2(revoke, &by_id)
        .await
        .refused("InvalidSecurityGroupRuleId.NotFound");
}

#[tokio::test]
async fn sixty_rules_are_the_limit_per_direction() {
    let simulator = Simulator::builder()
        .aws_throttling(false)
        .start()
        .await
        .expect("a port");
    let a = Aws::new(
        &simulator,
        &simulator.provision(AccountSpec::new("aws", A)),
        EAST,
    );
    let vpc = a.vpc("10.0.0.0/16").await;
    let group = a.group(&vpc, "web").await;
    for port in 1..=60 {
        a.ok(IN, &rule(&group, &port.to_string(), "10.0.0.0/8"))
            .await;
    }
    a.ec2(IN, &rule(&group, "61", "10.0.0.0/8"))
        .await
        .refused("RulesPerSecurityGroupLimitExceeded");
    let out = "AuthorizeSecurityGroupEgress";
    a.ok(out, &rule(&group, "61", "10.0.0.0/8")).await;
}

#[tokio::test]
async fn groups_are_named_over_active_peerings_of_the_region_only() {
    let (simulator, a, b) = pair().await;
    let (own, peer) = (a.vpc("10.0.0.0/16").await, b.vpc("10.1.0.0/16").await);
    let (mine, theirs) = (a.group(&own, "web").await, b.group(&peer, "web").await);
    let refuse = async |owner: &str| {
        let answer = a.ec2(IN, &reference(&mine, &theirs, owner)).await;
        answer.refused("InvalidGroup.NotFound").text("Message")
    };
    assert!(refuse(B).await.contains("different networks"));
    let id = a.request(&own, &peer, B, EAST).await;
    pass(&simulator, 4);
    refuse(B).await;
    b.peering("Accept", &id).await.ok();
    pass(&simulator, 5);
    refuse("").await;
    let added = a.ok(IN, &reference(&mine, &theirs, B)).await;
    let info = added.text("referencedGroupInfo");
    assert!(
        info.contains(&id) && info.contains("<peeringStatus>active"),
        "{info}"
    );
    let west = b.in_region("us-west-2");
    let far = west.vpc("10.2.0.0/16").await;
    let far_group = west.group(&far, "web").await;
    let over = a.request(&own, &far, B, "us-west-2").await;
    pass(&simulator, 4);
    west.peering("Accept", &over).await.ok();
    pass(&simulator, 5);
    a.ec2(IN, &reference(&mine, &far_group, B))
        .await
        .refused("InvalidGroup.NotFound");
    let named = [("GroupId.1", theirs.as_str())];
    let references = b.ok("DescribeSecurityGroupReferences", &named).await;
    assert_eq!(references.text("referencingVpcId"), own);
}

#[tokio::test]
async fn rules_become_stale_with_their_peering_and_recover_with_the_next() {
    let (simulator, a, b) = pair().await;
    let (own, peer, id) = peered(&simulator, &a, &b).await;
    let (mine, theirs) = (a.group(&own, "web").await, b.group(&peer, "web").await);
    a.ok(IN, &reference(&mine, &theirs, B)).await;
    let stale = async || {
        let answer = a
            .ok("DescribeStaleSecurityGroups", &[("VpcId", &own)])
            .await;
        answer.body.contains(&theirs)
    };
    assert!(!stale().await);
    a.peering("Delete", &id).await.ok();
    assert!(stale().await);
    let next = a.request(&own, &peer, B, EAST).await;
    pass(&simulator, 4);
    b.peering("Accept", &next).await.ok();
    pass(&simulator, 5);
    assert!(!stale().await);
    b.ok("DeleteSecurityGroup", &[("GroupId", &theirs)]).await;
    assert!(stale().await);
}

#[tokio::test]
async fn tags_are_set_at_creation_found_and_removed() {
    let (_simulator, a, _) = pair().await;
    let tagged = [
        ("CidrBlock", "10.0.0.0/16"),
        ("TagSpecification.1.ResourceType", "vpc"),
        ("TagSpecification.1.Tag.1.Key", "owner"),
        ("TagSpecification.1.Tag.1.Value", "a & b"),
    ];
    let vpc = a.ok("CreateVpc", &tagged).await;
    assert_eq!(vpc.text("value"), "a &amp; b");
    let vpc = vpc.text("vpcId");
    let wrong = [
        ("CidrBlock", "10.0.0.0/16"),
        ("TagSpecification.1.ResourceType", "subnet"),
    ];
    a.ec2("CreateVpc", &wrong)
        .await
        .refused("InvalidParameterValue");
    let by_key = [("Filter.1.Name", "tag-key"), ("Filter.1.Value.1", "owner")];
    let found = a.ok("DescribeVpcs", &by_key).await;
    assert_eq!(found.text("vpcId"), vpc);
    a.ok(
        "DeleteTags",
        &[("ResourceId.1", &vpc), ("Tag.1.Key", "owner")],
    )
    .await;
    let tags = a.ok("DescribeTags", &[]).await;
    assert!(tags.all("item").is_empty());
    a.ec2(
        "CreateTags",
        &[("ResourceId.1", "vpc-0123"), ("Tag.1.Key", "k")],
    )
    .await
    .refused("InvalidVpcID.NotFound");
}
