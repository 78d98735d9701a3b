//! A verification as JSON and as a page, both from one document.

use std::path::Path;

use landbridge_core::Observation;
use landbridge_core::page::Page;
use landbridge_core::picture::Picture;
use landbridge_core::topology::Topology;
use landbridge_core::verify::{VerifyDocument, VerifyReport};
use serde_json::{Value, json};

use super::verdicts::Choice;
use super::{graph, stages};
use crate::evidence::PROGRAM;
use crate::exit::{Exit, Outcome};
use crate::files;
use crate::output::Output;
use crate::session::Session;

/// What was verified, and the verdicts.
pub(super) struct Verified<'a> {
    report: &'a VerifyReport,
    topology: &'a Topology,
    observation: &'a Observation,
    document: VerifyDocument,
}

impl<'a> Verified<'a> {
    pub(super) fn new(
        session: &Session,
        topology: &'a Topology,
        observation: &'a Observation,
        report: &'a VerifyReport,
    ) -> Self {
        let at = session.clock.now();
        let document = VerifyDocument::new(topology, observation, report, at);
        Self {
            report,
            topology,
            observation,
            document: document.with_program(PROGRAM),
        }
    }

    /// Shows the chosen pairs, and gives how the command ends by all of them.
    pub(super) fn show(&self, output: &mut Output, choice: &Choice<'_>) -> Exit {
        if let Some(evidence) = output.evidence() {
            evidence.keep("verdicts.html", self.page());
        }
        stages::show_verdicts(output, self.report, self.json(choice), choice)
    }

    /// The document, with the verdicts on the chosen pairs.
    fn json(&self, choice: &Choice<'_>) -> Value {
        let pairs = &self.report.pairs;
        let told = match choice.is_all() {
            true => json!(pairs),
            false => {
                let chosen = pairs.iter().filter(|pair| choice.has(pair));
                json!(chosen.collect::<Vec<_>>())
            }
        };
        let mut document = json!(self.document);
        document["reachable"] = self.report.reachable().into();
        document["pairs"] = pairs.len().into();
        document["verdicts"] = told;
        document
    }

    /// The page, with the picture of the verdict.
    fn page(&self) -> String {
        let picture = Picture::judged(self.topology, self.observation, self.report);
        let picture = graph::worded(picture);
        let document = self.document.clone().with_picture(picture);
        Page::of_verification(&document).to_html()
    }

    /// Writes the page to a file, in place of one that is there.
    pub(super) fn write_page(&self, output: &mut Output, file: &Path) -> Outcome<()> {
        files::write("page", file, &self.page())?;
        let file = file.display().to_string();
        output.section("page", format_args!("page written to {file}"), json!(file));
        Ok(())
    }
}
