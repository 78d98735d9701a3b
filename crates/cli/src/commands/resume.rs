//! `landbridge resume`: tells what a command was doing when it ended early, and continues it.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use landbridge_core::journal::{Header, History, JournalFile, Open, Purpose, Settled};
use landbridge_core::topology::{ModelChoice, Topology};
use serde_json::json;

use super::journal::Notes;
use super::{apply, destroy, stages};
use crate::args::{Options, ResumeArgs};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &ResumeArgs, options: &Options, output: &mut Output) -> Outcome {
    let (file, history) = JournalFile::open(&args.journal)?;
    tell(output, &args.journal, &history);
    let header = &history.header;
    stages::about(output, &header.topology)?;
    if history.is_complete() {
        return Ok(Exit::Ok);
    }
    stages::check_clouds(&header.topology, &args.journal)?;
    refuse_unless_same(header)?;
    let mut session = Session::open(&header.topology, options).await?;
    let file = Arc::new(file);
    session.engine = session.engine.clone().with_journal(file.clone());
    let resuming = session.engine.resume(&history);
    let resumed = session.unless_cancelled(resuming).await?;
    tell_settled(output, &history.open(), &resumed.settled);
    let observation = resumed.observation;
    let mut notes = Notes::On(file);
    match header.purpose {
        Purpose::Apply => {
            let job = apply::Job {
                topology: &header.topology,
                allowed: &header.options,
                saved: None,
                baseline: args.baseline.as_deref(),
                no_verify: args.no_verify,
                handover: &args.handover,
            };
            apply::carry_out(&job, &mut notes, session, observation, options, output).await
        }
        Purpose::Destroy => {
            let job = destroy::Job {
                topology: &header.topology,
                allowed: &header.options,
                baseline: args.baseline.as_deref(),
                handover: &args.handover,
            };
            destroy::carry_out(&job, &mut notes, session, observation, options, output).await
        }
        _ => Err(Failure::bad_input(format!(
            "this program cannot continue a journal of `{}`",
            header.purpose
        ))),
    }
}

/// Refuses to continue what its file does not say any more.
fn refuse_unless_same(header: &Header) -> Outcome<()> {
    let Some(file) = header.file.as_deref().filter(|file| file.exists()) else {
        return Ok(());
    };
    if with_models_of(stages::load(file)?, &header.topology) == header.topology {
        return Ok(());
    }
    let (file, purpose) = (file.display(), header.purpose);
    Err(Failure::refused(format!(
        "topology file `{file}` is not the one that the journal was written for, nothing was written: run `landbridge \
         {purpose} {file}` to do what it says now, or restore it, then resume"
    )))
}

/// A topology with the models that were chosen for it when the journal was written.
fn with_models_of(mut declared: Topology, chosen: &Topology) -> Topology {
    let open = declared.interconnects.iter_mut();
    for interconnect in open.filter(|one| one.model == ModelChoice::Auto) {
        if let Some(chosen) = chosen.interconnect(&interconnect.name) {
            interconnect.model = chosen.model;
        }
    }
    declared
}

fn tell(output: &mut Output, path: &Path, history: &History) {
    let header = &history.header;
    let open = history.open();
    let path = path.display();
    let mut text = format!(
        "journal {path}: `landbridge {}` of topology {}",
        header.purpose, header.topology.name
    );
    for run in history.runs() {
        let end = if run.ended {
            ""
        } else {
            "; it did not end by itself"
        };
        let _ = write!(
            text,
            "\n  run {}: {} of {} steps done, {} writes announced{end}",
            run.run, run.done, run.steps, run.writes
        );
    }
    if history.torn > 0 {
        let _ = write!(
            text,
            "\n  the last line was cut off after {} bytes; it is left out",
            history.torn
        );
    }
    match open.as_slice() {
        _ if history.is_complete() => {
            let _ = write!(text, "\n  nothing to do: the last run took all its steps");
        }
        [] => text.push_str("\n  no write was under way when the last run ended"),
        open => {
            let _ = write!(
                text,
                "\n  under way when the last run ended: {}",
                steps(open.len())
            );
            for open in open {
                let Open {
                    step,
                    place,
                    what,
                    reached,
                    ..
                } = open;
                let _ = write!(text, "\n    {step}: {what} in {place}: {reached}");
            }
        }
    }
    output.section(
        "journal",
        text,
        json!({
            "path": path.to_string(),
            "purpose": header.purpose,
            "topology": header.topology.name,
            "complete": history.is_complete(),
            "torn_bytes": history.torn,
            "runs": history.runs(),
            "open": open,
        }),
    );
}

fn steps(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} step{plural}")
}

fn tell_settled(output: &mut Output, open: &[Open], settled: &[Settled]) {
    if open.is_empty() {
        return;
    }
    let lines = settled.iter().map(|settled| {
        let Settled { step, found, .. } = settled;
        format!("\n  {step}: {found}")
    });
    let text = format!("the clouds say of them:{}", lines.collect::<String>());
    output.section("settled", text, settled);
}
