//! Alibaba Cloud: hubs and peerings, rules with priorities that drop, of five parts, and with lists.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use landbridge_aliyun::credential::StaticCredentials;
use landbridge_aliyun::{Aliyun, AliyunProvider};
use landbridge_core::conformance::differential::{
    Abilities, Ground, Placement, Seeds, Tally, Terrain, run,
};
use landbridge_core::engine::Engine;
use landbridge_core::topology::ModelChoice;
use landbridge_core::verify::Traffic;
use landbridge_core::{
    AclEntry, Action, CloudName, CloudProvider, Destination, Direction, InstanceRecord, NetworkId,
    NextHop, Place, PortList, PortRange, PrefixList, Protocol, Result, RouteRecord, Rule, RulePeer,
    RuleRecord, SubnetId,
};
use landbridge_sim::{AccountKeys, AccountSpec, AliyunRoute, Simulator};
use serde_json::Value;

use crate::acs::{ECS, VPC, call};
use crate::virtual_time::VirtualTime;

const A: &str = "1234567890123456";
const B: &str = "1234567890123457";
const FEW: u64 = 3;
/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(3600);

type Parameters = Vec<(String, String)>;

struct Worlds {
    engine: Engine,
    provider: Arc<AliyunProvider>,
    simulator: Simulator,
    keys: Vec<AccountKeys>,
    /// The ids of lists, by the name that a placement has for them and their place.
    lists: Mutex<BTreeMap<(String, Place), String>>,
}

impl Worlds {
    async fn start() -> Self {
        let simulator = Simulator::start().await.expect("the simulator starts");
        let clock = Arc::new(VirtualTime(simulator.clone()));
        let mut builder = Aliyun::builder()
            .clock(clock.clone())
            .endpoint(&simulator.url())
            .expect("a loopback address is allowed");
        let mut keys = Vec::new();
        for account in [A, B] {
            let key = simulator.provision(AccountSpec::new("aliyun", account));
            let credentials =
                StaticCredentials::new(&key.access_key_id, key.access_key_secret.as_str());
            builder = builder.credentials(account, Arc::new(credentials));
            keys.push(key);
        }
        let provider = Arc::new(builder.build().expect("a provider"));
        let engine = Engine::new()
            .with_clock(clock)
            .with_provider(provider.clone());
        Self {
            engine,
            provider,
            simulator,
            keys,
            lists: Mutex::default(),
        }
    }

    async fn call(
        &self,
        place: &Place,
        version: &str,
        action: &str,
        mut parameters: Parameters,
    ) -> Option<Value> {
        let mut keys = self.keys.iter();
        let keys = keys.find(|keys| keys.account_id.as_str() == place.account.as_str())?;
        parameters.push(("RegionId".to_owned(), place.region.to_string()));
        let (url, now) = (self.simulator.url(), self.simulator.now());
        let answer = call(&url, keys, now, version, action, &parameters).await;
        self.simulator.advance(Duration::from_secs(60));
        answer
    }

    /// The id of a list of this kind with these entries, which is made when it is first named.
    async fn list(
        &self,
        place: &Place,
        kind: &str,
        entry: &str,
        name: &str,
        entries: Vec<String>,
    ) -> Option<String> {
        let key = (name.to_owned(), place.clone());
        let lists = || self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lists().get(&key) {
            return Some(known.clone());
        }
        let mut parameters = vec![pair(format!("{kind}Name"), name), pair("MaxEntries", "10")];
        if kind == "PrefixList" {
            parameters.push(pair("AddressFamily", "IPv4"));
        }
        for (number, value) in (1..).zip(entries) {
            parameters.push(pair(format!("Entry.{number}.{entry}"), value));
        }
        let action = format!("Create{kind}");
        let made = self.call(place, ECS, &action, parameters).await?;
        let id = made[format!("{kind}Id")].as_str()?.to_owned();
        lists().insert(key, id.clone());
        Some(id)
    }

