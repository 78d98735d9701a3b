//! `landbridge cost`, and what other commands tell of costs: sums by payer, and the models that they decide.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use landbridge_core::cost::{Chosen, Estimate, ModelReason, choose_models, with_models};
use landbridge_core::plan::{Plan, PlanOptions};
use landbridge_core::topology::Topology;
use landbridge_core::{Clock, Observation, SystemClock};

use super::stages;
use crate::args::{FileArgs, Options};
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &FileArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::open(output, &args.file)?;
    let session = Session::open(&topology, options).await?;
    let observation = session.observe(&topology).await?;
    stages::identities(output, &topology, &observation)?;
    let allowed = PlanOptions::default();
    let topology = decide(output, &topology, &observation, options, &allowed);
    tell(output, &topology, &observation, options, None);
    Ok(Exit::Ok)
}

/// Tells what a topology costs, and what a plan of it changes.
pub(super) fn tell(
    output: &mut Output,
    topology: &Topology,
    observation: &Observation,
    options: &Options,
    plan: Option<&Plan>,
) {
    let estimate = Estimate::new(topology, observation, options.price_table(), today());
    output.section("cost", &estimate, &estimate);
    if let Some(plan) = plan.filter(|plan| !plan.is_empty()) {
        let change = estimate.change(plan);
        output.section("cost_change", &change, &change);
    }
}

/// Tells what a plan of a topology adds to its cost, and nothing else.
pub(super) fn tell_change(
    output: &mut Output,
    topology: &Topology,
    observation: &Observation,
    options: &Options,
    plan: &Plan,
) {
    let estimate = Estimate::new(topology, observation, options.price_table(), today());
    let change = estimate.change(plan);
    output.section("cost_change", &change, &change);
}

/// The topology with the models that were chosen where it leaves them open, and tells why.
pub(super) fn decide(
    output: &mut Output,
    topology: &Topology,
    observation: &Observation,
    options: &Options,
    allowed: &PlanOptions,
) -> Topology {
    let chosen = choose_models(topology, observation, options.price_table(), allowed);
    let worth_telling = |one: &&Chosen| one.reason != ModelReason::OnlyOffered;
    let lines: Vec<String> = chosen
        .iter()
        .filter(worth_telling)
        .map(Chosen::to_string)
        .collect();
    if !lines.is_empty() {
        output.section("models", lines.join("\n"), &chosen);
    }
    with_models(topology, &chosen)
}

/// Likewise, without a word.
pub(super) fn decided(
    topology: &Topology,
    observation: &Observation,
    options: &Options,
    allowed: &PlanOptions,
) -> Topology {
    let chosen = choose_models(topology, observation, options.price_table(), allowed);
    with_models(topology, &chosen)
}

pub(super) fn today() -> Date {
    let now = Timestamp::try_from(SystemClock::new().now()).unwrap_or_default();
    now.to_zoned(TimeZone::UTC).date()
}
