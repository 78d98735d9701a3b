use std::collections::BTreeSet;

use super::builder::Wanted;
use super::foreign_rules::comes_with_group;
use super::found::{At, Found};
use super::{Op, PlanOptions, Step, StepKey};
use crate::ids::{AccountId, GroupId, HubId, PeeringId, Place};
use crate::object::{Delete, ObjectKey, grant, learning, peering, range, route, rules};
use crate::observation::Observation;
use crate::traits::{
    Endpoint, GrantRecord, GroupRecord, HubScope, Member, NextHop, PeeringKind, PeeringRecord,
    RouteOrigin, RulePeer, RuleRecord,
};

/// Steps that delete what is the topology's and not wanted, in the order of their dependencies: users of a thing
/// before the thing.
pub(super) fn unwanted(
    observation: &Observation,
    found: &Found,
    wanted: &Wanted,
    going: &BTreeSet<ObjectKey>,
    options: &PlanOptions,
) -> Vec<Step> {
    let mut removal = Removal {
        observation,
        found,
        wanted,
        going,
        options,
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
    removal.ranges();
    removal.networks();
    removal.steps
}

struct Removal<'a> {
    observation: &'a Observation,
    found: &'a Found,
    wanted: &'a Wanted,
    /// What is to be made anew.
    going: &'a BTreeSet<ObjectKey>,
    options: &'a PlanOptions,
    steps: Vec<Step>,
}

