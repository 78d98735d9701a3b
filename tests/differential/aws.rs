//! AWS: peerings, rules for messages of ICMP and with prefix lists, network ACLs, and routes of every kind.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use landbridge::aws::credential::StaticCredentials;
use landbridge::aws::{Aws, AwsProvider};
use landbridge_core::conformance::differential::{
    Abilities, Ground, Placement, Seeds, Tally, Terrain, run,
};
use landbridge_core::engine::Engine;
use landbridge_core::topology::ModelChoice;
use landbridge_core::verify::Traffic;
use landbridge_core::{
    AclEntry, Action, CloudName, CloudProvider, Conditions, Destination, Direction, InstanceRecord,
    NetworkId, NextHop, Place, PortRange, PrefixList, Protocol, Result, RouteRecord, RulePeer,
    RuleRecord, Scope, SubnetId,
};
use landbridge_sim::{AccountKeys, AccountSpec, AwsAclEntry, AwsRoute, Simulator};

use crate::ec2::attempt;
use crate::virtual_time::VirtualTime;

const A: &str = "111122223333";
const B: &str = "444455556666";
const FEW: u64 = 3;
/// One with the agent that sends probes.
const IMAGE: &str =
    "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
/// Longer than anything takes, and no longer than signatures are good for.
const LONG: Duration = Duration::from_secs(300);

type Parameters<'a> = Vec<(&'a str, String)>;

