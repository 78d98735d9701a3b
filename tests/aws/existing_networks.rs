//! The example of existing networks, on VPCs that were made by plain calls to EC2.

use std::path::Path;
use std::time::Duration;

use landbridge_core::topology::Topology;
use landbridge_core::{NextHop, RouteOrigin};

use crate::place_reads_support::sees_the_same;
use crate::world::{A, B, World};

const REGION: &str = "us-east-1";

// The text of the first element of this name.
fn element(text: &str, name: &str) -> String {
    let (_, rest) = text.split_once(&format!("<{name}>")).expect("the element");
    rest.split('<').next().unwrap_or_default().to_owned()
}

/// One owner, who calls EC2.
struct Owner<'w> {
    world: &'w World,
    account: &'static str,
}

impl Owner<'_> {
    async fn call(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let world = self.world;
        world.answer(self.account, REGION, action, parameters).await
    }

    async fn make(&self, action: &str, id: &str, parameters: &[(&str, &str)]) -> String {
        let made = element(&self.call(action, parameters).await, id);
        self.world.simulator.advance(Duration::from_secs(180));
        made
    }

    /// A VPC with a secondary CIDR block.
    async fn vpc(&self, range: &str, second: &str) -> String {
        let vpc = self
            .make("CreateVpc", "vpcId", &[("CidrBlock", range)])
            .await;
        let parameters = [("VpcId", vpc.as_str()), ("CidrBlock", second)];
        self.call("AssociateVpcCidrBlock", &parameters).await;
        vpc
    }

    async fn subnet(&self, vpc: &str, range: &str) -> String {
        let parameters = [
            ("VpcId", vpc),
            ("CidrBlock", range),
            ("AvailabilityZone", "us-east-1a"),
        ];
        self.make("CreateSubnet", "subnetId", &parameters).await
    }

    /// A table with a default route, which a subnet uses.
    async fn table(&self, vpc: &str, subnet: &str, tier: &str, gateway: (&str, &str)) -> String {
        let tags = [
            ("VpcId", vpc),
            ("TagSpecification.1.ResourceType", "route-table"),
            ("TagSpecification.1.Tag.1.Key", "tier"),
            ("TagSpecification.1.Tag.1.Value", tier),
        ];
        let table = self.make("CreateRouteTable", "routeTableId", &tags).await;
        let use_it = [("RouteTableId", table.as_str()), ("SubnetId", subnet)];
        self.call("AssociateRouteTable", &use_it).await;
        let route = [
            ("RouteTableId", table.as_str()),
            ("DestinationCidrBlock", "0.0.0.0/0"),
            gateway,
        ];
        self.call("CreateRoute", &route).await;
        table
    }

    async fn internet_gateway(&self, vpc: &str) -> String {
        let gateway = self
            .make("CreateInternetGateway", "internetGatewayId", &[])
            .await;
        let attach = [("InternetGatewayId", gateway.as_str()), ("VpcId", vpc)];
        self.call("AttachInternetGateway", &attach).await;
        gateway
    }

    async fn main_table(&self, vpc: &str) -> String {
        let filter = [
            ("Filter.1.Name", "vpc-id"),
            ("Filter.1.Value.1", vpc),
            ("Filter.2.Name", "association.main"),
            ("Filter.2.Value.1", "true"),
        ];
        element(
            &self.call("DescribeRouteTables", &filter).await,
            "routeTableId",
        )
    }

    /// All that EC2 tells of the VPC, but the IDs of requests.
    async fn everything(&self, vpc: &str) -> Vec<String> {
        let mut told = Vec::new();
        for action in [
            "DescribeVpcs",
            "DescribeSubnets",
            "DescribeRouteTables",
            "DescribeSecurityGroups",
            "DescribeNetworkAcls",
            "DescribeNatGateways",
        ] {
            let filters = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc)];
            let text = self.call(action, &filters).await;
            let request = element(&text, "requestId");
            told.push(text.replace(&request, ""));
        }
        told
    }
}

