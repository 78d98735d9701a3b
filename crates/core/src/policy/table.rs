//! The page that says what each action is for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::PolicyLanguage;
use crate::object::OpKind;
use crate::traits::{Capabilities, Need};

/// A page in Markdown, without a title, with what a cloud's actions are for, on what policies allow them, and when a run
/// gets by without.
pub fn permissions_page(capabilities: &Capabilities, language: &dyn PolicyLanguage) -> String {
    let mut page = String::new();
    for note in language.notes() {
        let _ = writeln!(page, "- {}.", capital(&note));
    }
    page.push_str(
        "\nReading. The second column says where: an account needs an action if the topology has that there.\n\n\
         | action | where the account has | what is read | remarks |\n| --- | --- | --- | --- |\n",
    );
    for read in &capabilities.reads {
        let (action, concern, what) = (&read.action, read.concern.words(), &read.what);
        let remarks = need(capabilities, action);
        let _ = writeln!(page, "| `{action}` | {concern} | {what} | {remarks} |");
    }
    page.push_str(
        "\nWriting, with what only these steps read. The second column names the steps as a plan in JSON does.\n\n\
         | action | steps | on | remarks |\n| --- | --- | --- | --- |\n",
    );
    let reads: BTreeSet<&String> = capabilities.reads.iter().map(|read| &read.action).collect();
    for (action, steps) in steps(capabilities) {
        if reads.contains(&action) {
            continue;
        }
        let (on, remarks) = (language.scope_of(&action), need(capabilities, &action));
        let steps = steps.into_iter().collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "| `{action}` | {steps} | {on} | {remarks} |");
    }
    page
}

fn steps(capabilities: &Capabilities) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |actions: &[String], step: String| {
        for action in actions {
            all.entry(action.clone()).or_default().insert(step.clone());
        }
    };
    let code = |kind: &OpKind| format!("`{kind}`");
    let marks = capabilities.mark_permissions.iter();
    for (kind, actions) in capabilities.permissions.iter().chain(marks) {
        add(actions, code(kind));
    }
    for (kind, forms) in &capabilities.form_permissions {
        forms.values().for_each(|actions| add(actions, code(kind)));
    }
    add(&capabilities.probe_permissions, "pings".to_owned());
    all
}

fn need(capabilities: &Capabilities, action: &str) -> String {
    match capabilities.need(action) {
        Need::Always => String::new(),
        Need::Sometimes(when) => format!("only if {when}"),
        Need::Advised(without) => format!("without it, {without}"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
