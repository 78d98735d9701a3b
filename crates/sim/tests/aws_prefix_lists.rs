//! AWS: managed prefix lists, the rules and routes that name them, and which route of a table decides.

mod support;

use std::net::IpAddr;
use std::time::Duration;

use landbridge_sim::{AccountSpec, AwsRoute, Simulator, Verdict};
use support::aws::{A, Aws, Xml, pair};
use support::aws_stage::{End, SSH, Stage};

/// Long enough for every change of a list.
const SETTLED: Duration = Duration::from_secs(5);

async fn create(client: &Aws, name: &str, room: &str, ranges: &[&str]) -> Xml {
    let names: Vec<String> = (1..=ranges.len())
        .map(|n| format!("Entry.{n}.Cidr"))
        .collect();
    let mut parameters = vec![
        ("PrefixListName", name),
        ("AddressFamily", "IPv4"),
        ("MaxEntries", room),
    ];
    parameters.extend(names.iter().map(String::as_str).zip(ranges.iter().copied()));
    client.ec2("CreateManagedPrefixList", &parameters).await
}

/// The id of a new list that counts already.
async fn list(simulator: &Simulator, client: &Aws, ranges: &[&str]) -> String {
    let created = create(client, "list", "10", ranges).await.ok();
    simulator.advance(SETTLED);
    created.text("prefixListId")
}

async fn modify(client: &Aws, id: &str, more: &[(&str, &str)]) -> Xml {
    let mut parameters = vec![("PrefixListId", id)];
    parameters.extend(more);
    client.ec2("ModifyManagedPrefixList", &parameters).await
}

async fn state(client: &Aws, id: &str) -> String {
    let one = [("PrefixListId.1", id)];
    client
        .ok("DescribeManagedPrefixLists", &one)
        .await
        .text("state")
}

async fn entries(client: &Aws, id: &str, more: &[(&str, &str)]) -> Xml {
    let mut parameters = vec![("PrefixListId", id)];
    parameters.extend(more);
    client.ec2("GetManagedPrefixListEntries", &parameters).await
}

#[tokio::test]
async fn lists_have_versions_and_states() {
    let (simulator, a, _) = pair().await;
    let created = create(&a, "offices", "3", &["10.1.0.0/16", "10.2.3.4/16"])
        .await
        .ok();
    let id = created.text("prefixListId");
    assert_eq!(created.text("state"), "create-in-progress");
    assert_eq!(created.text("version"), "1");
    let add = [("CurrentVersion", "1"), ("AddEntry.1.Cidr", "10.3.0.0/16")];
    modify(&a, &id, &add).await.refused("IncorrectState");
    simulator.advance(SETTLED);
    assert_eq!(state(&a, &id).await, "create-complete");
    let changed = modify(&a, &id, &add).await.ok();
    assert_eq!(
        (changed.text("state"), changed.text("version")),
        ("modify-in-progress".to_owned(), "2".to_owned())
    );
    simulator.advance(SETTLED);
    assert_eq!(state(&a, &id).await, "modify-complete");
    let seen = entries(&a, &id, &[]).await.ok();
    assert_eq!(
        seen.all("cidr"),
        ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"]
    );
    let before = entries(&a, &id, &[("TargetVersion", "1")]).await.ok();
    assert_eq!(before.all("cidr"), ["10.1.0.0/16", "10.2.0.0/16"]);
    entries(&a, &id, &[("TargetVersion", "9")])
        .await
        .refused("InvalidParameterValue");
}

