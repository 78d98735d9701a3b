//! AWS: what Reachability Analyzer says of worlds with one defect each.

mod support;

use std::time::Duration;

use landbridge_sim::AwsRoute;
use support::aws::{A, Aws, B, pair};
use support::aws_stage::{End, Stage};
use support::insights::{analysed, begin, codes, path, path_with, see};

/// Two networks of one account, peered, routed and open on ports 22 and 80.
async fn own() -> Stage {
    let (simulator, a, _) = pair().await;
    let left = End::new(&a, 0, "10.0.1.10").await;
    let right = End::new(&a, 1, "10.1.1.10").await;
    let peering = a.request(&left.vpc, &right.vpc, A, "us-east-1").await;
    simulator.advance(Duration::from_secs(4));
    a.peering("Accept", &peering).await.ok();
    simulator.advance(Duration::from_secs(30));
    let stage = Stage {
        simulator,
        left,
        right,
        peering,
    };
    stage.route_left().await;
    stage.route_right().await;
    stage.right.open("tcp", "22", "80", "10.0.0.0/16").await;
    stage
}

impl Stage {
    async fn codes(&self, port: &str) -> Vec<String> {
        let (left, right) = (&self.left, &self.right);
        let (from, to) = (&left.instance, &right.instance);
        codes(&self.simulator, &left.client, from, to, port).await
    }
}

/// Removes the route of a network to a range.
async fn unroute(end: &End, range: &str) {
    let table = end.client.main_table(&end.vpc).await;
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationCidrBlock", range),
    ];
    end.client.ok("DeleteRoute", &route).await;
}

#[tokio::test]
async fn a_path_is_told_element_by_element_there_and_back() {
    let stage = own().await;
    let (left, right) = (&stage.left, &stage.right);
    let made = path(&left.client, &left.instance, &right.instance, "22").await;
    let found = analysed(&stage.simulator, &left.client, &made).await;
    assert_eq!(found.text("networkPathFound"), "true");
    assert_eq!(found.text("status"), "succeeded");
    let ids = |set: &str| {
        let part = found.text(set);
        let components = part.split("<component><id>").skip(1);
        let ids = components.map(|one| one.split('<').next().unwrap_or_default().to_owned());
        ids.collect::<Vec<_>>()
    };
    let kinds = |set| {
        let ids = ids(set).into_iter();
        let kinds = ids.map(|id| id.split('-').next().unwrap_or_default().to_owned());
        kinds.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        kinds("forwardPathComponentSet"),
        "i eni sg acl rtb pcx acl sg eni i"
    );
    assert_eq!(
        kinds("returnPathComponentSet"),
        "i eni acl rtb pcx acl eni i"
    );
    let forward = ids("forwardPathComponentSet");
    assert_eq!(forward.first(), Some(&left.instance));
    assert_eq!(forward.last(), Some(&right.instance));
    let body = &found.body;
    for told in [
        "<sequenceNumber>1</sequenceNumber>".to_owned(),
        format!("<securityGroupRule><cidr>10.0.0.0/16</cidr><securityGroupId>{}</securityGroupId><direction>ingress</direction><portRange><from>22</from><to>80</to></portRange><protocol>tcp</protocol>", right.group),
        "<aclRule><cidr>0.0.0.0/0</cidr><egress>true</egress><protocol>all</protocol><ruleAction>allow</ruleAction><ruleNumber>100</ruleNumber>".to_owned(),
        format!("<routeTableRoute><destinationCidr>10.1.0.0/16</destinationCidr><vpcPeeringConnectionId>{}</vpcPeeringConnectionId><origin>createroute</origin><state>active</state>", stage.peering),
        format!("<arn>arn:aws:ec2:us-east-1:{A}:instance/{}</arn>", left.instance),
        "<destinationAddressSet><item>10.1.1.10/32</item></destinationAddressSet>".to_owned(),
    ] {
        assert!(body.contains(&told), "{told} in {body}");
    }
}

