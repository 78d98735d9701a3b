//! Alibaba Cloud: which route of a table decides, and what routes to prefix lists are.

mod support;

use landbridge_sim::AliyunRoute;
use support::peered::{Peered, SSH};
use support::{CBN, LONG, VPC, text};

fn place(stage: &Peered, route: AliyunRoute) {
    let placed = stage.simulator.place_aliyun_route(&stage.left.table, route);
    assert!(placed.is_some());
}

async fn list(stage: &Peered, ranges: &[&str]) -> String {
    let names: Vec<String> = (1..=ranges.len())
        .map(|n| format!("PrefixListEntries.{n}.Cidr"))
        .collect();
    let parameters: Vec<(&str, &str)> = names
        .iter()
        .map(String::as_str)
        .zip(ranges.iter().copied())
        .collect();
    let created = stage.vpc("CreateVpcPrefixList", &parameters).await.ok();
    stage.simulator.advance(LONG);
    text(&created["PrefixListId"])
}

#[tokio::test]
async fn the_most_specific_route_decides_even_if_it_leads_nowhere() {
    let stage = Peered::open().await;
    stage.arrives(SSH);
    place(
        &stage,
        AliyunRoute::new("10.0.0.0/8", "NatGateway", "ngw-1"),
    );
    stage.arrives(SSH);
    for (kind, id) in [
        ("HaVip", "havip-1"),
        ("VpnGateway", "vpn-1"),
        ("NetworkInterface", "eni-1"),
        ("Unheard", "u-1"),
    ] {
        place(&stage, AliyunRoute::new("10.1.20.0/24", kind, id));
        let element = stage.lost(SSH, "walks no packet");
        assert_eq!(element, id);
    }
    place(
        &stage,
        AliyunRoute::new("10.1.20.0/24", "Attachment", "tr-attach-none"),
    );
    stage.lost(SSH, "the attachment does not exist (black hole)");
    let unknown = AliyunRoute::new("10.0.0.0/8", "HaVip", "havip-1");
    assert_eq!(
        stage.simulator.place_aliyun_route("vtb-none", unknown),
        None
    );
    let table = [
        ("RouteTableId", stage.left.table.as_str()),
        ("NextHopType", "NatGateway"),
    ];
    let shown = stage.vpc("DescribeRouteEntryList", &table).await.ok();
    let entry = &shown["RouteEntrys"]["RouteEntry"][0];
    assert_eq!(
        (
            &entry["DestinationCidrBlock"],
            &entry["NextHops"]["NextHop"][0]["NextHopId"]
        ),
        (&"10.0.0.0/8".into(), &"ngw-1".into())
    );
}

#[tokio::test]
async fn a_narrower_route_decides_while_it_is_created() {
    let stage = Peered::open().await;
    let peering = stage.peering.as_str();
    let route = stage.left.hop("10.1.20.0/24", "VpcPeer", peering);
    stage.client.ok(VPC, "CreateRouteEntry", &route).await;
    stage.lost(SSH, "the route to 10.1.20.0/24 is still being created");
    stage.simulator.advance(LONG);
    stage.arrives(SSH);
    stage.client.ok(VPC, "DeleteRouteEntry", &route).await;
    stage.arrives(SSH);
}

#[tokio::test]
async fn each_entry_of_a_list_is_a_route_of_its_own_length() {
    let stage = Peered::open().await;
    let pl = list(&stage, &["10.1.20.0/24", "10.1.0.0/16"]).await;
    place(&stage, AliyunRoute::new("10.1.0.0/20", "HaVip", "havip-1"));
    place(&stage, AliyunRoute::new("10.1.16.0/20", "HaVip", "havip-2"));
    stage.lost(SSH, "walks no packet");
    stage
        .left
        .route(&stage.simulator, &pl, "VpcPeer", &stage.peering)
        .await;
    stage.arrives(SSH);
    let again = stage.left.hop(&pl, "VpcPeer", &stage.peering);
    let refused = stage.client.call(VPC, "CreateRouteEntry", &again).await;
    refused.refused("RouterEntryConflict.Duplicated");
    place(&stage, AliyunRoute::new("10.1.20.0/24", "HaVip", "havip-3"));
    assert_eq!(stage.lost(SSH, "walks no packet"), "havip-3");
    let one = [("PrefixListId", pl.as_str())];
    let used = stage.vpc("DeleteVpcPrefixList", &one).await;
    used.refused("DependencyViolation.PrefixListAssociation");
}

