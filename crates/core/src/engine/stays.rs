//! What an apply may have changed outside the topology's own objects, and no destroy changes back.

use serde::{Deserialize, Serialize};

use crate::ids::Place;
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::{At, Found, needed_services};
use crate::topology::Topology;
use crate::traits::{Endpoint, GrantRecord, ServiceStatus};

/// Something that stays as it is, because nothing tells whether it was so before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stay {
    /// Where.
    pub place: Place,
    /// What stays.
    pub what: String,
    /// How to change it.
    pub remedy: String,
}

/// Host names of networks that others made, services that an account let be opened, and grants to hubs of others.
pub(super) fn stays(topology: &Topology, observation: &Observation) -> Vec<Stay> {
    let found = Found::index(topology, observation);
    let mut stays = services(topology, observation);
    stays.extend(grants(topology, &found));
    stays.extend(grants_to_gone_hubs(observation, &found));
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

// A grant carries no tags. What was attached told whose it is; without that, nothing does.
fn grants(topology: &Topology, found: &Found) -> Vec<Stay> {
    let members = topology.interconnects.iter().flat_map(|interconnect| {
        let members = interconnect.hub.iter().flat_map(|_| &interconnect.members);
        members.map(|member| (interconnect.name.as_str(), member.as_str()))
    });
    let unattached = members.filter_map(|(to, member)| {
        let attachment = found.peerings.get(&ObjectKey::attachment(to, member));
        let grant = found.grants.get(&ObjectKey::grant(to, member))?;
        (attachment.is_none() && !grant.ours).then_some((member, grant))
    });
    let stay = |(name, at): (&str, &At<(GrantRecord, Endpoint)>)| {
        let GrantRecord {
            member,
            hub,
            hub_account,
            ..
        } = &at.record.0;
        Stay {
            place: at.place.clone(),
            what: format!(
                "network {name} ({member}) is granted to hub {hub} of account {hub_account}"
            ),
            remedy: format!(
                "if it was not before and nothing needs it: {}",
                revocation(at)
            ),
        }
    };
    unattached.map(stay).collect()
}

// That a hub is gone does not tell whether the topology had granted anything to it.
fn grants_to_gone_hubs(observation: &Observation, found: &Found) -> Vec<Stay> {
    let of_others = found.grants.values().filter(|at| {
        let (grant, _) = &at.record;
        !at.ours && observation.gone_hubs.contains(&grant.hub)
    });
    let stay = |at: &At<(GrantRecord, Endpoint)>| {
        let GrantRecord { member, hub, .. } = &at.record.0;
        Stay {
            place: at.place.clone(),
            what: format!("{member} is granted to hub {hub}, which does not exist any more"),
            remedy: format!("to take it back: {}", revocation(at)),
        }
    };
    of_others.map(stay).collect()
}

fn revocation(at: &At<(GrantRecord, Endpoint)>) -> String {
    let GrantRecord {
        member,
        hub,
        hub_account,
        ..
    } = &at.record.0;
    let Place {
        account, region, ..
    } = &at.place;
    format!(
        "`landbridge grant revoke --from ACCOUNT@{region} --member {member} --to {hub} --hub-account {hub_account}`, as \
         account {account}"
    )
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
