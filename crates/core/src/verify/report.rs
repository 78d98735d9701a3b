//! Verdicts, and how they print.

use std::fmt;
use std::net::IpAddr;

use serde::Serialize;

use crate::format::FormatVersion;
use crate::ids::Place;

/// One element a packet passes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Hop {
    /// What it is, by id.
    pub element: String,
    /// What it does with the packet.
    pub action: String,
}

/// The element that stops a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Blocked {
    /// What it is, by key or id.
    pub element: String,
    /// Why the packet does not pass.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// Whether it is the answer that is stopped.
    pub on_return: bool,
}

/// The way of a packet from one end to the other, as far as it gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Path {
    /// The elements passed on the way there.
    pub there: Vec<Hop>,
    /// The elements passed on the way back.
    pub back: Vec<Hop>,
    /// What stops it, if anything does.
    pub blocked: Option<Blocked>,
}

/// What pings did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PingResult {
    /// Packets sent in the last attempt.
    pub sent: u32,
    /// Packets answered in the last attempt.
    pub received: u32,
    /// Attempts made.
    pub attempts: u32,
    /// Why no ping could be sent, if none could.
    pub problem: Option<String>,
}

impl PingResult {
    /// Whether every packet was answered.
    pub fn all_received(&self) -> bool {
        self.sent > 0 && self.received == self.sent
    }
}

/// The verdict on one ordered pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PairVerdict {
    /// The name of the source.
    pub source: String,
    /// The name of the destination.
    pub destination: String,
    /// The source's address.
    pub source_address: IpAddr,
    /// The destination's address.
    pub destination_address: IpAddr,
    /// The source's place.
    pub source_place: Place,
    /// The destination's place.
    pub destination_place: Place,
    /// The static path.
    pub path: Path,
    /// Whether something at the destination is known to answer pings.
    pub pingable: bool,
    /// The pings, if any were sent.
    pub ping: Option<PingResult>,
}

impl PairVerdict {
    /// Whether the path is open, and pings, where some were sent, were all answered.
    pub fn reachable(&self) -> bool {
        self.path.blocked.is_none() && self.ping.as_ref().is_none_or(PingResult::all_received)
    }

    fn pings_lost(&self) -> bool {
        let lost = |ping: &PingResult| ping.received < ping.sent;
        self.ping.as_ref().is_some_and(lost)
    }

    // Says no more than was seen: what the configuration lets pass, or what arrived.
    fn verdict(&self) -> &'static str {
        match &self.ping {
            _ if self.path.blocked.is_some() => "BLOCKED",
            None => "reachable by configuration",
            Some(ping) if ping.all_received() => "reachable",
            Some(ping) if ping.sent == 0 => "NOT PINGED",
            Some(_) => "PINGS LOST",
        }
    }
}

impl fmt::Display for PairVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} -> {} {}: {}",
            self.source,
            self.source_address,
            self.destination,
            self.destination_address,
            self.verdict()
        )?;
        if let Some(ping) = &self.ping {
            write!(f, ", {}/{} pings answered", ping.received, ping.sent)?;
            if let Some(problem) = &ping.problem {
                write!(f, " ({problem})")?;
            }
        }
        let via: Vec<&str> = self
            .path
            .there
            .iter()
            .map(|hop| hop.element.as_str())
            .collect();
        write!(f, "\n  via {}", via.join(" > "))?;
        if let Some(blocked) = &self.path.blocked {
            let way = if blocked.on_return {
                " on the way back"
            } else {
                ""
            };
            write!(
                f,
                "\n  stopped{way} at {}: {}\n  -> {}",
                blocked.element, blocked.cause, blocked.remedy
            )?;
        } else if self.pings_lost() {
            f.write_str(
                "\n  the configuration lets packets pass, and pings are lost\n  -> check the firewall in the instance; \
                 after a recent change, wait and verify again",
            )?;
        }
        Ok(())
    }
}

/// The verdicts on all ordered pairs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// How many ordered pairs of networks, or of a network and a border router, the topology joins.
    pub wanted: usize,
    /// The verdicts.
    pub pairs: Vec<PairVerdict>,
}

impl VerifyReport {
    pub(crate) fn new(wanted: usize, pairs: Vec<PairVerdict>) -> Self {
        Self {
            format: FormatVersion,
            wanted,
            pairs,
        }
    }

    /// How many pairs are reachable.
    pub fn reachable(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.reachable()).count()
    }

    /// Whether all pairs are reachable, and there is a pair if the topology joins networks at all.
    pub fn passed(&self) -> bool {
        self.reachable() == self.pairs.len() && (self.wanted == 0 || !self.pairs.is_empty())
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "verify: {} of {} ordered pairs reachable",
            self.reachable(),
            self.pairs.len()
        )?;
        if !self.pairs.is_empty() && self.pairs.iter().all(|pair| pair.ping.is_none()) {
            f.write_str(" by configuration")?;
        }
        if self.pairs.is_empty() && self.wanted > 0 {
            f.write_str(
                "\n  nothing was checked: declare subnets or instances in the joined networks",
            )?;
        }
        for pair in &self.pairs {
            write!(f, "\n{pair}")?;
        }
        Ok(())
    }
}