#[tokio::test]
async fn prefix_lists_of_vpc_are_listed_and_changed() {
    let stage = Peered::new().await;
    let pl = list(&stage, &["10.1.20.0/24", "10.2.0.0/16"]).await;
    let all = stage
        .vpc("ListPrefixLists", &[("PrefixListIds.1", &pl)])
        .await
        .ok();
    let shown = &all["PrefixLists"][0];
    assert_eq!(
        (
            &shown["Status"],
            &shown["MaxEntries"],
            &shown["CidrBlocks"][1],
            &shown["IpVersion"]
        ),
        (
            &"Created".into(),
            &50.into(),
            &"10.2.0.0/16".into(),
            &"IPV4".into()
        )
    );
    let one = [("PrefixListId", pl.as_str())];
    let page = [one[0], ("MaxResults", "1")];
    let entries = stage.vpc("GetVpcPrefixListEntries", &page).await.ok();
    assert_eq!(
        (
            &entries["PrefixListEntry"][0]["Cidr"],
            &entries["TotalCount"],
            &entries["Count"]
        ),
        (&"10.1.20.0/24".into(), &2.into(), &1.into())
    );
    assert_ne!(entries["NextToken"], "");
    let change = [one[0], ("RemovePrefixListEntry.1.Cidr", "10.2.0.0/16")];
    stage.vpc("ModifyVpcPrefixList", &change).await.ok();
    stage
        .vpc("ModifyVpcPrefixList", &change)
        .await
        .refused("IncorrectStatus.PrefixList");
    stage.simulator.advance(LONG);
    stage
        .vpc("ModifyVpcPrefixList", &change)
        .await
        .refused("InvalidParameter.RemovePrefixListEntry.Cidr");
    stage.vpc("DeleteVpcPrefixList", &one).await.ok();
    stage.simulator.advance(LONG);
    stage
        .vpc("GetVpcPrefixListEntries", &one)
        .await
        .refused("ResourceNotFound.PrefixList");
}

/// Two networks on one transit router, without propagation: only what the test writes is in its table.
struct Hub {
    stage: Peered,
    router: String,
    table: String,
    /// Those of the left and of the right network.
    attachments: Vec<String>,
}

impl Hub {
    async fn new() -> Self {
        let stage = Peered::open().await;
        let cen = stage.cbn("CreateCen", &[("Name", "hub")]).await;
        let cen = text(&cen["CenId"]);
        let router = stage
            .cbn("CreateTransitRouter", &[("CenId", cen.as_str())])
            .await;
        let router = text(&router["TransitRouterId"]);
        let one = [("TransitRouterId", router.as_str())];
        let tables = stage.cbn("ListTransitRouterRouteTables", &one).await;
        let table = text(&tables["TransitRouterRouteTables"][0]["TransitRouterRouteTableId"]);
        let mut attachments = Vec::new();
        for (site, range) in [
            (&stage.left, "10.0.21.0/24"),
            (&stage.right, "10.1.21.0/24"),
        ] {
            let vswitch = [
                ("VpcId", site.vpc.as_str()),
                ("ZoneId", "cn-qingdao-c"),
                ("CidrBlock", range),
            ];
            let second = text(&stage.vpc("CreateVSwitch", &vswitch).await.ok()["VSwitchId"]);
            stage.simulator.advance(LONG);
            let parameters = [
                ("CenId", cen.as_str()),
                ("TransitRouterId", router.as_str()),
                ("VpcId", site.vpc.as_str()),
                ("ZoneMappings.1.ZoneId", "cn-qingdao-b"),
                ("ZoneMappings.1.VSwitchId", site.vswitch.as_str()),
                ("ZoneMappings.2.ZoneId", "cn-qingdao-c"),
                ("ZoneMappings.2.VSwitchId", second.as_str()),
            ];
            let created = stage
                .cbn("CreateTransitRouterVpcAttachment", &parameters)
                .await;
            let attachment = text(&created["TransitRouterAttachmentId"]);
            let ends = [
                ("TransitRouterAttachmentId", attachment.as_str()),
                ("TransitRouterRouteTableId", table.as_str()),
            ];
            stage
                .cbn("AssociateTransitRouterAttachmentWithRouteTable", &ends)
                .await;
            attachments.push(attachment);
        }
        for (site, far, attachment) in [
            (&stage.left, "10.1.20.0/24", &attachments[0]),
            (&stage.right, "10.0.20.0/24", &attachments[1]),
        ] {
            site.route(&stage.simulator, far, "Attachment", attachment)
                .await;
        }
        Self {
            stage,
            router,
            table,
            attachments,
        }
    }

    /// A static route of the router's table; nothing waits for it.
    async fn begin_route(&self, destination: &str, hop: Option<usize>) {
        let mut parameters = vec![
            ("TransitRouterRouteTableId", self.table.as_str()),
            ("TransitRouterRouteEntryDestinationCidrBlock", destination),
        ];
        match hop {
            None => parameters.push(("TransitRouterRouteEntryNextHopType", "BlackHole")),
            Some(hop) => parameters.extend([
                ("TransitRouterRouteEntryNextHopType", "Attachment"),
                (
                    "TransitRouterRouteEntryNextHopId",
                    self.attachments[hop].as_str(),
                ),
            ]),
        }
        let answer = self
            .stage
            .call(CBN, "CreateTransitRouterRouteEntry", &parameters);
        answer.await.ok();
    }

