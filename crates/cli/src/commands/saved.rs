//! Saved plans: `plan --out`, and the `apply` of one.

use std::path::Path;

use landbridge_core::plan::{Plan, SavedPlan};
use serde_json::json;

use crate::exit::{Failure, Outcome};
use crate::files;
use crate::output::Output;

/// The saved plan, if the text of this file is one; a topology is left to its own reader.
pub(super) fn parse(file: &Path, text: &str) -> Outcome<Option<SavedPlan>> {
    if !SavedPlan::is_one(text) {
        return Ok(None);
    }
    SavedPlan::from_text(text).map(Some).map_err(|error| {
        let file = files::shown(file).display();
        Failure::bad_input(format!("`{file}`: {error}"))
    })
}

/// Writes a plan to a file.
pub(super) fn write(output: &mut Output, file: &Path, saved: &SavedPlan) -> Outcome<()> {
    files::write("plan file", file, &saved.to_text())?;
    let file = file.display();
    output.section(
        "saved",
        format_args!("saved to {file}: apply exactly these steps with `landbridge apply {file}`"),
        json!(file.to_string()),
    );
    Ok(())
}

/// Refuses a plan that the world has left behind.
pub(super) fn refuse_unless_same(
    output: &mut Output,
    saved: &SavedPlan,
    now: &Plan,
) -> Outcome<()> {
    let differences = saved.differences(now);
    if differences.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = differences
        .iter()
        .map(|difference| format!("\n  {difference}"))
        .collect();
    output.section(
        "differences",
        format_args!("differences from the saved plan:{}", lines.concat()),
        &differences,
    );
    Err(Failure::refused(match now.is_empty() {
        true => {
            "there is nothing to do: every step of the saved plan is done or no longer needed; nothing was written"
        }
        false => {
            "the saved plan is out of date, nothing was written; plan again with `landbridge plan FILE --out PLANFILE`, \
             and review it"
        }
    }))
}
