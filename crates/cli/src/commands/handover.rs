//! Documents for the owners of accounts that others hold.

use std::path::Path;

use landbridge_core::Observation;
use landbridge_core::handover::{HandOver, Purpose};
use landbridge_core::topology::Topology;

use crate::args::HandOverArgs;
use crate::exit::{Exit, Outcome};
use crate::files;
use crate::output::Output;
use crate::session::Session;

/// Shows or writes what other owners are to do. `Waiting` if our next step needs one of them.
pub(super) fn tell(
    output: &mut Output,
    session: &Session,
    args: &HandOverArgs,
    topology: &Topology,
    observation: &Observation,
) -> Outcome {
    let documents = session.engine.hand_over(topology, observation);
    show(output, args, &documents)?;
    match documents.iter().any(HandOver::is_awaited) {
        true => Ok(Exit::Waiting),
        false => Ok(Exit::Ok),
    }
}

/// Shows or writes documents, if there are any.
pub(super) fn show(
    output: &mut Output,
    args: &HandOverArgs,
    documents: &[HandOver],
) -> Outcome<()> {
    if documents.is_empty() {
        return Ok(());
    }
    let Some(directory) = &args.directory else {
        let texts: Vec<String> = documents.iter().map(HandOver::to_markdown).collect();
        output.section("handover", texts.join("\n"), documents);
        return Ok(());
    };
    let mut lines = vec!["handover:".to_owned()];
    for document in documents {
        let json = serde_json::to_string_pretty(document).unwrap_or_default();
        let stem = document.file_stem();
        write(directory, &format!("{stem}.md"), &document.to_markdown())?;
        write(directory, &format!("{stem}.json"), &format!("{json}\n"))?;
        let state = match (document.purpose, document.is_awaited()) {
            (Purpose::Join, true) => "waiting for peer",
            (Purpose::Join, false) => "cannot be seen from here",
            _ => "to take away",
        };
        lines.push(format!(
            "  account {}: {} acts, {state}: {}",
            document.account,
            document.parts.len(),
            directory.join(stem).with_extension("md").display()
        ));
    }
    output.section("handover", lines.join("\n"), documents);
    Ok(())
}

fn write(directory: &Path, name: &str, text: &str) -> Outcome<()> {
    files::make_directory("directory", directory)?;
    files::write("hand-over document", &directory.join(name), text)
}
