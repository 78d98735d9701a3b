//! Amounts in currencies, which are never added to each other.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use serde::Serialize;

use super::Amount;
use crate::topology::as_text;

/// A currency, by the three letters of ISO 4217, such as `CNY` or `USD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Currency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let letters: Option<[u8; 3]> = text.as_bytes().try_into().ok();
        let letters = letters.filter(|letters| letters.iter().all(u8::is_ascii_uppercase));
        letters.map(Self).ok_or_else(|| {
            format!("invalid currency `{text}`: expected three capital letters, such as `CNY`")
        })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

as_text!(Currency);

/// A sum of money: one amount for each currency. Amounts of different currencies are never added up.
// Without amounts that are nothing: nothing is the same in every currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Money(BTreeMap<Currency, Amount>);

impl Money {
    /// An amount in one currency.
    pub fn of(amount: Amount, currency: Currency) -> Self {
        let amounts = (!amount.is_zero()).then_some((currency, amount));
        Self(amounts.into_iter().collect())
    }

    /// Adds the amounts of another sum, each to that of its currency.
    pub fn add(&mut self, other: &Self) {
        for (currency, amount) in &other.0 {
            let sum = self.0.entry(*currency).or_default();
            *sum = *sum + *amount;
        }
    }

    /// The amount in a currency.
    pub fn in_currency(&self, currency: Currency) -> Amount {
        self.0.get(&currency).copied().unwrap_or_default()
    }

    /// The amounts that are not nothing, in the order of their currencies.
    pub fn amounts(&self) -> impl Iterator<Item = (Currency, Amount)> {
        self.0.iter().map(|(currency, amount)| (*currency, *amount))
    }

    /// Whether it is nothing, in every currency.
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// So many times the sum.
    #[must_use]
    pub fn times(&self, count: u64) -> Self {
        let amounts = self
            .amounts()
            .map(|(currency, amount)| Self::of(amount.times(count), currency));
        amounts.sum()
    }

    /// Whether no currency has more than the other sum has of it.
    pub fn is_at_most(&self, other: &Self) -> bool {
        let mut amounts = self.amounts();
        amounts.all(|(currency, amount)| amount <= other.in_currency(currency))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::default(), |mut sum, one| {
            sum.add(&one);
            sum
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        for (index, (currency, amount)) in self.amounts().enumerate() {
            let and = if index == 0 { "" } else { " and " };
            write!(f, "{and}{amount} {currency}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        let amount = amount.parse().expect("an amount");
        Money::of(amount, currency.parse().expect("a currency"))
    }

    #[test]
    fn two_currencies_stay_two_amounts() {
        let sum: Money = [money("1", "USD"), money("2", "CNY"), money("0.5", "USD")]
            .into_iter()
            .sum();
        assert_eq!(sum.to_string(), "2.000 CNY and 1.500 USD");
        assert_eq!(sum.times(2).to_string(), "4.000 CNY and 3.000 USD");
    }

    #[test]
    fn sums_of_two_currencies_compare_only_if_both_amounts_do() {
        let (one, other) = (money("1", "USD"), money("2", "CNY"));
        assert!(!one.is_at_most(&other) && !other.is_at_most(&one));
        let both: Money = [one.clone(), other].into_iter().sum();
        assert!(one.is_at_most(&both) && !both.is_at_most(&one));
        assert!(Money::default().is_at_most(&one));
        assert_eq!(Money::default().to_string(), "0");
        assert_eq!(money("0", "USD"), money("1", "CNY").times(0));
    }

    #[test]
    fn a_currency_has_three_capital_letters() {
        for bad in ["", "cny", "CN", "CNYY", "C\u{e4}", "元"] {
            assert!(bad.parse::<Currency>().is_err(), "{bad}");
        }
    }
}
