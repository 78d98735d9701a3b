//! The route tables of regional hubs: which of them an interconnect uses, and what they know.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::found::Found;
use super::wish::ranges_of;
use crate::ids::{Region, RouteTableId};
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::topology::{Interconnect, Network, ReachChoice};
use crate::traits::{HubRecord, LearningKind};

/// The hub of an interconnect in a region, as far as it exists.
pub(crate) fn regional_hub<'f>(
    interconnect: &Interconnect,
    region: &Region,
    found: &'f Found,
) -> Option<&'f HubRecord> {
    let key = ObjectKey::regional_hub(&interconnect.name, region);
    found.hubs.get(&key).map(|at| &at.record)
}

/// The route tables that the topology names for one half of route learning, by id or name; none where it leaves that to
/// the hub.
pub(crate) fn named_tables<'t>(
    interconnect: &'t Interconnect,
    region: &Region,
    kind: LearningKind,
) -> Vec<&'t str> {
    let Some(router) = interconnect.router(region) else {
        return Vec::new();
    };
    match kind {
        LearningKind::Association => router.association.as_deref().into_iter().collect(),
        LearningKind::Propagation => router.propagation.iter().map(String::as_str).collect(),
    }
}

/// The one route table of a hub that has this id or this name.
pub(crate) fn table_called<'h>(hub: &'h HubRecord, name: &'h str) -> Option<&'h RouteTableId> {
    let mut tables = hub.tables_called(name);
    let table = tables.next()?;
    tables.next().is_none().then_some(table)
}

/// The route tables that one half of route learning of an interconnect is about, as far as they exist.
pub(crate) fn chosen_tables<'f>(
    interconnect: &Interconnect,
    region: &Region,
    kind: LearningKind,
    found: &'f Found,
) -> Vec<&'f RouteTableId> {
    let Some(hub) = regional_hub(interconnect, region, found) else {
        return Vec::new();
    };
    let named = named_tables(interconnect, region, kind);
    if named.is_empty() {
        return hub.table.iter().collect();
    }
    let ids: Vec<&str> = named
        .into_iter()
        .filter_map(|name| Some(table_called(hub, name)?.as_str()))
        .collect();
    let tables = hub.table_ids();
    tables.filter(|id| ids.contains(&id.as_str())).collect()
}

/// The route table by which the hub routes packets of a member: the one with which it is associated, or will be.
pub(crate) fn table_of<'f>(
    interconnect: &Interconnect,
    network: &Network,
    found: &'f Found,
) -> Option<&'f RouteTableId> {
    let key = ObjectKey::attachment(&interconnect.name, &network.name);
    let attachment = found.peerings.get(&key);
    let associated = attachment.and_then(|at| found.associated(&at.record.id));
    let kind = LearningKind::Association;
    associated.or_else(|| {
        let chosen = chosen_tables(interconnect, &network.region, kind, found);
        chosen.first().copied()
    })
}

/// What the hub knows beyond the members, if the interconnect reaches that far: every range of the table that routes
/// packets of `network`, except a default route and what lies in the network itself.
pub(crate) fn beyond(
    interconnect: &Interconnect,
    network: &Network,
    observation: &Observation,
    found: &Found,
) -> BTreeSet<IpNet> {
    let table = table_of(interconnect, network, found);
    let (ReachChoice::Hub, Some(table)) = (interconnect.reach, table) else {
        return BTreeSet::new();
    };
    let key = ObjectKey::attachment(&interconnect.name, &network.name);
    let attachment = found.peerings.get(&key).map(|at| &at.record.id);
    let own = ranges_of(network, found);
    let inventories = observation.inventories.iter();
    inventories
        .flat_map(|inventory| &inventory.hub_routes)
        .filter(|route| route.table == *table && route.status.is_ready())
        .filter(|route| route.next_hop.is_some() && route.next_hop.as_ref() != attachment)
        .map(|route| route.destination)
        .filter(|to| to.prefix_len() > 0 && !own.iter().any(|own| own.contains(to)))
        .collect()
}
