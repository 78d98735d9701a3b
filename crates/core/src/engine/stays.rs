//! What an apply may have changed outside the topology's own objects, and no destroy changes back.

use serde::Serialize;

use crate::ids::Place;
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::{At, Found, needed_services};
use crate::topology::Topology;
use crate::traits::{Endpoint, GrantRecord, ServiceStatus};

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

/// Host names of networks that others made, services that an account let be opened, and grants to hubs of others.
pub(super) fn stays(topology: &Topology, observation: &Observation) -> Vec<Stay> {
    let found = Found::index(topology, observation);
    let mut stays = services(topology, observation);
    stays.extend(grants(topology, &found));
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
                "if it was not before and nothing needs it: `landbridge grant revoke --from ACCOUNT@{} --member {member} \
                 --to {hub} --hub-account {hub_account}`, as account {}",
                at.place.region, at.place.account
            ),
        }
    };
    unattached.map(stay).collect()
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
