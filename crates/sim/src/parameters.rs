//! The parameters of a call: query and form body merged, arrays numbered from 1.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub(crate) fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    pub(crate) fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// The value; an empty one counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A boolean, in any case. Anything else is given back as the error.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, &str> {
        match self.get(name) {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(value) => Err(value),
        }
    }

    /// A number. Anything else is given back as the error.
    pub(crate) fn number<N: FromStr>(&self, name: &str) -> Result<Option<N>, &str> {
        let value = self.get(name);
        value
            .map(|value| value.parse().map_err(|_| value))
            .transpose()
    }

    /// The value as an owned text, empty if absent.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// The numbers N for which `prefix.N` or `prefix.N.…` was sent, in order.
    pub(crate) fn numbers(&self, prefix: &str) -> Vec<u32> {
        let start = format!("{prefix}.");
        let numbers: BTreeSet<u32> = self
            .0
            .keys()
            .filter_map(|key| key.strip_prefix(&start))
            .filter_map(|rest| rest.split('.').next()?.parse().ok())
            .collect();
        numbers.into_iter().collect()
    }

    /// `prefix.1`, `prefix.2`, …
    pub(crate) fn list(&self, prefix: &str) -> Vec<String> {
        let value = |number| self.get(&format!("{prefix}.{number}")).map(str::to_owned);
        self.numbers(prefix).into_iter().filter_map(value).collect()
    }

    /// `prefix.number.field`.
    pub(crate) fn nested(&self, prefix: &str, number: u32, field: &str) -> Option<&str> {
        self.get(&format!("{prefix}.{number}.{field}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_ordered_by_number_not_by_text() {
        let sent = Parameters::new(crate::wire::pairs("Id.10=j&Id.2=b&Id.1=a&Idle.1=x"));
        assert_eq!(sent.list("Id"), ["a", "b", "j"]);
    }
}
