//! `landbridge rehearse`: runs the whole life of a topology on an embedded simulator.

use std::time::Duration;

use landbridge_core::plan::{PlanOptions, plan, plan_destroy};
use landbridge_core::topology::Topology;
use landbridge_sim::{LedgerEntry, Simulator, Speed};
use serde_json::json;

use super::{cost, stages};
use crate::args::{Options, RehearseArgs};
use crate::duration::show;
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::session::Session;
use crate::simulated::Simulation;

pub(super) async fn run(args: &RehearseArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::open(output, &args.input.file)?;
    let simulation = Simulation {
        speed: args.speed.map_or(Speed::Manual, Speed::Scaled),
        seed: args.seed,
        ..Simulation::default()
    };
    let (session, simulator) = Session::simulated(&topology, options, simulation).await?;
    let outcome = rehearse(&session, &topology, options, output).await?;
    let outcome = outcome.and(ledger(&simulator, &topology, output));
    conclude(&simulator, outcome, output);
    Ok(outcome)
}

/// The whole life of a topology. Failed checks are reported at the end; only an error ends the rehearsal early.
async fn rehearse(
    session: &Session,
    topology: &Topology,
    options: &Options,
    output: &mut Output,
) -> Outcome {
    output.heading("plan");
    let observation = session.observe(topology).await?;
    stages::keep_callers(output, topology, &observation);
    let allowed = PlanOptions::default();
    let topology = &cost::decide(output, topology, &observation, options, &allowed);
    stages::preflight(output, topology, &observation, &allowed)?;
    let first = plan(topology, &observation);
    output.plan("plan", &first, Some(topology));
    cost::tell(output, topology, &observation, options, Some(&first));

    output.heading("apply");
    stages::apply(output, "applied", session, &first).await?;
    let applied = session.observe_again(topology, &observation).await?;
    stages::outputs(output, topology, &applied);

    output.heading("verify");
    let verified = stages::verify(output, session, topology, &applied).await?;

    output.heading("second plan");
    let second = plan(topology, &applied);
    output.plan("second_plan", &second, Some(topology));
    let settled = Exit::proven(second.is_empty());

    output.heading("destroy");
    let destruction = plan_destroy(topology, &applied);
    output.plan("destroy_plan", &destruction, Some(topology));
    stages::apply(output, "destroyed", session, &destruction).await?;
    let left = session.observe_for_residue(topology).await?;
    let gone = stages::residue(output, session, topology, &left, &destruction, None).await?;
    Ok(verified.and(settled).and(gone))
}

/// The simulator's own record of what exists, independent of the engine. It does not hold opened services.
fn ledger(simulator: &Simulator, topology: &Topology, output: &mut Output) -> Exit {
    let ours = |entry: &LedgerEntry| {
        let mut accounts = topology.accounts.iter();
        accounts.any(|account| account.id.as_str() == entry.account)
    };
    let left: Vec<String> = simulator
        .alive()
        .iter()
        .filter(|entry| ours(entry))
        .map(|entry| {
            format!(
                "{} {} of account {} {}",
                entry.kind, entry.id, entry.account, entry.region
            )
        })
        .collect();
    let text = match left.as_slice() {
        [] => "ledger of the simulator: every created object is gone".to_owned(),
        left => format!(
            "ledger of the simulator: {} left\n  {}",
            objects(left.len()),
            left.join("\n  ")
        ),
    };
    output.section("ledger", text, json!({ "alive": left }));
    Exit::proven(left.is_empty())
}

fn objects(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} object{plural}")
}

fn conclude(simulator: &Simulator, outcome: Exit, output: &mut Output) {
    let verdict = if outcome == Exit::Ok {
        "passed"
    } else {
        "failed"
    };
    let calls = simulator.calls().len();
    let elapsed = Duration::from_secs(simulator.uptime().as_secs());
    output.section(
        "rehearsal",
        format_args!(
            "rehearsal {verdict}: {calls} calls, {} of simulated time",
            show(elapsed)
        ),
        json!({
            "passed": outcome == Exit::Ok,
            "calls": calls,
            "simulated_seconds": elapsed.as_secs(),
        }),
    );
}
