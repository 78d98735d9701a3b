//! Clocks that are off, and keys that are rotated, while a topology is applied and destroyed.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use landbridge_aliyun::credential::{Credentials, Keys, StaticCredentials};
use landbridge_aliyun::{Aliyun, Connection};
use landbridge_core::engine::Engine;
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::{Error, ErrorKind, Result};
use landbridge_sim::{AccountSpec, FaultEffect, FaultRule, Simulator};

use crate::clock_support::{OFFSETS, Off};
use crate::expiry::two_networks;
use crate::virtual_time::VirtualTime;
use crate::world::{A, B, two_accounts};

async fn simulator() -> Simulator {
    Simulator::start().await.expect("the simulator starts")
}

fn engine_off_by(simulator: &Simulator, seconds: i64) -> Engine {
    let clock = Arc::new(Off(VirtualTime(simulator.clone()), seconds));
    let mut builder = Aliyun::builder()
        .clock(clock.clone())
        .endpoint(&simulator.url())
        .expect("a loopback address is allowed");
    for account in two_accounts() {
        let keys = simulator.provision(account);
        let source = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        builder = builder.credentials(keys.account_id.as_str(), Arc::new(source));
    }
    let provider = Arc::new(builder.build().expect("a provider"));
    Engine::new().with_clock(clock).with_provider(provider)
}

async fn apply_and_destroy(simulator: &Simulator, engine: &Engine, case: &str) {
    let topology = two_networks();
    let observed = engine.observe(&topology).await.expect(case);
    if let Err(error) = engine.apply(&plan(&topology, &observed)).await {
        panic!("{case}: {error}");
    }
    let observed = engine.observe(&topology).await.expect(case);
    assert!(plan(&topology, &observed).is_empty(), "{case}");
    if let Err(error) = engine.apply(&plan_destroy(&topology, &observed)).await {
        panic!("{case}: {error}");
    }
    assert_eq!(simulator.alive(), vec![], "{case}");
}

#[tokio::test]
async fn a_clock_that_is_off_stops_nothing() {
    for seconds in OFFSETS {
        let simulator = simulator().await;
        let engine = engine_off_by(&simulator, seconds);
        apply_and_destroy(&simulator, &engine, &format!("{seconds} s")).await;
    }
}

#[tokio::test]
async fn one_answer_in_ten_that_is_dated_or_refused_wrongly_stops_nothing() {
    for seconds in [0, 15 * 60, -40 * 60] {
        for effect in [
            FaultEffect::WrongDate { seconds: 3600 },
            FaultEffect::WrongDate { seconds: -600 },
            FaultEffect::ClockSkew { seconds: 3600 },
            FaultEffect::ClockSkew { seconds: -7200 },
        ] {
            let simulator = simulator().await;
            let engine = engine_off_by(&simulator, seconds);
            let case = format!("{seconds} s, {effect:?}");
            simulator.add_fault(FaultRule::new(effect).probability(0.1));
            apply_and_destroy(&simulator, &engine, &case).await;
        }
    }
}

/// Gives one key after the other, each as often as it is asked until the next rotation.
#[derive(Debug)]
struct Rotated(Mutex<Vec<Keys>>);

#[async_trait]
impl Credentials for Rotated {
    async fn fetch(&self, _: &Connection) -> Result<Keys> {
        let mut keys = self.0.lock().expect("not poisoned");
        let last = keys.len() == 1;
        Ok(if last {
            keys[0].clone()
        } else {
            keys.remove(0)
        })
    }
}

/// Applies while the key of account A is rotated before its `nth` call; its source has a second one of account `next`. Gives
/// the calls of A and how the apply ended.
async fn rotate(nth: Option<u64>, next: &str) -> (usize, Result<()>) {
    let topology = two_networks();
    let simulator = simulator().await;
    let clock = Arc::new(VirtualTime(simulator.clone()));
    let mut builder = Aliyun::builder()
        .clock(clock.clone())
        .endpoint(&simulator.url())
        .expect("a loopback address is allowed");
    for id in [A, B] {
        let keys = [id, if id == A { next } else { id }].map(|id| {
            let keys = simulator.provision(AccountSpec::new("aliyun", id));
            Keys::new(keys.access_key_id.as_str(), keys.access_key_secret.clone())
        });
        builder = builder.credentials(id, Arc::new(Rotated(Mutex::new(keys.to_vec()))));
    }
    let provider = Arc::new(builder.build().expect("a provider"));
    let engine = Engine::new().with_clock(clock).with_provider(provider);
    if let Some(nth) = nth {
        let rule = FaultRule::new(FaultEffect::RevokeKey).account(A).nth(nth);
        simulator.add_fault(rule);
    }
    let ended = async {
        let observed = engine.observe(&topology).await?;
        let applied = engine.apply(&plan(&topology, &observed)).await;
        applied.map_err(|error| Error::new(ErrorKind::Failed, error.to_string()))?;
        Ok(())
    };
    let ended = ended.await;
    if ended.is_ok() {
        let observed = engine.observe(&topology).await.expect("observed");
        assert!(plan(&topology, &observed).is_empty(), "{nth:?}");
    }
    let calls = simulator.calls();
    let own = calls.iter().filter(|call| call.account == A);
    (own.count(), ended)
}

#[tokio::test]
async fn keys_that_are_rotated_during_an_apply_are_replaced_by_those_of_the_same_account() {
    let (calls, ended) = rotate(None, A).await;
    ended.expect("applied");
    assert!(calls > 40, "{calls}");
    // The first keys that a call is refused with were never accepted.
    for nth in (2..calls as u64 / 2).step_by(3) {
        let (_, ended) = rotate(Some(nth), A).await;
        if let Err(error) = ended {
            panic!("call {nth}: {error}");
        }
    }
}

#[tokio::test]
async fn keys_of_another_account_sign_nothing() {
    const OTHER: &str = "1234567890123499";
    for nth in [2, 9, 17, 25, 40] {
        let (_, ended) = rotate(Some(nth), OTHER).await;
        ended.expect_err("the account has no keys any more");
    }
}
