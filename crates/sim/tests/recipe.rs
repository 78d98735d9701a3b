//! The whole cross-account, cross-region recipe: three networks, two accounts, two regions, one CEN.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, Protocol, Simulator};
use serde_json::Value;
use support::{CBN, Client, ECS, LONG, VPC, text};

const A: &str = "1234567890123456";
const B: &str = "1234567890123457";
const HANGZHOU: &str = "cn-hangzhou";
const QINGDAO: &str = "cn-qingdao";

/// What is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Without {
    Nothing,
    Grant,
    Association,
    Propagation,
    Route,
    Rule,
    Publishing,
    PeerAssociation,
}

/// One network with its instance.
struct Site {
    owner: Client,
    account: &'static str,
    region: &'static str,
    vpc: String,
    table: String,
    vswitches: Vec<(String, String)>,
    range: String,
    group: String,
    instance: String,
    address: String,
    attachment: String,
}

struct Topology {
    simulator: Simulator,
    a: Client,
    sites: Vec<Site>,
    cen: String,
    routers: Vec<(&'static str, String, String)>,
    peer: String,
}

impl Topology {
    async fn call(&self, action: &str, parameters: &[(&str, &str)]) -> Value {
        let answer = self.a.ok(CBN, action, parameters).await;
        self.simulator.advance(LONG);
        answer
    }

    fn router(&self, region: &str) -> &(&'static str, String, String) {
        self.routers
            .iter()
            .find(|router| router.0 == region)
            .expect("a router per region")
    }
}

async fn site(
    simulator: &Simulator,
    owner: &Client,
    account: &'static str,
    region: &'static str,
    net: &str,
) -> Site {
    let zones = if region == HANGZHOU {
        ["cn-hangzhou-h", "cn-hangzhou-i"]
    } else {
        ["cn-qingdao-b", "cn-qingdao-c"]
    };
    let range = format!("{net}.0.0/16");
    let vpc = owner
        .ok(
            VPC,
            "CreateVpc",
            &[("RegionId", region), ("CidrBlock", &range)],
        )
        .await;
    let (vpc, table) = (text(&vpc["VpcId"]), text(&vpc["RouteTableId"]));
    simulator.advance(LONG);
    let mut vswitches = Vec::new();
    for (zone, third) in zones.iter().zip([20, 21]) {
        let cidr = format!("{net}.{third}.0/24");
        let parameters = [
            ("RegionId", region),
            ("VpcId", &vpc),
            ("ZoneId", zone),
            ("CidrBlock", &cidr),
        ];
        let vswitch = owner.ok(VPC, "CreateVSwitch", &parameters).await;
        simulator.advance(LONG);
        vswitches.push(((*zone).to_owned(), text(&vswitch["VSwitchId"])));
    }
    let group = owner
        .ok(
            ECS,
            "CreateSecurityGroup",
            &[("RegionId", region), ("VpcId", &vpc)],
        )
        .await;
    let group = text(&group["SecurityGroupId"]);
    let address = format!("{net}.20.100");
    let parameters = [
        ("RegionId", region),
        ("ImageId", "aliyun_3_x64"),
        ("InstanceType", "ecs.t5-lc2m1.nano"),
        ("SecurityGroupId", &group),
        ("VSwitchId", &vswitches[0].1),
        ("PrivateIpAddress", &address),
        ("Password", "S3cret!pass"),
    ];
    let instance = owner.ok(ECS, "RunInstances", &parameters).await;
    simulator.advance(LONG);
    let instance = text(&instance["InstanceIdSets"]["InstanceIdSet"][0]);
    let (owner, attachment) = (owner.clone(), String::new());
    Site {
        owner,
        account,
        region,
        vpc,
        table,
        vswitches,
        range,
        group,
        instance,
        address,
        attachment,
    }
}

async fn build(without: Without) -> Topology {
    let simulator = Simulator::start().await.expect("a loopback port");
    let a = Client::new(
        &simulator,
        &simulator.provision(AccountSpec::new("aliyun", A).name("a")),
    );
    let b = Client::new(
        &simulator,
        &simulator.provision(AccountSpec::new("aliyun", B).name("b")),
    );
    let sites = vec![
        site(&simulator, &a, A, HANGZHOU, "172.16").await,
        site(&simulator, &b, B, HANGZHOU, "10.0").await,
        site(&simulator, &a, A, QINGDAO, "192.168").await,
    ];
    let mut topology = Topology {
        simulator,
        a,
        sites,
        cen: String::new(),
        routers: Vec::new(),
        peer: String::new(),
    };
    hub(&mut topology).await;
    attach(&mut topology, without).await;
    peer(&mut topology, without).await;
    routes_and_rules(&topology, without).await;
    topology
}

async fn hub(topology: &mut Topology) {
    topology.cen = text(&topology.call("CreateCen", &[("Name", "hub")]).await["CenId"]);
    for region in [HANGZHOU, QINGDAO] {
        let cen = topology.cen.clone();
        let router = topology
            .call(
                "CreateTransitRouter",
                &[("CenId", &cen), ("RegionId", region)],
            )
            .await;
        let router = text(&router["TransitRouterId"]);
        let tables = topology
            .call(
                "ListTransitRouterRouteTables",
                &[("TransitRouterId", &router)],
            )
            .await;
        assert_eq!(
            tables["TransitRouterRouteTables"][0]["TransitRouterRouteTableType"],
            "System"
        );
        let table = text(&tables["TransitRouterRouteTables"][0]["TransitRouterRouteTableId"]);
        topology.routers.push((region, router, table));
    }
}

fn attachment_parameters<'a>(
    topology: &'a Topology,
    site: &'a Site,
) -> Vec<(&'static str, &'a str)> {
    vec![
        ("CenId", &topology.cen),
        ("RegionId", site.region),
        ("TransitRouterId", &topology.router(site.region).1),
        ("VpcId", &site.vpc),
        ("VpcOwnerId", site.account),
        ("ZoneMappings.1.ZoneId", &site.vswitches[0].0),
        ("ZoneMappings.1.VSwitchId", &site.vswitches[0].1),
        ("ZoneMappings.2.ZoneId", &site.vswitches[1].0),
        ("ZoneMappings.2.VSwitchId", &site.vswitches[1].1),
    ]
}

