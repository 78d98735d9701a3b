//! `landbridge firewall revoke`.

use landbridge_core::permit::PermitPlan;
use landbridge_core::verify::{PairVerdict, Verdict};
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
    stages::confirm(
        output,
        wish.callers.cancel(),
        options,
        "Remove these rules?",
    )
    .await?;
    wish.engine.apply_permit(&plan).await?;
    // Nothing is left to withdraw, so this plan shows the paths as they are.
    Ok(show_closed(output, &withdrawal().await?))
}

fn show_closed(output: &mut Output, plan: &PermitPlan) -> Exit {
    let count = |verdict| {
        let is = |pair: &&PairVerdict| pair.path.verdict() == verdict;
        plan.verdicts.iter().filter(is).count()
    };
    let (open, undecided) = (count(Verdict::Reachable), count(Verdict::Undecided));
    let text = match (plan.verdicts.len(), open, undecided) {
        (0, _, _) => "rules removed; paths are checked between two instances only".to_owned(),
        (count, 0, 0) => format!("rules removed; {count} of {count} paths are closed"),
        (count, 0, _) => format!(
            "rules removed; of {undecided} of {count} paths it cannot be told whether they are closed"
        ),
        (count, _, _) => format!(
            "rules removed; {open} of {count} paths are still open, because rules without this mark allow them"
        ),
    };
    let paths: Vec<String> = plan.verdicts.iter().map(ToString::to_string).collect();
    let text = [vec![text], paths].concat().join("\n");
    output.section("closed", text, json!({ "verdicts": plan.verdicts }));
    Exit::judged(open > 0, undecided > 0)
}