    async fn prefix_list(&self, place: &Place, list: &PrefixList) -> Option<String> {
        let ranges = list.ranges.iter().flatten();
        let entries = ranges.map(ToString::to_string).collect();
        let made = self.list(place, "PrefixList", "Cidr", list.id.as_str(), entries);
        made.await
    }

    async fn port_list(&self, place: &Place, list: &PortList) -> Option<String> {
        let ports = list.ports.iter().flatten();
        let entries = ports.map(|ports| spelled(Some(*ports))).collect();
        let made = self.list(place, "PortRangeList", "PortRange", &list.id, entries);
        made.await
    }

    async fn rule(&self, place: &Place, record: &RuleRecord) -> Option<()> {
        let rule = &record.rule;
        let (far, near, action) = match rule.direction {
            Direction::Ingress => ("Source", "Dest", "AuthorizeSecurityGroup"),
            Direction::Egress => ("Dest", "Source", "AuthorizeSecurityGroupEgress"),
        };
        let mut parameters = vec![
            pair("IpProtocol", rule.protocol.to_string()),
            pair(
                "Policy",
                if rule.action == Action::Deny {
                    "drop"
                } else {
                    "accept"
                },
            ),
            pair("Priority", record.priority.unwrap_or(1).to_string()),
            pair("SourcePortRange", spelled(rule.only.source_ports)),
        ];
        match &rule.only.port_list {
            Some(list) => {
                let id = self.port_list(place, list).await?;
                parameters.push(pair("PortRangeListId", id));
            }
            None => parameters.push(pair("PortRange", spelled(rule.ports))),
        }
        if let Some(range) = rule.only.near {
            parameters.push(pair(format!("{near}CidrIp"), range.to_string()));
        }
        parameters.push(match &rule.peer {
            RulePeer::Range(range) => pair(format!("{far}CidrIp"), range.to_string()),
            RulePeer::Group { id, .. } => pair(format!("{far}GroupId"), id.as_str()),
            RulePeer::PrefixList(list) => {
                let id = self.prefix_list(place, list).await?;
                pair(format!("{far}PrefixListId"), id)
            }
            _ => return None,
        });
        let numbered = |(name, value)| (format!("Permissions.1.{name}"), value);
        let mut parameters: Parameters = parameters.into_iter().map(numbered).collect();
        parameters.push(pair("SecurityGroupId", record.group.as_str()));
        self.call(place, ECS, action, parameters).await.map(|_| ())
    }

    fn route(&self, record: &RouteRecord) -> Option<()> {
        let Destination::Range(range) = &record.destination else {
            return None;
        };
        let (kind, id) = match &record.next_hop {
            NextHop::Peering(id) if id.as_str().starts_with("pcc-") => ("VpcPeer", id.as_str()),
            NextHop::Peering(id) => ("Attachment", id.as_str()),
            NextHop::BlackHole => ("Attachment", "tr-attach-gone"),
            NextHop::Internet(_) => ("Ipv4Gateway", "ipv4gw-1"),
            _ => ("NatGateway", "ngw-1"),
        };
        let route = AliyunRoute::new(&range.to_string(), kind, id);
        let placed = (self.simulator).place_aliyun_route(record.table.as_str(), route);
        placed.map(|_| ())
    }

    async fn acl(
        &self,
        place: &Place,
        network: &NetworkId,
        subnets: &[SubnetId],
        entries: &[AclEntry],
    ) -> Option<()> {
        let create = vec![pair("VpcId", network.as_str())];
        let made = self.call(place, VPC, "CreateNetworkAcl", create).await?;
        let id = pair("NetworkAclId", made["NetworkAclId"].as_str()?);
        self.simulator.advance(LONG);
        let mut update = vec![id.clone()];
        for (way, direction) in [
            ("Ingress", Direction::Ingress),
            ("Egress", Direction::Egress),
        ] {
            update.push(pair(format!("Update{way}AclEntries"), "true"));
            let entries = entries.iter().filter(|entry| entry.direction == direction);
            let known = entries.filter(|entry| !matches!(entry.protocol, Protocol::Number(_)));
            for (number, entry) in (1..).zip(known) {
                let named = |(name, value)| (format!("{way}AclEntries.{number}.{name}"), value);
                update.extend(acl_entry(entry)?.into_iter().map(named));
            }
        }
        self.call(place, VPC, "UpdateNetworkAclEntries", update)
            .await?;
        self.simulator.advance(LONG);
        let mut associate = vec![id];
        for (number, subnet) in (1..).zip(subnets) {
            associate.push(pair(format!("Resource.{number}.ResourceType"), "VSwitch"));
            associate.push(pair(
                format!("Resource.{number}.ResourceId"),
                subnet.as_str(),
            ));
        }
        let bound = self
            .call(place, VPC, "AssociateNetworkAcl", associate)
            .await;
        bound.map(|_| ())
    }
}

