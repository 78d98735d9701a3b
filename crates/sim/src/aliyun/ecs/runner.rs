//! Commands under way on instances.

use std::time::Duration;

use crate::aliyun::dataplane;
use crate::aliyun::state::State;
use crate::aliyun::timings::Timings;
use crate::guest::{Ping, Process};
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
    pub(super) process: Process,
}

/// How long an echo and its answer take; `None` if one of them is lost.
fn round_trip(
    state: &State,
    timings: &Timings,
    source: &str,
    ping: &Ping,
    at: Duration,
) -> Option<Duration> {
    let echo = Protocol::echo_to(ping.target);
    match dataplane::packet(state, source, ping.target, echo, at) {
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
            let Run { instance, process } = run;
            process.carry_on(now, |ping, at| {
                round_trip(state, timings, instance, ping, at)
            });
        }
        if invocation.runs.iter().any(|run| run.process.end.is_none()) {
            state.ecs.active.push(id.clone());
        }
        state.ecs.invocations.insert(id, invocation);
    }
}