impl Removal<'_> {
    fn push(
        &mut self,
        object: &ObjectKey,
        op: impl Into<Op>,
        place: &Place,
        after: Vec<ObjectKey>,
    ) {
        let key = StepKey::delete(object.clone());
        let mut step = Step::new(key, op.into(), place.clone(), self.observation);
        step.depends_on = after.into_iter().map(StepKey::delete).collect();
        self.steps.push(step);
    }

    // What the owner of another account still uses goes when that owner lets go of it: the last step does not wait for it.
    fn waits_for_nobody(&mut self, account: &AccountId) {
        let step = self.steps.last_mut();
        if let Some(step) = step.filter(|_| self.found.elsewhere.contains(account)) {
            step.alone = true;
        }
    }

    fn goes(&self, key: &ObjectKey) -> bool {
        self.going.contains(key) || !self.wanted.keys.contains(key)
    }

    fn instances(&mut self) {
        for (key, at) in self.found.instances.ours() {
            if self.goes(key) {
                let id = at.record.id.clone();
                self.push(key, Op::TerminateInstance(Delete { id }), &at.place, vec![]);
            }
        }
    }

    // Only rules that carry the topology's mark, unless others' are pruned; groups that go take theirs with them.
    fn rules(&mut self) {
        for (key, at) in self.found.groups.iter() {
            if at.ours && self.goes(key) {
                continue;
            }
            let ObjectKey::Group { firewall, network } = key else {
                continue;
            };
            let wanted = self.wanted.rules.get(&at.record.id);
            let stays = |record: &RuleRecord| {
                let mut wanted = wanted.into_iter().flatten();
                wanted.any(|rule| rule.same_as(&record.rule))
            };
            let records = self.found.rules.get(&at.record.id).into_iter().flatten();
            let rules: Vec<RuleRecord> = records
                .filter(|record| match self.found.has_mark(record) {
                    true => !stays(record),
                    false => at.ours && self.is_pruned(record),
                })
                .cloned()
                .collect();
            if !rules.is_empty() {
                let group = at.record.id.clone();
                let op = rules::Revoke { group, rules };
                self.push(&ObjectKey::rules(firewall, network), op, &at.place, vec![]);
            }
        }
    }

    // With consent, what others added to groups of ours. The mark of another topology stands for its owner.
    fn is_pruned(&self, record: &RuleRecord) -> bool {
        self.options.prune && record.topology.is_none() && !comes_with_group(record)
    }

    fn groups(&mut self) {
        for (key, at) in self.found.groups.ours() {
            if self.goes(key) {
                self.group(key, at);
            }
        }
        for (key, at) in &self.found.displaced {
            let stays = self.members(&at.record.id).any(|member| !self.goes(member));
            if !stays {
                self.group(key, at);
            }
        }
    }

    fn members<'a>(&'a self, id: &'a GroupId) -> impl Iterator<Item = &'a ObjectKey> {
        let instances = &self.found.instances;
        instances.keys_where(|instance| instance.groups.contains(id))
    }

    fn group(&mut self, key: &ObjectKey, at: &At<GroupRecord>) {
        let id = at.record.id.clone();
        let mut after: Vec<ObjectKey> = self.members(&id).cloned().collect();
        // A rule in a group of others that names this one keeps it.
        let names_it = |record: &RuleRecord| matches!(&record.rule.peer, RulePeer::Group { id: peer, .. } if *peer == id);
        let revoking = self.steps.iter().filter(|step| match &step.op {
            Op::RevokeRules(revoke) => revoke.rules.iter().any(names_it),
            _ => false,
        });
        after.extend(revoking.map(|step| step.key.object().clone()));
        self.push(key, Op::DeleteGroup(Delete { id }), &at.place, after);
    }

    fn routes(&mut self) {
        for (key, route) in &self.found.routes {
            let (NextHop::Peering(next_hop), Some(destination)) =
                (&route.record.next_hop, route.record.destination.range())
            else {
                continue;
            };
            let wanted = self.wanted.next_hops.get(key);
            let stays = wanted.is_some_and(|wanted| wanted.as_ref() == Some(next_hop));
            let may_go = (route.ours || route.dead) && (!route.foreign || self.options.prune);
            if !may_go || stays || route.record.origin != RouteOrigin::Custom {
                continue;
            }
            let op = route::Delete {
                table: route.record.table.clone(),
                destination,
                next_hop: next_hop.clone(),
                marked: route.record.mark.is_some(),
            };
            self.push(key, op, &route.place, vec![]);
        }
    }

    // Route learning goes with what it is of. That others let more tables learn from an attachment of ours is their choice.
    fn learning(&mut self) {
        for (key, at) in &self.found.learning {
            let of = self.found.peerings.key_of(&at.record.learning.peering);
            if at.ours && of.is_some_and(|of| self.goes(of)) {
                let learning = at.record.learning.clone();
                self.push(key, learning::Disable { learning }, &at.place, vec![]);
            }
        }
    }

    fn peerings(&mut self, kind: PeeringKind) {
        for (key, at) in self.found.peerings.ours() {
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
            // As long as a member is attached, its ranges are known, and so are the routes of the others to it.
            let routes = routes.map(|(key, _)| key.clone());
            let to_it = self
                .routes_in(key)
                .filter(|_| kind == PeeringKind::Attachment);
            let learning = self.found.learning.iter();
            let learning = learning.filter(|(_, at)| at.record.learning.peering == *id);
            let after = routes
                .chain(to_it)
                .chain(learning.map(|(key, _)| key.clone()))
                .collect();
            let op = peering::Delete {
                id: id.clone(),
                kind,
                edge,
            };
            self.push(key, op, &at.place, after);
            self.waits_for_nobody(at.record.requester.account());
        }
    }

    /// The routes over what the topology made for an interconnect.
    fn routes_in(&self, peering: &ObjectKey) -> impl Iterator<Item = ObjectKey> {
        let interconnect = peering.carried().interconnect();
        let routes = self.found.routes.iter().filter(move |(_, route)| {
            let NextHop::Peering(next_hop) = &route.record.next_hop else {
                return false;
            };
            let over = self.found.peerings.key_of(next_hop);
            let over = over.map(ObjectKey::carried);
            over.and_then(ObjectKey::interconnect) == interconnect && route.ours
        });
        routes.map(|(key, _)| key.clone())
    }

    fn edge_behind(&self, id: &PeeringId) -> Option<HubId> {
        let at = self.found.peerings.by_id(id)?;
        self.found.edge_hub_of(&at.record)
    }

    fn grants(&mut self) {
        for (key, at) in &self.found.grants {
            if !at.ours || !self.goes(key) {
                continue;
            }
            let (record, member) = &at.record;
            let after = self.peerings_where(|peering| peering.requester.id() == record.member.id());
            let op = grant::Revoke {
                member: member.clone(),
                hub: record.hub.clone(),
                hub_account: record.hub_account.clone(),
                edge: self.found.is_edge(&record.hub),
            };
            self.push(key, op, &at.place, after);
            self.waits_for_nobody(&record.hub_account);
        }
    }

    fn peerings_where(&self, test: impl Fn(&PeeringRecord) -> bool) -> Vec<ObjectKey> {
        self.found.peerings.keys_where(test).cloned().collect()
    }

    // Regional hubs before global ones: that is the order of keys turned round.
    fn hubs(&mut self) {
        for (key, at) in self.found.hubs.ours().rev() {
            if !self.goes(key) {
                continue;
            }
            let id = &at.record.id;
            let mut after = self.peerings_where(|peering| {
                let ends = [&peering.requester, &peering.accepter];
                ends.into_iter().any(|end| end.id() == id.as_str())
            });
            if at.record.scope == HubScope::Global {
                let parent = Some(id.clone());
                let child = HubScope::Regional { parent };
                let children = self.found.hubs.keys_where(|hub| hub.scope == child);
                after.extend(children.cloned());
            }
            after.extend(self.granted(|grant| grant.record.0.hub == *id));
            let op = Op::DeleteHub(Delete { id: id.clone() });
            self.push(key, op, &at.place, after);
        }
    }

    fn granted(
        &self,
        test: impl Fn(&At<(GrantRecord, Endpoint)>) -> bool,
    ) -> impl Iterator<Item = ObjectKey> {
        let grants = self.found.grants.iter();
        grants
            .filter(move |(_, grant)| test(grant))
            .map(|(key, _)| key.clone())
    }

    fn subnets(&mut self) {
        for (key, at) in self.found.subnets.ours() {
            if !self.goes(key) {
                continue;
            }
            let id = &at.record.id;
            let instances = &self.found.instances;
            let in_it = instances.keys_where(|instance| instance.subnet.as_ref() == Some(id));
            let mut after: Vec<ObjectKey> = in_it.cloned().collect();
            after.extend(self.peerings_where(|peering| {
                let mut subnets = peering.subnets.iter();
                subnets.any(|(_, subnet)| subnet == id)
            }));
            let op = Op::DeleteSubnet(Delete { id: id.clone() });
            self.push(key, op, &at.place, after);
        }
    }

    // Those that the caller let go, after all that is in them or leads to them. A network that goes takes its own with it.
    fn ranges(&mut self) {
        for key in self.going {
            let ObjectKey::Range { network, range } = key else {
                continue;
            };
            let of = ObjectKey::network(network);
            let Some(at) = self.found.networks.get(&of).filter(|_| !self.goes(&of)) else {
                continue;
            };
            let in_it = self.found.subnets.keys_where(|subnet| {
                subnet.network == at.record.id && range.contains(&subnet.range)
            });
            let routes = self.found.routes.keys().filter(|key| match key {
                ObjectKey::Route { destination, .. } => {
                    range.contains(destination) || destination.contains(range)
                }
                _ => false,
            });
            let after = in_it.chain(routes).cloned().collect();
            let op = range::Delete {
                network: at.record.id.clone(),
                range: *range,
            };
            self.push(key, op, &at.place, after);
        }
    }

    fn networks(&mut self) {
        for (key, at) in self.found.networks.ours() {
            if !self.goes(key) {
                continue;
            }
            let id = &at.record.id;
            let joins =
                |end: &Endpoint| matches!(end, Endpoint::Network { id: it, .. } if it == id);
            let mut after = self
                .peerings_where(|peering| joins(&peering.requester) || joins(&peering.accepter));
            let groups = &self.found.groups;
            after.extend(
                groups
                    .keys_where(|group| group.network.as_ref() == Some(id))
                    .cloned(),
            );
            let subnets = &self.found.subnets;
            after.extend(subnets.keys_where(|subnet| subnet.network == *id).cloned());
            after
                .extend(self.granted(|grant| grant.record.0.member == Member::Network(id.clone())));
            let op = Op::DeleteNetwork(Delete { id: id.clone() });
            self.push(key, op, &at.place, after);
        }
    }
}
