use std::fmt::{self, Debug};

use async_trait::async_trait;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Conditions, Label, Owner, PrefixList, Select, Status};
use crate::error::Result;
use crate::ids::{AccountId, GroupId, NetworkId, RuleId};

/// The direction of the traffic that a rule applies to.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Packets to the instance.
    #[default]
    Ingress,
    /// Packets from the instance.
    Egress,
}

/// What a rule does with a packet.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[non_exhaustive]
pub enum Action {
    /// Lets it pass.
    #[default]
    Allow,
    /// Drops it.
    Deny,
    /// A word of the cloud that was not understood.
    Unknown,
}

/// The protocol that a rule applies to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP, for IPv4.
    Icmp,
    /// ICMPv6.
    Icmpv6,
    /// GRE.
    Gre,
    /// Every protocol.
    All,
    /// Another protocol, by its number.
    #[serde(untagged)]
    Number(u8),
}

impl Protocol {
    /// The protocol of a number.
    pub fn of_number(number: u8) -> Self {
        match number {
            1 => Self::Icmp,
            6 => Self::Tcp,
            17 => Self::Udp,
            47 => Self::Gre,
            58 => Self::Icmpv6,
            other => Self::Number(other),
        }
    }

    /// Its number; absent for all protocols.
    pub fn number(self) -> Option<u8> {
        match self {
            Self::Icmp => Some(1),
            Self::Tcp => Some(6),
            Self::Udp => Some(17),
            Self::Gre => Some(47),
            Self::Icmpv6 => Some(58),
            Self::Number(number) => Some(number),
            Self::All => None,
        }
    }

    /// Whether the protocol has ports.
    pub fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Number(number) => return f.pad(&format!("protocol {number}")),
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Icmpv6 => "icmpv6",
            Self::Gre => "gre",
            Self::All => "all",
        })
    }
}

/// Ports from `first` to `last`, both included.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct PortRange {
    /// The lowest port.
    pub first: u16,
    /// The highest port.
    pub last: u16,
}

impl PortRange {
    /// One port.
    pub const fn single(port: u16) -> Self {
        Self {
            first: port,
            last: port,
        }
    }

    /// Whether `port` is in the range.
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

/// The far end of a rule: the source of an ingress rule, the destination of an egress rule.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[non_exhaustive]
pub enum RulePeer {
    /// An address range.
    Range(IpNet),
    /// The members of a group.
    Group {
        /// The group.
        id: GroupId,
        /// The account that owns it; absent for the caller's own.
        account: Option<AccountId>,
    },
    /// The CIDR blocks of a list.
    PrefixList(PrefixList),
    /// Something that was not understood, in the cloud's words.
    Other(String),
}

impl fmt::Display for RulePeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => write!(f, "{range}"),
            Self::Group { id, account: None } => write!(f, "{id}"),
            Self::Group {
                id,
                account: Some(account),
            } => write!(f, "{account}/{id}"),
            Self::PrefixList(list) => write!(f, "{list}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// A rule in canonical form: two rules that let the same packets pass compare equal.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[non_exhaustive]
pub struct Rule {
    /// The direction of the traffic that it applies to.
    pub direction: Direction,
    /// What it does.
    pub action: Action,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination ports; absent for all, and for protocols that have none.
    pub ports: Option<PortRange>,
    /// The far end.
    pub peer: RulePeer,
    /// What else a packet must be like.
    #[serde(default, skip_serializing_if = "Conditions::is_none")]
    pub only: Conditions,
}

impl Rule {
    /// A rule that lets packets from or to `peer` pass.
    pub fn allow(
        direction: Direction,
        protocol: Protocol,
        ports: Option<PortRange>,
        peer: RulePeer,
    ) -> Self {
        let peer = match peer {
            RulePeer::Range(range) => RulePeer::Range(range.trunc()),
            other => other,
        };
        let all = PortRange {
            first: 1,
            last: u16::MAX,
        };
        let every = PortRange { first: 0, ..all };
        Self {
            direction,
            action: Action::Allow,
            protocol,
            ports: ports.filter(|ports| protocol.has_ports() && *ports != all && *ports != every),
            peer,
            only: Conditions::NONE,
        }
    }

    setters! {
        /// Sets what it does.
        with_action(action: Action);
        /// Sets what else a packet must be like.
        with_only(only: Conditions);
    }

    /// Whether both let the same packets pass. The account of a group is not compared: group ids are unique, and not
    /// every cloud names the account.
    pub fn same_as(&self, other: &Self) -> bool {
        let peers = match (&self.peer, &other.peer) {
            (RulePeer::Group { id: left, .. }, RulePeer::Group { id: right, .. }) => left == right,
            (RulePeer::PrefixList(left), RulePeer::PrefixList(right)) => left.id == right.id,
            (left, right) => left == right,
        };
        let rest = |rule: &Self| (rule.direction, rule.action, rule.protocol, rule.ports);
        peers && rest(self) == rest(other) && self.only == other.only
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (way, from) = match self.direction {
            Direction::Ingress => ("in", "from"),
            Direction::Egress => ("out", "to"),
        };
        match self.action {
            Action::Allow => {}
            Action::Deny => f.write_str("deny ")?,
            Action::Unknown => f.write_str("unknown action ")?,
        }
        write!(f, "{way} {}", self.protocol)?;
        if let Some(ports) = self.ports {
            write!(f, " {ports}")?;
        }
        write!(f, "{} {from} {}", self.only, self.peer)
    }
}

/// A rule as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct RuleRecord {
    /// The group it is in.
    pub group: GroupId,
    /// Its id, where the cloud gives rules ids.
    pub id: Option<RuleId>,
    /// What it says.
    pub rule: Rule,
    /// Its priority, where the cloud has priorities; lower wins.
    pub priority: Option<u32>,
    /// The topology that added it, if its description says so.
    pub topology: Option<String>,
}

impl RuleRecord {
    /// A rule of `group` without id, priority and topology.
    pub fn new(group: GroupId, rule: Rule) -> Self {
        Self {
            group,
            id: None,
            rule,
            priority: None,
            topology: None,
        }
    }