#[tokio::test]
async fn inside_of_a_subnet_no_acl_is_in_the_way() {
    let stage = own().await;
    let right = &stage.right;
    let (client, group) = (&right.client, &right.group);
    let other = client.instance(&right.subnet, group, "10.1.1.11").await;
    stage.simulator.advance(Duration::from_secs(30));
    let blocked = codes(&stage.simulator, client, &other, &right.instance, "22").await;
    assert_eq!(blocked, ["ENI_SG_RULES_MISMATCH"]);
    right.open("tcp", "22", "22", "10.1.0.0/16").await;
    let made = path(client, &other, &right.instance, "22").await;
    let found = analysed(&stage.simulator, client, &made).await;
    assert_eq!(found.text("networkPathFound"), "true");
    assert!(!found.body.contains("<aclRule>"), "{}", found.body);
}

#[tokio::test]
async fn groups_that_do_not_let_it_in_or_out() {
    let stage = own().await;
    assert_eq!(stage.codes("443").await, ["ENI_SG_RULES_MISMATCH"]);
    let (left, right) = (&stage.left, &stage.right);
    let out = [
        ("GroupId", left.group.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    let client = &left.client;
    client.ok("RevokeSecurityGroupEgress", &out).await;
    let made = path(client, &left.instance, &right.instance, "443").await;
    let blocked = analysed(&stage.simulator, client, &made).await;
    assert_eq!(
        blocked.all("explanationCode"),
        ["SG_HAS_NO_RULES", "ENI_SG_RULES_MISMATCH"],
        "both ends are told"
    );
    assert_eq!(blocked.all("direction"), ["egress", "ingress"]);
    let group = format!("<securityGroup><id>{}</id>", left.group);
    assert!(blocked.body.contains(&group), "{}", blocked.body);
}

#[tokio::test]
async fn acls_that_deny_the_packet_or_the_answer() {
    let stage = own().await;
    let right = &stage.right;
    let acl = right.bar().await;
    let made = path(&right.client, &stage.left.instance, &right.instance, "22").await;
    let blocked = analysed(&stage.simulator, &right.client, &made).await;
    assert_eq!(
        blocked.all("explanationCode"),
        ["SUBNET_ACL_RESTRICTION", "SUBNET_ACL_RESTRICTION"]
    );
    assert_eq!(blocked.all("direction"), ["ingress", "egress"]);
    right.entry(&acl, "false", "22", "22", "10.0.0.0/8").await;
    assert_eq!(stage.codes("22").await, ["SUBNET_ACL_RESTRICTION"]);
    right
        .entry(&acl, "true", "1024", "65535", "10.0.0.0/8")
        .await;
    assert_eq!(stage.codes("22").await, [""; 0]);
}

#[tokio::test]
async fn missing_routes_there_and_back() {
    let stage = own().await;
    unroute(&stage.right, "10.0.0.0/16").await;
    assert_eq!(stage.codes("22").await, ["NO_ROUTE_TO_DESTINATION"]);
    unroute(&stage.left, "10.1.0.0/16").await;
    assert_eq!(stage.codes("22").await, ["NO_ROUTE_TO_DESTINATION"]);
    let left = &stage.left;
    let other = left.client.route(&left.vpc, "10.1.2.0/24", &stage.peering);
    other.await.ok();
    let told = stage.codes("22").await;
    assert_eq!(told, ["NO_ROUTE_TO_DESTINATION", "CANNOT_ROUTE"]);
}

#[tokio::test]
async fn routes_that_come_before_the_one_over_the_peering() {
    let stage = own().await;
    let left = &stage.left;
    let table = left.client.main_table(&left.vpc).await;
    let hub = "tgw-0123456789abcdef0";
    let place = |route| assert!(stage.simulator.place_aws_route(&table, route));
    place(AwsRoute::new("10.1.1.0/24", hub));
    let told = stage.codes("22").await;
    assert_eq!(told, ["UNSUPPORTED_COMPONENT", "MORE_SPECIFIC_ROUTE"]);
    place(AwsRoute::new("10.1.1.0/24", hub).black_hole());
    assert_eq!(stage.codes("22").await, ["BAD_STATE_ROUTE"]);
}

#[tokio::test]
async fn a_route_to_the_very_range_comes_before_one_to_a_list() {
    let stage = own().await;
    let left = &stage.left;
    let client = &left.client;
    let list = [
        ("PrefixListName", "right"),
        ("MaxEntries", "1"),
        ("AddressFamily", "IPv4"),
        ("Entry.1.Cidr", "10.1.0.0/16"),
    ];
    let list = client.ok("CreateManagedPrefixList", &list).await;
    let list = list.text("prefixListId");
    stage.simulator.advance(Duration::from_secs(10));
    let table = client.main_table(&left.vpc).await;
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationPrefixListId", list.as_str()),
        ("VpcPeeringConnectionId", stage.peering.as_str()),
    ];
    client.ok("CreateRoute", &route).await;
    let hub = AwsRoute::new("10.1.0.0/16", "tgw-0123456789abcdef0");
    assert!(stage.simulator.place_aws_route(&table, hub));
    let told = stage.codes("22").await;
    assert_eq!(told, ["UNSUPPORTED_COMPONENT", "HIGHER_PRIORITY_ROUTE"]);
}

#[tokio::test]
async fn a_gateway_leads_to_no_private_address() {
    let stage = own().await;
    let left = &stage.left;
    unroute(left, "10.1.0.0/16").await;
    let client = &left.client;
    let gateway = client.ok("CreateInternetGateway", &[]).await;
    let gateway = gateway.text("internetGatewayId");
    let attach = [
        ("InternetGatewayId", gateway.as_str()),
        ("VpcId", left.vpc.as_str()),
    ];
    client.ok("AttachInternetGateway", &attach).await;
    let table = client.main_table(&left.vpc).await;
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationCidrBlock", "0.0.0.0/0"),
        ("GatewayId", gateway.as_str()),
    ];
    client.ok("CreateRoute", &route).await;
    assert_eq!(stage.codes("22").await, ["NO_ROUTE_TO_DESTINATION"]);
}

