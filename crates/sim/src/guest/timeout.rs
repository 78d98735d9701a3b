//! `timeout` of the GNU coreutils.

use std::time::Duration;

/// When a command must have ended.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    /// `None`: never.
    pub(crate) at: Option<Duration>,
    /// The code of the command's own end is told, not that of the limit.
    preserves_status: bool,
    kills: bool,
}

impl Limit {
    /// Reads the arguments: options, a duration, and the command with its own. An error is what the program prints.
    pub(crate) fn parse(
        arguments: &[String],
        now: Duration,
    ) -> Result<(Self, Vec<String>), String> {
        let mut limit = Self {
            at: None,
            preserves_status: false,
            kills: false,
        };
        let mut rest = arguments.iter();
        let pause = loop {
            match rest.next().map(String::as_str) {
                Some("--preserve-status") => limit.preserves_status = true,
                Some("--foreground" | "-v" | "--verbose") => {}
                Some("-k" | "--kill-after") => drop(rest.next()),
                Some("-s" | "--signal") => limit.kills = is_kill(rest.next()),
                Some(option) if option.starts_with("--kill-after=") => {}
                Some(option) if option.starts_with('-') => {
                    let option = option.trim_start_matches('-');
                    return Err(with_hint(&format!(
                        "timeout: invalid option -- '{option}'\n"
                    )));
                }
                Some(text) => break seconds(text)?,
                None => return Err(with_hint("timeout: missing operand\n")),
            }
        };
        let command: Vec<String> = rest.cloned().collect();
        if command.is_empty() {
            return Err(with_hint("timeout: missing operand\n"));
        }
        limit.at = (!pause.is_zero()).then(|| now.saturating_add(pause));
        Ok((limit, command))
    }

    /// The code with which a command ends that is struck.
    pub(crate) fn exit_code(&self) -> i32 {
        match (self.kills, self.preserves_status) {
            (true, _) => 137,
            (false, true) => 143,
            (false, false) => 124,
        }
    }
}

fn is_kill(signal: Option<&String>) -> bool {
    signal.is_some_and(|signal| matches!(signal.as_str(), "9" | "KILL" | "SIGKILL"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.chars().last() {
        Some('s') => (&text[..text.len() - 1], 1.0),
        Some('m') => (&text[..text.len() - 1], 60.0),
        Some('h') => (&text[..text.len() - 1], 3600.0),
        _ => (text, 1.0),
    };
    let pause = number.parse::<f64>().ok();
    let pause = pause.and_then(|pause| Duration::try_from_secs_f64(pause * unit).ok());
    pause.ok_or_else(|| with_hint(&format!("timeout: invalid time interval ‘{text}’\n")))
}

fn with_hint(complaint: &str) -> String {
    format!("{complaint}Try 'timeout --help' for more information.\n")
}
