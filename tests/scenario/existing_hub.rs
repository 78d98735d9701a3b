//! A company's CEN with twenty VPCs, made by calls of the test itself: topologies attach more to it, side by side, and leave
//! it as it was.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use landbridge_core::Protocol;
use landbridge_core::engine::EngineOptions;
use landbridge_core::permit::Party;
use landbridge_core::plan::plan_destroy;
use landbridge_core::policy::Purpose;
use landbridge_core::preflight::Severity;
use landbridge_core::topology::{
    Account, ExistingHub, ExistingRouter, Firewall, FirewallRuleSpec, Instance, Interconnect,
    Network, RuleSource, Subnet, Topology,
};
use landbridge_sim::{AccountKeys, AccountSpec, Protocol as Packet, Simulator};
use serde_json::Value;

use crate::acs::{ECS, VPC, call};
use crate::permits::machine;
use crate::place_reads_support::sees_the_same;
use crate::policies::users;
use crate::whole_life::{live, policies_of, unneeded};
use crate::world::{A, B, World, aliyun, two_accounts};

/// An account that no topology declares.
const C: &str = "1234567890123458";
const CBN: &str = "2017-09-12";
const HOME: &str = "cn-hangzhou";
const FAR: &str = "cn-qingdao";
const MEMBERS: usize = 20;

/// The company's world, and the calls by which it was made.
struct Company {
    world: World,
    keys: BTreeMap<&'static str, AccountKeys>,
    cen: String,
    /// The transit router of each region, and its system table.
    routers: BTreeMap<&'static str, (String, String)>,
    /// The table of `HOME` for customers.
    customers: String,
    /// The VPCs that are attached, with their owners.
    members: Vec<(&'static str, String)>,
}

fn listed<'a>(answer: &'a Value, path: &[&str]) -> Vec<&'a Value> {
    let list = path.iter().fold(answer, |value, key| &value[key]);
    list.as_array().into_iter().flatten().collect()
}

fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {value}"))
        .to_owned()
}

impl Company {
    async fn start() -> Self {
        let simulator = Simulator::builder()
            .conflict_locks(true)
            .start()
            .await
            .expect("the simulator starts");
        let world = World::on(simulator, two_accounts(), EngineOptions::default());
        let provision = |id| {
            (
                id,
                world.simulator.provision(AccountSpec::new("aliyun", id)),
            )
        };
        let mut company = Self {
            keys: [A, B, C].map(provision).into(),
            world,
            cen: String::new(),
            routers: BTreeMap::new(),
            customers: String::new(),
            members: Vec::new(),
        };
        company.build().await;
        company
    }

