//! Scripts under way on instances: they take virtual time and see the network as it is at each moment.

use std::time::Duration;

use super::ping::{Event, Ping, Progress};
use super::shell::{self, Condition, Step};

/// A script on one instance.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) started: Duration,
    timeout: Duration,
    /// The script's own clock.
    at: Duration,
    steps: std::collections::VecDeque<Step>,
    ping: Option<(Progress, bool)>,
    exit: i32,
    output: Vec<(Stream, String)>,
    pub(crate) end: Option<End>,
}

/// How a script ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Exit {
        code: i32,
        at: Duration,
    },
    Timeout {
        at: Duration,
    },
    /// From outside, or it never began.
    Stopped {
        code: &'static str,
        at: Duration,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Standard,
    Error,
}

/// What agents keep of the output.
const LONGEST: usize = 24 * 1024;

impl Process {
    pub(crate) fn new(script: &str, started: Duration, timeout: Duration) -> Self {
        let steps = shell::parse(script);
        Self {
            started,
            timeout,
            at: started,
            steps: steps.into(),
            ping: None,
            exit: 0,
            output: Vec::new(),
            end: None,
        }
    }

    /// All output, as a terminal shows it.
    pub(crate) fn output(&self) -> String {
        self.output.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// The standard output.
    pub(crate) fn standard_output(&self) -> String {
        self.printed(Stream::Standard)
    }

    /// The standard error.
    pub(crate) fn standard_error(&self) -> String {
        self.printed(Stream::Error)
    }

    fn printed(&self, stream: Stream) -> String {
        let of_stream = self.output.iter().filter(|(of, _)| *of == stream);
        of_stream.map(|(_, text)| text.as_str()).collect()
    }

    /// Carries on until the script ends or the next event lies in the future. An echo that is lost has no round trip.
    pub(crate) fn carry_on(
        &mut self,
        now: Duration,
        round_trip: impl Fn(&Ping, Duration) -> Option<Duration>,
    ) {
        let last_moment = self.started.saturating_add(self.timeout);
        while self.end.is_none() {
            let due = self.due();
            if due > last_moment && now >= last_moment {
                self.end = Some(End::Timeout { at: last_moment });
            } else if due > now {
                return;
            } else {
                self.at = due;
                self.happen(&round_trip);
            }
        }
    }

    fn due(&self) -> Duration {
        match self.ping.as_ref().map(|(progress, _)| progress.next()) {
            Some(Event::Echo(at) | Event::End(at)) => at.max(self.at),
            None => self.at,
        }
    }

    fn happen(&mut self, round_trip: impl Fn(&Ping, Duration) -> Option<Duration>) {
        match self.ping.take() {
            Some((mut progress, is_silent)) => {
                if let Event::Echo(_) = progress.next() {
                    let answer = round_trip(&progress.ping, self.at);
                    let line = progress.echo(answer);
                    self.print(&line, is_silent);
                    self.ping = Some((progress, is_silent));
                } else {
                    self.print(&progress.statistics(), is_silent);
                    self.exit = progress.exit_code();
                }
            }
            None => match self.steps.pop_front() {
                Some(step) => self.start(&step),
                None => {
                    self.end = Some(End::Exit {
                        code: self.exit,
                        at: self.at,
                    })
                }
            },
        }
    }

    fn start(&mut self, step: &Step) {
        let runs = match step.condition {
            Condition::Always => true,
            Condition::AfterSuccess => self.exit == 0,
            Condition::AfterFailure => self.exit != 0,
        };
        let Some((name, arguments)) = step.words.split_first().filter(|_| runs) else {
            return;
        };
        let name = name.rsplit('/').next().unwrap_or(name);
        match name {
            "ping" => self.start_ping(arguments, step.is_silent),
            "echo" => self.echo(arguments, step.is_silent),
            "sleep" => self.sleep(arguments),
            "true" | ":" | "export" | "set" => self.exit = 0,
            "false" => self.exit = 1,
            "exit" => {
                self.exit = arguments
                    .first()
                    .and_then(|code| code.parse().ok())
                    .unwrap_or(self.exit);
                self.end = Some(End::Exit {
                    code: self.exit,
                    at: self.at,
                });
            }
            _ => {
                self.complain(&format!("/bin/sh: line 1: {name}: command not found\n"));
                self.exit = 127;
            }
        }
    }

    fn start_ping(&mut self, arguments: &[String], is_silent: bool) {
        match Ping::parse(arguments) {
            Ok(ping) => {
                let progress = Progress::new(ping, self.at);
                self.print(&progress.header(), is_silent);
                self.ping = Some((progress, is_silent));
            }
            Err(message) => {
                self.complain(&format!("{message}\n"));
                self.exit = 2;
            }
        }
    }

    fn echo(&mut self, arguments: &[String], is_silent: bool) {
        let (arguments, end) = match arguments.split_first() {
            Some((first, rest)) if first == "-n" => (rest, ""),
            _ => (arguments, "\n"),
        };
        let text = arguments.join(" ").replace("$?", &self.exit.to_string());
        self.print(&format!("{text}{end}"), is_silent);
        self.exit = 0;
    }

    fn sleep(&mut self, arguments: &[String]) {
        let seconds = arguments.first().and_then(|text| text.parse().ok());
        match seconds.map(Duration::try_from_secs_f64) {
            Some(Ok(pause)) => {
                self.at = self.at.saturating_add(pause);
                self.exit = 0;
            }
            _ => self.exit = 1,
        }
    }

    fn print(&mut self, text: &str, is_silent: bool) {
        if !is_silent {
            self.write(Stream::Standard, text);
        }
    }

    fn complain(&mut self, text: &str) {
        self.write(Stream::Error, text);
    }

    fn write(&mut self, stream: Stream, text: &str) {
        let kept: usize = self.output.iter().map(|(_, text)| text.len()).sum();
        if kept + text.len() <= LONGEST {
            self.output.push((stream, text.to_owned()));
        }
    }
}
