//! All of the cloud's state, and how it moves on with time.

use std::time::Duration;

use super::authenticate::Nonces;
use super::regions::Regions;
use super::timings::Timings;
use super::{cbn, ecr, ecs, nis, ram, sts, vpc, vpcpeer};
use crate::guest::Listeners;
use crate::ledger::Ledger;
use crate::memory::TokenMemory;
use crate::throttle::{GENEROUS, Rate, Throttle};

/// What does not change while the simulator runs.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) regions: Regions,
    pub(crate) timings: Timings,
    pub(crate) conflict_locks: bool,
    /// For operations without a published limit.
    pub(crate) default_rate: Rate,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            regions: Regions::default(),
            timings: Timings::default(),
            conflict_locks: true,
            default_rate: GENEROUS,
        }
    }
}

/// The products' objects. A dry run works on a clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) vpc: vpc::State,
    pub(crate) cbn: cbn::State,
    pub(crate) ecs: ecs::State,
    pub(crate) ecr: ecr::State,
    pub(crate) vpcpeer: vpcpeer::State,
    pub(crate) nis: nis::State,
    pub(crate) ram: ram::State,
    pub(crate) sts: sts::State,
    pub(crate) listeners: Listeners,
}

/// The cloud: its setup, its gateway's memory, its objects.
#[derive(Default)]
pub(crate) struct Cloud {
    pub(crate) setup: Setup,
    pub(crate) state: State,
    pub(crate) nonces: Nonces,
    pub(crate) tokens: TokenMemory<serde_json::Value>,
    pub(crate) throttle: Throttle,
}

impl Cloud {
    pub(crate) fn new(setup: Setup) -> Self {
        Self {
            setup,
            ..Self::default()
        }
    }

    /// Commands and analyses run first, because they see the state of their own time; then what is gone is removed.
    pub(crate) fn settle_all(&mut self, now: Duration, ledger: &mut Ledger) {
        ecs::run_commands(&mut self.state, &self.setup.timings, now);
        nis::settle(&mut self.state, now);
        ledger.close_gone(&mut self.state.vpc.vpcs, now);
        ledger.close_gone(&mut self.state.vpc.vswitches, now);
        ledger.close_gone(&mut self.state.vpc.tables, now);
        ledger.close_gone(&mut self.state.vpc.routes, now);
        ledger.close_gone(&mut self.state.vpc.interfaces, now);
        ledger.close_gone(&mut self.state.vpc.acls, now);
        ledger.close_gone(&mut self.state.vpc.prefix_lists, now);
        ledger.close_gone(&mut self.state.vpc.elastic_addresses, now);
        ledger.close_gone(&mut self.state.vpc.nat_gateways, now);
        ledger.close_gone(&mut self.state.vpc.snat, now);
        ledger.close_gone(&mut self.state.vpc.ipv4_gateways, now);
        ledger.close_gone(&mut self.state.vpc.gateway_endpoints, now);
        ledger.close_gone(&mut self.state.cbn.cens, now);
        ledger.close_gone(&mut self.state.cbn.routers, now);
        ledger.close_gone(&mut self.state.cbn.attachments, now);
        ledger.close_gone(&mut self.state.cbn.tables, now);
        ledger.close_gone(&mut self.state.cbn.associations, now);
        ledger.close_gone(&mut self.state.cbn.propagations, now);
        ledger.close_gone(&mut self.state.cbn.routes, now);
        ledger.close_gone(&mut self.state.cbn.list_routes, now);
        ledger.close_gone(&mut self.state.cbn.grants, now);
        ledger.close_gone(&mut self.state.ecs.groups, now);
        ledger.close_gone(&mut self.state.ecs.instances, now);
        ledger.close_gone(&mut self.state.ecr.routers, now);
        ledger.close_gone(&mut self.state.ecr.associations, now);
        ledger.close_gone(&mut self.state.ecr.children, now);
        ledger.close_gone(&mut self.state.ecr.grants, now);
        ledger.close_gone(&mut self.state.vpcpeer.peerings, now);
    }
}
