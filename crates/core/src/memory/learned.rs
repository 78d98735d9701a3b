//! What hubs know: the routes of their tables, worked out from propagations.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::world::World;
use crate::ids::{HubId, PeeringId, RouteTableId};
use crate::traits::{
    Endpoint, HubRecord, HubRouteRecord, Learning, LearningKind, NetworkRecord, PeeringRecord,
    Phase, Status,
};

/// A route that a propagation offers, and over how many hubs it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    destination: IpNet,
    next_hop: PeeringId,
    hubs: usize,
}

/// The offers to every hub's table, the best to each destination first.
type Offers = BTreeMap<RouteTableId, Vec<Offer>>;

impl World {
    /// The routes of hubs' tables, in each those first that were added. Of several to one destination the one that was added
    /// is used, then the one over the fewest hubs, and of those the one propagated first.
    pub(super) fn hub_routes(&self, tables: &[RouteTableId]) -> Vec<HubRouteRecord> {
        let mut offers = self.all_offers();
        let routes = tables.iter().flat_map(|table| {
            let offers = offers.remove(table).unwrap_or_default();
            self.routes_of_hub(table, &offers)
        });
        routes.collect()
    }

    fn routes_of_hub(&self, table: &RouteTableId, offers: &[Offer]) -> Vec<HubRouteRecord> {
        let added = self.hub_routes.iter().filter(|route| route.table == *table);
        let added: Vec<HubRouteRecord> = added.cloned().collect();
        let is_added = |to: &IpNet| added.iter().any(|route| route.destination == *to);
        let learned = offers.iter().enumerate().map(|(index, offer)| {
            let status = match is_added(&offer.destination) {
                true => Status::new(Phase::Failed, "Standby"),
                false => verdict(offers, index),
            };
            let next_hop = Some(offer.next_hop.clone());
            HubRouteRecord::new(table.clone(), offer.destination, next_hop, status)
        });
        added.iter().cloned().chain(learned).collect()
    }

    /// Where a hub's table sends packets to an address.
    pub(super) fn look_up_hub(&self, table: &RouteTableId, to: &IpAddr) -> Option<PeeringId> {
        self.hub_routes(std::slice::from_ref(table))
            .into_iter()
            .filter(|route| route.status.is_ready() && route.destination.contains(to))
            .max_by_key(|route| route.destination.prefix_len())?
            .next_hop
    }

    /// The table that routes what comes out of a peering at a hub.
    pub(super) fn associated_table(
        &self,
        peering: &PeeringId,
        hub: &HubId,
    ) -> Option<RouteTableId> {
        let hub = &self.get::<HubRecord>(hub)?.record;
        let is_it =
            |known: &Learning| known.kind == LearningKind::Association && known.peering == *peering;
        let mut tables = hub.table_ids();
        tables
            .find(|table| self.ready_learning(table).any(is_it))
            .cloned()
    }

    fn ready_learning<'a>(&'a self, table: &'a RouteTableId) -> impl Iterator<Item = &'a Learning> {
        self.learning_in(table)
            .iter()
            .filter(|known| known.life.phase(self.now) == Phase::Ready)
            .map(|known| &known.record.learning)
    }

    /// The offers to every table: hubs tell each other what they know until no hub learns anything new.
    fn all_offers(&self) -> Offers {
        let mut known = Offers::new();
        for _ in 0..=self.shelf::<HubRecord>().len() {
            let heard = self.listen(&known);
            if heard == known {
                break;
            }
            known = heard;
        }
        known
    }

    fn listen(&self, known: &Offers) -> Offers {
        self.shelf::<HubRecord>()
            .iter()
            .map(|hub| &hub.record)
            .flat_map(|hub| hub.table_ids().map(move |table| (&hub.id, table)))
            .map(|(hub, table)| (table.clone(), self.offers(hub, table, known)))
            .collect()
    }

    fn offers(&self, hub: &HubId, table: &RouteTableId, known: &Offers) -> Vec<Offer> {
        let mut offers: Vec<Offer> = self
            .ready_learning(table)
            .filter(|learning| learning.kind == LearningKind::Propagation)
            .filter_map(|learning| self.ready_peering(&learning.peering))
            .flat_map(|peering| self.offers_of(peering, hub, known))
            .collect();
        offers.sort_by_key(|offer| (offer.destination, offer.hubs));
        offers
    }

    pub(super) fn ready_peering(&self, id: &PeeringId) -> Option<&PeeringRecord> {
        self.get::<PeeringRecord>(id)
            .filter(|entry| entry.life.phase(self.now) == Phase::Ready)
            .map(|entry| &entry.record)
    }

    /// What a peering offers to a hub: the ranges of the network behind it, or what the hub behind it knows.
    fn offers_of(&self, peering: &PeeringRecord, hub: &HubId, known: &Offers) -> Vec<Offer> {
        match far_end(peering, hub.as_str()) {
            Endpoint::Network { id, .. } => {
                let network = self.get::<NetworkRecord>(id);
                let ranges = network.map(|entry| entry.record.ranges.as_slice());
                let offer = |range: &IpNet| Offer {
                    destination: *range,
                    next_hop: peering.id.clone(),
                    hubs: 0,
                };
                // An attachment that was made without IPv6 tells nothing of it.
                let carries = |range: &&IpNet| range.addr().is_ipv4() || peering.ipv6 == Some(true);
                let ranges = ranges.unwrap_or_default().iter().filter(carries);
                ranges.map(offer).collect()
            }
            Endpoint::Hub { id, .. } => self.relayed(peering, id, known),
            Endpoint::Edge { .. } | Endpoint::BorderRouter { .. } => Vec::new(),
        }
    }

    /// What the hub behind a peering knows by the table with which it is associated there, and does not itself send
    /// through that peering.
    fn relayed(&self, peering: &PeeringRecord, remote: &HubId, known: &Offers) -> Vec<Offer> {
        let table = self.associated_table(&peering.id, remote);
        let offers = table.and_then(|table| known.get(&table));
        let offers = offers.map_or(&[][..], Vec::as_slice);
        (0..offers.len())
            .filter(|index| is_winner(offers, *index))
            .map(|index| &offers[index])
            .filter(|offer| offer.next_hop != peering.id)
            .map(|offer| Offer {
                destination: offer.destination,
                next_hop: peering.id.clone(),
                hubs: offer.hubs + 1,
            })
            .collect()
    }
}

/// The end of a peering that is not `near`.
pub(super) fn far_end<'a>(peering: &'a PeeringRecord, near: &str) -> &'a Endpoint {
    if peering.requester.id() == near {
        &peering.accepter
    } else {
        &peering.requester
    }
}

// Offers are sorted by destination, the best of each first.
fn is_winner(offers: &[Offer], index: usize) -> bool {
    index == 0 || offers[index - 1].destination != offers[index].destination
}

fn verdict(offers: &[Offer], index: usize) -> Status {
    let offer = &offers[index];
    if is_winner(offers, index) {
        return Status::new(Phase::Ready, "Active");
    }
    let is_tie = |other: &Offer| other.destination == offer.destination && other.hubs == offer.hubs;
    let word = match offers[..index].iter().any(is_tie) {
        true => "Rejected",
        false => "Standby",
    };
    Status::new(Phase::Failed, word)
}