#[tokio::test]
async fn changes_of_lists_are_checked() {
    let (simulator, a, b) = pair().await;
    let id = list(&simulator, &a, &["10.1.0.0/16"]).await;
    for (parameters, code) in [
        (vec![("AddEntry.1.Cidr", "10.2.0.0/16")], "MissingParameter"),
        (
            vec![("AddEntry.1.Cidr", "10.2.0.0/16"), ("CurrentVersion", "2")],
            "PrefixListVersionMismatch",
        ),
        (
            vec![
                ("RemoveEntry.1.Cidr", "10.2.0.0/16"),
                ("CurrentVersion", "1"),
            ],
            "InvalidPrefixListModification",
        ),
        (
            vec![
                ("AddEntry.1.Cidr", "2001:db8::/32"),
                ("CurrentVersion", "1"),
            ],
            "InvalidParameterValue",
        ),
        (
            vec![
                ("AddEntry.1.Cidr", "10.2.0.0/16"),
                ("CurrentVersion", "1"),
                ("MaxEntries", "20"),
            ],
            "InvalidParameterCombination",
        ),
        (vec![("MaxEntries", "0")], "InvalidParameterValue"),
    ] {
        modify(&a, &id, &parameters).await.refused(code);
    }
    modify(&b, &id, &[])
        .await
        .refused("InvalidPrefixListID.NotFound");
    modify(&a, "pl-x", &[])
        .await
        .refused("InvalidPrefixListID.Malformed");
    create(&a, "small", "1", &["10.1.0.0/16", "10.2.0.0/16"])
        .await
        .refused("PrefixListMaxEntriesExceeded");
    create(&a, "com.amazonaws.mine", "1", &[])
        .await
        .refused("InvalidParameterValue");
    create(&a, "twice", "5", &["10.1.0.0/16", "10.1.9.9/16"])
        .await
        .refused("InvalidParameterValue");
}

#[tokio::test]
async fn the_clouds_own_lists_are_seen_and_not_changed() {
    let (_simulator, a, _) = pair().await;
    let name = [
        ("Filter.1.Name", "prefix-list-name"),
        ("Filter.1.Value.1", "com.amazonaws.us-east-1.s3"),
    ];
    let old = a.ok("DescribePrefixLists", &name).await;
    let id = old.text("prefixListId");
    assert!(id.starts_with("pl-"));
    assert!(old.text("cidrSet").contains("<item>52.216.0.0/15</item>"));
    let new = a.ok("DescribeManagedPrefixLists", &name).await;
    assert_eq!(new.all("prefixListId"), [id.as_str()]);
    assert_eq!(new.text("ownerId"), "AWS");
    assert_eq!(new.text("maxEntries"), "");
    modify(&a, &id, &[("PrefixListName", "x")])
        .await
        .refused("UnsupportedOperation");
    assert!(
        entries(&a, &id, &[])
            .await
            .ok()
            .all("cidr")
            .contains(&"52.216.0.0/15".to_owned())
    );
    let elsewhere = a.in_region("eu-west-1");
    entries(&elsewhere, &id, &[])
        .await
        .refused("InvalidPrefixListID.NotFound");
}

#[tokio::test]
async fn lists_are_paged() {
    let (simulator, a, _) = pair().await;
    let ranges = ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"];
    let id = list(&simulator, &a, &ranges).await;
    let first = entries(&a, &id, &[("MaxResults", "2")]).await.ok();
    let token = first.text("nextToken");
    let rest = [("MaxResults", "2"), ("NextToken", token.as_str())];
    let second = entries(&a, &id, &rest).await.ok();
    assert_eq!([first.all("cidr"), second.all("cidr")].concat(), ranges);
    assert_eq!(second.text("nextToken"), "");
    entries(&a, &id, &[("MaxResults", "101")])
        .await
        .refused("InvalidParameterValue");
    let page = a
        .ok("DescribeManagedPrefixLists", &[("MaxResults", "1")])
        .await;
    assert_eq!(page.all("prefixListId"), [id]);
    assert!(!page.text("nextToken").is_empty());
}

#[tokio::test]
async fn rules_follow_their_lists() {
    let stage = Stage::new().await;
    stage.route_left().await;
    stage.route_right().await;
    let (end, simulator) = (&stage.right, &stage.simulator);
    let id = list(simulator, &end.client, &["10.0.1.0/28"]).await;
    let rule = [
        ("GroupId", end.group.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "22"),
        ("IpPermissions.1.ToPort", "22"),
        ("IpPermissions.1.PrefixListIds.1.PrefixListId", id.as_str()),
    ];
    let authorize = "AuthorizeSecurityGroupIngress";
    let added = end.client.ok(authorize, &rule).await;
    assert_eq!(added.text("prefixListId"), id);
    end.client
        .ec2(authorize, &rule)
        .await
        .refused("InvalidPermission.Duplicate");
    stage.arrives(SSH);
    let out = [
        ("CurrentVersion", "1"),
        ("RemoveEntry.1.Cidr", "10.0.1.0/28"),
    ];
    modify(&end.client, &id, &out).await.ok();
    stage.arrives(SSH);
    simulator.advance(SETTLED);
    stage.lost(SSH, "do not allow TCP 50000 > 22 from 10.0.1.10");
    let one = [("GroupId.1", end.group.as_str())];
    let shown = end.client.ok("DescribeSecurityGroups", &one).await;
    assert!(shown.text("prefixListIds").contains(&id));
    let gone = [("PrefixListId", id.as_str())];
    let delete = "DeleteManagedPrefixList";
    assert_eq!(
        end.client.ok(delete, &gone).await.text("state"),
        "delete-in-progress"
    );
    simulator.advance(SETTLED);
    assert_eq!(state(&end.client, &id).await, "delete-failed");
    end.client.ok("RevokeSecurityGroupIngress", &rule).await;
    end.client.ok(delete, &gone).await;
    simulator.advance(SETTLED);
    entries(&end.client, &id, &[])
        .await
        .refused("InvalidPrefixListID.NotFound");
    end.client
        .ec2(authorize, &rule)
        .await
        .refused("InvalidPrefixListID.NotFound");
}

