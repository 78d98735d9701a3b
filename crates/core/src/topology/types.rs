use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, BorderRouterId, CloudName, NetworkId, Place, Region, SubnetId, Zone};
use crate::traits::{Direction, Disk, Model, Payer, PortRange, Protocol};

/// A whole topology: the input of the engine. Names are unique within their list; order does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Topology {
    /// The name: letters, digits and hyphens, at most 40. It is written into the tags of everything created.
    pub name: String,
    /// The accounts that take part.
    pub accounts: Vec<Account>,
    /// The networks.
    #[serde(default)]
    pub networks: Vec<Network>,
    /// Which networks reach each other.
    #[serde(default)]
    pub interconnects: Vec<Interconnect>,
    /// Which networks reach what is behind private lines. An edge that is not declared is not looked for: to remove one
    /// from a topology that stays, say so in its `removed`, apply, and then take it out of this list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
    /// Firewall groups, one in each network they name.
    #[serde(default)]
    pub firewalls: Vec<Firewall>,
    /// Instances, mostly probes.
    #[serde(default)]
    pub instances: Vec<Instance>,
}

/// An account of a cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Account {
    /// The name by which the rest of the topology calls it.
    pub name: String,
    /// The cloud.
    pub cloud: CloudName,
    /// The account id; the caller must prove to be of this account before anything is written.
    pub id: AccountId,
    /// Where the keys come from. Default: the cloud's own credential chain.
    #[serde(default)]
    pub credentials: CredentialSource,
    /// The account owner's consent to open paid services that the topology needs. Default no.
    #[serde(default)]
    pub open_services: bool,
}

/// Where an account's keys come from. No key is ever part of a topology.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum CredentialSource {
    /// The cloud's own credential chain.
    #[default]
    Default,
    /// A named profile of the cloud's own configuration files.
    Profile(String),
    /// Environment variables with this prefix: `<PREFIX>_ACCESS_KEY_ID`, `<PREFIX>_ACCESS_KEY_SECRET` and, for a
    /// session, `<PREFIX>_SECURITY_TOKEN`.
    Env(String),
    /// A role of this account that another account of the topology may assume.
    AssumeRole {
        /// The account whose keys assume the role.
        from: String,
        /// The role's full name (ARN).
        role: String,
        /// The external id that the role's trust asks for.
        #[serde(
            default,
            rename = "external-id",
            skip_serializing_if = "Option::is_none"
        )]
        external_id: Option<String>,
    },
}

/// A network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Network {
    /// The name.
    pub name: String,
    /// The account that owns it, by name.
    pub account: String,
    /// The region.
    pub region: Region,
    /// The primary range. Required unless `id` names an existing network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<IpNet>,
    /// An existing network: it takes part, and is neither created nor deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<NetworkId>,
    /// The subnets.
    #[serde(default)]
    pub subnets: Vec<Subnet>,
}

/// A subnet of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Subnet {
    /// The name, unique in its network.
    pub name: String,
    /// The zone.
    pub zone: Zone,
    /// The range, inside the network's.
    pub range: IpNet,
    /// An existing subnet of an existing network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<SubnetId>,
}

/// How an interconnect is built, or that the engine may choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModelChoice {
    /// The model that the owner's cloud prefers.
    #[default]
    Auto,
    /// Regional hubs.
    Hub,
    /// Every two members peer.
    Mesh,
}

impl ModelChoice {
    /// The model, given those a cloud offers in order of preference; none if it does not offer the one asked for.
    pub fn resolve(self, offered: &[Model]) -> Option<Model> {
        let wanted = match self {
            Self::Auto => return offered.first().copied(),
            Self::Hub => Model::Hub,
            Self::Mesh => Model::Mesh,
        };
        offered.contains(&wanted).then_some(wanted)
    }
}

/// Networks that reach each other, all pairs in both directions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Interconnect {
    /// The name.
    pub name: String,
    /// The account that owns hubs and connections between regions, by name.
    pub owner: String,
    /// How it is built. Default `auto`.
    #[serde(default)]
    pub model: ModelChoice,
    /// The networks, by name.
    pub members: Vec<String>,
    /// Who pays for attachments of members in other accounts than the owner's. Default `hub-owner`.
    #[serde(default)]
    pub payer: Payer,
    /// The most that may pass between two regions, in Mbit/s. Default: the cloud's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_mbps: Option<u32>,
    /// In a mesh: whether members resolve each other's instance names to private addresses. Default no.
    #[serde(default)]
    pub dns_resolution: bool,
}

