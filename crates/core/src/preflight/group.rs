//! Existing groups that the topology puts rules into: they must be there, and are used as they are.

use super::{Context, Finding};
use crate::ids::{GroupId, NetworkId};
use crate::object::ObjectKey;
use crate::plan::wanted_rules;
use crate::topology::{Firewall, Network};
use crate::traits::{GroupRecord, Rule, RulePeer, RuleRecord};

/// Of how many groups a finding tells the IDs.
const NAMED: usize = 8;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for firewall in &context.topology.firewalls {
        for (network, id) in &firewall.groups {
            if let Some(network) = context.topology.network(network) {
                group(context, firewall, network, id, findings);
            }
        }
    }
}

fn group(
    context: &Context<'_>,
    firewall: &Firewall,
    network: &Network,
    id: &GroupId,
    findings: &mut Vec<Finding>,
) {
    let subject = format!("firewall {} in network {}", firewall.name, network.name);
    let key = ObjectKey::group(&firewall.name, &network.name);
    let at = context.found.groups.get(&key);
    let Some(at) = at.filter(|at| at.record.id == *id) else {
        findings.extend(absent(context, subject, network, id));
        return;
    };
    let (topology, observation) = (context.topology, context.observation);
    let wanted = wanted_rules(topology, observation, context.found, firewall, network);
    let names_group = |rule: &Rule| matches!(rule.peer, RulePeer::Group { .. });
    if !at.record.references && wanted.iter().any(names_group) {
        findings.push(Finding::error(
            "group/references",
            &subject,
            format!("{id} is of a kind whose rules cannot name other groups, and a rule names one"),
            "name CIDR blocks or networks in `from`, or another group in `groups`",
        ));
    }
    if at.ours {
        return;
    }
    findings.push(Finding::note(
        "group/used",
        &subject,
        format!(
            "{} is used as it is: only rules of this topology are added to it and removed from it",
            named(&at.record)
        ),
    ));
    let there = context.found.rules.get(id).map_or(&[][..], Vec::as_slice);
    let of_others: Vec<String> = wanted
        .iter()
        .filter_map(|rule| said_by_others(context, there, rule))
        .collect();
    if !of_others.is_empty() {
        findings.push(Finding::note(
            "rule/used",
            subject,
            format!(
                "{id} has these rules already, which others added: {}; they are used, and stay when the topology goes",
                of_others.join(", ")
            ),
        ));
    }
}

// The rule, if only others say it.
fn said_by_others(context: &Context<'_>, there: &[RuleRecord], rule: &Rule) -> Option<String> {
    let mut same = there.iter().filter(|record| record.rule.same_as(rule));
    let first = same.clone().next()?;
    let ours = same.any(|record| context.found.has_mark(record));
    let by = match &first.topology {
        Some(topology) => format!(" (topology {topology})"),
        None => String::new(),
    };
    (!ours).then(|| format!("{rule}{by}"))
}

fn absent(
    context: &Context<'_>,
    subject: String,
    network: &Network,
    id: &GroupId,
) -> Option<Finding> {
    if let Some(odd) = context.not_understood(id.as_str()) {
        return Some(Finding::error(
            "object/not-understood",
            subject,
            format!(
                "{id} exists, and Landbridge does not understand it: {}",
                odd.reason
            ),
            "name another group in `groups`, or correct the object in the console",
        ));
    }
    let key = ObjectKey::network(&network.name);
    let at = context.found.networks.get(&key);
    // That the network is not there is told already.
    if at.is_none() && network.id.is_some() {
        return None;
    }
    let remedy = match at.map(|at| groups_in(context, &at.record.id)) {
        None => "the network is yet to be created: remove the group, and the firewall gets its own"
            .to_owned(),
        Some(there) if there.is_empty() => {
            "remove the group from `groups`, and the firewall gets its own".to_owned()
        }
        Some(there) if there.len() > NAMED => format!(
            "name one of its {} groups in `groups`, or remove the network from `groups`: the firewall then gets its own",
            there.len()
        ),
        Some(there) => format!(
            "name a group of the network in `groups`: {}",
            there.join(", ")
        ),
    };
    Some(Finding::error(
        "group/absent",
        subject,
        format!("{id} is no group of network {}", network.name),
        remedy,
    ))
}

fn groups_in(context: &Context<'_>, network: &NetworkId) -> Vec<String> {
    let groups = context.observation.groups_of(network);
    groups.map(named).collect()
}

fn named(group: &GroupRecord) -> String {
    match group.name.is_empty() {
        true => group.id.to_string(),
        false => format!("{} `{}`", group.id, group.name),
    }
}
