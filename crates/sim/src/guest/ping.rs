//! `ping` as iputils on Linux does and prints it.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Ping {
    pub(crate) target: IpAddr,
    count: u32,
    interval: Duration,
    wait: Duration,
    deadline: Option<Duration>,
    is_quiet: bool,
    /// `4` or `6`, if the target must be of that family.
    family: Option<char>,
}

/// Without a count it would never end; the command's timeout ends it anyway.
const ENDLESS: u32 = 10_000;

impl Ping {
    /// Reads the arguments; an error is what the program prints.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut ping = Self {
            target: Ipv4Addr::UNSPECIFIED.into(),
            count: ENDLESS,
            interval: Duration::from_secs(1),
            wait: Duration::from_secs(10),
            deadline: None,
            is_quiet: false,
            family: None,
        };
        let mut target = None;
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let Some(option) = argument
                .strip_prefix('-')
                .filter(|option| !option.is_empty())
            else {
                target = Some(argument);
                continue;
            };
            ping.option(option, &mut arguments)?;
        }
        let target = target.ok_or("ping: usage error: Destination address required")?;
        ping.target = target
            .parse()
            .map_err(|_| format!("ping: {target}: Name or service not known"))?;
        match (ping.family, ping.target) {
            (Some('6'), IpAddr::V4(_)) | (Some('4'), IpAddr::V6(_)) => Err(format!(
                "ping: {target}: Address family for hostname not supported"
            )),
            _ => Ok(ping),
        }
    }

    fn option<'a>(
        &mut self,
        option: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), String> {
        let letter = option.chars().next().unwrap_or_default();
        if matches!(letter, 'q' | 'n' | '4' | '6' | 'D' | 'O' | 'v') {
            self.is_quiet |= option.contains('q');
            self.family = option.chars().find(|c| "46".contains(*c)).or(self.family);
            return Ok(());
        }
        let attached = &option[letter.len_utf8()..];
        let value = if attached.is_empty() {
            rest.next().cloned().unwrap_or_default()
        } else {
            attached.to_owned()
        };
        let invalid = || format!("ping: invalid argument: '{value}'");
        let seconds = || {
            let number: f64 = value.parse().map_err(|_| invalid())?;
            Duration::try_from_secs_f64(number).map_err(|_| invalid())
        };
        match letter {
            'c' => {
                self.count = value
                    .parse()
                    .ok()
                    .filter(|count| (1..=ENDLESS).contains(count))
                    .ok_or_else(invalid)?
            }
            'i' => self.interval = seconds()?.max(Duration::from_millis(2)),
            'W' => self.wait = seconds()?,
            'w' => self.deadline = Some(seconds()?),
            's' | 'I' | 't' | 'l' | 'M' | 'Q' | 'm' | 'p' | 'S' => {}
            _ => return Err(format!("ping: invalid option -- '{letter}'")),
        }
        Ok(())
    }
}

/// A ping under way.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) ping: Ping,
    started: Duration,
    sent: u32,
    received: Vec<Duration>,
    last_lost: bool,
}

/// What happens next, and when.
pub(crate) enum Event {
    Echo(Duration),
    End(Duration),
}

impl Progress {
    pub(crate) fn new(ping: Ping, started: Duration) -> Self {
        Self {
            ping,
            started,
            sent: 0,
            received: Vec::new(),
            last_lost: false,
        }
    }

    pub(crate) fn header(&self) -> String {
        let target = self.ping.target;
        match target {
            IpAddr::V4(_) => format!("PING {target} ({target}) 56(84) bytes of data.\n"),
            IpAddr::V6(_) => format!("PING {target}({target}) 56 data bytes\n"),
        }
    }

    pub(crate) fn next(&self) -> Event {
        let due = self
            .started
            .saturating_add(self.ping.interval.saturating_mul(self.sent));
        let end = self
            .ping
            .deadline
            .map(|deadline| self.started.saturating_add(deadline));
        if let Some(end) = end.filter(|end| due > *end) {
            return Event::End(end);
        }
        if self.sent < self.ping.count {
            return Event::Echo(due);
        }
        let last = due.saturating_sub(self.ping.interval);
        // Without any answer the program waits the whole time, otherwise hardly longer than answers took.
        let answered = self.received.last().copied().unwrap_or_default();
        let wait = if self.last_lost {
            self.ping.wait
        } else {
            answered
        };
        let finish = last.saturating_add(wait);
        Event::End(end.map_or(finish, |end| finish.min(end)))
    }