    setters! {
        /// Sets its ID.
        with_id(id: impl Into<Option<RuleId>>);
        /// Sets its priority.
        with_priority(priority: impl Into<Option<u32>>);
        /// Sets the topology that added it.
        with_topology(topology: impl Into<Option<String>>);
    }
}

/// A security group as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupRecord {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Its network; absent on a classic network.
    pub network: Option<NetworkId>,
    /// Whether its rules may name groups, and rules may name it.
    pub references: bool,
    /// Whether all packets out pass unless a rule denies them.
    pub open_egress: bool,
    /// Whether members reach each other without a rule.
    pub members_trusted: bool,
    /// Its state; a group is ready as soon as it exists.
    pub status: Status,
    /// Whose it is, if tagged by us.
    pub owner: Option<Owner>,
    /// What else made it, if its tags tell: see [`maker_of`](super::maker_of).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
}

impl GroupRecord {
    /// A group that no rule may name, that lets no packet out and whose members need rules to reach each other.
    pub fn new(id: GroupId, status: Status) -> Self {
        Self {
            id,
            name: String::new(),
            network: None,
            references: false,
            open_egress: false,
            members_trusted: false,
            status,
            owner: None,
            maker: None,
        }
    }

    setters! {
        /// Sets its name.
        with_name(name: impl Into<String>);
        /// Sets its network.
        with_network(network: impl Into<Option<NetworkId>>);
        /// Sets whether rules may name it.
        with_references(references: bool);
        /// Sets whether all packets out pass unless a rule denies them.
        with_open_egress(open_egress: bool);
        /// Sets whether members reach each other without a rule.
        with_members_trusted(members_trusted: bool);
        /// Sets its owner, as its tags name it.
        with_owner(owner: impl Into<Option<Owner>>);
        /// Sets what else made it, as its tags tell.
        with_maker(maker: impl Into<Option<String>>);
    }
}

/// What [`FirewallRule::create_group`] needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateGroup {
    /// Name, ownership and token.
    pub label: Label,
    /// The network whose instances it protects.
    pub network: NetworkId,
}

impl CreateGroup {
    /// A group in `network`.
    pub fn new(label: Label, network: NetworkId) -> Self {
        Self { label, network }
    }
}

/// Firewall groups and their rules.
#[async_trait]
pub trait FirewallRule: Debug + Send + Sync + 'static {
    /// Creates a group. With the same token it gives the same group.
    async fn create_group(&self, request: &CreateGroup) -> Result<GroupRecord>;

    /// Lists groups of this place.
    async fn list_groups(&self, select: &Select<GroupId>) -> Result<Vec<GroupRecord>>;

    /// Deletes a group. Deleting an absent one succeeds.
    ///
    /// - Fails with [`InUse`](crate::ErrorKind::InUse) while it has members or rules elsewhere refer to it.
    async fn delete_group(&self, id: &GroupId) -> Result<()>;

    /// Adds rules and marks them as added by `topology`, in as few calls as the cloud allows. Existing rules stay as they are.
    ///
    /// - Fails with [`Unsupported`](crate::ErrorKind::Unsupported), and adds nothing, for a protocol that the cloud's rules
    ///   do not know. Every cloud knows TCP, UDP, ICMP and "all protocols".
    async fn authorize_rules(&self, group: &GroupId, topology: &str, rules: &[Rule]) -> Result<()>;

    /// Lists all rules of a group, including rules that Landbridge did not add.
    async fn list_rules(&self, group: &GroupId) -> Result<Vec<RuleRecord>>;

    /// Removes exactly these rules: by id, or a record without an id by its rule and topology. Removing an absent rule
    /// succeeds.
    async fn revoke_rules(&self, group: &GroupId, rules: &[RuleRecord]) -> Result<()>;
}