    async fn read(
        &self,
        account: &str,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Value {
        let pairs = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let pairs: Vec<(String, String)> = pairs.collect();
        let (url, now) = (self.world.simulator.url(), self.world.simulator.now());
        let answer = call(&url, &self.keys[account], now, version, action, &pairs).await;
        answer.unwrap_or_else(|| panic!("{action} {parameters:?} is refused"))
    }

    /// A call that writes, and the time until its object is there.
    async fn write(
        &self,
        account: &str,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Value {
        let answer = self.read(account, version, action, parameters).await;
        self.world.simulator.advance(Duration::from_secs(120));
        answer
    }

    async fn build(&mut self) {
        let cen = self
            .write(A, CBN, "CreateCen", &[("Name", "company")])
            .await;
        self.cen = text(&cen, "CenId");
        for region in [HOME, FAR] {
            let parameters = [("CenId", self.cen.as_str()), ("RegionId", region)];
            let router = self.write(A, CBN, "CreateTransitRouter", &parameters).await;
            let router = text(&router, "TransitRouterId");
            let tables = self
                .read(
                    A,
                    CBN,
                    "ListTransitRouterRouteTables",
                    &[("TransitRouterId", &router), ("RegionId", region)],
                )
                .await;
            let table = text(
                listed(&tables, &["TransitRouterRouteTables"])[0],
                "TransitRouterRouteTableId",
            );
            self.routers.insert(region, (router, table));
        }
        let custom = [
            ("TransitRouterId", self.routers[HOME].0.as_str()),
            ("TransitRouterRouteTableName", "customers"),
            ("RegionId", HOME),
        ];
        let custom = self
            .write(A, CBN, "CreateTransitRouterRouteTable", &custom)
            .await;
        self.customers = text(&custom, "TransitRouterRouteTableId");
        self.connect_regions().await;
        for number in 0..MEMBERS {
            let account = if number % 2 == 0 { A } else { C };
            let vpc = self
                .vpc(account, HOME, &format!("10.{}", 100 + number))
                .await;
            self.attach(account, &vpc).await;
            self.members.push((account, vpc));
        }
    }

    async fn connect_regions(&self) {
        let (near, far) = (&self.routers[HOME], &self.routers[FAR]);
        let link = [
            ("CenId", self.cen.as_str()),
            ("TransitRouterId", &near.0),
            ("PeerTransitRouterId", &far.0),
            ("PeerTransitRouterRegionId", FAR),
            ("BandwidthType", "DataTransfer"),
            ("AutoPublishRouteEnabled", "true"),
            ("RegionId", HOME),
        ];
        let link = self
            .write(A, CBN, "CreateTransitRouterPeerAttachment", &link)
            .await;
        let link = text(&link, "TransitRouterAttachmentId");
        self.learn(&link, HOME, &near.1, &[&near.1, &self.customers])
            .await;
        self.learn(&link, FAR, &far.1, &[&far.1]).await;
    }

    async fn learn(
        &self,
        attachment: &str,
        region: &str,
        association: &str,
        propagations: &[&String],
    ) {
        let parameters = |table| {
            [
                ("TransitRouterAttachmentId", attachment),
                ("TransitRouterRouteTableId", table),
                ("RegionId", region),
            ]
        };
        let associate = "AssociateTransitRouterAttachmentWithRouteTable";
        self.write(A, CBN, associate, &parameters(association))
            .await;
        for table in propagations {
            self.write(
                A,
                CBN,
                "EnableTransitRouterRouteTablePropagation",
                &parameters(table),
            )
            .await;
        }
    }

    /// A VPC with a vSwitch in each of two zones.
    async fn vpc(&self, account: &str, region: &str, range: &str) -> String {
        let wide = format!("{range}.0.0/16");
        let vpc = self
            .write(
                account,
                VPC,
                "CreateVpc",
                &[("RegionId", region), ("CidrBlock", &wide)],
            )
            .await;
        let vpc = text(&vpc, "VpcId");
        let zones = if region == HOME {
            ["h", "i"]
        } else {
            ["b", "c"]
        };
        for (number, zone) in zones.into_iter().enumerate() {
            let (zone, narrow) = (format!("{region}-{zone}"), format!("{range}.{number}.0/24"));
            let vswitch = [
                ("RegionId", region),
                ("VpcId", &vpc),
                ("ZoneId", &zone),
                ("CidrBlock", &narrow),
            ];
            self.write(account, VPC, "CreateVSwitch", &vswitch).await;
        }
        vpc
    }

    async fn vswitches(&self, account: &str, vpc: &str) -> Vec<(String, String)> {
        let vswitches = self
            .read(
                account,
                VPC,
                "DescribeVSwitches",
                &[("RegionId", HOME), ("VpcId", vpc)],
            )
            .await;
        let vswitches = listed(&vswitches, &["VSwitches", "VSwitch"]).into_iter();
        vswitches
            .map(|one| (text(one, "ZoneId"), text(one, "VSwitchId")))
            .collect()
    }

    async fn grant(&self, account: &str, vpc: &str) {
        let grant = [
            ("RegionId", HOME),
            ("CenId", self.cen.as_str()),
            ("CenOwnerId", A),
            ("InstanceId", vpc),
            ("InstanceType", "VPC"),
            ("OrderType", "PayByCenOwner"),
        ];
        self.write(account, CBN, "GrantInstanceToTransitRouter", &grant)
            .await;
    }

    /// As a company does it: every VPC learns what its transit router knows.
    async fn attach(&self, account: &'static str, vpc: &str) -> String {
        if account != A {
            self.grant(account, vpc).await;
        }
        let vswitches = self.vswitches(account, vpc).await;
        let (router, table) = &self.routers[HOME];
        let mut attachment = vec![
            ("RegionId", HOME),
            ("CenId", &self.cen),
            ("TransitRouterId", router),
            ("VpcId", vpc),
            ("ChargeType", "POSTPAY"),
            ("AutoPublishRouteEnabled", "true"),
            ("ZoneMappings.1.ZoneId", &vswitches[0].0),
            ("ZoneMappings.1.VSwitchId", &vswitches[0].1),
            ("ZoneMappings.2.ZoneId", &vswitches[1].0),
            ("ZoneMappings.2.VSwitchId", &vswitches[1].1),
        ];
        attachment.extend((account != A).then_some(("VpcOwnerId", account)));
        let made = self
            .write(A, CBN, "CreateTransitRouterVpcAttachment", &attachment)
            .await;
        let id = text(&made, "TransitRouterAttachmentId");
        self.learn(&id, HOME, table, &[table, &self.customers])
            .await;
        id
    }

    /// An instance in the first vSwitch of a VPC, which lets pings in, and its address.
    async fn instance(&self, account: &str, vpc: &str) -> (String, IpAddr) {
        let vswitch = self.vswitches(account, vpc).await.swap_remove(0).1;
        let made = machine(&self.world, account, &vpc.into(), &vswitch.as_str().into()).await;
        let (Party::Instance { id, .. }, Party::Group { id: group, .. }) =
            (made.instance, made.group)
        else {
            panic!("no instance");
        };
        let rule = [
            ("RegionId", HOME),
            ("SecurityGroupId", group.as_str()),
            ("Permissions.1.IpProtocol", "ICMP"),
            ("Permissions.1.PortRange", "-1/-1"),
            ("Permissions.1.SourceCidrIp", "0.0.0.0/0"),
        ];
        self.write(account, ECS, "AuthorizeSecurityGroup", &rule)
            .await;
        let ids = format!("[\"{id}\"]");
        let seen = self
            .read(
                account,
                ECS,
                "DescribeInstances",
                &[("RegionId", HOME), ("InstanceIds", &ids)],
            )
            .await;
        let seen = listed(&seen, &["Instances", "Instance"])[0];
        let address = seen["VpcAttributes"]["PrivateIpAddress"]["IpAddress"][0].as_str();
        (
            id.to_string(),
            address.expect("an address").parse().expect("an address"),
        )
    }

    fn pings(&self, from: &(String, IpAddr), to: &(String, IpAddr)) -> bool {
        self.world
            .simulator
            .probe(&from.0, to.1, Packet::ECHO)
            .is_delivered()
    }

    /// Everything that lists of the three accounts show.
    async fn seen(&self) -> BTreeMap<String, Value> {
        // The interfaces of an attachment go some time after it.
        self.world.simulator.advance(Duration::from_secs(900));
        let mut all = BTreeMap::new();
        let mut keep =
            async |account: &str, version: &str, action: &str, parameters: &[(&str, &str)]| {
                let mut answer = self.read(account, version, action, parameters).await;
                answer["RequestId"] = Value::Null;
                all.insert(format!("{account} {action} {parameters:?}"), answer.clone());
                answer
            };
        keep(A, CBN, "DescribeCens", &[]).await;
        for kind in ["VPC", "VBR"] {
            keep(
                A,
                CBN,
                "DescribeGrantRulesToCen",
                &[
                    ("CenId", &self.cen),
                    ("ProductType", kind),
                    ("MaxResults", "100"),
                ],
            )
            .await;
        }
        for region in [HOME, FAR] {
            let of_cen = [
                ("RegionId", region),
                ("CenId", self.cen.as_str()),
                ("MaxResults", "100"),
            ];
            keep(A, CBN, "ListTransitRouters", &of_cen[..2]).await;
            keep(A, CBN, "ListTransitRouterVpcAttachments", &of_cen).await;
            keep(A, CBN, "ListTransitRouterPeerAttachments", &of_cen).await;
            let of_router = [
                ("RegionId", region),
                ("TransitRouterId", self.routers[region].0.as_str()),
            ];
            let tables = keep(A, CBN, "ListTransitRouterRouteTables", &of_router).await;
            for table in listed(&tables, &["TransitRouterRouteTables"]) {
                let table = text(table, "TransitRouterRouteTableId");
                let of_table = [
                    ("RegionId", region),
                    ("TransitRouterRouteTableId", &table),
                    ("MaxResults", "100"),
                ];
                for action in ["Associations", "Propagations"] {
                    keep(
                        A,
                        CBN,
                        &format!("ListTransitRouterRouteTable{action}"),
                        &of_table,
                    )
                    .await;
                }
                keep(A, CBN, "ListTransitRouterRouteEntries", &of_table).await;
            }
            for account in [A, B, C] {
                let here = [("RegionId", region), ("PageSize", "50")];
                keep(account, VPC, "DescribeVpcs", &here).await;
                keep(account, VPC, "DescribeVSwitches", &here).await;
                keep(account, ECS, "DescribeSecurityGroups", &here[..1]).await;
                let tables = keep(account, VPC, "DescribeRouteTableList", &here).await;
                for table in listed(&tables, &["RouterTableList", "RouterTableListType"]) {
                    let table = text(table, "RouteTableId");
                    let of_table = [
                        ("RegionId", region),
                        ("RouteTableId", &table),
                        ("MaxResult", "100"),
                    ];
                    keep(account, VPC, "DescribeRouteEntryList", &of_table).await;
                }
            }
        }
        all
    }

    /// The example that users run, with the IDs of this world.
    fn example(&self, vpc: &str) -> Topology {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = path.join("examples/topologies/attach-to-existing-cen.yaml");
        let file = std::fs::read_to_string(path).expect("the example");
        let file = file
            .replace("cen-company", &self.cen)
            .replace("vpc-customer", vpc);
        Topology::from_text(&file).expect("the example is good")
    }
}

fn same(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) {
    for (call, answer) in before {
        assert_eq!(Some(answer), after.get(call), "{call}");
    }
    assert_eq!(before.len(), after.len());
}

#[tokio::test]
async fn the_example_attaches_a_vpc_to_a_cen_and_leaves_it_as_it_was() {
    let company = Company::start().await;
    let world = &company.world;
    let vpc = company.vpc(B, HOME, "10.7").await;
    let customer = company.instance(B, &vpc).await;
    let mut there = Vec::new();
    for (account, vpc) in &company.members[..2] {
        // The third account has no handle here; its packets are those of the first.
        if *account == A {
            there.push(company.instance(account, vpc).await);
        }
    }
    let before = company.seen().await;
    let topology = company.example(&vpc);
    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}");
    let used = report.findings.iter().find(|one| one.code == "hub/used");
    let used = used.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(used.severity, Severity::Note);
    for id in [
        &company.cen,
        &company.routers[HOME].0,
        &company.routers[HOME].1,
        &company.customers,
    ] {
        assert!(used.message.contains(id.as_str()), "{id}: {used}");
    }
    assert!(!company.pings(&customer, &there[0]));

    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    world.simulator.advance(Duration::from_secs(120));
    assert!(
        company.pings(&customer, &there[0]),
        "the customer reaches the company"
    );
    assert!(
        company.pings(&there[0], &customer),
        "and the company the customer"
    );
    let again = world.plan(&topology).await;
    assert!(again.is_empty(), "{again}");
    assert!(world.preflight(&topology).await.passed());

    world.destroy(&topology).await;
    assert!(!company.pings(&customer, &there[0]));
    same(&before, &company.seen().await);
}

#[tokio::test]
async fn the_policies_of_the_example_are_enough_for_its_life() {
    let company = Company::start().await;
    let vpc = company.vpc(B, HOME, "10.7").await;
    company.instance(B, &vpc).await;
    let topology = company.example(&vpc);
    let simulator = &company.world.simulator;
    let policies = policies_of(&topology, company.world.provider.as_ref());
    let already = simulator.calls().len();
    let world = users(simulator, &policies, Purpose::Life, None);
    let lived = live(&world.engine, &topology).await;
    assert_eq!(lived, Ok(()));
    for account in &policies {
        let unneeded = unneeded(account, &simulator.calls()[already..]);
        assert_eq!(unneeded, Vec::<String>::new(), "{}", account.name);
    }
    let company = policies.iter().find(|one| one.name == "company");
    let actions = company.expect("the company").actions(Purpose::Life);
    for made_by_others in ["cen:CreateCen", "cen:CreateTransitRouter", "vpc:CreateVpc"] {
        assert!(!actions.contains(made_by_others), "{made_by_others}");
    }
}

#[tokio::test]
async fn an_attachment_and_a_grant_of_others_stay() {
    let company = Company::start().await;
    let world = &company.world;
    let granted = company.vpc(B, HOME, "10.8").await;
    company.grant(B, &granted).await;
    let attached = company.vpc(B, HOME, "10.9").await;
    let attachment = company.attach(B, &attached).await;
    let before = company.seen().await;

    let topology = company.example(&granted);
    let report = world.preflight(&topology).await;
    assert!(
        report.passed() && report.codes().contains(&"grant/used"),
        "{report}"
    );
    world.apply(&topology).await;
    assert!(world.plan(&topology).await.is_empty());
    let destroy = world.engine.observe(&topology).await.expect("observe");
    let destroy = plan_destroy(&topology, &destroy);
    assert!(!destroy.to_string().contains("revoke grant"), "{destroy}");
    world.destroy(&topology).await;
    same(&before, &company.seen().await);

    // It is associated with another table than the example names.
    let topology = company.example(&attached);
    let report = world.preflight(&topology).await;
    let codes = report.codes();
    assert!(
        codes.contains(&"attachment/used") && codes.contains(&"attachment/learning"),
        "{report}"
    );
    assert!(report.to_string().contains(&attachment), "{report}");
    let mut topology = topology;
    let hub = ExistingHub::new(company.cen.as_str());
    topology.interconnects[0].hub = Some(hub);
    let report = world.preflight(&topology).await;
    assert!(
        report.passed() && !report.codes().contains(&"attachment/learning"),
        "{report}"
    );
    let plan = world.plan(&topology).await;
    let writes: Vec<String> = plan.steps.iter().map(|step| step.key.to_string()).collect();
    assert!(writes.iter().all(|key| key.contains("route/")), "{plan}");
}

/// A new VPC in each of two regions, with an instance each.
fn customer(company: &Company, number: u8) -> Topology {
    let range = |text: String| text.parse().expect("a range");
    let network = |name: &str, region: &str, second: u8, zones: [&str; 2]| {
        let wide = range(format!("10.{second}.0.0/16"));
        let mut network = Network::new(name, "customer", region, wide);
        for (index, zone) in zones.into_iter().enumerate() {
            let narrow = range(format!("10.{second}.{index}.0/24"));
            network = network.with_subnet(Subnet::new(
                format!("s{index}"),
                format!("{region}-{zone}"),
                narrow,
            ));
        }
        network
    };
    let instance = |name: &str, subnet: &str| {
        let image = "acs:alibaba_cloud_linux_3_2104_lts_x64";
        let path = subnet.parse().expect("a path");
        Instance::new(name, path, "ecs.t5-lc2m1.nano", image, ["probe"])
            .with_password_env("LANDBRIDGE_PASSWORD")
    };
    let router = ExistingRouter::new().with_propagation(company.customers.as_str());
    let router = router.with_propagation(company.routers[HOME].1.as_str());
    let hub = ExistingHub::new(company.cen.as_str()).with_router(HOME, router);
    Topology::new(format!("customer-{number}"))
        .with_account(Account::new("company", aliyun(), A))
        .with_account(Account::new("customer", aliyun(), B))
        .with_network(network("home", HOME, 10 + number, ["h", "i"]))
        .with_network(network("far", FAR, 20 + number, ["b", "c"]))
        .with_interconnect(Interconnect::new("cen", "company", ["home", "far"]).with_hub(hub))
        .with_firewall(
            Firewall::new("probe", ["home", "far"]).with_rule(FirewallRuleSpec::allow(
                Protocol::Icmp,
                [RuleSource::Members("cen".to_owned())],
            )),
        )
        .with_instance(instance("here", "home/s0"))
        .with_instance(instance("there", "far/s0"))
}

#[tokio::test]
async fn three_topologies_at_one_cen_of_twenty_vpcs_never_disturb_each_other() {
    let company = Company::start().await;
    let world = &company.world;
    let before = company.seen().await;
    let topologies = [0, 1, 2].map(|number| customer(&company, number));
    for topology in &topologies {
        let report = world.preflight(topology).await;
        assert!(
            report.passed() && report.codes().contains(&"link/used"),
            "{report}"
        );
    }
    let (one, two, three) = (
        world.apply(&topologies[0]),
        world.apply(&topologies[1]),
        world.apply(&topologies[2]),
    );
    tokio::join!(one, two, three);
    let blocked = |call: &landbridge_sim::Call| call.code.as_deref() == Some("Operation.Blocking");
    assert!(
        world.simulator.calls().iter().any(blocked),
        "the locks of the CEN were met, or this test shows nothing"
    );
    for topology in &topologies {
        let again = world.plan(topology).await;
        assert!(again.is_empty(), "{again}");
        let verified = world.verify(topology).await;
        assert!(verified.passed() && verified.reachable() == 2, "{verified}");
    }
    world.destroy(&topologies[1]).await;
    for topology in [&topologies[0], &topologies[2]] {
        assert!(world.plan(topology).await.is_empty());
        let verified = world.verify(topology).await;
        assert!(verified.passed() && verified.reachable() == 2, "{verified}");
    }
    world.destroy(&topologies[0]).await;
    world.destroy(&topologies[2]).await;
    same(&before, &company.seen().await);
}

#[tokio::test]
async fn what_a_cen_lacks_or_does_not_have_is_one_finding_before_any_write() {
    let company = Company::start().await;
    let world = &company.world;
    let vpc = company.vpc(B, HOME, "10.7").await;
    let writes = world.writes();
    let mut topology = company.example(&vpc);
    let router = ExistingRouter::new().with_association("customer");
    topology.interconnects[0].hub =
        Some(ExistingHub::new(company.cen.as_str()).with_router(HOME, router));
    let report = world.preflight(&topology).await;
    let told = report.to_string();
    assert!(
        told.contains("no route table `customer`; it has") && told.contains("(customers)"),
        "{told}"
    );

    let mut topology = company.example(&vpc);
    topology.interconnects[0].owner = "customer".to_owned();
    let report = world.preflight(&topology).await;
    assert!(report.codes().contains(&"hub/absent"), "{report}");
    let mut topology = customer(&company, 0);
    topology.networks[1].region = "cn-shanghai".into();
    let report = world.preflight(&topology).await;
    assert!(report.codes().contains(&"hub/no-router"), "{report}");
    assert_eq!(world.writes(), writes);
}