#[tokio::test]
async fn a_deleted_peering_leaves_routes_in_a_bad_state() {
    let stage = own().await;
    let client = &stage.left.client;
    client.peering("Delete", &stage.peering).await.ok();
    stage.simulator.advance(Duration::from_secs(30));
    assert_eq!(stage.codes("22").await, ["BAD_STATE_ROUTE"]);
    unroute(&stage.left, "10.1.0.0/16").await;
    assert_eq!(stage.codes("22").await, ["DISCONNECTED_VPCS"]);
}

#[tokio::test]
async fn a_peering_leads_to_the_peers_own_addresses_only() {
    let stage = own().await;
    let left = &stage.left;
    let onward = left.client.route(&left.vpc, "10.2.0.0/16", &stage.peering);
    onward.await.ok();
    let wanted = [
        ("FilterAtSource.DestinationAddress", "10.2.1.10"),
        ("FilterAtSource.DestinationPortRange.FromPort", "22"),
        ("FilterAtSource.DestinationPortRange.ToPort", "22"),
    ];
    let made = path_with(&left.client, &left.instance, "", &wanted).await;
    let blocked = analysed(&stage.simulator, &left.client, &made).await;
    assert_eq!(
        blocked.all("explanationCode"),
        ["PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"]
    );
    let nobody = [("FilterAtSource.DestinationAddress", "10.1.1.99")];
    let made = path_with(&left.client, &left.instance, "", &nobody).await;
    let blocked = analysed(&stage.simulator, &left.client, &made).await;
    assert_eq!(blocked.all("explanationCode"), ["NO_POSSIBLE_DESTINATION"]);
    let there = [("FilterAtSource.DestinationAddress", "10.1.1.10")];
    let made = path_with(&left.client, &left.instance, "", &there).await;
    let found = analysed(&stage.simulator, &left.client, &made).await;
    assert_eq!(found.text("networkPathFound"), "true", "some port is open");
}

