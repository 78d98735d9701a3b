//! What the parser refuses, in the words of a topology file or a price table.

use serde_saphyr::Error;

use super::TopologyError;
use super::error::Position;
use super::hint::did_you_mean;
use super::locate::Index;
use super::shown::is_harmless;

pub(crate) fn refused(error: &Error, text: &str) -> TopologyError {
    let position = error.location().map(|location| Position {
        line: location.line(),
        column: location.column(),
    });
    let written = position.and_then(|position| written_at(text, position));
    let mut problem = problem(error.without_snippet(), written);
    // What is wrong with a value is wrong with the value of a key; other problems name their key.
    let index = Index::of(text);
    let key = index
        .as_ref()
        .zip(position)
        .and_then(|(index, at)| index.key_at(at));
    if let Some(key) = key.filter(|key| problem.starts_with("invalid value") && is_harmless(key)) {
        problem = format!("key `{key}`: {problem}");
    }
    TopologyError::new(vec![problem]).at(position)
}

fn problem(error: &Error, written: Option<&str>) -> String {
    match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => format!(
            "invalid key `{}`: expected {}{}",
            known(field),
            one_of(expected),
            did_you_mean(field, expected.iter().copied())
        ),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => format!(
            "invalid value {}: expected {}{}",
            quoted(variant),
            one_of(expected),
            did_you_mean(variant, expected.iter().copied())
        ),
        Error::SerdeMissingField { field, .. } => format!("missing key `{field}`: add it here"),
        Error::Unexpected { expected, .. } => invalid_value(written, &what_was_expected(expected)),
        Error::InvalidScalar { ty, .. } => invalid_value(written, &what_was_expected(ty)),
        Error::NullIntoString { .. } => "missing value: expected a string".to_owned(),
        Error::Eof { .. } => "the file ends too early: expected more of it".to_owned(),
        Error::MultipleDocuments { .. } => {
            "the file holds more than one document: expected one; remove `---` and what follows it"
                .to_owned()
        }
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("duplicate key `{}`: remove one of the two", known(key))
        }
        Error::DuplicateMappingKey { .. } => "duplicate key: remove one of the two".to_owned(),
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            invalid_value(written, &what_was_expected(expected))
        }
        Error::SerdeInvalidLength { .. } => invalid_value(None, "another number of elements"),
        Error::UnknownAnchor { .. } => {
            "invalid alias: expected the name of an anchor (`&name`) earlier in the file".to_owned()
        }
        Error::Budget { .. } => {
            "the file is too large or nested too deep: expected a topology or a price table"
                .to_owned()
        }
        Error::Message { msg, .. } => of_a_type(msg, written),
        _ => unreadable(),
    }
}

/// What is no YAML and no JSON. The parser says it in words for its authors.
fn unreadable() -> String {
    "malformed YAML or JSON: check the indentation, colons, quotes and brackets here and in the line above".to_owned()
}

/// Messages of the types of a topology are ours. Those of addresses and numbers do not say what they were given.
fn of_a_type(message: &str, written: Option<&str>) -> String {
    let number = message.strip_prefix("invalid ").map(str::trim);
    if let Some(range) = number.and_then(whole_numbers) {
        return invalid_value(written, range);
    }
    if message.contains("IP address") || message.contains("CIDR") && !message.contains('`') {
        let expected = "an IP address, such as `10.0.0.10`, or a CIDR block, such as `10.0.0.0/16`";
        return invalid_value(written, expected);
    }
    match message.starts_with("invalid ") && message.contains(": expected") {
        true => message.to_owned(),
        false => unreadable(),
    }
}

fn invalid_value(written: Option<&str>, expected: &str) -> String {
    match written.filter(|written| is_harmless(written)) {
        Some(written) if expected == A_LIST => {
            format!("invalid value `{written}`: expected {expected}, such as `[\"{written}\"]`")
        }
        Some(written) => format!("invalid value `{written}`: expected {expected}"),
        None => format!("invalid value: expected {expected}"),
    }
}

const A_LIST: &str = "a list";

/// A value in quotes, or how long it is.
fn quoted(value: &str) -> String {
    match is_harmless(value) {
        true => format!("`{value}`"),
        false => format!("of {} characters", value.chars().count()),
    }
}

/// A key, unless it may be a value that stands in the place of one.
fn known(key: &str) -> &str {
    let is_word = |letter: char| letter.is_ascii_alphabetic() || "-_".contains(letter);
    match key.len() <= 40 && key.chars().all(is_word) {
        true => key,
        false => "***",
    }
}

// The parser's words, in a reader's.
fn what_was_expected(word: &str) -> String {
    let word = match word {
        "string scalar" | "a string" | "string" => "a string",
        "sequence start" | "a sequence" | "sequence" => A_LIST,
        "mapping start" | "a map" | "map" => "a mapping of keys to values",
        "boolean" | "a boolean" | "bool" => "`true` or `false`",
        word if word.starts_with("struct ") => "a mapping of keys to values",
        word => whole_numbers(word).unwrap_or(word),
    };
    word.to_owned()
}

fn whole_numbers(word: &str) -> Option<&'static str> {
    Some(match word {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" | "i64" | "i32" | "integer" => "a whole number",
        "f32" | "f64" => "a number",
        _ => return None,
    })
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
