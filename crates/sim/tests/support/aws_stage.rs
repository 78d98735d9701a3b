//! Two peered networks of AWS, with an instance in each.

use std::net::IpAddr;
use std::time::Duration;

use landbridge_sim::{Protocol, Simulator, Verdict};

use super::aws::{Aws, B, pair};

pub const SSH: Protocol = Protocol::tcp(22);

/// One end of the stage: its client, its network and an instance in it.
pub struct End {
    pub client: Aws,
    pub vpc: String,
    pub subnet: String,
    pub group: String,
    pub instance: String,
    pub address: &'static str,
}

impl End {
    pub async fn new(client: &Aws, net: u8, address: &'static str) -> Self {
        let (range, subnet) = (format!("10.{net}.0.0/16"), format!("10.{net}.1.0/24"));
        let (vpc, subnet) = client.network(&range, &subnet).await;
        let group = client.group(&vpc, "web").await;
        let instance = client.instance(&subnet, &group, address).await;
        Self {
            client: client.clone(),
            vpc,
            subnet,
            group,
            instance,
            address,
        }
    }

    /// Lets a range in.
    pub async fn open(&self, protocol: &str, from: &str, to: &str, range: &str) {
        let parameters = [
            ("GroupId", self.group.as_str()),
            ("IpPermissions.1.IpProtocol", protocol),
            ("IpPermissions.1.FromPort", from),
            ("IpPermissions.1.ToPort", to),
            ("IpPermissions.1.IpRanges.1.CidrIp", range),
        ];
        self.client
            .ok("AuthorizeSecurityGroupIngress", &parameters)
            .await;
    }

    /// Puts an empty ACL before the subnet; its id.
    pub async fn bar(&self) -> String {
        let acl = self
            .client
            .ok("CreateNetworkAcl", &[("VpcId", &self.vpc)])
            .await;
        let acl = acl.text("networkAclId");
        let here = [
            ("Filter.1.Name", "association.subnet-id"),
            ("Filter.1.Value.1", self.subnet.as_str()),
        ];
        let old = self.client.ok("DescribeNetworkAcls", &here).await;
        let associations = old.text("associationSet");
        let position = old.body.find(&format!("<subnetId>{}", self.subnet));
        let before = &old.body[..position.expect("an association")];
        let start = before.rfind("<networkAclAssociationId>").expect("an id");
        let id = before[start..].split(['<', '>']).nth(2).expect("an id");
        assert!(associations.contains(id));
        let swap = [("AssociationId", id), ("NetworkAclId", acl.as_str())];
        self.client.ok("ReplaceNetworkAclAssociation", &swap).await;
        acl
    }

    pub async fn entry(&self, acl: &str, egress: &str, from: &str, to: &str, range: &str) {
        let parameters = [
            ("NetworkAclId", acl),
            ("RuleNumber", "100"),
            ("Protocol", "6"),
            ("RuleAction", "allow"),
            ("Egress", egress),
            ("CidrBlock", range),
            ("PortRange.From", from),
            ("PortRange.To", to),
        ];
        self.client.ok("CreateNetworkAclEntry", &parameters).await;
    }
}

pub struct Stage {
    pub simulator: Simulator,
    pub left: End,
    pub right: End,
    pub peering: String,
}

impl Stage {
    /// Two networks, peered, without any route or rule.
    pub async fn new() -> Self {
        let (simulator, a, b) = pair().await;
        let left = End::new(&a, 0, "10.0.1.10").await;
        let right = End::new(&b, 1, "10.1.1.10").await;
        let peering = a.request(&left.vpc, &right.vpc, B, "us-east-1").await;
        simulator.advance(Duration::from_secs(4));
        b.peering("Accept", &peering).await.ok();
        simulator.advance(Duration::from_secs(30));
        Self {
            simulator,
            left,
            right,
            peering,
        }
    }

    /// The same with everything that makes it work.
    pub async fn open() -> Self {
        let stage = Self::new().await;
        stage.route_left().await;
        stage.route_right().await;
        stage.right.open("-1", "-1", "-1", "10.0.0.0/16").await;
        stage
    }

    pub async fn route_left(&self) {
        let end = &self.left;
        end.client
            .route(&end.vpc, "10.1.0.0/16", &self.peering)
            .await
            .ok();
    }

    pub async fn route_right(&self) {
        let end = &self.right;
        end.client
            .route(&end.vpc, "10.0.0.0/16", &self.peering)
            .await
            .ok();
    }

    pub fn probe(&self, protocol: Protocol) -> Verdict {
        let target: IpAddr = self.right.address.parse().expect("an address");
        self.simulator.probe(&self.left.instance, target, protocol)
    }

    #[track_caller]
    pub fn lost(&self, protocol: Protocol, part: &str) {
        match self.probe(protocol) {
            Verdict::Dropped { reason, .. } => assert!(reason.contains(part), "{reason}"),
            delivered => panic!("{delivered}"),
        }
    }

    #[track_caller]
    pub fn arrives(&self, protocol: Protocol) {
        let verdict = self.probe(protocol);
        assert!(verdict.is_delivered(), "{verdict}");
    }
}