fn acl_entry(entry: &AclEntry) -> Option<Parameters> {
    let far = match entry.direction {
        Direction::Ingress => "SourceCidrIp",
        Direction::Egress => "DestinationCidrIp",
    };
    Some(vec![
        pair(
            "Policy",
            if entry.action == Action::Deny {
                "drop"
            } else {
                "accept"
            },
        ),
        pair("Protocol", entry.protocol.to_string()),
        pair("Port", spelled(entry.ports)),
        pair("IpVersion", "IPv4"),
        pair(far, entry.range?.to_string()),
    ])
}

fn pair(name: impl Into<String>, value: impl Into<String>) -> (String, String) {
    (name.into(), value.into())
}

fn spelled(ports: Option<PortRange>) -> String {
    match ports {
        Some(PortRange { first, last }) => format!("{first}/{last}"),
        None => "-1/-1".to_owned(),
    }
}

/// What a rule of Alibaba Cloud cannot say.
fn is_foreign(rule: &Rule) -> bool {
    rule.only.source_port_list.is_some() || rule.only.icmp.is_some()
}

#[async_trait]
impl Ground for Worlds {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn provider(&self) -> &dyn CloudProvider {
        self.provider.as_ref()
    }

    fn terrain(&self) -> Terrain {
        let cloud = CloudName::from_static("aliyun");
        let regions = ["cn-chengdu", "cn-guangzhou"];
        let models = [ModelChoice::Hub, ModelChoice::Mesh];
        Terrain::new(cloud, [A, B], regions, ["-a", "-b"], models).with_machines(
            "ecs.t5-lc2m1.nano",
            "acs:alibaba_cloud_linux_3_2104_lts_x64",
        )
    }

    fn abilities(&self) -> Abilities {
        let mut abilities = Abilities::PLAIN;
        abilities.priorities = true;
        abilities.five_tuples = true;
        abilities.references = true;
        abilities.prefix_lists = true;
        abilities.port_lists = true;
        abilities.acls = true;
        abilities
    }

    async fn settle(&self) {
        self.simulator.advance(LONG);
    }

    async fn place(&self, placement: &Placement) -> Result<bool> {
        let placed = match placement {
            Placement::Rule(_, record) if is_foreign(&record.rule) => None,
            Placement::Rule(place, record) => self.rule(place, record).await,
            Placement::Route(_, record) => self.route(record),
            Placement::Acl {
                place,
                network,
                subnets,
                entries,
            } => self.acl(place, network, subnets, entries).await,
            _ => None,
        };
        Ok(placed.is_some())
    }

    async fn delivers(&self, source: &InstanceRecord, to: IpAddr, traffic: Traffic) -> bool {
        let packet = crate::packet(traffic);
        let verdict = self.simulator.probe(source.id.as_str(), to, packet);
        verdict.is_delivered()
    }
}

#[tokio::test]
async fn the_verdict_agrees_with_alibaba_cloud() {
    let mut tally = Tally::default();
    for seed in Seeds::from_env(FEW) {
        let worlds = Worlds::start().await;
        let one = run(&worlds, seed).await;
        tally = tally.and(one.unwrap_or_else(|error| panic!("seed {seed}: {error}")));
    }
    println!("Alibaba Cloud: {tally}");
    tally.check(20);
    tally.check_voices();
}
