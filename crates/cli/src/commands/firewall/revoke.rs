//! `landbridge firewall revoke`.

use landbridge_core::permit::PermitPlan;
use landbridge_core::verify::PairVerdict;
use serde_json::json;

use super::permit::{Wish, refuse_unless_passed, show};
use crate::args::{Options, PermitArgs};
use crate::commands::stages;
use crate::exit::{Exit, Outcome};
use crate::output::Output;

pub(super) async fn run(args: &PermitArgs, options: &Options, output: &mut Output) -> Outcome {
    let wish = Wish::open(args, options).await?;
    let withdrawal = || wish.reading(wish.engine.plan_withdrawal(&wish.permit));
    let plan = withdrawal().await?;
    show(output, &plan);
    refuse_unless_passed(&plan)?;
    if plan.is_empty() {
        return Ok(Exit::Ok);
    }
    stages::confirm(wish.callers.cancel(), options, "Remove these rules?").await?;
    wish.engine.apply_permit(&plan).await?;
    // Nothing is left to withdraw, so this plan shows the paths as they are.
    Ok(show_closed(output, &withdrawal().await?))
}

fn show_closed(output: &mut Output, plan: &PermitPlan) -> Exit {
    let open = |verdict: &&PairVerdict| verdict.path.blocked.is_none();
    let open = plan.verdicts.iter().filter(open).count();
    let text = match (plan.verdicts.len(), open) {
        (0, _) => "rules removed; paths are checked between two instances only".to_owned(),
        (count, 0) => format!("rules removed; {count} of {count} paths are closed"),
        (count, _) => format!(
            "rules removed; {open} of {count} paths are still open, because rules without this mark allow them"
        ),
    };
    let paths: Vec<String> = plan.verdicts.iter().map(ToString::to_string).collect();
    let text = [vec![text], paths].concat().join("\n");
    output.section("closed", text, json!({ "verdicts": plan.verdicts }));
    Exit::proven(open == 0)
}
