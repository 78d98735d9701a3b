//! Topologies of any size on the in-memory cloud.

// Each bench needs a part of it.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use landbridge_core::Clock;
use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::plan::{Plan, plan};
use landbridge_core::topology::{Account, Interconnect, ModelChoice, Network, Subnet, Topology};
use landbridge_core::{CloudName, Observation};

const ACCOUNTS: usize = 4;
const REGIONS: usize = 2;

/// So many networks with two subnets each, `members` of them in each hub.
pub(crate) fn topology(networks: usize, members: usize) -> Topology {
    let cloud = CloudName::from_static("memory");
    let accounts = (0..ACCOUNTS).map(|account| {
        let id = format!("{:012}", account + 1);
        Account::new(format!("a{account}"), cloud.clone(), id).with_open_services()
    });
    let mut topology = Topology::new("big");
    topology.accounts.extend(accounts);
    topology.networks.extend((0..networks).map(network));
    let joined = (0..networks).step_by(members).map(|first| {
        let names = (first..networks.min(first + members)).map(|index| format!("n{index}"));
        Interconnect::new(format!("x{first}"), "a0", names).with_model(ModelChoice::Hub)
    });
    topology.interconnects.extend(joined);
    topology
}

/// So many networks with one subnet each, all in one hub, with the fewest routes.
pub(crate) fn one_hub(networks: usize) -> Topology {
    let mut topology = topology(networks, networks);
    for network in topology.networks.iter_mut() {
        network.subnets.truncate(1);
    }
    topology.interconnects[0].aggregate = true;
    topology
}

fn network(index: usize) -> Network {
    let (account, region) = (index % ACCOUNTS, index / ACCOUNTS % REGIONS);
    let block = format!("{}.{}", 10 + index / 256, index % 256);
    let range = format!("{block}.0.0/16").parse().expect("a range");
    let network = Network::new(
        format!("n{index}"),
        format!("a{account}"),
        format!("r{region}"),
        range,
    );
    (0..2).fold(network, |network, subnet| {
        let zone = format!("r{region}-{}", ["a", "b"][subnet]);
        let range = format!("{block}.{subnet}.0/24").parse().expect("a range");
        network.with_subnet(Subnet::new(format!("s{subnet}"), zone, range))
    })
}

/// What an empty cloud shows.
pub(crate) fn nothing(topology: &Topology) -> Observation {
    run(async |engine| engine.observe(topology).await.expect("an observation"))
}

/// What the cloud shows after an apply.
pub(crate) fn applied(topology: &Topology) -> Observation {
    run(async |engine| {
        let before = engine.observe(topology).await.expect("an observation");
        let applied = engine.apply(&plan(topology, &before)).await;
        applied.expect("everything is there");
        engine.observe(topology).await.expect("an observation")
    })
}

/// Takes the steps of a plan on an empty cloud.
pub(crate) fn apply(plan: &Plan) {
    let applied = run(async |engine| engine.apply(plan).await);
    applied.expect("everything is there");
}

// Work with an engine whose cloud answers at once.
fn run<T>(work: impl AsyncFnOnce(&Engine) -> T) -> T {
    let clock = Arc::new(IdleClock::default());
    let provider = Arc::new(MemoryProvider::new(clock.clone()));
    let engine = Engine::new()
        .with_clock(clock.clone())
        .with_provider(provider);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .on_thread_park(move || clock.pass())
        .build();
    runtime.expect("a runtime").block_on(work(&engine))
}

/// Time that passes only when nothing is left to do: steps that wait for each other in a large plan wait in no time.
#[derive(Debug, Default)]
struct IdleClock(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    uptime: Duration,
    sleepers: BTreeMap<Duration, Vec<tokio::sync::oneshot::Sender<()>>>,
}

impl IdleClock {
    // To the next moment that somebody waits for.
    fn pass(&self) {
        let mut waiting = self.waiting();
        let Some((moment, sleepers)) = waiting.sleepers.pop_first() else {
            return;
        };
        waiting.uptime = moment;
        drop(waiting);
        for sleeper in sleepers {
            // Who does not wait any more needs no call.
            let _ = sleeper.send(());
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for IdleClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.uptime()
    }

    fn uptime(&self) -> Duration {
        self.waiting().uptime
    }

    async fn sleep(&self, duration: Duration) {
        let (wake, sleeper) = tokio::sync::oneshot::channel();
        {
            let mut waiting = self.waiting();
            let moment = waiting.uptime + duration;
            waiting.sleepers.entry(moment).or_default().push(wake);
        }
        let _ = sleeper.await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}
