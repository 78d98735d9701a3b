//! `landbridge firewall allow`.

use serde_json::json;

use super::permit::{Wish, refuse_unless_passed, show};
use crate::args::{AllowArgs, Options};
use crate::commands::stages;
use crate::commands::verdicts::Choice;
use crate::exit::{Exit, Outcome};
use crate::interrupt::unless_cancelled;
use crate::output::Output;

pub(super) async fn run(args: &AllowArgs, options: &Options, output: &mut Output) -> Outcome {
    let wish = Wish::open(&args.permit, options).await?;
    let plan = wish.reading(wish.engine.plan_permit(&wish.permit)).await?;
    show(output, &plan);
    refuse_unless_passed(&plan)?;
    if !plan.is_empty() {
        stages::confirm(output, wish.callers.cancel(), options, "Write these rules?").await?;
        wish.engine.apply_permit(&plan).await?;
    }
    if args.no_verify {
        return Ok(Exit::Ok);
    }
    let proving = wish.engine.prove_permit(&wish.permit);
    let report = unless_cancelled(wish.callers.cancel(), proving).await?;
    if report.pairs.is_empty() {
        output.section(
            "verify",
            "verify: not checked; paths are checked between two instances only",
            json!({ "reachable": 0, "pairs": 0, "verdicts": [] }),
        );
        return Ok(Exit::Ok);
    }
    let choice = Choice::all(true);
    let document = json!({
        "format": report.format,
        "reachable": report.reachable(),
        "pairs": report.pairs.len(),
        "verdicts": report.pairs,
    });
    Ok(stages::show_verdicts(output, &report, document, &choice))
}
