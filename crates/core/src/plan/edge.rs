use std::collections::BTreeSet;

use super::builder::Builder;
use super::destinations::destinations;
use super::routes::Way;
use super::wish::{advertised, capabilities_of_edge, ranges_of};
use super::{EndpointRef, HubScopeRef, Reach, Ref, StepKey};
use crate::ids::PeeringId;
use crate::object::{Attached, ObjectKey, grant, hub, peering};
use crate::topology::{BorderRouter, Edge, Network};
use crate::traits::PeeringKind;

/// What joins an edge: its keys, whose it is, and what must be there before.
struct Joiner<'a> {
    name: &'a str,
    of: Attached,
    account: &'a str,
    end: EndpointRef,
    after: Vec<ObjectKey>,
}

impl Builder<'_> {
    /// The hub, every border router and every member attached to it, and routes in every member to what is behind the
    /// border routers. Nothing is planned where the cloud has no hubs at the edge.
    pub(super) fn edge(&mut self, edge: &Edge) {
        let capabilities = capabilities_of_edge(self.topology, self.observation, edge);
        if !capabilities.is_some_and(|capabilities| capabilities.edge_hubs) {
            return;
        }
        self.edge_hub(edge);
        for router in &edge.border_routers {
            let joiner = self.router_joiner(edge, router);
            self.join(edge, joiner, Vec::new());
        }
        let topology = self.topology;
        let members = edge.members.iter();
        for network in members.filter_map(|name| topology.network(name)) {
            let joiner = Joiner {
                name: &network.name,
                of: Attached::network(&edge.name, &network.name),
                account: &network.account,
                end: self.endpoint_of(network),
                after: vec![ObjectKey::network(&network.name)],
            };
            let mut prefixes = advertised(edge, network, self.found);
            prefixes.sort();
            self.join(edge, joiner, prefixes);
            self.edge_routes(edge, network);
        }
    }

    fn edge_hub(&mut self, edge: &Edge) {
        let key = ObjectKey::edge_hub(&edge.name);
        let op = hub::Create {
            name: edge.name.clone(),
            scope: HubScopeRef::Edge { asn: edge.asn },
        };
        let place = self.place(&edge.owner, &edge.region);
        let present = self.found.hubs.present(&key);
        self.want(key, op, place, vec![], present);
    }

    fn edge_ref(&self, edge: &Edge) -> Ref {
        self.hub_ref(&ObjectKey::edge_hub(&edge.name))
    }

    fn router_joiner<'r>(&self, edge: &Edge, router: &'r BorderRouter) -> Joiner<'r> {
        Joiner {
            name: &router.name,
            of: Attached::border_router(&edge.name, &router.id),
            account: &router.account,
            end: EndpointRef::BorderRouter {
                id: Ref::Id(router.id.to_string()),
                account: self.account_id(&router.account),
                region: router.region.clone(),
            },
            after: Vec::new(),
        }
    }

    // All calls but the grant are the hub owner's, whatever the region of what joins.
    fn join(&mut self, edge: &Edge, joiner: Joiner<'_>, prefixes: Vec<ipnet::IpNet>) {
        let grant = self.edge_grant(edge, &joiner);
        let mut after = joiner.after;
        after.push(ObjectKey::edge_hub(&edge.name));
        after.extend(grant);
        let hub = EndpointRef::Edge {
            id: self.edge_ref(edge),
            account: self.account_id(&edge.owner),
            region: edge.region.clone(),
        };
        let kind = PeeringKind::Attachment;
        let mut op = peering::Request::new(joiner.name, kind, joiner.end, hub);
        op.prefixes = prefixes;
        let key = ObjectKey::Attachment(joiner.of);
        let place = self.place(&edge.owner, &edge.region);
        let present = self.found.peerings.present(&key);
        self.want(key, op, place, after, present);
    }

    fn edge_grant(&mut self, edge: &Edge, joiner: &Joiner<'_>) -> Option<ObjectKey> {
        let capabilities = capabilities_of_edge(self.topology, self.observation, edge)?;
        if joiner.account == edge.owner || !capabilities.grants {
            return None;
        }
        let key = ObjectKey::Grant(joiner.of.clone());
        let op = grant::Create {
            member: joiner.end.clone(),
            hub: self.edge_ref(edge),
            hub_account: self.account_id(&edge.owner),
            payer: None,
        };
        let place = self.place(joiner.account, joiner.end.region());
        let present = self.grant_present(&key);
        let mut after = joiner.after.clone();
        after.push(ObjectKey::edge_hub(&edge.name));
        self.want(key.clone(), op, place, after, present);
        Some(key)
    }

    // In every table in use, one route to everything behind border routers, once all that lead there are attached.
    fn edge_routes(&mut self, edge: &Edge, network: &Network) {
        let key = ObjectKey::attachment(&edge.name, &network.name);
        let present = self.found.peerings.present(&key);
        let id = present.as_ref().map(|present| PeeringId::new(&present.id));
        let next_hop = self.reference(&key, present);
        let own = ranges_of(network, self.found);
        let mut planned = BTreeSet::new();
        for router in &edge.border_routers {
            let ranges: BTreeSet<_> = router.ranges.iter().copied().collect();
            for range in ranges {
                if own.contains(&range) || !planned.insert(range) {
                    continue;
                }
                let mut after = vec![ObjectKey::network(&network.name), key.clone()];
                let leads_there = |other: &&BorderRouter| other.ranges.contains(&range);
                let routers = edge.border_routers.iter().filter(leads_there);
                // Those of others to their own hub cannot be seen.
                let seen = routers.filter(|_| !self.topology.is_held_by_other(&edge.owner));
                after.extend(seen.map(|other| {
                    ObjectKey::Attachment(Attached::border_router(&edge.name, &other.id))
                }));
                let after: Vec<StepKey> = after.into_iter().map(StepKey::create).collect();
                let way = Way {
                    next_hop: next_hop.clone(),
                    id: id.clone(),
                    after: &after,
                };
                let destination = destinations(network, [Reach::Range(range)], false);
                self.routes_to(network, &destination, &way);
            }
        }
    }
}
