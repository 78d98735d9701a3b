//! What an instance makes of a script: it knows `ping`, connections by `timeout N bash -c '</dev/tcp/ADDRESS/PORT'`, and
//! nothing else.

use std::fmt::Write;
use std::net::IpAddr;

use super::life::Life;
use crate::ids::{CommandId, InstanceId};

/// The time one probe of the memory cloud takes, in milliseconds.
const ROUND_TRIP: &str = "0.512";
const DEFAULT_COUNT: u32 = 4;
/// More probes than a test needs, so that no script makes the output grow without bound.
const MAX_COUNT: u32 = 100;

/// A script that ran on an instance.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) id: CommandId,
    pub(super) instance: InstanceId,
    pub(super) outcome: Outcome,
    pub(super) life: Life,
}

/// How a script ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) exit_code: i32,
    pub(super) text: String,
}

/// What a script reaches from its instance.
pub(super) trait Reach {
    /// Whether an address answers pings.
    fn answers(&self, to: &IpAddr) -> bool;
    /// Whether a packet to a TCP port and its answer pass, and if so, whether something listens there.
    fn connects(&self, to: &IpAddr, port: u16) -> Option<bool>;
}

/// Runs the lines of a script one after the other. The exit code is that of the last command, as in a shell.
pub(super) fn run(script: &str, reach: &impl Reach) -> Outcome {
    let mut outcome = Outcome {
        exit_code: 0,
        text: String::new(),
    };
    let lines = script.split(['\n', ';']).map(str::trim);
    for line in lines.filter(|line| !is_silent(line)) {
        let step = run_line(line, reach);
        outcome.exit_code = step.exit_code;
        outcome.text.push_str(&step.text);
    }
    outcome
}

fn is_silent(line: &str) -> bool {
    line.is_empty()
        || line.starts_with(['#'])
        || line.starts_with("set ")
        || line.starts_with("export ")
}

fn run_line(line: &str, reach: &impl Reach) -> Outcome {
    let mut words = line
        .split_whitespace()
        .skip_while(|word| word.contains('='));
    let program = words.next().unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    if name == "timeout"
        && let Some((address, port)) = connection(words.clone())
    {
        return connected(&address, port, reach.connects(&address, port));
    }
    if !matches!(name, "ping" | "ping6") {
        return Outcome {
            exit_code: 127,
            text: format!("sh: {program}: command not found\n"),
        };
    }
    match parse(words) {
        Some(ping) => ping.report(reach.answers(&ping.address)),
        None => Outcome {
            exit_code: 2,
            text: "ping: usage error: Destination address required\n".to_owned(),
        },
    }
}

/// The far end of `N bash -c '</dev/tcp/ADDRESS/PORT'`.
fn connection<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<(IpAddr, u16)> {
    let _seconds: u32 = words.next()?.parse().ok()?;
    if (words.next()?, words.next()?) != ("bash", "-c") {
        return None;
    }
    let path = words
        .next()?
        .strip_prefix("'</dev/tcp/")?
        .strip_suffix('\'')?;
    let (address, port) = path.split_once('/')?;
    Some((address.parse().ok()?, port.parse().ok()?))
}

/// What bash and `timeout` print and end with.
fn connected(address: &IpAddr, port: u16, listens: Option<bool>) -> Outcome {
    let refused = || {
        format!(
            "bash: connect: Connection refused\nbash: line 1: /dev/tcp/{address}/{port}: Connection refused\n"
        )
    };
    let (exit_code, text) = match listens {
        Some(true) => (0, String::new()),
        Some(false) => (1, refused()),
        None => (124, String::new()),
    };
    Outcome { exit_code, text }
}

/// Whether an address is of the family that an option asks for.
fn fits(family: Option<char>, address: &IpAddr) -> bool {
    match family {
        Some('4') => address.is_ipv4(),
        Some('6') => address.is_ipv6(),
        _ => true,
    }
}

/// A `ping` command.
struct Ping {
    address: IpAddr,
    count: u32,
    interval: f64,
}

fn parse<'a>(words: impl Iterator<Item = &'a str>) -> Option<Ping> {
    let (mut count, mut interval, mut address) = (DEFAULT_COUNT, 1.0, None);
    let mut family = None;
    let mut words = words.take_while(|word| !word.starts_with(['|', '&', '>', '<']));
    while let Some(word) = words.next() {
        if let Some((option, value)) = valued(word, &mut words) {
            match option {
                'c' => count = value.parse().ok()?,
                'i' => interval = value.parse().ok()?,
                _ => {}
            }
        } else if let Some(option) = word.strip_prefix('-') {
            family = option.chars().find(|c| "46".contains(*c)).or(family);
        } else {
            address = word.trim_matches(['"', '\'']).parse().ok().or(address);
        }
    }
    Some(Ping {
        address: address.filter(|address| fits(family, address))?,
        count: count.clamp(1, MAX_COUNT),
        interval,
    })
}

