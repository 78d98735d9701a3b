//! `landbridge status`: shows what Landbridge made in places, by tags alone.

use landbridge_core::discovery::TopologyStatus;

use super::survey::Survey;
use crate::args::{Options, StatusArgs};
use crate::exit::Outcome;
use crate::output::Output;

pub(super) async fn run(args: &StatusArgs, options: &Options, output: &mut Output) -> Outcome {
    let survey = Survey::read(&args.places, options).await?;
    let mut topologies = survey.discovery.topologies();
    let text = match &args.topology {
        Some(name) => {
            topologies.retain(|status| status.topology == *name);
            texts(&topologies, TopologyStatus::details)
        }
        None => texts(&topologies, TopologyStatus::to_string),
    };
    let text = match (text.is_empty(), &args.topology) {
        (false, _) => text,
        (true, Some(name)) => format!("nothing of topology `{name}` was found"),
        (true, None) => "nothing that Landbridge made was found".to_owned(),
    };
    output.section("topologies", text, &topologies);
    Ok(survey.conclude(output))
}

fn texts(topologies: &[TopologyStatus], text: impl Fn(&TopologyStatus) -> String) -> String {
    let texts: Vec<String> = topologies.iter().map(text).collect();
    texts.join("\n\n")
}
