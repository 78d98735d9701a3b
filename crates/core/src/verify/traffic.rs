use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::traits::{IcmpType, Protocol};

/// The port that clients are taken to send from: the first of the ephemeral range that IANA names.
const EPHEMERAL_PORT: u16 = 49_152;

const ECHO_REQUEST: u8 = 8;
const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST_V6: u8 = 128;
const ECHO_REPLY_V6: u8 = 129;

/// How Landbridge finds out by packets whether traffic passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProbeMethod {
    /// Four echo requests.
    Ping,
    /// A TCP connection that is closed once it is open.
    Connect {
        /// To this port.
        port: u16,
    },
}

/// What kind of packet is asked about.
///
/// ```
/// use landbridge_core::verify::{ProbeMethod, Traffic};
///
/// let web: Traffic = "tcp:443".parse()?;
/// assert_eq!(web, Traffic::tcp(443));
/// assert_eq!(web.probe_method(), Some(ProbeMethod::Connect { port: 443 }));
/// assert_eq!("icmp".parse::<Traffic>()?, Traffic::PING);
/// assert!("tcp:0".parse::<Traffic>().is_err());
/// # Ok::<(), landbridge_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Traffic {
    /// The protocol. [`Protocol::All`] asks about no packet that exists; a rule for one protocol does not apply to it.
    pub protocol: Protocol,
    /// The destination port, for tcp and udp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The source port, for tcp and udp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_port: Option<u16>,
    /// The type of the message, for ICMP and ICMPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icmp: Option<IcmpType>,
}

impl Traffic {
    /// An echo request, of ICMP or of ICMPv6 as the destination's address wants it.
    pub const PING: Self = Self {
        icmp: Some(IcmpType {
            kind: ECHO_REQUEST,
            code: Some(0),
        }),
        ..Self::of(Protocol::Icmp)
    };

    /// Packets of a protocol without ports. Of ICMP, those are echo requests.
    pub const fn protocol(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Icmp | Protocol::Icmpv6 => Self::PING,
            protocol => Self::of(protocol),
        }
    }

    /// A TCP connection to `port`, from port 49152.
    pub const fn tcp(port: u16) -> Self {
        Self::of(Protocol::Tcp).to_port(port)
    }

    /// A UDP packet to `port`, from port 49152, and the answer.
    pub const fn udp(port: u16) -> Self {
        Self::of(Protocol::Udp).to_port(port)
    }

    /// Sets the source port.
    #[must_use]
    pub const fn from_port(mut self, port: u16) -> Self {
        self.source_port = Some(port);
        self
    }

    const fn to_port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self.from_port(EPHEMERAL_PORT)
    }

    const fn of(protocol: Protocol) -> Self {
        Self {
            protocol,
            port: None,
            source_port: None,
            icmp: None,
        }
    }

    /// How instances can probe it. None for what has no answer that every instance gives, such as UDP.
    pub fn probe_method(&self) -> Option<ProbeMethod> {
        match (self.protocol, self.port) {
            (Protocol::Tcp, Some(port)) => Some(ProbeMethod::Connect { port }),
            _ if self.is_ping() => Some(ProbeMethod::Ping),
            _ => None,
        }
    }

    /// The same question in the family of an address: IPv6 has an ICMP of its own.
    pub(super) fn towards(self, address: &IpAddr) -> Self {
        if self == Self::PING && address.is_ipv6() {
            return Self {
                protocol: Protocol::Icmpv6,
                ..self.with_message(ECHO_REQUEST_V6)
            };
        }
        self
    }

    /// What comes back.
    pub(super) fn answer(self) -> Self {
        let answer = Self {
            port: self.source_port,
            source_port: self.port,
            ..self
        };
        match self.icmp.map(|icmp| icmp.kind) {
            Some(ECHO_REQUEST) => answer.with_message(ECHO_REPLY),
            Some(ECHO_REQUEST_V6) => answer.with_message(ECHO_REPLY_V6),
            _ => answer,
        }
    }

    // A ping is called by its protocol; other messages are told in full.
    fn is_ping(&self) -> bool {
        let kind = self.icmp.map(|icmp| icmp.kind);
        matches!(kind, Some(ECHO_REQUEST | ECHO_REQUEST_V6))
    }

    fn with_message(self, kind: u8) -> Self {
        Self {
            icmp: Some(IcmpType {
                kind,
                code: Some(0),
            }),
            ..self
        }
    }
}

impl Default for Traffic {
    fn default() -> Self {
        Self::PING
    }
}

/// Reads `icmp`, `tcp:PORT` and `udp:PORT`.
impl FromStr for Traffic {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let port = |text: &str| text.parse().ok().filter(|port| *port > 0);
        let read = match text.split_once(':') {
            None if text == "icmp" => Some(Self::PING),
            Some(("tcp", text)) => port(text).map(Self::tcp),
            Some(("udp", text)) => port(text).map(Self::udp),
            _ => None,
        };
        read.ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                format!(
                    "invalid traffic `{text}`: expected icmp, tcp:PORT or udp:PORT, such as tcp:443"
                ),
            )
        })
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.protocol)?;
        match (self.port, self.icmp) {
            (Some(port), _) => write!(f, " {port}"),
            (None, Some(icmp)) if !self.is_ping() => write!(f, " {icmp}"),
            (None, _) => Ok(()),
        }
    }
}
