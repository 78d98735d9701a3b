use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of cloud object that a plan may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A paid service of an account.
    Service,
    /// A network (VPC).
    Network,
    /// A secondary CIDR block of a network.
    Range,
    /// A subnet (vSwitch, subnet).
    Subnet,
    /// A hub: global (CEN instance), regional (transit router) or at the edge (Express Connect Router).
    Hub,
    /// The consent of a member's owner to an attachment.
    Grant,
    /// A peering or an attachment.
    Peering,
    /// The acceptance of a peering by its other owner.
    Acceptance,
    /// The tags that make an object of others the topology's.
    Adoption,
    /// The host names of a network's instances.
    HostNames,
    /// The name resolution that one side of a peering gives the other.
    DnsResolution,
    /// One half of route learning: an association or a propagation.
    Learning,
    /// A route of a network's route table.
    Route,
    /// A firewall group (security group).
    Group,
    /// The rules of a firewall group.
    Rules,
    /// A role that lets agents on instances fetch commands.
    AgentRole,
    /// The end of a service of the cloud inside a network.
    ServiceEndpoint,
    /// An instance.
    Instance,
    /// The analysis of a path by the cloud, and what it leaves behind.
    Analysis,
    /// A role that other accounts may assume.
    Role,
    /// A user that may assume roles and do nothing else.
    User,
}

/// How a kind is written, and which words its steps use.
struct Words {
    noun: &'static str,
    create: &'static str,
    /// Absent where nothing takes it back.
    delete: Option<&'static str>,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: &[Self] = &[
        Self::Service,
        Self::Network,
        Self::Range,
        Self::Subnet,
        Self::Hub,
        Self::Grant,
        Self::Peering,
        Self::Acceptance,
        Self::Adoption,
        Self::HostNames,
        Self::DnsResolution,
        Self::Learning,
        Self::Route,
        Self::Group,
        Self::Rules,
        Self::AgentRole,
        Self::ServiceEndpoint,
        Self::Instance,
        Self::Analysis,
        Self::Role,
        Self::User,
    ];

    const fn words(self) -> Words {
        let (noun, create, delete) = match self {
            Self::Service => ("service", "open-service", None),
            Self::Network => ("network", "create-network", Some("delete-network")),
            Self::Range => ("CIDR block", "add-range", Some("remove-range")),
            Self::Subnet => ("subnet", "create-subnet", Some("delete-subnet")),
            Self::Hub => ("hub", "create-hub", Some("delete-hub")),
            Self::Grant => ("grant", "create-grant", Some("revoke-grant")),
            Self::Peering => ("peering", "request-peering", Some("delete-peering")),
            Self::Acceptance => ("acceptance", "accept-peering", None),
            Self::Adoption => ("adoption", "adopt", None),
            Self::HostNames => ("host names", "enable-host-names", None),
            Self::DnsResolution => ("name resolution", "allow-dns-resolution", None),
            Self::Learning => (
                "route learning",
                "enable-learning",
                Some("disable-learning"),
            ),
            Self::Route => ("route", "create-route", Some("delete-route")),
            Self::Group => ("group", "create-group", Some("delete-group")),
            Self::Rules => ("rules", "authorize-rules", Some("revoke-rules")),
            Self::AgentRole => ("agent role", "ensure-agent-role", Some("delete-agent-role")),
            Self::ServiceEndpoint => (
                "service endpoint",
                "create-service-endpoint",
                Some("delete-service-endpoint"),
            ),
            Self::Instance => ("instance", "run-instance", Some("terminate-instance")),
            Self::Analysis => ("path analysis", "start-analysis", Some("delete-analysis")),
            Self::Role => ("role", "ensure-role", Some("delete-role")),
            Self::User => ("user", "ensure-user", Some("delete-user")),
        };
        Words {
            noun,
            create,
            delete,
        }
    }

    /// The kind in words, such as `subnet`.
    pub const fn noun(self) -> &'static str {
        self.words().noun
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.noun())
    }
}

/// What a step does with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Creates, ensures, enables, accepts or opens it.
    Create,
    /// Deletes, disables or revokes it.
    Delete,
    /// Writes the tags that tell its name anew.
    Rename,
}

/// What kind of write a step is: a verb and a kind of object. It is written as in `create-network` or `revoke-grant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct OpKind {
    verb: Verb,
    kind: Kind,
}

impl OpKind {
    /// The write that creates an object of this kind.
    pub const fn create(kind: Kind) -> Self {
        let verb = Verb::Create;
        Self { verb, kind }
    }

    /// The write that deletes an object of this kind. A kind that nothing deletes has no such write, and no step has it.
    pub const fn delete(kind: Kind) -> Self {
        let verb = Verb::Delete;
        Self { verb, kind }
    }

    /// Every kind of write, the creating ones first.
    pub fn all() -> impl Iterator<Item = Self> {
        let creates = Kind::ALL.iter().map(|kind| Self::create(*kind));
        let deletes = Kind::ALL.iter().rev().map(|kind| Self::delete(*kind));
        creates.chain(deletes.filter(|op| op.kind.words().delete.is_some()))
    }

    /// The kind of object that is written.
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// Whether it removes something.
    pub const fn is_delete(self) -> bool {
        matches!(self.verb, Verb::Delete)
    }

    /// The write that takes it back, if one does.
    pub fn undo(self) -> Option<Self> {
        let undo = Self::delete(self.kind);
        (!self.is_delete() && self.kind.words().delete.is_some()).then_some(undo)
    }

    /// The write as text.
    pub const fn as_str(self) -> &'static str {
        let words = self.kind.words();
        match (self.verb, words.delete) {
            (Verb::Delete, Some(delete)) => delete,
            _ => words.create,
        }
    }
}

impl fmt::Display for OpKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<OpKind> for &'static str {
    fn from(op: OpKind) -> Self {
        op.as_str()
    }
}

impl FromStr for OpKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown =
            || format!("invalid kind of step `{text}`: expected one such as `create-network`");
        Self::all()
            .find(|op| op.as_str() == text)
            .ok_or_else(unknown)
    }
}

impl TryFrom<String> for OpKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Kind, OpKind};

    #[test]
    fn every_write_reads_back_and_has_a_word_of_its_own() {
        let mut words = BTreeSet::new();
        for op in OpKind::all() {
            assert_eq!(op.as_str().parse(), Ok(op));
            assert!(words.insert(op.as_str()), "{op} stands twice");
        }
        assert!("create-rain".parse::<OpKind>().is_err());
    }

    #[test]
    fn what_is_created_is_taken_back_by_a_delete_of_its_kind() {
        for kind in Kind::ALL {
            let undo = OpKind::create(*kind).undo();
            assert!(undo.is_none_or(|undo| undo.is_delete() && undo.kind() == *kind));
        }
        assert_eq!(OpKind::create(Kind::Service).undo(), None);
    }
}
