//! The protocol and the ports that rules of security groups and entries of network ACLs are about.

use crate::packet::Protocol;

/// Which packets a rule or an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ports {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    pub(crate) protocol: String,
    /// The first port, or the type of ICMP; -1 is any type.
    pub(crate) from: Option<i64>,
    /// The last port, or the code of ICMP; -1 is any code.
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
        self.protocol == "-1"
            || self.number() == Some(packet.number()) && self.cover_details(packet)
    }

    fn number(&self) -> Option<u8> {
        match self.protocol.as_str() {
            "icmp" => Some(1),
            "tcp" => Some(6),
            "udp" => Some(17),
            "icmpv6" => Some(58),
            number => number.parse().ok(),
        }
    }

    /// Ports count for protocols that have them, and it is the receiver's that counts. Others pass whole.
    fn cover_details(&self, packet: Protocol) -> bool {
        if let Some((_, port)) = packet.ports() {
            let port = i64::from(port);
            return self.from.is_none_or(|from| from <= port)
                && self.to.is_none_or(|to| port <= to);
        }
        let is = |part: Option<i64>, sent: u8| {
            part.is_none_or(|part| part == -1 || part == i64::from(sent))
        };
        let icmp = packet.icmp();
        icmp.is_none_or(|(kind, code)| is(self.from, kind) && is(self.to, code))
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
    fn ports_are_the_receivers() {
        assert!(Ports::all().cover(Protocol::udp(53)));
        assert!(ports("tcp", 22, 80).cover(Protocol::tcp(22)));
        assert!(ports("6", 22, 80).cover(Protocol::tcp(80)));
        assert!(!ports("tcp", 22, 80).cover(Protocol::tcp(81)));
        assert!(!ports("tcp", 22, 80).cover(Protocol::udp(22)));
        assert!(!ports("tcp", 22, 80).cover(Protocol::tcp(443).from_port(22)));
    }

    #[test]
    fn icmp_has_types_and_codes_of_each_family() {
        let unreachable = |code| Protocol::Icmp { kind: 3, code };
        assert!(ports("icmp", -1, -1).cover(Protocol::ECHO));
        assert!(ports("icmp", 8, -1).cover(Protocol::ECHO));
        assert!(!ports("icmp", 0, -1).cover(Protocol::ECHO));
        assert!(ports("icmp", 3, 4).cover(unreachable(4)));
        assert!(!ports("icmp", 3, 4).cover(unreachable(1)));
        assert!(!ports("icmp", -1, -1).cover(Protocol::ECHO_V6));
        assert!(ports("icmpv6", 128, 0).cover(Protocol::ECHO_V6));
        assert!(ports("58", -1, -1).cover(Protocol::ECHO_V6));
    }

    #[test]
    fn other_protocols_have_numbers_only() {
        assert!(ports("47", 22, 22).cover(Protocol::Other(47)));
        assert!(!ports("47", 22, 22).cover(Protocol::Other(50)));
        assert!(Ports::all().cover(Protocol::Other(50)));
    }
}
