//! VPC peering: its states, its limits, and packets over it.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, Service, Simulator};
use serde_json::{Value, json};
use support::site::{HANGZHOU, QINGDAO, Site, site};
use support::{
    A, B, CDT, Client, LONG, REGION, Twist, VPC, VPC_PEER, start, start_with, stranger, text, vpc,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn network(client: &Client, region: &str, range: &str) -> String {
    let parameters = [("RegionId", region), ("CidrBlock", range)];
    text(&client.ok(VPC, "CreateVpc", &parameters).await["VpcId"])
}

fn request<'a>(
    vpc: &'a str,
    account: &'a str,
    region: &'a str,
    accepting: &'a str,
) -> Vec<(&'static str, &'a str)> {
    vec![
        REGION,
        ("VpcId", vpc),
        ("AcceptingAliUid", account),
        ("AcceptingRegionId", region),
        ("AcceptingVpcId", accepting),
    ]
}

async fn attribute(client: &Client, id: &str) -> Value {
    let parameters = [("InstanceId", id)];
    client
        .ok(VPC_PEER, "GetVpcPeerConnectionAttribute", &parameters)
        .await
}

async fn status(client: &Client, id: &str) -> String {
    text(&attribute(client, id).await["Status"])
}

async fn act(client: &Client, action: &str, id: &str) {
    client.ok(VPC_PEER, action, &[("InstanceId", id)]).await;
}

async fn refused(client: &Client, action: &str, id: &str, code: &str) {
    let answer = client.call(VPC_PEER, action, &[("InstanceId", id)]).await;
    answer.refused(code);
}

/// A network of each account.
struct World {
    simulator: Simulator,
    a: Client,
    b: Client,
    own: String,
    foreign: String,
}

async fn world() -> World {
    let (simulator, a) = start().await;
    let b = stranger(&simulator, B);
    let own = network(&a, HANGZHOU, "10.0.0.0/16").await;
    let foreign = network(&b, HANGZHOU, "10.1.0.0/16").await;
    simulator.advance(LONG);
    World {
        simulator,
        a,
        b,
        own,
        foreign,
    }
}

impl World {
    fn request(&self) -> Vec<(&'static str, &str)> {
        request(&self.own, B, HANGZHOU, &self.foreign)
    }

    /// A connection that waits for its acceptance.
    async fn asked(&self) -> String {
        let answer = self
            .a
            .ok(VPC_PEER, "CreateVpcPeerConnection", &self.request())
            .await;
        self.simulator.advance(LONG);
        text(&answer["InstanceId"])
    }
}

