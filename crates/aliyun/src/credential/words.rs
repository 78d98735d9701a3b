//! Splitting a command into words as the vendor's CLI does, without a shell.

use std::iter::Peekable;
use std::str::Chars;

use landbridge_core::Result;

use super::broken;

/// The words of `command`. Quotes group, and nothing is expanded.
///
/// A backslash escapes outside single quotes; on Windows, where it stands in paths, only before a double quote within
/// double quotes.
pub(super) fn split(command: &str) -> Result<Vec<String>> {
    split_for(command, cfg!(windows))
}

fn split_for(command: &str, windows: bool) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = command.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_default();
        match c {
            '\'' => single(&mut rest, word)?,
            '"' => double(&mut rest, word, windows)?,
            '\\' if !windows => word.push(rest.next().ok_or_else(unfinished)?),
            c => word.push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn single(rest: &mut Peekable<Chars<'_>>, word: &mut String) -> Result<()> {
    loop {
        match rest.next().ok_or_else(unfinished)? {
            '\'' => return Ok(()),
            c => word.push(c),
        }
    }
}

fn double(rest: &mut Peekable<Chars<'_>>, word: &mut String, windows: bool) -> Result<()> {
    let escapes = if windows { "\"" } else { "\"\\$`\n" };
    loop {
        match rest.next().ok_or_else(unfinished)? {
            '"' => return Ok(()),
            '\\' => word.push(rest.next_if(|c| escapes.contains(*c)).unwrap_or('\\')),
            c => word.push(c),
        }
    }
}

fn unfinished() -> landbridge_core::Error {
    broken("invalid `process_command`: expected a closing quote, and no backslash at the end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_group_and_nothing_is_expanded() {
        for (command, words) in [
            ("tool  --a\tb\n", vec!["tool", "--a", "b"]),
            (r#""/a b/tool" 'c d' e\ f"#, vec!["/a b/tool", "c d", "e f"]),
            (r#"a"b c"'d'"#, vec!["ab cd"]),
            (r#""x\"y" "\n" '\'"#, vec!["x\"y", "\\n", "\\"]),
            ("a; b | c $(d) *", vec!["a;", "b", "|", "c", "$(d)", "*"]),
            ("a ''", vec!["a", ""]),
            ("  ", vec![]),
        ] {
            assert_eq!(split_for(command, false).expect("splits"), words);
        }
        for command in ["'a", "\"a", "a\\"] {
            assert!(split_for(command, false).is_err(), "{command}");
        }
    }

    #[test]
    fn paths_of_windows_keep_their_backslashes() {
        let words = split_for(r#"C:\a\b.exe "C:\c d\e" "\"f""#, true).expect("splits");
        assert_eq!(words, [r"C:\a\b.exe", r"C:\c d\e", "\"f"]);
    }
}
