//! Text for the terminal: what could move the cursor, forge lines or turn the direction of writing is shown as an escape.

use std::borrow::Cow;
use std::fmt::Write;

/// Text of several lines, without control characters other than ends of lines.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_unsafe(c) && c != '\n')
}

/// Text of one line: ends of lines are escapes as well.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unsafe)
}

/// JSON text, whose own escapes cover the ASCII control characters inside of strings.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_unsafe(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match is_unsafe(c) && c != '\n' {
            // All of them are in the basic plane. Writing to a string does not fail.
            true => _ = write!(clean, "\\u{:04x}", u32::from(c)),
            false => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

fn escaped(text: &str, hide: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hide) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match hide(c) {
            true => clean.extend(c.escape_unicode()),
            false => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

// C0, DEL and C1; marks, embeddings, overrides and isolates of direction; separators of lines and paragraphs.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIL: &str = "a\u{1b}[2Jb\rc\nd\u{9b}1me\u{202e}f\u{7f}";

    #[test]
    fn nothing_that_moves_the_cursor_is_left() {
        assert_eq!(
            lines(EVIL),
            "a\\u{1b}[2Jb\\u{d}c\nd\\u{9b}1me\\u{202e}f\\u{7f}"
        );
        assert_eq!(
            line(EVIL),
            "a\\u{1b}[2Jb\\u{d}c\\u{a}d\\u{9b}1me\\u{202e}f\\u{7f}"
        );
        assert!(matches!(lines("plain Grüße\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_stays_the_same_document() {
        let text = serde_json::to_string(&[EVIL]).expect("JSON");
        let clean = json(&text);
        assert!(
            clean.chars().all(|c| c == '\n' || !is_unsafe(c)),
            "{clean:?}"
        );
        let back: Vec<String> = serde_json::from_str(&clean).expect("JSON");
        assert_eq!(back, [EVIL]);
    }
}
