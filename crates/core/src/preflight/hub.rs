//! Hubs that others made: what the topology names must be there, what is used is told, and what others made and lacks
//! something is not changed.

use std::collections::BTreeSet;

use super::{Context, Finding};
use crate::ids::{HubId, Region, RouteTableId};
use crate::object::{Attached, MemberKey, ObjectKey, Pair};
use crate::plan::{chosen_model, chosen_tables, named_tables, regional_hub, table_called};
use crate::topology::{ExistingHub, Interconnect, Network};
use crate::traits::{
    Endpoint, HubRecord, HubScope, LearningKind, Model, Owner, PeeringKind, PeeringRecord,
};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for interconnect in &context.topology.interconnects {
        let model = chosen_model(context.topology, context.observation, interconnect);
        // Nothing of a hub in an account that is held by another can be read.
        let is_read = !context.topology.is_held_by_other(&interconnect.owner);
        if let (Some(hub), Some(Model::Hub), true) = (&interconnect.hub, model, is_read) {
            let used = Used {
                context,
                interconnect,
                hub,
            };
            used.check(findings);
        }
    }
}

/// A hub of others, and the interconnect that uses it.
struct Used<'a> {
    context: &'a Context<'a>,
    interconnect: &'a Interconnect,
    hub: &'a ExistingHub,
}