struct Worlds {
    engine: Engine,
    provider: Arc<AwsProvider>,
    simulator: Simulator,
    keys: Vec<AccountKeys>,
    /// The ids of prefix lists, by the name that a placement has for them and their place.
    lists: Mutex<BTreeMap<(String, Place), String>>,
    regions: [&'static str; 2],
}

impl Worlds {
    async fn start(regions: [&'static str; 2]) -> Self {
        let simulator = Simulator::start().await.expect("the simulator starts");
        let clock = Arc::new(VirtualTime(simulator.clone()));
        let mut builder = Aws::builder()
            .clock(clock.clone())
            .endpoint(&simulator.url())
            .expect("a loopback address is allowed");
        let mut keys = Vec::new();
        for account in [A, B] {
            let key = simulator.provision(AccountSpec::new("aws", account));
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
            regions,
        }
    }

    async fn call(
        &self,
        place: &Place,
        action: &str,
        parameters: &Parameters<'_>,
    ) -> Option<String> {
        let mut keys = self.keys.iter();
        let keys = keys.find(|keys| keys.account_id.as_str() == place.account.as_str())?;
        let pairs = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let pairs: Vec<_> = pairs.collect();
        let url = self.simulator.url();
        let answer = attempt(
            &url,
            keys,
            self.simulator.now(),
            place.region.as_str(),
            action,
            &pairs,
        )
        .await;
        self.simulator.advance(Duration::from_secs(1));
        answer.ok()
    }

    /// The id of a prefix list, which is made when it is first named.
    async fn list(&self, place: &Place, list: &PrefixList) -> Option<String> {
        let key = (list.id.to_string(), place.clone());
        let lists = || self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lists().get(&key) {
            return Some(known.clone());
        }
        let ranges: Vec<_> = list.ranges.iter().flatten().collect();
        let names: Vec<_> = (1..=ranges.len())
            .map(|n| format!("Entry.{n}.Cidr"))
            .collect();
        let mut parameters = vec![
            ("PrefixListName", list.id.to_string()),
            ("AddressFamily", "IPv4".to_owned()),
            ("MaxEntries", "5".to_owned()),
        ];
        let entries = names.iter().map(String::as_str);
        parameters.extend(entries.zip(ranges.iter().map(ToString::to_string)));
        let made = self
            .call(place, "CreateManagedPrefixList", &parameters)
            .await?;
        let id = element(&made, "prefixListId")?;
        self.simulator.advance(LONG);
        lists().insert(key, id.clone());
        Some(id)
    }

    async fn rule(&self, place: &Place, record: &RuleRecord) -> Option<()> {
        let rule = &record.rule;
        let action = match rule.direction {
            Direction::Ingress => "AuthorizeSecurityGroupIngress",
            Direction::Egress => "AuthorizeSecurityGroupEgress",
        };
        let mut parameters = vec![
            ("GroupId", record.group.to_string()),
            ("IpPermissions.1.IpProtocol", spelled(rule.protocol)),
        ];
        if let Some((from, to)) = ports(rule.protocol, rule.ports, &rule.only) {
            parameters.push(("IpPermissions.1.FromPort", from.to_string()));
            parameters.push(("IpPermissions.1.ToPort", to.to_string()));
        }
        match &rule.peer {
            RulePeer::Range(range) => {
                parameters.push(("IpPermissions.1.IpRanges.1.CidrIp", range.to_string()));
            }
            RulePeer::Group { id, account } => {
                parameters.push(("IpPermissions.1.Groups.1.GroupId", id.to_string()));
                let owner = account.as_ref().map(ToString::to_string);
                parameters.extend(owner.map(|id| ("IpPermissions.1.Groups.1.UserId", id)));
            }
            RulePeer::PrefixList(list) => {
                let id = self.list(place, list).await?;
                parameters.push(("IpPermissions.1.PrefixListIds.1.PrefixListId", id));
            }
            _ => return None,
        }
        self.call(place, action, &parameters).await.map(|_| ())
    }

    async fn close(&self, place: &Place, group: &str) -> Option<()> {
        let parameters = vec![
            ("GroupId", group.to_owned()),
            ("IpPermissions.1.IpProtocol", "-1".to_owned()),
            ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0".to_owned()),
        ];
        let revoked = self.call(place, "RevokeSecurityGroupEgress", &parameters);
        revoked.await.map(|_| ())
    }

    async fn route(&self, place: &Place, record: &RouteRecord) -> Option<()> {
        let destination = match &record.destination {
            Destination::Range(range) => range.to_string(),
            Destination::PrefixList(list) => self.list(place, list).await?,
            _ => return None,
        };
        let target = match &record.next_hop {
            NextHop::Peering(id) => id.as_str(),
            NextHop::BlackHole => "eni-0123456789abcdef0",
            NextHop::Internet(_) => "igw-0123456789abcdef0",
            _ => "nat-0123456789abcdef0",
        };
        let mut route = AwsRoute::new(&destination, target);
        if record.next_hop == NextHop::BlackHole {
            route = route.black_hole();
        }
        let is_placed = (self.simulator).place_aws_route(record.table.as_str(), route);
        is_placed.then_some(())
    }

    /// Puts entries before those of the ACL that the first of the subnets has.
    async fn acl(
        &self,
        place: &Place,
        network: &NetworkId,
        subnets: &[SubnetId],
        entries: &[AclEntry],
    ) -> Option<()> {
        let cloud = self.provider.cloud(place).await.ok()?;
        let scope = Scope::new("worlds").with_networks(vec![network.clone()]);
        let inventory = cloud.inventory(&scope).await.ok()?;
        let first = subnets.first()?;
        let acl = (inventory.acls.iter()).find(|acl| acl.subnets.contains(first))?;
        for entry in entries {
            (self.simulator).place_aws_acl_entry(acl.id.as_str(), acl_entry(entry)?);
        }
        Some(())
    }

    async fn table(&self, place: &Place, network: &NetworkId, subnets: &[SubnetId]) -> Option<()> {
        let of = vec![("VpcId", network.to_string())];
        let made = self.call(place, "CreateRouteTable", &of).await?;
        let id = element(&made, "routeTableId")?;
        for subnet in subnets {
            let parameters = vec![
                ("RouteTableId", id.clone()),
                ("SubnetId", subnet.to_string()),
            ];
            self.call(place, "AssociateRouteTable", &parameters).await;
        }
        Some(())
    }
}

/// The text of the first element of this name.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once('<')?;
    Some(text.to_owned())
}

fn spelled(protocol: Protocol) -> String {
    protocol
        .number()
        .map_or_else(|| "-1".to_owned(), |number| number.to_string())
}

/// What stands in the fields for the first and the last port; ICMP has type and code there.
fn ports(protocol: Protocol, ports: Option<PortRange>, only: &Conditions) -> Option<(i32, i32)> {
    match (protocol, ports, only.icmp) {
        (Protocol::Icmp, _, Some(icmp)) => {
            Some((icmp.kind.into(), icmp.code.map_or(-1, i32::from)))
        }
        (Protocol::Icmp, _, None) => Some((-1, -1)),
        (_, Some(PortRange { first, last }), _) => Some((first.into(), last.into())),
        (Protocol::Tcp | Protocol::Udp, None, _) => Some((0, 65_535)),
        _ => None,
    }
}

fn acl_entry(entry: &AclEntry) -> Option<AwsAclEntry> {
    let number = u16::try_from(entry.number).ok()?;
    let (protocol, range) = (spelled(entry.protocol), entry.range?.to_string());
    let mut made = match entry.action {
        Action::Allow => AwsAclEntry::allow(number, &protocol, &range),
        _ => AwsAclEntry::deny(number, &protocol, &range),
    };
    if entry.direction == Direction::Egress {
        made = made.egress();
    }
    Some(match (entry.ports, entry.only.icmp) {
        (Some(PortRange { first, last }), _) => made.ports(first, last),
        (None, Some(icmp)) => made.icmp(icmp.kind.into(), icmp.code.map_or(-1, i16::from)),
        (None, None) => made,
    })
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
        let cloud = CloudName::from_static("aws");
        Terrain::new(cloud, [A, B], self.regions, ["a", "b"], [ModelChoice::Mesh])
            .with_machines("t3.nano", IMAGE)
    }

