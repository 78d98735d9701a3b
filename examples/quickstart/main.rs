//! Joins three VPCs of two accounts in two regions in forty lines, and proves it with pings: [`join.rs`](join.rs).
//!
//! It runs on the simulator, on the simulator's own time, so that it needs no account and takes seconds:
//!
//! ```sh
//! cargo run --example quickstart --features aliyun
//! ```
//!
//! On the real cloud `join` gets `Engine::new()`, `Aliyun::builder()` and the keys of your accounts, such as
//! `Arc::new(ProfileCredentials::new(Environment::from_process()).with_profile("a"))`.

use landbridge::aliyun::Aliyun;
use landbridge::aliyun::credential::StaticCredentials;
use landbridge_sim::{AccountSpec, Simulator};

use time::SimulatedTime;

#[path = "../common/time.rs"]
mod time;

include!("join.rs");

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let simulator = Simulator::start().await?;
    let clock = Arc::new(SimulatedTime(simulator.clone()));
    let engine = Engine::new().with_clock(clock.clone());
    let clouds = Aliyun::builder().clock(clock).endpoint(&simulator.url())?;
    let keys = |id| {
        let keys = simulator.provision(AccountSpec::new(CLOUD, id));
        Arc::new(StaticCredentials::new(
            &keys.access_key_id,
            keys.access_key_secret.as_str(),
        ))
    };
    let (a, b) = (keys("1234567890123456"), keys("1234567890123457"));
    join(engine, clouds, a, b).await
}
