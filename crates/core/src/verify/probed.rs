//! What probes did: pings, and connections.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What pings did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    fn probed(&self) -> Probed {
        match self.sent {
            0 => Probed::NotSent,
            _ if self.all_received() => Probed::Answered,
            _ => Probed::Lost,
        }
    }
}

impl fmt::Display for PingResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sent {
            0 => f.write_str("no ping sent")?,
            sent => write!(f, "{} of {sent} pings answered", self.received)?,
        }
        write_problem(self.problem.as_deref(), f)
    }
}

/// What became of a TCP connection that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Connection {
    /// It was opened.
    Connected,
    /// The far end refused it: the packet got there and an answer came back, but nothing listens on the port.
    Refused,
    /// No answer came.
    Silent,
}

impl Connection {
    /// Whether an answer came.
    pub fn is_answered(self) -> bool {
        matches!(self, Self::Connected | Self::Refused)
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connected => "connected",
            Self::Refused => "refused",
            Self::Silent => "no answer",
        })
    }
}

/// What attempts to open a TCP connection did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectionResult {
    /// The destination port.
    pub port: u16,
    /// What became of the last attempt; absent if none could be made.
    pub outcome: Option<Connection>,
    /// Attempts made.
    pub attempts: u32,
    /// Why no attempt could be made, if none could.
    pub problem: Option<String>,
}

impl ConnectionResult {
    fn probed(&self) -> Probed {
        match self.outcome {
            None => Probed::NotSent,
            Some(outcome) if outcome.is_answered() => Probed::Answered,
            Some(_) => Probed::Lost,
        }
    }
}

impl fmt::Display for ConnectionResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port;
        match self.outcome {
            None => f.write_str("no connection tried")?,
            Some(Connection::Connected) => write!(f, "connected to tcp {port}")?,
            Some(Connection::Refused) => write!(
                f,
                "connection refused: the path is open, and nothing listens on tcp {port}"
            )?,
            Some(Connection::Silent) => write!(f, "no answer from tcp {port}")?,
        }
        write_problem(self.problem.as_deref(), f)
    }
}

fn write_problem(problem: Option<&str>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match problem {
        Some(problem) => write!(f, " ({problem})"),
        None => Ok(()),
    }
}

/// What a probe says of a way, whatever its method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Probed {
    /// Packets got there and answers came back: to each ping, or to the connection.
    Answered,
    /// An answer is missing.
    Lost,
    /// No packet could be sent.
    NotSent,
}

impl Probed {
    /// What one of both results says.
    pub(super) fn of(
        ping: Option<&PingResult>,
        connection: Option<&ConnectionResult>,
    ) -> Option<Self> {
        let ping = ping.map(PingResult::probed);
        ping.or_else(|| connection.map(ConnectionResult::probed))
    }
}
