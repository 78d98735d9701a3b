//! Interconnects and edges, from the keys of hubs, attachments and peerings.

use std::collections::{BTreeMap, BTreeSet};

use super::Writer;
use crate::discovery::Discovery;
use crate::discovery::draft::Part;
use crate::discovery::names::Names;
use crate::ids::HubId;
use crate::object::{MemberKey, ObjectKey, Pair, Record};
use crate::topology::{BorderRouter, Edge, ExistingHub, Interconnect, ModelChoice};
use crate::traits::{Endpoint, HubRecord, HubScope, Payer, PeeringRecord};

impl Writer<'_> {
    pub(super) fn interconnects(&mut self) {
        let mut found: BTreeMap<String, Joined> = BTreeMap::new();
        for (key, place, record) in self.made::<HubRecord>() {
            match (&key, &record.scope) {
                (ObjectKey::GlobalHub(name), HubScope::Global) => {
                    let joined = found.entry(name.clone()).or_default();
                    joined.owner = Some(self.account(place));
                    joined.has_own_hub = true;
                }
                (ObjectKey::RegionalHub { interconnect, .. }, _) => {
                    let joined = found.entry(interconnect.clone()).or_default();
                    joined.has_own_routers = true;
                    let owner = self.account(place);
                    joined.owner.get_or_insert(owner);
                }
                _ => {}
            }
        }
        for (key, _, record) in self.made::<PeeringRecord>() {
            match &key {
                ObjectKey::Attachment(_) if at_edge(record) => {}
                ObjectKey::Attachment(attached) => {
                    let joined = found.entry(attached.to.clone()).or_default();
                    joined.attached(record, self.discovery);
                    let owner = self.accounts.any_cloud(record.accepter.account());
                    joined.owner.get_or_insert(owner);
                    if let MemberKey::Network(name) = &attached.member {
                        joined.members.insert(name.clone());
                    }
                }
                ObjectKey::Peering(Pair {
                    interconnect,
                    left,
                    right,
                }) => {
                    let joined = found.entry(interconnect.clone()).or_default();
                    joined.members.extend([left.clone(), right.clone()]);
                    joined.peered(record);
                }
                _ => {}
            }
        }
        for (name, joined) in found {
            self.interconnect(name, joined);
        }
    }

    fn interconnect(&mut self, name: String, joined: Joined) {
        let existing = joined.existing_hub();
        let Joined {
            owner,
            members,
            is_mesh,
            dns,
            payer,
            ..
        } = joined;
        let declared = |member: &String| self.draft.topology.network(member).is_some();
        let members: Vec<String> = members.into_iter().filter(declared).collect();
        let owner = owner.or_else(|| {
            let first = self.draft.topology.network(members.first()?)?;
            Some(first.account.clone())
        });
        let enough = if existing.is_some() { 1 } else { 2 };
        let Some(owner) = owner.filter(|_| members.len() >= enough) else {
            let line =
                format!("Not recovered: interconnect {name}, of which too few members are up");
            self.draft.say(line);
            return;
        };
        let model = if is_mesh {
            ModelChoice::Mesh
        } else {
            ModelChoice::Hub
        };
        let mut interconnect = Interconnect::new(name, owner, members).with_model(model);
        interconnect.payer = payer;
        if existing.is_some() {
            interconnect.model = ModelChoice::Auto;
            let line = "the hub is one that others made; `reach` and route tables by choice leave no trace";
            self.draft
                .tell(Part::Interconnect, &interconnect.name, line);
        }
        interconnect.hub = existing;
        interconnect.dns_resolution = is_mesh && dns;
        if is_mesh {
            let line = "the owner of a mesh leaves no trace: any account is right";
            self.draft
                .tell(Part::Interconnect, &interconnect.name, line);
        }
        self.draft.topology.interconnects.push(interconnect);
    }

    pub(super) fn edges(&mut self) {
        for (key, place, record) in self.made::<HubRecord>() {
            if let (ObjectKey::EdgeHub(name), HubScope::Edge { asn }) = (key, &record.scope) {
                let edge = Edge::new(name, self.account(place), place.region.clone(), *asn);
                let edge = self.edge_members(edge, record.id.as_str());
                let line = "the region is any in which its owner's calls may be made";
                self.draft.tell(Part::Edge, &edge.name, line);
                self.draft.topology.edges.push(edge);
            }
        }
    }

    fn edge_members(&self, mut edge: Edge, hub: &str) -> Edge {
        let mut names = Names::default();
        let mut seen = BTreeSet::new();
        let all = self.discovery.inventories.iter().flat_map(|i| &i.peerings);
        let here = all.filter(|record| record.accepter.id() == hub && !record.is_leaving());
        for record in here.filter(|record| seen.insert(&record.id)) {
            match &record.requester {
                Endpoint::BorderRouter {
                    id,
                    account,
                    region,
                } => {
                    let name = names.give(&[id.as_str()]);
                    let account = self.accounts.any_cloud(account);
                    let router = BorderRouter::new(name, id.clone(), account, region.clone(), []);
                    edge = edge.with_border_router(router);
                }
                Endpoint::Network { id, .. } => {
                    let Some(name) = self.networks.get(id) else {
                        continue;
                    };
                    edge = edge.with_member(name);
                    if !record.prefixes.is_empty() {
                        edge = edge.with_advertised(name, record.prefixes.iter().copied());
                    }
                }
                _ => {}
            }
        }
        edge
    }
}

/// What is known of an interconnect.
#[derive(Default)]
struct Joined {
    owner: Option<String>,
    members: BTreeSet<String>,
    is_mesh: bool,
    dns: bool,
    payer: Payer,
    /// Whether the topology made the global hub.
    has_own_hub: bool,
    /// Whether it made regional ones.
    has_own_routers: bool,
    /// The global hub to which members are attached.
    parent: Option<HubId>,
}

impl Joined {
    fn attached(&mut self, record: &PeeringRecord, discovery: &Discovery) {
        let mut grants = discovery.inventories.iter().flat_map(|i| &i.grants);
        let paid_by_member = grants.any(|grant| {
            grant.member.id() == record.requester.id() && grant.payer == Some(Payer::MemberOwner)
        });
        if paid_by_member {
            self.payer = Payer::MemberOwner;
        }
        if let Endpoint::Hub { parent, .. } = &record.accepter {
            self.parent.clone_from(parent);
        }
    }

    // The hub of others that it uses.
    fn existing_hub(&self) -> Option<ExistingHub> {
        let id = self.parent.clone().filter(|_| !self.has_own_hub)?;
        let hub = ExistingHub::new(id);
        Some(match self.has_own_routers {
            true => hub.with_create_routers(),
            false => hub,
        })
    }

    fn peered(&mut self, record: &PeeringRecord) {
        self.is_mesh = true;
        self.dns = record.dns.requester == Some(true) && record.dns.accepter == Some(true);
    }
}

fn at_edge(record: &PeeringRecord) -> bool {
    matches!(record.accepter, Endpoint::Edge { .. })
}
