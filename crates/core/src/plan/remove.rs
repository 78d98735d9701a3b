use std::collections::BTreeSet;

use super::builder::Wanted;
use super::edge::member_domain;
use super::found::{At, Found};
use super::{Op, Step, StepKey};
use crate::ids::{HubId, PeeringId, Place};
use crate::observation::Observation;
use crate::traits::{
    Endpoint, HubScope, Member, NextHop, PeeringKind, PeeringRecord, RevokeGrant, RouteOrigin,
    RuleRecord,
};

/// Steps that delete what is the topology's and not wanted, in the order of their dependencies: users of a thing
/// before the thing.
pub(super) fn unwanted(observation: &Observation, found: &Found, wanted: &Wanted) -> Vec<Step> {
    let mut removal = Removal {
        observation,
        found,
        wanted,
        steps: Vec::new(),
    };
    removal.instances();
    removal.rules();
    removal.groups();
    removal.routes();
    removal.learning();
    removal.peerings(PeeringKind::HubToHub);
    removal.peerings(PeeringKind::NetworkToNetwork);
    removal.peerings(PeeringKind::Attachment);
    removal.grants();
    removal.hubs();
    removal.subnets();
    removal.networks();
    removal.steps
}

struct Removal<'a> {
    observation: &'a Observation,
    found: &'a Found,
    wanted: &'a Wanted,
    steps: Vec<Step>,
}

