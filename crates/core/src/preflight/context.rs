//! What the checks of a preflight look at, and what they look up in it again and again.

use std::collections::{HashMap, HashSet};

use crate::ids::GroupId;
use crate::observation::Observation;
use crate::plan::{Adoptable, Found, Op, Plan, PlanOptions};
use crate::topology::{Edge, Interconnect, Topology};
use crate::traits::{NotUnderstood, RuleRecord};

/// A topology, what was observed, and what the plan makes of both.
pub(super) struct Context<'a> {
    pub(super) topology: &'a Topology,
    pub(super) observation: &'a Observation,
    pub(super) options: &'a PlanOptions,
    /// What is there and stays.
    pub(super) found: &'a Found,
    /// The same with what the plan makes anew.
    pub(super) all: &'a Found,
    /// What would be written.
    pub(super) plan: &'a Plan,
    /// What looks like the topology's and lost its tags.
    pub(super) lost: &'a [Adoptable],
    known: Known<'a>,
}

/// What was looked up once for all checks.
struct Known<'a> {
    /// The interconnects of each network.
    interconnects: HashMap<&'a str, Vec<&'a Interconnect>>,
    /// The edges of each network.
    edges: HashMap<&'a str, Vec<&'a Edge>>,
    /// The IDs of what the plan deletes.
    goes: HashSet<&'a str>,
    /// The rules that the plan takes out of groups.
    revoked: HashMap<&'a GroupId, Vec<&'a RuleRecord>>,
    /// The IDs of what lost its tags.
    lost: HashSet<&'a str>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        (topology, observation, options): (&'a Topology, &'a Observation, &'a PlanOptions),
        (found, all): (&'a Found, &'a Found),
        plan: &'a Plan,
        lost: &'a [Adoptable],
    ) -> Self {
        let mut known = Known {
            interconnects: HashMap::new(),
            edges: HashMap::new(),
            goes: plan.deleted().collect(),
            revoked: HashMap::new(),
            lost: lost.iter().map(|one| one.object.as_str()).collect(),
        };
        for interconnect in &topology.interconnects {
            by_member(
                &mut known.interconnects,
                interconnect,
                &interconnect.members,
            );
        }
        for edge in topology.wanted_edges() {
            by_member(&mut known.edges, edge, &edge.members);
        }
        for step in &plan.steps {
            if let Op::RevokeRules(gone) = &step.op {
                let rules = known.revoked.entry(&gone.group).or_default();
                rules.extend(&gone.rules);
            }
        }
        Self {
            topology,
            observation,
            options,
            found,
            all,
            plan,
            lost,
            known,
        }
    }

    /// The interconnects that a network is a member of, in the order of the topology.
    pub(super) fn interconnects_of(&self, network: &str) -> &[&'a Interconnect] {
        let known = self.known.interconnects.get(network);
        known.map_or(&[], Vec::as_slice)
    }

    /// The edges that a network is a member of, in the order of the topology.
    pub(super) fn edges_of(&self, network: &str) -> &[&'a Edge] {
        self.known.edges.get(network).map_or(&[], Vec::as_slice)
    }

    /// Whether an interconnect has both networks.
    pub(super) fn joined(&self, left: &str, right: &str) -> bool {
        let (left, right) = (self.interconnects_of(left), self.interconnects_of(right));
        left.iter()
            .any(|one| right.iter().any(|other| std::ptr::eq(*one, *other)))
    }

    /// Whether the plan deletes the object with this id.
    pub(super) fn goes(&self, id: impl AsRef<str>) -> bool {
        self.known.goes.contains(id.as_ref())
    }

    /// Whether what has this id looks like the topology's and lost its tags.
    pub(super) fn is_lost(&self, id: impl AsRef<str>) -> bool {
        self.known.lost.contains(id.as_ref())
    }

    /// Whether the plan takes a rule out of a group, or the group away.
    pub(super) fn revokes(&self, rule: &RuleRecord) -> bool {
        let mut revoked = self.known.revoked.get(&rule.group).into_iter().flatten();
        self.goes(&rule.group) || revoked.any(|gone| *gone == rule)
    }

    /// What a list held under this ID and was not understood.
    pub(super) fn not_understood(&self, id: &str) -> Option<&'a NotUnderstood> {
        let mut skipped = self.observation.not_understood();
        skipped.find(|skipped| skipped.id == id)
    }
}

fn by_member<'a, T>(known: &mut HashMap<&'a str, Vec<&'a T>>, thing: &'a T, members: &'a [String]) {
    for member in members {
        let things = known.entry(member).or_default();
        // A list may name a member twice.
        if !things.last().is_some_and(|last| std::ptr::eq(*last, thing)) {
            things.push(thing);
        }
    }
}