/// A hub that joins networks to private lines: every member reaches the ranges behind every border router, and is
/// reached from there.
///
/// Its members do not reach each other through it, even where a cloud would let them: no route between them is made.
/// Join them by an interconnect for that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Edge {
    /// The name; no interconnect has the same.
    pub name: String,
    /// The account that owns the hub, by name.
    pub owner: String,
    /// Where its owner's calls are made. The hub itself has no region: networks and border routers of any region join.
    pub region: Region,
    /// The hub's autonomous system number towards the lines. Clouds allow certain ranges only.
    pub asn: u32,
    /// The networks, by name, of any account.
    #[serde(default)]
    pub members: Vec<String>,
    /// The routers at the ends of the private lines.
    #[serde(default)]
    pub border_routers: Vec<BorderRouter>,
    /// The ranges of a member that the lines learn, by the member's name. Default: all ranges of the network.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub advertise: BTreeMap<String, Vec<IpNet>>,
    /// Whether the hub, its attachments, the grants to it and the routes over it are to go. Default no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

/// An existing router at the end of a private line. It is attached and detached, never created nor deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct BorderRouter {
    /// The name, unique in its edge.
    pub name: String,
    /// Its id in the cloud.
    pub id: BorderRouterId,
    /// The account that owns it, by name. Where it is not the edge's, clouds share border routers only after approval.
    pub account: String,
    /// Its region.
    pub region: Region,
    /// The ranges behind the line: members get routes to them. Those of two routers of an edge do not overlap.
    pub ranges: Vec<IpNet>,
    /// An address behind the line that answers pings. Default: none, and only the path up to the line is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<IpAddr>,
}

/// A set of rules, and the networks in which a group holds them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Firewall {
    /// The name.
    pub name: String,
    /// The networks, by name; each gets a group of its own.
    pub networks: Vec<String>,
    /// The rules. What no rule allows is dropped on the way in.
    #[serde(default)]
    pub rules: Vec<FirewallRuleSpec>,
}

/// One rule of a firewall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct FirewallRuleSpec {
    /// The protocol.
    pub allow: Protocol,
    /// The ports, `22` or `8000-8080`; all when absent. Only for tcp and udp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Ports>,
    /// The far ends: ranges, `network:NAME`, `members:INTERCONNECT` (the ranges of all other members), or
    /// `group:FIREWALL@NETWORK` (instances in that group, where the cloud allows it).
    pub from: Vec<RuleSource>,
    /// Which way. Default `ingress`; for `egress`, `from` names the destinations.
    #[serde(default)]
    pub direction: Direction,
}

/// Ports as a topology writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct Ports(pub PortRange);

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || format!("`{text}` is no port and no range of ports such as 22 or 8000-8080");
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let first: u16 = first.trim().parse().map_err(|_| bad())?;
        let last: u16 = last.trim().parse().map_err(|_| bad())?;
        if first == 0 || first > last {
            return Err(bad());
        }
        Ok(Self(PortRange { first, last }))
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The far end of a rule as a topology writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
#[non_exhaustive]
pub enum RuleSource {
    /// An address range.
    Range(IpNet),
    /// All ranges of a network of the topology.
    Network(String),
    /// All ranges of all other members of an interconnect.
    Members(String),
    /// The members of a firewall's group in a network.
    Group {
        /// The firewall.
        firewall: String,
        /// The network.
        network: String,
    },
}

impl FromStr for RuleSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(name) = text.strip_prefix("network:") {
            return Ok(Self::Network(name.to_owned()));
        }
        if let Some(name) = text.strip_prefix("members:") {
            return Ok(Self::Members(name.to_owned()));
        }
        if let Some((firewall, network)) = text
            .strip_prefix("group:")
            .and_then(|rest| rest.split_once('@'))
        {
            return Ok(Self::Group {
                firewall: firewall.to_owned(),
                network: network.to_owned(),
            });
        }
        text.parse::<IpNet>()
            .map(|range| Self::Range(range.trunc()))
            .map_err(|_| {
                format!(
                    "`{text}` is no range (10.0.0.0/8), `network:NAME`, `members:INTERCONNECT` or `group:FIREWALL@NETWORK`"
                )
            })
    }
}

