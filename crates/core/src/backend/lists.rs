//! Lists that rules and routes name: prefix lists and port lists, which the cloud keeps as objects of their own.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use crate::error::{ErrorKind, Result};
use crate::ids::PrefixListId;
use crate::traits::{
    Destination, PortList, PortRange, PrefixList, RouteRecord, RulePeer, RuleRecord,
};

/// The prefix lists that rules name.
pub fn of_rules(rules: &mut [RuleRecord]) -> impl Iterator<Item = &mut PrefixList> {
    rules
        .iter_mut()
        .filter_map(|record| match &mut record.rule.peer {
            RulePeer::PrefixList(list) => Some(list),
            _ => None,
        })
}

/// The prefix lists that routes name.
pub fn of_routes(routes: &mut [RouteRecord]) -> impl Iterator<Item = &mut PrefixList> {
    routes
        .iter_mut()
        .filter_map(|route| match &mut route.destination {
            Destination::PrefixList(list) => Some(list),
            _ => None,
        })
}

/// The port lists that rules name.
pub fn ports_of(rules: &mut [RuleRecord]) -> impl Iterator<Item = &mut PortList> {
    rules.iter_mut().flat_map(|record| {
        let only = &mut record.rule.only;
        [&mut only.port_list, &mut only.source_port_list]
            .into_iter()
            .flatten()
    })
}

/// Fills in the CIDR blocks of prefix lists. Each list is read once, one after the other: there are few.
///
/// A list that the caller may not read, or that is gone, stays without them, with a warning: what depends on it cannot be
/// told.
///
/// # Errors
/// Other errors of `read`.
pub async fn fill<'a, F>(
    lists: impl Iterator<Item = &'a mut PrefixList>,
    read: impl Fn(PrefixListId) -> F,
) -> Result<()>
where
    F: Future<Output = Result<Vec<IpNet>>>,
{
    let mut lists: Vec<_> = lists.filter(|list| list.ranges.is_none()).collect();
    let ids: BTreeSet<_> = lists.iter().map(|list| list.id.clone()).collect();
    let mut known = BTreeMap::new();
    for id in ids {
        if let Some(ranges) = readable(read(id.clone()).await, id.as_str())? {
            known.insert(id, ranges);
        }
    }
    for list in &mut lists {
        list.ranges = known.get(&list.id).cloned();
    }
    Ok(())
}

/// Fills in the ports of port lists, as [`fill`] does CIDR blocks.
///
/// # Errors
/// As [`fill`].
pub async fn fill_ports<'a, F>(
    lists: impl Iterator<Item = &'a mut PortList>,
    read: impl Fn(String) -> F,
) -> Result<()>
where
    F: Future<Output = Result<Vec<PortRange>>>,
{
    let mut lists: Vec<_> = lists.filter(|list| list.ports.is_none()).collect();
    let ids: BTreeSet<_> = lists.iter().map(|list| list.id.clone()).collect();
    let mut known = BTreeMap::new();
    for id in ids {
        if let Some(ports) = readable(read(id.clone()).await, &id)? {
            known.insert(id, ports);
        }
    }
    for list in &mut lists {
        list.ports = known.get(&list.id).cloned();
    }
    Ok(())
}

fn readable<T>(read: Result<T>, id: &str) -> Result<Option<T>> {
    match read {
        Ok(entries) => Ok(Some(entries)),
        Err(error) => match error.kind() {
            ErrorKind::PermissionDenied
            | ErrorKind::NotFound
            | ErrorKind::Unsupported
            | ErrorKind::Malformed => {
                tracing::warn!(list = id, %error, "a list that rules or routes name cannot be read");
                Ok(None)
            }
            _ => Err(error),
        },
    }
}