#[tokio::test]
async fn a_list_counts_as_its_size() {
    let (simulator, a, _) = pair().await;
    let (vpc, _) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let group = a.group(&vpc, "web").await;
    let created = create(&a, "large", "60", &[]).await.ok();
    let small = list(&simulator, &a, &[]).await;
    let refer = async |id: &str| {
        let rule = [
            ("GroupId", group.as_str()),
            ("IpPermissions.1.IpProtocol", "-1"),
            ("IpPermissions.1.PrefixListIds.1.PrefixListId", id),
        ];
        a.ec2("AuthorizeSecurityGroupIngress", &rule).await
    };
    refer(&created.text("prefixListId")).await.ok();
    refer(&small)
        .await
        .refused("RulesPerSecurityGroupLimitExceeded");
}

#[tokio::test]
async fn a_rule_is_changed_to_name_a_list_that_there_is_room_for() {
    let (simulator, a, _) = pair().await;
    let (vpc, _) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let group = a.group(&vpc, "web").await;
    let small = list(&simulator, &a, &["10.1.0.0/16"]).await;
    let large = create(&a, "large", "61", &[]).await.ok();
    let rule = [
        ("GroupId", group.as_str()),
        ("IpProtocol", "-1"),
        ("CidrIp", "10.2.0.0/16"),
    ];
    let rule = a.ok("AuthorizeSecurityGroupIngress", &rule).await;
    let rule = rule.text("securityGroupRuleId");
    let name_list = async |list: &str| {
        let parameters = [
            ("GroupId", group.as_str()),
            ("SecurityGroupRule.1.SecurityGroupRuleId", &rule),
            ("SecurityGroupRule.1.SecurityGroupRule.IpProtocol", "-1"),
            ("SecurityGroupRule.1.SecurityGroupRule.PrefixListId", list),
        ];
        a.ec2("ModifySecurityGroupRules", &parameters).await
    };
    name_list("pl-0123456789abcdef0")
        .await
        .refused("InvalidPrefixListID.NotFound");
    name_list(&large.text("prefixListId"))
        .await
        .refused("RulesPerSecurityGroupLimitExceeded");
    name_list(&small).await.ok();
    let by_id = [("SecurityGroupRuleId.1", rule.as_str())];
    let found = a.ok("DescribeSecurityGroupRules", &by_id).await;
    assert_eq!(found.text("prefixListId"), small);
    assert_eq!(found.text("cidrIpv4"), "");
}

#[tokio::test]
async fn an_egress_only_gateway_takes_lists_of_ipv6_only() {
    let (simulator, a, _) = pair().await;
    let vpc = a.vpc("10.0.0.0/16").await;
    let table = a.main_table(&vpc).await;
    let here = [("VpcId", vpc.as_str())];
    let made = a.ok("CreateEgressOnlyInternetGateway", &here).await;
    let gateway = made.text("egressOnlyInternetGatewayId");
    let v4 = list(&simulator, &a, &["10.1.0.0/16"]).await;
    let v6 = [
        ("PrefixListName", "v6"),
        ("AddressFamily", "IPv6"),
        ("MaxEntries", "1"),
        ("Entry.1.Cidr", "2001:db8::/32"),
    ];
    let v6 = a.ok("CreateManagedPrefixList", &v6).await;
    simulator.advance(SETTLED);
    let route = async |list: &str| {
        let parameters = [
            ("RouteTableId", table.as_str()),
            ("DestinationPrefixListId", list),
            ("EgressOnlyInternetGatewayId", &gateway),
        ];
        a.ec2("CreateRoute", &parameters).await
    };
    route(&v4).await.refused("InvalidParameterValue");
    route(&v6.text("prefixListId")).await.ok();
    let over = [
        ("Filter.1.Name", "route.egress-only-internet-gateway-id"),
        ("Filter.1.Value.1", gateway.as_str()),
    ];
    let found = a.ok("DescribeRouteTables", &over).await;
    assert_eq!(found.text("routeTableId"), table);
}

