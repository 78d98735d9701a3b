//! Stages that several commands share: load, preflight, confirm, apply, verify, look for leftovers.

use std::borrow::Cow;
use std::path::Path;

use landbridge_core::engine::{Baseline, SecretSource};
use landbridge_core::plan::{Plan, PlanOptions};
use landbridge_core::preflight::{self, Report};
use landbridge_core::topology::{Holder, Topology, with_known_accounts};
use landbridge_core::verify::{Traffic, VerifyReport};
use landbridge_core::{InstanceRecord, Observation, Place};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use super::verdicts::{self, Choice};
use super::verified::Verified;
use crate::args::Options;
use crate::clouds::declared;
use crate::config::Config;
use crate::duration::show;
use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::output::Output;
use crate::prompt;
use crate::session::Session;

/// Reads and checks a topology file.
pub(crate) fn load(file: &Path) -> Outcome<Topology> {
    let text = files::read_topology(file)?;
    checked(file, &completed(file, &text)?)
}

/// [Loads](load) the topology that the command is about: findings say where in its file they are.
pub(super) fn open(output: &mut Output, file: &Path) -> Outcome<Topology> {
    parse(output, file, &files::read_topology(file)?)
}

/// [Opens](open) the text of a topology file. It is kept if the command leaves evidence.
pub(super) fn parse(output: &mut Output, file: &Path, text: &str) -> Outcome<Topology> {
    let text = &completed(file, text)?;
    let topology = checked(file, text)?;
    for warning in declared::warnings(&topology) {
        output.warning(&warning);
    }
    output.about(&topology);
    output.read_from(file, text);
    if let Some(evidence) = output.evidence() {
        evidence.topology(&topology, Some(text))?;
    }
    Ok(topology)
}

/// Notes the topology of a command whose file is no topology file.
pub(super) fn about(output: &mut Output, topology: &Topology) -> Outcome<()> {
    output.about(topology);
    match output.evidence() {
        Some(evidence) => evidence.topology(topology, None),
        None => Ok(()),
    }
}

/// The text of a topology file with the accounts written out that it names only, as the configuration file has them.
pub(super) fn completed<'t>(file: &Path, text: &'t str) -> Outcome<Cow<'t, str>> {
    let config = Config::current();
    let text = with_known_accounts(text, &config.accounts(), &config.origin());
    text.map_err(|error| error.in_file(files::shown(file)).into())
}

/// Keeps whose keys have read, if the command leaves evidence.
pub(super) fn keep_callers(output: &Output, topology: &Topology, observation: &Observation) {
    if let Some(evidence) = output.evidence() {
        evidence.callers(topology, observation);
    }
}

fn checked(file: &Path, text: &str) -> Outcome<Topology> {
    let topology = Topology::from_text_with(text, declared::problems);
    Ok(topology.map_err(|error| error.in_file(files::shown(file)))?)
}

/// Refuses a topology of a saved plan that names a cloud which the program does not have.
pub(super) fn check_clouds(topology: &Topology, file: &Path) -> Outcome<()> {
    let problems = declared::problems(topology);
    match problems.is_empty() {
        true => Ok(()),
        false => {
            let (name, problems) = (file.display(), problems.join("\n"));
            let message = format!("invalid topology file `{name}`: {problems}");
            Err(Failure::bad_input(message))
        }
    }
}

/// Shows the findings of preflight, and refuses if one of them is an error.
pub(super) fn preflight(
    output: &mut Output,
    topology: &Topology,
    observation: &Observation,
    options: &PlanOptions,
) -> Outcome<()> {
    let report = preflight::preflight_with(topology, observation, options);
    output.report("preflight", &report);
    refuse_unless_passed(&report)
}

/// Refuses keys of another account than declared: nothing was read with them, so nothing would be found.
pub(super) fn identities(
    output: &mut Output,
    topology: &Topology,
    observation: &Observation,
) -> Outcome<()> {
    let mut report = preflight::preflight(topology, observation);
    report
        .findings
        .retain(|finding| finding.code.starts_with("identity/"));
    if !report.findings.is_empty() {
        output.report("preflight", &report);
    }
    refuse_unless_passed(&report)
}

/// Shows what keeps a destroy from succeeding, and refuses it then.
pub(super) fn preflight_destroy(
    output: &mut Output,
    topology: &Topology,
    observation: &Observation,
    options: &PlanOptions,
) -> Outcome<()> {
    let report = preflight::preflight_destroy_with(topology, observation, options);
    if !report.findings.is_empty() {
        output.report("preflight", &report);
    }
    refuse_unless_passed(&report)
}

pub(super) fn refuse_unless_passed(report: &Report) -> Outcome<()> {
    if report.passed() {
        Ok(())
    } else {
        Err(Failure::refused(
            "preflight found errors; nothing was written",
        ))
    }
}

/// Whether an account of the topology is held by another.
pub(super) fn is_shared(topology: &Topology) -> bool {
    let mut accounts = topology.accounts.iter();
    accounts.any(|account| account.held_by == Holder::Other)
}

