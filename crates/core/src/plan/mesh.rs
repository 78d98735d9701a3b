use super::builder::{Builder, Present};
use super::destinations::destinations;
use super::routes::Way;
use super::sides::requester_first;
use super::{EndpointRef, Ref, StepKey};
use crate::ids::PeeringId;
use crate::object::{ObjectKey, Pair, acceptance, dns_resolution, host_names, peering};
use crate::topology::{Interconnect, Network};
use crate::traits::{PeeringKind, PeeringSide, Phase};

impl Builder<'_> {
    /// A peering between every two members, asked for by the one whose name comes first, so that adding a member
    /// changes no other peering; routes on both sides; name resolution where asked for.
    pub(super) fn mesh_model(&mut self, interconnect: &Interconnect) {
        let topology = self.topology;
        let members = interconnect.members.iter();
        let mut members: Vec<&Network> = members
            .filter_map(|member| topology.network(member))
            .collect();
        members.sort_by(|left, right| left.name.cmp(&right.name));
        if interconnect.dns_resolution {
            let ours = |network: &&&Network| !topology.is_held_by_other(&network.account);
            let ours = members.iter().filter(ours);
            ours.for_each(|network| self.host_names(network));
        }
        for (index, left) in members.iter().enumerate() {
            for right in &members[index + 1..] {
                let (left, right) =
                    requester_first(topology, self.found, interconnect, (*left, *right));
                let pair = Pair::new(&interconnect.name, &left.name, &right.name);
                let peering = self.peering(interconnect, &pair, left, right);
                if interconnect.dns_resolution {
                    self.dns(&pair, left, right, &peering);
                }
            }
        }
        for network in &members {
            for other in members.iter().filter(|other| other.name != network.name) {
                self.routes_between(interconnect, network, other);
            }
        }
    }

    pub(super) fn endpoint_of(&self, network: &Network) -> EndpointRef {
        EndpointRef::Network {
            id: self.network_ref(&network.name),
            account: self.account_id(&network.account),
            region: network.region.clone(),
        }
    }

    fn peering_present(&self, key: &ObjectKey) -> Option<Present> {
        let at = self.found.peerings.get(key)?;
        // The request is done when the accepter can answer it. One of others needs no step of ours to become ready.
        let phase = match at.record.status.phase {
            Phase::AwaitingAcceptance => Phase::Ready,
            Phase::Pending if !at.ours => Phase::Ready,
            phase => phase,
        };
        Present::new(&at.record.id, phase)
    }

    // The network that asks first: of a new peering the one whose name comes first, of one that others made either.
    fn in_order<'n>(
        &self,
        key: &ObjectKey,
        left: &'n Network,
        right: &'n Network,
    ) -> (&'n Network, &'n Network) {
        let asks = ObjectKey::network(&right.name);
        let asks = self.found.networks.get(&asks).map(|at| &at.record.id);
        match (self.found.peerings.get(key), asks) {
            (Some(at), Some(id)) if at.record.requester.id() == id.as_str() => (right, left),
            _ => (left, right),
        }
    }

    fn peering(
        &mut self,
        interconnect: &Interconnect,
        pair: &Pair,
        left: &Network,
        right: &Network,
    ) -> Ref {
        let key = ObjectKey::Peering(pair.clone());
        let (asks, answers) = self.in_order(&key, left, right);
        let op = peering::Request::new(
            format!("{}-{}-{}", interconnect.name, left.name, right.name),
            PeeringKind::NetworkToNetwork,
            self.endpoint_of(asks),
            self.endpoint_of(answers),
        );
        let mut after = vec![
            ObjectKey::network(&left.name),
            ObjectKey::network(&right.name),
        ];
        if left.region != right.region {
            after.extend(self.services_of(&left.account));
            after.extend(self.services_of(&right.account));
        }
        let place = self.place(&asks.account, &asks.region);
        let present = self.peering_present(&key);
        let peering = self.want(key.clone(), op, place, after, present);

        let op = acceptance::Accept {
            peering: peering.clone(),
            requester: self.endpoint_of(asks),
        };
        let accepted = self.found.peerings.present(&key);
        let accepted = accepted.filter(|present| present.ready);
        let place = self.place(&answers.account, &answers.region);
        let acceptance = ObjectKey::Acceptance(pair.clone());
        self.want(acceptance, op, place, vec![key], accepted);
        peering
    }

    // A network may be a member of several interconnects; its names are turned on once.
    pub(super) fn host_names(&mut self, network: &Network) {
        let key = ObjectKey::HostNames(network.name.clone());
        let at = self.found.networks.get(&ObjectKey::network(&network.name));
        let on = at.is_some_and(|at| at.record.host_names == Some(true));
        let present = on.then(|| Present::new(&key, Phase::Ready)).flatten();
        let op = host_names::Enable {
            network: self.network_ref(&network.name),
        };
        let after = vec![ObjectKey::network(&network.name)];
        let place = self.place(&network.account, &network.region);
        self.want(key, op, place, after, present);
    }

    // The options of a peering that others made are not changed.
    fn dns(&mut self, pair: &Pair, left: &Network, right: &Network, peering: &Ref) {
        let key = ObjectKey::Peering(pair.clone());
        let record = self.found.peerings.get(&key);
        if record.is_some_and(|at| !at.ours) && self.found.others.contains_key(&key) {
            return;
        }
        let allowed = record.map(|at| at.record.dns).unwrap_or_default();
        let (asks, answers) = self.in_order(&key, left, right);
        let sides = [
            (PeeringSide::Requester, asks),
            (PeeringSide::Accepter, answers),
        ];
        for (side, network) in sides {
            let key = ObjectKey::DnsResolution {
                of: pair.clone(),
                network: network.name.clone(),
            };
            let op = dns_resolution::Allow {
                peering: peering.clone(),
                side,
            };
            let present = (allowed.of(side) == Some(true))
                .then(|| Present::new(&key, Phase::Ready))
                .flatten();
            let names = [left, right].map(|network| ObjectKey::HostNames(network.name.clone()));
            let mut after = vec![ObjectKey::Acceptance(pair.clone())];
            after.extend(names);
            let place = self.place(&network.account, &network.region);
            self.want(key, op, place, after, present);
        }
    }

    fn routes_between(&mut self, interconnect: &Interconnect, network: &Network, other: &Network) {
        let pair = Pair::new(&interconnect.name, &network.name, &other.name);
        let key = ObjectKey::Peering(pair.clone());
        let present = self.peering_present(&key);
        let id = present.as_ref().map(|present| PeeringId::new(&present.id));
        let next_hop = self.reference(&key, present);
        let after = [
            ObjectKey::network(&network.name),
            key,
            ObjectKey::Acceptance(pair),
        ]
        .map(StepKey::create);
        let reach = self.reach_between(network, other);
        let destinations = destinations(network, reach, interconnect.aggregate);
        let way = Way {
            next_hop,
            id,
            after: &after,
        };
        self.routes_to(network, &destinations, &way);
    }
}
