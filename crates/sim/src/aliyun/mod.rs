//! Alibaba Cloud: one URL, all products.
//!
//! [`gateway`] lets calls in, [`operation`] is the table of operations, one module per product has its objects and calls,
//! [`dataplane`] walks packets over them.

mod authenticate;
mod cbn;
mod cdt;
pub mod choices;
mod context;
mod control;
mod dataplane;
mod ecr;
mod ecs;
mod failure;
mod gateway;
mod nis;
mod operation;
mod paging;
mod parameters;
mod permissions;
mod placed;
mod policy;
pub mod quotas;
mod ram;
pub(crate) mod regions;
mod setup;
mod signature;
mod state;
mod sts;
mod timings;
mod vpc;
mod vpcpeer;
mod xml;

pub use placed::AliyunRoute;
pub use timings::Timings;

pub(crate) use state::{Cloud, Setup};

use std::net::IpAddr;
use std::time::Duration;

use crate::account::RoleSpec;
use crate::cloud::{Answer, Region, SimulatedCloud};
use crate::guest::Listeners;
use crate::ledger::Ledger;
use crate::packet::Protocol;
use crate::random::Ids;
use crate::verdict::Verdict;
use crate::wire::{Reply, Request};
use crate::world::Common;

/// The name of the cloud in [`AccountSpec`](crate::AccountSpec).
pub(crate) const NAME: &str = "aliyun";

impl SimulatedCloud for Cloud {
    fn name(&self) -> &'static str {
        NAME
    }

    fn new_key(&self, ids: &mut Ids) -> (String, String) {
        let id = ids.word("access-key", 18);
        (format!("LTAI5t{id}"), ids.word("access-key-secret", 30))
    }

    fn is_addressed(&self, request: &Request) -> bool {
        gateway::is_addressed(request)
    }

    fn handle(&mut self, common: &mut Common, request: &Request) -> Reply {
        self.answer_request(common, request)
    }

    fn senders(&self, source: &str, now: Duration) -> Vec<String> {
        dataplane::senders(&self.state, source, now)
    }

    fn packet(
        &self,
        source: &str,
        destination: IpAddr,
        protocol: Protocol,
        now: Duration,
    ) -> Verdict {
        dataplane::packet(&self.state, source, destination, protocol, now)
    }

    fn listeners(&mut self) -> &mut Listeners {
        &mut self.state.listeners
    }

    fn settle(&mut self, now: Duration, ledger: &mut Ledger) {
        self.settle_all(now, ledger);
    }

    fn provision_role(&mut self, common: &mut Common, spec: RoleSpec) {
        self.state.ram.provision_role(spec, &mut common.ids);
    }

    fn regions(&self) -> Vec<Region> {
        let region = |(id, region): (&str, &regions::Region)| Region {
            id: id.to_owned(),
            zones: region.zones.clone(),
        };
        self.setup.regions.iter().map(region).collect()
    }

    fn control(&mut self, common: &mut Common, verb: &str, body: &[u8]) -> Option<Answer> {
        control::handle(self, common, verb, body)
    }
}
