//! The whole simulated world behind one lock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::account::Accounts;
use crate::aliyun;
use crate::calls::CallLog;
use crate::clock::Clock;
use crate::control;
use crate::faults::Faults;
use crate::ledger::Ledger;
use crate::random::Ids;
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
}

impl World {
    pub(crate) fn new(clock: Clock, seed: u64, setup: aliyun::Setup) -> Self {
        Self {
            ledger: Ledger::new(clock.at(Duration::ZERO)),
            clock,
            ids: Ids::new(seed),
            accounts: Accounts::default(),
            calls: CallLog::default(),
            faults: Faults::new(seed),
            aliyun: aliyun::Cloud::new(setup),
        }
    }

    /// Lets everything happen that was due by now, and says when now is.
    pub(crate) fn settle(&mut self) -> Duration {
        let now = self.clock.uptime();
        self.aliyun.settle(now, &mut self.ledger);
        now
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
        } else {
            aliyun::handle(world, request)
        }
    }
}
