//! Prefix lists and port lists that rules of others name. Landbridge makes none.

use ipnet::IpNet;
use landbridge_core::{PortRange, PrefixListId, Region, Result};

use super::{read_ports, request};
use crate::document::{Doc, malformed};
use crate::request::{Request, in_region};

const ENTRIES: &[&str] = &["Entries", "Entry"];

/// `DescribePrefixListAttributes`.
pub(crate) fn prefix_list(region: &Region, id: &PrefixListId) -> Request {
    let params = in_region(region).with("PrefixListId", id);
    request("DescribePrefixListAttributes", params).listing(ENTRIES)
}

/// The CIDR blocks of `DescribePrefixListAttributes`.
pub(crate) fn read_prefix_list(answer: Doc<'_>) -> Result<Vec<IpNet>> {
    let entries = answer.need_list(ENTRIES)?;
    entries
        .into_iter()
        .map(|entry| entry.range("Cidr"))
        .collect()
}

/// `DescribePortRangeListEntries`.
pub(crate) fn port_list(region: &Region, id: &str) -> Request {
    let params = in_region(region).with("PortRangeListId", id);
    request("DescribePortRangeListEntries", params).listing(ENTRIES)
}

/// The ports of `DescribePortRangeListEntries`.
pub(crate) fn read_port_list(answer: Doc<'_>) -> Result<Vec<PortRange>> {
    let ports = |entry: Doc<'_>| {
        let text = entry.text_or_empty("PortRange");
        let ports = read_ports(&text).flatten();
        ports.ok_or_else(|| malformed(format!("invalid ports `{text}` in the answer")))
    };
    let entries = answer.need_list(ENTRIES)?;
    entries.into_iter().map(ports).collect()
}