/// Asks for confirmation at the terminal, unless `--yes` was given. Refuses what could not be shown.
pub(super) async fn confirm(
    output: &mut Output,
    cancel: &CancellationToken,
    options: &Options,
    question: &str,
) -> Outcome<()> {
    output.check()?;
    if options.yes {
        return Ok(());
    }
    prompt::confirm(question, cancel).await
}

/// Applies a plan.
pub(super) async fn apply(
    output: &mut Output,
    key: &str,
    session: &Session,
    plan: &Plan,
) -> Outcome<()> {
    output.check()?;
    let secrets = session.secrets(plan).await?;
    if let Some(evidence) = output.evidence() {
        secrets.each(|secret| evidence.secret(secret));
    }
    let secrets: Arc<dyn SecretSource> = Arc::new(secrets);
    let engine = session.engine.clone().with_secrets(secrets);
    let applied = engine.apply(plan).await?;
    output.section(
        key,
        format_args!(
            "{key}: {} steps in {}",
            applied.steps,
            show(applied.elapsed)
        ),
        json!({
            "steps": applied.steps,
            "elapsed_seconds": applied.elapsed.as_secs_f64(),
        }),
    );
    Ok(())
}

/// Shows the instances and their addresses.
pub(super) fn outputs(output: &mut Output, topology: &Topology, observation: &Observation) {
    if topology.instances.is_empty() {
        return;
    }
    let found = instances(topology, observation);
    let mut text = String::from("instances:");
    for (name, place, instance) in &found {
        let address = shown_address(instance);
        text.push_str(&format!(
            "\n  {name:<12} {address:<15} {} in {place}",
            instance.id
        ));
    }
    let values: Vec<Value> = found
        .iter()
        .map(|(name, place, instance)| {
            json!({
                "name": name,
                "address": instance.address,
                "id": instance.id,
                "place": place,
                "state": instance.status.word,
            })
        })
        .collect();
    output.section("instances", text, values);
}

fn shown_address(instance: &InstanceRecord) -> String {
    let address = instance.address.map(|address| address.to_string());
    address.unwrap_or_else(|| "no address".to_owned())
}

fn instances<'a>(
    topology: &'a Topology,
    observation: &'a Observation,
) -> Vec<(&'a str, &'a Place, &'a InstanceRecord)> {
    let mut found = Vec::new();
    for declared in &topology.instances {
        let key = format!("instance/{}", declared.name);
        for inventory in &observation.inventories {
            let is_it = |instance: &&InstanceRecord| {
                let owner = instance.owner.as_ref();
                let ours =
                    owner.is_some_and(|owner| owner.topology == topology.name && owner.key == key);
                match &declared.id {
                    Some(id) => instance.id == *id,
                    None => ours,
                }
            };
            let here = inventory.instances.iter().filter(is_it);
            found.extend(here.map(|instance| (declared.name.as_str(), &inventory.place, instance)));
        }
    }
    found
}

/// Verifies that packets flow, and shows what blocks them.
pub(super) async fn verify(
    output: &mut Output,
    session: &Session,
    topology: &Topology,
    observation: &Observation,
) -> Outcome {
    let report = judged(output, session, topology, observation, Traffic::PING).await?;
    let choice = Choice::all(output.is_verbose());
    let verified = Verified::new(session, topology, observation, &report);
    Ok(verified.show(output, &choice))
}

/// The verdicts on all pairs.
pub(super) async fn judged(
    output: &Output,
    session: &Session,
    topology: &Topology,
    observation: &Observation,
    traffic: Traffic,
) -> Outcome<VerifyReport> {
    let verified = session
        .engine
        .verify_traffic(topology, observation, traffic);
    let mut report = session.unless_cancelled(verified).await?;
    output.locate(&mut report.findings);
    Ok(report)
}

/// Shows the chosen pairs, which in JSON are the document, and gives how the command ends by all of them.
pub(super) fn show_verdicts(
    output: &mut Output,
    report: &VerifyReport,
    document: Value,
    choice: &Choice<'_>,
) -> Exit {
    let text = verdicts::text(report, choice);
    output.findings("verify", (text, document), &report.findings);
    Exit::judged(report.failed(), report.is_undecided())
}

/// Looks for leftovers of a plan that deleted, and shows them.
pub(super) async fn residue(
    output: &mut Output,
    session: &Session,
    topology: &Topology,
    observation: &Observation,
    destroyed: &Plan,
    before: Option<&Baseline>,
) -> Outcome {
    let residue = session
        .engine
        .residue_observed(topology, observation, Some(destroyed));
    let mut report = session.unless_cancelled(residue).await?;
    if let Some(before) = before {
        report = report.with_differences(before.differences(observation));
    }
    output.section("residue", &report, &report);
    Ok(Exit::judged(!report.is_empty(), !report.is_decided()))
}
