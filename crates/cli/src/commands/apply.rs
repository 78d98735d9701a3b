//! `landbridge apply`: creates and changes what a topology declares, then verifies it.

use landbridge_core::plan::plan_with;

use super::{baseline, handover, saved, stages, wholesale};
use crate::args::{ApplyArgs, Options};
use crate::exit::{Exit, Outcome};
use crate::files;
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &ApplyArgs, options: &Options, output: &mut Output) -> Outcome {
    let text = files::read("topology file", &args.file)?;
    let saved = saved::parse(&args.file, &text)?;
    let (topology, allowed) = match &saved {
        Some(saved) => {
            stages::check_clouds(&saved.topology, &args.file)?;
            (saved.topology.clone(), saved.options.clone())
        }
        None => (
            stages::parse(&args.file, &text)?,
            args.consent.plan_options(),
        ),
    };
    let session = Session::open(&topology, options).await?;
    let mut observation = session.observe(&topology).await?;
    stages::preflight(output, &topology, &observation, &allowed)?;
    let plan = plan_with(&topology, &observation, &allowed);
    stages::show_plan(output, "plan", &plan);
    if let Some(saved) = &saved {
        saved::refuse_unless_same(output, saved, &plan)?;
    }
    if saved.is_none() && options.yes && !allowed.replace {
        wholesale::refuse(&topology, &observation, &plan)?;
    }
    if !plan.is_empty() {
        stages::confirm(output, &session.cancel, options, "Apply this plan?").await?;
        if let Some(file) = &args.baseline {
            baseline::keep(output, file, &topology, &observation)?;
        }
        stages::apply(output, "applied", &session, &plan).await?;
        if args.no_verify && topology.instances.is_empty() && !stages::is_shared(&topology) {
            return Ok(Exit::Ok);
        }
        observation = session.observe_again(&topology, &observation).await?;
    }
    stages::outputs(output, &topology, &observation);
    let peers = handover::tell(output, &session, &args.handover, &topology, &observation)?;
    // While others are waited for, packets do not pass yet.
    if args.no_verify || peers == Exit::Waiting {
        return Ok(peers);
    }
    stages::verify(output, &session, &topology, &observation).await
}
