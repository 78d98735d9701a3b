//! `Filter.N.Name` and `Filter.N.Value.M`: all filters must hold, one of each one's values.

use std::collections::BTreeMap;

use super::context::Context;
use super::failure::{Failure, Outcome};
use crate::policy::like;

/// One filter of a describe call.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    name: String,
    values: Vec<String>,
}

/// An object as filters see it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    values: BTreeMap<&'static str, Vec<String>>,
    tags: BTreeMap<String, String>,
}

impl Fields {
    pub(crate) fn new(tags: BTreeMap<String, String>) -> Self {
        Self {
            values: BTreeMap::new(),
            tags,
        }
    }

    pub(crate) fn with(self, name: &'static str, value: impl ToString) -> Self {
        self.many(name, [value])
    }

    pub(crate) fn many<T: ToString>(
        mut self,
        name: &'static str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        self.values
            .entry(name)
            .or_default()
            .extend(values.into_iter().map(|value| value.to_string()));
        self
    }

    /// Adds the values of `other`.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.values.extend(other.values);
        self.tags.extend(other.tags);
        self
    }

    /// `None` for an unknown filter.
    fn of(&self, name: &str) -> Option<Vec<String>> {
        if let Some(key) = name.strip_prefix("tag:") {
            return Some(self.tags.get(key).cloned().into_iter().collect());
        }
        match name {
            "tag-key" => Some(self.tags.keys().cloned().collect()),
            "tag-value" => Some(self.tags.values().cloned().collect()),
            _ => self.values.get(name).cloned(),
        }
    }
}

/// The filters of a call, of which only names in `known` (and those of tags) exist.
pub(crate) fn read(ctx: &Context<'_>, known: &[&str]) -> Outcome<Vec<Filter>> {
    let parameters = &ctx.parameters;
    let filter = |number| {
        let name = parameters
            .nested("Filter", number, "Name")
            .unwrap_or_default();
        let is_known = known.contains(&name)
            || ["tag-key", "tag-value"].contains(&name)
            || name.starts_with("tag:");
        let values = parameters.list(&format!("Filter.{number}.Value"));
        if !is_known {
            return Err(Failure::bad(
                "InvalidParameterValue",
                format!("The filter '{name}' is invalid"),
            ));
        }
        if values.is_empty() {
            return Err(Failure::bad(
                "InvalidParameterValue",
                format!("The filter '{name}' has no values"),
            ));
        }
        Ok(Filter {
            name: name.to_owned(),
            values,
        })
    };
    parameters
        .numbers("Filter")
        .into_iter()
        .map(filter)
        .collect()
}

pub(crate) fn pass(filters: &[Filter], fields: &Fields) -> bool {
    filters.iter().all(|filter| {
        let actual = fields.of(&filter.name).unwrap_or_default();
        filter
            .values
            .iter()
            .any(|wanted| actual.iter().any(|actual| like(wanted, actual)))
    })
}