impl fmt::Display for RuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => write!(f, "{range}"),
            Self::Network(name) => write!(f, "network:{name}"),
            Self::Members(name) => write!(f, "members:{name}"),
            Self::Group { firewall, network } => write!(f, "group:{firewall}@{network}"),
        }
    }
}

/// A subnet by the name of its network and its own: `vpc1/vsw1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
pub struct SubnetPath {
    /// The network.
    pub network: String,
    /// The subnet.
    pub subnet: String,
}

impl FromStr for SubnetPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((network, subnet)) if !network.is_empty() && !subnet.is_empty() => Ok(Self {
                network: network.to_owned(),
                subnet: subnet.to_owned(),
            }),
            _ => Err(format!("`{text}` does not name a subnet as NETWORK/SUBNET")),
        }
    }
}

impl fmt::Display for SubnetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.subnet)
    }
}

macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
as_text!(Ports, RuleSource, SubnetPath);

/// An instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Instance {
    /// The name.
    pub name: String,
    /// The subnet, as `NETWORK/SUBNET`.
    pub subnet: SubnetPath,
    /// The private address. Default: the cloud chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The cloud's instance type.
    #[serde(rename = "type")]
    pub instance_type: String,
    /// The cloud's image, or image family.
    pub image: String,
    /// The system disk. Default: the cloud's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<Disk>,
    /// The firewalls whose groups it is in, by name; at least one.
    pub firewalls: Vec<String>,
    /// The environment variable that holds the login password. Default: no password, which probes do not need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_env: Option<String>,
}

impl Topology {
    /// An empty topology.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            accounts: Vec::new(),
            networks: Vec::new(),
            interconnects: Vec::new(),
            edges: Vec::new(),
            firewalls: Vec::new(),
            instances: Vec::new(),
        }
    }

    /// Adds an account.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Adds a network.
    #[must_use]
    pub fn with_network(mut self, network: Network) -> Self {
        self.networks.push(network);
        self
    }

    /// Adds an interconnect.
    #[must_use]
    pub fn with_interconnect(mut self, interconnect: Interconnect) -> Self {
        self.interconnects.push(interconnect);
        self
    }

    /// Adds an edge.
    #[must_use]
    pub fn with_edge(mut self, edge: Edge) -> Self {
        self.edges.push(edge);
        self
    }

    /// Adds a firewall.
    #[must_use]
    pub fn with_firewall(mut self, firewall: Firewall) -> Self {
        self.firewalls.push(firewall);
        self
    }

    /// Adds an instance.
    #[must_use]
    pub fn with_instance(mut self, instance: Instance) -> Self {
        self.instances.push(instance);
        self
    }

    /// The account of this name.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// The network of this name.
    pub fn network(&self, name: &str) -> Option<&Network> {
        self.networks.iter().find(|network| network.name == name)
    }

    /// The interconnect of this name.
    pub fn interconnect(&self, name: &str) -> Option<&Interconnect> {
        self.interconnects
            .iter()
            .find(|interconnect| interconnect.name == name)
    }

    /// The edge of this name.
    pub fn edge(&self, name: &str) -> Option<&Edge> {
        self.edges.iter().find(|edge| edge.name == name)
    }

    /// The edges that are there to stay.
    pub(crate) fn wanted_edges(&self) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(|edge| !edge.removed)
    }

    /// The place of a network, if its account is declared.
    pub fn place_of(&self, network: &Network) -> Option<Place> {
        self.place_in(&network.account, &network.region)
    }

    /// The place of an account, by name, in a region.
    pub fn place_in(&self, account: &str, region: &Region) -> Option<Place> {
        let account = self.account(account)?;
        Some(Place::new(
            account.cloud.clone(),
            account.id.clone(),
            region.clone(),
        ))
    }

    /// Every place that can hold objects of the topology: of each network; of the owner of each interconnect that may
    /// have hubs, in every region of its members; of the owner of each edge, and of border routers that are not its own.
    /// Sorted, without repetition.
    pub fn places(&self) -> Vec<Place> {
        let of_networks = self
            .networks
            .iter()
            .filter_map(|network| self.place_of(network));
        let with_hubs = self
            .interconnects
            .iter()
            .filter(|i| i.model != ModelChoice::Mesh);
        let of_hubs = with_hubs.flat_map(|interconnect| {
            interconnect
                .members
                .iter()
                .filter_map(|member| self.network(member))
                .filter_map(|network| self.place_in(&interconnect.owner, &network.region))
        });
        let of_edges = self.edges.iter().flat_map(|edge| {
            let routers = edge.border_routers.iter();
            routers
                .filter(|router| router.account != edge.owner)
                .filter_map(|router| self.place_in(&router.account, &router.region))
                .chain(self.place_in(&edge.owner, &edge.region))
        });
        let all: BTreeSet<Place> = of_networks.chain(of_hubs).chain(of_edges).collect();
        all.into_iter().collect()
    }
}

