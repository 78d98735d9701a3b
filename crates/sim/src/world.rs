//! The whole simulated world behind one lock.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::account::{Accounts, RoleSpec};
use crate::aliyun;
use crate::aws;
use crate::border_router::BorderRouterSpec;
use crate::calls::CallLog;
use crate::clock::Clock;
use crate::control;
use crate::faults::Faults;
use crate::ledger::Ledger;
use crate::random::Ids;
use crate::verdict::{Protocol, Verdict};
use crate::wire::{Reply, Request};

/// Everything the simulator knows.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) accounts: Accounts,
    pub(crate) calls: CallLog,
    pub(crate) ledger: Ledger,
    pub(crate) faults: Faults,
    pub(crate) aliyun: aliyun::Cloud,
    pub(crate) aws: aws::Cloud,
}

impl World {
    pub(crate) fn new(clock: Clock, seed: u64, setup: aliyun::Setup, aws: aws::Setup) -> Self {
        Self {
            ledger: Ledger::new(clock.at(Duration::ZERO)),
            clock,
            ids: Ids::new(seed),
            accounts: Accounts::default(),
            calls: CallLog::default(),
            faults: Faults::new(seed),
            aliyun: aliyun::Cloud::new(setup),
            aws: aws::Cloud::new(aws),
        }
    }

    /// Lets everything happen that was due by now, and says when now is.
    pub(crate) fn settle(&mut self) -> Duration {
        let now = self.clock.uptime();
        self.aliyun.settle(now, &mut self.ledger);
        self.aws.settle(now, &mut self.ledger);
        now
    }

    /// Creates or replaces a role in the cloud of its account.
    pub(crate) fn provision_role(&mut self, spec: RoleSpec) {
        let cloud = self.accounts.account(&spec.account);
        if cloud.is_some_and(|account| account.cloud == "aws") {
            self.aws.provision_role(spec, &mut self.ids);
        } else {
            let ram = &mut self.aliyun.state.ram;
            ram.provision_role(spec, &mut self.ids);
        }
    }

    /// Sets up a border router and returns its id.
    pub(crate) fn provision_border_router(&mut self, spec: BorderRouterSpec) -> String {
        let now = self.clock.uptime();
        let state = &mut self.aliyun.state.vpc;
        state.provision_border_router(spec, &mut self.ids, now)
    }

    /// Makes an instance in the classic network and says its id.
    pub(crate) fn provision_classic_instance(&mut self, account: &str, region: &str) -> String {
        let now = self.settle();
        aliyun::provision_classic(&mut self.aliyun, &mut self.ids, now, account, region)
    }

    /// What would happen now to a packet and its reply.
    pub(crate) fn packet(&mut self, source: &str, to: IpAddr, protocol: Protocol) -> Verdict {
        let now = self.settle();
        match to {
            IpAddr::V4(to) if self.aws.has_instance(source) => {
                self.aws.packet(source, to, protocol, now)
            }
            IpAddr::V4(to) => self.aliyun.packet(source, to, protocol, now),
            IpAddr::V6(_) => Verdict::Dropped {
                element: source.to_owned(),
                reason: "the simulator routes IPv4 only".to_owned(),
            },
        }
    }

    pub(crate) fn date(&self, uptime: Duration) -> SystemTime {
        self.clock.at(uptime)
    }
}

/// The world as the server and the handle share it.
pub(crate) struct Shared(Mutex<World>);

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self(Mutex::new(world))
    }

    /// No invariant spans two fields in a way that a panic elsewhere could break, so poison is ignored.
    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn handle(&self, request: &Request) -> Reply {
        let world = &mut *self.lock();
        world.settle();
        if request.path.starts_with("/_sim/") {
            control::handle(world, request)
        } else if aws::is_addressed(request) {
            aws::handle(world, request)
        } else {
            aliyun::handle(world, request)
        }
    }
}
