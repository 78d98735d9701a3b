//! Random topologies in random weather, on the simulators of both clouds.
//!
//! The test command looks at the same few; `LANDBRIDGE_STORMS=100` asks for more, `LANDBRIDGE_SEED` for one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use landbridge_core::engine::Engine;
use landbridge_core::topology::{ModelChoice, Topology};
use landbridge_core::{Clock, CloudName};
use landbridge_sim::{FaultEffect, FaultRule, Simulator};

use crate::cases::{conclude_seeds, seeds};
use crate::draw::{Dice, Draft, Terrain};
use crate::ground::{Entry, engine};
use crate::inventory::objects;
use crate::law::{Arena, Tally, hold, undisturbed};
use crate::virtual_time::VirtualTime;

const FEW: u64 = 3;
const ALIYUN: [&str; 2] = ["1234567890123456", "1234567890123457"];
const AWS: [&str; 2] = ["111122223333", "444455556666"];

fn terrains(dice: &mut Dice) -> Vec<Terrain> {
    let aliyun = Terrain {
        cloud: CloudName::from_static("aliyun"),
        accounts: ALIYUN.to_vec(),
        regions: vec![
            ("cn-hangzhou", ["cn-hangzhou-h", "cn-hangzhou-i"]),
            ("cn-qingdao", ["cn-qingdao-c", "cn-qingdao-b"]),
        ],
        models: vec![ModelChoice::Hub, ModelChoice::Mesh],
        machine: (
            "ecs.t5-lc2m1.nano",
            "acs:alibaba_cloud_linux_3_2104_lts_x64",
        ),
        first: 1,
    };
    let aws = Terrain {
        cloud: CloudName::from_static("aws"),
        accounts: AWS.to_vec(),
        regions: vec![
            ("us-east-1", ["us-east-1a", "us-east-1b"]),
            ("eu-central-1", ["eu-central-1a", "eu-central-1b"]),
        ],
        models: vec![ModelChoice::Mesh],
        machine: ("t3.nano", "ami-12345678"),
        first: 51,
    };
    match dice.below(3) {
        0 => vec![aliyun],
        1 => vec![aws],
        _ => vec![aliyun, aws],
    }
}

struct Simulated {
    simulator: Simulator,
    engine: Engine,
}

/// What may befall a call: its name, whether only writes or only reads, and how often in a thousand calls.
type Chance = (&'static str, Option<bool>, fn() -> FaultEffect, usize);

fn failing(status: u16, code: &str) -> FaultEffect {
    let code = code.to_owned();
    FaultEffect::ErrorBefore { status, code }
}

fn replaced(text: &str) -> FaultEffect {
    let body = text.to_owned();
    FaultEffect::OtherBody { body }
}

const WEATHER: [Chance; 13] = [
    (
        "throttled calls",
        None,
        || FaultEffect::Throttle {
            retry_after_milliseconds: None,
        },
        300,
    ),
    (
        "throttled calls with hints",
        None,
        || FaultEffect::Throttle {
            retry_after_milliseconds: Some(1500),
        },
        200,
    ),
    (
        "failing servers",
        None,
        || failing(503, "ServiceUnavailable"),
        100,
    ),
    (
        "failures that come late",
        Some(true),
        || FaultEffect::ErrorAfter {
            status: 500,
            code: "InternalError".to_owned(),
        },
        60,
    ),
    ("resets", None, || FaultEffect::DropBefore, 60),
    ("lost answers", None, || FaultEffect::DropAfter, 60),
    ("ended sessions", None, || FaultEffect::ExpireSession, 20),
    (
        "torn bodies",
        None,
        || FaultEffect::TruncatedBody { keep: 40 },
        40,
    ),
    ("empty bodies", None, || replaced(""), 20),
    (
        "pages of HTML",
        None,
        || replaced("<html><body>502 Bad Gateway</body></html>"),
        20,
    ),
    (
        "empty objects as answers of writes",
        Some(true),
        || replaced("{}"),
        20,
    ),
    (
        "skewed clocks",
        None,
        || FaultEffect::ClockSkew { seconds: 1200 },
        10,
    ),
    ("refusals", Some(true), || failing(403, "Forbidden"), 5),
];

impl Arena for Simulated {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn objects(&self) -> Vec<String> {
        objects(&self.simulator)
    }

    fn writes(&self) -> usize {
        let calls = self.simulator.calls();
        calls.iter().filter(|call| call.write).count()
    }

    fn uptime(&self) -> Duration {
        self.simulator.uptime()
    }

    fn pass(&self, time: Duration) {
        self.simulator.advance(time);
    }

    fn storm(&self, dice: &mut Dice) -> String {
        let mut names = Vec::new();
        for _ in 0..1 + dice.below(3) {
            let (name, write, effect, thousandth) = *dice.one(&WEATHER);
            let mut rule = FaultRule::new(effect()).probability(thousandth as f64 / 1000.0);
            if let Some(write) = write {
                rule = rule.write(write);
            }
            self.simulator.add_fault(rule);
            names.push(name);
        }
        names.join(", ")
    }

    fn calm(&self) {
        self.simulator.clear_faults();
    }

    async fn meddle(&self) {
        std::future::pending().await
    }

    fn meddled(&self) -> Vec<String> {
        Vec::new()
    }
}

async fn world(seed: u64) -> (Simulated, Topology, Dice) {
    let mut dice = Dice::new(seed);
    let draft = Draft::new(seed, terrains(&mut dice));
    let simulator = Simulator::builder()
        .seed(seed)
        .start()
        .await
        .expect("it starts");
    let aliyun = ALIYUN.map(|id| ("aliyun", id));
    let accounts = [aliyun, AWS.map(|id| ("aws", id))].concat();
    let engine = engine(&simulator, &accounts, Entry::Role);
    let clock: Arc<dyn Clock> = Arc::new(VirtualTime(simulator.clone()));
    let theirs = Box::pin(draft.settle(&engine, clock.as_ref())).await;
    let topology = draft.topology(&theirs.expect("others can make what they have"));
    simulator.advance(Duration::from_secs(600));
    (Simulated { simulator, engine }, topology, dice)
}

async fn case(seed: u64) -> Result<Option<Tally>, String> {
    let (twin, topology, _) = world(seed).await;
    let Some(wanted) = Box::pin(undisturbed(&twin, &topology)).await? else {
        return Ok(None);
    };
    let (simulated, topology, mut dice) = world(seed).await;
    Box::pin(hold(&simulated, &topology, &wanted, &mut dice))
        .await
        .map(Some)
}

#[tokio::test]
async fn random_topologies_weather_random_storms() {
    let started = Instant::now();
    let (mut failures, mut runs, mut weathered, mut none) = (Vec::new(), 0, 0, 0);
    let seeds = seeds(FEW);
    let count = seeds.end - seeds.start;
    for seed in seeds {
        // A panic is a failure of its seed.
        match tokio::spawn(Box::pin(case(seed))).await {
            Ok(Ok(Some(tally))) => {
                runs += tally.runs;
                weathered += tally.weathered;
            }
            Ok(Ok(None)) => none += 1,
            Ok(Err(failure)) => failures.push((seed, failure)),
            Err(panic) => failures.push((seed, panic.to_string())),
        }
    }
    println!(
        "seeded chaos, simulators: {count} topologies ({none} refused by preflight), {runs} runs, {weathered} ended well \
in the storm, {} failures, {:.1} s",
        failures.len(),
        started.elapsed().as_secs_f64(),
    );
    conclude_seeds(
        &failures,
        "cargo test --workspace --all-features --test proof storm",
    );
}
