//! Workers divide the limits of an account.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::backend::{RateBudgets, RateLimits, RateUsage};
use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::{AccountId, Capabilities, Cloud, CloudProvider, Place, Result};
use landbridge_fleet::{AccountShares, Kind, Orders, Phase, Worker};

use crate::common::{A, World, key, options, pair, place, spec, world};

/// The in-memory cloud with the rate budgets of a worker.
#[derive(Debug)]
struct Limited {
    provider: MemoryProvider,
    budgets: RateBudgets<&'static str>,
    shares: Mutex<Vec<f64>>,
}

impl Limited {
    fn new(world: &World) -> Arc<Self> {
        let limited = Self {
            provider: world.provider.clone(),
            budgets: RateBudgets::new(world.clock.clone()),
            shares: Mutex::default(),
        };
        // What the worker's runs would ask of it.
        limited
            .budgets
            .budget(&place(A), "net", &RateLimits::default());
        Arc::new(limited)
    }

    async fn calls(&self, count: usize, throttled: bool) {
        let budget = self
            .budgets
            .budget(&place(A), "net", &RateLimits::default());
        for _ in 0..count {
            budget.acquire().await;
        }
        if throttled {
            budget.on_throttled();
        }
    }

    fn per_second(&self) -> f64 {
        let budget = self
            .budgets
            .budget(&place(A), "net", &RateLimits::default());
        budget.limits().per_second
    }
}

#[async_trait]
impl CloudProvider for Limited {
    fn capabilities(&self) -> &Capabilities {
        self.provider.capabilities()
    }

    async fn cloud(&self, place: &Place) -> Result<Arc<dyn Cloud>> {
        self.provider.cloud(place).await
    }

    fn set_rate_share(&self, account: &AccountId, share: f64) {
        self.budgets.set_share(account, share);
        self.shares.lock().expect("not poisoned").push(share);
    }

    fn rate_usage(&self, account: &AccountId) -> RateUsage {
        self.budgets.usage(account)
    }

    fn rate_demand(&self, account: &AccountId) -> u64 {
        self.budgets.demand(account)
    }
}

fn worker(world: &World, provider: &Arc<Limited>) -> Worker {
    let engine = Engine::new()
        .with_clock(world.clock.clone())
        .with_provider(provider.clone());
    Worker::new(world.store.clone(), Arc::new(engine), world.clock.clone()).with_options(options())
}

#[tokio::test]
async fn the_limits_of_an_account_are_divided_by_what_workers_ask_for() {
    let world = world();
    let limits = [Limited::new(&world), Limited::new(&world)];
    let workers = [worker(&world, &limits[0]), worker(&world, &limits[1])];
    let keys = [key("one"), key("two")];
    for key in &keys {
        world.submit(key, spec(&pair(key))).await;
    }
    let whole = RateLimits::default().per_second;
    for round in 0..6 {
        for ((worker, limited), (key, calls)) in
            workers.iter().zip(&limits).zip(keys.iter().zip([30, 10]))
        {
            // The clock leaps by what the runs wait for, so each asks anew each time.
            limited.calls(calls, false).await;
            world.clock.advance(Duration::from_secs(11));
            if round > 0 {
                world.fleet.stop(key).await.expect("stopped");
                world.fleet.resume(key).await.expect("resumed");
            }
            worker.attend(key).await.expect("attended");
            assert_eq!(world.status(key).await.phase, Phase::Ready);
        }
        let sum: f64 = limits.iter().map(|limited| limited.per_second()).sum();
        if round > 0 {
            assert!(sum <= whole * 1.11, "round {round}: {sum} of {whole}");
        }
    }
    let [one, two] = [limits[0].per_second(), limits[1].per_second()];
    assert!(
        one > two && one + two > whole * 0.8,
        "{one} and {two} of {whole}"
    );

    // A worker that is throttled slows all of them down.
    limits[0].calls(5, true).await;
    for _ in 0..2 {
        for (worker, key) in workers.iter().zip(&keys) {
            world.clock.advance(Duration::from_secs(11));
            world.fleet.stop(key).await.expect("stopped");
            world.fleet.resume(key).await.expect("resumed");
            worker.attend(key).await.expect("attended");
        }
    }
    let sum: f64 = limits.iter().map(|limited| limited.per_second()).sum();
    assert!(sum < whole * 0.75, "{sum} of {whole}");
}

#[tokio::test]
async fn a_worker_that_ends_leaves_the_whole_account_to_the_others() {
    let world = world();
    let limited = Limited::new(&world);
    let key = key("one");
    world.submit(&key, spec(&pair(&key))).await;
    worker(&world, &limited).round().await.expect("a round");
    assert_eq!(world.status(&key).await.phase, Phase::Ready);
    let account = format!("memory.{}", crate::common::A);
    let kept = world.store.load(Kind::Account, &account).await;
    let text = kept.expect("read").expect("it was asked for").text;
    let shares: AccountShares = serde_json::from_str(&text).expect("shares");
    assert!(shares.workers.is_empty(), "{shares:?}");
}
