//! Destinations that a topology excludes from the route tables of a network.

use ipnet::IpNet;

use super::routes::Goal;
use super::{Context, Finding};
use crate::topology::Network;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let networks = context.topology.networks.iter();
    for network in networks.filter(|network| !network.exclude.is_empty()) {
        let goals = super::routes::all_goals(context, network);
        for excluded in &network.exclude {
            findings.push(told(network, excluded, &goals));
        }
    }
}

fn told(network: &Network, excluded: &IpNet, goals: &[Goal]) -> Finding {
    let subject = format!("network {}", network.name);
    let inside = goals.iter().filter(|goal| excluded.contains(&goal.range));
    let inside: Vec<String> = inside.map(Goal::to_string).collect();
    if !inside.is_empty() {
        return Finding::note(
            "route/excluded",
            subject,
            format!(
                "its route tables get no route to {}, because `exclude` has {excluded}",
                inside.join(", ")
            ),
        );
    }
    match goals.iter().find(|goal| goal.range.contains(excluded)) {
        Some(around) => Finding::warning(
            "route/exclude-part",
            subject,
            format!("`exclude` has {excluded}, and the route to {around} leads there all the same"),
            format!(
                "exclude {} as a whole; or leave it so, if narrower routes of others take these packets",
                around.range
            ),
        ),
        None => Finding::warning(
            "route/exclude-unused",
            subject,
            format!("`exclude` has {excluded}, and no route of this topology would lead there"),
            "correct the CIDR block, or remove it from `exclude`",
        ),
    }
}
