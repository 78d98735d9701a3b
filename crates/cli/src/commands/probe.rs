//! Instances for the time of a verification: `landbridge verify --probe`.

use landbridge_core::Observation;
use landbridge_core::probe::{
    NotProbed, ProbeError, ProbeFailure, ProbeInstance, ProbePlan, ProbeReport, plan_probe,
};
use landbridge_core::topology::Topology;
use serde_json::{Value, json};

use super::verdicts::Choice;
use super::verified::Verified;
use super::{cost, stages};
use crate::args::{Options, VerifyArgs};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::session::Session;

/// Shows the instances and what they cost, asks, and verifies with them.
pub(super) async fn run(
    args: &VerifyArgs,
    options: &Options,
    output: &mut Output,
    session: &Session,
    topology: &Topology,
    observation: &Observation,
) -> Outcome {
    let wanted = args.probe.options(args.traffic);
    let probe = plan_probe(topology, observation, &wanted)?;
    output.section("probe", &probe, value(&probe));
    output.plan("probe_plan", &probe.steps, Some(&probe.topology));
    cost::tell_change(output, &probe.topology, observation, options, &probe.steps);
    let question = "Start these instances, and terminate them after the verification?";
    stages::confirm(output, &session.cancel, options, question).await?;
    output.check()?;
    options.interrupts.removes_what_it_made();
    let ProbeReport {
        mut report,
        observation,
        removed,
        ..
    } = match session.engine.probe(&probe).await {
        Ok(verified) => verified,
        Err(error) => return Err(ended(output, session, &probe.topology, error)),
    };
    output.locate(&mut report.findings);
    let choice = Choice::of(&args.pairs, options.verbose > 0, &report)?;
    let verified = Verified::new(session, &probe.topology, &observation, &report);
    let exit = verified.show(output, &choice);
    if let Some(file) = &args.html {
        verified.write_page(output, file)?;
    }
    let removed = removed.steps;
    output.section(
        "probe_removed",
        format_args!("probe: removed, {removed} objects deleted"),
        removed,
    );
    Ok(exit)
}

/// Tells the verdicts, if there are any, and what is left; gives why the run ended.
fn ended(
    output: &mut Output,
    session: &Session,
    topology: &Topology,
    error: ProbeError,
) -> Failure {
    if let Some((report, observation)) = error.verdicts.as_deref() {
        let choice = Choice::all(output.is_verbose());
        Verified::new(session, topology, observation, report).show(output, &choice);
    }
    let text = match error.left.as_slice() {
        [] => "probe: nothing of it is left".to_owned(),
        left => format!(
            "probe: left, or not seen to be gone: {}\n  -> `landbridge apply FILE` or `landbridge destroy FILE` removes them",
            left.join(", ")
        ),
    };
    output.section("probe_left", text, &error.left);
    match error.failure {
        ProbeFailure::Making(error) | ProbeFailure::Removing(error) => error.into(),
        ProbeFailure::Verifying(error) | ProbeFailure::Looking(error) => error.into(),
        _ => Failure::from(anyhow::Error::msg("the probe ended early")),
    }
}

fn value(probe: &ProbePlan) -> Value {
    let instance = |one: &ProbeInstance| {
        json!({
            "name": one.name,
            "subnet": one.subnet.to_string(),
            "place": one.place,
            "type": one.instance_type,
            "image": one.image,
        })
    };
    let missing = |one: &NotProbed| json!({ "network": one.network, "cause": one.cause });
    json!({
        "instances": probe.instances.iter().map(instance).collect::<Vec<_>>(),
        "not_probed": probe.not_probed.iter().map(missing).collect::<Vec<_>>(),
        "traffic": probe.traffic,
    })
}
