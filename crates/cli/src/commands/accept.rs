//! `landbridge accept`: does what a hand-over document asks of an account, and nothing else.

use landbridge_core::handover::{Consent, HandOver, consent};
use landbridge_core::preflight::preflight;
use landbridge_core::{Error, ErrorKind};
use serde_json::json;

use super::stages::{self, confirm};
use crate::accounts::Callers;
use crate::args::{AcceptArgs, Options};
use crate::duration::show;
use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::interrupt::unless_cancelled;
use crate::output::Output;

pub(super) async fn run(args: &AcceptArgs, options: &Options, output: &mut Output) -> Outcome {
    let document = read(args)?;
    let callers = Callers::open(&args.accounts, options)?;
    let caller = callers.writer(&args.account).await?;
    if (caller.cloud(), caller.account()) != (&document.cloud, &document.account) {
        return Err(Failure::bad_input(format!(
            "`{}` has keys of {} account {}: the document is for {} account {}; nothing was written",
            args.account.text,
            caller.cloud(),
            caller.account(),
            document.cloud,
            document.account
        )));
    }
    let engine = callers.engine([&caller])?;
    let cancel = callers.cancel();
    let observation = unless_cancelled(cancel, engine.observe(&document.view)).await?;
    let report = preflight(&document.view, &observation);
    if !report.passed() {
        output.report("preflight", &report);
    }
    stages::refuse_unless_passed(&report)?;
    let consent = consent(&document, &observation).map_err(refused)?;
    let acts: Vec<String> = document.acts().map(|act| format!("  {act}")).collect();
    output.section(
        "consent",
        format_args!(
            "account {} asks you:\n{}\n{}",
            asked_by(&document),
            acts.join("\n"),
            already(&consent)
        ),
        json!({
            "account": document.account,
            "asked_by": document.asked_by,
            "acts": document.acts().collect::<Vec<_>>(),
            "done": consent.done,
        }),
    );
    output.plan("plan", &consent.plan, None);
    if consent.plan.is_empty() {
        return Ok(Exit::Ok);
    }
    confirm(output, cancel, options, "Do this?").await?;
    let applied = engine.apply(&consent.plan).await?;
    output.section(
        "applied",
        format_args!(
            "applied: {} steps in {}",
            applied.steps,
            show(applied.elapsed)
        ),
        json!({
            "steps": applied.steps,
            "elapsed_seconds": applied.elapsed.as_secs_f64(),
        }),
    );
    Ok(Exit::Ok)
}

fn read(args: &AcceptArgs) -> Outcome<HandOver> {
    let text = files::read("hand-over document", &args.document)?;
    Ok(HandOver::from_json(&text)?)
}

// The cloud shows something else than the document: nobody should write on it.
fn refused(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Failed => Failure::new(Exit::Refused, error),
        _ => error.into(),
    }
}

fn asked_by(document: &HandOver) -> String {
    let accounts: Vec<&str> = document.asked_by.iter().map(|id| id.as_str()).collect();
    accounts.join(", ")
}

fn already(consent: &Consent) -> String {
    match consent.done.len() {
        0 => "nothing of it is done yet".to_owned(),
        done => format!("{done} of these are done already"),
    }
}
