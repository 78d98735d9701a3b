//! Requests that wait for their accepters: a cloud takes only so many of them from an account.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::queue::{Queue, Turn};
use crate::object::ObjectKey;
use crate::plan::{Plan, Step, StepKey};

/// The requests of a plan whose acceptance the plan has as well: each has a turn until it is accepted.
#[derive(Debug)]
pub(super) struct Windows {
    /// By request.
    queues: HashMap<StepKey, Queue>,
    /// By acceptance.
    turns: Mutex<HashMap<StepKey, Turn>>,
}

impl Windows {
    /// The windows of a plan; `limit` tells how many requests of the step's account may wait, if the cloud says so.
    pub(super) fn of(plan: &Plan, limit: impl Fn(&Step) -> Option<usize>) -> Self {
        let steps: BTreeMap<&StepKey, &Step> =
            plan.steps.iter().map(|step| (&step.key, step)).collect();
        let mut accounts: BTreeMap<_, Queue> = BTreeMap::new();
        let mut queues = HashMap::new();
        for acceptance in &plan.steps {
            let request = request_of(&acceptance.key).and_then(|key| steps.get(&key));
            let Some((request, limit)) = request.and_then(|step| Some((*step, limit(step)?)))
            else {
                continue;
            };
            let place = &request.place;
            // If the account has requests beside these, the cloud refuses one of them, and its step is repeated.
            let new = || Queue::new(limit, 1);
            let account = accounts.entry((&place.cloud, &place.account));
            queues.insert(request.key.clone(), account.or_insert_with(new).clone());
        }
        Self {
            queues,
            turns: Mutex::default(),
        }
    }

    /// Waits until the account may send the step's request.
    pub(super) async fn enter(&self, step: &Step, urgency: u64) {
        let (Some(queue), Some(acceptance)) =
            (self.queues.get(&step.key), acceptance_of(&step.key))
        else {
            return;
        };
        if self.turns().contains_key(&acceptance) {
            return;
        }
        let turn = queue.turn(urgency, None).await;
        self.turns().insert(acceptance, turn);
    }

    /// The step's call was accepted. If it accepts a request, the account may send another one.
    pub(super) fn accepted(&self, step: &Step) {
        self.turns().remove(&step.key);
    }

    fn turns(&self) -> MutexGuard<'_, HashMap<StepKey, Turn>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn request_of(acceptance: &StepKey) -> Option<StepKey> {
    match acceptance.object() {
        ObjectKey::Acceptance(of) => Some(StepKey::create(ObjectKey::Peering(of.clone()))),
        _ => None,
    }
}

fn acceptance_of(request: &StepKey) -> Option<StepKey> {
    match request.object() {
        ObjectKey::Peering(of) => Some(StepKey::create(ObjectKey::Acceptance(of.clone()))),
        _ => None,
    }
}
