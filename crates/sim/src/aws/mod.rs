//! AWS: one URL, all regions; the credential scope of the signature says which.
//!
//! [`gateway`] lets calls in, [`operation`] is the table of operations, one module per product has its objects and calls,
//! [`dataplane`] walks packets over them.

mod authenticate;
pub mod choices;
mod context;
mod dataplane;
mod ec2;
mod failure;
mod filters;
mod gateway;
mod iam;
mod json;
mod operation;
mod paging;
mod permissions;
mod placed;
mod policy;
mod pricing;
pub mod quotas;
mod rates;
pub(crate) mod regions;
mod setup;
mod sigv4;
mod ssm;
mod state;
mod sts;
mod timings;
mod xml;

pub use placed::{AwsAclEntry, AwsRoute};
pub use timings::Timings;

pub(crate) use state::{Cloud, Setup};

use std::net::IpAddr;
use std::time::Duration;

use crate::account::{Account, RoleSpec};
use crate::cloud::{Region, SimulatedCloud};
use crate::guest::Listeners;
use crate::ledger::Ledger;
use crate::packet::Protocol;
use crate::random::Ids;
use crate::verdict::Verdict;
use crate::wire::{Reply, Request};
use crate::world::Common;

/// The name of the cloud in [`AccountSpec`](crate::AccountSpec).
pub(crate) const NAME: &str = "aws";

/// The id and the secret of a new access key.
pub(crate) fn new_key(ids: &mut Ids) -> (String, String) {
    let id = ids.word("access-key", 16).to_uppercase();
    (format!("AKIA{id}"), ids.word("access-key-secret", 40))
}

impl SimulatedCloud for Cloud {
    fn name(&self) -> &'static str {
        NAME
    }

    fn new_key(&self, ids: &mut Ids) -> (String, String) {
        new_key(ids)
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
        let account = common.accounts.account(&spec.account);
        let partition = account.map_or_else(|| regions::partition(""), Account::partition);
        self.state.iam.provision(spec, partition, &mut common.ids);
    }

    fn regions(&self) -> Vec<Region> {
        let region = |id: &str| Region {
            id: id.to_owned(),
            zones: regions::zones(id),
        };
        regions::all().map(region).collect()
    }
}
