//! Networks, transit routers and their conflicts.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, IdentityKind, Service, Simulator};
use support::{A, CBN, CDT, Client, LONG, REGION, VPC, start, start_with, text, vpc};

#[tokio::test]
async fn one_vswitch_write_per_vpc_at_a_time() {
    let (simulator, client) = start().await;
    let id = text(&vpc(&client, "10.0.0.0/16").await["VpcId"]);
    let zone = ("ZoneId", "cn-hangzhou-h");
    let create = |cidr: &'static str| [REGION, ("VpcId", id.as_str()), zone, ("CidrBlock", cidr)];
    client
        .call(VPC, "CreateVSwitch", &create("10.0.0.0/24"))
        .await
        .refused("IncorrectVpcStatus");
    simulator.advance(LONG);
    client
        .ok(VPC, "CreateVSwitch", &create("10.0.0.0/24"))
        .await;
    client
        .call(VPC, "CreateVSwitch", &create("10.0.1.0/24"))
        .await
        .refused("TaskConflict");
    simulator.advance(LONG);
    client
        .call(VPC, "CreateVSwitch", &create("10.0.0.0/25"))
        .await
        .refused("InvalidCidrBlock.Overlapped");
    client
        .call(VPC, "CreateVSwitch", &create("10.1.0.0/24"))
        .await
        .refused("InvalidCidrBlock");
    client
        .ok(VPC, "CreateVSwitch", &create("10.0.1.0/24"))
        .await;
}

#[tokio::test]
async fn cen_writes_block_each_other_and_fresh_objects_are_not_listed_at_once() {
    let (simulator, client) = start().await;
    let cen = text(&client.ok(CBN, "CreateCen", &[]).await["CenId"]);
    assert_eq!(client.ok(CBN, "DescribeCens", &[]).await["TotalCount"], 0);
    simulator.advance(Duration::from_secs(1));
    assert_eq!(
        client.ok(CBN, "DescribeCens", &[]).await["Cens"]["Cen"][0]["Status"],
        "Creating"
    );
    let create = |region: &'static str| [("CenId", cen.as_str()), ("RegionId", region)];
    client
        .call(CBN, "CreateTransitRouter", &create("cn-hangzhou"))
        .await
        .refused("IncorrectStatus.Status");
    simulator.advance(LONG);
    client
        .ok(CBN, "CreateTransitRouter", &create("cn-hangzhou"))
        .await;
    client
        .call(CBN, "CreateTransitRouter", &create("cn-qingdao"))
        .await
        .refused("Operation.Blocking");
    simulator.advance(Duration::from_secs(2));
    client
        .ok(CBN, "CreateTransitRouter", &create("cn-qingdao"))
        .await;
    let again = client
        .call(CBN, "CreateTransitRouter", &create("cn-qingdao"))
        .await;
    again.refused("InstanceExist.TransitRouterInstance");
}

#[tokio::test]
async fn services_are_opened_per_account() {
    let closed = AccountSpec::new("aliyun", A)
        .service_open(Service::TransitRouter, false)
        .service_open(Service::Cdt, false)
        .identity(IdentityKind::User);
    let (simulator, client) = start_with(closed).await;
    client
        .call(CBN, "CheckTransitRouterService", &[])
        .await
        .refused("USER_NOT_OPEN_TR_SERVICE");
    let cen = text(&client.ok(CBN, "CreateCen", &[]).await["CenId"]);
    simulator.advance(LONG);
    let refused = client
        .call(CBN, "CreateTransitRouter", &[("CenId", &cen), REGION])
        .await;
    refused.refused("Forbbiden.TransitRouterServiceNotOpen");
    client.ok(CBN, "OpenTransitRouterService", &[]).await;
    client
        .call(CBN, "OpenTransitRouterService", &[])
        .await
        .refused("Order.Opened");
    assert_eq!(
        client.ok(CBN, "CheckTransitRouterService", &[]).await["Enabled"],
        "true"
    );
    assert_eq!(
        client.ok(CDT, "GetCdtServiceStatus", &[]).await["Enabled"],
        false
    );
    client.ok(CDT, "OpenCdtService", &[]).await;
    assert_eq!(
        client.ok(CDT, "GetCdtServiceStatus", &[]).await["Enabled"],
        true
    );
}

