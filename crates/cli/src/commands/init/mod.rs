//! `landbridge init`: asks five questions and writes a topology file.

mod answers;
mod ask;
mod file;
mod suggest;

use std::path::Path;

use landbridge_core::topology::Topology;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::survey::{check_absent, create};
use crate::args::InitArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::signalled;
use crate::output::Output;

pub(super) async fn run(args: &InitArgs, output: &mut Output) -> Outcome {
    check_absent(Some(&args.file))?;
    let name = answers::topology_name(args.name.as_deref(), &args.file)?;
    let cancel = CancellationToken::new();
    tokio::spawn({
        let cancel = cancel.clone();
        async move {
            signalled().await;
            cancel.cancel();
        }
    });
    let answers = ask::answers(args, &cancel).await?;
    let text = file::text(&name, &answers);
    // What is wrong with the whole, such as an account ID that stands twice.
    let topology = Topology::validate_text(&text).map_err(|error| {
        let problems = error.problems().join("\n");
        Failure::bad_input(format!("{problems}\nno file was written"))
    })?;
    create(&args.file, &text)?;
    told(output, &args.file, &topology);
    Ok(Exit::Ok)
}

fn told(output: &mut Output, file: &Path, topology: &Topology) {
    let shown = shell_word(&file.display().to_string());
    let next = [
        (
            "validate",
            "check the file after you have changed it; contacts no cloud",
        ),
        (
            "rehearse",
            "run its whole life on a simulator; contacts no cloud",
        ),
        (
            "plan",
            "read the clouds and show what `apply` would do; writes nothing",
        ),
    ];
    let commands = next.map(|(command, _)| format!("landbridge {command} {shown}"));
    let width = commands.iter().map(String::len).max().unwrap_or_default();
    let lines = commands.iter().zip(next);
    let lines: Vec<String> = lines
        .map(|(command, (_, what))| format!("  {command:<width$}  {what}"))
        .collect();
    let text = format!(
        "{}: {} accounts, {} networks, 1 interconnect; next:\n{}",
        file.display(),
        topology.accounts.len(),
        topology.networks.len(),
        lines.join("\n")
    );
    output.section(
        "written",
        text,
        json!({ "file": file, "topology": topology, "next": commands }),
    );
}

/// A word as a shell reads it.
fn shell_word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+=,".contains(letter);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_copied_into_a_shell() {
        assert_eq!(shell_word("a/net.yaml"), "a/net.yaml");
        assert_eq!(shell_word("my net's.yaml"), r"'my net'\''s.yaml'");
    }
}