/// Routes of the left end to the right one over the peering, to a list.
async fn route_to_list(stage: &Stage, id: &str) -> Xml {
    let end = &stage.left;
    let table = end.client.main_table(&end.vpc).await;
    let parameters = [
        ("RouteTableId", table.as_str()),
        ("DestinationPrefixListId", id),
        ("VpcPeeringConnectionId", stage.peering.as_str()),
    ];
    end.client.ec2("CreateRoute", &parameters).await
}

/// An open stage whose left end has no route yet.
async fn without_route() -> (Stage, String) {
    let stage = Stage::new().await;
    stage.route_right().await;
    stage.right.open("-1", "-1", "-1", "10.0.0.0/16").await;
    let table = stage.left.client.main_table(&stage.left.vpc).await;
    (stage, table)
}

fn place(stage: &Stage, table: &str, route: AwsRoute) {
    assert!(stage.simulator.place_aws_route(table, route));
}

#[track_caller]
fn lost_at(stage: &Stage, element: &str) {
    let target: IpAddr = stage.right.address.parse().expect("an address");
    match stage.simulator.probe(&stage.left.instance, target, SSH) {
        Verdict::Dropped { element: at, .. } => assert_eq!(at, element),
        delivered => panic!("{delivered}"),
    }
}

#[tokio::test]
async fn each_entry_of_a_list_is_a_route_of_its_own_length() {
    let (stage, table) = without_route().await;
    let ranges = ["10.1.0.0/16", "10.1.1.0/24"];
    let id = list(&stage.simulator, &stage.left.client, &ranges).await;
    route_to_list(&stage, &id).await.ok();
    route_to_list(&stage, &id)
        .await
        .refused("RouteAlreadyExists");
    stage.arrives(SSH);
    place(&stage, &table, AwsRoute::new("10.1.0.0/20", "tgw-0a"));
    stage.arrives(SSH);
    place(&stage, &table, AwsRoute::new("10.1.1.0/25", "tgw-0b"));
    lost_at(&stage, "tgw-0b");
}

#[tokio::test]
async fn a_route_to_the_very_range_wins_over_a_list() {
    let (stage, table) = without_route().await;
    let id = list(&stage.simulator, &stage.left.client, &["10.1.1.0/24"]).await;
    place(&stage, &table, AwsRoute::new(&id, "igw-0a"));
    lost_at(&stage, "igw-0a");
    place(
        &stage,
        &table,
        AwsRoute::new("10.1.1.0/24", "vgw-0a").propagated(),
    );
    lost_at(&stage, "igw-0a");
    let end = &stage.left;
    end.client
        .route(&end.vpc, "10.1.1.0/24", &stage.peering)
        .await
        .ok();
    stage.arrives(SSH);
}

#[tokio::test]
async fn a_propagated_route_is_the_last_among_equals_only() {
    let (stage, table) = without_route().await;
    stage.route_left().await;
    place(
        &stage,
        &table,
        AwsRoute::new("10.1.0.0/16", "vgw-0a").propagated(),
    );
    stage.arrives(SSH);
    place(
        &stage,
        &table,
        AwsRoute::new("10.1.1.0/24", "vgw-0a").propagated(),
    );
    lost_at(&stage, "vgw-0a");
}