    fn abilities(&self) -> Abilities {
        let mut abilities = Abilities::PLAIN;
        abilities.numbers = true;
        abilities.messages = true;
        abilities.references = true;
        abilities.prefix_lists = true;
        abilities.list_routes = true;
        abilities.acls = true;
        abilities.acl_messages = true;
        abilities.closed_groups = true;
        abilities.tables = true;
        abilities.ranges = true;
        abilities
    }

    async fn settle(&self) {
        self.simulator.advance(LONG);
    }

    async fn place(&self, placement: &Placement) -> Result<bool> {
        let placed = match placement {
            Placement::Rule(place, record) => self.rule(place, record).await,
            Placement::Close(place, group) => self.close(place, group.as_str()).await,
            Placement::Route(place, record) => self.route(place, record).await,
            Placement::Acl {
                place,
                network,
                subnets,
                entries,
            } => self.acl(place, network, subnets, entries).await,
            Placement::Table {
                place,
                network,
                subnets,
            } => self.table(place, network, subnets).await,
            Placement::Range {
                place,
                network,
                range,
            } => {
                let parameters = vec![
                    ("VpcId", network.to_string()),
                    ("CidrBlock", range.to_string()),
                ];
                let made = self.call(place, "AssociateVpcCidrBlock", &parameters);
                made.await.map(|_| ())
            }
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
async fn the_verdict_agrees_with_aws() {
    let mut tally = Tally::default();
    for seed in Seeds::from_env(FEW) {
        // The analyser looks inside one region only.
        let regions = match seed % 2 {
            0 => ["us-east-1", "eu-central-1"],
            _ => ["us-east-1", "us-east-1"],
        };
        let worlds = Worlds::start(regions).await;
        let one = run(&worlds, seed).await;
        tally = tally.and(one.unwrap_or_else(|error| panic!("seed {seed}: {error}")));
    }
    println!("AWS: {tally}");
    tally.check(20);
    tally.check_voices();
}
