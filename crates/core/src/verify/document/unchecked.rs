//! What the topology joins and nothing was checked of.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ByNetworks;
use crate::topology::Topology;

/// An ordered pair of networks that the topology joins, and of which no pair of ends was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NotChecked {
    /// The network of a row.
    pub from: String,
    /// The network of a column, or a border router.
    pub to: String,
    /// Why.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}

pub(super) fn not_checked(topology: &Topology, checked: &ByNetworks<'_>) -> Vec<NotChecked> {
    let is_checked = |from: &str, to: &str| checked.contains_key(&(from, to));
    let mut missing: BTreeSet<(String, String)> = BTreeSet::new();
    for interconnect in &topology.interconnects {
        for from in &interconnect.members {
            let others = interconnect.members.iter();
            let others = others.filter(|to| *to != from && !is_checked(from, to));
            missing.extend(others.map(|to| (from.clone(), to.clone())));
        }
    }
    for edge in topology.wanted_edges() {
        for from in &edge.members {
            let routers = edge.border_routers.iter();
            let to = routers.map(|router| format!("{}/{}", edge.name, router.name));
            let to = to.filter(|to| !is_checked(from, to));
            missing.extend(to.map(|to| (from.clone(), to)));
        }
    }
    missing
        .into_iter()
        .map(|(from, to)| {
            let (cause, remedy) = why(topology, &from, &to);
            NotChecked {
                from,
                to,
                cause,
                remedy,
            }
        })
        .collect()
}

fn why(topology: &Topology, from: &str, to: &str) -> (String, String) {
    let account = topology.network(from).map(|network| &network.account);
    if let Some(account) = account.filter(|account| topology.is_held_by_other(account)) {
        return (
            format!(
                "account {account} is held by other, so no ping starts there and its routes are not read"
            ),
            format!(
                "the owner of account {account} runs `landbridge verify` with their own topology file"
            ),
        );
    }
    let others = |name: &str| {
        let network = topology.network(name);
        network.is_none_or(|network| topology.is_held_by_other(&network.account))
    };
    let has_instance = |name: &str| {
        let mut instances = topology.instances.iter();
        others(name) || instances.any(|one| one.network_name() == Some(name))
    };
    if !topology.instances.is_empty() {
        let without = [from, to].into_iter().find(|name| !has_instance(name));
        if let Some(name) = without {
            return (
                format!("no instance: the topology declares none in network {name}"),
                format!("declare an instance in a subnet of network {name}, then apply"),
            );
        }
    }
    (
        "no pair of addresses: the topology excludes them from each other, their families differ, or no subnet of these \
         networks is known"
            .to_owned(),
        "look at `exclude` and `subnets` of both networks".to_owned(),
    )
}
