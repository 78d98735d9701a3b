use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, AnalysisId, BorderRouterId, GroupId, Region, RouteTableId};
use crate::traits::{CloudService, LearningKind};

/// The name of an object inside its topology, unique there. Clouds keep it as the value of the tag
/// [`TAG_KEY`](crate::TAG_KEY), so the text of a key never changes once a version has written it.
///
/// Names of topologies hold letters, digits, hyphens and underscores only, so the separators of the text are unambiguous.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum ObjectKey {
    /// `accept/INTERCONNECT/LEFT~RIGHT`: the acceptance of a peering.
    Acceptance(Pair),
    /// `analysis/ID`: what a path analysis left behind.
    Analysis(AnalysisId),
    /// `agent-role/ACCOUNT`: the role of agents on the topology's instances in an account, by its ID.
    AgentRole(AccountId),
    /// `association/..` or `propagation/..`: one half of the route learning of an attachment. `@TABLE` follows for any
    /// other than the hub's default route table.
    Learning {
        /// Which half.
        kind: LearningKind,
        /// The attachment.
        of: Attached,
        /// The route table; absent for the default one.
        table: Option<RouteTableId>,
    },
    /// The same of a link, which meets the route tables of two hubs: here those of the regional hub in `region`.
    LinkLearning {
        /// Which half.
        kind: LearningKind,
        /// The link.
        of: Pair,
        /// The region of the hub.
        region: Region,
        /// The route table; absent for the default one.
        table: Option<RouteTableId>,
    },
    /// `attachment/INTERCONNECT/MEMBER`: a member attached to a hub.
    Attachment(Attached),
    /// `dns/INTERCONNECT/LEFT~RIGHT@NETWORK`: the name resolution that a network gives the other side of its peering.
    DnsResolution {
        /// The peering.
        of: Pair,
        /// The network whose names are resolved.
        network: String,
    },
    /// `duplicate/ID/KEY`: an object that carries the key of another one, or stands on such an object. No tag holds it.
    Duplicate {
        /// The ID of the object, or of what tells it apart from others with this key.
        id: String,
        /// The key that it carries.
        of: Box<Self>,
    },
    /// `edge/NAME`: a hub at the edge of private lines.
    EdgeHub(String),
    /// `grant/INTERCONNECT/MEMBER`: the consent of a member's owner.
    Grant(Attached),
    /// `group/FIREWALL/NETWORK`: the group of a firewall in a network.
    Group {
        /// The firewall.
        firewall: String,
        /// The network.
        network: String,
    },
    /// `host-names/NETWORK`: the host names of a network's instances.
    HostNames(String),
    /// `hub/INTERCONNECT`: a global hub.
    GlobalHub(String),
    /// `hub/INTERCONNECT/REGION`: a regional hub.
    RegionalHub {
        /// The interconnect.
        interconnect: String,
        /// The region.
        region: Region,
    },
    /// `instance/NAME`.
    Instance(String),
    /// `link/INTERCONNECT/LEFT~RIGHT`: two regional hubs joined; left and right are regions.
    Link(Pair),
    /// `network/NAME`.
    Network(String),
    /// `peering/INTERCONNECT/LEFT~RIGHT`: two networks joined, the one first whose name comes first.
    Peering(Pair),
    /// `range/NETWORK/RANGE`: a secondary CIDR block of a network.
    Range {
        /// The network.
        network: String,
        /// The CIDR block.
        range: IpNet,
    },
    /// `role/NAME`: a role that other accounts may assume.
    Role(String),
    /// `route/NETWORK/TABLE/DESTINATION`: a route; the table is `main` or an id.
    Route {
        /// The network.
        network: String,
        /// The custom table it is in; absent for the main one.
        table: Option<RouteTableId>,
        /// Where it leads.
        destination: IpNet,
    },
    /// `route/NETWORK/TABLE/ipv6:OTHER`: a route to the IPv6 range of another network, which the cloud chooses when that
    /// network is created. Once the range is known, the route has the key of any other.
    Ipv6Route {
        /// The network.
        network: String,
        /// The custom table it is in; absent for the main one.
        table: Option<RouteTableId>,
        /// The network it leads to.
        to: String,
    },
    /// `rules/FIREWALL/NETWORK`: the rules of a group of the topology.
    Rules {
        /// The firewall.
        firewall: String,
        /// The network.
        network: String,
    },
    /// `rules/GROUP`: rules in a group that is none of a topology's.
    RulesOf(GroupId),
    /// `service/ACCOUNT/SERVICE`: a paid service.
    Service {
        /// The account's name in the topology.
        account: String,
        /// The service.
        service: CloudService,
    },
    /// `service-endpoint/NETWORK/SERVICE`: the end of a service of the cloud inside a network.
    ServiceEndpoint {
        /// The network.
        network: String,
        /// The service.
        service: String,
    },
    /// `subnet/NETWORK/NAME`.
    Subnet {
        /// The network.
        network: String,
        /// Its name.
        name: String,
    },
    /// `user/NAME`: a user that may assume roles.
    User(String),
    /// A key that this version does not know, as it was read.
    Unknown(String),
}