fn grant_parameters<'a>(topology: &'a Topology, site: &'a Site) -> Vec<(&'static str, &'a str)> {
    vec![
        ("CenId", &topology.cen),
        ("CenOwnerId", A),
        ("InstanceId", &site.vpc),
        ("InstanceType", "VPC"),
        ("RegionId", site.region),
    ]
}

async fn attach(topology: &mut Topology, without: Without) {
    for index in 0..topology.sites.len() {
        let site = &topology.sites[index];
        let parameters = attachment_parameters(topology, site);
        if site.account == B {
            let refused = topology
                .a
                .call(CBN, "CreateTransitRouterVpcAttachment", &parameters)
                .await;
            refused.refused("Forbidden.InstanceNotGranted");
            if without == Without::Grant {
                continue;
            }
            let mut grant = grant_parameters(topology, site);
            grant.push(("OrderType", "PayByCenOwner"));
            site.owner
                .ok(CBN, "GrantInstanceToTransitRouter", &grant)
                .await;
        }
        let attachment = topology
            .call("CreateTransitRouterVpcAttachment", &parameters)
            .await;
        let attachment = text(&attachment["TransitRouterAttachmentId"]);
        let table = topology.router(site.region).2.clone();
        let ends = [
            ("TransitRouterAttachmentId", attachment.as_str()),
            ("TransitRouterRouteTableId", &table),
        ];
        if !(without == Without::Association && index == 1) {
            topology
                .call("AssociateTransitRouterAttachmentWithRouteTable", &ends)
                .await;
        }
        if !(without == Without::Propagation && index == 1) {
            topology
                .call("EnableTransitRouterRouteTablePropagation", &ends)
                .await;
        }
        topology.sites[index].attachment = attachment;
    }
}

