//! Networks, subnets and routes: what is adopted, what is settled by reading back, what is left alone.

mod common;

use common::*;
use landbridge_core::{
    CreateNetwork, CreateRoute, CreateSubnet, ErrorKind, Network, NextHop, Phase, Routing, Select,
};

fn range(text: &str) -> ipnet::IpNet {
    text.parse().expect("range")
}

#[tokio::test]
async fn a_network_is_created_with_its_tags() {
    let server = server().await;
    let made = format!(
        "<vpc>{}</vpc>",
        vpc("vpc-1", "10.0.0.0/16", "").replace("available", "pending")
    );
    answers(&server, "CreateVpc", &made).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let request = CreateNetwork::new(label("network/n"), range("10.0.9.9/16"));
    let network = cloud.create_network(&request).await.expect("created");
    assert_eq!(
        (network.id.as_str(), network.status.phase),
        ("vpc-1", Phase::Pending)
    );
    assert_eq!(network.owner, Some(label("network/n").owner));
    let form = sent(&server, "CreateVpc").await;
    for (name, value) in [
        ("CidrBlock", "10.0.0.0/16"),
        ("TagSpecification.1.ResourceType", "vpc"),
        ("TagSpecification.1.Tag.1.Key", "landbridge:key"),
        ("TagSpecification.1.Tag.1.Value", "network/n"),
        ("TagSpecification.1.Tag.3.Key", "Name"),
    ] {
        assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
    }
}

#[tokio::test]
async fn lists_by_id_use_filters_and_believe_nobody() {
    let server = server().await;
    let all = [
        vpc("vpc-1", "10.0.0.0/16", ""),
        vpc("vpc-2", "10.1.0.0/16", &tags("network/n")),
    ];
    answers(&server, "DescribeVpcs", &items("vpcSet", &all)).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let by_id = cloud
        .list_networks(&Select::id("vpc-1"))
        .await
        .expect("lists");
    assert_eq!(by_id.len(), 1);
    let form = sent(&server, "DescribeVpcs").await;
    assert_eq!(
        form.get("Filter.1.Name").map(String::as_str),
        Some("vpc-id")
    );
    assert!(!form.keys().any(|key| key.starts_with("VpcId")));
    let ours = cloud
        .list_networks(&Select::Topology("t".to_owned()))
        .await
        .expect("lists");
    assert_eq!(ours[0].id.as_str(), "vpc-2");
    assert_eq!(ours.len(), 1);
    assert!(
        cloud
            .list_networks(&Select::Ids(vec![]))
            .await
            .expect("lists")
            .is_empty()
    );
}