struct Ground {
    erp: String,
    web: String,
    main: String,
    public: String,
    private: String,
}

async fn prepared(core: &Owner<'_>, apps: &Owner<'_>) -> Ground {
    let erp = core.vpc("10.0.0.0/16", "10.1.0.0/16").await;
    core.subnet(&erp, "10.0.0.0/24").await;
    let outside = core.subnet(&erp, "10.0.1.0/24").await;
    let inside = core.subnet(&erp, "10.1.1.0/24").await;
    let gateway = core.internet_gateway(&erp).await;
    let gateway = ("GatewayId", gateway.as_str());
    let public = core.table(&erp, &outside, "public", gateway).await;
    let parameters = [
        ("SubnetId", outside.as_str()),
        ("ConnectivityType", "private"),
    ];
    let nat = core
        .make("CreateNatGateway", "natGatewayId", &parameters)
        .await;
    let nat = ("NatGatewayId", nat.as_str());
    let private = core.table(&erp, &inside, "private", nat).await;

    let web = apps.vpc("10.8.0.0/16", "100.64.0.0/16").await;
    apps.subnet(&web, "10.8.0.0/24").await;
    let pods = apps.subnet(&web, "100.64.0.0/24").await;
    let gateway = apps.internet_gateway(&web).await;
    apps.table(&web, &pods, "pods", ("GatewayId", &gateway))
        .await;
    let main = core.main_table(&erp).await;
    Ground {
        erp,
        web,
        main,
        public,
        private,
    }
}

fn example(ground: &Ground) -> Topology {
    let path = "examples/topologies/aws-existing-networks.yaml";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(path).expect("the example");
    let text = text
        .replace("vpc-0e0e0e0e0e0e0e001", &ground.erp)
        .replace("vpc-0e0e0e0e0e0e0e002", &ground.web)
        .replace("rtb-0e0e0e0e0e0e0e001", &ground.main);
    Topology::from_text(&text).expect("the example is good")
}

#[tokio::test]
async fn existing_vpcs_are_joined_by_the_tables_of_choice_and_left_as_they_were() {
    let world = World::start().await;
    let owner = |account| Owner {
        world: &world,
        account,
    };
    let (core, apps) = (owner(A), owner(B));
    let ground = prepared(&core, &apps).await;
    let before = (
        core.everything(&ground.erp).await,
        apps.everything(&ground.web).await,
    );
    let alive = world.alive();
    let topology = example(&ground);
    let told = world.preflight(&topology).await;
    assert_eq!(told.codes(), ["route/excluded"], "{told}");
    assert!(told.passed(), "{told}");

    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let inventory = world.inventory(&topology, A, REGION).await;
    let written = inventory.routes.iter().filter(|route| {
        route.origin == RouteOrigin::Custom && matches!(route.next_hop, NextHop::Peering(_))
    });
    let mut written: Vec<(String, String)> = written
        .map(|route| (route.table.to_string(), route.destination.to_string()))
        .collect();
    written.sort();
    let mut expected = [&ground.main, &ground.private]
        .map(|table| (table.clone(), "10.8.0.0/16".to_owned()))
        .to_vec();
    expected.sort();
    assert_eq!(written, expected, "not in {}", ground.public);
    let inventory = world.inventory(&topology, B, REGION).await;
    let back = inventory.routes.iter().filter(|route| {
        matches!(route.next_hop, NextHop::Peering(_))
            && route.destination.to_string() == "10.0.0.0/15"
    });
    assert_eq!(back.count(), 2, "one in each table in use");

    let verified = world.verify(&topology).await;
    assert!(verified.passed(), "{verified}");
    assert!(world.plan(&topology).await.is_empty());

    world.destroy(&topology).await;
    world.simulator.advance(Duration::from_secs(3600));
    assert_eq!(world.alive(), alive);
    assert_eq!(core.everything(&ground.erp).await, before.0);
    assert_eq!(apps.everything(&ground.web).await, before.1);
}
