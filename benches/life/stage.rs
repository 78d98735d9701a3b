//! The simulator, an engine that speaks to it with the real backends, and what the engine notes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use landbridge::aliyun::Aliyun;
use landbridge_core::engine::{Engine, EngineOptions, SecretSource};
use landbridge_core::journal::{Entry, Journal};
use landbridge_core::topology::{Account, Topology};
use landbridge_core::{Clock, Error};
use landbridge_sim::{AccountKeys, AccountSpec, AwsTimings, Service, Simulator};
use secrecy::SecretString;

use self::sim_clock::SimClock;
use crate::worlds::World;

#[path = "../../crates/cli/src/sim_clock.rs"]
mod sim_clock;

/// How a world is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Of the jitter, and of the simulator's IDs.
    pub(crate) seed: u64,
    /// How long a call travels.
    pub(crate) latency: Duration,
    /// How many calls may be under way at once.
    pub(crate) parallel: usize,
    /// Whether objects of AWS are ready at once, as those of moto are.
    pub(crate) instant: bool,
}

impl Terms {
    /// How long everything takes on AWS.
    pub(crate) fn aws(&self) -> AwsTimings {
        let mut timings = AwsTimings::default();
        if self.instant {
            timings.vpc = Duration::ZERO;
            timings.subnet = Duration::ZERO;
            timings.peering_request = Duration::ZERO;
            timings.peering_visibility = Duration::ZERO;
            timings.peering_visibility_accepter = Duration::ZERO;
            timings.peering_provisioning = Duration::ZERO;
            timings.peering_lag = Duration::ZERO;
            timings.peering_delete = Duration::ZERO;
        }
        timings
    }
}

/// A simulator and an engine on its time.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) simulator: Simulator,
    pub(crate) engine: Engine,
    pub(crate) notes: Arc<Notes>,
}

/// What the engine has noted of its writes.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Vec<Entry>>);

impl Notes {
    /// Everything since the last call.
    pub(crate) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Journal for Notes {
    async fn keep(&self, entry: &Entry) -> Result<(), Error> {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(entry.clone());
        Ok(())
    }
}

#[derive(Debug)]
struct Password;

impl SecretSource for Password {
    fn secret(&self, _: &str) -> Option<SecretString> {
        Some(SecretString::from("Canary-7-secret"))
    }
}

impl Stage {
    pub(crate) async fn new(world: &World, terms: Terms) -> Self {
        let mut builder = Simulator::builder()
            .seed(terms.seed)
            .latency(terms.latency)
            .aws_timings(terms.aws());
        if let Some(calls) = world.calls_per_second {
            builder = builder.calls_per_second(calls);
        }
        let simulator = builder.start().await.expect("a free port");
        let clock: Arc<dyn Clock> = Arc::new(SimClock(simulator.clone()));
        let notes = Arc::new(Notes::default());
        let engine = Engine::new()
            .with_clock(clock.clone())
            .with_secrets(Arc::new(Password))
            .with_journal(notes.clone())
            .with_options(options(terms));
        let engine = with_providers(engine, &world.topology, &simulator, &clock);
        Self {
            simulator,
            engine,
            notes,
        }
    }
}

fn options(terms: Terms) -> EngineOptions {
    let mut options = EngineOptions::default();
    options.parallel = terms.parallel;
    options.total_limit = Duration::from_secs(48 * 3600);
    options
}

fn with_providers(
    mut engine: Engine,
    topology: &Topology,
    simulator: &Simulator,
    clock: &Arc<dyn Clock>,
) -> Engine {
    let of = |cloud: &str| -> Vec<AccountKeys> {
        let accounts = topology.accounts.iter();
        let accounts = accounts.filter(|account| account.cloud.as_str() == cloud);
        accounts
            .map(|account| provision(simulator, account))
            .collect()
    };
    let (aliyun, aws) = (of("aliyun"), of("aws"));
    if !aliyun.is_empty() {
        use landbridge::aliyun::credential::StaticCredentials;
        let builder = Aliyun::builder()
            .clock(clock.clone())
            .endpoint(&simulator.url());
        let mut builder = builder.expect("a loopback address is allowed");
        for keys in &aliyun {
            let secret =
                StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
            builder = builder.credentials(keys.account_id.as_str(), Arc::new(secret));
        }
        engine = engine.with_provider(Arc::new(builder.build().expect("a provider")));
    }
    if !aws.is_empty() {
        engine = with_aws(engine, &aws, simulator, clock);
    }
    engine
}

#[cfg(feature = "aws")]
fn with_aws(
    engine: Engine,
    aws: &[AccountKeys],
    simulator: &Simulator,
    clock: &Arc<dyn Clock>,
) -> Engine {
    use landbridge::aws::{Aws, credential::StaticCredentials};
    let builder = Aws::builder()
        .clock(clock.clone())
        .endpoint(&simulator.url());
    let mut builder = builder.expect("a loopback address is allowed");
    for keys in aws {
        let secret = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        builder = builder.credentials(keys.account_id.as_str(), Arc::new(secret));
    }
    engine.with_provider(Arc::new(builder.build().expect("a provider")))
}

#[cfg(not(feature = "aws"))]
fn with_aws(_: Engine, _: &[AccountKeys], _: &Simulator, _: &Arc<dyn Clock>) -> Engine {
    panic!("worlds on AWS need the feature `aws`");
}

/// Quotas that stop none of the worlds.
const PLENTY: [&str; 11] = [
    "vpcs_per_region",
    "cens",
    "vpc_attachments_per_transit_router",
    "custom_routes_per_table",
    "vpc_peerings_per_region",
    "inter_region_vpc_peerings_per_vpc",
    "same_region_vpc_peerings_per_vpc",
    "active_peerings_per_vpc",
    "routes_per_table",
    "rules_per_security_group",
    "security_groups_per_region",
];

fn provision(simulator: &Simulator, account: &Account) -> AccountKeys {
    let open = !account.open_services;
    let spec = AccountSpec::new(account.cloud.as_str(), account.id.as_str())
        .service_open(Service::TransitRouter, open)
        .service_open(Service::Cdt, open)
        .service_open(Service::CdtCrossBorder, true);
    let spec = PLENTY
        .iter()
        .fold(spec, |spec, quota| spec.quota(*quota, 10_000));
    simulator.provision(spec)
}
