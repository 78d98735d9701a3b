//! `landbridge discover`: shows what exists in places.

use super::survey::Survey;
use crate::args::{DiscoverArgs, Options};
use crate::exit::Outcome;
use crate::output::Output;

pub(super) async fn run(args: &DiscoverArgs, options: &Options, output: &mut Output) -> Outcome {
    let survey = Survey::read(&args.places, options).await?;
    output.section("discovery", &survey.discovery, &survey.discovery);
    Ok(survey.conclude(output))
}
