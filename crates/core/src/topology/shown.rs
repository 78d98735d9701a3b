//! What of a file may be repeated in a message: messages end in logs of others, and files hold keys by mistake.

/// The longest word that is repeated whole.
const LONGEST: usize = 64;
/// No key of a cloud is shorter.
const SHORTEST_KEY: usize = 16;

/// A problem without keys, control characters and endless words.
pub(super) fn shown(problem: &str) -> String {
    let plain: String = problem.chars().flat_map(visible).collect();
    let mut out = String::with_capacity(plain.len());
    let mut rest = plain.as_str();
    while !rest.is_empty() {
        let end = rest.find(is_between).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push_str(&of_a_word(word));
        let next = after
            .find(|letter| !is_between(letter))
            .unwrap_or(after.len());
        out.push_str(&after[..next]);
        rest = &after[next..];
    }
    out
}

/// A value that a reader of the parser's message may see: numbers, addresses and short words.
pub(super) fn is_harmless(value: &str) -> bool {
    let is_address = |letter: char| letter.is_ascii_hexdigit() || "./:-+".contains(letter);
    let is_word = |letter: char| letter.is_ascii_lowercase() || "-_/.: ".contains(letter);
    value.len() <= LONGEST / 2 && (value.chars().all(is_address) || value.chars().all(is_word))
}

fn visible(letter: char) -> Vec<char> {
    match letter {
        // Orders to terminals, and what turns the direction of a text.
        _ if letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') =>
        {
            letter.escape_unicode().collect()
        }
        _ => vec![letter],
    }
}

fn is_between(letter: char) -> bool {
    letter.is_whitespace() || "`'\",;()[]{}".contains(letter)
}

fn of_a_word(word: &str) -> String {
    if word.split(['.', ':', '@']).any(is_like_a_key) {
        return "***".to_owned();
    }
    if word.chars().count() <= LONGEST {
        return word.to_owned();
    }
    let start: String = word.chars().take(LONGEST / 4).collect();
    format!("{start}... ({} characters)", word.chars().count())
}

/// Upper case, lower case and digits at random, as keys are; IDs and names are in one case.
fn is_like_a_key(run: &str) -> bool {
    let has = |test: fn(&u8) -> bool| run.as_bytes().iter().any(test);
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
    let is_id_of_a_key = ["AKIA", "ASIA", "LTAI"]
        .iter()
        .any(|start| run.starts_with(start));
    run.len() >= SHORTEST_KEY && (is_id_of_a_key || is_mixed && has(u8::is_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_control_characters_are_not_repeated() {
        for (before, after) in [
            (
                "invalid value `10.1.0.0/99`: expected",
                "invalid value `10.1.0.0/99`: expected",
            ),
            ("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY.", "key ***"),
            ("name `LTAI5tQnKxKbLrM2Z9pX`", "name `***`"),
            ("a\u{1b}[31m\r\u{202e}b", "a\\u{1b}[31m\\u{d}\\u{202e}b"),
            (
                "network `web-0123456789abcdef`",
                "network `web-0123456789abcdef`",
            ),
        ] {
            assert_eq!(shown(before), after);
        }
        let long = shown(&format!("invalid name `{}`", "x".repeat(10_000)));
        assert_eq!(
            long,
            "invalid name `xxxxxxxxxxxxxxxx... (10000 characters)`"
        );
    }

    #[test]
    fn only_numbers_addresses_and_short_words_are_excerpts() {
        for value in [
            "10.1.0.0/99",
            "-5",
            "99999999999",
            "fast",
            "member-owmer",
            "2001:db8::/33",
        ] {
            assert!(is_harmless(value), "{value}");
        }
        for value in ["hunter2!", "hunter2", "Passw0rd", &"a".repeat(40)] {
            assert!(!is_harmless(value), "{value}");
        }
    }
}
