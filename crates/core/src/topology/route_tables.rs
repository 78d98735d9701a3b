//! Into which route tables of a network routes go.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::as_text;
use crate::ids::RouteTableId;

/// Into which route tables of a network routes go.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(with = "Form")]
#[non_exhaustive]
pub enum RouteTables {
    /// `in-use`: the main table, and every table that a subnet is associated with.
    #[default]
    InUse,
    /// `all`: every table, whether a subnet is associated with it or not. Tables of gateways take no such routes.
    All,
    /// `main`: the main table alone.
    Main,
    /// A list: these tables alone.
    Listed(Vec<TableName>),
}

impl RouteTables {
    /// Whether it is the default.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::InUse
    }
}

/// A route table of an existing network: its ID, such as `rtb-..`, or `KEY=VALUE`, a tag of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TableName {
    /// The table with this ID.
    Id(RouteTableId),
    /// Every table with this tag.
    Tag {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
    },
}

impl FromStr for TableName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            None if text.is_empty() => {
                Err("invalid route table ``: expected an ID, or a tag as `KEY=VALUE`".to_owned())
            }
            None => Ok(Self::Id(text.into())),
            Some(("", _)) => Err(format!(
                "invalid route table `{text}`: expected a tag as `KEY=VALUE`"
            )),
            Some((key, value)) => Ok(Self::Tag {
                key: key.to_owned(),
                value: value.to_owned(),
            }),
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Tag { key, value } => write!(f, "{key}={value}"),
        }
    }
}

as_text!(TableName);

/// How a file writes it.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "it only describes the schema")]
enum Form {
    /// `in-use`: the main table, and every table that a subnet is associated with. `all`: every table of the network.
    /// `main`: the main table alone.
    Word(Word),
    /// These tables alone: IDs, such as `rtb-..`, and tags as `KEY=VALUE`.
    Listed(Vec<String>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "it only describes the schema")]
enum Word {
    InUse,
    All,
    Main,
}

impl Serialize for RouteTables {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::InUse => serializer.serialize_str("in-use"),
            Self::All => serializer.serialize_str("all"),
            Self::Main => serializer.serialize_str("main"),
            Self::Listed(names) => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for RouteTables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read)
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = RouteTables;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "`in-use`, `all`, `main`, or a list of route table IDs and of tags as `KEY=VALUE`",
        )
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<RouteTables, E> {
        Ok(match text {
            "in-use" => RouteTables::InUse,
            "all" => RouteTables::All,
            "main" => RouteTables::Main,
            other => {
                return Err(E::custom(format!(
                    "invalid value `{other}`: expected `in-use`, `all`, `main`, or a list of route table IDs and of tags \
                     as `KEY=VALUE`"
                )));
            }
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RouteTables, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element::<TableName>()? {
            names.push(name);
        }
        if names.is_empty() {
            return Err(A::Error::custom(
                "empty list of route tables: expected at least one ID or tag; leave the key out for the default",
            ));
        }
        Ok(RouteTables::Listed(names))
    }
}