#[tokio::test]
async fn no_packet_passes_what_is_not_simulated() {
    let (stage, table) = without_route().await;
    stage.lost(SSH, "no route to 10.1.1.10");
    for target in ["tgw-0a", "eni-0a", "igw-0a", "nat-0a", "vpce-0a", "i-0a"] {
        place(&stage, &table, AwsRoute::new("10.1.0.0/16", target));
        lost_at(&stage, target);
        stage.lost(SSH, "walks no packet");
    }
    place(
        &stage,
        &table,
        AwsRoute::new("10.1.0.0/16", "eni-0a").black_hole(),
    );
    stage.lost(SSH, "black hole");
    let simulator = &stage.simulator;
    assert!(!simulator.place_aws_route("rtb-0", AwsRoute::new("10.0.0.0/8", "igw-0a")));
    assert!(!simulator.place_aws_route(&table, AwsRoute::new("10.0.0.0/8", "subnet-0a")));
}

#[tokio::test]
async fn foreign_routes_are_told_as_they_are() {
    let (stage, table) = without_route().await;
    let id = list(&stage.simulator, &stage.left.client, &["10.1.1.0/24"]).await;
    place(&stage, &table, AwsRoute::new(&id, "vpce-0a"));
    place(
        &stage,
        &table,
        AwsRoute::new("172.16.0.0/12", "tgw-0a").black_hole(),
    );
    place(
        &stage,
        &table,
        AwsRoute::new("0.0.0.0/0", "vgw-0a").propagated(),
    );
    let one = [("RouteTableId.1", table.as_str())];
    let shown = stage.left.client.ok("DescribeRouteTables", &one).await;
    let routes = shown.text("routeSet");
    for expected in [
        format!("<destinationPrefixListId>{id}</destinationPrefixListId><gatewayId>vpce-0a</gatewayId>"),
        "<transitGatewayId>tgw-0a</transitGatewayId><state>blackhole</state>".to_owned(),
        "<gatewayId>vgw-0a</gatewayId><state>active</state><origin>EnableVgwRoutePropagation</origin>".to_owned(),
    ] {
        assert!(routes.contains(&expected), "{routes}");
    }
    let by_gateway = [
        ("Filter.1.Name", "route.transit-gateway-id"),
        ("Filter.1.Value.1", "tgw-0a"),
    ];
    let found = stage
        .left
        .client
        .ok("DescribeRouteTables", &by_gateway)
        .await;
    assert_eq!(found.all("vpcId"), [stage.left.vpc.as_str()]);
    let gone = [
        ("RouteTableId", table.as_str()),
        ("DestinationPrefixListId", id.as_str()),
    ];
    stage.left.client.ok("DeleteRoute", &gone).await;
    stage
        .left
        .client
        .ec2("DeleteRoute", &gone)
        .await
        .refused("InvalidRoute.NotFound");
}

#[tokio::test]
async fn lists_need_permission() {
    let simulator = Simulator::start().await.expect("a loopback port");
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [
            {{"Effect": "Allow", "Action": "ec2:CreateManagedPrefixList", "Resource": "arn:aws:ec2:us-east-1:{A}:prefix-list/*"}},
            {{"Effect": "Allow", "Action": "ec2:GetManagedPrefixListEntries", "Resource": "*"}}
        ]}}"#
    );
    let keys = simulator.provision(AccountSpec::new("aws", A).name("alice").policy(&policy));
    let alice = Aws::new(&simulator, &keys, "us-east-1");
    let created = create(&alice, "mine", "5", &["10.1.0.0/16"]).await.ok();
    let id = created.text("prefixListId");
    simulator.advance(SETTLED);
    entries(&alice, &id, &[]).await.ok();
    modify(&alice, &id, &[("PrefixListName", "x")])
        .await
        .refused("UnauthorizedOperation");
    let gone = [("PrefixListId", id.as_str())];
    alice
        .ec2("DeleteManagedPrefixList", &gone)
        .await
        .refused("UnauthorizedOperation");
}

#[tokio::test]
async fn a_peer_of_a_peer_is_not_reached_by_a_list_either() {
    let (stage, _) = without_route().await;
    let third = End::new(&stage.right.client, 2, "10.2.1.10").await;
    let id = list(&stage.simulator, &stage.left.client, &["10.2.0.0/16"]).await;
    route_to_list(&stage, &id).await.ok();
    let target: IpAddr = third.address.parse().expect("an address");
    let verdict = stage.simulator.probe(&stage.left.instance, target, SSH);
    let text = verdict.to_string();
    assert!(
        text.contains("10.2.1.10 is not in the peer's ranges"),
        "{text}"
    );
}