#[tokio::test]
async fn a_connection_of_two_accounts_is_asked_for_accepted_and_deleted() {
    let world = world().await;
    let (simulator, a, b) = (&world.simulator, &world.a, &world.b);
    let mut parameters = world.request();
    parameters.extend([
        ("Name", "pair"),
        ("Tag.1.Key", "k"),
        ("Tag.1.Value", "v"),
        ("ClientToken", "t-1"),
    ]);
    let create = || a.call(VPC_PEER, "CreateVpcPeerConnection", &parameters);
    let id = text(&create().await.ok()["InstanceId"]);
    assert_eq!(text(&create().await.ok()["InstanceId"]), id);
    assert!(id.starts_with("pcc-"));
    assert_eq!(status(a, &id).await, "Creating");
    refused(b, "AcceptVpcPeerConnection", &id, "IncorrectStatus.VpcPeer").await;
    refused(a, "DeleteVpcPeerConnection", &id, "IncorrectStatus.VpcPeer").await;
    simulator.advance(LONG);
    assert_eq!(status(b, &id).await, "Accepting");
    let answer = "OperationDenied.NotAcceptingUser";
    refused(a, "AcceptVpcPeerConnection", &id, answer).await;
    refused(a, "RejectVpcPeerConnection", &id, answer).await;
    refused(a, "ModifyVpcPeerConnection", &id, "IncorrectStatus.VpcPeer").await;
    let accept = [
        ("InstanceId", id.as_str()),
        ("Tag.1.Key", "theirs"),
        ("RegionId", HANGZHOU),
    ];
    b.ok(VPC_PEER, "AcceptVpcPeerConnection", &accept).await;
    assert_eq!(status(b, &id).await, "Updating");
    simulator.advance(LONG);
    refused(b, "AcceptVpcPeerConnection", &id, "IncorrectStatus.VpcPeer").await;
    check_views(a, b, &id, &world).await;

    let rename = [("InstanceId", id.as_str()), ("Name", "renamed")];
    a.ok(VPC_PEER, "ModifyVpcPeerConnection", &rename).await;
    assert_eq!(status(a, &id).await, "Updating");
    simulator.advance(LONG);
    assert_eq!(attribute(b, &id).await["Name"], "renamed");

    for (name, value) in [("Bandwidth", "10"), ("LinkType", "Tin"), ("Name", "n")] {
        let change = [("InstanceId", id.as_str()), (name, value)];
        let answer = a.call(VPC_PEER, "ModifyVpcPeerConnection", &change).await;
        answer.refused(&format!("IllegalParam.{name}"));
    }
    for (client, vpc) in [(a, &world.own), (b, &world.foreign)] {
        let answer = client
            .call(VPC, "DeleteVpc", &[REGION, ("VpcId", vpc)])
            .await;
        answer.refused("OperationDenied.VpcPeerExists");
    }
    act(b, "DeleteVpcPeerConnection", &id).await;
    assert_eq!(status(a, &id).await, "Deleting");
    refused(a, "DeleteVpcPeerConnection", &id, "IncorrectStatus.VpcPeer").await;
    simulator.advance(Duration::from_secs(10));
    assert_eq!(status(a, &id).await, "Deleted");
    assert_eq!(list(a, &[]).await["TotalCount"], 0);
    assert!(simulator.alive().iter().all(|entry| entry.product == "vpc"));
    simulator.advance(LONG);
    for action in ["GetVpcPeerConnectionAttribute", "DeleteVpcPeerConnection"] {
        refused(a, action, &id, "ResourceNotFound.InstanceId").await;
    }
}

async fn list(client: &Client, filter: &[(&str, &str)]) -> Value {
    client.ok(VPC_PEER, "ListVpcPeerConnections", filter).await
}

async fn check_views(a: &Client, b: &Client, id: &str, world: &World) {
    let shown = attribute(a, id).await;
    assert_eq!(
        (
            &shown["Status"],
            &shown["Bandwidth"],
            &shown["Tags"],
            &shown["Vpc"]["Ipv4Cidrs"],
            &shown["AcceptingOwnerUid"]
        ),
        (
            &json!("Activated"),
            &json!(-1),
            &json!([{"Key": "k", "Value": "v"}]),
            &json!(["10.0.0.0/16"]),
            &json!(1_234_567_890_123_457_u64)
        )
    );
    assert_eq!(attribute(b, id).await["Tags"][0]["Key"], "theirs");
    let both = format!("vpc-x,{}", world.own);
    for filter in [
        vec![],
        vec![("RegionId", HANGZHOU)],
        vec![("InstanceId", id)],
        vec![("VpcId", world.foreign.as_str())],
        vec![("VpcId", both.as_str())],
        vec![("VpcId.1", world.own.as_str())],
        vec![("Tags.1.Key", "k"), ("Tags.1.Value", "v")],
    ] {
        let seen = list(a, &filter).await;
        assert_eq!(
            (
                &seen["TotalCount"],
                &seen["VpcPeerConnects"][0]["InstanceId"]
            ),
            (&json!(1), &json!(id)),
            "{filter:?}"
        );
    }
    for filter in [
        vec![("RegionId", QINGDAO)],
        vec![("VpcId", "vpc-x")],
        vec![("Tags.1.Key", "theirs")],
    ] {
        let seen = list(a, &filter).await;
        assert_eq!(seen["TotalCount"], 0, "{filter:?}");
    }
    let third = stranger(&world.simulator, "1234567890123458");
    assert_eq!(list(&third, &[]).await["TotalCount"], 0);
    let missing = "ResourceNotFound.InstanceId";
    refused(&third, "GetVpcPeerConnectionAttribute", id, missing).await;
    refused(&third, "AcceptVpcPeerConnection", id, missing).await;
}

