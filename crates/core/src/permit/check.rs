//! What prevents a permit from working, told before anything is written.

use super::rules::{by, chosen};
use super::seen::{Given, Seen};
use super::{NameBy, Permit};
use crate::observation::Observation;
use crate::preflight::Finding;
use crate::traits::{Capabilities, GroupReferences, IdentityKind, PeeringKind, PeeringRecord};
use crate::verify::Reason;

/// What prevents a permit, whatever way packets take.
pub(super) fn parties(left: &Seen, right: &Seen) -> Vec<Finding> {
    let mut findings: Vec<Finding> = [left, right].into_iter().flat_map(party).collect();
    if left.place.is_none() {
        findings.push(Finding::error(
            "permit/nothing-to-change",
            &left.subject,
            "the first party must be an instance or a security group of an account whose credentials were given",
            "name such an instance or security group as the first party",
        ));
    }
    if left.is_instance && right.is_instance && left.subject == right.subject {
        findings.push(Finding::error(
            "permit/same-party",
            &left.subject,
            "both parties are the same instance",
            "name two different instances",
        ));
    }
    findings
}

fn party(seen: &Seen) -> Option<Finding> {
    let (place, identity) = (seen.place.as_ref()?, seen.identity.as_ref()?);
    if let Some(error) = seen.wrong_account() {
        return Some(Finding::error(
            "identity/wrong-account",
            &seen.subject,
            error.message(),
            error.remedy().unwrap_or_default(),
        ));
    }
    if identity.kind == IdentityKind::Root {
        return Some(Finding::error(
            "identity/root",
            &seen.subject,
            format!("its credentials are root credentials ({})", identity.arn),
            "create a user or a role that may read instances and change firewall rules, and use its access key",
        ));
    }
    if !seen.exists {
        return Some(Finding::error(
            "permit/not-found",
            &seen.subject,
            format!(
                "account {} has no object with this ID in {}",
                place.account, place.region
            ),
            "correct the ID, the region or the account",
        ));
    }
    if seen.groups.is_empty() {
        return Some(Finding::error(
            "permit/no-group",
            &seen.subject,
            "it is in no security group, so nothing can hold a rule for it",
            "add it to a security group first",
        ));
    }
    None
}

/// Whether groups can do what is asked of them where the two are.
pub(super) fn reality(
    permit: &Permit,
    left: &Seen,
    right: &Seen,
    capabilities: &Capabilities,
    observation: Option<&Observation>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(network_kinds(left, right));
    for (here, far) in [(left, right), (right, left)] {
        if here.place.is_some() && names_group(permit, far) {
            findings.extend(group_kind(permit, here));
            findings.extend(reference(here, far, capabilities, observation));
        }
    }
    if let (Some(here), Some(far)) = (&left.network, &right.network) {
        let overlap = (here.ranges.iter())
            .flat_map(|a| far.ranges.iter().map(move |b| (a, b)))
            .find(|(a, b)| here.id != far.id && (a.contains(*b) || b.contains(*a)));
        if let Some((a, b)) = overlap {
            findings.push(Finding::error(
                "permit/overlap",
                format!("{} and {}", left.subject, right.subject),
                format!(
                    "CIDR block {a} of network {} overlaps {b} of network {}, so nothing can join the two networks",
                    here.id, far.id
                ),
                "move one of the two into a network with a CIDR block of its own",
            ));
        }
    }
    findings
}

fn names_group(permit: &Permit, far: &Seen) -> bool {
    match &far.given {
        Some(Given::Group(..)) => true,
        Some(Given::Range(_)) => false,
        None => by(permit, far) == NameBy::Group,
    }
}

// All accounts of a region share its classic network; no product joins it to a VPC.
fn network_kinds(left: &Seen, right: &Seen) -> Option<Finding> {
    let (here, there) = (left.place.as_ref()?, right.place.as_ref()?);
    match (left.is_classic(), right.is_classic()) {
        (true, true) if here.region == there.region => None,
        (true, true) => Some(Finding::error(
            "permit/classic",
            format!("{} and {}", left.subject, right.subject),
            format!(
                "both are on the classic network, in different regions, {} and {}: nothing joins those",
                here.region, there.region
            ),
            "move both into VPCs and join those",
        )),
        (false, false) => None,
        _ => {
            let classic = if left.is_classic() { left } else { right };
            Some(Finding::error(
                "permit/classic",
                &classic.subject,
                "it is on the classic network, and the other party is in a VPC: nothing joins the two",
                "move it into a VPC and join that",
            ))
        }
    }
}