impl Removal<'_> {
    fn push(
        &mut self,
        object: &str,
        op: Op,
        place: &Place,
        after: Vec<String>,
        domain: Option<String>,
    ) {
        let permissions = self
            .observation
            .capabilities
            .get(&place.cloud)
            .map(|capabilities| capabilities.permissions_of(op.kind(), self.is_at_edge(&op)))
            .unwrap_or_default();
        self.steps.push(Step {
            key: StepKey::delete(object),
            op,
            place: place.clone(),
            depends_on: after.iter().map(|key| StepKey::delete(key)).collect(),
            domain,
            permissions,
            existing: None,
        });
    }

    fn is_at_edge(&self, op: &Op) -> bool {
        match op {
            Op::RevokeGrant { grant } => self.found.is_edge(&grant.hub),
            Op::DeleteHub { id } => self.found.is_edge(id),
            op => op.is_at_edge(),
        }
    }

    fn goes(&self, key: &str) -> bool {
        !self.wanted.keys.contains(key)
    }

    fn instances(&mut self) {
        for (key, at) in &self.found.instances {
            if self.goes(key) {
                let op = Op::TerminateInstance {
                    id: at.record.id.clone(),
                };
                self.push(key, op, &at.place, vec![], None);
            }
        }
    }

    // Only rules that carry the topology's mark; groups that go take theirs with them.
    fn rules(&mut self) {
        for (key, at) in &self.found.groups {
            let Some(wanted) = self
                .wanted
                .rules
                .get(&at.record.id)
                .filter(|_| !self.goes(key))
            else {
                continue;
            };
            let ours = |record: &&RuleRecord| {
                let owner = at.record.owner.as_ref().map(|owner| &owner.topology);
                record.topology.as_ref() == owner
            };
            let records = self.found.rules.get(&at.record.id).into_iter().flatten();
            let rules: Vec<RuleRecord> = records
                .filter(ours)
                .filter(|record| !wanted.iter().any(|rule| rule.same_as(&record.rule)))
                .cloned()
                .collect();
            if !rules.is_empty() {
                let op = Op::RevokeRules {
                    group: at.record.id.clone(),
                    rules,
                };
                let rules_key = key.replacen("group/", "rules/", 1);
                self.push(&rules_key, op, &at.place, vec![], Some(key.clone()));
            }
        }
    }

    fn groups(&mut self) {
        for (key, at) in &self.found.groups {
            if self.goes(key) {
                let id = &at.record.id;
                let after = self
                    .found
                    .instances_where(|instance| instance.groups.contains(id))
                    .cloned()
                    .collect();
                self.push(
                    key,
                    Op::DeleteGroup { id: id.clone() },
                    &at.place,
                    after,
                    Some(key.clone()),
                );
            }
        }
    }

    fn routes(&mut self) {
        for (key, route) in &self.found.routes {
            let NextHop::Peering(next_hop) = &route.record.next_hop else {
                continue;
            };
            let stays = match self.wanted.next_hops.get(key) {
                Some(wanted) => wanted.as_ref() == Some(next_hop),
                None => false,
            };
            if !(route.ours || route.dead) || stays || route.record.origin != RouteOrigin::Custom {
                continue;
            }
            let op = Op::DeleteRoute {
                table: route.record.table.clone(),
                destination: route.record.destination,
                next_hop: next_hop.clone(),
            };
            let domain = Some(format!("routes/{}", route.network));
            self.push(key, op, &route.place, vec![], domain);
        }
    }

    fn learning(&mut self) {
        for (key, at) in &self.found.learning {
            if !self.goes(key) {
                continue;
            }
            let op = Op::DisableLearning {
                learning: at.record.learning.clone(),
            };
            let domain = self.found.peering_domain(&at.record.learning.peering);
            self.push(key, op, &at.place, vec![], domain);
        }
    }

    fn peerings(&mut self, kind: PeeringKind) {
        for (key, at) in &self.found.peerings {
            if at.record.kind != kind || !self.goes(key) {
                continue;
            }
            let id = &at.record.id;
            let edge = self.found.edge_hub_of(&at.record);
            // A border router goes after the routes that lead to it through the members' attachments.
            let line = edge
                .as_ref()
                .filter(|_| matches!(at.record.requester, Endpoint::BorderRouter { .. }));
            let routes = self.found.routes.iter().filter(|(_, route)| {
                let NextHop::Peering(next_hop) = &route.record.next_hop else {
                    return false;
                };
                route.record.origin == RouteOrigin::Custom
                    && (next_hop == id
                        || line.is_some() && self.edge_behind(next_hop).as_ref() == line)
            });
            let learning = self
                .found
                .learning
                .iter()
                .filter(|(_, at)| at.record.learning.peering == *id);
            let after = routes
                .map(|(key, _)| key.clone())
                .chain(learning.map(|(key, _)| key.clone()))
                .collect();
            let domain = self.found.peering_domain(id);
            let op = Op::DeletePeering {
                id: id.clone(),
                kind,
                edge,
            };
            self.push(key, op, &at.place, after, domain);
        }
    }

    fn edge_behind(&self, id: &PeeringId) -> Option<HubId> {
        let at = self.found.peerings.get(self.found.peering_key(id)?)?;
        self.found.edge_hub_of(&at.record)
    }

    fn grants(&mut self) {
        for (key, at) in &self.found.grants {
            if !self.goes(key) {
                continue;
            }
            let (grant, member) = &at.record;
            let attachments =
                self.peerings_where(|peering| peering.requester.id() == grant.member.id());
            let request =
                RevokeGrant::new(member.clone(), grant.hub.clone(), grant.hub_account.clone());
            let domain = Some(member_domain(key.rsplit('/').next().unwrap_or_default()));
            self.push(
                key,
                Op::RevokeGrant { grant: request },
                &at.place,
                attachments,
                domain,
            );
        }
    }

    fn peerings_where(&self, test: impl Fn(&PeeringRecord) -> bool) -> Vec<String> {
        self.found
            .peerings
            .iter()
            .filter(|(_, at)| test(&at.record))
            .map(|(key, _)| key.clone())
            .collect()
    }

    // Regional hubs before global ones: the others' keys are longer, so the order of keys is turned round.
    fn hubs(&mut self) {
        let going: Vec<(&String, &At<_>)> = self
            .found
            .hubs
            .iter()
            .filter(|(key, _)| self.goes(key))
            .collect();
        for (key, at) in going.into_iter().rev() {
            let id = &at.record.id;
            let mut after = self.peerings_where(|peering| {
                [&peering.requester, &peering.accepter]
                    .into_iter()
                    .any(|end| end.id() == id.as_str())
            });
            if at.record.scope == HubScope::Global {
                let children = self.found.hubs.iter().filter(|(_, child)| {
                    child.record.scope
                        == HubScope::Regional {
                            parent: Some(id.clone()),
                        }
                });
                after.extend(children.map(|(key, _)| key.clone()));
            }
            let granted = self
                .found
                .grants
                .iter()
                .filter(|(_, grant)| grant.record.0.hub == *id);
            after.extend(granted.map(|(key, _)| key.clone()));
            let domain = match key.split('/').nth(1) {
                Some(name) if key.starts_with("hub/") => Some(format!("hub/{name}")),
                _ => Some(key.clone()),
            };
            self.push(
                key,
                Op::DeleteHub { id: id.clone() },
                &at.place,
                after,
                domain,
            );
        }
    }

    fn subnets(&mut self) {
        for (key, at) in &self.found.subnets {
            if !self.goes(key) || !self.found.made(at.record.owner.as_ref()) {
                continue;
            }
            let id = &at.record.id;
            let mut after: Vec<String> = self
                .found
                .instances_where(|instance| instance.subnet.as_ref() == Some(id))
                .cloned()
                .collect();
            after.extend(
                self.peerings_where(|peering| {
                    peering.subnets.iter().any(|(_, subnet)| subnet == id)
                }),
            );
            let domain = self
                .found
                .network_name(&at.record.network)
                .map(|name| format!("network/{name}"));
            self.push(
                key,
                Op::DeleteSubnet { id: id.clone() },
                &at.place,
                after,
                domain,
            );
        }
    }

    fn networks(&mut self) {
        for (key, at) in &self.found.networks {
            if !self.goes(key) || !self.found.made(at.record.owner.as_ref()) {
                continue;
            }
            let id = &at.record.id;
            let mut after: BTreeSet<String> = BTreeSet::new();
            after.extend(self.peerings_where(|peering| {
                [&peering.requester, &peering.accepter].into_iter().any(
                    |end| matches!(end, Endpoint::Network { id: network, .. } if network == id),
                )
            }));
            let groups = self
                .found
                .groups
                .iter()
                .filter(|(_, at)| at.record.network.as_ref() == Some(id));
            after.extend(groups.map(|(key, _)| key.clone()));
            let subnets = self
                .found
                .subnets
                .iter()
                .filter(|(_, at)| at.record.network == *id);
            after.extend(subnets.map(|(key, _)| key.clone()));
            let granted = self
                .found
                .grants
                .iter()
                .filter(|(_, at)| at.record.0.member == Member::Network(id.clone()));
            after.extend(granted.map(|(key, _)| key.clone()));
            self.push(
                key,
                Op::DeleteNetwork { id: id.clone() },
                &at.place,
                after.into_iter().collect(),
                None,
            );
        }
    }
}
