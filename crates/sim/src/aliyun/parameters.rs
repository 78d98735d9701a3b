//! The parameters of a call: query and form body merged, arrays numbered from 1.

use std::collections::{BTreeMap, BTreeSet};

use super::failure::{Failure, Outcome};

pub(crate) type Tags = Vec<(String, String)>;

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

    /// The value as an owned text, empty if absent.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// Both official spellings of a boolean, `true` and `True`, are taken.
    pub(crate) fn flag(&self, name: &str) -> Outcome<bool> {
        Ok(self.maybe_flag(name)?.unwrap_or(false))
    }

    pub(crate) fn maybe_flag(&self, name: &str) -> Outcome<Option<bool>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(invalid(name)),
        }
    }

    pub(crate) fn integer(&self, name: &str) -> Outcome<Option<u64>> {
        self.get(name)
            .map(|value| value.parse().map_err(|_| invalid(name)))
            .transpose()
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

    /// `Tag.N.Key` and `Tag.N.Value`.
    pub(crate) fn tags(&self) -> Outcome<Tags> {
        let numbers = self.numbers("Tag");
        if numbers.len() > 20 {
            return Err(Failure::bad("NumberExceed.Tags", "At most 20 tags."));
        }
        let tag = |number| {
            let key = self
                .nested("Tag", number, "Key")
                .ok_or_else(|| Failure::bad("MissingParameter.TagKey", "A tag needs a key."))?;
            Ok((
                key.to_owned(),
                self.nested("Tag", number, "Value")
                    .unwrap_or_default()
                    .to_owned(),
            ))
        };
        numbers.into_iter().map(tag).collect()
    }

    /// Whether an object with these tags passes the tag filter of a list call. A filter without value matches any value.
    pub(crate) fn tags_match(&self, tags: &Tags) -> bool {
        self.numbers("Tag").into_iter().all(|number| {
            let key = self.nested("Tag", number, "Key").unwrap_or_default();
            let value = self.nested("Tag", number, "Value");
            tags.iter()
                .any(|(k, v)| k == key && value.is_none_or(|value| value == v))
        })
    }

    /// Whether a filter parameter is absent or equal.
    pub(crate) fn matches(&self, name: &str, actual: &str) -> bool {
        self.get(name).is_none_or(|wanted| wanted == actual)
    }

    /// The ids in a parameter that holds a JSON array text.
    pub(crate) fn json_list(&self, name: &str) -> Outcome<Option<Vec<String>>> {
        self.get(name)
            .map(|text| serde_json::from_str(text).map_err(|_| invalid(name)))
            .transpose()
    }
}

pub(crate) fn invalid(name: &str) -> Failure {
    Failure::bad(
        format!("InvalidParameter.{name}"),
        format!("The specified parameter {name} is not valid."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(text: &str) -> Parameters {
        Parameters::new(crate::wire::pairs(text))
    }

    #[test]
    fn arrays_are_ordered_by_number_not_by_text() {
        let sent = parameters("Id.10=j&Id.2=b&Id.1=a&Idle.1=x");
        assert_eq!(sent.list("Id"), ["a", "b", "j"]);
    }

    #[test]
    fn booleans_of_both_official_clients() {
        let sent = parameters("A=True&B=false&C=yes");
        assert_eq!(sent.flag("A"), Ok(true));
        assert_eq!(sent.flag("B"), Ok(false));
        assert!(sent.flag("C").is_err());
        assert_eq!(sent.flag("D"), Ok(false));
    }
}