fn group_kind(permit: &Permit, here: &Seen) -> Option<Finding> {
    let group = chosen(permit, here).filter(|group| !group.record.references)?;
    Some(Finding::error(
        "permit/group-kind",
        format!("security group {}", group.record.id),
        "a security group of its type holds no rules that name security groups, and no rule can name it",
        "name the other party by its address or its network instead",
    ))
}

fn reference(
    here: &Seen,
    far: &Seen,
    capabilities: &Capabilities,
    observation: Option<&Observation>,
) -> Option<Finding> {
    let Some(there) = &far.place else {
        return Some(unseen(here, far, capabilities));
    };
    let ours = here.place.as_ref()?;
    if ours.region != there.region {
        let regions = in_order(ours.region.as_str(), there.region.as_str());
        let why = format!("they are in different regions, {regions}");
        return Some(cannot(here, far, why));
    }
    let (Some(near), Some(remote)) = (here.network_id(), far.network_id()) else {
        return None;
    };
    if near == remote {
        return None;
    }
    let joins = |peering: &PeeringRecord| {
        let ends = [peering.requester.id(), peering.accepter.id()];
        peering.kind == PeeringKind::NetworkToNetwork
            && peering.status.is_ready()
            && ends.contains(&near.as_str())
            && ends.contains(&remote.as_str())
    };
    let peered = (observation.iter())
        .flat_map(|observation| &observation.inventories)
        .flat_map(|inventory| &inventory.peerings)
        .any(joins);
    let networks = in_order(near.as_str(), remote.as_str());
    match capabilities.group_references {
        GroupReferences::PeeredInRegion if peered => None,
        GroupReferences::PeeredInRegion => Some(cannot(
            here,
            far,
            format!("no active peering joins their networks {networks}"),
        )),
        GroupReferences::SameNetwork => Some(cannot(
            here,
            far,
            format!("they are in different networks, {networks}"),
        )),
    }
}

fn in_order(left: &str, right: &str) -> String {
    let (first, second) = if left < right {
        (left, right)
    } else {
        (right, left)
    };
    format!("{first} and {second}")
}

// The same words whichever of the two holds the rule, so that a report says them once.
fn cannot(here: &Seen, far: &Seen, why: String) -> Finding {
    let mut subjects = [here.subject.as_str(), far.subject.as_str()];
    subjects.sort_unstable();
    Finding::error(
        "permit/group-reference",
        subjects.join(" and "),
        format!("a rule that names a security group never matches here: {why}"),
        "name the other party by its address or its network instead",
    )
}

fn unseen(here: &Seen, far: &Seen, capabilities: &Capabilities) -> Finding {
    let reach = match capabilities.group_references {
        GroupReferences::SameNetwork => "only inside one network, shared or classic",
        GroupReferences::PeeredInRegion => {
            "only inside one network, or between two networks of one region that are peered"
        }
    };
    Finding::warning(
        "permit/unseen",
        format!("{} and {}", here.subject, far.subject),
        format!(
            "the security group was not checked without credentials of its owner; a rule that names it matches {reach}"
        ),
        "give credentials of its owner, or ask the owner where the security group is used",
    )
}

/// Nothing joins the two: rules would change nothing.
pub(super) fn unconnected(permit: &Permit, left: &Seen, right: &Seen, stop: &Reason) -> Finding {
    let subject = format!("{} and {}", left.subject, right.subject);
    let way = if stop.on_return {
        "the path back"
    } else {
        "the path there"
    };
    let message = format!(
        "firewall rules alone do not connect the two: {way} ends at {}: {}",
        stop.element, stop.cause
    );
    let remedy = "join the two networks first; if a topology is proposed below, apply it";
    if permit.unconnected {
        return Finding::warning("permit/unconnected", subject, message, remedy);
    }
    Finding::error("permit/unconnected", subject, message, remedy)
}

/// Something between the two is not understood: they may be joined or not.
pub(super) fn undecided(left: &Seen, right: &Seen, open: &Reason) -> Finding {
    Finding::warning(
        "permit/undecided",
        format!("{} and {}", left.subject, right.subject),
        format!(
            "it cannot be told whether the two are joined: {}: {}",
            open.element, open.cause
        ),
        &open.remedy,
    )
}
