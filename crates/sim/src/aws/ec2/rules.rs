//! Rules of security groups, and what they let pass.

use std::net::Ipv4Addr;

use ipnet::IpNet;

use crate::verdict::Protocol;

/// Which packets a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ports {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    pub(crate) protocol: String,
    /// The first port, or the type of ICMP.
    pub(crate) from: Option<i64>,
    /// The last port, or the code of ICMP.
    pub(crate) to: Option<i64>,
}

impl Ports {
    pub(crate) fn all() -> Self {
        Self {
            protocol: "-1".to_owned(),
            from: None,
            to: None,
        }
    }

    pub(crate) fn cover(&self, packet: Protocol) -> bool {
        let port_is = |port: u16| {
            let port = i64::from(port);
            self.from.is_none_or(|from| from <= port) && self.to.is_none_or(|to| port <= to)
        };
        match (self.protocol.as_str(), packet) {
            ("-1", _) => true,
            ("tcp", Protocol::Tcp(port)) | ("udp", Protocol::Udp(port)) => port_is(port),
            // An echo request is type 8.
            ("icmp", Protocol::Icmp) => self.from.is_none_or(|kind| kind == -1 || kind == 8),
            _ => false,
        }
    }
}

/// The other end of the traffic that a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Other {
    Range(IpNet),
    Group {
        group: String,
        owner: String,
        vpc: String,
        /// The peering it is referenced over, if it is in another VPC.
        peering: Option<String>,
    },
}

#[derive(Debug, Clone)]
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
        let anywhere = ipnet::Ipv4Net::default();
        Self {
            id,
            is_egress: true,
            ports: Ports::all(),
            other: Other::Range(IpNet::V4(anywhere)),
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

    /// Whether it counts as one for IPv6.
    pub(super) fn is_v6(&self) -> bool {
        matches!(self.other, Other::Range(IpNet::V6(_)))
    }

    pub(crate) fn names_address(&self, address: Ipv4Addr) -> bool {
        match &self.other {
            Other::Range(IpNet::V4(range)) => range.contains(&address),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(protocol: &str, from: i64, to: i64) -> Ports {
        Ports {
            protocol: protocol.to_owned(),
            from: Some(from),
            to: Some(to),
        }
    }

    #[test]
    fn what_ports_cover() {
        assert!(Ports::all().cover(Protocol::Udp(53)));
        assert!(ports("tcp", 22, 80).cover(Protocol::Tcp(22)));
        assert!(!ports("tcp", 22, 80).cover(Protocol::Tcp(81)));
        assert!(!ports("tcp", 22, 80).cover(Protocol::Udp(22)));
        assert!(ports("icmp", -1, -1).cover(Protocol::Icmp));
        assert!(ports("icmp", 8, -1).cover(Protocol::Icmp));
        assert!(!ports("icmp", 0, -1).cover(Protocol::Icmp));
    }
}
