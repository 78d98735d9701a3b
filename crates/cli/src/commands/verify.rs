//! `landbridge verify`: checks that packets flow.

use landbridge_core::plan::PlanOptions;

use super::verdicts::Choice;
use super::verified::Verified;
use super::{cost, probe, second_opinion, stages};
use crate::args::{Options, VerifyArgs};
use crate::exit::Outcome;
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &VerifyArgs, options: &Options, output: &mut Output) -> Outcome {
    let topology = stages::open(output, &args.input.file)?;
    let session = Session::open(&topology, options).await?;
    let observation = session.observe(&topology).await?;
    let topology = cost::decided(&topology, &observation, options, &PlanOptions::default());
    stages::identities(output, &topology, &observation)?;
    if args.probe.probe {
        return probe::run(args, options, output, &session, &topology, &observation).await;
    }
    let mut report =
        stages::judged(output, &session, &topology, &observation, args.traffic).await?;
    if args.second_opinion {
        let second = second_opinion::ask(
            output,
            &session,
            options,
            &topology,
            &observation,
            (&report, args.traffic),
        );
        let second = second.await?;
        report = report.with_second_opinion(second);
    }
    let choice = Choice::of(&args.pairs, options.verbose > 0, &report)?;
    let verified = Verified::new(&session, &topology, &observation, &report);
    let exit = verified.show(output, &choice);
    if let Some(file) = &args.html {
        verified.write_page(output, file)?;
    }
    Ok(exit)
}