#[tokio::test]
async fn one_account_needs_no_acceptance_and_parameters_may_come_in_the_query() {
    let (simulator, a) = start().await;
    let first = network(&a, HANGZHOU, "10.0.0.0/16").await;
    let second = network(&a, QINGDAO, "10.1.0.0/16").await;
    simulator.advance(LONG);
    let mut parameters = request(&first, A, QINGDAO, &second);
    parameters.extend([("Bandwidth", "100"), ("LinkType", "Platinum")]);
    let twist = Twist {
        in_query: true,
        ..Twist::default()
    };
    let answer = a
        .twisted(VPC_PEER, "CreateVpcPeerConnection", &parameters, twist)
        .await;
    let id = text(&answer.expect("an answer").ok()["InstanceId"]);
    assert_eq!(list(&a, &[]).await["TotalCount"], 0, "not visible yet");
    simulator.advance(LONG);
    let shown = attribute(&a, &id).await;
    assert_eq!(
        (&shown["Status"], &shown["Bandwidth"], &shown["LinkType"]),
        (&json!("Activated"), &json!(100), &json!("Platinum"))
    );
    let faster = [("InstanceId", id.as_str()), ("Bandwidth", "1025")];
    a.call(VPC_PEER, "ModifyVpcPeerConnection", &faster)
        .await
        .refused("QuotaExceeded.Bandwidth");
    let faster = [("InstanceId", id.as_str()), ("Bandwidth", "1024")];
    a.ok(VPC_PEER, "ModifyVpcPeerConnection", &faster).await;
    simulator.advance(LONG);
    assert_eq!(attribute(&a, &id).await["Bandwidth"], 1024);
    for region in [HANGZHOU, QINGDAO] {
        let seen = list(&a, &[("RegionId", region)]).await;
        assert_eq!(seen["TotalCount"], 1);
    }
}

#[tokio::test]
async fn requests_are_rejected_or_expire_and_stand_in_the_way_until_deleted() {
    let world = world().await;
    let (simulator, a, b) = (&world.simulator, &world.a, &world.b);
    let again = async |code: &str| {
        let back = [
            REGION,
            ("VpcId", world.foreign.as_str()),
            ("AcceptingAliUid", A),
            ("AcceptingRegionId", HANGZHOU),
            ("AcceptingVpcId", world.own.as_str()),
        ];
        for (client, parameters) in [(a, world.request()), (b, back.to_vec())] {
            let answer = client
                .call(VPC_PEER, "CreateVpcPeerConnection", &parameters)
                .await;
            answer.refused(code);
        }
    };
    let id = world.asked().await;
    again("ResourceAlreadyExist.VpcPeer").await;
    act(b, "RejectVpcPeerConnection", &id).await;
    assert_eq!(status(a, &id).await, "Rejected");
    refused(b, "AcceptVpcPeerConnection", &id, "IncorrectStatus.VpcPeer").await;
    again("ResourceAlreadyExist.VpcPeer").await;
    act(a, "DeleteVpcPeerConnection", &id).await;
    simulator.advance(LONG);

    let id = world.asked().await;
    simulator.advance(DAY * 7 - LONG - Duration::from_secs(1));
    assert_eq!(status(b, &id).await, "Accepting");
    let expires = text(&attribute(a, &id).await["GmtExpired"]);
    let created = text(&attribute(a, &id).await["GmtCreate"]);
    assert!(expires > created, "{created} {expires}");
    simulator.advance(Duration::from_secs(1));
    assert_eq!(status(b, &id).await, "Expired");
    refused(b, "AcceptVpcPeerConnection", &id, "IncorrectStatus.VpcPeer").await;
    let answer = b
        .call(VPC, "DeleteVpc", &[REGION, ("VpcId", &world.foreign)])
        .await;
    answer.ok();
    simulator.advance(LONG);
    act(a, "DeleteVpcPeerConnection", &id).await;
}