impl Used<'_> {
    fn check(&self, findings: &mut Vec<Finding>) {
        let key = ObjectKey::global_hub(&self.interconnect.name);
        let Some(at) = self.context.found.hubs.get(&key) else {
            findings.push(self.absent());
            return;
        };
        findings.push(self.told(&at.record));
        for region in self.regions() {
            match self.router(region) {
                Some(router) => self.tables(region, router, findings),
                None if self.hub.create_routers => {}
                None => findings.push(self.no_router(region)),
            }
        }
        for network in self.members() {
            self.attachment(network, findings);
            self.grant(network, findings);
        }
        self.links(findings);
    }

    fn subject(&self) -> String {
        format!("interconnect {}", self.interconnect.name)
    }

    fn members(&self) -> impl Iterator<Item = &Network> {
        let members = self.interconnect.members.iter();
        members.filter_map(|name| self.context.topology.network(name))
    }

    fn regions(&self) -> BTreeSet<&Region> {
        self.members().map(|network| &network.region).collect()
    }

    fn router(&self, region: &Region) -> Option<&HubRecord> {
        regional_hub(self.interconnect, region, self.context.found)
    }

    fn absent(&self) -> Finding {
        let (id, owner) = (&self.hub.id, &self.interconnect.owner);
        Finding::error(
            "hub/absent",
            self.subject(),
            format!(
                "account {owner} has no hub {id}: it does not exist, or it belongs to another account"
            ),
            "correct `id` of the hub, or set `owner` of the interconnect to the account that owns it",
        )
    }

    fn told(&self, hub: &HubRecord) -> Finding {
        let routers: Vec<String> = self
            .regions()
            .into_iter()
            .filter_map(|region| Some((region, self.router(region)?)))
            .map(|(region, router)| {
                let tables = |kind| {
                    let tables = chosen_tables(self.interconnect, region, kind, self.context.found);
                    listed(tables)
                };
                format!(
                    "; in {region} router {}, which routes by table {} and learns into {}",
                    router.id,
                    tables(LearningKind::Association),
                    tables(LearningKind::Propagation),
                )
            })
            .collect();
        let name = match hub.name.as_str() {
            "" => String::new(),
            name => format!(" ({name})"),
        };
        Finding::note(
            "hub/used",
            self.subject(),
            format!(
                "hub {}{name} exists and is used: it is neither changed nor deleted{}",
                hub.id,
                routers.concat()
            ),
        )
    }

    fn no_router(&self, region: &Region) -> Finding {
        let (id, subject) = (&self.hub.id, self.subject());
        let there = self.routers_in(region);
        let named = self
            .interconnect
            .router(region)
            .and_then(|router| router.id.as_ref());
        match (named, there) {
            (Some(named), Some(there)) => Finding::error(
                "hub/no-router",
                subject,
                format!("hub {id} has router {there} in region {region}, and not {named}"),
                format!("set `id` of the router of {region} to `{there}`, or leave it out"),
            ),
            (Some(named), None) => Finding::error(
                "hub/no-router",
                subject,
                format!("hub {id} has no router {named} in region {region}"),
                "correct `id` of the router, or ask the owner of the hub",
            ),
            (None, _) => Finding::error(
                "hub/no-router",
                subject,
                format!(
                    "hub {id} has no router in region {region}, so no network there can be attached"
                ),
                "ask the owner of the hub for one, or set `create-routers: true` under `hub`: Landbridge then creates one \
                 in this topology's name",
            ),
        }
    }

    fn routers_in(&self, region: &Region) -> Option<&HubId> {
        let inventories = self.context.observation.inventories.iter();
        let mut hubs = inventories.flat_map(|inventory| &inventory.hubs);
        let parent = Some(self.hub.id.clone());
        let scope = HubScope::Regional { parent };
        let it = hubs.find(|hub| hub.scope == scope && hub.region.as_ref() == Some(region));
        it.map(|hub| &hub.id)
    }

    fn tables(&self, region: &Region, router: &HubRecord, findings: &mut Vec<Finding>) {
        for kind in [LearningKind::Association, LearningKind::Propagation] {
            for name in named_tables(self.interconnect, region, kind) {
                if table_called(router, name).is_none() {
                    findings.push(self.no_table(region, router, kind, name));
                }
            }
        }
    }

    fn no_table(
        &self,
        region: &Region,
        router: &HubRecord,
        kind: LearningKind,
        name: &str,
    ) -> Finding {
        let there: Vec<&RouteTableId> = router.tables_called(name).collect();
        let problem = match there.is_empty() {
            true => {
                let tables = router.tables.iter();
                let tables = tables.map(|table| match table.name.as_str() {
                    "" => table.id.to_string(),
                    name => format!("{} ({name})", table.id),
                });
                let tables: Vec<String> = tables.collect();
                format!("has no route table `{name}`; it has {}", tables.join(", "))
            }
            false => format!(
                "has several route tables called `{name}`: {}",
                listed(there)
            ),
        };
        Finding::error(
            "hub/no-table",
            self.subject(),
            format!("router {} of region {region} {problem}", router.id),
            format!("set `{kind}` of {region} to the ID of a route table that it has"),
        )
    }

    fn attachment(&self, network: &Network, findings: &mut Vec<Finding>) {
        let key = ObjectKey::attachment(&self.interconnect.name, &network.name);
        let Some(at) = self.context.found.peerings.get(&key) else {
            return;
        };
        let subject = format!("network {}", network.name);
        let id = &at.record.id;
        if at.ours {
            self.ours(network, &at.record, subject, findings);
            return;
        }
        let whose = whose(at.record.owner.as_ref());
        findings.push(Finding::note(
            "attachment/used",
            &subject,
            format!(
                "{id} attaches it to {} already and was made by {whose}: it is used as it is, with its subnets and route \
                 tables, and not deleted",
                at.record.accepter.id()
            ),
        ));
        if !at.record.status.is_ready() {
            findings.push(Finding::error(
                "attachment/not-ready",
                subject,
                format!("{id}, which {whose} made, has status {}", at.record.status),
                "wait until it is ready, then plan again",
            ));
            return;
        }
        for kind in [LearningKind::Association, LearningKind::Propagation] {
            findings.extend(self.lacks(network, &at.record, kind));
        }
    }

    // What the attachment of others lacks: the tables that the topology names, or any at all.
    fn lacks(
        &self,
        network: &Network,
        attachment: &PeeringRecord,
        kind: LearningKind,
    ) -> Option<Finding> {
        let there = self.learned(attachment, kind);
        let is_named = !named_tables(self.interconnect, &network.region, kind).is_empty();
        let wanted = chosen_tables(self.interconnect, &network.region, kind, self.context.found);
        let missing: Vec<&RouteTableId> = match is_named {
            true => wanted
                .into_iter()
                .filter(|table| !there.contains(table))
                .collect(),
            false if there.is_empty() => wanted,
            false => Vec::new(),
        };
        if missing.is_empty() {
            return None;
        }
        let (id, tables) = (&attachment.id, listed(missing));
        let (problem, consequence) = match (kind, there.first()) {
            (LearningKind::Association, Some(other)) => (
                format!("is associated with route table {other}, and not with {tables}"),
                "so its packets are routed otherwise than the topology says",
            ),
            (LearningKind::Association, None) => (
                format!("is not associated with route table {tables}"),
                "so the hub drops packets that come from it",
            ),
            (LearningKind::Propagation, _) => (
                format!("does not propagate its routes into route table {tables}"),
                "so others find no way to it",
            ),
        };
        Some(Finding::error(
            "attachment/learning",
            format!("network {}", network.name),
            format!("{id} was made by others and {problem}, {consequence}"),
            format!(
                "ask the owner of the hub for the {kind}; or name the route tables in use under `routers` of the hub, or \
                 delete {id} so that Landbridge attaches the network"
            ),
        ))
    }

    fn learned(&self, attachment: &PeeringRecord, kind: LearningKind) -> Vec<&RouteTableId> {
        let all = self.context.found.learning_of(&attachment.id);
        let learning = all.map(|(_, at)| &at.record.learning);
        learning
            .filter(|one| one.kind == kind)
            .map(|one| &one.table)
            .collect()
    }

    // Which tables an attachment of ours is associated with or learned by may be changed by others, or in the topology.
    fn ours(
        &self,
        network: &Network,
        attachment: &PeeringRecord,
        subject: String,
        findings: &mut Vec<Finding>,
    ) {
        let id = &attachment.id;
        let other_than_chosen = |kind| {
            let chosen =
                chosen_tables(self.interconnect, &network.region, kind, self.context.found);
            let mut there = self.learned(attachment, kind);
            there.retain(|table| !chosen.contains(table));
            (there, listed(chosen))
        };
        let (other, chosen) = other_than_chosen(LearningKind::Association);
        if !other.is_empty() {
            findings.push(Finding::error(
                "attachment/other-table",
                &subject,
                format!(
                    "{id} is associated with route table {}; the topology says {chosen}",
                    listed(other)
                ),
                format!(
                    "set `association` of {} to the table in use; or remove the network from the interconnect, apply, add \
                     it back and apply again",
                    network.region
                ),
            ));
        }
        let (other, _) = other_than_chosen(LearningKind::Propagation);
        if !other.is_empty() {
            findings.push(Finding::note(
                "attachment/more-tables",
                subject,
                format!(
                    "{id} also propagates its routes into {}, which the topology does not name; this is left as it is",
                    listed(other)
                ),
            ));
        }
    }

    fn grant(&self, network: &Network, findings: &mut Vec<Finding>) {
        let of = Attached {
            to: self.interconnect.name.clone(),
            member: MemberKey::Network(network.name.clone()),
        };
        let Some(at) = self.context.found.grants.get(&ObjectKey::Grant(of)) else {
            return;
        };
        if at.ours {
            return;
        }
        let (grant, _) = &at.record;
        let payer = grant
            .payer
            .map(|payer| format!("; {payer}"))
            .unwrap_or_default();
        findings.push(Finding::note(
            "grant/used",
            format!("network {}", network.name),
            format!(
                "{} is granted to {} already{payer}: the grant is used as it is, and not revoked",
                grant.member, grant.hub
            ),
        ));
    }

    fn links(&self, findings: &mut Vec<Finding>) {
        let regions: Vec<&Region> = self.regions().into_iter().collect();
        for (index, left) in regions.iter().enumerate() {
            for right in &regions[index + 1..] {
                findings.extend(self.link(left, right));
            }
        }
    }

    fn link(&self, left: &Region, right: &Region) -> Option<Finding> {
        let name = &self.interconnect.name;
        let key = ObjectKey::Link(Pair::new(name, left.as_str(), right.as_str()));
        if let Some(at) = self.context.found.peerings.get(&key) {
            return (!at.ours).then(|| {
                let id = &at.record.id;
                Finding::note(
                    "link/used",
                    self.subject(),
                    format!("{id} connects {left} and {right} already: it is used as it is, and not deleted"),
                )
            });
        }
        let (from, to) = (self.router(left)?, self.router(right)?);
        if self.hub.create_routers || self.leads(&from.id, &to.id) {
            return None;
        }
        Some(Finding::error(
            "hub/no-link",
            self.subject(),
            format!(
                "hub {} does not connect regions {left} and {right}, so their networks cannot reach each other",
                self.hub.id
            ),
            "ask the owner of the hub for a connection between the two regions, or set `create-routers: true` under `hub`: \
             Landbridge then creates one in this topology's name",
        ))
    }

    // Whether connections between regions lead from one router to another, over whichever routers.
    fn leads(&self, from: &HubId, to: &HubId) -> bool {
        let inventories = self.context.observation.inventories.iter();
        let peerings = inventories.flat_map(|inventory| &inventory.peerings);
        let links = peerings.filter(|peering| peering.kind == PeeringKind::HubToHub);
        let pairs: Vec<(&str, &str)> = links.map(ends).collect();
        let mut reached = BTreeSet::from([from.as_str()]);
        loop {
            let known = reached.len();
            for (one, other) in &pairs {
                if reached.contains(one) || reached.contains(other) {
                    reached.extend([*one, *other]);
                }
            }
            if reached.contains(to.as_str()) || reached.len() == known {
                return reached.contains(to.as_str());
            }
        }
    }
}

fn ends(link: &PeeringRecord) -> (&str, &str) {
    let id = Endpoint::id;
    (id(&link.requester), id(&link.accepter))
}

fn whose(owner: Option<&Owner>) -> String {
    match owner {
        Some(owner) => format!("topology {}", owner.topology),
        None => "others".to_owned(),
    }
}

fn listed<'a>(tables: impl IntoIterator<Item = &'a RouteTableId>) -> String {
    let names: Vec<&str> = tables.into_iter().map(RouteTableId::as_str).collect();
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    }
}
