//! How this cloud reads the parameters of a call.

use super::failure::{Failure, Outcome};
pub(crate) use crate::parameters::Parameters;
use crate::table::Tags;

impl Parameters {
    /// Both official spellings of a boolean, `true` and `True`, are taken.
    pub(crate) fn flag(&self, name: &str) -> Outcome<bool> {
        Ok(self.maybe_flag(name)?.unwrap_or(false))
    }

    pub(crate) fn maybe_flag(&self, name: &str) -> Outcome<Option<bool>> {
        self.boolean(name).map_err(|_| invalid(name))
    }

    pub(crate) fn integer(&self, name: &str) -> Outcome<Option<u64>> {
        self.number(name).map_err(|_| invalid(name))
    }

    /// `Tag.N.Key` and `Tag.N.Value`.
    pub(crate) fn tags(&self) -> Outcome<Tags> {
        self.tags_up_to(20)
    }

    /// The same for an operation that takes more of them.
    pub(crate) fn tags_up_to(&self, most: usize) -> Outcome<Tags> {
        let numbers = self.numbers("Tag");
        if numbers.len() > most {
            return Err(Failure::bad(
                "NumberExceed.Tags",
                format!("At most {most} tags."),
            ));
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
        self.tags_match_under("Tag", tags)
    }

    /// The same for a filter under another name.
    pub(crate) fn tags_match_under(&self, name: &str, tags: &Tags) -> bool {
        self.numbers(name).into_iter().all(|number| {
            let key = self.nested(name, number, "Key").unwrap_or_default();
            let value = self.nested(name, number, "Value");
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
    fn booleans_of_both_official_clients() {
        let sent = parameters("A=True&B=false&C=yes");
        assert_eq!(sent.flag("A"), Ok(true));
        assert_eq!(sent.flag("B"), Ok(false));
        assert!(sent.flag("C").is_err());
        assert_eq!(sent.flag("D"), Ok(false));
    }
}
