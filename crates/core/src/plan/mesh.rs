use std::collections::BTreeMap;

use super::builder::{Builder, Present, present};
use super::found::network_key;
use super::keys::{accept_key, peering_key};
use super::wish::{capabilities_of, ranges_of};
use super::{EndpointRef, Op, Ref};
use crate::ids::PeeringId;
use crate::topology::{Interconnect, Network};
use crate::traits::{PeeringKind, PeeringSide, Phase};

impl Builder<'_> {
    /// A peering between every two members, asked for by the one whose name comes first, so that adding a member
    /// changes no other peering; routes on both sides; name resolution where asked for.
    pub(super) fn mesh_model(&mut self, interconnect: &Interconnect) {
        let mut members: Vec<&Network> = interconnect
            .members
            .iter()
            .filter_map(|member| self.topology.network(member))
            .collect();
        members.sort_by(|left, right| left.name.cmp(&right.name));
        let mut asked: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (index, left) in members.iter().enumerate() {
            for right in &members[index + 1..] {
                let earlier = asked.entry(left.account.clone()).or_default();
                let peering = self.peering(interconnect, left, right, earlier);
                earlier.push(accept_key(&interconnect.name, &left.name, &right.name));
                if interconnect.dns_resolution {
                    self.dns(interconnect, left, right, &peering);
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

    fn peering_present(&self, key: &str) -> Option<Present> {
        let at = self.found.peerings.get(key)?;
        // The request is done when the accepter can answer it.
        let phase = match at.record.status.phase {
            Phase::AwaitingAcceptance => Phase::Ready,
            phase => phase,
        };
        Present::new(&at.record.id, phase)
    }

    fn peering(
        &mut self,
        interconnect: &Interconnect,
        left: &Network,
        right: &Network,
        earlier: &[String],
    ) -> Ref {
        let key = peering_key(&interconnect.name, &left.name, &right.name);
        let op = Op::RequestPeering {
            name: format!("{}-{}-{}", interconnect.name, left.name, right.name),
            kind: PeeringKind::NetworkToNetwork,
            requester: self.endpoint_of(left),
            accepter: self.endpoint_of(right),
            subnets: Vec::new(),
            transit: None,
            prefixes: Vec::new(),
        };
        let mut after = vec![network_key(&left.name), network_key(&right.name)];
        if left.region != right.region {
            after.extend(self.services_of(&left.account));
            after.extend(self.services_of(&right.account));
        }
        after.extend(self.makes_room(interconnect, earlier));
        let place = self.place(&left.account, &left.region);
        let present = self.peering_present(&key);
        let peering = self.want(key.clone(), op, place, after, None, present);

        let op = Op::AcceptPeering {
            peering: peering.clone(),
            requester: self.endpoint_of(left),
        };
        let accepted = present!(self.found, peerings, &key).filter(|present| present.ready);
        let place = self.place(&right.account, &right.region);
        self.want(
            accept_key(&interconnect.name, &left.name, &right.name),
            op,
            place,
            vec![key],
            None,
            accepted,
        );
        peering
    }

    // A cloud takes only so many requests that wait for their accepters: a request waits until an earlier one of the
    // same account is accepted.
    fn makes_room(&self, interconnect: &Interconnect, earlier: &[String]) -> Option<String> {
        let limit =
            capabilities_of(self.topology, self.observation, interconnect)?.outstanding_requests?;
        // If the account has requests of its own, the cloud refuses for now and the step is repeated.
        let window = limit.saturating_sub(1).max(1);
        earlier
            .len()
            .checked_sub(window)
            .map(|index| earlier[index].clone())
    }

    fn dns(&mut self, interconnect: &Interconnect, left: &Network, right: &Network, peering: &Ref) {
        let record =
            self.found
                .peerings
                .get(&peering_key(&interconnect.name, &left.name, &right.name));
        let allowed = record.map(|at| at.record.dns).unwrap_or_default();
        for (side, network) in [
            (PeeringSide::Requester, left),
            (PeeringSide::Accepter, right),
        ] {
            let key = format!(
                "dns/{}/{}~{}@{}",
                interconnect.name, left.name, right.name, network.name
            );
            let op = Op::AllowDnsResolution {
                peering: peering.clone(),
                side,
            };
            let present = (allowed.of(side) == Some(true))
                .then(|| Present::new(&key, Phase::Ready))
                .flatten();
            let after = vec![accept_key(&interconnect.name, &left.name, &right.name)];
            let place = self.place(&network.account, &network.region);
            self.want(key, op, place, after, None, present);
        }
    }

    fn routes_between(&mut self, interconnect: &Interconnect, network: &Network, other: &Network) {
        let (left, right) = if network.name < other.name {
            (network, other)
        } else {
            (other, network)
        };
        let key = peering_key(&interconnect.name, &left.name, &right.name);
        let present = self.peering_present(&key);
        let id = present.as_ref().map(|present| PeeringId::new(&present.id));
        let next_hop = self.reference(&key, present);
        let after = vec![
            network_key(&network.name),
            key,
            accept_key(&interconnect.name, &left.name, &right.name),
        ];
        let destinations = ranges_of(other, self.found).into_iter().collect();
        self.routes_to(network, &destinations, &next_hop, id.as_ref(), &after);
    }
}
