//! How each method probes: its script, what the output of the script tells, and what is told of it.
//!
//! Scripts hold addresses and ports, which are typed values, and no text that a person or a cloud wrote.

use std::net::IpAddr;

use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::ids::InstanceId;
use crate::traits::{CommandOutput, CommandState};
use crate::verify::{Connection, ConnectionResult, PairVerdict, PingResult, ProbeMethod};

/// How many echo requests a pair is asked with.
const PINGS: u32 = 4;
/// How long the answer to a connection is waited for, in seconds.
const CONNECT_SECONDS: u32 = 3;
/// The exit code of `timeout` when it ended the command.
const TIMED_OUT: i32 = 124;
/// The same where `timeout` tells the signal that ended the command, as that of BusyBox does.
const TERMINATED: i32 = 143;
/// The exit code of a shell that found no such command.
const NOT_FOUND: i32 = 127;
/// What the shell says when nothing answers, though it need not wait to learn so.
const UNANSWERED: [&str; 4] = [
    "No route to host",
    "Host is unreachable",
    "Network is unreachable",
    "Connection timed out",
];

/// A pair to probe, and how.
pub(super) struct Probe<'a> {
    pub(super) instance: InstanceId,
    pub(super) pair: &'a PairVerdict,
    pub(super) method: ProbeMethod,
}

/// What an attempt saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Pings { sent: u32, received: u32 },
    Connection(Connection),
}

/// The attempts so far.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    pub(super) count: u32,
    pub(super) last: Option<Seen>,
    pub(super) problem: Option<String>,
}

impl Attempts {
    /// Whether the last one was answered as it should be.
    pub(super) fn are_answered(&self) -> bool {
        match self.last {
            Some(Seen::Pings { sent, received }) => sent > 0 && sent == received,
            Some(Seen::Connection(connection)) => connection.is_answered(),
            None => false,
        }
    }

    fn pings(&self) -> (u32, u32) {
        match self.last {
            Some(Seen::Pings { sent, received }) => (sent, received),
            _ => (0, 0),
        }
    }

    fn connection(&self) -> Option<Connection> {
        match self.last {
            Some(Seen::Connection(connection)) => Some(connection),
            _ => None,
        }
    }

    /// Writes into a verdict what they saw.
    pub(super) fn note(self, method: ProbeMethod, pair: &mut PairVerdict) {
        match method {
            ProbeMethod::Ping => {
                let (sent, received) = self.pings();
                pair.ping = Some(PingResult {
                    sent,
                    received,
                    attempts: self.count,
                    problem: self.problem,
                });
            }
            ProbeMethod::Connect { port } => {
                pair.connection = Some(ConnectionResult {
                    port,
                    outcome: self.connection(),
                    attempts: self.count,
                    problem: self.problem,
                });
            }
        }
    }
}

impl Probe<'_> {
    pub(super) fn script(&self) -> String {
        script(self.method, &self.pair.destination_address)
    }

    /// What the output of the script tells.
    ///
    /// # Errors
    /// An output that tells nothing about packets.
    pub(super) fn read(&self, output: &CommandOutput) -> Result<Seen> {
        let seen = match self.method {
            ProbeMethod::Ping => parse_ping(&output.text),
            ProbeMethod::Connect { .. } => parse_connection(output).map(Seen::Connection),
        };
        seen.ok_or_else(|| self.unread(output))
    }

    fn unread(&self, output: &CommandOutput) -> Error {
        let state = match &output.state {
            CommandState::Exited(code) => format!("exit code {code}"),
            CommandState::Running(word) | CommandState::Aborted(word) => word.clone(),
        };
        let id = &self.instance;
        let (message, commands) = match self.method {
            ProbeMethod::Ping => (
                format!("ping on {id} told no statistics ({state})"),
                "a ping command",
            ),
            ProbeMethod::Connect { .. } => (
                format!("the connection tried on {id} told no outcome ({state})"),
                "the commands bash and timeout",
            ),
        };
        Error::new(ErrorKind::Malformed, message).with_remedy(format!(
            "see that the image has {commands} and the agent may run commands"
        ))
    }

    pub(super) fn begun(&self, attempt: u32) -> Event {
        let (source, destination) = self.names();
        match self.method {
            ProbeMethod::Ping => Event::Probing {
                source,
                destination,
                attempt,
            },
            ProbeMethod::Connect { port } => Event::Connecting {
                source,
                destination,
                port,
                attempt,
            },
        }
    }

    pub(super) fn ended(&self, attempts: &Attempts) -> Event {
        let (source, destination) = self.names();
        match self.method {
            ProbeMethod::Ping => {
                let (sent, received) = attempts.pings();
                Event::Probed {
                    source,
                    destination,
                    sent,
                    received,
                }
            }
            ProbeMethod::Connect { port } => Event::ConnectionTried {
                source,
                destination,
                port,
                outcome: attempts.connection(),
            },
        }
    }

    fn names(&self) -> (String, String) {
        (self.pair.source.clone(), self.pair.destination.clone())
    }
}

