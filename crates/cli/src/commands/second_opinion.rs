//! Second opinions of the clouds' own analysers: the price first, then consent, then the questions.

use landbridge_core::Observation;
use landbridge_core::cost::AnalysisCost;
use landbridge_core::topology::Topology;
use landbridge_core::verify::{SecondOpinion, Traffic, VerifyReport, questions};

use super::{cost, stages};
use crate::args::Options;
use crate::exit::Outcome;
use crate::output::Output;
use crate::session::Session;

/// Asks the analysers about the pairs of a report, and the traffic under test.
pub(super) async fn ask(
    output: &mut Output,
    session: &Session,
    options: &Options,
    topology: &Topology,
    observation: &Observation,
    (report, traffic): (&VerifyReport, Traffic),
) -> Outcome<SecondOpinion> {
    let questions = questions(topology, observation, report, traffic);
    let costs = AnalysisCost::of(&questions, options.price_table(), cost::today());
    let lines: Vec<String> = costs.iter().map(AnalysisCost::to_string).collect();
    let text = match lines.is_empty() {
        true => "second opinion: no analyser can be asked about any pair of instances".to_owned(),
        false => format!("second opinion:\n  {}", lines.join("\n  ")),
    };
    output.section("second_opinion_cost", text, &costs);
    if !costs.is_empty() {
        let question = "Ask the analysers?";
        stages::confirm(output, &session.cancel, options, question).await?;
    }
    // A signal ends it by itself: what was started is deleted first.
    Ok(session
        .engine
        .second_opinion(observation, &questions)
        .await?)
}
