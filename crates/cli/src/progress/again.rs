//! How often steps were refused, and with what: a wall of the same refusals tells nothing.

use std::collections::BTreeMap;

use landbridge_core::plan::StepKey;

/// The refusals of the steps under way.
#[derive(Debug, Default)]
pub(super) struct Again(BTreeMap<StepKey, Refusals>);

#[derive(Debug, Default)]
struct Refusals {
    count: usize,
    last: String,
}

impl Again {
    /// Notes a refusal; whether it says something else than the step's last one.
    pub(super) fn note(&mut self, key: &StepKey, reason: &str) -> bool {
        let refusals = self.0.entry(key.clone()).or_default();
        refusals.count += 1;
        let reason = without_request(reason);
        let is_new = refusals.last != reason;
        reason.clone_into(&mut refusals.last);
        is_new
    }

    /// How often the step was refused so far.
    pub(super) fn count(&self, key: &StepKey) -> usize {
        self.0.get(key).map_or(0, |refusals| refusals.count)
    }

    /// What is told of a step that has ended: `, after 3 refusals`.
    pub(super) fn ended(&mut self, key: &StepKey) -> String {
        match self.0.remove(key).map_or(0, |refusals| refusals.count) {
            0 => String::new(),
            1 => ", after 1 refusal".to_owned(),
            count => format!(", after {count} refusals"),
        }
    }
}

// Each answer has a request ID of its own.
fn without_request(reason: &str) -> &str {
    reason.split(" [request ").next().unwrap_or(reason)
}