fn script(method: ProbeMethod, address: &IpAddr) -> String {
    match method {
        ProbeMethod::Ping => {
            let family = match address {
                IpAddr::V4(_) => "",
                IpAddr::V6(_) => "-6 ",
            };
            format!("ping {family}-c {PINGS} -W 2 {address}")
        }
        ProbeMethod::Connect { port } => {
            format!("timeout {CONNECT_SECONDS} bash -c '</dev/tcp/{address}/{port}'")
        }
    }
}

/// Packets sent and answered, as the statistics of a ping tell.
fn parse_ping(text: &str) -> Option<Seen> {
    let line = text
        .lines()
        .find(|line| line.contains("packets transmitted"))?;
    let mut numbers = line.split(',').map(|part| part.split_whitespace().next());
    let sent = numbers.next()??.parse().ok()?;
    let received = numbers.next()??.parse().ok()?;
    Some(Seen::Pings { sent, received })
}

/// What became of a connection, as the exit code and the words of the shell tell.
fn parse_connection(output: &CommandOutput) -> Option<Connection> {
    let CommandState::Exited(code) = output.state else {
        return None;
    };
    let says = |words: &str| output.text.contains(words);
    match code {
        0 => Some(Connection::Connected),
        TIMED_OUT | TERMINATED => Some(Connection::Silent),
        NOT_FOUND => None,
        _ if says("Connection refused") => Some(Connection::Refused),
        _ if UNANSWERED.into_iter().any(says) => Some(Connection::Silent),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ping_statistics_are_read_as_iputils_and_busybox_print_them() {
        let iputils = "4 packets transmitted, 3 received, 25% packet loss, time 3004ms";
        let busybox = "4 packets transmitted, 4 packets received, 0% packet loss";
        let pings = |sent, received| Some(Seen::Pings { sent, received });
        assert_eq!(parse_ping(iputils), pings(4, 3));
        assert_eq!(parse_ping(busybox), pings(4, 4));
        assert_eq!(parse_ping("ping: unknown host"), None);
    }

    #[test]
    fn a_connection_is_read_from_exit_code_and_words() {
        let read = |code, text: &str| {
            parse_connection(&CommandOutput::new(CommandState::Exited(code), text))
        };
        let refused = "bash: connect: Connection refused\nbash: line 1: /dev/tcp/10.0.0.5/443: Connection refused\n";
        let no_route = "bash: connect: No route to host\n";
        assert_eq!(read(0, ""), Some(Connection::Connected));
        assert_eq!(read(1, refused), Some(Connection::Refused));
        assert_eq!(read(124, ""), Some(Connection::Silent));
        assert_eq!(read(143, ""), Some(Connection::Silent));
        assert_eq!(read(1, no_route), Some(Connection::Silent));
        assert_eq!(read(127, "sh: timeout: command not found\n"), None);
        assert_eq!(read(127, "timeout: Connection refused"), None);
        assert_eq!(read(1, "bash: something else"), None);
        let aborted = CommandOutput::new(CommandState::Aborted("Timeout".to_owned()), refused);
        assert_eq!(parse_connection(&aborted), None);
    }

    #[test]
    fn scripts_name_the_family_of_the_address() {
        let (v4, v6) = ("10.0.0.5", "2001:db8::5");
        let to = |method, address: &str| script(method, &address.parse().expect("an address"));
        let tcp = ProbeMethod::Connect { port: 443 };
        assert_eq!(to(ProbeMethod::Ping, v4), "ping -c 4 -W 2 10.0.0.5");
        assert_eq!(to(ProbeMethod::Ping, v6), "ping -6 -c 4 -W 2 2001:db8::5");
        assert_eq!(to(tcp, v4), "timeout 3 bash -c '</dev/tcp/10.0.0.5/443'");
        assert_eq!(to(tcp, v6), "timeout 3 bash -c '</dev/tcp/2001:db8::5/443'");
    }
}
