//! `landbridge status`: shows what Landbridge made in places, by tags alone.

use landbridge_core::discovery::TopologyStatus;

use super::survey::{Survey, check_absent, write_new};
use crate::args::{Options, StatusArgs};
use crate::exit::Outcome;
use crate::interrupt::unless_cancelled;
use crate::output::Output;

pub(super) async fn run(args: &StatusArgs, options: &Options, output: &mut Output) -> Outcome {
    check_absent(args.out.as_deref())?;
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
    if let (Some(name), Some(file), false) = (&args.topology, &args.out, topologies.is_empty()) {
        let accounts = survey.callers.accounts(&survey.accounts).await?;
        let rebuilding = survey.engine.rebuild(&survey.discovery, name, &accounts);
        let draft = unless_cancelled(survey.callers.cancel(), rebuilding).await?;
        write_new(file, &draft, output)?;
    }
    Ok(survey.conclude(output))
}

fn texts(topologies: &[TopologyStatus], text: impl Fn(&TopologyStatus) -> String) -> String {
    let texts: Vec<String> = topologies.iter().map(text).collect();
    texts.join("\n\n")
}