async fn peer(topology: &mut Topology, without: Without) {
    let (local, remote) = (
        topology.router(HANGZHOU).1.clone(),
        topology.router(QINGDAO).1.clone(),
    );
    let publish = (without != Without::Publishing).to_string();
    let parameters = [
        ("CenId", topology.cen.as_str()),
        ("RegionId", HANGZHOU),
        ("TransitRouterId", &local),
        ("PeerTransitRouterId", &remote),
        ("PeerTransitRouterRegionId", QINGDAO),
        ("BandwidthType", "DataTransfer"),
        ("Bandwidth", "100"),
        ("AutoPublishRouteEnabled", &publish),
    ];
    let attachment = topology
        .call("CreateTransitRouterPeerAttachment", &parameters)
        .await;
    topology.peer = text(&attachment["TransitRouterAttachmentId"]);
    for (region, _, table) in &topology.routers {
        let ends = [
            ("TransitRouterAttachmentId", topology.peer.as_str()),
            ("TransitRouterRouteTableId", table),
        ];
        if !(without == Without::PeerAssociation && *region == QINGDAO) {
            topology
                .call("AssociateTransitRouterAttachmentWithRouteTable", &ends)
                .await;
        }
        topology
            .call("EnableTransitRouterRouteTablePropagation", &ends)
            .await;
    }
}

async fn routes_and_rules(topology: &Topology, without: Without) {
    for (index, site) in topology.sites.iter().enumerate() {
        for other in topology.sites.iter().filter(|other| other.vpc != site.vpc) {
            if !(matches!(without, Without::Route | Without::Grant) && index == 1) {
                let route = [
                    ("RegionId", site.region),
                    ("RouteTableId", &site.table),
                    ("DestinationCidrBlock", &other.range),
                    ("NextHopType", "Attachment"),
                    ("NextHopId", &site.attachment),
                ];
                site.owner.ok(VPC, "CreateRouteEntry", &route).await;
                topology.simulator.advance(LONG);
            }
            if !(without == Without::Rule && index == 1) {
                let rule = [
                    ("RegionId", site.region),
                    ("SecurityGroupId", site.group.as_str()),
                    ("Permissions.1.IpProtocol", "ICMP"),
                    ("Permissions.1.PortRange", "-1/-1"),
                    ("Permissions.1.SourceCidrIp", &other.range),
                ];
                site.owner.ok(ECS, "AuthorizeSecurityGroup", &rule).await;
                // The second time creates nothing.
                site.owner.ok(ECS, "AuthorizeSecurityGroup", &rule).await;
            }
        }
    }
}

/// Pings by Cloud Assistant: exit code and output.
async fn ping(topology: &Topology, from: &Site, to: &Site) -> (i64, String) {
    let command = format!("ping -c 4 -W 2 {}", to.address);
    let parameters = [
        ("RegionId", from.region),
        ("Type", "RunShellScript"),
        ("CommandContent", &command),
        ("InstanceId.1", &from.instance),
    ];
    let invocation = text(&from.owner.ok(ECS, "RunCommand", &parameters).await["InvokeId"]);
    let query = [
        ("RegionId", from.region),
        ("InvokeId", invocation.as_str()),
        ("ContentEncoding", "PlainText"),
    ];
    let early = from
        .owner
        .ok(ECS, "DescribeInvocationResults", &query)
        .await;
    assert_eq!(result(&early)["InvocationStatus"], "Pending");
    topology.simulator.advance(Duration::from_secs(10));
    let done = from
        .owner
        .ok(ECS, "DescribeInvocationResults", &query)
        .await;
    (
        result(&done)["ExitCode"].as_i64().expect("it ended"),
        text(&result(&done)["Output"]),
    )
}

fn result(answer: &Value) -> &Value {
    &answer["Invocation"]["InvocationResults"]["InvocationResult"][0]
}

