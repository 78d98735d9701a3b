//! Dates of prices: a day, or no more than its month or year.

use std::fmt;
use std::str::FromStr;

use crate::topology::as_text;
use jiff::Span;
use jiff::civil::Date;

/// After so many days, prices are dated.
pub(super) const FRESH_DAYS: i64 = 180;

/// The day of a price, written `2026-03-17`, or what is known of it, written `2026-03` or `2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceDate {
    /// The day, or the first one of the month or year.
    first: Date,
    known: Known,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    Year,
    Month,
    Day,
}

impl PriceDate {
    /// A day.
    pub fn day(day: Date) -> Self {
        Self {
            first: day,
            known: Known::Day,
        }
    }

    /// Whether it is more than 180 days before a day. Of a month or a year, its first day counts.
    pub fn is_dated_on(self, day: Date) -> bool {
        let oldest = day.saturating_sub(Span::new().days(FRESH_DAYS));
        self.first < oldest
    }
}

impl FromStr for PriceDate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (known, whole) = match text.len() {
            4 => (Known::Year, format!("{text}-01-01")),
            7 => (Known::Month, format!("{text}-01")),
            _ => (Known::Day, text.to_owned()),
        };
        // The parser of days also takes times and zones.
        let day = whole.parse().ok().filter(|_| whole.len() == 10);
        let first = day.ok_or_else(|| {
            format!("invalid date `{text}`: expected a day, a month or a year, such as `2026-03-17`, `2026-03` or `2026`")
        })?;
        Ok(Self { first, known })
    }
}

impl fmt::Display for PriceDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.first.to_string();
        f.pad(match self.known {
            Known::Year => &text[..4],
            Known::Month => &text[..7],
            Known::Day => &text,
        })
    }
}

// A year alone is digits in YAML, which hands them over as they are written.
as_text!(PriceDate);

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> PriceDate {
        text.parse().expect("a date")
    }

    #[test]
    fn dates_are_written_as_they_are_read() {
        for text in ["2026-03-17", "2026-03", "2026"] {
            assert_eq!(date(text).to_string(), text);
        }
        for bad in [
            "",
            "26",
            "2026-13",
            "2026-02-30",
            "2026-3-1",
            "20260301",
            "2026-03-17T10:00",
            "yesterday",
        ] {
            assert!(bad.parse::<PriceDate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn prices_are_dated_after_half_a_year() {
        let on = |text: &str| text.parse().expect("a day");
        assert!(!date("2026-01-01").is_dated_on(on("2026-06-30")));
        assert!(date("2026-01-01").is_dated_on(on("2026-07-01")));
        assert!(date("2026").is_dated_on(on("2026-07-01")));
        assert!(!date("2026-02").is_dated_on(on("2026-07-01")));
    }
}