#[tokio::test]
async fn addresses_and_states_of_the_ends() {
    let stage = own().await;
    let (left, right) = (&stage.left, &stage.right);
    let client = &left.client;
    for (field, address) in [
        ("FilterAtSource.SourceAddress", "10.0.1.99"),
        ("FilterAtSource.DestinationAddress", "10.1.1.99"),
    ] {
        let wanted = [(field, address)];
        let made = path_with(client, &left.instance, &right.instance, &wanted).await;
        let blocked = analysed(&stage.simulator, client, &made).await;
        assert_eq!(
            blocked.all("explanationCode"),
            ["ENI_ADDRESS_RESTRICTION"],
            "{field}"
        );
    }
    let apart = [
        ("FilterAtSource.DestinationPortRange.FromPort", "22"),
        ("FilterAtSource.DestinationPortRange.ToPort", "22"),
        ("FilterAtDestination.DestinationPortRange.FromPort", "80"),
        ("FilterAtDestination.DestinationPortRange.ToPort", "80"),
    ];
    let made = path_with(client, &left.instance, &right.instance, &apart).await;
    let blocked = analysed(&stage.simulator, client, &made).await;
    assert_eq!(blocked.all("explanationCode"), ["NO_PATH"]);

    let free = [("SubnetId", right.subnet.as_str())];
    let free = client.ok("CreateNetworkInterface", &free).await;
    let free = free.text("networkInterfaceId");
    let told = codes(&stage.simulator, client, &left.instance, &free, "22").await;
    assert_eq!(told, ["UNASSOCIATED_COMPONENT"]);

    let stop = [("InstanceId.1", right.instance.as_str())];
    client.ok("StopInstances", &stop).await;
    stage.simulator.advance(Duration::from_secs(60));
    assert_eq!(stage.codes("22").await, ["BAD_STATE"]);
}

#[tokio::test]
async fn interfaces_and_resource_names_are_ends_too() {
    let stage = own().await;
    let (left, right) = (&stage.left, &stage.right);
    let client = &left.client;
    let interface = |instance: String| async move {
        let wanted = [("InstanceId.1", instance.as_str())];
        let seen = client.ok("DescribeInstances", &wanted).await;
        seen.text("networkInterfaceId")
    };
    let from = interface(left.instance.clone()).await;
    let to = interface(right.instance.clone()).await;
    let to = format!("arn:aws:ec2:us-east-1:{A}:network-interface/{to}");
    let made = path(client, &from, &to, "22").await;
    let found = analysed(&stage.simulator, client, &made).await;
    assert_eq!(found.text("networkPathFound"), "true");
    let forward = found.text("forwardPathComponentSet");
    assert!(
        forward.starts_with(&format!(
            "<item><sequenceNumber>1</sequenceNumber><component><id>{from}</id>"
        )),
        "{forward}"
    );
    assert!(!forward.contains("<component><id>i-"), "{forward}");
}

#[tokio::test]
async fn other_accounts_and_regions_are_no_destination() {
    let stage = Stage::open().await;
    let (left, right) = (&stage.left, &stage.right);
    for (region, account) in [("us-east-1", B), ("eu-west-1", A)] {
        let there = format!("arn:aws:ec2:{region}:{account}:instance/{}", right.instance);
        let told = codes(&stage.simulator, &left.client, &left.instance, &there, "22").await;
        assert_eq!(told, ["NO_POSSIBLE_DESTINATION"], "{there}");
    }
    failed(
        &stage,
        &left.client,
        &left.instance,
        &right.instance,
        "missing component",
    )
    .await;
    let source = format!("arn:aws:ec2:us-east-1:{B}:instance/{}", right.instance);
    failed(
        &stage,
        &left.client,
        &source,
        &left.instance,
        "inaccessible resource",
    )
    .await;
    let gateway = "igw-0123456789abcdef0";
    failed(
        &stage,
        &left.client,
        &left.instance,
        gateway,
        "not supported",
    )
    .await;
}

async fn failed(stage: &Stage, client: &Aws, from: &str, to: &str, why: &str) {
    let made = path(client, from, to, "22").await;
    let ended = analysed(&stage.simulator, client, &made).await;
    assert_eq!(ended.text("status"), "failed", "{}", ended.body);
    let message = ended.text("statusMessage");
    assert!(message.contains(why), "{message}");
    assert!(!ended.body.contains("networkPathFound"), "{}", ended.body);
}

