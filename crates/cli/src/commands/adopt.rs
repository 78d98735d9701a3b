//! `landbridge adopt`: makes objects of others the topology's own.

use std::fmt::Write;

use landbridge_core::plan::{AdoptReason, Adoptable, PlanOptions, adopt, adoptable};

use super::{cost, stages};
use crate::args::{AdoptArgs, Options};
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &AdoptArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::open(output, &args.input.file)?;
    let session = Session::open(&topology, options).await?;
    let observation = session.observe(&topology).await?;
    let topology = cost::decided(&topology, &observation, options, &PlanOptions::default());
    stages::identities(output, &topology, &observation)?;
    if args.objects.is_empty() {
        let known = adoptable(&topology, &observation);
        output.section("adoptable", shown(&known), &known);
        return Ok(Exit::Ok);
    }
    let plan = adopt(&topology, &observation, &args.objects, args.from.as_deref())?;
    output.plan("plan", &plan, Some(&topology));
    let question = "Adopt all of this? `destroy` will delete it.";
    stages::confirm(output, &session.cancel, options, question).await?;
    stages::apply(output, "adopted", &session, &plan).await?;
    Ok(Exit::Ok)
}

fn shown(known: &[Adoptable]) -> String {
    if known.is_empty() {
        return "adoptable: nothing".to_owned();
    }
    let mut text = format!("adoptable: {}", known.len());
    for one in known {
        let reason = match one.reason {
            AdoptReason::Used => "used by the topology",
            _ => "stands where the topology wants its own",
        };
        // Writing to a text does not fail.
        let _ = write!(
            text,
            "\n  {} as {} in {}: {reason}",
            one.object, one.key, one.place
        );
        if let Some(owner) = &one.owner {
            let _ = write!(text, "; belongs to topology {owner}");
        }
    }
    text
}
