//! The parameters of a request, in the order they are sent.

use std::borrow::Cow;
use std::fmt;

use landbridge_core::Tags;
use secrecy::{ExposeSecret, SecretString};

use crate::sign::push_pair;

/// An ordered list of parameters. `Debug` shows no secret.
#[derive(Clone, Default)]
pub(crate) struct Params(Vec<(Key, Value)>);

type Key = Cow<'static, str>;

#[derive(Clone)]
enum Value {
    Plain(String),
    Secret(SecretString),
}

impl Params {
    /// No parameters.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter. Booleans come out in lower case, as the gateway wants them.
    #[must_use]
    pub(crate) fn with(mut self, key: impl Into<Key>, value: impl fmt::Display) -> Self {
        self.0.push((key.into(), Value::Plain(value.to_string())));
        self
    }

    /// Adds a parameter if it has a value.
    #[must_use]
    pub(crate) fn with_option(self, key: &'static str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Adds a parameter that is never printed.
    #[must_use]
    pub(crate) fn with_secret(mut self, key: &'static str, value: Option<&SecretString>) -> Self {
        if let Some(value) = value {
            self.0.push((key.into(), Value::Secret(value.clone())));
        }
        self
    }

    /// Adds `key.1`, `key.2` and so on.
    #[must_use]
    pub(crate) fn with_list(
        self,
        key: &str,
        values: impl IntoIterator<Item = impl fmt::Display>,
    ) -> Self {
        values
            .into_iter()
            .zip(1..)
            .fold(self, |params, (value, n): (_, u32)| {
                params.with(format!("{key}.{n}"), value)
            })
    }

    /// Adds `key.1.field`, `key.2.field` and so on: one list of fields per structure.
    #[must_use]
    pub(crate) fn with_structs(
        self,
        key: &str,
        structs: impl IntoIterator<Item = Vec<(&'static str, String)>>,
    ) -> Self {
        let numbered = structs.into_iter().zip(1..);
        numbered.fold(self, |params, (fields, n): (_, u32)| {
            fields.into_iter().fold(params, |params, (field, value)| {
                params.with(format!("{key}.{n}.{field}"), value)
            })
        })
    }

    /// Adds a list of texts as one JSON value, as a few ECS parameters want it.
    #[must_use]
    pub(crate) fn with_json_list(self, key: &'static str, values: &[impl AsRef<str>]) -> Self {
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        self.with(key, serde_json::Value::from(values))
    }

    /// Adds `Tag.1.Key`, `Tag.1.Value` and so on.
    #[must_use]
    pub(crate) fn with_tags(self, tags: &Tags) -> Self {
        let tag =
            |(key, value): (&String, &String)| vec![("Key", key.clone()), ("Value", value.clone())];
        self.with_structs("Tag", tags.iter().map(tag))
    }

    /// Replaces or adds a parameter.
    pub(crate) fn set(&mut self, key: &'static str, value: impl fmt::Display) {
        self.0.retain(|(name, _)| name != key);
        self.0.push((key.into(), Value::Plain(value.to_string())));
    }

    /// Takes a parameter away.
    pub(crate) fn remove(&mut self, key: &str) {
        self.0.retain(|(name, _)| name != key);
    }

    /// The names of all parameters.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// The value of a parameter, unless it is secret.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find_map(|(name, value)| match value {
            Value::Plain(text) if name == key => Some(text.as_str()),
            _ => None,
        })
    }

    /// All parameters as text, secrets hidden.
    pub(crate) fn shown(&self) -> String {
        format!("{self:?}")
    }

    /// The body of the request: `application/x-www-form-urlencoded`, secrets included.
    pub(crate) fn form_body(&self) -> String {
        let size = |(key, value): &(Key, Value)| key.len() + value.expose().len() + 2;
        // A quarter more for what is encoded.
        let mut body = String::with_capacity(self.0.iter().map(size).sum::<usize>() * 5 / 4);
        for (key, value) in &self.0 {
            push_pair(&mut body, key, value.expose());
        }
        body
    }
}

impl Value {
    fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose_secret(),
        }
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let plain = |(key, value): (String, String)| (key.into(), Value::Plain(value));
        Self(pairs.into_iter().map(plain).collect())
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Value| match value {
            Value::Plain(text) => text.clone(),
            Value::Secret(_) => "[redacted]".to_owned(),
        };
        f.debug_map()
            .entries(self.0.iter().map(|(key, value)| (key, shown(value))))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_structures_and_tags_are_numbered_from_one() {
        let tags = Tags::from([("k".to_owned(), "v w".to_owned())]);
        let params = Params::new()
            .with("Force", true)
            .with_list("InstanceId", ["i-1", "i-2"])
            .with_structs("Zone", [vec![("Id", "h".to_owned())]])
            .with_json_list("Ids", &["a", "b"])
            .with_tags(&tags);
        assert_eq!(
            params.form_body(),
            "Force=true&InstanceId.1=i-1&InstanceId.2=i-2&Zone.1.Id=h&Ids=%5B%22a%22%2C%22b%22%5D\
             &Tag.1.Key=k&Tag.1.Value=v%20w"
        );
    }

    #[test]
    fn secrets_are_sent_and_never_printed() {
        let secret = SecretString::from("hunter2");
        let params = Params::new().with_secret("Password", Some(&secret));
        assert_eq!(params.form_body(), "Password=hunter2");
        assert!(!format!("{params:?}").contains("hunter2"));
        assert_eq!(params.get("Password"), None);
    }
}
