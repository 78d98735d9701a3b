//! From constant tables to the fields of [`Capabilities`](crate::Capabilities).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use crate::object::{Form, OpKind};
use crate::traits::{Concern, FormPermissions, Need, ReadPermission};

/// A list of actions.
pub fn actions(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The actions of each kind of step.
pub fn actions_by_kind(table: &[(OpKind, &[&str])]) -> BTreeMap<OpKind, Vec<String>> {
    let owned = |(kind, names): &(OpKind, &[&str])| (*kind, actions(names));
    table.iter().map(owned).collect()
}

/// The actions of sorts of objects, by kind of step.
pub fn actions_by_form(table: &[(OpKind, Form, &[&str])]) -> FormPermissions {
    let mut all = FormPermissions::new();
    for (kind, form, names) in table {
        all.entry(*kind).or_default().insert(*form, actions(names));
    }
    all
}

/// Actions that read: each with what must concern the topology, and what is read.
pub fn reads(table: &[(&str, Concern, &str)]) -> Vec<ReadPermission> {
    let owned = |(action, concern, what): &(&str, Concern, &str)| {
        ReadPermission::new(*action, *concern, *what)
    };
    table.iter().map(owned).collect()
}

/// Actions that a run gets by without, or that only some runs take.
pub fn needs(sometimes: &[(&str, &str)], advised: &[(&str, &str)]) -> BTreeMap<String, Need> {
    let sometimes = sometimes
        .iter()
        .map(|(action, why)| ((*action).to_owned(), Need::Sometimes((*why).to_owned())));
    let advised = advised
        .iter()
        .map(|(action, why)| ((*action).to_owned(), Need::Advised((*why).to_owned())));
    sometimes.chain(advised).collect()
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