/// What joins a hub: which interconnect or edge, and who.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attached {
    /// The interconnect, or the edge.
    pub to: String,
    /// The member.
    pub member: MemberKey,
}

impl Attached {
    /// A network joined to an interconnect or an edge.
    pub fn network(to: &str, network: &str) -> Self {
        let member = MemberKey::Network(network.to_owned());
        Self {
            to: to.to_owned(),
            member,
        }
    }

    /// A border router joined to an edge.
    pub fn border_router(to: &str, id: &BorderRouterId) -> Self {
        let member = MemberKey::BorderRouter(id.clone());
        Self {
            to: to.to_owned(),
            member,
        }
    }
}

/// What stands for a member in keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberKey {
    /// A network, by its name in the topology.
    Network(String),
    /// A border router, by its id: another name in the topology then changes nothing. It is written `router:ID`.
    BorderRouter(BorderRouterId),
}

/// Two of a kind that are joined, in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The interconnect.
    pub interconnect: String,
    /// The one that comes first.
    pub left: String,
    /// The other one.
    pub right: String,
}

impl Pair {
    /// Two things of an interconnect, in the order of their names.
    pub fn new(interconnect: &str, one: &str, other: &str) -> Self {
        Self {
            interconnect: interconnect.to_owned(),
            left: one.min(other).to_owned(),
            right: one.max(other).to_owned(),
        }
    }
}

impl ObjectKey {
    /// The key of a network.
    pub fn network(name: &str) -> Self {
        Self::Network(name.to_owned())
    }

    /// The key of a service endpoint.
    pub fn service_endpoint(network: &str, service: &str) -> Self {
        Self::ServiceEndpoint {
            network: network.to_owned(),
            service: service.to_owned(),
        }
    }

    /// The key of a secondary CIDR block.
    pub fn range(network: &str, range: IpNet) -> Self {
        Self::Range {
            network: network.to_owned(),
            range,
        }
    }

