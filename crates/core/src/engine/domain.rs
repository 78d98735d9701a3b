use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::plan::{Plan, Step};

/// One lock for each conflict domain of a plan.
#[derive(Debug)]
pub(super) struct Domains {
    locks: BTreeMap<String, Arc<Mutex<()>>>,
}

impl Domains {
    pub(super) fn of(plan: &Plan) -> Self {
        let domains = plan.steps.iter().filter_map(|step| step.domain.clone());
        Self {
            locks: domains.map(|domain| (domain, Arc::default())).collect(),
        }
    }

    /// Waits until no other step writes in the domain.
    pub(super) async fn lock(&self, step: &Step) -> Option<OwnedMutexGuard<()>> {
        let lock = self.locks.get(step.domain.as_ref()?)?;
        Some(Arc::clone(lock).lock_owned().await)
    }
}
