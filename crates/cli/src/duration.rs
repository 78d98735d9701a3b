//! Durations on the command line and in results.

use std::time::Duration;

/// `250ms`, `45s`, `30m`, `4h`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let bad = || {
        format!(
            "invalid duration `{text}`: expected a number with ms, s, m or h, such as 250ms, 45s, 30m or 4h"
        )
    };
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let milliseconds: u64 = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(bad()),
    };
    let number: u64 = digits.parse().map_err(|_| bad())?;
    let total = number.checked_mul(milliseconds).filter(|total| *total > 0);
    total.map(Duration::from_millis).ok_or_else(bad)
}

/// `7s`, `2m05s`, `1h02m05s`.
pub(crate) fn show(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest:02}s"),
        _ => format!("{hours}h{minutes:02}m{rest:02}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse("4h"), Ok(Duration::from_secs(14400)));
        for bad in [
            "",
            "s",
            "5",
            "0m",
            "-1s",
            "5µ",
            "1.5h",
            "99999999999999999999h",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&format!("{}h", u64::MAX)).is_err());
    }

    #[test]
    fn durations_are_shown() {
        assert_eq!(show(Duration::from_millis(7900)), "7s");
        assert_eq!(show(Duration::from_secs(125)), "2m05s");
        assert_eq!(show(Duration::from_secs(3725)), "1h02m05s");
    }
}
