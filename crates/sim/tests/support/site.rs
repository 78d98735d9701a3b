//! A network with one instance in it, for tests that send packets.

use std::time::Duration;

use landbridge_sim::{Protocol, Simulator, Verdict};

use super::{Client, ECS, LONG, VPC, text};

pub const HANGZHOU: &str = "cn-hangzhou";
pub const QINGDAO: &str = "cn-qingdao";

/// A network and what a test needs of it.
pub struct Site {
    pub owner: Client,
    pub account: String,
    pub region: &'static str,
    pub range: String,
    pub vpc: String,
    pub table: String,
    pub vswitch: String,
    pub group: String,
    pub instance: String,
    pub address: String,
}

/// Builds `net.0.0/16` with an instance at `net.20.100`.
pub async fn site(
    simulator: &Simulator,
    owner: &Client,
    account: &str,
    region: &'static str,
    net: &str,
) -> Site {
    let place = ("RegionId", region);
    let range = format!("{net}.0.0/16");
    let network = owner
        .ok(VPC, "CreateVpc", &[place, ("CidrBlock", &range)])
        .await;
    let (vpc, table) = (text(&network["VpcId"]), text(&network["RouteTableId"]));
    simulator.advance(LONG);
    let cidr = format!("{net}.20.0/24");
    let zone = format!("{region}-b");
    let parameters = [
        place,
        ("VpcId", &vpc),
        ("ZoneId", &zone),
        ("CidrBlock", &cidr),
    ];
    let vswitch = text(&owner.ok(VPC, "CreateVSwitch", &parameters).await["VSwitchId"]);
    simulator.advance(LONG);
    let group = owner
        .ok(ECS, "CreateSecurityGroup", &[place, ("VpcId", &vpc)])
        .await;
    let group = text(&group["SecurityGroupId"]);
    let address = format!("{net}.20.100");
    let parameters = [
        place,
        ("ImageId", "aliyun_3_x64"),
        ("InstanceType", "ecs.t5-lc2m1.nano"),
        ("SecurityGroupId", &group),
        ("VSwitchId", &vswitch),
        ("PrivateIpAddress", &address),
    ];
    let instances = owner.ok(ECS, "RunInstances", &parameters).await;
    simulator.advance(LONG);
    let (owner, account) = (owner.clone(), account.to_owned());
    let instance = text(&instances["InstanceIdSets"]["InstanceIdSet"][0]);
    Site {
        owner,
        account,
        region,
        range,
        vpc,
        table,
        vswitch,
        group,
        instance,
        address,
    }
}

impl Site {
    pub fn place(&self) -> (&'static str, &'static str) {
        ("RegionId", self.region)
    }

    pub fn hop<'a>(
        &'a self,
        destination: &'a str,
        kind: &'a str,
        id: &'a str,
    ) -> Vec<(&'static str, &'a str)> {
        vec![
            self.place(),
            ("RouteTableId", &self.table),
            ("DestinationCidrBlock", destination),
            ("NextHopType", kind),
            ("NextHopId", id),
        ]
    }

    pub async fn route(&self, simulator: &Simulator, destination: &str, kind: &str, id: &str) {
        let route = self.hop(destination, kind, id);
        self.owner.ok(VPC, "CreateRouteEntry", &route).await;
        simulator.advance(LONG);
    }

    pub async fn unroute(&self, simulator: &Simulator, destination: &str, kind: &str, id: &str) {
        let route = self.hop(destination, kind, id);
        self.owner.ok(VPC, "DeleteRouteEntry", &route).await;
        simulator.advance(LONG);
    }

    /// Lets echo requests in, or (with `Egress` and `Drop`) keeps them from leaving.
    pub async fn rule(&self, action: &str, policy: &str, end: &str, range: &str) {
        let rule = [
            self.place(),
            ("SecurityGroupId", self.group.as_str()),
            ("Permissions.1.IpProtocol", "ICMP"),
            ("Permissions.1.PortRange", "-1/-1"),
            ("Permissions.1.Policy", policy),
            (end, range),
        ];
        self.owner.ok(ECS, action, &rule).await;
    }

    pub async fn allow(&self, range: &str) {
        let end = "Permissions.1.SourceCidrIp";
        self.rule("AuthorizeSecurityGroup", "Accept", end, range)
            .await;
    }

    /// Pings by Cloud Assistant and by a probe, which have to agree.
    pub async fn ping(&self, simulator: &Simulator, address: &str) -> Verdict {
        let destination = address.parse().expect("an address");
        let verdict = simulator.probe(&self.instance, destination, Protocol::ECHO);
        let command = format!("ping -c 2 -W 1 {address}");
        let parameters = [
            self.place(),
            ("Type", "RunShellScript"),
            ("CommandContent", &command),
            ("InstanceId.1", &self.instance),
        ];
        let invocation = self.owner.ok(ECS, "RunCommand", &parameters).await;
        let invocation = text(&invocation["InvokeId"]);
        simulator.advance(Duration::from_secs(10));
        let query = [self.place(), ("InvokeId", invocation.as_str())];
        let answer = self
            .owner
            .ok(ECS, "DescribeInvocationResults", &query)
            .await;
        let result = &answer["Invocation"]["InvocationResults"]["InvocationResult"][0];
        assert_eq!(result["ExitCode"] == 0, verdict.is_delivered(), "{verdict}");
        verdict
    }

    /// The element at which a ping ends.
    pub async fn blocked(&self, simulator: &Simulator, address: &str) -> String {
        match self.ping(simulator, address).await {
            Verdict::Dropped { element, .. } => element,
            Verdict::Delivered { hops } => panic!("delivered over {hops:?}"),
        }
    }
}
