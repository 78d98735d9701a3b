//! Rules of security groups.

use ipnet::IpNet;

pub(crate) use super::ports::Ports;

/// The other end of the traffic that a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Other {
    Range(IpNet),
    PrefixList(String),
    Group {
        group: String,
        owner: String,
        vpc: String,
        /// The peering it is referenced over, if it is in another VPC.
        peering: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) is_egress: bool,
    pub(crate) ports: Ports,
    pub(crate) other: Other,
    pub(crate) description: Option<String>,
}

impl Rule {
    pub(super) fn from_group(id: String, group: &str, owner: &str, vpc: &str) -> Self {
        Self {
            id,
            is_egress: false,
            ports: Ports::all(),
            other: Other::Group {
                group: group.to_owned(),
                owner: owner.to_owned(),
                vpc: vpc.to_owned(),
                peering: None,
            },
            description: None,
        }
    }

    pub(super) fn everything_out(id: String) -> Self {
        Self::out_to(id, IpNet::V4(ipnet::Ipv4Net::default()))
    }

    pub(super) fn all_ipv6_out(id: String) -> Self {
        Self::out_to(id, IpNet::V6(ipnet::Ipv6Net::default()))
    }

    fn out_to(id: String, range: IpNet) -> Self {
        Self {
            id,
            is_egress: true,
            ports: Ports::all(),
            other: Other::Range(range),
            description: None,
        }
    }

    /// Descriptions do not make rules different.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let same_other = match (&self.other, &other.other) {
            (Other::Group { group: left, .. }, Other::Group { group: right, .. }) => left == right,
            (left, right) => left == right,
        };
        self.is_egress == other.is_egress && self.ports == other.ports && same_other
    }
}
