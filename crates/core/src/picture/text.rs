//! Text in pictures: how wide it may become, how much of it fits, and how it is written in each language.

/// The size of ordinary text, in the unit of the picture.
pub(super) const SIZE: i32 = 12;

/// How wide a text can become at most, in the unit of the picture. A picture brings no font along, so this follows the
/// widest of the common sans-serif fonts.
pub(super) fn width(text: &str, size: i32, bold: bool) -> i32 {
    let thousandths: i32 = text.chars().map(advance).sum();
    let regular = (thousandths * size + 999) / 1000;
    match bold {
        true => regular + regular / 8,
        false => regular,
    }
}

// In thousandths of the size.
fn advance(c: char) -> i32 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | ' ' | '!' | '/' | '\\' | '-' => 380,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '{' | '}' | '`' => 430,
        'm' | 'M' | 'W' | '@' | '%' => 1000,
        'w' => 830,
        'A'..='Z' | '&' => 790,
        '+' | '~' | '=' | '<' | '>' | '#' | '^' | '±' | '−' | '✓' | '✕' | '◐' | '…' | '→' | '×' => {
            1000
        }
        ' '..='~' => 650,
        '\u{80}'..='\u{10ff}' => 900,
        _ => 1300,
    }
}

/// As much of a text as fits, with an ellipsis where something is left out.
pub(super) fn fit(text: &str, room: i32, size: i32, bold: bool) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if width(&format!("{short}…"), size, bold) > room {
            short.pop();
            break;
        }
    }
    format!("{}…", short.trim_end())
}

/// Breaks a text into lines, between words where that is possible.
pub(super) fn wrap(text: &str, room: i32, size: i32) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is always a line");
        let longer = match last.is_empty() {
            true => word.to_owned(),
            false => format!("{last} {word}"),
        };
        if last.is_empty() || width(&longer, size, false) <= room {
            *last = longer;
        } else {
            lines.push(word.to_owned());
        }
    }
    let fitting = lines.iter().map(|line| fit(line, room, size, false));
    fitting.collect()
}

/// A text without characters that turn the direction of writing, or that no XML document may hold: their escapes instead.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match is_unsafe(c) {
            true => plain.extend(c.escape_unicode()),
            false => plain.push(c),
        }
    }
    plain
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}'
                | '\u{ffff}'
        )
}

/// A text as XML holds it, in elements and in attributes.
pub(crate) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A text inside the double quotes of DOT.
pub(super) fn dot(text: &str) -> String {
    plain(text).replace('\\', "\\\\").replace('"', "\\\"")
}

/// A text inside the double quotes of Mermaid, which knows entities without `&`, and reads HTML and Markdown.
pub(super) fn mermaid(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | '*' | '_' | '[' | ']' | ';' => {
                escaped.push_str(&format!("#{};", u32::from(c)));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// `1 network`, `2 networks`.
pub(super) fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIL: &str = "<b a='1' c=\"2\">&\u{1b}\u{202e}\\ #x;\n";

    #[test]
    fn no_language_takes_a_name_for_its_own_words() {
        assert_eq!(
            xml(EVIL),
            "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;\\u{1b}\\u{202e}\\ #x;\\u{a}"
        );
        assert_eq!(
            dot(EVIL),
            "<b a='1' c=\\\"2\\\">&\\\\u{1b}\\\\u{202e}\\\\ #x;\\\\u{a}"
        );
        assert_eq!(
            mermaid("a\"b#c<d>&`e`"),
            "a#34;b#35;c#60;d#62;#38;#96;e#96;"
        );
    }

    #[test]
    fn what_does_not_fit_ends_with_an_ellipsis_and_fits() {
        assert_eq!(fit("vpc", 100, SIZE, false), "vpc");
        for room in 20..200 {
            let short = fit("a-name-that-is-much-longer-than-its-box", room, SIZE, true);
            assert!(short.ends_with('…') || room > 190, "{short}");
            assert!(width(&short, SIZE, true) <= room, "{short} in {room}");
        }
    }

    #[test]
    fn lines_break_between_words_and_lose_none() {
        let text = "one two three four five six seven eight nine ten";
        let lines = wrap(text, 90, SIZE);
        assert!(lines.len() > 2, "{lines:?}");
        assert!(lines.iter().all(|line| width(line, SIZE, false) <= 90));
        assert_eq!(lines.join(" "), text);
    }
}