impl Account {
    /// An account whose keys come from the cloud's own chain.
    pub fn new(name: impl Into<String>, cloud: CloudName, id: impl Into<AccountId>) -> Self {
        Self {
            name: name.into(),
            cloud,
            id: id.into(),
            credentials: CredentialSource::Default,
            open_services: false,
        }
    }

    /// Sets where the keys come from.
    #[must_use]
    pub fn with_credentials(mut self, source: CredentialSource) -> Self {
        self.credentials = source;
        self
    }

    /// Gives the owner's consent to open paid services.
    #[must_use]
    pub fn with_open_services(mut self) -> Self {
        self.open_services = true;
        self
    }
}

impl Network {
    /// A network to be created.
    pub fn new(
        name: impl Into<String>,
        account: impl Into<String>,
        region: impl Into<Region>,
        range: IpNet,
    ) -> Self {
        Self {
            name: name.into(),
            account: account.into(),
            region: region.into(),
            range: Some(range),
            id: None,
            subnets: Vec::new(),
        }
    }

    /// A network that exists.
    pub fn existing(
        name: impl Into<String>,
        account: impl Into<String>,
        region: impl Into<Region>,
        id: impl Into<NetworkId>,
    ) -> Self {
        Self {
            name: name.into(),
            account: account.into(),
            region: region.into(),
            range: None,
            id: Some(id.into()),
            subnets: Vec::new(),
        }
    }

    /// Adds a subnet.
    #[must_use]
    pub fn with_subnet(mut self, subnet: Subnet) -> Self {
        self.subnets.push(subnet);
        self
    }
}

impl Subnet {
    /// A subnet to be created.
    pub fn new(name: impl Into<String>, zone: impl Into<Zone>, range: IpNet) -> Self {
        Self {
            name: name.into(),
            zone: zone.into(),
            range,
            id: None,
        }
    }

    /// Says that the subnet exists.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<SubnetId>) -> Self {
        self.id = Some(id.into());
        self
    }
}

impl Interconnect {
    /// An interconnect of the members, built as the owner's cloud prefers.
    pub fn new<M: Into<String>>(
        name: impl Into<String>,
        owner: impl Into<String>,
        members: impl IntoIterator<Item = M>,
    ) -> Self {
        Self {
            name: name.into(),
            owner: owner.into(),
            model: ModelChoice::Auto,
            members: members.into_iter().map(Into::into).collect(),
            payer: Payer::default(),
            max_mbps: None,
            dns_resolution: false,
        }
    }

    /// Sets how it is built.
    #[must_use]
    pub fn with_model(mut self, model: ModelChoice) -> Self {
        self.model = model;
        self
    }

    /// Sets who pays for members of other accounts.
    #[must_use]
    pub fn with_payer(mut self, payer: Payer) -> Self {
        self.payer = payer;
        self
    }

    /// Lets members of a mesh resolve each other's instance names to private addresses.
    #[must_use]
    pub fn with_dns_resolution(mut self) -> Self {
        self.dns_resolution = true;
        self
    }

    /// Sets the most that may pass between two regions, in Mbit/s.
    #[must_use]
    pub fn with_max_mbps(mut self, mbps: u32) -> Self {
        self.max_mbps = Some(mbps);
        self
    }
}