#[tokio::test]
async fn requests_are_checked() {
    let world = world().await;
    let a = &world.a;
    let overlapping = network(a, HANGZHOU, "10.0.128.0/20").await;
    world.simulator.advance(LONG);
    let fresh = network(a, HANGZHOU, "10.7.0.0/16").await;
    let theirs = network(&world.b, HANGZHOU, "10.8.0.0/16").await;
    let create = async |changes: &[(&'static str, &str)], code: &str| {
        let mut parameters = world.request();
        for (name, value) in changes {
            parameters.retain(|(known, _)| known != name);
            parameters.push((name, value));
        }
        let answer = a
            .call(VPC_PEER, "CreateVpcPeerConnection", &parameters)
            .await;
        answer.refused(code);
    };
    for (name, value, code) in [
        ("VpcId", "vpc-x", "ResourceNotFound.VpcId"),
        ("VpcId", &world.foreign, "ResourceNotFound.VpcId"),
        ("VpcId", "", "MissingParameter"),
        ("AcceptingVpcId", "vpc-x", "ResourceNotFound.AcceptingVpcId"),
        ("AcceptingAliUid", A, "ResourceNotFound.AcceptingVpcId"),
        (
            "AcceptingRegionId",
            QINGDAO,
            "ResourceNotFound.AcceptingVpcId",
        ),
        ("AcceptingRegionId", "atlantis", "UnsupportedRegion"),
        ("RegionId", "atlantis", "UnsupportedRegion"),
        ("Name", "n", "IllegalParam.Name"),
        ("Bandwidth", "10", "IllegalParam.Bandwidth"),
        ("Bandwidth", "0", "IllegalParam.Bandwidth"),
        (
            "LinkType",
            "Platinum",
            "OperationFailed.InterRegionLinkTypeNotSupported",
        ),
        ("LinkType", "Tin", "IllegalParam.LinkType"),
        ("VpcId", &fresh, "IncorrectStatus.Vpc"),
        ("AcceptingVpcId", &theirs, "IncorrectStatus.AcceptingVpc"),
        ("DryRun", "true", "DryRunOperation"),
    ] {
        create(&[(name, value)], code).await;
    }
    let own = world.own.as_str();
    create(
        &[("AcceptingAliUid", A), ("AcceptingVpcId", own)],
        "IllegalParam.AcceptingVpcId",
    )
    .await;
    create(
        &[("AcceptingAliUid", A), ("AcceptingVpcId", &overlapping)],
        "OperationFailed.ViolativeVpcPeer",
    )
    .await;
    assert!(
        world
            .simulator
            .ledger()
            .iter()
            .all(|entry| entry.product == "vpc")
    );
}

/// An account with these services open or closed.
async fn account(simulator: &Simulator, id: &str, cdt: bool, across: bool) -> Client {
    let spec = AccountSpec::new("aliyun", id)
        .service_open(Service::Cdt, cdt)
        .service_open(Service::CdtCrossBorder, across);
    Client::new(simulator, &simulator.provision(spec))
}

#[tokio::test]
async fn traffic_between_regions_needs_data_transfer_in_both_accounts() {
    let simulator = Simulator::start().await.expect("a loopback port");
    let a = account(&simulator, A, false, false).await;
    let b = account(&simulator, B, false, false).await;
    let own = network(&a, HANGZHOU, "10.0.0.0/16").await;
    let near = network(&b, QINGDAO, "10.1.0.0/16").await;
    let far = network(&b, "us-east-1", "10.2.0.0/16").await;
    let here = network(&b, HANGZHOU, "10.3.0.0/16").await;
    simulator.advance(LONG);
    let action = "CreateVpcPeerConnection";
    let to_near = request(&own, B, QINGDAO, &near);
    let to_far = request(&own, B, "us-east-1", &far);
    let call = async |parameters: &[(&str, &str)]| a.call(VPC_PEER, action, parameters).await;
    call(&to_near).await.refused("OperationFailed.CdtNotOpened");
    a.ok(CDT, "OpenCdtService", &[]).await;
    call(&to_near)
        .await
        .refused("OperationFailed.AcceptUserCdtNotOpened");
    b.ok(CDT, "OpenCdtService", &[]).await;
    let id = text(&call(&to_near).await.ok()["InstanceId"]);
    call(&to_far)
        .await
        .refused("OperationFailed.CrossBorderCdtNotOpened");
    a.ok(CDT, "OpenCdtCbService", &[]).await;
    call(&to_far)
        .await
        .refused("OperationFailed.AcceptUserCrossBorderCdtNotOpened");
    b.ok(CDT, "OpenCdtCbService", &[]).await;
    call(&to_far).await.ok();
    // Closed after the request, before the acceptance.
    simulator.advance(LONG);
    account(&simulator, B, false, true).await;
    let code = "OperationFailed.AcceptUserCdtNotOpened";
    refused(&b, "AcceptVpcPeerConnection", &id, code).await;
    // Within a region nothing has to be open.
    call(&request(&own, B, HANGZHOU, &here)).await.ok();
}

#[tokio::test]
async fn quotas_limit_connections() {
    let spec = AccountSpec::new("aliyun", A)
        .quota("vpc_peerings_per_region", 3)
        .quota("same_region_vpc_peerings_per_vpc", 1)
        .quota("inter_region_vpc_peerings_per_vpc", 1);
    let (simulator, a) = start_with(spec).await;
    let mut networks = Vec::new();
    for n in 0..4 {
        networks.push(network(&a, HANGZHOU, &format!("10.{n}.0.0/16")).await);
    }
    let mut remote = Vec::new();
    for n in 4..7 {
        remote.push(network(&a, QINGDAO, &format!("10.{n}.0.0/16")).await);
    }
    simulator.advance(LONG);
    let create = async |vpc: &str, region: &str, other: &str| {
        let parameters = request(vpc, A, region, other);
        a.call(VPC_PEER, "CreateVpcPeerConnection", &parameters)
            .await
    };
    create(&networks[0], HANGZHOU, &networks[1]).await.ok();
    create(&networks[0], HANGZHOU, &networks[2])
        .await
        .refused("QuotaExceeded.VpcPeerCountPerVpc");
    create(&networks[0], QINGDAO, &remote[0]).await.ok();
    create(&networks[0], QINGDAO, &remote[1])
        .await
        .refused("QuotaExceeded.VpcPeerCountPerVpc");
    create(&networks[2], QINGDAO, &remote[1]).await.ok();
    create(&networks[3], QINGDAO, &remote[2])
        .await
        .refused("QuotaExceeded.VpcPeerCountPerUserPerRegion");
}

/// Two networks of two accounts and a connection that is active.
struct Joined {
    simulator: Simulator,
    first: Site,
    second: Site,
    id: String,
}

async fn joined(region: &'static str) -> Joined {
    let (simulator, a) = start().await;
    let b = stranger(&simulator, B);
    let first = site(&simulator, &a, A, HANGZHOU, "10.0").await;
    let second = site(&simulator, &b, B, region, "10.1").await;
    let parameters = request(&first.vpc, B, region, &second.vpc);
    let answer = a.ok(VPC_PEER, "CreateVpcPeerConnection", &parameters).await;
    let id = text(&answer["InstanceId"]);
    simulator.advance(LONG);
    let missing = "ResourceNotFound.VpcPeer";
    for (id, code) in [("pcc-x", missing), (&id, "IncorrectStatus.VpcPeer")] {
        let route = first.hop(&second.range, "VpcPeer", id);
        let answer = a.call(VPC, "CreateRouteEntry", &route).await;
        answer.refused(code);
    }
    act(&b, "AcceptVpcPeerConnection", &id).await;
    simulator.advance(LONG);
    first.route(&simulator, &second.range, "VpcPeer", &id).await;
    second.route(&simulator, &first.range, "VpcPeer", &id).await;
    first.allow(&second.range).await;
    second.allow(&first.range).await;
    Joined {
        simulator,
        first,
        second,
        id,
    }
}

#[tokio::test]
async fn packets_need_the_connection_and_routes_and_rules_on_both_sides() {
    for region in [HANGZHOU, QINGDAO] {
        let joined = joined(region).await;
        let Joined {
            simulator,
            first,
            second,
            id,
        } = &joined;
        for (from, to) in [(first, second), (second, first)] {
            let verdict = from.ping(simulator, &to.address).await;
            assert!(verdict.is_delivered(), "{verdict}");
        }
        first.unroute(simulator, &second.range, "VpcPeer", id).await;
        assert_eq!(first.blocked(simulator, &second.address).await, first.table);
        let verdict = second.ping(simulator, &first.address).await.to_string();
        assert!(
            verdict.contains(&first.table) && verdict.contains("on the way back"),
            "{verdict}"
        );
        first.route(simulator, &second.range, "VpcPeer", id).await;
        let end = "Permissions.1.SourceCidrIp";
        second
            .rule("RevokeSecurityGroup", "Accept", end, &first.range)
            .await;
        assert_eq!(
            first.blocked(simulator, &second.address).await,
            second.group
        );
        second.allow(&first.range).await;
        assert!(first.ping(simulator, &second.address).await.is_delivered());
        // While an attribute is being changed traffic goes on.
        let rename = [("InstanceId", id.as_str()), ("Name", "other")];
        first
            .owner
            .ok(VPC_PEER, "ModifyVpcPeerConnection", &rename)
            .await;
        assert!(first.ping(simulator, &second.address).await.is_delivered());
    }
}

#[tokio::test]
async fn a_connection_that_routes_lead_to_is_only_deleted_by_force() {
    let joined = joined(HANGZHOU).await;
    let Joined {
        simulator,
        first,
        second,
        id,
    } = &joined;
    let (a, b) = (&first.owner, &second.owner);
    let code = "OperationDenied.RouteEntryExist";
    refused(a, "DeleteVpcPeerConnection", id, code).await;
    first.unroute(simulator, &second.range, "VpcPeer", id).await;
    refused(b, "DeleteVpcPeerConnection", id, code).await;
    let force = [("InstanceId", id.as_str()), ("Force", "true")];
    a.ok(VPC_PEER, "DeleteVpcPeerConnection", &force).await;
    let query = [
        REGION,
        ("RouteTableId", second.table.as_str()),
        ("NextHopId", id),
    ];
    let routes = b.ok(VPC, "DescribeRouteEntryList", &query).await;
    assert_eq!(routes["RouteEntrys"]["RouteEntry"][0]["Status"], "Deleting");
    simulator.advance(LONG);
    let routes = b.ok(VPC, "DescribeRouteEntryList", &query).await;
    assert_eq!(routes["TotalCount"], 0);
    assert_eq!(
        second.blocked(simulator, &first.address).await,
        second.table,
        "the route went with the connection"
    );
    assert!(
        simulator
            .alive()
            .iter()
            .all(|entry| entry.kind != "vpc-peering" && entry.kind != "route-entry")
    );
}

#[tokio::test]
async fn nothing_passes_through_a_network_to_a_third() {
    let joined = joined(HANGZHOU).await;
    let Joined {
        simulator,
        first,
        second,
        id,
    } = &joined;
    let third = site(simulator, &second.owner, B, HANGZHOU, "10.2").await;
    let parameters = request(&second.vpc, B, HANGZHOU, &third.vpc);
    let answer = second
        .owner
        .ok(VPC_PEER, "CreateVpcPeerConnection", &parameters)
        .await;
    let onward = text(&answer["InstanceId"]);
    simulator.advance(LONG);
    second
        .route(simulator, &third.range, "VpcPeer", &onward)
        .await;
    third
        .route(simulator, &first.range, "VpcPeer", &onward)
        .await;
    first.route(simulator, &third.range, "VpcPeer", id).await;
    third.allow(&first.range).await;
    assert_eq!(
        first.blocked(simulator, &third.address).await,
        format!("vpc {}", second.vpc)
    );
}

#[tokio::test]
async fn lists_are_paged() {
    let spec = AccountSpec::new("aliyun", A)
        .quota("vpcs_per_region", 30)
        .quota("vpc_peerings_per_region", 30)
        .quota("same_region_vpc_peerings_per_vpc", 30);
    let (simulator, a) = start_with(spec).await;
    let hub = text(&vpc(&a, "10.0.0.0/16").await["VpcId"]);
    let mut spokes = Vec::new();
    for n in 1..22 {
        spokes.push(text(&vpc(&a, &format!("10.{n}.0.0/16")).await["VpcId"]));
    }
    simulator.advance(LONG);
    for spoke in &spokes {
        let parameters = request(&hub, A, HANGZHOU, spoke);
        a.ok(VPC_PEER, "CreateVpcPeerConnection", &parameters).await;
    }
    simulator.advance(LONG);
    let first = list(&a, &[]).await;
    assert_eq!(first["VpcPeerConnects"].as_array().map(Vec::len), Some(20));
    let next = text(&first["NextToken"]);
    let second = list(&a, &[("NextToken", &next)]).await;
    assert_eq!(second["VpcPeerConnects"].as_array().map(Vec::len), Some(1));
    a.call(VPC_PEER, "ListVpcPeerConnections", &[("MaxResults", "101")])
        .await
        .refused("InvalidParameter.MaxResults");
}
