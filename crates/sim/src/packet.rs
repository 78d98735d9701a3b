//! A packet, as far as routers and filters look at it, and the answer to it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// What a packet carries.
///
/// ```
/// use landbridge_sim::Protocol;
///
/// assert_eq!(Protocol::tcp(22), Protocol::Tcp { source: 50_000, destination: 22 });
/// assert_eq!(Protocol::ECHO.answer(), Some(Protocol::Icmp { kind: 0, code: 0 }));
/// assert_eq!("icmp:3/4".parse(), Ok(Protocol::Icmp { kind: 3, code: 4 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// TCP (6).
    Tcp {
        /// The sender's port.
        source: u16,
        /// The receiver's port.
        destination: u16,
    },
    /// UDP (17).
    Udp {
        /// The sender's port.
        source: u16,
        /// The receiver's port.
        destination: u16,
    },
    /// ICMP (1).
    Icmp {
        /// The type: 8 is an echo request, 0 the reply to it.
        kind: u8,
        /// The code.
        code: u8,
    },
    /// ICMPv6 (58).
    Icmpv6 {
        /// The type: 128 is an echo request, 129 the reply to it.
        kind: u8,
        /// The code.
        code: u8,
    },
    /// A protocol by its IANA number, without ports. Expected: none of the four above.
    Other(u8),
}

impl Protocol {
    /// The port from which clients send, inside the ranges of all usual systems.
    pub const EPHEMERAL_PORT: u16 = 50_000;
    /// An echo request over IPv4.
    pub const ECHO: Self = Self::Icmp { kind: 8, code: 0 };
    /// An echo request over IPv6.
    pub const ECHO_V6: Self = Self::Icmpv6 { kind: 128, code: 0 };

    /// TCP from [`EPHEMERAL_PORT`](Self::EPHEMERAL_PORT) to a port.
    #[must_use]
    pub const fn tcp(destination: u16) -> Self {
        Self::Tcp {
            source: Self::EPHEMERAL_PORT,
            destination,
        }
    }

    /// UDP from [`EPHEMERAL_PORT`](Self::EPHEMERAL_PORT) to a port.
    #[must_use]
    pub const fn udp(destination: u16) -> Self {
        Self::Udp {
            source: Self::EPHEMERAL_PORT,
            destination,
        }
    }

    /// The same from another port; nothing changes for a protocol without ports.
    #[must_use]
    pub const fn from_port(self, port: u16) -> Self {
        match self {
            Self::Tcp { destination, .. } => Self::Tcp {
                source: port,
                destination,
            },
            Self::Udp { destination, .. } => Self::Udp {
                source: port,
                destination,
            },
            other => other,
        }
    }

    /// The echo request of an address's family.
    #[must_use]
    pub const fn echo_to(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::ECHO,
            IpAddr::V6(_) => Self::ECHO_V6,
        }
    }

    /// The IANA number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Tcp { .. } => 6,
            Self::Udp { .. } => 17,
            Self::Icmp { .. } => 1,
            Self::Icmpv6 { .. } => 58,
            Self::Other(number) => number,
        }
    }

    /// The sender's and the receiver's port.
    #[must_use]
    pub const fn ports(self) -> Option<(u16, u16)> {
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

    /// Type and code of ICMP of either family.
    #[must_use]
    pub const fn icmp(self) -> Option<(u8, u8)> {
        match self {
            Self::Icmp { kind, code } | Self::Icmpv6 { kind, code } => Some((kind, code)),
            _ => None,
        }
    }

    /// What the receiver sends back. `None`: ICMP other than requests is not answered.
    #[must_use]
    pub const fn answer(self) -> Option<Self> {
        match self {
            Self::Tcp {
                source,
                destination,
            } => Some(Self::Tcp {
                source: destination,
                destination: source,
            }),
            Self::Udp {
                source,
                destination,
            } => Some(Self::Udp {
                source: destination,
                destination: source,
            }),
            Self::Icmp { kind: 8, .. } => Some(Self::Icmp { kind: 0, code: 0 }),
            // Timestamp and address mask.
            Self::Icmp { kind: 13, .. } => Some(Self::Icmp { kind: 14, code: 0 }),
            Self::Icmp { kind: 17, .. } => Some(Self::Icmp { kind: 18, code: 0 }),
            Self::Icmpv6 { kind: 128, .. } => Some(Self::Icmpv6 { kind: 129, code: 0 }),
            Self::Icmp { .. } | Self::Icmpv6 { .. } => None,
            Self::Other(_) => Some(self),
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp {
                source,
                destination,
            } => write!(f, "TCP {source} > {destination}"),
            Self::Udp {
                source,
                destination,
            } => write!(f, "UDP {source} > {destination}"),
            Self::Icmp { kind, code } => write!(f, "ICMP {kind}/{code}"),
            Self::Icmpv6 { kind, code } => write!(f, "ICMPv6 {kind}/{code}"),
            Self::Other(number) => write!(f, "protocol {number}"),
        }
    }
}

