//! From constant tables to the fields of [`Capabilities`](crate::Capabilities).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use crate::plan::OpKind;

/// A list of actions.
pub fn actions(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The actions of each kind of step.
pub fn actions_by_kind(table: &[(OpKind, &[&str])]) -> BTreeMap<OpKind, Vec<String>> {
    let owned = |(kind, names): &(OpKind, &[&str])| (*kind, actions(names));
    table.iter().map(owned).collect()
}

/// Partitions or areas, from prefixes of region names and the name of the partition or area.
pub fn partitions(table: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(prefix, name): &(&str, &str)| ((*prefix).to_owned(), (*name).to_owned());
    table.iter().map(owned).collect()
}

/// CIDR blocks from addresses and prefix lengths.
pub fn blocks(table: &[([u8; 4], u8)]) -> Vec<IpNet> {
    let block = |(address, prefix): &([u8; 4], u8)| {
        Ipv4Net::new_assert(Ipv4Addr::from(*address), *prefix).into()
    };
    table.iter().map(block).collect()
}
