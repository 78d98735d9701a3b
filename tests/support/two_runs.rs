//! Two engines at work on one topology in one simulated cloud, side by side in virtual time.

use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::Topology;
use landbridge_sim::Simulator;

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    Apply,
    Destroy,
}

/// How long two runs may take, in simulated time.
const LIMIT: Duration = Duration::from_secs(20 * 60);

pub(crate) async fn run(engine: &Engine, topology: &Topology, what: Run) -> Result<(), String> {
    let observation = engine.observe(topology).await.map_err(|e| e.to_string())?;
    let plan = match what {
        Run::Apply => {
            let report = preflight(topology, &observation);
            if !report.passed() {
                return Err(report.to_string());
            }
            plan(topology, &observation)
        }
        Run::Destroy => plan_destroy(topology, &observation),
    };
    let applied = engine.apply(&plan).await;
    applied.map(|_| ()).map_err(|error| error.to_string())
}

/// Starts the second run some seconds after the first, and gives what became of both.
pub(crate) async fn side_by_side(
    simulator: &Simulator,
    topology: &Topology,
    (first, one): (&Engine, Run),
    (second, other): (&Engine, Run),
    offset: u64,
) -> [Result<(), String>; 2] {
    let started = simulator.uptime();
    let later = async {
        let until = started + Duration::from_secs(offset);
        while simulator.uptime() < until {
            // The first run moves the time on; should it end before, this does.
            for _ in 0..512 {
                tokio::task::yield_now().await;
            }
            simulator.advance(Duration::from_millis(250));
        }
        run(second, topology, other).await
    };
    let (one, other) = tokio::join!(run(first, topology, one), later);
    let took = simulator.uptime() - started;
    assert!(
        took < LIMIT,
        "offset {offset}: {took:?}; {one:?}; {other:?}"
    );
    [one, other]
}

/// How many objects of each kind are alive in each account.
pub(crate) fn inventory(simulator: &Simulator) -> Vec<String> {
    let alive = simulator.alive().into_iter();
    let mut all: Vec<String> = alive
        .map(|entry| format!("{} {}", entry.account, entry.kind))
        .collect();
    all.sort();
    all
}
