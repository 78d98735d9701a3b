//! Clocks that are off, sessions that end and keys that are rotated, while a topology is applied and destroyed.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use landbridge::aws::credential::{AssumeRoleCredentials, Credentials, Keys, StaticCredentials};
use landbridge::aws::{Aws, AwsBuilder, Connection};
use landbridge_core::engine::Engine;
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::{Clock, Error, ErrorKind, Result};
use landbridge_sim::{AccountKeys, AccountSpec, FaultEffect, FaultRule, RoleSpec, Simulator};

use crate::clock_support::{OFFSETS, Off};
use crate::virtual_time::VirtualTime;
use crate::world::{A, B, example};

const EXAMPLE: &str = "aws-peering-two-accounts.yaml";

async fn simulator() -> Simulator {
    Simulator::start().await.expect("the simulator starts")
}

fn builder(simulator: &Simulator, clock: Arc<dyn Clock>) -> AwsBuilder {
    let builder = Aws::builder().clock(clock).endpoint(&simulator.url());
    builder.expect("a loopback address is allowed")
}

fn engine(clock: Arc<dyn Clock>, builder: AwsBuilder) -> Engine {
    let provider = Arc::new(builder.build().expect("a provider"));
    Engine::new().with_clock(clock).with_provider(provider)
}

fn account(simulator: &Simulator, id: &str) -> AccountKeys {
    simulator.provision(AccountSpec::new("aws", id))
}

fn fixed(keys: &AccountKeys) -> StaticCredentials {
    StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str())
}

fn off_by(simulator: &Simulator, seconds: i64) -> Engine {
    let clock = Arc::new(Off(VirtualTime(simulator.clone()), seconds));
    let mut builder = builder(simulator, clock.clone());
    for id in [A, B] {
        builder = builder.credentials(id, Arc::new(fixed(&account(simulator, id))));
    }
    engine(clock, builder)
}

async fn apply(engine: &Engine) -> Result<()> {
    let topology = example(EXAMPLE);
    let observed = engine.observe(&topology).await?;
    let applied = engine.apply(&plan(&topology, &observed)).await;
    applied.map_err(|error| Error::new(ErrorKind::Failed, error.to_string()))?;
    let observed = engine.observe(&topology).await?;
    let second = plan(&topology, &observed);
    assert!(second.is_empty(), "{second}");
    Ok(())
}

async fn apply_and_destroy(simulator: &Simulator, engine: &Engine, case: &str) {
    if let Err(error) = apply(engine).await {
        panic!("{case}: {error}");
    }
    let topology = example(EXAMPLE);
    let observed = engine.observe(&topology).await.expect(case);
    if let Err(error) = engine.apply(&plan_destroy(&topology, &observed)).await {
        panic!("{case}: {error}");
    }
    assert_eq!(simulator.alive(), vec![], "{case}");
}

#[tokio::test]
async fn a_clock_that_is_off_stops_nothing() {
    for seconds in OFFSETS {
        let simulator = simulator().await;
        let engine = off_by(&simulator, seconds);
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
            let engine = off_by(&simulator, seconds);
            let case = format!("{seconds} s, {effect:?}");
            simulator.add_fault(FaultRule::new(effect).probability(0.1));
            apply_and_destroy(&simulator, &engine, &case).await;
        }
    }
}

/// Applies while the session of the `nth` call ends before it; gives the calls made.
async fn apply_with_expiry(nth: Option<u64>) -> usize {
    let simulator = simulator().await;
    let clock = Arc::new(VirtualTime(simulator.clone()));
    let mut builder = builder(&simulator, clock.clone());
    for id in [A, B] {
        let keys = account(&simulator, id);
        simulator.provision_role(RoleSpec::new(id, "runner").trust(id));
        let role = format!("arn:aws:iam::{id}:role/runner");
        let session = AssumeRoleCredentials::new(Arc::new(fixed(&keys)), role);
        builder = builder.credentials(id, Arc::new(session));
    }
    let engine = engine(clock, builder);
    if let Some(nth) = nth {
        simulator.add_fault(FaultRule::new(FaultEffect::ExpireSession).nth(nth));
    }
    if let Err(error) = apply(&engine).await {
        panic!("call {nth:?}: {error}");
    }
    let calls = simulator.calls();
    let opened = calls.iter().filter(|call| call.action == "AssumeRole");
    assert!(
        opened.count() <= 3,
        "call {nth:?}: two sessions and one renewal"
    );
    calls.len()
}

#[tokio::test]
async fn a_session_that_ends_at_any_call_of_an_apply_ends_nothing_else() {
    let calls = apply_with_expiry(None).await;
    assert!(calls > 40, "the apply is not trivial: {calls} calls");
    for nth in 1..=calls as u64 {
        apply_with_expiry(Some(nth)).await;
    }
}

/// Gives one key after the other, the last one for ever.
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
    let simulator = simulator().await;
    let clock = Arc::new(VirtualTime(simulator.clone()));
    let mut builder = builder(&simulator, clock.clone());
    for id in [A, B] {
        let keys = [id, if id == A { next } else { id }].map(|id| {
            let keys = account(&simulator, id);
            Keys::new(keys.access_key_id.as_str(), keys.access_key_secret.clone())
        });
        builder = builder.credentials(id, Arc::new(Rotated(Mutex::new(keys.to_vec()))));
    }
    let engine = engine(clock, builder);
    if let Some(nth) = nth {
        let rule = FaultRule::new(FaultEffect::RevokeKey).account(A).nth(nth);
        simulator.add_fault(rule);
    }
    let ended = apply(&engine).await;
    let calls = simulator.calls();
    let own = calls.iter().filter(|call| call.account == A);
    (own.count(), ended)
}

#[tokio::test]
async fn keys_that_are_rotated_during_an_apply_are_replaced_by_those_of_the_same_account() {
    let (calls, ended) = rotate(None, A).await;
    ended.expect("applied");
    assert!(calls > 30, "{calls}");
    // A key that is refused at its first call was never accepted.
    for nth in (2..calls as u64 / 2).step_by(3) {
        let (_, ended) = rotate(Some(nth), A).await;
        if let Err(error) = ended {
            panic!("call {nth}: {error}");
        }
    }
}

#[tokio::test]
async fn keys_of_another_account_sign_nothing() {
    const OTHER: &str = "999900001111";
    for nth in [2, 9, 17, 25] {
        let (_, ended) = rotate(Some(nth), OTHER).await;
        ended.expect_err("the account has no keys any more");
    }
}