impl Edge {
    /// An edge without members or border routers.
    pub fn new(
        name: impl Into<String>,
        owner: impl Into<String>,
        region: impl Into<Region>,
        asn: u32,
    ) -> Self {
        Self {
            name: name.into(),
            owner: owner.into(),
            region: region.into(),
            asn,
            members: Vec::new(),
            border_routers: Vec::new(),
            advertise: BTreeMap::new(),
            removed: false,
        }
    }

    /// Adds a network, by name.
    #[must_use]
    pub fn with_member(mut self, network: impl Into<String>) -> Self {
        self.members.push(network.into());
        self
    }

    /// Adds a border router.
    #[must_use]
    pub fn with_border_router(mut self, router: BorderRouter) -> Self {
        self.border_routers.push(router);
        self
    }

    /// Sets which ranges of a member the lines learn.
    #[must_use]
    pub fn with_advertised(
        mut self,
        network: impl Into<String>,
        ranges: impl IntoIterator<Item = IpNet>,
    ) -> Self {
        self.advertise
            .insert(network.into(), ranges.into_iter().collect());
        self
    }

    /// Asks for the removal of everything of the edge.
    #[must_use]
    pub fn removed(mut self) -> Self {
        self.removed = true;
        self
    }
}

impl BorderRouter {
    /// A router that exists, and the ranges behind it.
    pub fn new(
        name: impl Into<String>,
        id: impl Into<BorderRouterId>,
        account: impl Into<String>,
        region: impl Into<Region>,
        ranges: impl IntoIterator<Item = IpNet>,
    ) -> Self {
        Self {
            name: name.into(),
            id: id.into(),
            account: account.into(),
            region: region.into(),
            ranges: ranges.into_iter().collect(),
            probe: None,
        }
    }

    /// Sets an address behind the line that answers pings.
    #[must_use]
    pub fn with_probe(mut self, address: IpAddr) -> Self {
        self.probe = Some(address);
        self
    }
}

impl Firewall {
    /// A firewall in the networks, without rules.
    pub fn new<N: Into<String>>(
        name: impl Into<String>,
        networks: impl IntoIterator<Item = N>,
    ) -> Self {
        Self {
            name: name.into(),
            networks: networks.into_iter().map(Into::into).collect(),
            rules: Vec::new(),
        }
    }

    /// Adds a rule.
    #[must_use]
    pub fn with_rule(mut self, rule: FirewallRuleSpec) -> Self {
        self.rules.push(rule);
        self
    }
}

impl FirewallRuleSpec {
    /// Lets packets of `protocol` in from `from`.
    pub fn allow(protocol: Protocol, from: impl IntoIterator<Item = RuleSource>) -> Self {
        Self {
            allow: protocol,
            ports: None,
            from: from.into_iter().collect(),
            direction: Direction::Ingress,
        }
    }

    /// Restricts the rule to one port.
    #[must_use]
    pub fn with_port(self, port: u16) -> Self {
        self.with_ports(PortRange::single(port))
    }

    /// Restricts the rule to ports.
    #[must_use]
    pub fn with_ports(mut self, ports: PortRange) -> Self {
        self.ports = Some(Ports(ports));
        self
    }
}

impl Instance {
    /// An instance with the cloud's defaults.
    pub fn new<F: Into<String>>(
        name: impl Into<String>,
        subnet: SubnetPath,
        instance_type: impl Into<String>,
        image: impl Into<String>,
        firewalls: impl IntoIterator<Item = F>,
    ) -> Self {
        Self {
            name: name.into(),
            subnet,
            address: None,
            instance_type: instance_type.into(),
            image: image.into(),
            disk: None,
            firewalls: firewalls.into_iter().map(Into::into).collect(),
            password_env: None,
        }
    }

    /// Sets the private address.
    #[must_use]
    pub fn with_address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Sets the system disk.
    #[must_use]
    pub fn with_disk(mut self, disk: Disk) -> Self {
        self.disk = Some(disk);
        self
    }

    /// Sets the environment variable that holds the login password.
    #[must_use]
    pub fn with_password_env(mut self, variable: impl Into<String>) -> Self {
        self.password_env = Some(variable.into());
        self
    }
}
