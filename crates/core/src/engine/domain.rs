//! Conflict domains: of all steps in one, one writes at a time, unless the cloud takes several in one call.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::queue::{Queue, Turn};
use crate::object::ObjectKey;
use crate::plan::{Plan, Step};

/// The conflict domains of a plan.
#[derive(Debug)]
pub(super) struct Domains(BTreeMap<String, Domain>);

/// A hub that is busy this long after a write is so for another reason.
const LONGEST_REST: Duration = Duration::from_secs(5);

/// One conflict domain.
#[derive(Debug)]
pub(super) struct Domain {
    queue: Queue,
    /// Whether it is that of a hub, which rests after each write.
    of_hub: bool,
    rest: Mutex<Rest>,
}

#[derive(Debug, Default)]
struct Rest {
    /// When the cloud last took a write, in uptime.
    taken: Option<Duration>,
    /// How long it took none after that, if it refused one.
    seen: Option<Duration>,
}

impl Domains {
    /// The domains of the plan's steps. `batch` tells how many of a step's domain share a turn, or nothing if they need none.
    pub(super) fn of(plan: &Plan, batch: impl Fn(&Step) -> Option<usize>) -> Self {
        let mut domains = BTreeMap::new();
        for step in &plan.steps {
            let Some(name) = &step.domain else { continue };
            if domains.contains_key(name) {
                continue;
            }
            let Some(batch) = batch(step) else { continue };
            let domain = Domain {
                queue: Queue::new(1, batch),
                of_hub: is_hub(&ObjectKey::from(name.as_str())),
                rest: Mutex::default(),
            };
            domains.insert(name.clone(), domain);
        }
        Self(domains)
    }

    pub(super) fn of_step(&self, step: &Step) -> Option<&Domain> {
        self.0.get(step.domain.as_ref()?)
    }
}

impl Domain {
    /// Waits until no other step writes in the domain.
    pub(super) async fn turn(&self, step: &Step, urgency: u64) -> Turn {
        self.queue.turn(urgency, step.op.action().batch()).await
    }

    /// How long the cloud is likely to take no write in it yet, if hubs usually rest for `usual`.
    pub(super) fn pause(&self, now: Duration, usual: Duration) -> Duration {
        let rest = self.rest();
        let Some(taken) = rest.taken.filter(|_| self.of_hub) else {
            return Duration::ZERO;
        };
        (taken + rest.seen.unwrap_or(usual)).saturating_sub(now)
    }

    pub(super) fn took(&self, now: Duration) {
        self.rest().taken = Some(now);
    }

    /// A write was refused because something else is under way. Returns whether that is likely the rest from the write before,
    /// which then is over after `nudge` at the earliest.
    pub(super) fn still_rests(&self, now: Duration, nudge: Duration) -> bool {
        let mut rest = self.rest();
        let passed = rest.taken.map(|taken| now.saturating_sub(taken));
        let Some(passed) = passed.filter(|passed| self.of_hub && *passed < LONGEST_REST) else {
            return false;
        };
        rest.seen = rest.seen.max(Some(passed + nudge));
        true
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// A domain is named after the object that is locked.
fn is_hub(key: &ObjectKey) -> bool {
    matches!(key, ObjectKey::GlobalHub(_) | ObjectKey::EdgeHub(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CloudName, PeeringId, Place, RouteTableId};
    use crate::object::route;

    #[test]
    fn steps_that_the_cloud_takes_side_by_side_need_no_turn() {
        let destination = "10.0.0.0/8".parse().expect("a range");
        let key = ObjectKey::Route {
            network: "one".to_owned(),
            table: None,
            destination,
        };
        let op = route::Delete {
            table: RouteTableId::new("table"),
            destination,
            next_hop: PeeringId::new("peering"),
            marked: false,
        };
        let place = Place::new(CloudName::new("memory"), "1", "r1");
        let step = Step::alone(key, op, &place, &[]).expect("a step");
        let plan = Plan::in_order("", vec![step]);
        let step = &plan.steps[0];
        assert!(Domains::of(&plan, |_| Some(1)).of_step(step).is_some());
        assert!(Domains::of(&plan, |_| None).of_step(step).is_none());
    }
}
