//! The networks of a verification and the ends in them, with the names, IDs and addresses by which people look for them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::object::ObjectKey;
use crate::plan::Found;
use crate::topology::{Instance, Network, Topology};
use crate::verify::VerifyReport;

/// A network, or what is behind a border router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerifiedNetwork {
    /// Its name in the topology.
    pub name: String,
    /// `network` or `border router`.
    pub kind: String,
    /// Its ID in the cloud; empty if it is not there.
    pub id: String,
    /// The name of its account.
    pub account: String,
    /// Its region.
    pub region: String,
    /// Its CIDR blocks, or those behind the border router.
    pub ranges: Vec<String>,
    /// The ends of pairs in it.
    pub ends: Vec<VerifiedEnd>,
}

/// An end of pairs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerifiedEnd {
    /// Its name, as verdicts have it.
    pub name: String,
    /// What it is: `instance`, `subnet`, `network` or `border router`.
    pub kind: String,
    /// Its ID in the cloud; empty if it is not there.
    pub id: String,
    /// The subnet that it is in, by name and ID; empty for what is no instance.
    #[serde(default)]
    pub subnet: String,
}

pub(super) fn networks(
    topology: &Topology,
    found: &Found,
    report: &VerifyReport,
) -> Vec<VerifiedNetwork> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for index in 0..report.pairs.len() {
        let ends = report.pairs.ends(index).zip(report.pairs.networks(index));
        if let Some(((source, destination), (from, to))) = ends {
            names.entry(from).or_default().insert(source);
            names.entry(to).or_default().insert(destination);
        }
    }
    let ends_of = |name: &str| names.get(name).into_iter().flatten().copied();
    let networks = topology.networks.iter().map(|network| {
        let ends = ends_of(&network.name);
        let ends = ends.map(|name| end(topology, found, network, name));
        let at = found.networks.get(&ObjectKey::network(&network.name));
        let ranges = match at {
            Some(at) => texts(&at.record.ranges),
            None => texts(network.range.iter().chain(&network.ranges)),
        };
        VerifiedNetwork {
            name: network.name.clone(),
            kind: "network".to_owned(),
            id: at.map_or_else(String::new, |at| at.record.id.to_string()),
            account: network.account.clone(),
            region: network.region.to_string(),
            ranges,
            ends: ends.collect(),
        }
    });
    let edges = topology.wanted_edges();
    let routers = edges.flat_map(|edge| edge.border_routers.iter().map(move |one| (edge, one)));
    let routers = routers.map(|(edge, router)| {
        let name = format!("{}/{}", edge.name, router.name);
        VerifiedNetwork {
            kind: "border router".to_owned(),
            id: router.id.to_string(),
            account: router.account.clone(),
            region: router.region.to_string(),
            ranges: texts(&router.ranges),
            ends: vec![VerifiedEnd {
                name: name.clone(),
                kind: "border router".to_owned(),
                id: router.id.to_string(),
                subnet: String::new(),
            }],
            name,
        }
    });
    networks.chain(routers).collect()
}

fn texts<T: ToString>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

fn end(topology: &Topology, found: &Found, network: &Network, name: &str) -> VerifiedEnd {
    let known = |kind: &str, id: String| VerifiedEnd {
        name: name.to_owned(),
        kind: kind.to_owned(),
        id,
        subnet: String::new(),
    };
    let instance = topology.instances.iter().find(|one| one.name == name);
    if let Some(instance) = instance {
        let at = found.instances.get(&ObjectKey::instance(name));
        let id = at.map_or_else(String::new, |at| at.record.id.to_string());
        let in_cloud = at.and_then(|at| at.record.subnet.as_ref());
        let in_cloud = in_cloud.map(ToString::to_string);
        return VerifiedEnd {
            subnet: subnet_of(instance, in_cloud),
            ..known("instance", id)
        };
    }
    let at_network = || found.networks.get(&ObjectKey::network(name));
    match name.strip_prefix(&format!("{}/", network.name)) {
        Some(subnet) => {
            let at = found.subnets.get(&ObjectKey::subnet(&network.name, subnet));
            // Subnets of existing networks have their ID for a name.
            let id = at.map_or_else(|| subnet.to_owned(), |at| at.record.id.to_string());
            known("subnet", id)
        }
        None => known(
            "network",
            at_network().map_or_else(String::new, |at| at.record.id.to_string()),
        ),
    }
}

fn subnet_of(instance: &Instance, id: Option<String>) -> String {
    let name = instance.subnet.as_ref().map(|path| path.subnet.clone());
    let known: Vec<String> = name.into_iter().chain(id).collect();
    known.join(" ")
}
