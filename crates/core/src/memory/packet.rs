//! A packet, as far as routes and filters look at it, and the answer to it.

use std::net::IpAddr;

use crate::traits::{Conditions, Direction, PortList, PortRange, Protocol};

/// What a packet carries.
///
/// ```
/// use landbridge_core::memory::Payload;
///
/// assert_eq!(Payload::Udp { source: 9, destination: 53 }.number(), 17);
/// assert_eq!(Payload::echo_to(&"2001:db8::1".parse()?), Payload::Icmpv6 { kind: 128, code: 0 });
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload {
    /// TCP.
    Tcp {
        /// The sender's port.
        source: u16,
        /// The receiver's port.
        destination: u16,
    },
    /// UDP.
    Udp {
        /// The sender's port.
        source: u16,
        /// The receiver's port.
        destination: u16,
    },
    /// ICMP.
    Icmp {
        /// The type: 8 is an echo request, 0 the reply to it.
        kind: u8,
        /// The code.
        code: u8,
    },
    /// ICMPv6.
    Icmpv6 {
        /// The type: 128 is an echo request, 129 the reply to it.
        kind: u8,
        /// The code.
        code: u8,
    },
    /// A protocol without ports, by its number. Expected: none of the four above.
    Other(u8),
}

impl Payload {
    /// The echo request of an address's family.
    pub const fn echo_to(address: &IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Icmp { kind: 8, code: 0 },
            IpAddr::V6(_) => Self::Icmpv6 { kind: 128, code: 0 },
        }
    }

    /// The number of its protocol.
    pub const fn number(self) -> u8 {
        match self {
            Self::Icmp { .. } => 1,
            Self::Tcp { .. } => 6,
            Self::Udp { .. } => 17,
            Self::Icmpv6 { .. } => 58,
            Self::Other(number) => number,
        }
    }

    fn ports(self) -> Option<(u16, u16)> {
        match self {
            Self::Tcp {
                source,
                destination,
            }
            | Self::Udp {
                source,
                destination,
            } => Some((source, destination)),
            _ => None,
        }
    }

    fn message(self) -> Option<(u8, u8)> {
        match self {
            Self::Icmp { kind, code } | Self::Icmpv6 { kind, code } => Some((kind, code)),
            _ => None,
        }
    }

    /// What the receiver sends back. Messages of ICMP that ask for nothing have no answer.
    fn answer(self) -> Option<Self> {
        Some(match self {
            Self::Tcp {
                source,
                destination,
            } => Self::Tcp {
                source: destination,
                destination: source,
            },
            Self::Udp {
                source,
                destination,
            } => Self::Udp {
                source: destination,
                destination: source,
            },
            Self::Icmp { kind: 8, .. } => Self::Icmp { kind: 0, code: 0 },
            Self::Icmpv6 { kind: 128, .. } => Self::Icmpv6 { kind: 129, code: 0 },
            Self::Icmp { .. } | Self::Icmpv6 { .. } => return None,
            Self::Other(number) => Self::Other(number),
        })
    }
}

/// A packet on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) payload: Payload,
}

impl Packet {
    pub(super) fn answer(&self) -> Option<Self> {
        Some(Self {
            source: self.destination,
            destination: self.source,
            payload: self.payload.answer()?,
        })
    }

    /// The address at the far end, seen from the instance that it leaves or enters.
    pub(super) fn far(&self, direction: Direction) -> IpAddr {
        match direction {
            Direction::Egress => self.destination,
            Direction::Ingress => self.source,
        }
    }

    fn near(&self, direction: Direction) -> IpAddr {
        match direction {
            Direction::Egress => self.source,
            Direction::Ingress => self.destination,
        }
    }

    /// Whether a rule or an entry for this protocol, these destination ports and these conditions is about it, whatever
    /// it says of the far end. What is not understood is about no packet here.
    pub(super) fn is_meant(
        &self,
        direction: Direction,
        protocol: Protocol,
        ports: Option<PortRange>,
        only: &Conditions,
    ) -> bool {
        let protocol = protocol.number().is_none_or(|n| n == self.payload.number());
        let near = only.near.is_none_or(|n| n.contains(&self.near(direction)));
        protocol && near && only.unread.is_empty() && self.has_message(only) && {
            let (from, to) = self.payload.ports().unzip();
            is_port_of(from, only.source_ports, only.source_port_list.as_ref())
                && is_port_of(to, ports, only.port_list.as_ref())
        }
    }

    fn has_message(&self, only: &Conditions) -> bool {
        let Some(wanted) = only.icmp else {
            return true;
        };
        self.payload.message().is_some_and(|(kind, code)| {
            kind == wanted.kind && wanted.code.is_none_or(|wanted| code == wanted)
        })
    }
}

/// Whether a port, absent for protocols that have none, is in a range and in a list, where there are such.
fn is_port_of(port: Option<u16>, range: Option<PortRange>, list: Option<&PortList>) -> bool {
    let within = |range: &PortRange| port.is_some_and(|p| range.first <= p && p <= range.last);
    let listed = |list: &PortList| list.ports.iter().flatten().any(within);
    range.as_ref().is_none_or(within) && list.is_none_or(listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traits::IcmpType;

    fn packet(payload: Payload) -> Packet {
        Packet {
            source: [10, 1, 1, 4].into(),
            destination: [10, 2, 1, 4].into(),
            payload,
        }
    }

    const WEB: Payload = Payload::Tcp {
        source: 5000,
        destination: 80,
    };

    #[test]
    fn answers_go_back_to_the_port_they_came_from() {
        let answer = packet(WEB).answer().expect("TCP is answered");
        assert_eq!(answer.source, packet(WEB).destination);
        assert_eq!(answer.payload.ports(), Some((80, 5000)));
        assert_eq!(packet(Payload::Icmp { kind: 3, code: 1 }).answer(), None);
    }

    #[test]
    fn every_condition_must_hold() {
        let near = |text: &str| Conditions::NONE.with_near(text.parse::<ipnet::IpNet>().ok());
        let from = |port| Conditions::NONE.with_source_ports(PortRange::single(port));
        let list = |port| PortList::new("l").with_ports(vec![PortRange::single(port)]);
        for (is_meant, only) in [
            (true, Conditions::NONE),
            (true, near("10.2.0.0/16")),
            (false, near("10.1.0.0/16")),
            (true, from(5000)),
            (false, from(80)),
            (true, Conditions::NONE.with_port_list(list(80))),
            (false, Conditions::NONE.with_port_list(list(81))),
            (true, Conditions::NONE.with_source_port_list(list(5000))),
            (false, Conditions::NONE.with_port_list(PortList::new("l"))),
            (false, Conditions::NONE.with_icmp(IcmpType::of(8))),
            (false, Conditions::NONE.and_unread("weather")),
        ] {
            let meant = packet(WEB).is_meant(Direction::Ingress, Protocol::Tcp, None, &only);
            assert_eq!(meant, is_meant, "{only:?}");
        }
        let any = Some(PortRange { first: 0, last: 9 });
        let gre = packet(Payload::Other(47));
        assert!(!gre.is_meant(Direction::Egress, Protocol::All, any, &Conditions::NONE));
        assert!(gre.is_meant(Direction::Egress, Protocol::Gre, None, &Conditions::NONE));
    }
}
