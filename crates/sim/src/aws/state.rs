//! All of the cloud's state, and how it moves on with time.

use std::time::Duration;

use super::operation::Body;
use super::timings::Timings;
use super::{ec2, iam, ssm, sts};
use crate::guest::Listeners;
use crate::ledger::Ledger;
use crate::memory::TokenMemory;
use crate::throttle::Throttle;

/// What does not change while the simulator runs.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) timings: Timings,
    pub(crate) throttling: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            timings: Timings::default(),
            throttling: true,
        }
    }
}

/// The products' objects.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) ec2: ec2::State,
    pub(crate) iam: iam::State,
    pub(crate) sts: sts::State,
    pub(crate) listeners: Listeners,
    pub(crate) ssm: ssm::State,
}

/// The cloud: its setup, its gateway's memory, its objects.
#[derive(Default)]
pub(crate) struct Cloud {
    pub(crate) setup: Setup,
    pub(crate) state: State,
    pub(crate) tokens: TokenMemory<Body>,
    pub(crate) throttle: Throttle,
}

impl Cloud {
    pub(crate) fn new(setup: Setup) -> Self {
        Self {
            setup,
            ..Self::default()
        }
    }

    /// Records what ended by itself and removes what is gone.
    pub(crate) fn settle_all(&mut self, now: Duration, ledger: &mut Ledger) {
        ec2::insights::settle(&mut self.state, now);
        ec2::insights::forget(&mut self.state, &self.setup.timings, now, ledger);
        let ec2 = &mut self.state.ec2;
        ec2.settle(now, &self.setup.timings, ledger);
        ledger.close_gone(&mut ec2.vpcs, now);
        ledger.close_gone(&mut ec2.subnets, now);
        ledger.close_gone(&mut ec2.tables, now);
        ledger.close_gone(&mut ec2.groups, now);
        ledger.close_gone(&mut ec2.acls, now);
        ledger.close_gone(&mut ec2.lists, now);
        ledger.close_gone(&mut ec2.instances, now);
        ledger.close_gone(&mut ec2.internet_gateways, now);
        ledger.close_gone(&mut ec2.egress_gateways, now);
        ledger.close_gone(&mut ec2.nat_gateways, now);
        ledger.close_gone(&mut ec2.elastic_addresses, now);
        ledger.close_gone(&mut ec2.endpoints, now);
        ledger.close_gone(&mut ec2.dhcp_options, now);
        ledger.close_gone(&mut ec2.network_interfaces, now);
        ssm::settle(&mut self.state, &self.setup.timings, now);
    }
}
