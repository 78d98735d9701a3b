//! Colours of plans: additions green, changes yellow, deletions red.

use std::fmt::Write;
use std::io::stdout;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::ColorChoice;

/// Whether standard output shows colours. By itself a terminal does, unless `NO_COLOR` or `CLICOLOR=0` is set.
pub(crate) fn is_wanted(choice: ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(&stdout()) != anstream::ColorChoice::Never,
    }
}

/// The text with a colour for each line that begins with the sign of a change.
pub(crate) fn changes(text: &str) -> String {
    let mut painted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line
            .strip_suffix('\n')
            .map_or((line, ""), |line| (line, "\n"));
        // Writing to a string does not fail.
        match style_of(line) {
            Some(style) => _ = write!(painted, "{style}{line}{style:#}{end}"),
            None => _ = write!(painted, "{line}{end}"),
        }
    }
    painted
}

fn style_of(line: &str) -> Option<Style> {
    let (sign, _) = line.trim_start().split_once(' ')?;
    let colour = match sign {
        "+" => AnsiColor::Green,
        "~" => AnsiColor::Yellow,
        "-" => AnsiColor::Red,
        _ => return None,
    };
    Some(colour.on_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_have_colours() {
        let text = "account a\n  + network web\n  - subnet a\n~ rename\n+1\n";
        let wanted = "account a\n\u{1b}[32m  + network web\u{1b}[0m\n\u{1b}[31m  - subnet a\u{1b}[0m\n\
                      \u{1b}[33m~ rename\u{1b}[0m\n+1\n";
        assert_eq!(changes(text), wanted);
    }
}