#[tokio::test]
async fn one_transit_router_zone_needs_one_vswitch() {
    let region = Simulator::builder().zones("cn-qingdao", &["cn-qingdao-c"], &["cn-qingdao-c"]);
    let simulator = region.start().await.expect("a loopback port");
    let client = Client::new(
        &simulator,
        &simulator.provision(AccountSpec::new("aliyun", A)),
    );
    let resources = client
        .ok(
            CBN,
            "ListTransitRouterAvailableResource",
            &[("RegionId", "cn-qingdao")],
        )
        .await;
    assert_eq!(
        resources["AvailableZones"],
        serde_json::json!(["cn-qingdao-c"])
    );
}

#[tokio::test]
async fn every_route_table_in_use_counts() {
    let (simulator, client) = start().await;
    let network = vpc(&client, "10.0.0.0/16").await;
    let id = text(&network["VpcId"]);
    simulator.advance(LONG);
    let create = [
        REGION,
        ("VpcId", &id),
        ("ZoneId", "cn-hangzhou-h"),
        ("CidrBlock", "10.0.0.0/24"),
    ];
    let vswitch = text(&client.ok(VPC, "CreateVSwitch", &create).await["VSwitchId"]);
    simulator.advance(LONG);
    let custom = text(
        &client
            .ok(VPC, "CreateRouteTable", &[REGION, ("VpcId", &id)])
            .await["RouteTableId"],
    );
    simulator.advance(LONG);
    let pair = [
        REGION,
        ("RouteTableId", custom.as_str()),
        ("VSwitchId", vswitch.as_str()),
    ];
    client.ok(VPC, "AssociateRouteTable", &pair).await;
    simulator.advance(LONG);
    let tables = client
        .ok(VPC, "DescribeRouteTableList", &[REGION, ("VpcId", &id)])
        .await;
    let tables = &tables["RouterTableList"]["RouterTableListType"];
    assert_eq!(tables[0]["VSwitchIds"]["VSwitchId"], serde_json::json!([]));
    assert_eq!(
        tables[1]["VSwitchIds"]["VSwitchId"],
        serde_json::json!([vswitch])
    );
    client
        .call(VPC, "DeleteRouteTable", &pair[..2])
        .await
        .refused("DependencyViolation.VSwitch");
    client.ok(VPC, "UnassociateRouteTable", &pair).await;
    simulator.advance(LONG);
    client.ok(VPC, "DeleteRouteTable", &pair[..2]).await;
}

/// A VPC with vSwitches in both transit-router zones, attached, associated and propagated.
async fn attached(
    simulator: &Simulator,
    client: &Client,
    hub: &[String; 3],
    ranges: [&str; 3],
) -> String {
    let [cen, router, table] = hub;
    let id = text(&vpc(client, ranges[0]).await["VpcId"]);
    simulator.advance(LONG);
    let mut vswitches = Vec::new();
    for (zone, range) in ["cn-hangzhou-h", "cn-hangzhou-i"]
        .into_iter()
        .zip(&ranges[1..])
    {
        let create = [
            REGION,
            ("VpcId", &id),
            ("ZoneId", zone),
            ("CidrBlock", range),
        ];
        vswitches.push(text(
            &client.ok(VPC, "CreateVSwitch", &create).await["VSwitchId"],
        ));
        simulator.advance(LONG);
    }
    let attach = [
        REGION,
        ("CenId", cen.as_str()),
        ("TransitRouterId", router),
        ("VpcId", &id),
        ("ZoneMappings.1.ZoneId", "cn-hangzhou-h"),
        ("ZoneMappings.1.VSwitchId", &vswitches[0]),
        ("ZoneMappings.2.ZoneId", "cn-hangzhou-i"),
        ("ZoneMappings.2.VSwitchId", &vswitches[1]),
    ];
    let no_zone = client
        .call(CBN, "CreateTransitRouterVpcAttachment", &attach[..4])
        .await;
    no_zone.refused("IllegalParam.ZoneMappings");
    let attachment = client
        .ok(CBN, "CreateTransitRouterVpcAttachment", &attach)
        .await;
    let attachment = text(&attachment["TransitRouterAttachmentId"]);
    let ends = [
        ("TransitRouterAttachmentId", attachment.as_str()),
        ("TransitRouterRouteTableId", table),
    ];
    simulator.advance(Duration::from_secs(3));
    let early = client
        .call(CBN, "EnableTransitRouterRouteTablePropagation", &ends)
        .await;
    early.refused("IncorrectStatus.AttachmentOrRouteTable");
    for action in [
        "AssociateTransitRouterAttachmentWithRouteTable",
        "EnableTransitRouterRouteTablePropagation",
    ] {
        simulator.advance(LONG);
        client.ok(CBN, action, &ends).await;
    }
    simulator.advance(LONG);
    attachment
}

