//! Two networks of Alibaba Cloud, peered and routed, with an instance in each.

use landbridge_sim::{AccountSpec, Protocol, Simulator, Verdict};

use super::site::{QINGDAO, Site, site};
use super::{A, Answer, Client, ECS, LONG, VPC, VPC_PEER, start_with, text};

pub const SSH: Protocol = Protocol::tcp(22);

pub struct Peered {
    pub simulator: Simulator,
    pub client: Client,
    pub left: Site,
    pub right: Site,
    pub peering: String,
}

impl Peered {
    /// Instances at 10.0.20.100 and 10.1.20.100, whose groups have no rules.
    pub async fn new() -> Self {
        Self::of(AccountSpec::new("aliyun", A)).await
    }

    pub async fn of(spec: AccountSpec) -> Self {
        let (simulator, client) = start_with(spec).await;
        let left = site(&simulator, &client, A, QINGDAO, "10.0").await;
        let right = site(&simulator, &client, A, QINGDAO, "10.1").await;
        let request = [
            left.place(),
            ("VpcId", left.vpc.as_str()),
            ("AcceptingAliUid", A),
            ("AcceptingRegionId", QINGDAO),
            ("AcceptingVpcId", right.vpc.as_str()),
        ];
        let asked = client.ok(VPC_PEER, "CreateVpcPeerConnection", &request);
        let peering = text(&asked.await["InstanceId"]);
        simulator.advance(LONG);
        let stage = Self {
            simulator,
            client,
            left,
            right,
            peering,
        };
        for (site, far) in [(&stage.left, "10.1.0.0/16"), (&stage.right, "10.0.0.0/16")] {
            site.route(&stage.simulator, far, "VpcPeer", &stage.peering)
                .await;
        }
        stage
    }

    /// The same with a right end that lets everything of IPv4 in.
    pub async fn open() -> Self {
        let stage = Self::new().await;
        let right = &stage.right.group;
        stage.allow(right, &[("SourceCidrIp", "0.0.0.0/0")]).await;
        stage
    }

    pub async fn ecs(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.call(ECS, action, parameters).await
    }

    pub async fn vpc(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.call(VPC, action, parameters).await
    }

    pub async fn call(&self, product: &str, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let mut all = vec![self.left.place()];
        all.extend(parameters);
        self.client.call(product, action, &all).await
    }

    /// A rule of a group; everything of all protocols that the fields do not say otherwise.
    pub async fn rule(&self, action: &str, group: &str, fields: &[(&str, &str)]) -> Answer {
        let is_given = |name: &str| fields.iter().any(|(given, _)| *given == name);
        let mut all: Vec<(String, &str)> = fields
            .iter()
            .map(|(name, value)| (format!("Permissions.1.{name}"), *value))
            .collect();
        if !is_given("IpProtocol") {
            all.push(("Permissions.1.IpProtocol".to_owned(), "all"));
        }
        if !is_given("PortRange") && !is_given("PortRangeListId") {
            all.push(("Permissions.1.PortRange".to_owned(), "-1/-1"));
        }
        let mut parameters = vec![("SecurityGroupId", group)];
        parameters.extend(all.iter().map(|(name, value)| (name.as_str(), *value)));
        self.ecs(action, &parameters).await
    }

    pub async fn allow(&self, group: &str, fields: &[(&str, &str)]) {
        self.rule("AuthorizeSecurityGroup", group, fields)
            .await
            .ok();
    }

    pub async fn allow_out(&self, group: &str, fields: &[(&str, &str)]) {
        self.rule("AuthorizeSecurityGroupEgress", group, fields)
            .await
            .ok();
    }

    pub fn probe(&self, protocol: Protocol) -> Verdict {
        let target = self.right.address.parse().expect("an address");
        self.simulator.probe(&self.left.instance, target, protocol)
    }

    /// The element and the reason.
    #[track_caller]
    pub fn lost(&self, protocol: Protocol, part: &str) -> String {
        match self.probe(protocol) {
            Verdict::Dropped { element, reason } => {
                assert!(reason.contains(part), "{reason}");
                element
            }
            delivered => panic!("{delivered}"),
        }
    }

    #[track_caller]
    pub fn arrives(&self, protocol: Protocol) {
        let verdict = self.probe(protocol);
        assert!(verdict.is_delivered(), "{verdict}");
    }
}
