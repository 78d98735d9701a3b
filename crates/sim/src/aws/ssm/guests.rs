//! The network as instances see it.

use std::net::IpAddr;
use std::time::Duration;

use crate::aws::dataplane::{self, Hop};
use crate::aws::ec2::Instance;
use crate::aws::state::State;
use crate::aws::timings::Timings;
use crate::guest::{Network, Reached};
use crate::packet::Protocol;

/// The network around an instance.
pub(super) struct Surroundings<'a> {
    pub(super) state: &'a State,
    pub(super) timings: &'a Timings,
    pub(super) source: &'a str,
}

impl Network for Surroundings<'_> {
    fn send(&self, target: IpAddr, protocol: Protocol, at: Duration) -> Reached {
        let instance = self.state.ec2.instances.get(self.source);
        let mut own = instance.into_iter().flat_map(Instance::all_addresses);
        if !own.any(|own| own.is_ipv4() == target.is_ipv4()) {
            return Reached::NoAddress;
        }
        // What an instance sends to itself never leaves it.
        if instance.is_some_and(|own| own.has_address_now(target, at)) {
            let time = self.timings.round_trip;
            let listeners = &self.state.listeners;
            return listeners.answer(Some(self.source), protocol, time);
        }
        let journey = dataplane::travelled(self.state, self.source, target, protocol, at);
        if journey.walked.is_err() {
            return Reached::Lost;
        }
        let time = self.round_trip(&journey.hops);
        let listeners = &self.state.listeners;
        listeners.answer(journey.receiver.as_deref(), protocol, time)
    }
}

impl Surroundings<'_> {
    fn round_trip(&self, hops: &[Hop]) -> Duration {
        let is_far = hops.iter().any(|hop| match hop {
            Hop::Peering { id, .. } => {
                let peering = self.state.ec2.peerings.get(id);
                peering.is_some_and(|one| one.requester.region != one.accepter.region)
            }
            _ => false,
        });
        self.timings.round_trip * if is_far { 10 } else { 1 }
    }
}
