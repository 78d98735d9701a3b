//! Which steps may start: those whose dependencies are done. Which come first: those with the longest way to the end.

use std::collections::BTreeMap;

use crate::plan::{Plan, Step, StepKey};

/// The steps of a plan that are not done, by index. Its cost is proportional to the edges of the plan's graph.
#[derive(Debug)]
pub(super) struct Schedule {
    /// How many steps each step still waits for.
    missing: Vec<usize>,
    /// The steps that wait for each step.
    dependents: Vec<Vec<usize>>,
}

impl Schedule {
    /// The schedule of a plan, and the steps that may start at once.
    pub(super) fn of(plan: &Plan) -> (Self, Vec<usize>) {
        let steps = plan.steps.iter().enumerate();
        let indices: BTreeMap<&StepKey, usize> = steps.map(|(i, step)| (&step.key, i)).collect();
        let mut schedule = Self {
            missing: vec![0; plan.steps.len()],
            dependents: vec![Vec::new(); plan.steps.len()],
        };
        for (index, step) in plan.steps.iter().enumerate() {
            for key in &step.depends_on {
                schedule.missing[index] += 1;
                // A step that waits for what the plan does not have never starts.
                if let Some(dependency) = indices.get(key) {
                    schedule.dependents[*dependency].push(index);
                }
            }
        }
        let ready = schedule.ready();
        (schedule, ready)
    }

    /// For each step how long it and what must come after it take at least, where each step takes `weight`.
    pub(super) fn urgency(&self, plan: &Plan, weight: impl Fn(&Step) -> u64) -> Vec<u64> {
        let mut missing = self.missing.clone();
        let mut order = self.ready();
        let mut next = 0;
        while let Some(&index) = order.get(next) {
            next += 1;
            for &dependent in &self.dependents[index] {
                missing[dependent] -= 1;
                if missing[dependent] == 0 {
                    order.push(dependent);
                }
            }
        }
        let mut urgency = vec![0; plan.steps.len()];
        for &index in order.iter().rev() {
            let after = self.dependents[index].iter();
            let after = after.map(|dependent| urgency[*dependent]).max();
            urgency[index] = weight(&plan.steps[index]).saturating_add(after.unwrap_or(0));
        }
        urgency
    }

    fn ready(&self) -> Vec<usize> {
        let steps = 0..self.missing.len();
        steps.filter(|index| self.missing[*index] == 0).collect()
    }

    /// The steps that may start now that this one is done.
    pub(super) fn done(&mut self, index: usize) -> Vec<usize> {
        let dependents = std::mem::take(&mut self.dependents[index]);
        let mut last = |dependent: &usize| {
            self.missing[*dependent] -= 1;
            self.missing[*dependent] == 0
        };
        dependents
            .into_iter()
            .filter(|dependent| last(dependent))
            .collect()
    }
}