/// A text that is not a protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidProtocol(String);

impl fmt::Display for InvalidProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        write!(
            f,
            "invalid protocol `{text}`: expected icmp, icmp:TYPE/CODE, icmpv6, icmpv6:TYPE/CODE, tcp:PORT, udp:PORT or a number"
        )
    }
}

impl std::error::Error for InvalidProtocol {}

impl FromStr for Protocol {
    type Err = InvalidProtocol;

    fn from_str(text: &str) -> Result<Self, InvalidProtocol> {
        let kind_and_code = |text: &str| {
            let (kind, code) = text.split_once('/')?;
            Some((kind.parse().ok()?, code.parse().ok()?))
        };
        let parsed = match text.split_once(':') {
            None if text == "icmp" => Some(Self::ECHO),
            None if text == "icmpv6" => Some(Self::ECHO_V6),
            None => text.parse().ok().and_then(Self::without_ports),
            Some(("icmp", rest)) => {
                kind_and_code(rest).map(|(kind, code)| Self::Icmp { kind, code })
            }
            Some(("icmpv6", rest)) => {
                kind_and_code(rest).map(|(kind, code)| Self::Icmpv6 { kind, code })
            }
            Some(("tcp", port)) => port.parse().ok().map(Self::tcp),
            Some(("udp", port)) => port.parse().ok().map(Self::udp),
            Some(_) => None,
        };
        parsed.ok_or_else(|| InvalidProtocol(text.to_owned()))
    }
}

impl Protocol {
    fn without_ports(number: u8) -> Option<Self> {
        (!matches!(number, 1 | 6 | 17 | 58)).then_some(Self::Other(number))
    }
}

/// A packet on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) protocol: Protocol,
}

impl Packet {
    pub(crate) fn answer(&self) -> Option<Self> {
        Some(Self {
            source: self.destination,
            destination: self.source,
            protocol: self.protocol.answer()?,
        })
    }

    /// The address at the far end, seen from where the packet leaves or arrives.
    pub(crate) fn far(&self, is_egress: bool) -> IpAddr {
        if is_egress {
            self.destination
        } else {
            self.source
        }
    }

    /// The address at this end.
    pub(crate) fn near(&self, is_egress: bool) -> IpAddr {
        self.far(!is_egress)
    }
}

/// How filters tell a packet in refusals: `TCP 50000 > 22 to 10.1.1.10`.
pub(crate) fn described(packet: &Packet, is_egress: bool) -> String {
    let end = if is_egress { "to" } else { "from" };
    format!("{} {end} {}", packet.protocol, packet.far(is_egress))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_go_back_where_requests_came_from() {
        let answer = Protocol::tcp(22).from_port(40_000).answer();
        let expected = Protocol::Tcp {
            source: 22,
            destination: 40_000,
        };
        assert_eq!(answer, Some(expected));
        assert_eq!(Protocol::Other(47).answer(), Some(Protocol::Other(47)));
        let answered = Protocol::ECHO_V6.answer();
        assert_eq!(answered, Some(Protocol::Icmpv6 { kind: 129, code: 0 }));
        assert_eq!(Protocol::Icmp { kind: 3, code: 4 }.answer(), None);
    }

    #[test]
    fn protocols_are_read_from_texts() {
        for (text, expected) in [
            ("icmp", Some(Protocol::ECHO)),
            ("icmpv6:2/0", Some(Protocol::Icmpv6 { kind: 2, code: 0 })),
            ("udp:53", Some(Protocol::udp(53))),
            ("47", Some(Protocol::Other(47))),
            ("6", None),
            ("tcp", None),
            ("icmp:8", None),
            ("tcp:70000", None),
        ] {
            assert_eq!(text.parse::<Protocol>().ok(), expected, "{text}");
        }
    }
}
