//! Peerings that others made between two networks which a mesh joins: which one is used, and what about it is not as the
//! topology wants it.

use super::{Context, Finding};
use crate::object::{ObjectKey, Pair};
use crate::plan::At;
use crate::traits::{PeeringRecord, PeeringSide, Phase};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (key, others) in &context.found.others {
        let ObjectKey::Peering(pair) = key else {
            continue;
        };
        let used = context.found.peerings.get(key);
        let Some(used) = used else { continue };
        if used.ours {
            findings.push(beside(pair, used, others));
            continue;
        }
        let rivals = rivals(others);
        if rivals.len() > 1 {
            findings.push(ambiguous(pair, &rivals));
            continue;
        }
        findings.push(note(pair, used));
        findings.extend(names(context, pair, used));
    }
}

fn subject(pair: &Pair) -> String {
    format!("interconnect {}", pair.interconnect)
}

// Those of which none comes before another: all that carry packets, or else all.
fn rivals(others: &[At<PeeringRecord>]) -> Vec<&PeeringRecord> {
    let records = others.iter().map(|at| &at.record);
    let active: Vec<_> = records
        .clone()
        .filter(|one| one.status.is_ready())
        .collect();
    match active.is_empty() {
        true => records.collect(),
        false => active,
    }
}

/// Who made a peering, as far as its tags tell.
pub(crate) fn maker(record: &PeeringRecord) -> String {
    let name = match record.name.as_str() {
        "" => String::new(),
        name => format!(" `{name}`"),
    };
    let by = match (&record.owner, &record.maker) {
        (Some(owner), _) => format!("by topology {}", owner.topology),
        (None, Some(tool)) => format!("with {tool}"),
        (None, None) => "by others".to_owned(),
    };
    format!("{}{name}, made {by}", record.id)
}

fn note(pair: &Pair, used: &At<PeeringRecord>) -> Finding {
    let record = &used.record;
    let state = match record.status.phase {
        Phase::AwaitingAcceptance => format!(
            " Its request waits for account {}, as which apply accepts it; it stays accepted.",
            record.accepter.account()
        ),
        _ => String::new(),
    };
    Finding::note(
        "peering/used",
        subject(pair),
        format!(
            "{} joins networks {} and {}. It is used as it is, and never deleted.{state}",
            maker(record),
            pair.left,
            pair.right
        ),
    )
}

fn beside(pair: &Pair, used: &At<PeeringRecord>, others: &[At<PeeringRecord>]) -> Finding {
    let others: Vec<String> = others.iter().map(|at| maker(&at.record)).collect();
    Finding::note(
        "peering/beside",
        subject(pair),
        format!(
            "networks {} and {} are joined by {} of this topology, which is used; left alone: {}",
            pair.left,
            pair.right,
            used.record.id,
            others.join("; ")
        ),
    )
}

fn ambiguous(pair: &Pair, rivals: &[&PeeringRecord]) -> Finding {
    let rivals: Vec<String> = rivals.iter().map(|record| maker(record)).collect();
    Finding::error(
        "peering/ambiguous",
        subject(pair),
        format!(
            "several peerings join networks {} and {}, and none belongs to this topology: {}",
            pair.left,
            pair.right,
            rivals.join("; ")
        ),
        "delete all but one; or take one into the topology with `landbridge adopt FILE ID`",
    )
}

// What the topology wants of names, and the peering does not do.
fn names(context: &Context<'_>, pair: &Pair, used: &At<PeeringRecord>) -> Option<Finding> {
    let interconnect = context.topology.interconnect(&pair.interconnect)?;
    if !interconnect.dns_resolution {
        return None;
    }
    let record = &used.record;
    let sides = [
        (PeeringSide::Requester, &record.requester),
        (PeeringSide::Accepter, &record.accepter),
    ];
    let off: Vec<String> = sides
        .into_iter()
        .filter(|(side, _)| record.dns.of(*side) != Some(true))
        .map(|(_, end)| format!("{} of account {}", end.id(), end.account()))
        .collect();
    (!off.is_empty()).then(|| {
        Finding::error(
            "peering/dns",
            subject(pair),
            format!(
                "`dns-resolution` is wanted, but {}, which others made, does not resolve names of {}, and its options \
                 are not changed",
                record.id,
                off.join(" and ")
            ),
            format!(
                "let {0} resolve names on that side; or remove `dns-resolution`; or take {0} into the topology with \
                 `landbridge adopt FILE {0}`",
                record.id
            ),
        )
    })
}
