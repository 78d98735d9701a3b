//! The whole simulated world behind one lock: what all clouds share, and the clouds.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::account::{AccountKeys, AccountSpec, Accounts, RoleSpec, unusable_key};
use crate::calls::CallLog;
use crate::clock::Clock;
use crate::cloud::{CLOUDS, Clouds, Setups};
use crate::control;
use crate::faults::Faults;
use crate::ledger::Ledger;
use crate::packet::Protocol;
use crate::random::Ids;
use crate::sleep::{Sleepers, Traffic};
use crate::verdict::Verdict;
use crate::wire::{Reply, Request};

/// Everything the simulator knows.
pub(crate) struct World {
    pub(crate) common: Common,
    pub(crate) clouds: Clouds,
}

/// What all clouds share. A dry run works on a clone.
#[derive(Clone)]
pub(crate) struct Common {
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) accounts: Accounts,
    pub(crate) calls: CallLog,
    pub(crate) ledger: Ledger,
    pub(crate) faults: Faults,
}

impl Common {
    pub(crate) fn date(&self, uptime: Duration) -> SystemTime {
        self.clock.at(uptime)
    }
}

impl World {
    pub(crate) fn new(clock: Clock, seed: u64, setups: Setups) -> Self {
        Self {
            common: Common {
                ledger: Ledger::new(clock.at(Duration::ZERO)),
                clock,
                ids: Ids::new(seed),
                accounts: Accounts::default(),
                calls: CallLog::default(),
                faults: Faults::new(seed),
            },
            clouds: Clouds::new(setups),
        }
    }

    /// Lets everything happen that was due by now, and says when now is.
    pub(crate) fn settle(&mut self) -> Duration {
        let now = self.common.clock.uptime();
        for cloud in self.clouds.all() {
            cloud.settle(now, &mut self.common.ledger);
        }
        now
    }

    /// Makes an account known; its keys are useless if the simulator does not have its cloud.
    pub(crate) fn provision(&mut self, spec: AccountSpec) -> AccountKeys {
        let ids = &mut self.common.ids;
        let key = spec
            .key
            .clone()
            .unwrap_or_else(|| match self.clouds.named(&spec.cloud) {
                Some(cloud) => cloud.new_key(ids),
                None => unusable_key(ids),
            });
        self.common.accounts.provision(spec, key, ids)
    }

    /// Creates or replaces a role in the cloud of its account. Says whether the account is known.
    pub(crate) fn provision_role(&mut self, spec: RoleSpec) -> bool {
        let account = self.common.accounts.account(&spec.account);
        let cloud = account.map(|account| account.cloud.clone());
        let cloud = cloud.and_then(|cloud| self.clouds.named(&cloud));
        let is_known = cloud.is_some();
        if let Some(cloud) = cloud {
            cloud.provision_role(&mut self.common, spec);
        }
        is_known
    }

    /// What would happen now to a packet and to the answer to it.
    pub(crate) fn packet(&mut self, source: &str, to: IpAddr, protocol: Protocol) -> Verdict {
        let now = self.settle();
        let lost = |reason: &str| Verdict::Dropped {
            element: source.to_owned(),
            reason: reason.to_owned(),
        };
        let clouds = self.clouds.all();
        let senders = clouds.iter().flat_map(|cloud| {
            let instances = cloud.senders(source, now).into_iter();
            instances.map(move |instance| (cloud, instance))
        });
        match senders.collect::<Vec<_>>().as_slice() {
            [] => lost("no such instance"),
            [(cloud, instance)] => cloud.packet(instance, to, protocol, now),
            _ => lost("several instances have the address"),
        }
    }

    /// Replaces the TCP ports on which an instance listens. Says whether there is one.
    pub(crate) fn listen(&mut self, instance: &str, ports: &[u16]) -> bool {
        let now = self.settle();
        let clouds = self.clouds.all().into_iter();
        let mut its = clouds.filter(|cloud| cloud.senders(instance, now) == [instance]);
        let found = its.next();
        let is_there = found.is_some();
        if let Some(cloud) = found {
            cloud.listeners().choose(instance, ports);
        }
        is_there
    }

    /// Replaces the TCP ports of all instances that have no choice of their own.
    pub(crate) fn listen_by_default(&mut self, ports: &[u16]) {
        self.settle();
        for cloud in self.clouds.all() {
            cloud.listeners().choose_for_others(ports);
        }
    }

    fn handle(&mut self, request: &Request) -> Reply {
        self.settle();
        if request.path.starts_with(control::PREFIX) {
            return control::handle(self, request);
        }
        let mut clouds = self.clouds.all();
        let addressed = clouds.iter_mut().find(|cloud| cloud.is_addressed(request));
        match addressed {
            Some(cloud) => cloud.handle(&mut self.common, request),
            None => for_no_cloud(),
        }
    }
}

fn for_no_cloud() -> Reply {
    let message = format!(
        "no signature and no API version of a simulated cloud: expected a request to one of {}",
        CLOUDS.join(", ")
    );
    Reply::json(404, &json!({"Code": "UnknownCloud", "Message": message}))
}

/// The world as the server and the handle share it, and those who wait in its time.
pub(crate) struct Shared {
    world: Mutex<World>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) sleepers: Sleepers,
    /// How long a call travels.
    pub(crate) latency: Duration,
}

impl Shared {
    pub(crate) fn new(world: World, latency: Duration) -> Self {
        Self {
            world: Mutex::new(world),
            traffic: Arc::default(),
            sleepers: Sleepers::default(),
            latency,
        }
    }

    /// No invariant spans two fields in a way that a panic elsewhere could break, so poison is ignored.
    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn handle(&self, request: &Request) -> Reply {
        self.lock().handle(request)
    }
}
