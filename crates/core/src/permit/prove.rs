use std::collections::BTreeSet;

use futures_util::stream::TryStreamExt;

use super::seen::Seen;
use super::{GroupChange, Permit};
use crate::engine::Engine;
use crate::error::Result;
use crate::ids::{NetworkId, Place, SubnetId};
use crate::observation::Observation;
use crate::traits::{
    Capabilities, Inventory, PeeringSelect, PortRange, Protocol, RuleRecord, Scope, Select,
};
use crate::verify::{PairVerdict, Path, Spot, Traffic, between};

impl Engine {
    /// Everything that packets between two parties can meet, whichever topology it belongs to.
    ///
    /// A hub may be in the region of one party and belong to the account of the other, so both accounts are asked in
    /// both regions.
    pub(super) async fn survey(
        &self,
        mark: &str,
        left: &Seen,
        right: &Seen,
        capabilities: &Capabilities,
    ) -> Result<Observation> {
        let networks: Vec<NetworkId> = [left, right]
            .into_iter()
            .filter_map(Seen::network_id)
            .collect();
        let readings = places(left, right)
            .into_iter()
            .map(|place| self.survey_place(mark, place, &networks))
            .collect();
        let inventories = self.side_by_side(readings).try_collect().await?;
        let mut observation = Observation::new([capabilities.clone()], inventories);
        add_groups(&mut observation, left);
        add_groups(&mut observation, right);
        Ok(observation)
    }

    async fn survey_place(
        &self,
        mark: &str,
        place: Place,
        networks: &[NetworkId],
    ) -> Result<Inventory> {
        let cloud = self.cloud(&place).await?;
        let scope = Scope::new(mark).with_networks(networks.to_vec());
        let mut inventory = cloud.inventory(&scope).await?;
        inventory.hubs = cloud.list_hubs(&Select::All).await?;
        for peering in cloud.list_peerings(&PeeringSelect::all()).await? {
            if !inventory
                .peerings
                .iter()
                .any(|known| known.id == peering.id)
            {
                inventory.peerings.push(peering);
            }
        }
        let tables: Vec<_> = (inventory.hubs.iter())
            .filter_map(|hub| hub.table.clone())
            .collect();
        for table in tables {
            inventory
                .learning
                .extend(cloud.list_learning(&table).await?);
            let routes = cloud.list_hub_routes(&table).await?;
            inventory.hub_routes.extend(routes);
        }
        Ok(inventory)
    }
}

fn places(left: &Seen, right: &Seen) -> BTreeSet<Place> {
    let known: Vec<&Place> = [left, right]
        .into_iter()
        .filter_map(|seen| seen.place.as_ref())
        .collect();
    let mut places = BTreeSet::new();
    for account in &known {
        for region in known.iter().filter(|place| place.cloud == account.cloud) {
            places.insert(Place::new(
                account.cloud.clone(),
                account.account.clone(),
                region.region.clone(),
            ));
        }
    }
    places
}

fn add_groups(observation: &mut Observation, seen: &Seen) {
    let inventories = &mut observation.inventories;
    let Some(inventory) = (inventories.iter_mut()).find(|i| Some(&i.place) == seen.place.as_ref())
    else {
        return;
    };
    for group in &seen.groups {
        if !inventory
            .groups
            .iter()
            .any(|known| known.id == group.record.id)
        {
            inventory.groups.push(group.record.clone());
            inventory.rules.extend(group.rules.iter().cloned());
        }
    }
}

/// The observation as it will be when the changes are made.
pub(super) fn with_changes(mut observation: Observation, changes: &[GroupChange]) -> Observation {
    for change in changes {
        let inventories = &mut observation.inventories;
        let Some(inventory) = inventories.iter_mut().find(|i| i.place == change.place) else {
            continue;
        };
        inventory
            .rules
            .retain(|rule| !change.remove.iter().any(|gone| gone == rule));
        inventory.rules.extend(
            change
                .add
                .iter()
                .map(|rule| RuleRecord::new(change.group.clone(), rule.clone()).with_priority(1)),
        );
    }
    observation
}

/// The way of packets between the two, apart from firewall groups.
pub(super) fn way(
    permit: &Permit,
    left: &Seen,
    right: &Seen,
    observation: &Observation,
) -> Option<Path> {
    let open = |seen: &Seen| {
        let mut spot = spot(seen)?;
        spot.groups = None;
        spot.down = None;
        Some(spot)
    };
    let (source, destination) = (open(left)?, open(right)?);
    Some(between(observation, &source, &destination, traffic(permit)).path)
}

/// The static path each way that is allowed, where both are instances.
pub(super) fn verdicts(
    permit: &Permit,
    left: &Seen,
    right: &Seen,
    observation: &Observation,
) -> Vec<PairVerdict> {
    if !left.is_instance || !right.is_instance {
        return Vec::new();
    }
    let (Some(here), Some(there)) = (spot(left), spot(right)) else {
        return Vec::new();
    };
    let way = |from, to| between(observation, from, to, traffic(permit));
    let mut verdicts = vec![way(&here, &there)];
    if !permit.one_way {
        verdicts.push(way(&there, &here));
    }
    verdicts
}

/// What is asked about: a ping if it is to pass, else the first port.
pub(super) fn traffic(permit: &Permit) -> Traffic {
    let ping = |(protocol, _): &&(Protocol, Option<PortRange>)| {
        matches!(protocol, Protocol::Icmp | Protocol::All)
    };
    let first = || permit.traffic.first().copied();
    match permit.traffic.iter().find(ping).copied().or_else(first) {
        Some((protocol, ports)) if protocol.has_ports() => {
            let port = ports.map_or(1, |ports| ports.first);
            match protocol {
                Protocol::Udp => Traffic::udp(port),
                _ => Traffic::tcp(port),
            }
        }
        Some((protocol, _)) if protocol != Protocol::All => Traffic::protocol(protocol),
        _ => Traffic::PING,
    }
}

fn spot(seen: &Seen) -> Option<Spot> {
    let place = seen.place.clone()?;
    let network = seen.network_id()?;
    let first = || {
        let range = seen.network.as_ref()?.ranges.first()?;
        range.hosts().nth(4)
    };
    let instance = seen.instance.as_ref();
    let address = instance.and_then(|instance| instance.address);
    let subnet = instance.and_then(|instance| instance.subnet.clone());
    let state = instance.filter(|_| seen.is_instance).map(|i| &i.status);
    Some(Spot {
        index: 0,
        elsewhere: false,
        name: instance.map_or_else(|| seen.subject.clone(), |i| i.id.to_string()),
        place,
        network_name: network.to_string(),
        network,
        subnet: subnet.unwrap_or_else(|| SubnetId::new("")),
        address: address.or_else(first)?,
        groups: instance.map(|instance| instance.groups.clone()),
        down: state
            .filter(|status| !status.is_ready())
            .map(|status| status.word.clone()),
    })
}