    /// The key of a subnet.
    pub fn subnet(network: &str, name: &str) -> Self {
        Self::Subnet {
            network: network.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The key of an instance.
    pub fn instance(name: &str) -> Self {
        Self::Instance(name.to_owned())
    }

    /// The key of the group of a firewall in a network.
    pub fn group(firewall: &str, network: &str) -> Self {
        Self::Group {
            firewall: firewall.to_owned(),
            network: network.to_owned(),
        }
    }

    /// The key of the rules in the group of a firewall.
    pub fn rules(firewall: &str, network: &str) -> Self {
        Self::Rules {
            firewall: firewall.to_owned(),
            network: network.to_owned(),
        }
    }

    /// The key of a global hub.
    pub fn global_hub(interconnect: &str) -> Self {
        Self::GlobalHub(interconnect.to_owned())
    }

    /// The key of a regional hub.
    pub fn regional_hub(interconnect: &str, region: &Region) -> Self {
        Self::RegionalHub {
            interconnect: interconnect.to_owned(),
            region: region.clone(),
        }
    }

    /// The key of a hub at the edge.
    pub fn edge_hub(name: &str) -> Self {
        Self::EdgeHub(name.to_owned())
    }

    /// The key of the attachment of a network.
    pub fn attachment(to: &str, network: &str) -> Self {
        Self::Attachment(Attached::network(to, network))
    }

    /// The key of the grant on a network.
    pub fn grant(to: &str, network: &str) -> Self {
        Self::Grant(Attached::network(to, network))
    }

    /// The key of a duplicate of the object with this key.
    pub fn duplicate(self, id: impl Into<String>) -> Self {
        let id = id.into();
        match self {
            Self::Duplicate { of, .. } => Self::Duplicate { id, of },
            key => Self::Duplicate {
                id,
                of: Box::new(key),
            },
        }
    }

    /// The key that the object carries; of all but duplicates the key itself.
    pub fn carried(&self) -> &Self {
        match self {
            Self::Duplicate { of, .. } => of,
            key => key,
        }
    }

    /// Whether it is that of a duplicate.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate { .. })
    }

    /// The interconnect or edge that a hub belongs to; nothing for a duplicate.
    pub fn interconnect(&self) -> Option<&str> {
        match self {
            Self::GlobalHub(name) | Self::EdgeHub(name) => Some(name),
            Self::RegionalHub { interconnect, .. } => Some(interconnect),
            Self::Attachment(attached) | Self::Grant(attached) => Some(&attached.to),
            Self::Learning { of, .. } => Some(&of.to),
            Self::Link(pair) | Self::Peering(pair) | Self::Acceptance(pair) => {
                Some(&pair.interconnect)
            }
            Self::LinkLearning { of, .. } | Self::DnsResolution { of, .. } => {
                Some(&of.interconnect)
            }
            _ => None,
        }
    }

    /// What kind of key it is: its first word, but `regional-hub` for the hub of one region. A duplicate has the form of what
    /// it is one of.
    pub fn form(&self) -> &'static str {
        match self.carried() {
            Self::Acceptance(_) => "accept",
            Self::Analysis(_) => "analysis",
            Self::AgentRole(_) => "agent-role",
            Self::Learning { kind, .. } | Self::LinkLearning { kind, .. } => kind.as_str(),
            Self::Attachment(_) => "attachment",
            Self::DnsResolution { .. } => "dns",
            Self::Duplicate { .. } => "duplicate",
            Self::EdgeHub(_) => "edge",
            Self::Grant(_) => "grant",
            Self::Group { .. } => "group",
            Self::HostNames(_) => "host-names",
            Self::GlobalHub(_) => "hub",
            Self::RegionalHub { .. } => "regional-hub",
            Self::Instance(_) => "instance",
            Self::Link(_) => "link",
            Self::Network(_) => "network",
            Self::Peering(_) => "peering",
            Self::Range { .. } => "range",
            Self::Role(_) => "role",
            Self::Route { .. } | Self::Ipv6Route { .. } => "route",
            Self::Rules { .. } | Self::RulesOf(_) => "rules",
            Self::Service { .. } => "service",
            Self::ServiceEndpoint { .. } => "service-endpoint",
            Self::Subnet { .. } => "subnet",
            Self::User(_) => "user",
            Self::Unknown(_) => "unknown",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (head, tail) = text.split_once('/')?;
        Some(match head {
            "accept" => Self::Acceptance(Pair::parse(tail)?),
            "analysis" => Self::Analysis(name(tail)?.into()),
            "agent-role" => Self::AgentRole(name(tail)?.into()),
            "association" => Self::parse_learning(LearningKind::Association, tail)?,
            "propagation" => Self::parse_learning(LearningKind::Propagation, tail)?,
            "attachment" => Self::Attachment(Attached::parse(tail)?),
            "dns" => {
                let (pair, network) = tail.split_once('@')?;
                let network = name(network)?;
                let of = Pair::parse(pair)?;
                Self::DnsResolution { of, network }
            }
            "duplicate" => {
                let (id, key) = tail.split_once('/')?;
                let of = Self::parse(key).filter(|key| !key.is_duplicate())?;
                of.duplicate(name(id)?)
            }
            "edge" => Self::EdgeHub(name(tail)?),
            "grant" => Self::Grant(Attached::parse(tail)?),
            "group" => two(tail).map(|(left, right)| Self::group(left, right))?,
            "host-names" => Self::HostNames(name(tail)?),
            "hub" => match tail.split_once('/') {
                None => Self::GlobalHub(name(tail)?),
                Some((interconnect, region)) => Self::RegionalHub {
                    interconnect: name(interconnect)?,
                    region: name(region)?.into(),
                },
            },
            "instance" => Self::Instance(name(tail)?),
            "link" => Self::Link(Pair::parse(tail)?),
            "network" => Self::Network(name(tail)?),
            "peering" => Self::Peering(Pair::parse(tail)?),
            "range" => {
                let (network, range) = tail.split_once('/')?;
                Self::range(&name(network)?, range.parse().ok()?)
            }
            // Clouds allow more in the names of roles and users than topologies do in theirs.
            "role" if !tail.is_empty() => Self::Role(tail.to_owned()),
            "route" => Self::parse_route(tail)?,
            "rules" => match two(tail) {
                Some((firewall, network)) => Self::rules(firewall, network),
                None => Self::RulesOf(name(tail)?.into()),
            },
            "service" => {
                let (account, service) = two(tail)?;
                Self::Service {
                    account: account.to_owned(),
                    service: CloudService::from_name(service)?,
                }
            }
            "service-endpoint" => {
                two(tail).map(|(network, service)| Self::service_endpoint(network, service))?
            }
            "subnet" => two(tail).map(|(network, name)| Self::subnet(network, name))?,
            "user" if !tail.is_empty() => Self::User(tail.to_owned()),
            _ => return None,
        })
    }

    fn parse_learning(kind: LearningKind, tail: &str) -> Option<Self> {
        let (head, rest) = match tail.split_once('@') {
            None => (tail, None),
            Some((head, rest)) => (head, Some(rest)),
        };
        if let Some(of) = Attached::parse(head) {
            let table = match rest {
                None => None,
                Some(table) => Some(name(table)?.into()),
            };
            return Some(Self::Learning { kind, of, table });
        }
        let (region, table) = match rest?.split_once('@') {
            None => (rest?, None),
            Some((region, table)) => (region, Some(name(table)?.into())),
        };
        Some(Self::LinkLearning {
            kind,
            of: Pair::parse(head)?,
            region: name(region)?.into(),
            table,
        })
    }

    fn parse_route(tail: &str) -> Option<Self> {
        let (network, tail) = tail.split_once('/')?;
        let (table, destination) = tail.split_once('/')?;
        let network = name(network)?;
        let table = (table != MAIN).then(|| table.into());
        Some(match destination.strip_prefix(IPV6_OF) {
            Some(to) => Self::Ipv6Route {
                network,
                table,
                to: name(to)?,
            },
            None => Self::Route {
                network,
                table,
                destination: destination.parse().ok()?,
            },
        })
    }
}

/// What stands for the main table in the key of a route.
const MAIN: &str = "main";

/// What stands before the network whose IPv6 range a route leads to.
const IPV6_OF: &str = "ipv6:";

// One part of a key.
fn name(text: &str) -> Option<String> {
    (!text.is_empty() && !text.contains(['/', '~', '@'])).then(|| text.to_owned())
}

fn two(text: &str) -> Option<(&str, &str)> {
    let (left, right) = text.split_once('/')?;
    (name(left).is_some() && name(right).is_some()).then_some((left, right))
}

impl Attached {
    fn parse(text: &str) -> Option<Self> {
        let (to, member) = two(text)?;
        Some(match member.strip_prefix(ROUTER) {
            Some(id) => Self::border_router(to, &id.into()),
            None => Self::network(to, member),
        })
    }
}

const ROUTER: &str = "router:";

impl Pair {
    fn parse(text: &str) -> Option<Self> {
        let (interconnect, pair) = text.split_once('/')?;
        let (left, right) = pair.split_once('~')?;
        Some(Self {
            interconnect: name(interconnect)?,
            left: name(left)?,
            right: name(right)?,
        })
    }
}

impl fmt::Display for MemberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(name) => f.write_str(name),
            Self::BorderRouter(id) => write!(f, "{ROUTER}{id}"),
        }
    }
}