async fn hub(simulator: &Simulator, client: &Client) -> [String; 3] {
    let cen = text(&client.ok(CBN, "CreateCen", &[]).await["CenId"]);
    simulator.advance(LONG);
    let create = [REGION, ("CenId", cen.as_str())];
    let router = text(&client.ok(CBN, "CreateTransitRouter", &create).await["TransitRouterId"]);
    simulator.advance(LONG);
    let query = [("TransitRouterId", router.as_str())];
    let tables = client.ok(CBN, "ListTransitRouterRouteTables", &query).await;
    let table = text(&tables["TransitRouterRouteTables"][0]["TransitRouterRouteTableId"]);
    [cen, router, table]
}

#[tokio::test]
async fn identical_ranges_are_rejected_and_shown_as_such() {
    let (simulator, client) = start().await;
    let hub = hub(&simulator, &client).await;
    let first = attached(
        &simulator,
        &client,
        &hub,
        ["10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24"],
    )
    .await;
    attached(
        &simulator,
        &client,
        &hub,
        ["10.0.0.0/16", "10.0.0.0/24", "10.0.2.0/24"],
    )
    .await;
    let query = [
        ("TransitRouterRouteTableId", hub[2].as_str()),
        ("TransitRouterRouteEntryStatus", "All"),
        ("TransitRouterRouteEntryDestinationCidrBlock", "10.0.0.0/24"),
    ];
    let routes = client
        .ok(CBN, "ListTransitRouterRouteEntries", &query)
        .await;
    let routes = &routes["TransitRouterRouteEntries"];
    assert_eq!(routes[0]["TransitRouterRouteEntryNextHopId"], first);
    assert_eq!(routes[0]["TransitRouterRouteEntryStatus"], "Active");
    assert_eq!(routes[1]["TransitRouterRouteEntryStatus"], "Rejected");
    let active = client
        .ok(CBN, "ListTransitRouterRouteEntries", &query[..1])
        .await;
    assert_eq!(active["TotalCount"], 3);
}

#[tokio::test]
async fn force_takes_what_depends_on_an_attachment_with_it() {
    let (simulator, client) = start().await;
    let hub = hub(&simulator, &client).await;
    let ranges = ["10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24"];
    let attachment = attached(&simulator, &client, &hub, ranges).await;
    let delete = [
        ("TransitRouterAttachmentId", attachment.as_str()),
        ("Force", "true"),
    ];
    let refused = client
        .call(CBN, "DeleteTransitRouterVpcAttachment", &delete[..1])
        .await;
    refused.refused("OperationFailed.RouteTablePropagationExist");
    client
        .ok(CBN, "DeleteTransitRouterVpcAttachment", &delete)
        .await;
    simulator.advance(LONG);
    let gone = client
        .call(CBN, "DeleteTransitRouterVpcAttachment", &delete)
        .await;
    gone.refused("InvalidTransitRouterAttachmentId.NotFound");
    let left: Vec<String> = simulator
        .alive()
        .into_iter()
        .map(|entry| entry.kind)
        .collect();
    assert!(
        !left
            .iter()
            .any(|kind| kind == "association" || kind == "propagation"),
        "{left:?}"
    );
}
