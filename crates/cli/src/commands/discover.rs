//! `landbridge discover`: shows what exists in places, and writes it as a topology.

use super::survey::{Survey, check_absent, write_new};
use crate::args::{DiscoverArgs, Options};
use crate::exit::Outcome;
use crate::interrupt::unless_cancelled;
use crate::output::Output;

pub(super) async fn run(args: &DiscoverArgs, options: &Options, output: &mut Output) -> Outcome {
    check_absent(args.out.as_deref())?;
    let survey = Survey::read(&args.places, options).await?;
    output.section("discovery", &survey.discovery, &survey.discovery);
    if let Some(file) = &args.out {
        let accounts = survey.callers.accounts(&survey.accounts).await?;
        let drafting = survey.engine.draft(&survey.discovery, &accounts);
        let draft = unless_cancelled(survey.callers.cancel(), drafting).await?;
        write_new(file, &draft, output)?;
    }
    Ok(survey.conclude(output))
}