async fn delivered_pairs(topology: &Topology) -> Vec<(usize, usize)> {
    let mut delivered = Vec::new();
    for (i, from) in topology.sites.iter().enumerate() {
        for (j, to) in topology.sites.iter().enumerate().filter(|(j, _)| i != *j) {
            let (exit, output) = ping(topology, from, to).await;
            let verdict = topology.simulator.probe(
                &from.instance,
                to.address.parse().expect("an address"),
                Protocol::ECHO,
            );
            assert_eq!(exit == 0, verdict.is_delivered(), "{verdict}");
            if exit == 0 {
                assert!(
                    output.contains("4 packets transmitted, 4 received, 0% packet loss"),
                    "{output}"
                );
                delivered.push((i, j));
            } else {
                assert!(
                    output.contains("4 packets transmitted, 0 received, 100% packet loss"),
                    "{output}"
                );
            }
        }
    }
    delivered
}

#[tokio::test]
async fn all_six_pairs_are_delivered_and_nothing_is_left_after_destroy() {
    let topology = build(Without::Nothing).await;
    assert_eq!(
        delivered_pairs(&topology).await,
        [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    );
    let table = &topology.router(HANGZHOU).2;
    let routes = topology
        .call(
            "ListTransitRouterRouteEntries",
            &[("TransitRouterRouteTableId", table)],
        )
        .await;
    assert_eq!(routes["TotalCount"], 6);
    destroy(topology).await;
}

#[tokio::test]
async fn without_one_thing_the_pairs_that_need_it_are_lost() {
    for (without, delivered) in [
        (Without::Grant, vec![(0, 2), (2, 0)]),
        (Without::Association, vec![(0, 2), (2, 0)]),
        (Without::Propagation, vec![(0, 2), (2, 0)]),
        (Without::Route, vec![(0, 2), (2, 0)]),
        (Without::Rule, vec![(0, 2), (1, 0), (1, 2), (2, 0)]),
        (Without::Publishing, vec![(0, 1), (1, 0)]),
        (Without::PeerAssociation, vec![(0, 1), (1, 0)]),
    ] {
        let topology = build(without).await;
        assert_eq!(delivered_pairs(&topology).await, delivered, "{without:?}");
    }
}

#[tokio::test]
async fn route_sync_fills_the_vpc_without_static_routes() {
    let topology = build(Without::Route).await;
    let site = &topology.sites[1];
    let parameters = [
        ("TransitRouterAttachmentId", site.attachment.as_str()),
        ("AutoPublishRouteEnabled", "true"),
    ];
    topology
        .call("UpdateTransitRouterVpcAttachmentAttribute", &parameters)
        .await;
    let query = [
        ("RegionId", site.region),
        ("RouteTableId", &site.table),
        ("RouteEntryType", "CEN"),
    ];
    let routes = site.owner.ok(VPC, "DescribeRouteEntryList", &query).await;
    assert_eq!(routes["TotalCount"], 4);
    assert_eq!(delivered_pairs(&topology).await.len(), 6);
}

async fn destroy(topology: Topology) {
    let Topology {
        simulator, sites, ..
    } = &topology;
    for site in sites {
        let instance = [
            ("RegionId", site.region),
            ("InstanceId.1", &site.instance),
            ("Force", "true"),
        ];
        site.owner.ok(ECS, "DeleteInstances", &instance).await;
        let group = [("RegionId", site.region), ("SecurityGroupId", &site.group)];
        site.owner
            .call(ECS, "DeleteSecurityGroup", &group)
            .await
            .refused("DependencyViolation");
        simulator.advance(LONG);
        site.owner.ok(ECS, "DeleteSecurityGroup", &group).await;
    }
    let early = [("TransitRouterAttachmentId", sites[0].attachment.as_str())];
    let refused = topology
        .a
        .call(CBN, "DeleteTransitRouterVpcAttachment", &early)
        .await;
    refused.refused("OperationFailed.AttachmentReferencedVpcRouteEntryExisted");
    for site in sites {
        for other in sites.iter().filter(|other| other.vpc != site.vpc) {
            let route = [
                ("RegionId", site.region),
                ("RouteTableId", &site.table),
                ("DestinationCidrBlock", &other.range),
                ("NextHopId", &site.attachment),
            ];
            site.owner.ok(VPC, "DeleteRouteEntry", &route).await;
            simulator.advance(LONG);
        }
    }
    unbind(&topology).await;
    topology
        .call(
            "DeleteTransitRouterPeerAttachment",
            &[("TransitRouterAttachmentId", &topology.peer)],
        )
        .await;
    let granted = &sites[1];
    granted
        .owner
        .call(
            CBN,
            "RevokeInstanceFromTransitRouter",
            &grant_parameters(&topology, granted),
        )
        .await
        .refused("OperationFailed.AttachmentExist");
    for site in sites {
        let attachment = [("TransitRouterAttachmentId", site.attachment.as_str())];
        topology
            .a
            .ok(CBN, "DeleteTransitRouterVpcAttachment", &attachment)
            .await;
        simulator.advance(Duration::from_secs(31));
        let vswitch = [
            ("RegionId", site.region),
            ("VSwitchId", site.vswitches[0].1.as_str()),
        ];
        site.owner
            .call(VPC, "DeleteVSwitch", &vswitch)
            .await
            .refused("DependencyViolation");
        simulator.advance(LONG);
    }
    granted
        .owner
        .ok(
            CBN,
            "RevokeInstanceFromTransitRouter",
            &grant_parameters(&topology, granted),
        )
        .await;
    for (_, router, _) in &topology.routers {
        topology
            .call("DeleteTransitRouter", &[("TransitRouterId", router)])
            .await;
    }
    topology
        .call("DeleteCen", &[("CenId", &topology.cen)])
        .await;
    for site in sites {
        for (_, vswitch) in &site.vswitches {
            site.owner
                .ok(
                    VPC,
                    "DeleteVSwitch",
                    &[("RegionId", site.region), ("VSwitchId", vswitch)],
                )
                .await;
            simulator.advance(LONG);
        }
        site.owner
            .ok(
                VPC,
                "DeleteVpc",
                &[("RegionId", site.region), ("VpcId", &site.vpc)],
            )
            .await;
        simulator.advance(LONG);
    }
    assert_eq!(simulator.alive(), []);
    assert!(simulator.ledger().len() > 30);
    assert!(!format!("{:?}", simulator.calls()).contains("S3cret!pass"));
}

async fn unbind(topology: &Topology) {
    let on = |region: &str| topology.router(region).2.clone();
    let mut bindings: Vec<(String, String)> = topology
        .sites
        .iter()
        .map(|site| (site.attachment.clone(), on(site.region)))
        .collect();
    bindings.extend([HANGZHOU, QINGDAO].map(|region| (topology.peer.clone(), on(region))));
    for (attachment, table) in bindings {
        let ends = [
            ("TransitRouterAttachmentId", attachment.as_str()),
            ("TransitRouterRouteTableId", &table),
        ];
        topology
            .call("DisableTransitRouterRouteTablePropagation", &ends)
            .await;
        topology
            .call("DissociateTransitRouterAttachmentFromRouteTable", &ends)
            .await;
    }
}

#[tokio::test]
async fn a_grant_without_payer_is_not_enough() {
    let simulator = Simulator::start().await.expect("a loopback port");
    let a = Client::new(
        &simulator,
        &simulator.provision(AccountSpec::new("aliyun", A)),
    );
    let b = Client::new(
        &simulator,
        &simulator.provision(AccountSpec::new("aliyun", B)),
    );
    let sites = vec![site(&simulator, &b, B, HANGZHOU, "10.0").await];
    let mut topology = Topology {
        simulator,
        a,
        sites,
        cen: String::new(),
        routers: Vec::new(),
        peer: String::new(),
    };
    hub(&mut topology).await;
    let site = &topology.sites[0];
    site.owner
        .ok(
            CBN,
            "GrantInstanceToTransitRouter",
            &grant_parameters(&topology, site),
        )
        .await;
    let parameters = attachment_parameters(&topology, site);
    let refused = topology
        .a
        .call(CBN, "CreateTransitRouterVpcAttachment", &parameters)
        .await;
    refused.refused("InvalidOperation.GrantWithoutOrderType");
}
