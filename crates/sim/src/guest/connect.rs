//! TCP connections as bash opens them: a redirection from or to `/dev/tcp/HOST/PORT`.

use std::net::IpAddr;
use std::time::Duration;

use super::network::Reached;

/// After so many repetitions Linux gives up (`net.ipv4.tcp_syn_retries`).
const REPETITIONS: u32 = 6;

/// Where a redirection wants to connect to, and the path it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: IpAddr,
    pub(crate) port: u16,
    path: String,
}

impl Address {
    /// `None` if the path is not that of a connection; an error is what bash says of the host.
    pub(crate) fn parse(path: &str) -> Option<Result<Self, [String; 2]>> {
        let (host, port) = path.strip_prefix("/dev/tcp/")?.split_once('/')?;
        let (Ok(host), Ok(port)) = (host.parse(), port.parse()) else {
            let unknown = format!("{host}: Name or service not known");
            return Some(Err([unknown, format!("{path}: Invalid argument")]));
        };
        let path = path.to_owned();
        Some(Ok(Self { host, port, path }))
    }
}

/// A connection that is being opened.
#[derive(Debug, Clone)]
pub(crate) struct Connecting {
    pub(crate) address: Address,
    started: Duration,
    /// How many packets were sent.
    sent: u32,
    outcome: Option<Outcome>,
}

#[derive(Debug, Clone)]
struct Outcome {
    at: Duration,
    /// What the system says, unless it is connected.
    error: Option<&'static str>,
}

impl Connecting {
    pub(crate) fn new(address: Address, started: Duration) -> Self {
        Self {
            address,
            started,
            sent: 0,
            outcome: None,
        }
    }

    /// When the next packet is sent, or the outcome is known. The pauses double.
    pub(crate) fn due(&self) -> Duration {
        let pause = Duration::from_secs((1 << self.sent) - 1);
        let next = self.started.saturating_add(pause);
        self.outcome.as_ref().map_or(next, |outcome| outcome.at)
    }

    /// Sends a packet, or gives up.
    pub(crate) fn carry_on(&mut self, at: Duration, send: impl FnOnce() -> Reached) {
        if self.sent > REPETITIONS {
            self.end(at, Some("Connection timed out"));
            return;
        }
        self.sent += 1;
        match send() {
            Reached::Answered(time) => self.end(at.saturating_add(time), None),
            Reached::Refused(time) => {
                self.end(at.saturating_add(time), Some("Connection refused"));
            }
            Reached::NoAddress => self.end(at, Some("Network is unreachable")),
            Reached::Lost => {}
        }
    }

    fn end(&mut self, at: Duration, error: Option<&'static str>) {
        self.outcome = Some(Outcome { at, error });
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.outcome.is_some()
    }

    /// What bash prints: what the call said, and what that means for the redirection. `None`: it is connected.
    pub(crate) fn complaint(&self) -> Option<[String; 2]> {
        let error = self.outcome.as_ref()?.error?;
        let path = &self.address.path;
        Some([format!("connect: {error}"), format!("{path}: {error}")])
    }
}