impl fmt::Display for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.to, self.member)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}~{}", self.interconnect, self.left, self.right)
    }
}

impl ObjectKey {
    fn write(&self, f: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Self::Acceptance(pair) => write!(f, "accept/{pair}"),
            Self::Analysis(id) => write!(f, "analysis/{id}"),
            Self::AgentRole(account) => write!(f, "agent-role/{account}"),
            Self::Learning { kind, of, table } => {
                write!(f, "{kind}/{of}")?;
                at_table(f, table.as_ref())
            }
            Self::LinkLearning {
                kind,
                of,
                region,
                table,
            } => {
                write!(f, "{kind}/{of}@{region}")?;
                at_table(f, table.as_ref())
            }
            Self::Attachment(attached) => write!(f, "attachment/{attached}"),
            Self::DnsResolution { of, network } => write!(f, "dns/{of}@{network}"),
            Self::Duplicate { id, of } => {
                write!(f, "duplicate/{id}/")?;
                of.write(f)
            }
            Self::EdgeHub(name) => write!(f, "edge/{name}"),
            Self::Grant(attached) => write!(f, "grant/{attached}"),
            Self::Group { firewall, network } => write!(f, "group/{firewall}/{network}"),
            Self::HostNames(network) => write!(f, "host-names/{network}"),
            Self::GlobalHub(interconnect) => write!(f, "hub/{interconnect}"),
            Self::RegionalHub {
                interconnect,
                region,
            } => write!(f, "hub/{interconnect}/{region}"),
            Self::Instance(name) => write!(f, "instance/{name}"),
            Self::Link(pair) => write!(f, "link/{pair}"),
            Self::Network(name) => write!(f, "network/{name}"),
            Self::Peering(pair) => write!(f, "peering/{pair}"),
            Self::Range { network, range } => write!(f, "range/{network}/{range}"),
            Self::Role(name) => write!(f, "role/{name}"),
            Self::Route {
                network,
                table,
                destination,
            } => {
                let table = table.as_ref().map_or(MAIN, RouteTableId::as_str);
                write!(f, "route/{network}/{table}/{destination}")
            }
            Self::Ipv6Route { network, table, to } => {
                let table = table.as_ref().map_or(MAIN, RouteTableId::as_str);
                write!(f, "route/{network}/{table}/{IPV6_OF}{to}")
            }
            Self::Rules { firewall, network } => write!(f, "rules/{firewall}/{network}"),
            Self::RulesOf(group) => write!(f, "rules/{group}"),
            Self::Service { account, service } => write!(f, "service/{account}/{service}"),
            Self::ServiceEndpoint { network, service } => {
                write!(f, "service-endpoint/{network}/{service}")
            }
            Self::Subnet { network, name } => write!(f, "subnet/{network}/{name}"),
            Self::User(name) => write!(f, "user/{name}"),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

fn at_table(f: &mut impl fmt::Write, table: Option<&RouteTableId>) -> fmt::Result {
    table.map_or(Ok(()), |table| write!(f, "@{table}"))
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.width().is_none() {
            return self.write(f);
        }
        let mut text = String::new();
        self.write(&mut text)?;
        f.pad(&text)
    }
}

impl From<&str> for ObjectKey {
    fn from(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|| Self::Unknown(text.to_owned()))
    }
}

