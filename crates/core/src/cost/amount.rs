//! Amounts of money, exact.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Digits after the point. The vendors' price interfaces write ten.
const PLACES: usize = 10;
const ONE: u128 = 10_u128.pow(PLACES as u32);
/// Digits before the point: no price has more, and sums of such amounts stay exact.
const MOST_DIGITS: usize = 12;
/// Digits after the point that are always shown: hourly prices differ there.
const SHOWN: usize = 3;

/// An amount of money without its currency: a decimal number that is not negative, with at most ten digits after the
/// point. It is exact, in files and in sums.
///
/// ```
/// use landbridge_core::cost::Amount;
///
/// # fn main() -> Result<(), String> {
/// let instances = "0.083".parse::<Amount>()?.times(3);
/// let attachments = "0.350".parse::<Amount>()?.times(3);
/// assert_eq!((instances + attachments).to_string(), "1.299");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u128);

impl Amount {
    /// Nothing: what is free costs this.
    pub const ZERO: Self = Self(0);

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// So many times the amount.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count.into()))
    }

    /// One of so many equal parts, rounded to the tenth digit after the point. Of no parts: the whole.
    #[must_use]
    pub fn part_of(self, parts: u64) -> Self {
        let parts = u128::from(parts.max(1));
        Self(self.0.saturating_add(parts / 2) / parts)
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).ok_or_else(|| {
            format!(
                "invalid amount `{text}`: expected a decimal number, such as `0.083`, with at most {MOST_DIGITS} digits \
                 before and {PLACES} after the point"
            )
        })
    }
}

fn parse(text: &str) -> Option<Amount> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(whole, MOST_DIGITS) || !digits(part, PLACES) {
        return None;
    }
    let whole: u128 = whole.parse().ok()?;
    let part: u128 = format!("{part:0<PLACES$}").parse().ok()?;
    Some(Amount(whole * ONE + part))
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.pad("0");
        }
        let part = format!("{:0>PLACES$}", self.0 % ONE);
        let used = part.trim_end_matches('0').len().max(SHOWN);
        f.pad(&format!("{}.{}", self.0 / ONE, &part[..used]))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

// Digits, and never a binary number: that would be another amount. YAML hands a plain `0.083` over as its digits.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;

        impl Visitor<'_> for Digits {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number in quotes, such as \"0.083\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Digits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().expect("an amount")
    }

    #[test]
    fn tenths_add_up_exactly() {
        let sum: Amount = (0..10).map(|_| amount("0.1")).sum();
        assert_eq!(sum, amount("1"));
    }

    #[test]
    fn at_least_three_digits_are_shown_and_none_is_lost() {
        for (text, shown) in [
            ("0", "0"),
            ("0.000", "0"),
            ("0.35", "0.350"),
            ("2", "2.000"),
            ("0.0500000000", "0.050"),
            ("0.0000000001", "0.0000000001"),
            ("12.3456", "12.3456"),
        ] {
            assert_eq!(amount(text).to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for bad in [
            "",
            ".",
            ".5",
            "5.",
            "-1",
            "+1",
            "1e3",
            "1,5",
            "1.2.3",
            " 1",
            "NaN",
            "0.00000000001",
            "1234567890123",
        ] {
            let error = bad.parse::<Amount>().expect_err(bad);
            assert!(
                error.contains(&format!("invalid amount `{bad}`: expected")),
                "{error}"
            );
        }
    }

    #[test]
    fn parts_are_rounded_to_the_last_digit() {
        assert_eq!(amount("0.64").part_of(730).to_string(), "0.0008767123");
        assert_eq!(amount("0.0000000001").part_of(2), amount("0.0000000001"));
        assert_eq!(amount("1").part_of(0), amount("1"));
    }

    #[test]
    fn a_binary_number_is_refused() {
        assert!(serde_json::from_str::<Amount>("\"0.083\"").is_ok());
        let error = serde_json::from_str::<Amount>("0.083").expect_err("a float");
        assert!(
            error.to_string().contains("a decimal number in quotes"),
            "{error}"
        );
        let plain: Amount = serde_saphyr::from_str("0.083").expect("digits");
        assert_eq!(plain, amount("0.083"));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(units in 0..ONE * 1_000_000) {
            let amount = Amount(units);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        }

        #[test]
        fn any_text_is_an_amount_or_refused(text in ".{0,30}") {
            let _ = text.parse::<Amount>();
        }
    }
}
