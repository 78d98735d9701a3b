//! Commands under way.

use std::time::Duration;

use serde_json::Value;

use super::guests::Surroundings;
use crate::aws::state::State;
use crate::aws::timings::Timings;
use crate::guest::{End, Process};

/// A command that was sent to some instances.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) id: String,
    pub(super) owner: String,
    pub(super) region: String,
    pub(super) document: String,
    pub(super) comment: String,
    /// As sent.
    pub(super) parameters: Value,
    pub(super) targets: Value,
    pub(super) asked: Duration,
    /// When it is no longer delivered.
    pub(super) expires: Duration,
    /// In seconds.
    pub(super) delivery_timeout: u64,
    pub(super) script: String,
    pub(super) execution_timeout: Duration,
    pub(super) max_concurrency: String,
    pub(super) max_errors: String,
    pub(super) runs: Vec<Run>,
}

/// A command on one instance.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) instance: String,
    /// `None` until it is delivered.
    pub(super) process: Option<Process>,
    /// Its end if it never was delivered.
    undelivered: Option<End>,
}

impl Run {
    pub(super) fn new(instance: String) -> Self {
        Self {
            instance,
            process: None,
            undelivered: None,
        }
    }

    pub(super) fn end(&self) -> Option<&End> {
        match &self.process {
            Some(process) => process.end.as_ref(),
            None => self.undelivered.as_ref(),
        }
    }

    /// Cancels it unless it has ended.
    pub(super) fn cancel(&mut self, at: Duration) {
        if self.end().is_some() {
            return;
        }
        let end = Some(End::Stopped {
            code: "Cancelled",
            at,
        });
        match &mut self.process {
            Some(process) => process.end = end,
            None => self.undelivered = end,
        }
    }

    /// The status and its details.
    pub(super) fn status(&self, now: Duration) -> (&'static str, &'static str) {
        match (self.end(), &self.process) {
            (None, None) => ("Pending", "Pending"),
            (None, Some(_)) => ("InProgress", "InProgress"),
            (Some(End::Exit { code: 0, .. }), _) => ("Success", "Success"),
            (Some(End::Exit { .. }), _) => ("Failed", "Failed"),
            (Some(End::Timeout { .. }), None) => ("TimedOut", "DeliveryTimedOut"),
            (Some(End::Timeout { .. }), Some(_)) => ("TimedOut", "ExecutionTimedOut"),
            (Some(End::Stopped { at, .. }), _) if now < *at => ("Cancelling", "Cancelling"),
            (Some(End::Stopped { code, .. }), _) => (code, code),
        }
    }
}

impl Command {
    pub(super) fn carry_on(&mut self, state: &State, timings: &Timings, now: Duration) {
        for position in 0..self.runs.len() {
            self.deliver(position, state, timings, now);
            if let Some(run) = self.runs.get_mut(position) {
                run.carry_on(state, timings, self.execution_timeout, now);
            }
        }
    }

    /// Hands a run to the agent of its instance, or gives up.
    fn deliver(&mut self, position: usize, state: &State, timings: &Timings, now: Duration) {
        let start = self.asked + timings.command_start;
        let Some(run) = self.runs.get_mut(position) else {
            return;
        };
        if run.process.is_some() || run.undelivered.is_some() {
            return;
        }
        // Only then is it told that it was not delivered.
        let given_up = self.expires.saturating_add(self.execution_timeout);
        let agent = state.ssm.agents.get(&run.instance);
        let online = agent.and_then(|agent| agent.online(timings, now));
        let start = online.map(|online| start.max(online));
        match start.filter(|start| *start <= self.expires) {
            Some(start) if start <= now => {
                let process = Process::new(&self.script, start, self.execution_timeout);
                run.process = Some(process);
            }
            _ if now >= given_up => run.undelivered = Some(End::Timeout { at: given_up }),
            _ => {}
        }
    }

    /// The status of all runs together.
    pub(super) fn status(&self, now: Duration) -> (&'static str, &'static str) {
        let all: Vec<_> = self.runs.iter().map(|run| run.status(now)).collect();
        // What is still under way comes before what failed.
        const ORDER: [&str; 8] = [
            "InProgress",
            "Cancelling",
            "Pending",
            "Failed",
            "TimedOut",
            "Cancelled",
            "Success",
            "Undeliverable",
        ];
        let rank = |(status, _): &&(&str, &str)| ORDER.iter().position(|known| known == status);
        all.iter()
            .min_by_key(rank)
            .copied()
            .unwrap_or(("Success", "Success"))
    }
}

impl Run {
    /// A process on an instance that is down stands still, and is given up when its time is over.
    fn carry_on(&mut self, state: &State, timings: &Timings, longest: Duration, now: Duration) {
        let Some(process) = &mut self.process else {
            return;
        };
        let instance = state.ec2.instances.get(&self.instance);
        if instance.is_some_and(|instance| instance.state(now).1 == "running") {
            let network = Surroundings {
                state,
                timings,
                source: &self.instance,
            };
            process.carry_on(now, &network);
        } else if now >= process.started.saturating_add(longest) && process.end.is_none() {
            process.end = Some(End::Timeout {
                at: process.started.saturating_add(longest),
            });
        }
    }
}
