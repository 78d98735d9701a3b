//! A process that runs an apply or a destroy is killed with SIGKILL while a write of it waits for its answer; the next run
//! gives the undisturbed end state.
//!
//! The process is this test binary, started anew. The simulator lives in the test, which is another process.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use landbridge_core::Clock;
use landbridge_sim::{FaultEffect, FaultRule, Simulator, Speed};

use crate::cases::{conclude, is_exhaustive};
use crate::ground::{Entry, Ground, Key, Phase, accounts, engine_of, provision};
use crate::scenarios::{AWS_PEERING, CEN, Scenario};

/// How much faster time runs, in both processes. Faster yet, and a slow machine uses up the limits of a step.
const SPEED: f64 = 200.0;
/// What the process is told, in its environment.
const ORDER: &str = "LANDBRIDGE_PROOF_ORDER";

/// The machine's clock, faster.
#[derive(Debug)]
struct FastTime {
    start: SystemTime,
    origin: Instant,
}

#[async_trait]
impl Clock for FastTime {
    fn now(&self) -> SystemTime {
        self.start + self.uptime()
    }

    fn uptime(&self) -> Duration {
        self.origin.elapsed().mul_f64(SPEED)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration.div_f64(SPEED)).await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// What the process does: in one line, because an environment variable holds it.
struct Order {
    url: String,
    phase: Phase,
    now: SystemTime,
    keys: Vec<Key>,
}

impl Order {
    fn line(&self) -> String {
        let now = self.now.duration_since(SystemTime::UNIX_EPOCH);
        let now = now.expect("after 1970").as_secs_f64();
        let keys = self.keys.iter().map(|key| {
            let Key {
                cloud,
                account,
                id,
                secret,
            } = key;
            format!("{cloud} {account} {id} {secret}")
        });
        let head = [
            self.url.clone(),
            format!("{:?}", self.phase),
            now.to_string(),
        ];
        head.into_iter().chain(keys).collect::<Vec<_>>().join(";")
    }

    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split(';');
        let url = parts.next()?.to_owned();
        let phase = match parts.next()? {
            "Apply" => Phase::Apply,
            _ => Phase::Destroy,
        };
        let now = Duration::from_secs_f64(parts.next()?.parse().ok()?);
        let key = |part: &str| {
            let mut words = part.split(' ').map(str::to_owned);
            Some(Key {
                cloud: words.next()?,
                account: words.next()?,
                id: words.next()?,
                secret: words.next()?,
            })
        };
        Some(Self {
            url,
            phase,
            now: SystemTime::UNIX_EPOCH + now,
            keys: parts.map(key).collect::<Option<_>>()?,
        })
    }

    /// Obeys, in the process that is to be killed.
    async fn obey(self, scenario: &Scenario, simulator: Simulator) {
        let clock = Arc::new(FastTime {
            start: self.now,
            origin: Instant::now(),
        });
        let ground = Ground {
            topology: (scenario.topology)(),
            engine: engine_of(&self.url, clock, &self.keys, Entry::Keys),
            simulator,
        };
        let run = ground.run(self.phase).await;
        run.expect("undisturbed, unless it is killed");
    }
}

fn start(test: &str, order: &Order) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command
        .args(["--exact", test])
        .env(ORDER, order.line())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("the process starts")
}

/// Starts a process that runs this phase, and kills it when the write has had its effect and waits for its answer. Says
/// whether it was killed: a run that repeats fewer writes than the one that was counted ends before a late write.
async fn run_killed(ground: &Ground, test: &str, phase: Phase, nth: u64) -> Result<bool, String> {
    let simulator = &ground.simulator;
    let milliseconds = 600_000;
    let rule = FaultRule::new(FaultEffect::SlowBody { milliseconds });
    let rule = simulator.add_fault(rule.write(true).nth(nth));
    let order = Order {
        url: simulator.url(),
        phase,
        now: simulator.now(),
        keys: provision(simulator, &accounts(&ground.topology)),
    };
    let mut process = start(test, &order);
    let outcome = loop {
        if simulator.fault_hits(rule) > 0 {
            break Ok(true);
        }
        if let Some(status) = process.try_wait().expect("it can be asked") {
            break match status.success() {
                true => Ok(false),
                false => Err(format!("the process failed before the write: {status}")),
            };
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    process.kill().expect("it can be killed");
    process.wait().expect("it can be awaited");
    simulator.clear_faults();
    outcome
}

async fn judge(
    scenario: &Scenario,
    test: &str,
    (phase, nth): (Phase, u64),
    wanted: &[String],
) -> Result<bool, String> {
    let simulator = Simulator::builder().speed(Speed::Scaled(SPEED));
    let simulator = simulator.start().await.expect("the simulator starts");
    let ground = Ground::on(simulator, scenario, Entry::Keys);
    if phase == Phase::Destroy {
        ground.run(Phase::Apply).await?;
    }
    let was_killed = run_killed(&ground, test, phase, nth).await?;
    if phase == Phase::Apply {
        ground.is_complete(wanted).await?;
    }
    ground.is_gone().await?;
    Ok(was_killed)
}

/// In the process to be killed, obeys; in the test, kills it at each write, or at a few.
async fn strike(scenario: Scenario, test: &str) {
    if let Ok(line) = std::env::var(ORDER) {
        let simulator = Simulator::start().await.expect("unused");
        let order = Order::read(&line).expect("an order");
        return order.obey(&scenario, simulator).await;
    }
    let started = Instant::now();
    let ground = Ground::start(&scenario, Entry::Keys).await;
    ground.run(Phase::Apply).await.expect("undisturbed");
    let (applied, wanted) = (ground.writes().len(), ground.inventory());
    ground.is_gone().await.expect("undisturbed");
    let destroyed = ground.writes().len() - applied;
    let few = |writes: usize| match is_exhaustive() {
        true => (1..=writes).collect::<Vec<_>>(),
        false => vec![writes / 3, 2 * writes / 3],
    };
    let (mut count, mut killed, mut failures) = (0, 0, Vec::new());
    for (phase, writes) in [(Phase::Apply, applied), (Phase::Destroy, destroyed)] {
        for nth in few(writes) {
            count += 1;
            match Box::pin(judge(&scenario, test, (phase, nth as u64), &wanted)).await {
                Ok(was_killed) => killed += usize::from(was_killed),
                Err(failure) => failures.push(format!("{phase:?} {nth}: {failure}")),
            }
        }
    }
    let what = format!(
        "killed with SIGKILL ({killed} of the cases), {}",
        scenario.name
    );
    conclude(&what, [applied, destroyed], count, &failures, started);
    // A run that needs fewer repetitions than the counted one has no late writes.
    assert!(2 * killed > count, "{killed} of {count} were killed");
}

#[tokio::test]
async fn a_process_may_be_killed_at_any_write_of_a_cen() {
    strike(CEN, "killed::a_process_may_be_killed_at_any_write_of_a_cen").await;
}

#[tokio::test]
async fn a_process_may_be_killed_at_any_write_of_a_peering_on_aws() {
    let test = "killed::a_process_may_be_killed_at_any_write_of_a_peering_on_aws";
    strike(AWS_PEERING, test).await;
}
