use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use super::builder::Wanted;
use super::foreign_rules::comes_with_group;
use super::found::{At, Found};
use super::users::Using;
use super::{Op, PlanOptions, Step, StepKey};
use crate::ids::{AccountId, GroupId, HubId, PeeringId, Place};
use crate::object::{Delete, ObjectKey, grant, learning, peering, range, route, rules};
use crate::observation::Observation;
use crate::traits::{
    Endpoint, GroupRecord, HubScope, NextHop, PeeringKind, Phase, RouteOrigin, RulePeer, RuleRecord,
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
        using: OnceCell::new(),
        revoking: HashMap::new(),
        steps: Vec::new(),
    };
    removal.analyses();
    removal.instances();
    removal.agents();
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
    using: OnceCell<Using<'a>>,
    /// The steps that take out rules which name a group.
    revoking: HashMap<GroupId, Vec<StepKey>>,
    steps: Vec<Step>,
}

impl<'a> Removal<'a> {
    // Most plans delete nothing and need none of it.
    fn using(&self) -> &Using<'a> {
        self.using.get_or_init(|| Using::of(self.found))
    }

    fn push(&mut self, object: &ObjectKey, op: impl Into<Op>, place: &Place, after: Vec<StepKey>) {
        let key = StepKey::delete(object.clone());
        let mut step = Step::new(key, op.into(), place.clone(), self.observation);
        step.depends_on = after;
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
        self.going.contains(key) || self.wanted.keeps(key).is_none()
    }

    // Nothing wants one: a verification deletes what it asked for, and what it could not delete is left over.
    fn analyses(&mut self) {
        let observation = self.observation;
        let mut seen = BTreeSet::new();
        for inventory in &observation.inventories {
            for record in &inventory.analyses {
                let gone = record.status.phase == Phase::Deleting;
                if !gone && seen.insert(&record.id) {
                    let key = ObjectKey::Analysis(record.id.clone());
                    let id = record.id.clone();
                    let op = Op::DeleteAnalysis(Delete { id });
                    self.push(&key, op, &inventory.place, vec![]);
                }
            }
        }
    }

    fn instances(&mut self) {
        for (key, at) in self.found.instances.ours() {
            if self.goes(key) {
                let id = at.record.id.clone();
                self.push(key, Op::TerminateInstance(Delete { id }), &at.place, vec![]);
            }
        }
    }

    // What the agents of instances had.
    fn agents(&mut self) {
        for (key, at) in self.found.service_endpoints.ours() {
            if self.goes(key) {
                let id = at.record.id.clone();
                self.push(
                    key,
                    Op::DeleteServiceEndpoint(Delete { id }),
                    &at.place,
                    vec![],
                );
            }
        }
        for (key, at) in self.found.agent_roles.ours() {
            if self.goes(key) {
                let id = at.record.id.clone();
                let after = self.using().with_role(&id);
                self.push(key, Op::DeleteAgentRole(Delete { id }), &at.place, after);
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
                let key = ObjectKey::rules(firewall, network);
                for record in &rules {
                    if let RulePeer::Group { id, .. } = &record.rule.peer {
                        let steps = self.revoking.entry(id.clone()).or_default();
                        steps.push(StepKey::delete(key.clone()));
                    }
                }
                let group = at.record.id.clone();
                let op = rules::Revoke { group, rules };
                self.push(&key, op, &at.place, vec![]);
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
            let mut members = self.using().in_group(&at.record.id).into_iter();
            if members.all(|member| self.goes(member.object())) {
                self.group(key, at);
            }
        }
    }

    fn group(&mut self, key: &ObjectKey, at: &At<GroupRecord>) {
        let id = at.record.id.clone();
        let mut after = self.using().in_group(&id);
        // A rule in a group of others that names this one keeps it.
        let revoking = self.revoking.get(&id).into_iter().flatten();
        after.extend(revoking.cloned());
        self.push(key, Op::DeleteGroup(Delete { id }), &at.place, after);
    }

    fn routes(&mut self) {
        for (key, route) in &self.found.routes {
            let (NextHop::Peering(next_hop), Some(destination)) =
                (&route.record.next_hop, route.record.destination.range())
            else {
                continue;
            };
            let wanted = self.wanted.keeps(key);
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
            let mut after = self.using().routes_over(id);
            if line.is_some() {
                let hops = self.using().next_hops();
                let hops = hops.filter(|hop| self.edge_behind(hop).as_ref() == line);
                after.extend(hops.flat_map(|hop| self.using().routes_over(hop)));
            }
            // As long as a member is attached, its ranges are known, and so are the routes of the others to it.
            if kind == PeeringKind::Attachment {
                after.extend(self.using().routes_in(key.carried().interconnect()));
            }
            let learning = self.found.learning_of(id);
            after.extend(learning.map(|(key, _)| StepKey::delete(key.clone())));
            let op = peering::Delete {
                id: id.clone(),
                kind,
                edge,
            };
            self.push(key, op, &at.place, after);
            self.waits_for_nobody(at.record.requester.account());
        }
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
            let after = self.using().requested_by(record.member.id());
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

    // Regional hubs before global ones: that is the order of keys turned round.
    fn hubs(&mut self) {
        for (key, at) in self.found.hubs.ours().rev() {
            if !self.goes(key) {
                continue;
            }
            let id = &at.record.id;
            let mut after = self.using().joining(id.as_str());
            if at.record.scope == HubScope::Global {
                after.extend(self.using().parts_of(id));
            }
            after.extend(self.using().grants_to(id));
            let op = Op::DeleteHub(Delete { id: id.clone() });
            self.push(key, op, &at.place, after);
        }
    }

    fn subnets(&mut self) {
        for (key, at) in self.found.subnets.ours() {
            if !self.goes(key) {
                continue;
            }
            let id = &at.record.id;
            let after = self.using().in_subnet(id);
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
            let after = in_it.chain(routes).cloned().map(StepKey::delete).collect();
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
            let after = self.using().in_network(id);
            let op = Op::DeleteNetwork(Delete { id: id.clone() });
            self.push(key, op, &at.place, after);
        }
    }
}