    /// Notes an echo and its answer, and returns the line printed for it.
    pub(crate) fn echo(&mut self, answer: Option<Duration>) -> String {
        self.sent += 1;
        self.last_lost = answer.is_none();
        let Some(time) = answer else {
            return String::new();
        };
        self.received.push(time);
        if self.ping.is_quiet {
            return String::new();
        }
        format!(
            "64 bytes from {}: icmp_seq={} ttl=62 time={} ms\n",
            self.ping.target,
            self.sent,
            brief(time)
        )
    }

    pub(crate) fn exit_code(&self) -> i32 {
        let received = self.received.len() as u32;
        let too_few = self.ping.deadline.is_some()
            && self.ping.count != ENDLESS
            && received < self.ping.count;
        i32::from(received == 0 || too_few)
    }

    pub(crate) fn statistics(&self) -> String {
        let received = self.received.len() as u32;
        let lost = (self.sent - received) * 100 / self.sent.max(1);
        let span = self
            .ping
            .interval
            .saturating_mul(self.sent.saturating_sub(1));
        let time = span.as_millis() + u128::from(self.sent);
        let mut text = format!("\n--- {} ping statistics ---\n", self.ping.target);
        let counts = format!("{} packets transmitted, {received} received", self.sent);
        let _ = writeln!(text, "{counts}, {lost}% packet loss, time {time}ms");
        match (self.received.iter().min(), self.received.iter().max()) {
            (Some(min), Some(max)) => {
                let mean = self.received.iter().sum::<Duration>() / received.max(1);
                let [min, mean, max] = [*min, mean, *max].map(precise);
                let _ = writeln!(text, "rtt min/avg/max/mdev = {min}/{mean}/{max}/0.000 ms");
            }
            _ => text.push('\n'),
        }
        text
    }
}

fn precise(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1000.0)
}

fn brief(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    if milliseconds < 1.0 {
        precise(time)
    } else {
        format!("{milliseconds:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ping(line: &str) -> Result<Ping, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Ping::parse(&words)
    }

    #[test]
    fn prints_what_iputils_prints() {
        let mut progress = Progress::new(
            ping("-c 4 -W 2 10.0.20.100").expect("valid"),
            Duration::ZERO,
        );
        let answer = Some(Duration::from_micros(420));
        let line = progress.echo(answer);
        assert_eq!(
            line,
            "64 bytes from 10.0.20.100: icmp_seq=1 ttl=62 time=0.420 ms\n"
        );
        for _ in 0..3 {
            progress.echo(answer);
        }
        let expected = "\n--- 10.0.20.100 ping statistics ---\n\
            4 packets transmitted, 4 received, 0% packet loss, time 3004ms\n\
            rtt min/avg/max/mdev = 0.420/0.420/0.420/0.000 ms\n";
        assert_eq!(progress.statistics(), expected);
        assert_eq!(progress.exit_code(), 0);
    }

    #[test]
    fn ipv6_has_its_own_header_and_needs_no_option() {
        for line in ["-6 -c 1 2001:db8::1", "-c 1 2001:db8::1"] {
            let progress = Progress::new(ping(line).expect("valid"), Duration::ZERO);
            assert_eq!(
                progress.header(),
                "PING 2001:db8::1(2001:db8::1) 56 data bytes\n"
            );
        }
    }

    #[test]
    fn lost_packets_cost_the_wait() {
        let mut progress =
            Progress::new(ping("-c 2 -W 3 10.0.0.1").expect("valid"), Duration::ZERO);
        progress.echo(None);
        progress.echo(None);
        assert!(matches!(progress.next(), Event::End(at) if at == Duration::from_secs(4)));
        assert!(
            progress
                .statistics()
                .contains("2 packets transmitted, 0 received, 100% packet loss")
        );
        assert_eq!(progress.exit_code(), 1);
    }

    #[test]
    fn bad_arguments_are_refused() {
        for line in [
            "",
            "-c",
            "-c x 10.0.0.1",
            "-Z 10.0.0.1",
            "nohost",
            "-i -1 10.0.0.1",
            "-é 10.0.0.1",
            "-6 10.0.0.1",
            "-4 2001:db8::1",
        ] {
            assert!(ping(line).is_err(), "{line}");
        }
    }
}
