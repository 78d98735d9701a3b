//! Which instances can send no pings, as far as that is known before the first one.

use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use crate::error::ErrorKind;
use crate::ids::{InstanceId, Place, SubnetId};
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::Found;
use crate::preflight::Finding;
use crate::topology::{Instance, Topology};
use crate::traits::{
    Capabilities, Destination, InstanceRecord, NextHop, Phase, RouteTableRecord, TableRole,
};

/// The names of instances that send no pings, and why.
#[derive(Debug, Default)]
pub(super) struct Silent {
    pub(super) names: BTreeSet<String>,
    pub(super) findings: Vec<Finding>,
}

impl Engine {
    /// The instances of a topology whose agents lack something that the observation shows, and those of clouds that do not
    /// answer for agents. Their pairs keep the verdict of the configuration.
    pub(super) async fn silent(&self, topology: &Topology, observation: &Observation) -> Silent {
        let found = Found::objects(topology, observation);
        let mut silent = Silent::default();
        let mut asked: BTreeMap<Place, Vec<(String, InstanceId)>> = BTreeMap::new();
        for instance in &topology.instances {
            let Some(at) = found.instances.get(&ObjectKey::instance(&instance.name)) else {
                continue;
            };
            let known = observation.capabilities.get(&at.place.cloud);
            let Some(known) = known.filter(|known| known.commands && needs_something(known)) else {
                continue;
            };
            match lack(observation, known, instance, &at.record) {
                Some(finding) => {
                    silent.names.insert(instance.name.clone());
                    silent.findings.push(finding);
                }
                None => {
                    let one = (instance.name.clone(), at.record.id.clone());
                    asked.entry(at.place.clone()).or_default().push(one);
                }
            }
        }
        for (place, instances) in asked {
            if let Some(finding) = self.unanswered(&place, &instances).await {
                let names = instances.into_iter().map(|(name, _)| name);
                silent.names.extend(names);
                silent.findings.push(finding);
            }
        }
        silent
    }

    // A cloud that fails after all attempts tells nothing about agents; whatever else it says, it says of single pings.
    async fn unanswered(
        &self,
        place: &Place,
        instances: &[(String, InstanceId)],
    ) -> Option<Finding> {
        let ids: Vec<InstanceId> = instances.iter().map(|(_, id)| id.clone()).collect();
        let cloud = self.cloud(place).await.ok()?;
        let error = cloud.agents_ready(&ids).await.err()?;
        let is_final = error.kind() == ErrorKind::Unavailable && !error.is_retryable();
        is_final.then(|| {
            Finding::warning(
                "agent/not-answered",
                place.to_string(),
                format!(
                    "the cloud does not answer for agents, so no pings are sent from here: {}",
                    error.message()
                ),
                "verify again later; until then the configuration alone is judged",
            )
        })
    }
}

fn needs_something(known: &Capabilities) -> bool {
    known.agent_roles || !known.agent_services.is_empty()
}

fn lack(
    observation: &Observation,
    known: &Capabilities,
    instance: &Instance,
    record: &InstanceRecord,
) -> Option<Finding> {
    let (name, id) = (&instance.name, &record.id);
    let subject = format!("instance {name}");
    if known.agent_roles && record.agent_role.is_none() {
        let remedy = match instance.id {
            Some(_) => {
                "give the instance a role that lets its agent fetch commands, and restart it; until then the configuration \
                 alone is judged"
            }
            None => {
                "set `agent-role` of the instance to `auto`, and make the instance anew; until then the configuration alone \
                 is judged"
            }
        };
        let message = format!("{id} has no role for its agent, so it sends no pings");
        return Some(Finding::warning("agent/no-role", subject, message, remedy));
    }
    let service = unreached(observation, known, record)?;
    let network = instance.network_name().unwrap_or_default();
    let subnet = record.subnet.as_ref().map_or("", SubnetId::as_str);
    Some(Finding::warning(
        "agent/no-way",
        subject,
        format!(
            "{id} in {subnet} reaches service {service} neither over an endpoint in its network nor over a gateway, so its \
             agent fetches no commands and it sends no pings"
        ),
        format!(
            "name a subnet in `agent-endpoints` of network {network}, or give the subnet a route to the internet; until then \
             the configuration alone is judged"
        ),
    ))
}

/// The first service that nothing leads to.
fn unreached<'k>(
    observation: &Observation,
    known: &'k Capabilities,
    record: &InstanceRecord,
) -> Option<&'k String> {
    let inventories = observation.inventories.iter();
    let ends: Vec<&str> = inventories
        .flat_map(|one| &one.service_endpoints)
        .filter(|end| Some(&end.network) == record.network.as_ref())
        .filter(|end| end.status.phase == Phase::Ready)
        .map(|end| end.service.as_str())
        .collect();
    let mut services = known.agent_services.iter();
    let service = services.find(|service| !ends.contains(&service.as_str()))?;
    (!has_way_out(observation, record)).then_some(service)
}

/// Whether the table of its subnet leads to other networks than private ones. Whether a gateway then lets packets out is its
/// own business.
fn has_way_out(observation: &Observation, record: &InstanceRecord) -> bool {
    let (Some(network), Some(subnet)) = (&record.network, &record.subnet) else {
        return true;
    };
    let of_subnet = |table: &&RouteTableRecord| table.subnets.contains(subnet);
    let main = |table: &&RouteTableRecord| table.role == TableRole::Main;
    let tables = || observation.tables_of(network);
    let Some(table) = tables().find(of_subnet).or_else(|| tables().find(main)) else {
        return true;
    };
    let inventories = observation.inventories.iter();
    let mut routes = inventories.flat_map(|one| &one.routes);
    routes.any(|route| {
        let outwards = matches!(route.next_hop, NextHop::Internet(_) | NextHop::Other { .. });
        route.table == table.id && outwards && is_default(&route.destination)
    })
}

fn is_default(destination: &Destination) -> bool {
    destination
        .range()
        .is_none_or(|range| range.prefix_len() == 0)
}
