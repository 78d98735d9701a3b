//! Commands under way on instances: they take virtual time and see the network as it is at each moment.

use std::time::Duration;

use super::ping::{Event, Ping, Progress};
use super::shell::{Condition, Step};
use crate::aliyun::dataplane;
use crate::aliyun::state::State;
use crate::aliyun::timings::Timings;
use crate::packet::Protocol;
use crate::verdict::Verdict;

/// A command sent to some instances.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    pub(super) id: String,
    pub(super) command: String,
    pub(super) owner: String,
    pub(super) region: String,
    pub(super) runs: Vec<Run>,
}

/// The command on one instance.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(super) instance: String,
    pub(super) started: Duration,
    timeout: Duration,
    /// The command's own clock.
    at: Duration,
    steps: std::collections::VecDeque<Step>,
    ping: Option<(Progress, bool)>,
    exit: i32,
    pub(super) output: String,
    pub(super) end: Option<End>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub(super) enum End {
    Exit { code: i32, at: Duration },
    Timeout { at: Duration },
    Refused { code: &'static str, at: Duration },
}

impl Run {
    pub(super) fn new(
        instance: String,
        steps: Vec<Step>,
        started: Duration,
        timeout: Duration,
    ) -> Self {
        Self {
            instance,
            started,
            timeout,
            at: started,
            steps: steps.into(),
            ping: None,
            exit: 0,
            output: String::new(),
            end: None,
        }
    }

    /// Carries on until the command ends or the next event lies in the future.
    fn carry_on(&mut self, state: &State, timings: &Timings, now: Duration) {
        let last_moment = self.started.saturating_add(self.timeout);
        while self.end.is_none() {
            let due = self.due();
            if due > last_moment && now >= last_moment {
                self.end = Some(End::Timeout { at: last_moment });
            } else if due > now {
                return;
            } else {
                self.at = due;
                self.happen(state, timings);
            }
        }
    }

    fn due(&self) -> Duration {
        match self.ping.as_ref().map(|(progress, _)| progress.next()) {
            Some(Event::Echo(at) | Event::End(at)) => at.max(self.at),
            None => self.at,
        }
    }

    fn happen(&mut self, state: &State, timings: &Timings) {
        match self.ping.take() {
            Some((mut progress, is_silent)) => {
                if let Event::Echo(_) = progress.next() {
                    let answer =
                        round_trip(state, timings, &self.instance, &progress.ping, self.at);
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
                self.print(
                    &format!("/bin/sh: line 1: {name}: command not found\n"),
                    false,
                );
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
                self.print(&format!("{message}\n"), false);
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
        // The real agent keeps 24 KiB.
        if !is_silent && self.output.len() + text.len() <= 24 * 1024 {
            self.output.push_str(text);
        }
    }
}

/// How long an echo and its answer take; `None` if one of them is lost.
fn round_trip(
    state: &State,
    timings: &Timings,
    source: &str,
    ping: &Ping,
    at: Duration,
) -> Option<Duration> {
    match dataplane::packet(state, source, ping.target.into(), Protocol::ECHO, at) {
        Verdict::Dropped { .. } => None,
        Verdict::Delivered { hops } => {
            let crosses = hops.iter().any(|hop| hop.starts_with("peer "));
            Some(timings.round_trip * if crosses { 10 } else { 1 })
        }
    }
}

/// Lets all commands carry on until now.
pub(crate) fn run(state: &mut State, timings: &Timings, now: Duration) {
    for id in std::mem::take(&mut state.ecs.active) {
        // Taken out while it runs: it only reads the rest of the state.
        let Some(mut invocation) = state.ecs.invocations.remove(&id) else {
            continue;
        };
        for run in &mut invocation.runs {
            run.carry_on(state, timings, now);
        }
        if invocation.runs.iter().any(|run| run.end.is_none()) {
            state.ecs.active.push(id.clone());
        }
        state.ecs.invocations.insert(id, invocation);
    }
}
