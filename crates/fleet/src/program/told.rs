//! What is written to standard output.

use std::io::Write;

use landbridge_core::reconcile::Outcome as Ended;
use landbridge_fleet::{Phase, Status};
use serde::Serialize;

use super::exit::Outcome;

pub(crate) fn json(value: &impl Serialize) -> Outcome<()> {
    let text = serde_json::to_string_pretty(value).map_err(anyhow::Error::new)?;
    line(&text)
}

pub(crate) fn line(text: &str) -> Outcome<()> {
    writeln!(std::io::stdout().lock(), "{text}").map_err(anyhow::Error::new)?;
    Ok(())
}

/// How a topology stands, in a line, and what went wrong below it.
pub(crate) fn status(status: &Status) -> String {
    let mut text = format!(
        "{}  {}  generation {}",
        status.key,
        status.phase.as_str(),
        status.generation
    );
    if let Some(progress) = &status.progress {
        text += &format!("  {} of {} steps", progress.done, progress.total);
    }
    let trouble = status
        .outcome
        .as_ref()
        .and_then(|outcome| trouble(status.phase, outcome));
    for line in trouble.iter().flat_map(|text| text.lines()) {
        text += &format!("\n  {line}");
    }
    text
}

fn trouble(phase: Phase, outcome: &Ended) -> Option<String> {
    match outcome {
        Ended::Failed { failure, .. } => {
            let remedy = failure.remedy.as_ref();
            let remedy = remedy.map_or(String::new(), |remedy| format!("\nto do: {remedy}"));
            Some(format!("{}{remedy}", failure.message))
        }
        Ended::Refused { first, .. } => {
            let told = first.iter();
            let told = told.map(|one| {
                format!(
                    "{}: {}: {}\nto do: {}",
                    one.code, one.subject, one.message, one.remedy
                )
            });
            Some(told.collect::<Vec<_>>().join("\n"))
        }
        Ended::Drifted { first, objects, .. } if phase != Phase::Ready => {
            Some(format!("{objects} objects differ: {}", first.join(", ")))
        }
        Ended::WaitingForPeer { peers, .. } => {
            let peers = peers.iter();
            let peers: Vec<String> = peers
                .map(|one| format!("{} {}", one.cloud, one.account))
                .collect();
            Some(format!(
                "the owner of {} has the next step",
                peers.join(", ")
            ))
        }
        Ended::NotConnected { verdicts } => Some(format!(
            "{} of {} ordered pairs reachable by configuration",
            verdicts.reachable, verdicts.pairs
        )),
        Ended::Residue {
            first,
            objects,
            not_searched,
        } => Some(format!(
            "{objects} objects are left, {not_searched} places were not searched: {}",
            first.join(", ")
        )),
        _ => None,
    }
}
