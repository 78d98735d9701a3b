//! Commands under way on instances.

use std::net::IpAddr;
use std::time::Duration;

use super::Instance;
use crate::aliyun::dataplane;
use crate::aliyun::state::State;
use crate::aliyun::timings::Timings;
use crate::guest::{Network, Process, Reached};
use crate::packet::Protocol;

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

/// The network around an instance.
struct Surroundings<'a> {
    state: &'a State,
    timings: &'a Timings,
    source: &'a str,
}

impl Network for Surroundings<'_> {
    fn send(&self, target: IpAddr, protocol: Protocol, at: Duration) -> Reached {
        let instance = self.state.ecs.instances.get(self.source);
        let mut own = instance.into_iter().flat_map(Instance::addresses);
        if !own.any(|own| own.is_ipv4() == target.is_ipv4()) {
            return Reached::NoAddress;
        }
        let journey = dataplane::travelled(self.state, self.source, target, protocol, at);
        if journey.walked.is_err() {
            return Reached::Lost;
        }
        let crosses = journey.hops.iter().any(|hop| hop.kind == "peer");
        let time = self.timings.round_trip * if crosses { 10 } else { 1 };
        let listeners = &self.state.listeners;
        listeners.answer(journey.receiver.as_deref(), protocol, time)
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
            let network = Surroundings {
                state,
                timings,
                source: instance,
            };
            process.carry_on(now, &network);
        }
        if invocation.runs.iter().any(|run| run.process.end.is_none()) {
            state.ecs.active.push(id.clone());
        }
        state.ecs.invocations.insert(id, invocation);
    }
}
