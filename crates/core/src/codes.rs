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

impl CodeRow {
    /// A line for every operation.
    pub const fn new(code: &'static str, kind: ErrorKind, remedy: &'static str) -> Self {
        Self {
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
    ) -> Self {
        Self {
            code,
            operation: Some(operation),
            kind,
            remedy,
        }
    }
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
        CodeRow::new("Busy*", ErrorKind::Busy, "wait"),
        CodeRow::new("Busy.Gone", ErrorKind::NotFound, "done"),
        CodeRow::only("Delete", "Busy.Gone", ErrorKind::InUse, "drain"),
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
}
