//! The command line, and what is said before it: in variables, then in the configuration file, then by the program.
//!
//! The command line is read twice: first by itself, then with what variables and the configuration file say as the defaults
//! of its options. So what stands on the command line goes first, also against an option that excludes it.

mod names;

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};

use crate::args::Cli;
use crate::clouds::either;
use crate::config::{self, Config};

/// Why the command line cannot be carried out.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// In the words of the parser; it is also how help is printed.
    CommandLine(Box<clap::Error>),
    /// What was said before the command line is wrong.
    Before(String),
}

/// Commands that work whatever the configuration file says.
const WITHOUT_CONFIG: [&str; 3] = ["completions", "man", "schema"];

/// The whole command line of the program, with variables in its help.
pub(crate) fn command() -> Command {
    names::told(Cli::command())
}

/// Reads the command line, the variables of the environment and the configuration file.
pub(crate) fn read() -> Result<(Cli, Config), Refusal> {
    read_from(std::env::args_os().collect(), &|name| {
        std::env::var_os(name)
    })
}

type Variables<'e> = &'e dyn Fn(&str) -> Option<OsString>;

fn read_from(args: Vec<OsString>, variables: Variables<'_>) -> Result<(Cli, Config), Refusal> {
    let written = matches(command(), &args)?;
    let before = Before::of(&written);
    let mut given = before.said_in_variables(variables)?;
    let config = before.config(&given, variables)?;
    for (name, values) in config.defaults() {
        let origin = format!("{}: key `{name}`", config.shown());
        before.add_default(&mut given, name, values, origin);
    }
    let completed = given.iter().fold(command(), Given::put_into);
    let matches = matches(completed, &args).map_err(|refusal| told(refusal, &given))?;
    let cli = Cli::from_arg_matches(&matches)
        .map_err(|error| Refusal::CommandLine(Box::new(error.format(&mut command()))))?;
    Ok((cli, config))
}

fn matches(command: Command, args: &[OsString]) -> Result<ArgMatches, Refusal> {
    let matches = command.try_get_matches_from(args);
    matches.map_err(|error| Refusal::CommandLine(Box::new(error)))
}

/// What an option is given before the command line.
#[derive(Debug)]
struct Given {
    /// The names of the command that has the option; none for a global one.
    path: Vec<String>,
    id: String,
    /// The option as it is written.
    option: String,
    values: Vec<OsString>,
    /// Who gives it, as errors name it.
    origin: String,
}

impl Given {
    fn put_into(command: Command, given: &Given) -> Command {
        put(command, &given.path, given)
    }
}

fn put(command: Command, path: &[String], given: &Given) -> Command {
    match path.split_first() {
        Some((first, rest)) => command.mut_subcommand(first, |below| put(below, rest, given)),
        None => command.mut_arg(&given.id, |arg| arg.default_values(given.values.clone())),
    }
}

/// The command that was written, and which of its options were not.
struct Before {
    /// The root and the commands below it that were named, each with the options of the command line.
    levels: Vec<(Vec<String>, Command, ArgMatches)>,
}

impl Before {
    fn of(written: &ArgMatches) -> Self {
        let mut levels = vec![(Vec::new(), command(), written.clone())];
        while let Some((path, command, matches)) = levels.last() {
            let Some((name, matches)) = matches.subcommand() else {
                break;
            };
            let Some(below) = command.find_subcommand(name).cloned() else {
                break;
            };
            let path = [path.as_slice(), &[name.to_owned()]].concat();
            let matches = matches.clone();
            levels.push((path, below, matches));
        }
        Self { levels }
    }

    fn command(&self) -> Option<&str> {
        let (path, ..) = self.levels.last()?;
        path.first().map(String::as_str)
    }

    /// Whether an option stands on the command line; a global one may stand behind any command.
    fn is_written(&self, id: &str) -> bool {
        let is_written = |matches: &ArgMatches| {
            let known = matches.ids().any(|known| known.as_str() == id);
            known && matches.value_source(id) == Some(ValueSource::CommandLine)
        };
        self.levels.iter().any(|(.., matches)| is_written(matches))
    }

    fn said_in_variables(&self, variables: Variables<'_>) -> Result<Vec<Given>, Refusal> {
        let mut given: Vec<Given> = Vec::new();
        for (path, command, _) in &self.levels {
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            for arg in command.get_arguments() {
                let Some(name) = names::variable(&names, arg) else {
                    continue;
                };
                // An empty variable is one that is not set.
                let Some(value) = variables(&name).filter(|value| !value.is_empty()) else {
                    continue;
                };
                if self.is_written(arg.get_id().as_str()) || self.is_excluded(command, arg) {
                    continue;
                }
                let origin = format!("variable {name}");
                let values = values(arg, &value).map_err(|why| about(&origin, &why))?;
                if let Some(other) = excluding(command, arg, &given) {
                    return Err(Refusal::Before(format!(
                        "{origin} and {} exclude each other: unset one of the two",
                        other.origin
                    )));
                }
                given.push(one(path, arg, values, origin));
            }
        }
        Ok(given)
    }

