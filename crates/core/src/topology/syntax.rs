//! What the parser refuses, in the words of a topology file.

use serde_saphyr::{Error, MessageFormatter, UserMessageFormatter};

use super::TopologyError;
use super::error::Position;
use super::hint::did_you_mean;

pub(super) fn refused(error: &Error, text: &str) -> TopologyError {
    let position = error.location().map(|location| Position {
        line: location.line(),
        column: location.column(),
    });
    let written = position.and_then(|position| written_at(text, position));
    let problem = problem(error.without_snippet(), written);
    TopologyError::new(vec![problem]).at(position)
}

fn problem(error: &Error, written: Option<&str>) -> String {
    match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => format!(
            "invalid key `{field}`: expected {}{}",
            one_of(expected),
            did_you_mean(field, expected.iter().copied())
        ),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => format!(
            "invalid value `{variant}`: expected {}{}",
            one_of(expected),
            did_you_mean(variant, expected.iter().copied())
        ),
        Error::SerdeMissingField { field, .. } => format!("missing key `{field}`: add it here"),
        Error::Unexpected { expected, .. } => invalid_value(written, what_was_expected(expected)),
        Error::InvalidScalar { ty, .. } => invalid_value(written, what_was_expected(ty)),
        Error::NullIntoString { .. } => "missing value: expected a string".to_owned(),
        Error::Eof { .. } => "the file ends too early: expected more of a topology".to_owned(),
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("duplicate key `{key}`: remove one of the two")
        }
        Error::SerdeInvalidType {
            unexpected,
            expected,
            ..
        }
        | Error::SerdeInvalidValue {
            unexpected,
            expected,
            ..
        } => format!("invalid value, {unexpected}: expected {expected}"),
        other => unparsed(&UserMessageFormatter.format_message(other), written),
    }
}

// The types of addresses do not say what they were given.
fn unparsed(message: &str, written: Option<&str>) -> String {
    match message {
        "invalid IP address syntax" => invalid_value(
            written,
            "an IP address, such as `10.0.0.10`, or a CIDR block, such as `10.0.0.0/16`",
        ),
        _ => message.to_owned(),
    }
}

fn invalid_value(written: Option<&str>, expected: &str) -> String {
    match written {
        Some(written) => format!("invalid value `{written}`: expected {expected}"),
        None => format!("invalid value: expected {expected}"),
    }
}

// The parser's words, in a reader's.
fn what_was_expected(word: &str) -> &str {
    match word {
        "string scalar" => "a string",
        "sequence start" => "a list",
        "mapping start" => "a mapping of keys to values",
        "boolean" => "`true` or `false`",
        "u8" | "u16" | "u32" | "u64" => "a whole number",
        other => other,
    }
}

fn one_of(expected: &[&str]) -> String {
    let quoted: Vec<String> = expected.iter().map(|key| format!("`{key}`")).collect();
    match quoted.as_slice() {
        [] => "no key here".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

// The plain or quoted value that begins at a position.
fn written_at(text: &str, position: Position) -> Option<&str> {
    let line = text
        .lines()
        .nth(usize::try_from(position.line).ok()?.checked_sub(1)?)?;
    let skipped = usize::try_from(position.column).ok()?.checked_sub(1)?;
    let (start, _) = line.char_indices().nth(skipped)?;
    let rest = line[start..].trim_start_matches(['"', '\'']);
    let end = rest.find(['"', '\'', ',', '[', ']', '{', '}', ' ', '#']);
    Some(&rest[..end.unwrap_or(rest.len())]).filter(|written| !written.is_empty())
}
