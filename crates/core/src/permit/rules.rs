use ipnet::{IpNet, Ipv4Net};

use super::seen::{Given, Seen, SeenGroup};
use super::{GroupChange, NameBy, Permit};
use crate::preflight::Finding;
use crate::traits::{Direction, Protocol, Rule, RulePeer, RuleRecord};

/// The rules that each party's group must hold, or what keeps us from saying so.
pub(super) fn wanted(
    permit: &Permit,
    left: &Seen,
    right: &Seen,
) -> Result<(Vec<Rule>, Vec<Rule>), Finding> {
    Ok((
        rules_at(permit, left, right, !permit.one_way, true)?,
        rules_at(permit, right, left, true, !permit.one_way)?,
    ))
}

fn rules_at(
    permit: &Permit,
    here: &Seen,
    far: &Seen,
    is_called: bool,
    calls: bool,
) -> Result<Vec<Rule>, Finding> {
    let Some(group) = chosen(permit, here) else {
        return Ok(Vec::new());
    };
    let peers = names(permit, here, far)?;
    let mut directions = Vec::new();
    if is_called {
        directions.push(Direction::Ingress);
    }
    if calls && !lets_all_out(group) {
        directions.push(Direction::Egress);
    }
    let mut rules = Vec::new();
    for direction in directions {
        for (protocol, ports) in &permit.traffic {
            for peer in &peers {
                rules.push(Rule::allow(direction, *protocol, *ports, peer.clone()));
            }
        }
    }
    rules.sort();
    rules.dedup();
    Ok(rules)
}

// Permits are about IPv4.
fn lets_all_out(group: &SeenGroup) -> bool {
    let everywhere = RulePeer::Range(Ipv4Net::default().into());
    let all = Rule::allow(Direction::Egress, Protocol::All, None, everywhere);
    group.record.open_egress || group.rules.iter().any(|record| record.rule == all)
}

/// The group that is changed: one that holds rules of ours already, else the one that covers the fewest instances.
pub(super) fn chosen<'a>(permit: &Permit, seen: &'a Seen) -> Option<&'a SeenGroup> {
    seen.groups.iter().min_by_key(|group| {
        let ours = group.rules.iter().any(|rule| is_ours(permit, rule));
        (!ours, group.covers.len(), group.record.id.clone())
    })
}

pub(super) fn is_ours(permit: &Permit, rule: &RuleRecord) -> bool {
    rule.topology.as_deref() == Some(&permit.mark)
}

/// How rules name a party, seen from the other.
fn names(permit: &Permit, here: &Seen, far: &Seen) -> Result<Vec<RulePeer>, Finding> {
    match &far.given {
        Some(Given::Range(range)) => return Ok(vec![RulePeer::Range(*range)]),
        Some(Given::Group(account, id)) => {
            return Ok(vec![RulePeer::Group {
                id: id.clone(),
                account: Some(account.clone()),
            }]);
        }
        None => {}
    }
    match by(permit, far) {
        NameBy::Address => address(far).map(|range| vec![RulePeer::Range(range)]),
        NameBy::Group => Ok(group_name(permit, here, far).into_iter().collect()),
        NameBy::Network => ranges(far),
    }
}

/// How the far party is named.
pub(super) fn by(permit: &Permit, far: &Seen) -> NameBy {
    let natural = match far.is_instance {
        true => NameBy::Address,
        false => NameBy::Group,
    };
    permit.by.unwrap_or(natural)
}

fn address(far: &Seen) -> Result<IpNet, Finding> {
    let instance = far.instance.as_ref().filter(|_| far.is_instance);
    match instance.and_then(|instance| instance.address) {
        Some(address) => Ok(IpNet::from(address)),
        None => Err(Finding::error(
            "permit/no-address",
            &far.subject,
            "it has no private address to put into a rule",
            "name it by its group or its network, or wait until the instance runs",
        )),
    }
}

fn group_name(permit: &Permit, here: &Seen, far: &Seen) -> Option<RulePeer> {
    let group = chosen(permit, far)?;
    let owner = far.place.as_ref().map(|place| place.account.clone());
    let ours = here.place.as_ref().map(|place| place.account.clone());
    Some(RulePeer::Group {
        id: group.record.id.clone(),
        account: owner.filter(|owner| Some(owner) != ours.as_ref()),
    })
}

fn ranges(far: &Seen) -> Result<Vec<RulePeer>, Finding> {
    match &far.network {
        Some(network) => Ok(network
            .ranges
            .iter()
            .copied()
            .map(RulePeer::Range)
            .collect()),
        None => Err(Finding::error(
            "permit/no-network",
            &far.subject,
            "it is in no network whose ranges could be put into a rule",
            "name it by its address or its group",
        )),
    }
}

/// The change of a party's group, for rules that it must hold or lose.
pub(super) fn change(
    permit: &Permit,
    seen: &Seen,
    wanted: &[Rule],
    withdraw: bool,
) -> Option<GroupChange> {
    let place = seen.place.clone()?;
    let group = chosen(permit, seen)?;
    let held = |rule: &&Rule| {
        (group.rules.iter()).any(|record| is_ours(permit, record) && record.rule.same_as(rule))
    };
    let (present, add): (Vec<&Rule>, Vec<&Rule>) = wanted.iter().partition(held);
    let asked_for = |record: &&RuleRecord| wanted.iter().any(|rule| rule.same_as(&record.rule));
    let ours = |record: &&RuleRecord| is_ours(permit, record);
    let remove = group.rules.iter().filter(ours).filter(asked_for);
    let (add, present, remove) = match withdraw {
        true => (Vec::new(), Vec::new(), remove.cloned().collect()),
        false => (
            add.into_iter().cloned().collect(),
            present.into_iter().cloned().collect(),
            Vec::new(),
        ),
    };
    Some(GroupChange {
        place,
        group: group.record.id.clone(),
        add,
        present,
        remove,
        foreign: (group.rules.iter())
            .filter(|record| !is_ours(permit, record))
            .cloned()
            .collect(),
        covers: group.covers.clone(),
    })
}