#[tokio::test]
async fn a_rule_that_names_a_group_of_another_account_is_not_understood() {
    // A peering to another account, and a network of the first account beside it.
    let stage = Stage::open().await;
    let (left, right) = (&stage.left, &stage.right);
    let client = &left.client;
    let beside = client
        .instance(&left.subnet, &left.group, "10.0.1.11")
        .await;
    stage.simulator.advance(Duration::from_secs(30));
    let rule = [
        ("GroupId", left.group.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "22"),
        ("IpPermissions.1.ToPort", "22"),
        ("IpPermissions.1.Groups.1.GroupId", right.group.as_str()),
        ("IpPermissions.1.Groups.1.UserId", B),
    ];
    client.ok("AuthorizeSecurityGroupIngress", &rule).await;
    let told = codes(&stage.simulator, client, &left.instance, &beside, "22").await;
    assert_eq!(told, ["UNKNOWN_PEERED_SGS"]);
    let told = codes(&stage.simulator, client, &left.instance, &beside, "23").await;
    assert_eq!(told, ["ENI_SG_RULES_MISMATCH"]);
}

#[tokio::test]
async fn a_network_that_changes_meanwhile_fails_the_analysis() {
    let stage = own().await;
    let (left, right) = (&stage.left, &stage.right);
    let client = &left.client;
    let made = path(client, &left.instance, &right.instance, "22").await;
    let analysis = begin(client, &made, &[]).await;
    stage.simulator.advance(Duration::from_secs(10));
    assert_eq!(see(client, &analysis).await.text("status"), "running");
    unroute(right, "10.0.0.0/16").await;
    stage.simulator.advance(Duration::from_secs(20));
    let ended = see(client, &analysis).await;
    assert_eq!(ended.text("status"), "failed");
    assert!(ended.text("statusMessage").contains("modifications"));
}

#[tokio::test]
async fn paths_must_and_must_not_pass_an_element() {
    let stage = own().await;
    let (left, right) = (&stage.left, &stage.right);
    let client = &left.client;
    let made = path(client, &left.instance, &right.instance, "22").await;
    let of = |id: &str| format!("arn:aws:ec2:us-east-1:{A}:vpc-peering-connection/{id}");
    let (there, other) = (of(&stage.peering), of("pcx-0123456789abcdef0"));
    let mut found = Vec::new();
    for (at, (name, element)) in [
        ("FilterInArn.1", &there),
        ("FilterInArn.1", &other),
        ("FilterOutArn.1", &there),
        ("FilterOutArn.1", &other),
    ]
    .into_iter()
    .enumerate()
    {
        let token = format!("token{at}");
        let wanted = [
            ("NetworkInsightsPathId", made.as_str()),
            ("ClientToken", token.as_str()),
            (name, element.as_str()),
        ];
        let started = client.ok("StartNetworkInsightsAnalysis", &wanted).await;
        let analysis = started.text("networkInsightsAnalysisId");
        stage.simulator.advance(Duration::from_secs(30));
        found.push(see(client, &analysis).await.text("networkPathFound"));
    }
    assert_eq!(found, ["true", "false", "false", "true"]);
}

#[tokio::test]
async fn udp_has_rules_of_its_own() {
    let stage = own().await;
    let (left, right) = (&stage.left, &stage.right);
    let wanted = [("Protocol", "udp"), ("DestinationPort", "22")];
    let client = &left.client;
    let made = path_with(client, &left.instance, &right.instance, &wanted).await;
    let blocked = analysed(&stage.simulator, client, &made).await;
    assert_eq!(blocked.all("explanationCode"), ["ENI_SG_RULES_MISMATCH"]);
    right.open("udp", "22", "22", "10.0.0.0/16").await;
    let found = analysed(&stage.simulator, client, &made).await;
    assert_eq!(found.text("networkPathFound"), "true");
}
