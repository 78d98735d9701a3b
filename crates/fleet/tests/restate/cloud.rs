//! A simulated cloud that several processes work on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use landbridge_aliyun::credential::StaticCredentials;
use landbridge_aliyun::{Aliyun, RateLimits};
use landbridge_core::Clock;
use landbridge_core::engine::{Engine, SecretSource};
use landbridge_core::reconcile::{Intent, Outcome};
use landbridge_core::topology::Topology;
use landbridge_fleet::{LinkKey, Policy, Spec};
use landbridge_sim::{AccountSpec, Builder, Simulator, Speed};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub(crate) const ACCOUNTS: [&str; 2] = ["1234567890123456", "1234567890123457"];
/// So many times faster than the machine's clock.
const SPEED: u32 = 30;

/// What instances are made with.
const PASSWORD: &str = "CANARY-secret-7x";

#[derive(Debug)]
struct Password;

impl SecretSource for Password {
    fn secret(&self, _name: &str) -> Option<SecretString> {
        Some(SecretString::from(PASSWORD))
    }
}

/// How a process reaches the cloud.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Access {
    pub(crate) url: String,
    /// The machine's time when the cloud began.
    began: SystemTime,
    speed: u32,
    /// Calls a second for each account, region and product.
    limit: f64,
    keys: Vec<[String; 3]>,
}

impl Access {
    pub(crate) fn engine(&self) -> Engine {
        let clock = Arc::new(Scaled::since(self.began, self.speed));
        let mut limits = RateLimits::default();
        limits.per_second = self.limit;
        let mut builder = Aliyun::builder()
            .clock(clock.clone())
            .rate_limits(limits)
            .endpoint(&self.url)
            .expect("a loopback address is allowed");
        for [account, id, secret] in &self.keys {
            let credentials = StaticCredentials::new(id, secret.as_str());
            builder = builder.credentials(account.as_str(), Arc::new(credentials));
        }
        let provider = builder.build().expect("a provider");
        Engine::new()
            .with_secrets(Arc::new(Password))
            .with_clock(clock)
            .with_provider(Arc::new(provider))
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let keys = self.keys.iter().map(|[_, _, secret]| secret.as_str());
        keys.chain([PASSWORD])
    }
}

/// The time of the simulated cloud.
#[derive(Debug)]
struct Scaled {
    began: SystemTime,
    origin: Instant,
    before: Duration,
    speed: u32,
}

impl Scaled {
    fn since(began: SystemTime, speed: u32) -> Self {
        Self {
            began,
            speed,
            origin: Instant::now(),
            before: began.elapsed().unwrap_or_default(),
        }
    }
}

#[async_trait]
impl Clock for Scaled {
    fn now(&self) -> SystemTime {
        self.began + self.uptime()
    }

    fn uptime(&self) -> Duration {
        (self.before + self.origin.elapsed()) * self.speed
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / self.speed).await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

pub(crate) struct Cloud {
    pub(crate) simulator: Simulator,
    pub(crate) access: Access,
}

impl Cloud {
    pub(crate) async fn start() -> Self {
        let limit = RateLimits::default().per_second;
        Self::run(Simulator::builder(), SPEED, limit).await
    }

    /// One on the machine's own time that refuses the calls of an operation beyond so many a second.
    pub(crate) async fn throttling(limit: u32) -> Self {
        let builder = Simulator::builder().calls_per_second(limit);
        Self::run(builder, 1, f64::from(limit)).await
    }

    async fn run(builder: Builder, speed: u32, limit: f64) -> Self {
        let began = SystemTime::now();
        let simulator = builder
            .speed(Speed::Scaled(f64::from(speed)))
            .start_time(began)
            .start()
            .await
            .expect("the simulator starts");
        let keys = ACCOUNTS.map(|id| {
            let keys =
                simulator.provision(AccountSpec::new("aliyun", id).quota("vpcs_per_region", 1000));
            [
                id.to_owned(),
                keys.access_key_id.clone(),
                keys.access_key_secret.to_string(),
            ]
        });
        let access = Access {
            url: simulator.url(),
            began,
            speed,
            limit,
            keys: keys.into(),
        };
        Self { simulator, access }
    }

    /// Writes that were sent.
    pub(crate) fn writes(&self) -> usize {
        self.simulator
            .calls()
            .iter()
            .filter(|call| call.write)
            .count()
    }

    /// How many objects of each kind were ever made.
    pub(crate) fn made(&self) -> Census {
        census(self.simulator.ledger())
    }

    /// How many objects of each kind there are.
    pub(crate) fn alive(&self) -> Census {
        census(self.simulator.alive())
    }
}

pub(crate) type Census = BTreeMap<String, i64>;

fn census(entries: Vec<landbridge_sim::LedgerEntry>) -> Census {
    let mut census = Census::new();
    for entry in entries {
        let name = format!("{} {} {}", entry.account, entry.region, entry.kind);
        *census.entry(name).or_default() += 1;
    }
    census
}

/// What a run makes that nothing disturbs.
pub(crate) async fn undisturbed() -> Census {
    let cloud = Cloud::start().await;
    let key = key("undisturbed");
    let spec = three_networks(&key);
    let topology = spec.topology_of(&key).expect("a topology");
    let intent = Intent::converge().without_pings();
    let run = cloud.access.engine().reconcile(topology, intent);
    let ended = run.ended().await;
    assert!(
        matches!(ended.outcome, Outcome::Ready { .. }),
        "{:?}",
        ended.outcome
    );
    cloud.made()
}

/// So many times as much.
pub(crate) fn times(census: &Census, many: i64) -> Census {
    let all = census.iter();
    all.map(|(name, count)| (name.clone(), count * many))
        .collect()
}

/// What there is more of.
pub(crate) fn more(after: &Census, before: &Census) -> Census {
    let difference = |(name, count): (&String, &i64)| {
        (
            name.clone(),
            count - before.get(name).copied().unwrap_or_default(),
        )
    };
    after
        .iter()
        .map(difference)
        .filter(|(_, count)| *count != 0)
        .collect()
}

pub(crate) fn key(name: &str) -> LinkKey {
    LinkKey::new("acme", name).expect("a key")
}

/// Three networks of two accounts in two regions: the example that users run.
pub(crate) fn three_networks(key: &LinkKey) -> Spec {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/topologies/cen-two-accounts.yaml");
    let mut topology = Topology::from_file(&path).expect("the example is good");
    topology.name = key.to_string();
    let mut policy = Policy::default();
    policy.pings = false;
    Spec::new(serde_json::to_string(&topology).expect("JSON")).with_policy(policy)
}
