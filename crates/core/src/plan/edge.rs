use std::collections::BTreeSet;

use super::builder::{Builder, Present, present};
use super::found::{grant_key, network_key};
use super::keys::{attachment_key, edge_key, router_key};
use super::wish::{advertised, capabilities_of_edge, ranges_of};
use super::{EndpointRef, HubScopeRef, Op, Ref};
use crate::ids::PeeringId;
use crate::topology::{BorderRouter, Edge, Network};
use crate::traits::{PeeringKind, Phase};

/// What joins an edge: the tail of its keys, whose it is, and what must be there before.
struct Joiner<'a> {
    name: &'a str,
    tail: String,
    account: &'a str,
    end: EndpointRef,
    after: Vec<String>,
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
            let joiner = self.router_joiner(router);
            self.join(edge, joiner, Vec::new());
        }
        let topology = self.topology;
        let members = edge
            .members
            .iter()
            .filter_map(|name| topology.network(name));
        for network in members {
            let joiner = Joiner {
                name: &network.name,
                tail: network.name.clone(),
                account: &network.account,
                end: self.endpoint_of(network),
                after: vec![network_key(&network.name)],
            };
            let mut prefixes = advertised(edge, network, self.found);
            prefixes.sort();
            self.join(edge, joiner, prefixes);
            self.edge_routes(edge, network);
        }
    }

    fn edge_hub(&mut self, edge: &Edge) {
        let key = edge_key(&edge.name);
        let op = Op::CreateHub {
            name: edge.name.clone(),
            scope: HubScopeRef::Edge { asn: edge.asn },
        };
        let place = self.place(&edge.owner, &edge.region);
        let present = present!(self.found, hubs, &key);
        self.want(key.clone(), op, place, vec![], Some(key), present);
    }

    fn edge_ref(&self, edge: &Edge) -> Ref {
        let key = edge_key(&edge.name);
        self.reference(&key, present!(self.found, hubs, &key))
    }

    fn router_joiner<'r>(&self, router: &'r BorderRouter) -> Joiner<'r> {
        Joiner {
            name: &router.name,
            tail: router_key(&router.id),
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
        after.push(edge_key(&edge.name));
        after.extend(grant);
        let key = attachment_key(&edge.name, &joiner.tail);
        let op = Op::RequestPeering {
            name: joiner.name.to_owned(),
            kind: PeeringKind::Attachment,
            requester: joiner.end,
            accepter: EndpointRef::Edge {
                id: self.edge_ref(edge),
                account: self.account_id(&edge.owner),
                region: edge.region.clone(),
            },
            subnets: Vec::new(),
            transit: None,
            prefixes,
        };
        let place = self.place(&edge.owner, &edge.region);
        let present = present!(self.found, peerings, &key);
        let domain = Some(edge_key(&edge.name));
        self.want(key, op, place, after, domain, present);
    }

    fn edge_grant(&mut self, edge: &Edge, joiner: &Joiner<'_>) -> Option<String> {
        let capabilities = capabilities_of_edge(self.topology, self.observation, edge)?;
        if joiner.account == edge.owner || !capabilities.grants {
            return None;
        }
        let key = grant_key(&edge.name, &joiner.tail);
        let op = Op::CreateGrant {
            member: joiner.end.clone(),
            hub: self.edge_ref(edge),
            hub_account: self.account_id(&edge.owner),
            payer: None,
        };
        let place = self.place(joiner.account, joiner.end.region());
        let found = self.found.grants.get(&key);
        let present = found.and_then(|at| Present::new(&at.record.0.member, Phase::Ready));
        let mut after = joiner.after.clone();
        after.push(edge_key(&edge.name));
        let domain = Some(member_domain(&joiner.tail));
        self.want(key.clone(), op, place, after, domain, present);
        Some(key)
    }

    // In every table in use, a route to everything behind each border router, once that router is attached.
    fn edge_routes(&mut self, edge: &Edge, network: &Network) {
        let key = attachment_key(&edge.name, &network.name);
        let present = present!(self.found, peerings, &key);
        let id = present.as_ref().map(|present| PeeringId::new(&present.id));
        let next_hop = self.reference(&key, present);
        let own = ranges_of(network, self.found);
        for router in &edge.border_routers {
            let destinations: BTreeSet<_> = router
                .ranges
                .iter()
                .filter(|range| !own.contains(range))
                .copied()
                .collect();
            let after = [
                network_key(&network.name),
                key.clone(),
                attachment_key(&edge.name, &router_key(&router.id)),
            ];
            self.routes_to(network, &destinations, &next_hop, id.as_ref(), &after);
        }
    }
}

/// The domain of writes to a member, given the tail of its keys: those to a network are those to its subnets too.
pub(super) fn member_domain(tail: &str) -> String {
    match tail.starts_with("router:") {
        true => tail.to_owned(),
        false => network_key(tail),
    }
}
