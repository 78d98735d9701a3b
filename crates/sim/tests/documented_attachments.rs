//! VPC attachments in one zone or more, and what keeps networks, routers and associations from going or coming twice.

mod support;

use landbridge_sim::Simulator;
use support::{CBN, Client, LONG, REGION, VPC, start, text};

const ZONES: [&str; 2] = ["cn-hangzhou-h", "cn-hangzhou-i"];

struct World {
    simulator: Simulator,
    client: Client,
    cen: String,
    vpc: String,
    vswitches: Vec<String>,
}

/// A CEN without a router, and a network of the default range with a vSwitch in each of two zones.
async fn world() -> World {
    let (simulator, client) = start().await;
    let cen = text(&client.ok(CBN, "CreateCen", &[]).await["CenId"]);
    let vpc = text(&client.ok(VPC, "CreateVpc", &[REGION]).await["VpcId"]);
    simulator.advance(LONG);
    let mut vswitches = Vec::new();
    for (zone, range) in ZONES.iter().zip(["172.16.1.0/24", "172.16.2.0/24"]) {
        let create = [
            REGION,
            ("VpcId", vpc.as_str()),
            ("ZoneId", *zone),
            ("CidrBlock", range),
        ];
        let vswitch = client.ok(VPC, "CreateVSwitch", &create).await;
        vswitches.push(text(&vswitch["VSwitchId"]));
        simulator.advance(LONG);
    }
    World {
        simulator,
        client,
        cen,
        vpc,
        vswitches,
    }
}

impl World {
    fn zone(&self, list: &str, number: usize) -> Vec<(String, String)> {
        let field = |name: &str| format!("{list}.{}.{name}", number + 1);
        vec![
            (field("ZoneId"), ZONES[number].to_owned()),
            (field("VSwitchId"), self.vswitches[number].clone()),
        ]
    }

    async fn attach(&self, zones: &[(String, String)]) -> String {
        let mut parameters = vec![REGION, ("CenId", self.cen.as_str()), ("VpcId", &self.vpc)];
        parameters.extend(
            zones
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        let create = "CreateTransitRouterVpcAttachment";
        let answer = self.client.ok(CBN, create, &parameters).await;
        self.simulator.advance(LONG);
        text(&answer["TransitRouterAttachmentId"])
    }

    async fn zones_of(&self, id: &str) -> usize {
        let query = [REGION, ("TransitRouterAttachmentId", id)];
        let list = "ListTransitRouterVpcAttachments";
        let answer = self.client.ok(CBN, list, &query).await;
        let zones = &answer["TransitRouterAttachments"][0]["ZoneMappings"];
        zones.as_array().map_or(0, Vec::len)
    }

    async fn routers(&self) -> usize {
        let query = [REGION, ("CenId", self.cen.as_str())];
        let answer = self.client.ok(CBN, "ListTransitRouters", &query).await;
        answer["TransitRouters"].as_array().map_or(0, Vec::len)
    }
}

#[tokio::test]
async fn one_zone_is_enough_and_a_router_is_made_where_there_is_none() {
    let world = world().await;
    let refused = [REGION, ("CenId", world.cen.as_str()), ("VpcId", &world.vpc)];
    let create = "CreateTransitRouterVpcAttachment";
    let answer = world.client.call(CBN, create, &refused).await;
    answer.refused("IllegalParam.ZoneMappings");
    assert_eq!(world.routers().await, 0);
    let id = world.attach(&world.zone("ZoneMappings", 0)).await;
    assert_eq!((world.zones_of(&id).await, world.routers().await), (1, 1));
}

#[tokio::test]
async fn zones_are_added_and_taken_away_down_to_one() {
    let world = world().await;
    let both = [world.zone("ZoneMappings", 0), world.zone("ZoneMappings", 1)].concat();
    let id = world.attach(&both).await;
    let update = async |zones: Vec<(String, String)>| {
        let mut parameters = vec![("TransitRouterAttachmentId", id.as_str())];
        parameters.extend(
            zones
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        let action = "UpdateTransitRouterVpcAttachmentZones";
        let answer = world.client.call(CBN, action, &parameters).await;
        world.simulator.advance(LONG);
        answer
    };
    let twice = update(world.zone("AddZoneMappings", 0)).await;
    twice.refused("Duplicated.ZoneMapping");
    update(world.zone("RemoveZoneMappings", 1)).await.ok();
    assert_eq!(world.zones_of(&id).await, 1);
    let none = update(world.zone("RemoveZoneMappings", 0)).await;
    none.refused("IllegalParam.ZoneMappings");
    update(world.zone("AddZoneMappings", 1)).await.ok();
    assert_eq!(world.zones_of(&id).await, 2);
}

#[tokio::test]
async fn an_attached_network_stays_and_an_attachment_has_one_association() {
    let world = world().await;
    let id = world.attach(&world.zone("ZoneMappings", 0)).await;
    let delete = [REGION, ("VpcId", world.vpc.as_str())];
    let answer = world.client.call(VPC, "DeleteVpc", &delete).await;
    answer.refused("DependencyViolation.TransitRouter");
    let of = [REGION, ("CenId", world.cen.as_str())];
    let router = world.client.ok(CBN, "ListTransitRouters", &of).await;
    let router = text(&router["TransitRouters"][0]["TransitRouterId"]);
    let tables = [("TransitRouterId", router.as_str())];
    let list = "ListTransitRouterRouteTables";
    let tables = world.client.ok(CBN, list, &tables).await;
    let table = text(&tables["TransitRouterRouteTables"][0]["TransitRouterRouteTableId"]);
    let ends = [
        ("TransitRouterAttachmentId", id.as_str()),
        ("TransitRouterRouteTableId", &table),
    ];
    let associate = "AssociateTransitRouterAttachmentWithRouteTable";
    world.client.ok(CBN, associate, &ends).await;
    world.simulator.advance(LONG);
    let twice = world.client.call(CBN, associate, &ends).await;
    twice.refused("AssociationExist.TransitRouterTable");
}
