//! The runs under way in this process: of each topology one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use landbridge_core::reconcile::{Progress, Run};

use crate::carrier::Prepared;
use crate::key::LinkKey;
use crate::lease::{LeaseGuard, Reading};

/// A run ends when its writes under way are settled; those who wait for it look so often.
const PATIENCE: Duration = Duration::from_secs(5);

/// No look takes as long.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A run under way.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) run: Run,
    pub(super) guard: Arc<LeaseGuard>,
    pub(super) prepared: Arc<Prepared>,
    /// When each look was made: a renewal counts from then.
    looks: Mutex<BTreeMap<u32, Reading>>,
}

impl Held {
    pub(super) fn new(run: Run, guard: Arc<LeaseGuard>, prepared: Arc<Prepared>) -> Self {
        Self {
            run,
            guard,
            prepared,
            looks: Mutex::default(),
        }
    }

    /// Nothing is written any more.
    pub(super) fn halt(&self) {
        self.guard.close();
        self.run.stop();
    }

    /// Waits for its end.
    pub(super) async fn ended(&self) -> Progress {
        loop {
            let progress = self.run.progress_within(PATIENCE).await;
            if progress.outcome.is_some() {
                return progress;
            }
        }
    }

    /// Waits for what ends a look early: that the run ends, or does something else. The first look waits for the end alone, since
    /// each look is work for the server and most runs are short.
    pub(super) async fn news(&self, index: u32) -> Progress {
        match index {
            0 => self.ended().await,
            _ => self.run.progress_within(LONGEST).await,
        }
    }

    /// A look was made. Of one that is made twice, because its result was lost, the first counts.
    pub(super) fn looked(&self, index: u32, at: Reading) {
        lock(&self.looks).entry(index).or_insert(at);
    }

    /// The lease was renewed by a look.
    pub(super) fn renewed(&self, index: u32, length: Duration) {
        if let Some(at) = lock(&self.looks).get(&index) {
            self.guard.renew(*at, length);
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Runs(Mutex<BTreeMap<LinkKey, Arc<Held>>>);

impl Runs {
    /// Begins a run, unless one of the same topology is under way here: then that is given.
    pub(super) fn begin(
        &self,
        key: &LinkKey,
        begin: impl FnOnce() -> Held,
    ) -> Result<Arc<Held>, Arc<Held>> {
        let mut runs = lock(&self.0);
        if let Some(other) = runs.get(key) {
            return Err(Arc::clone(other));
        }
        let held = Arc::new(begin());
        runs.insert(key.clone(), Arc::clone(&held));
        Ok(held)
    }

    /// Lets go of a run that has ended.
    pub(super) fn remove(&self, key: &LinkKey, held: &Arc<Held>) {
        let mut runs = lock(&self.0);
        if runs.get(key).is_some_and(|found| Arc::ptr_eq(found, held)) {
            runs.remove(key);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
