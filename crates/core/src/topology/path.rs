//! How one part of a topology names a subnet of another.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;

use super::text::as_text;

/// A subnet, as `NETWORK/SUBNET`: `vpc1/vsw1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
pub struct SubnetPath {
    /// The network.
    pub network: String,
    /// The subnet.
    pub subnet: String,
}

impl SubnetPath {
    /// The subnet of this name in the network of this name.
    pub fn new(network: impl Into<String>, subnet: impl Into<String>) -> Self {
        Self {
            network: network.into(),
            subnet: subnet.into(),
        }
    }
}

impl FromStr for SubnetPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((network, subnet)) if !network.is_empty() && !subnet.is_empty() => Ok(Self {
                network: network.to_owned(),
                subnet: subnet.to_owned(),
            }),
            _ => Err(format!(
                "invalid subnet `{text}`: expected `NETWORK/SUBNET`"
            )),
        }
    }
}

impl fmt::Display for SubnetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.subnet)
    }
}

as_text!(SubnetPath);