    /// Adds a global option of the configuration file, unless the command line or a variable says otherwise.
    fn add_default(
        &self,
        given: &mut Vec<Given>,
        name: &str,
        values: Vec<OsString>,
        origin: String,
    ) {
        let Some((path, root, _)) = self.levels.first() else {
            return;
        };
        let mut args = root.get_arguments();
        let Some(arg) = args.find(|arg| arg.get_long() == Some(name)) else {
            return;
        };
        let id = arg.get_id().as_str();
        let is_given = given.iter().any(|one| one.path.is_empty() && one.id == id);
        let is_beaten = is_given || excluding(root, arg, given).is_some();
        if !is_beaten && !self.is_written(id) && !self.is_excluded(root, arg) {
            given.push(one(path, arg, values, origin));
        }
    }

    /// Whether the command line has an option that excludes this one.
    fn is_excluded(&self, command: &Command, arg: &Arg) -> bool {
        let mut others = command.get_arguments();
        others.any(|other| exclude(command, arg, other) && self.is_written(other.get_id().as_str()))
    }

    fn config(&self, given: &[Given], variables: Variables<'_>) -> Result<Config, Refusal> {
        let is_given = |id: &str| given.iter().find(|one| one.id == id);
        let is_off = self.is_written("no_config")
            || is_given("no_config").is_some_and(|one| one.values == ["true"]);
        let needs_none = self
            .command()
            .is_some_and(|name| WITHOUT_CONFIG.contains(&name));
        if needs_none || is_off {
            return Ok(Config::none());
        }
        let written = self.levels.iter().rev().find_map(|(.., matches)| {
            let path = matches
                .get_raw("config")
                .and_then(|mut values| values.next());
            path.map(OsStr::to_owned)
        });
        let named = written.or_else(|| is_given("config")?.values.first().cloned());
        config::read(named, variables).map_err(Refusal::Before)
    }
}

fn one(path: &[String], arg: &Arg, values: Vec<OsString>, origin: String) -> Given {
    Given {
        path: path.to_vec(),
        id: arg.get_id().to_string(),
        option: format!("--{}", arg.get_long().unwrap_or_default()),
        values,
        origin,
    }
}

fn excluding<'g>(command: &Command, arg: &Arg, given: &'g [Given]) -> Option<&'g Given> {
    given.iter().find(|one| {
        let mut args = command.get_arguments();
        let other = args.find(|other| other.get_id().as_str() == one.id);
        other.is_some_and(|other| exclude(command, arg, other))
    })
}

// An exclusion is written at one of the two.
fn exclude(command: &Command, one: &Arg, other: &Arg) -> bool {
    let excludes = |one: &Arg, other: &Arg| {
        let others = command.get_arg_conflicts_with(one);
        others.iter().any(|arg| arg.get_id() == other.get_id())
    };
    one.get_id() != other.get_id() && (excludes(one, other) || excludes(other, one))
}

/// The values of an option in the text of a variable.
fn values(arg: &Arg, text: &OsStr) -> Result<Vec<OsString>, String> {
    match arg.get_action() {
        ArgAction::SetTrue => {
            let text = text.to_string_lossy();
            let value = switch(&text)
                .ok_or_else(|| format!("invalid value `{text}`: expected true, false, 1 or 0"))?;
            Ok(vec![value.to_string().into()])
        }
        ArgAction::Count => {
            let text = text.to_string_lossy();
            match (switch(&text), text.parse::<u8>()) {
                (_, Ok(number)) => Ok(vec![number.to_string().into()]),
                (Some(on), _) => Ok(vec![u8::from(on).to_string().into()]),
                _ => Err(format!(
                    "invalid value `{text}`: expected a number from 0, true or false"
                )),
            }
        }
        // A list has spaces between its values.
        ArgAction::Append => match text.to_str() {
            Some(text) => Ok(text.split_whitespace().map(OsString::from).collect()),
            None => Err("invalid value: expected UTF-8 text".to_owned()),
        },
        _ => Ok(vec![text.to_owned()]),
    }
}

fn switch(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn about(origin: &str, why: &str) -> Refusal {
    Refusal::Before(format!("{origin}: {why}"))
}

/// What the parser refuses of a given value, told with its origin. The command line by itself was right.
fn told(refusal: Refusal, given: &[Given]) -> Refusal {
    let Refusal::CommandLine(error) = refusal else {
        return refusal;
    };
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    // The parser adds the form of the value.
    let shown = text(ContextKind::InvalidArg).unwrap_or_default();
    let option = shown.split(' ').next().unwrap_or_default();
    let Some(one) = given.iter().find(|one| one.option == option) else {
        return Refusal::CommandLine(error);
    };
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let reason = std::error::Error::source(&*error).map(ToString::to_string);
    about(
        &one.origin,
        &match (reason, error.get(ContextKind::ValidValue)) {
            (Some(reason), _) if reason.starts_with("invalid ") => reason,
            (Some(reason), _) => format!("invalid value `{value}`: {reason}"),
            (None, Some(ContextValue::Strings(valid))) => {
                let valid = valid.iter().map(String::as_str);
                format!("invalid value `{value}`: expected {}", either(valid))
            }
            (None, _) => format!("invalid value `{value}`"),
        },
    )
}

#[cfg(test)]
mod tests;
