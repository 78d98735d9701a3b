//! Which options have a variable, and its name.

use clap::{Arg, ArgAction, Command};

/// The first part of every name.
const PREFIX: &str = "LANDBRIDGE";

/// Consent to a deletion or a replacement, to writes that were not shown, and to instances that cost something. A variable that was set for one command would
/// consent for all that follow, unseen.
const CONSENTS: [&str; 4] = ["yes", "prune", "replace", "probe"];

/// Commands whose options say what is written, and in which account. They stand where the command does.
const SAID_IN_FULL: [&str; 6] = ["accept", "adopt", "firewall", "grant", "init", "trust"];

/// Options that mean the same in every command that has them.
const SHARED: [&str; 1] = ["accounts"];

/// The variable of an option, if it has one. `path` are the names of its command, none for a global option.
pub(super) fn variable(path: &[&str], arg: &Arg) -> Option<String> {
    let id = arg.get_id().as_str();
    let name = arg.get_long()?;
    let is_shared = SHARED.contains(&id);
    let is_question = matches!(
        arg.get_action(),
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
    );
    let is_said_in_full = path
        .first()
        .is_some_and(|first| SAID_IN_FULL.contains(first));
    let is_left_out = arg.is_hide_set()
        || arg.is_required_set()
        || is_question
        || CONSENTS.contains(&id)
        || is_said_in_full && !is_shared;
    if is_left_out {
        return None;
    }
    let path = if is_shared { &[] } else { path };
    let parts = std::iter::once(PREFIX)
        .chain(path.iter().copied())
        .chain([name]);
    let parts: Vec<String> = parts
        .map(|part| part.to_uppercase().replace('-', "_"))
        .collect();
    Some(parts.join("_"))
}

/// The command with the variable of each option in its help.
pub(super) fn told(command: Command) -> Command {
    told_below(command, &[])
}

fn told_below(command: Command, path: &[&str]) -> Command {
    let command = command.mut_args(|arg| match variable(path, &arg) {
        Some(name) => with_note(arg, &format!("[env: {name}]")),
        None => arg,
    });
    command.mut_subcommands(|subcommand| {
        let name = subcommand.get_name().to_owned();
        told_below(subcommand, &[path, &[&name]].concat())
    })
}

fn with_note(arg: Arg, note: &str) -> Arg {
    let short = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let long = arg.get_long_help().map(ToString::to_string);
    let arg = match long {
        Some(long) => arg.long_help(format!("{long}\n\n{note}")),
        None => arg,
    };
    arg.help(format!("{short} {note}"))
}
