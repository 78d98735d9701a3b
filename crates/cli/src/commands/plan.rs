//! `landbridge plan`: shows what `apply` would change.

use landbridge_core::plan::{Plan, SavedPlan, plan_with};
use serde_json::json;

use super::{cost, handover, saved, stages};
use crate::args::{Drawing, Options, PlanArgs};
use crate::exit::{Exit, Outcome};
use crate::output::{MORE, Output, complain};
use crate::session::Session;

pub(super) async fn run(args: &PlanArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::load(&args.input.file)?;
    let session = Session::open(&topology, options).await?;
    let observation = session.observe(&topology).await?;
    let allowed = args.consent.plan_options();
    let topology = match args.draw {
        Some(_) => cost::decided(&topology, &observation, options, &allowed),
        None => cost::decide(output, &topology, &observation, options, &allowed),
    };
    let plan = plan_with(&topology, &observation, &allowed);
    let Some(language) = args.draw else {
        stages::preflight(output, &topology, &observation, &allowed)?;
        output.plan("plan", &plan, Some(&topology));
        cost::tell(output, &topology, &observation, options, Some(&plan));
        let settled = Exit::proven(plan.is_empty() || !args.detailed_exitcode);
        if let Some(file) = &args.out {
            let saved = SavedPlan::new(topology.clone(), allowed, plan);
            saved::write(output, file, &saved)?;
        }
        let told = handover::tell(output, &session, &args.handover, &topology, &observation)?;
        return Ok(told.and(settled));
    };
    // Only the drawing goes to stdout, for a program that draws.
    let report = landbridge_core::preflight::preflight_with(&topology, &observation, &allowed);
    if !report.passed() {
        complain(format_args!("{report}\n{MORE}"));
    }
    stages::refuse_unless_passed(&report)?;
    let drawing = draw(&plan, language);
    output.section("drawing", drawing.trim_end(), json!(drawing));
    Ok(Exit::Ok)
}

fn draw(plan: &Plan, language: Drawing) -> String {
    match language {
        Drawing::Mermaid => plan.to_mermaid(),
        Drawing::Dot => plan.to_dot(),
    }
}
