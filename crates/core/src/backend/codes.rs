//! One table per cloud that says what its error codes mean, from which errors are made and the docs are printed.

use std::fmt::Write as _;

use crate::error::ErrorKind;

/// One line of a [`CodeTable`]: what a code means and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeRow {
    /// The code as the cloud writes it, misspellings included; `*` stands for any text.
    pub code: &'static str,
    /// The operation for which alone the line holds.
    pub operation: Option<&'static str>,
    /// What the caller can do.
    pub kind: ErrorKind,
    /// What to do about it, in words.
    pub remedy: &'static str,
}

/// A line for every operation.
pub const fn row(code: &'static str, kind: ErrorKind, remedy: &'static str) -> CodeRow {
    CodeRow {
        code,
        operation: None,
        kind,
        remedy,
    }
}

/// A line for one operation.
pub const fn only(
    operation: &'static str,
    code: &'static str,
    kind: ErrorKind,
    remedy: &'static str,
) -> CodeRow {
    CodeRow {
        operation: Some(operation),
        ..row(code, kind, remedy)
    }
}

/// Remedies that hold on every cloud.
pub mod remedy {
    /// Of a busy object.
    pub const WAIT: &str = "wait until the object has settled, then repeat";
    /// Of an object that others depend on.
    pub const DRAIN: &str = "remove what depends on it, or wait until it has drained";
    /// Of an object that exists already.
    pub const ADOPT: &str = "read the object back, and adopt it if it carries your topology's tags";
    /// Of a missing permission.
    pub const ALLOW: &str =
        "ask the account's administrator to allow the action to the user or role that calls";
    /// Of a wrong parameter.
    pub const FIX: &str = "correct the parameter that the message names";
    /// Of a clock that is too far off.
    pub const CLOCK: &str = "set the clock of this machine";
    /// Of a token that was used for another request.
    pub const NEW_TOKEN: &str = "use a new token: this one was used for another request";
    /// Of a dry run that passed.
    pub const DRY_RUN: &str = "nothing to do: the dry run passed, and the write would be allowed";
    /// Of an operation that the endpoint does not know.
    pub const ENDPOINT: &str = "check the endpoint: it does not offer this operation";
}

/// Whether a code without `*` must match to the letter. Patterns never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterCase {
    /// It must.
    Exact,
    /// Capitals and small letters are the same.
    Ignored,
}

/// The table of a cloud. A line for an operation wins over one for all, a literal code over a pattern, a longer pattern
/// over a shorter one.
#[derive(Clone, Copy, Debug)]
pub struct CodeTable {
    rows: &'static [CodeRow],
    case: LetterCase,
}

impl CodeTable {
    /// A table of these lines.
    pub const fn new(rows: &'static [CodeRow], case: LetterCase) -> Self {
        Self { rows, case }
    }

    /// All lines, in the order of the docs.
    pub const fn rows(&self) -> &'static [CodeRow] {
        self.rows
    }

    /// The line that says what `code` means when `operation` answers it.
    pub fn lookup(&self, operation: &str, code: &str) -> Option<&'static CodeRow> {
        self.rows
            .iter()
            .filter(|row| row.operation.is_none_or(|only| only == operation))
            .filter(|row| self.matches(row.code, code))
            .max_by_key(|row| {
                (
                    row.operation.is_some(),
                    !row.code.contains('*'),
                    row.code.len(),
                )
            })
    }

    /// What is wrong with the table itself: lines that occur twice, say nothing to do, or are overruled by another one for
    /// their own code. For a backend's tests.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            let same = |other: &CodeRow| {
                other.operation == row.operation && self.same_code(other.code, row.code)
            };
            if self.rows[..index].iter().any(same) {
                mistakes.push(format!("{} occurs twice", row.code));
            }
            if row.remedy.is_empty() {
                mistakes.push(format!("{} has no remedy", row.code));
            }
            let found = self.lookup(row.operation.unwrap_or_default(), row.code);
            if !row.code.contains('*') && found.map(|found| found.kind) != Some(row.kind) {
                mistakes.push(format!("{} is overruled", row.code));
            }
        }
        mistakes
    }

    /// The table as Markdown, for the docs.
    pub fn to_markdown(&self) -> String {
        let mut text =
            String::from("| code | operation | kind | remedy |\n| --- | --- | --- | --- |\n");
        for row in self.rows {
            let operation = row.operation.unwrap_or("any");
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                text,
                "| `{}` | {operation} | {} | {} |",
                row.code,
                row.kind.as_str(),
                row.remedy
            );
        }
        text
    }

    fn same_code(&self, a: &str, b: &str) -> bool {
        match self.case {
            LetterCase::Exact => a == b,
            LetterCase::Ignored => a.eq_ignore_ascii_case(b),
        }
    }

    fn matches(&self, pattern: &str, code: &str) -> bool {
        if self.case == LetterCase::Exact && !pattern.contains('*') {
            return pattern == code;
        }
        glob(
            pattern.to_ascii_lowercase().as_bytes(),
            code.to_ascii_lowercase().as_bytes(),
        )
    }
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        Some((byte, rest)) => text.first() == Some(byte) && glob(rest, &text[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &[CodeRow] = &[
        row("Busy*", ErrorKind::Busy, "wait"),
        row("Busy.Gone", ErrorKind::NotFound, "done"),
        only("Delete", "Busy.Gone", ErrorKind::InUse, "drain"),
    ];

    #[test]
    fn the_most_specific_line_wins() {
        let table = CodeTable::new(ROWS, LetterCase::Exact);
        let kind = |operation, code| table.lookup(operation, code).map(|row| row.kind);
        assert_eq!(kind("Any", "BUSY.other"), Some(ErrorKind::Busy));
        assert_eq!(kind("Any", "Busy.Gone"), Some(ErrorKind::NotFound));
        assert_eq!(kind("Delete", "Busy.Gone"), Some(ErrorKind::InUse));
        assert_eq!(kind("Any", "Never"), None);
    }

    #[test]
    fn letters_count_only_where_they_should() {
        let kind = |case| {
            CodeTable::new(ROWS, case)
                .lookup("Any", "busy.gone")
                .map(|row| row.kind)
        };
        assert_eq!(kind(LetterCase::Ignored), Some(ErrorKind::NotFound));
        assert_eq!(kind(LetterCase::Exact), Some(ErrorKind::Busy));
    }

    #[test]
    fn mistakes_are_told() {
        assert!(
            CodeTable::new(ROWS, LetterCase::Exact)
                .mistakes()
                .is_empty()
        );
        const WRONG: &[CodeRow] = &[
            row("A", ErrorKind::Busy, "wait"),
            row("a", ErrorKind::Busy, "wait"),
            row("B", ErrorKind::Busy, ""),
        ];
        let mistakes = CodeTable::new(WRONG, LetterCase::Ignored).mistakes();
        assert_eq!(mistakes, ["a occurs twice", "B has no remedy"]);
        assert_eq!(CodeTable::new(WRONG, LetterCase::Exact).mistakes().len(), 1);
    }

    #[test]
    fn markdown_lists_every_line() {
        let table = CodeTable::new(ROWS, LetterCase::Exact);
        assert_eq!(table.to_markdown().lines().count(), ROWS.len() + 2);
    }
}
