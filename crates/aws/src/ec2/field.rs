//! Fields that must be there, and filters.

use aws_sdk_ec2::types::Filter;
use ipnet::IpNet;
use landbridge_core::{Error, ErrorKind, Result};

/// How many records a page holds, where the operation allows as many.
pub(crate) const PAGE: i32 = 1000;

/// How many values a filter takes.
pub(crate) const VALUES_PER_FILTER: usize = 200;

/// Lets pass what has one of these values.
pub(crate) fn filter<V: AsRef<str>>(name: &str, values: impl IntoIterator<Item = V>) -> Filter {
    let values = values
        .into_iter()
        .map(|value| value.as_ref().to_owned())
        .collect();
    Filter::builder()
        .name(name)
        .set_values(Some(values))
        .build()
}

/// A field without which a record means nothing.
pub(crate) fn need<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str> {
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Error::new(ErrorKind::Malformed, format!("the answer has no {name}")))
}

/// An address range in canonical form.
pub(crate) fn range(text: &str) -> Result<IpNet> {
    let parsed: IpNet = text.parse().map_err(|error| {
        Error::new(
            ErrorKind::Malformed,
            format!("invalid CIDR block `{text}` in the answer"),
        )
        .with_source(error)
    })?;
    Ok(parsed.trunc())
}

/// The two ways a range is sent: as IPv4 or as IPv6.
pub(super) fn by_family(range: &IpNet) -> (Option<String>, Option<String>) {
    let text = range.trunc().to_string();
    match range {
        IpNet::V4(_) => (Some(text), None),
        IpNet::V6(_) => (None, Some(text)),
    }
}
