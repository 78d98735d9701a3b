//! Second opinions on a page: what the analysers say beside the configuration and pings.

use super::Section;
use super::html::Html;
use crate::verify::{Agreement, Opinion, VerifyDocument};

/// So many opinions are listed.
const LISTED: usize = 1000;

pub(super) fn write(document: &VerifyDocument, html: &mut Html) {
    let Some(second) = &document.second_opinion else {
        return;
    };
    let of = |agreement: Agreement| {
        let opinions = second.opinions.iter();
        opinions.filter(move |one| one.agreement == agreement)
    };
    let mut section = Section::new("Second opinion").with_paragraph(second.summary());
    for opinion in of(Agreement::Disagrees) {
        section = section.with_lines(opinion.to_string());
    }
    for left in &second.left {
        section = section.with_paragraph(format!("Left: {left}; `landbridge destroy` deletes it."));
    }
    let rows = of(Agreement::Disagrees)
        .chain(of(Agreement::CannotTell))
        .chain(of(Agreement::Agrees));
    let headings = [
        "From",
        "To",
        "Packet",
        "Second opinion",
        "Configuration",
        "Probe",
        "Analyser",
        "Source, time",
    ];
    section = section.with_table(headings, rows.take(LISTED).map(row));
    if second.opinions.len() > LISTED {
        let more = second.opinions.len() - LISTED;
        section = section.with_paragraph(format!("{more} more opinions are not listed."));
    }
    section.write(html);
}

fn row(opinion: &Opinion) -> Vec<String> {
    let path = opinion.configuration.as_ref();
    let pings = opinion.ping.as_ref().map(ToString::to_string);
    let probe = pings.or_else(|| opinion.connection.as_ref().map(ToString::to_string));
    let source = [
        opinion.oracle.clone(),
        opinion.at.map(crate::event::rfc3339_text),
    ];
    let source: Vec<String> = source.into_iter().flatten().collect();
    vec![
        opinion.source.clone(),
        opinion.destination.clone(),
        opinion
            .asked
            .clone()
            .unwrap_or_else(|| "not asked".to_owned()),
        opinion.agreement.to_string(),
        path.map(|path| path.said().to_string()).unwrap_or_default(),
        probe.unwrap_or_default(),
        opinion.answer.verdict.to_string(),
        source.join(", "),
    ]
}
