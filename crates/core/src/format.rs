//! Versions of the JSON documents that this crate writes.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version of a JSON document, its member `format`: the number `V`.
///
/// A document gets the next number when a member that it had goes, or means something else. New members change no
/// number. Reading refuses every other number, and a document without one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormatVersion<const V: u32>;

impl<const V: u32> Serialize for FormatVersion<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(V)
    }
}

impl<'de, const V: u32> Deserialize<'de> for FormatVersion<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = u32::deserialize(deserializer)?;
        if found == V {
            return Ok(Self);
        }
        let message = format!("invalid format version `{found}`: expected {V}");
        Err(D::Error::custom(message))
    }
}

impl<const V: u32> JsonSchema for FormatVersion<V> {
    fn schema_name() -> Cow<'static, str> {
        format!("FormatVersion{V}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "const": V })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_number_is_read() {
        assert_eq!(
            serde_json::to_string(&FormatVersion::<1>).ok(),
            Some("1".to_owned())
        );
        assert!(serde_json::from_str::<FormatVersion<1>>("1").is_ok());
        let error = serde_json::from_str::<FormatVersion<1>>("2").expect_err("another number");
        assert!(
            error
                .to_string()
                .starts_with("invalid format version `2`: expected 1")
        );
    }
}