#[tokio::test]
async fn deleting_what_is_absent_succeeds_and_what_is_used_does_not() {
    let server = server().await;
    on("DeleteVpc")
        .respond_with(Script::new([
            refused(400, "InvalidVpcID.NotFound"),
            refused(400, "DependencyViolation"),
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

#[tokio::test]
async fn what_we_made_moments_ago_may_not_be_found_for_a_while() {
    let server = server().await;
    answers(&server, "DescribeVpcs", "<vpcSet/>").await;
    answers(&server, "DescribeSubnets", "<subnetSet/>").await;
    let made = format!("<vpc>{}</vpc>", vpc("vpc-1", "10.0.0.0/16", ""));
    answers(&server, "CreateVpc", &made).await;
    on("CreateSubnet")
        .respond_with(refused(400, "InvalidVpcID.NotFound"))
        .mount(&server)
        .await;
    let clock = FakeClock::new();
    let cloud = cloud(&server.uri(), clock.clone());
    let network = CreateNetwork::new(label("network/n"), range("10.0.0.0/16"));
    cloud.create_network(&network).await.expect("created");
    let subnet = CreateSubnet::new(
        label("subnet/n/s"),
        "vpc-1".into(),
        "eu-central-1a".into(),
        range("10.0.1.0/24"),
    );
    let error = cloud.create_subnet(&subnet).await.expect_err("too early");
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Busy, true)
    );
    clock.advance(std::time::Duration::from_secs(61));
    let error = cloud.create_subnet(&subnet).await.expect_err("absent");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

fn table(routes: &str) -> String {
    let inner = format!(
        "<routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId>\
         <associationSet><item><main>true</main></item></associationSet><routeSet>{routes}</routeSet>"
    );
    items("routeTableSet", &[inner])
}

fn route(destination: &str, peering: &str, state: &str) -> String {
    format!(
        "<item><destinationCidrBlock>{destination}</destinationCidrBlock>\
         <vpcPeeringConnectionId>{peering}</vpcPeeringConnectionId><origin>CreateRoute</origin><state>{state}</state></item>"
    )
}

fn to_peer() -> CreateRoute {
    CreateRoute::new("rtb-1".into(), range("10.2.0.0/16"), "pcx-1".into())
}

#[tokio::test]
async fn a_route_that_exists_is_read_back() {
    for (there, state, expected) in [
        ("pcx-1", "active", Ok(())),
        ("pcx-1", "blackhole", Ok(())),
        ("pcx-9", "active", Err(ErrorKind::AlreadyExists)),
    ] {
        let server = server().await;
        on("CreateRoute")
            .respond_with(refused(400, "RouteAlreadyExists"))
            .mount(&server)
            .await;
        answers(
            &server,
            "DescribeRouteTables",
            &table(&route("10.2.0.0/16", there, state)),
        )
        .await;
        let result = cloud(&server.uri(), FakeClock::new())
            .create_route(&to_peer())
            .await;
        assert_eq!(
            result.map_err(|error| error.kind()),
            expected,
            "{there} {state}"
        );
    }
}

#[tokio::test]
async fn only_a_black_hole_left_by_a_dead_peering_is_replaced() {
    for (code, replaced) in [("deleted", 1), ("pending-acceptance", 0)] {
        let server = server().await;
        on("CreateRoute")
            .respond_with(refused(400, "RouteAlreadyExists"))
            .mount(&server)
            .await;
        answers(
            &server,
            "DescribeRouteTables",
            &table(&route("10.2.0.0/16", "pcx-9", "blackhole")),
        )
        .await;
        let dead = items("vpcPeeringConnectionSet", &[peering("pcx-9", code, "")]);
        answers(&server, "DescribeVpcPeeringConnections", &dead).await;
        answers(&server, "ReplaceRoute", "<return>true</return>").await;
        let result = cloud(&server.uri(), FakeClock::new())
            .create_route(&to_peer())
            .await;
        assert_eq!(result.is_ok(), replaced == 1, "{code}");
        let sent = actions(&server).await;
        assert_eq!(
            sent.iter()
                .filter(|action| *action == "ReplaceRoute")
                .count(),
            replaced
        );
    }
}

#[tokio::test]
async fn a_route_that_leads_elsewhere_is_not_deleted() {
    let server = server().await;
    let routes =
        route("10.2.0.0/16", "pcx-9", "active") + &route("10.3.0.0/16", "pcx-1", "blackhole");
    answers(&server, "DescribeRouteTables", &table(&routes)).await;
    on("DeleteRoute")
        .respond_with(refused(400, "InvalidRoute.NotFound"))
        .expect(1)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let delete = async |text: &str| {
        let (table, hop) = ("rtb-1".into(), "pcx-1".into());
        cloud
            .delete_route(&table, &range(text), &hop)
            .await
            .expect("deleted or left");
    };
    delete("10.2.0.0/16").await;
    delete("10.4.0.0/16").await;
    delete("10.3.0.0/16").await;
    let routes = cloud.list_routes(&"rtb-1".into()).await.expect("lists");
    assert_eq!(routes[1].next_hop, NextHop::Peering("pcx-1".into()));
    assert_eq!(
        (routes[1].status.phase, routes[1].status.word.as_str()),
        (Phase::Pending, "blackhole")
    );
}
