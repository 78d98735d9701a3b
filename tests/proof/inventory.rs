//! What the simulator holds, in words that are the same for two runs. Nothing of the SDK is asked.

use std::collections::HashMap;

use landbridge_core::topology::Topology;
use landbridge_sim::{LedgerEntry, Protocol, Simulator};

/// Everything alive, and the fate of a packet between every two instances with fixed addresses. IDs are replaced by the
/// kinds of what they name, dates are left out.
pub(crate) fn inventory(simulator: &Simulator, topology: &Topology) -> Vec<String> {
    let mut lines = objects(simulator);
    lines.extend(packets(simulator, topology));
    lines.sort();
    lines
}

/// Everything alive.
pub(crate) fn objects(simulator: &Simulator) -> Vec<String> {
    let ledger = simulator.ledger();
    let kinds: HashMap<&str, &str> = ledger
        .iter()
        .map(|entry| (entry.id.as_str(), entry.kind.as_str()))
        .collect();
    let alive = ledger.iter().filter(|entry| entry.deleted_at.is_none());
    let mut lines: Vec<String> = alive.map(|entry| line(entry, &kinds)).collect();
    lines.sort();
    lines
}

fn line(entry: &LedgerEntry, kinds: &HashMap<&str, &str>) -> String {
    let LedgerEntry {
        account,
        region,
        product,
        kind,
        id,
        ..
    } = entry;
    format!("{account} {region} {product} {kind}: {}", named(id, kinds))
}

/// An ID of which every part that is the ID of an object is replaced by the kind of that object.
fn named(id: &str, kinds: &HashMap<&str, &str>) -> String {
    if let Some(kind) = kinds.get(id)
        && is_plain(id)
    {
        return format!("<{kind}>");
    }
    let mut text = String::new();
    let mut rest = id;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        match kinds.get(word) {
            Some(kind) => text.push_str(&format!("<{kind}>")),
            None => text.push_str(word),
        }
        let separator = after.chars().next();
        text.extend(separator);
        rest = &after[separator.map_or(0, char::len_utf8)..];
    }
    text
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn is_plain(id: &str) -> bool {
    id.chars().all(is_part)
}

fn packets(simulator: &Simulator, topology: &Topology) -> Vec<String> {
    let instances = &topology.instances;
    let addresses: Vec<_> = instances.iter().filter_map(|i| i.address).collect();
    let pairs = addresses.iter().flat_map(|from| {
        let others = addresses.iter().filter(move |to| *to != from);
        others.map(move |to| (*from, *to))
    });
    pairs
        .map(|(from, to)| {
            let verdict = simulator.probe(&from.to_string(), to, Protocol::echo_to(to));
            format!("packet {from} to {to}: {}", verdict.is_delivered())
        })
        .collect()
}