/// The option and its value, if `word` is an option that takes one: `-c 4` or `-c4`.
fn valued<'a>(word: &'a str, rest: &mut impl Iterator<Item = &'a str>) -> Option<(char, &'a str)> {
    let option = word.strip_prefix('-')?.chars().next()?;
    if !"cwWistIlmMpQST".contains(option) {
        return None;
    }
    let attached = &word[1 + option.len_utf8()..];
    let value = if attached.is_empty() {
        rest.next()?
    } else {
        attached
    };
    Some((option, value))
}

impl Ping {
    /// What iputils prints.
    fn report(&self, is_answered: bool) -> Outcome {
        let (address, count) = (self.address, self.count);
        let mut text = format!("PING {address} ({address}) 56(84) bytes of data.\n");
        let received = if is_answered { count } else { 0 };
        for sequence in 1..=received {
            let line = format!("64 bytes from {address}: icmp_seq={sequence} ttl=62");
            let _ = writeln!(text, "{line} time={ROUND_TRIP} ms");
        }
        let loss = if is_answered { 0 } else { 100 };
        let _ = writeln!(
            text,
            "\n--- {address} ping statistics ---\n{count} packets transmitted, {received} received, {loss}% packet loss, time {}ms",
            self.time()
        );
        if is_answered {
            let times = format!("{ROUND_TRIP}/{ROUND_TRIP}/{ROUND_TRIP}/0.000");
            let _ = writeln!(text, "rtt min/avg/max/mdev = {times} ms");
        }
        Outcome {
            exit_code: i32::from(!is_answered),
            text,
        }
    }

    fn time(&self) -> u64 {
        let between = f64::from(self.count - 1) * self.interval.max(0.0) * 1000.0;
        between as u64 + u64::from(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers pings from these addresses, and connections to port 22 of them.
    struct To<'a>(&'a [&'a str]);

    impl Reach for To<'_> {
        fn answers(&self, to: &IpAddr) -> bool {
            self.0.contains(&to.to_string().as_str())
        }

        fn connects(&self, to: &IpAddr, port: u16) -> Option<bool> {
            self.answers(to).then_some(port == 22)
        }
    }

    #[test]
    fn a_connection_is_opened_refused_or_silent() {
        let connect = |to: &str| {
            let script = format!("timeout 3 bash -c '</dev/tcp/{to}'");
            run(&script, &To(&["10.0.0.1", "2001:db8::10"]))
        };
        assert_eq!(connect("10.0.0.1/22").exit_code, 0);
        assert_eq!(connect("2001:db8::10/22").exit_code, 0);
        let refused = connect("10.0.0.1/443");
        assert_eq!(refused.exit_code, 1);
        assert!(
            refused.text.contains("Connection refused"),
            "{}",
            refused.text
        );
        assert_eq!(connect("10.0.0.2/22").exit_code, 124);
        assert_eq!(connect("nowhere/22").exit_code, 127);
    }

    #[test]
    fn an_answered_ping_prints_what_iputils_prints() {
        let outcome = run("ping -n -c 4 -W 2 10.0.20.100", &To(&["10.0.20.100"]));
        assert_eq!(outcome.exit_code, 0);
        assert!(
            outcome
                .text
                .contains("4 packets transmitted, 4 received, 0% packet loss, time 3004ms"),
            "{}",
            outcome.text
        );
    }

    #[test]
    fn a_lost_ping_exits_with_one() {
        let outcome = run("LC_ALL=C ping -c2 -i 0.5 10.0.20.100 2>&1", &To(&[]));
        assert_eq!(outcome.exit_code, 1);
        let lost = "2 packets transmitted, 0 received, 100% packet loss, time 502ms";
        assert!(outcome.text.contains(lost), "{}", outcome.text);
    }

    #[test]
    fn a_script_runs_line_by_line_and_ends_with_its_last_code() {
        let script = "#!/bin/sh\nset -u\nping -c 1 10.0.0.1\nping -c 1 10.0.0.2\n";
        let outcome = run(script, &To(&["10.0.0.1"]));
        assert_eq!(outcome.exit_code, 1);
        assert_eq!(outcome.text.matches("ping statistics").count(), 2);
    }

    #[test]
    fn other_commands_are_not_found() {
        let outcome = run("curl http://10.0.0.1", &To(&["10.0.0.1"]));
        assert_eq!(outcome.exit_code, 127);
        assert_eq!(outcome.text, "sh: curl: command not found\n");
    }

    #[test]
    fn a_ping_of_one_family_takes_an_address_of_it() {
        let outcome = run("ping -6 -c 2 2001:db8::10", &To(&["2001:db8::10"]));
        assert!(outcome.text.contains("2 received"), "{}", outcome.text);
        for script in ["ping -6 -c 1 10.0.0.1", "ping -4 -c 1 2001:db8::10"] {
            assert_eq!(
                run(script, &To(&["10.0.0.1", "2001:db8::10"])).exit_code,
                2,
                "{script}"
            );
        }
    }

    #[test]
    fn a_ping_to_nowhere_is_a_usage_error() {
        assert_eq!(run("ping -c", &To(&[])).exit_code, 2);
    }
}