    async fn route(&self, destination: &str, hop: Option<usize>) {
        self.begin_route(destination, hop).await;
        self.stage.simulator.advance(LONG);
    }
}

impl Peered {
    async fn cbn(&self, action: &str, parameters: &[(&str, &str)]) -> serde_json::Value {
        let answer = self.call(CBN, action, parameters).await.ok();
        self.simulator.advance(LONG);
        answer
    }
}

#[tokio::test]
async fn a_transit_routers_most_specific_route_decides() {
    let hub = Hub::new().await;
    hub.stage
        .lost(SSH, "no route to 10.1.20.100 in the transit router's table");
    hub.route("10.1.0.0/16", Some(1)).await;
    hub.stage
        .lost(SSH, "on the way back: no route to 10.0.20.100");
    hub.route("10.0.0.0/8", Some(0)).await;
    hub.stage.arrives(SSH);
    hub.route("10.1.20.100/32", None).await;
    hub.stage.lost(SSH, "10.1.20.100/32 is a black hole");
}

#[tokio::test]
async fn a_narrower_route_of_a_transit_router_decides_while_it_is_created() {
    let hub = Hub::new().await;
    hub.route("10.1.0.0/16", Some(1)).await;
    hub.route("10.0.0.0/16", Some(0)).await;
    hub.stage.arrives(SSH);
    hub.begin_route("10.1.20.0/24", Some(1)).await;
    hub.stage
        .lost(SSH, "the route to 10.1.20.0/24 is still being created");
    hub.stage.simulator.advance(LONG);
    hub.stage.arrives(SSH);
}

#[tokio::test]
async fn a_transit_router_takes_prefix_lists() {
    let hub = Hub::new().await;
    let stage = &hub.stage;
    hub.route("10.0.0.0/16", Some(0)).await;
    let pl = list(stage, &["10.1.20.0/24"]).await;
    let ends = [
        ("TransitRouterId", hub.router.as_str()),
        ("TransitRouterTableId", hub.table.as_str()),
        ("PrefixListId", pl.as_str()),
    ];
    let to = |hop| [ends[0], ends[1], ends[2], ("NextHop", hop)];
    let create = "CreateTransitRouterPrefixListAssociation";
    stage.cbn(create, &to(&hub.attachments[1])).await;
    stage.arrives(SSH);
    let twice = stage.call(CBN, create, &to("BlackHole")).await;
    twice.refused("InstanceExist.PrefixListAssociation");
    let known = stage
        .cbn("ListTransitRouterPrefixListAssociation", &ends)
        .await;
    let known = &known["PrefixLists"][0];
    assert_eq!(
        (&known["NextHop"], &known["NextHopType"], &known["Status"]),
        (
            &hub.attachments[1].as_str().into(),
            &"VPC".into(),
            &"Active".into()
        )
    );
    let table = [("TransitRouterRouteTableId", hub.table.as_str())];
    let entries = stage.cbn("ListTransitRouterRouteEntries", &table).await;
    let entries = entries["TransitRouterRouteEntries"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert!(entries.iter().any(|entry| entry["PrefixListId"] == pl
        && entry["TransitRouterRouteEntryDestinationCidrBlock"] == "10.1.20.0/24"));
    let one = [("PrefixListId", pl.as_str())];
    let used = stage.vpc("DeleteVpcPrefixList", &one).await;
    used.refused("DependencyViolation.PrefixListAssociation");
    // A static route to the very range wins.
    hub.route("10.1.20.0/24", None).await;
    stage.lost(SSH, "10.1.20.0/24 is a black hole");
    stage
        .cbn("DeleteTransitRouterPrefixListAssociation", &ends)
        .await;
    stage.vpc("DeleteVpcPrefixList", &one).await.ok();
    let gone = stage
        .call(CBN, "DeleteTransitRouterPrefixListAssociation", &ends)
        .await;
    gone.refused("InvalidPrefixListId.NotFound");
}

#[tokio::test]
async fn a_prefix_list_can_be_a_black_hole() {
    let hub = Hub::new().await;
    let stage = &hub.stage;
    hub.route("10.0.0.0/16", Some(0)).await;
    hub.route("10.1.0.0/16", Some(1)).await;
    stage.arrives(SSH);
    let pl = list(stage, &["10.1.20.0/24", "10.9.0.0/16"]).await;
    let parameters = [
        ("TransitRouterId", hub.router.as_str()),
        ("TransitRouterTableId", hub.table.as_str()),
        ("PrefixListId", pl.as_str()),
        ("NextHop", "BlackHole"),
        ("NextHopType", "BlackHole"),
    ];
    stage
        .cbn("CreateTransitRouterPrefixListAssociation", &parameters)
        .await;
    stage.lost(SSH, "10.1.20.0/24 is a black hole");
}
