//! Parameters: `a=b&c=d`, percent-encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{MASK, Masker, NESTED, names};

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Only with names that may be written, and values without secrets. What may be written stays byte for byte.
pub(super) fn mask(text: &str, masker: &mut Masker) -> String {
    let pairs = text.split('&').map(|pair| match pair.split_once('=') {
        None if pair.is_empty() => String::new(),
        None => masker.words(pair),
        Some((name, value)) => self::pair(name, value, masker),
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn pair(name: &str, value: &str, masker: &mut Masker) -> String {
    let plain_name = decoded(name);
    let plain = decoded(value);
    let is_allowed = plain_name.as_deref().is_some_and(names::are_allowed);
    let written = match (&plain_name, &plain) {
        (_, Some(plain)) if is_allowed => match masker.value(plain, NESTED) {
            same if same == *plain => value.to_owned(),
            masked => encoded(&masked),
        },
        (Some(name), Some(plain)) => {
            let last = name.rsplit('.').next().unwrap_or_default();
            masker.instead(last, plain);
            // Not how long it is: no two runs have the same nonces and tokens.
            MASK.to_owned()
        }
        _ => MASK.to_owned(),
    };
    let name = if is_allowed {
        name.to_owned()
    } else {
        masker.name(name)
    };
    format!("{name}={written}")
}

/// The text behind `%XX` and `+`; none if it is no UTF-8.
pub(super) fn decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// Everything but the unreserved characters of RFC 3986 encoded, and masks as they are.
pub(crate) fn encoded(text: &str) -> String {
    let encoded = utf8_percent_encode(text, RESERVED).to_string();
    encoded.replace("%2A%2A%2A", MASK)
}
