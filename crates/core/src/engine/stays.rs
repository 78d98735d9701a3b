//! What an apply may have changed outside the topology's own objects, and no destroy changes back.

use serde::Serialize;

use crate::ids::Place;
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::{Found, needed_services};
use crate::topology::Topology;
use crate::traits::ServiceStatus;

/// Something that stays as it is, because nothing tells whether it was so before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Stay {
    /// Where.
    pub place: Place,
    /// What stays.
    pub what: String,
    /// How to change it.
    pub remedy: String,
}

/// Host names of networks that others made, and services that an account let be opened.
pub(super) fn stays(topology: &Topology, observation: &Observation) -> Vec<Stay> {
    let found = Found::index(topology, observation);
    let mut stays = services(topology, observation);
    let named = topology.interconnects.iter().filter(|i| i.dns_resolution);
    for member in named.flat_map(|interconnect| &interconnect.members) {
        let existing = topology.network(member).filter(|n| n.id.is_some());
        let at = found.networks.get(&ObjectKey::network(member));
        if let (Some(_), Some(at)) = (existing, at)
            && at.record.host_names == Some(true)
        {
            stays.push(Stay {
                place: at.place.clone(),
                what: format!(
                    "DNS host names and DNS support of network {member} ({}) are on",
                    at.record.id
                ),
                remedy: "if they were off before and nothing needs them, turn them off".to_owned(),
            });
        }
    }
    stays.sort();
    stays.dedup();
    stays
}

fn services(topology: &Topology, observation: &Observation) -> Vec<Stay> {
    let mut stays = Vec::new();
    for (name, service) in needed_services(topology, observation) {
        let Some(account) = topology.account(&name).filter(|a| a.open_services) else {
            continue;
        };
        let open = observation.service(&account.id, service) == ServiceStatus::Open;
        let inventory = observation.of_account(&account.id).next();
        if let Some(inventory) = inventory.filter(|_| open) {
            stays.push(Stay {
                place: inventory.place.clone(),
                what: format!("the {service} service of account {name} is open"),
                remedy: "Landbridge closes no service".to_owned(),
            });
        }
    }
    stays
}