impl From<String> for ObjectKey {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<ObjectKey> for String {
    fn from(key: ObjectKey) -> Self {
        key.to_string()
    }
}

/// What is left of a text that is compared with what is written.
struct Rest<'a>(&'a str);

impl fmt::Write for Rest<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// Whether it is written like this.
impl PartialEq<&str> for ObjectKey {
    fn eq(&self, text: &&str) -> bool {
        let mut rest = Rest(text);
        self.write(&mut rest).is_ok() && rest.0.is_empty()
    }
}

impl FromStr for ObjectKey {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys as versions before this one wrote them into the tags of clouds.
    const WRITTEN: &[&str] = &[
        "accept/core/one~two",
        "analysis/nip-1",
        "agent-role/111122223333",
        "association/core/vpc1",
        "association/core/vpc1@vtb-1",
        "association/core/cn-hangzhou~cn-qingdao@cn-qingdao",
        "attachment/core/vpc1",
        "attachment/line/router:vbr-bp1abc",
        "dns/mesh/one~two@one",
        "duplicate/vpc-1/network/vpc1",
        "duplicate/rtb-1/route/vpc1/main/10.0.0.0/16",
        "edge/line",
        "grant/core/vpc2",
        "grant/line/router:vbr-bp1abc",
        "group/probe/vpc1",
        "host-names/vpc1",
        "hub/core",
        "hub/core/cn-hangzhou",
        "instance/ecs1",
        "link/core/cn-hangzhou~cn-qingdao",
        "network/vpc1",
        "peering/mesh/one~two",
        "propagation/core/vpc1",
        "propagation/core/cn-hangzhou~cn-qingdao@cn-hangzhou",
        "propagation/core/cn-hangzhou~cn-qingdao@cn-hangzhou@vtb-2",
        "range/vpc1/10.2.0.0/16",
        "role/peer",
        "role/peer@example.com",
        "route/vpc1/main/10.0.0.0/16",
        "route/vpc1/vtb-1/fd00::/56",
        "route/vpc1/main/ipv6:vpc2",
        "rules/probe/vpc1",
        "rules/sg-1",
        "service/platform/hub",
        "service/platform/transit",
        "service/platform/cross-border",
        "service-endpoint/vpc1/ssm",
        "subnet/vpc1/a_1",
        "user/operator",
    ];

    #[test]
    fn keys_of_earlier_versions_are_read_and_written_as_they_were() {
        for text in WRITTEN {
            let key = ObjectKey::from(*text);
            assert!(!matches!(key, ObjectKey::Unknown(_)), "{text}");
            assert_eq!(key.to_string(), *text);
        }
    }

    #[test]
    fn a_key_that_is_not_known_is_kept_as_it_is() {
        for text in [
            "",
            "network",
            "network/",
            "role/",
            "user/",
            "zone/a",
            "hub/a/b/c",
            "duplicate/vpc-1",
            "duplicate/vpc-1/duplicate/vpc-2/network/a",
            "peering/a/b",
            "route/a/main/x",
        ] {
            let key = ObjectKey::from(text);
            assert_eq!(key, ObjectKey::Unknown(text.to_owned()));
            assert_eq!(key.to_string(), text);
        }
    }

    #[test]
    fn a_key_pads_like_text() {
        assert_eq!(format!("{:<12}|", ObjectKey::network("a")), "network/a   |");
    }
}
