//! What a network keeps for life: looked up once, together with what others look up meanwhile.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::backend::JointRead;
use crate::error::Result;
use crate::ids::{NetworkId, Place};

type Joint<R> = Arc<JointRead<NetworkId, Vec<R>>>;

/// A value of each network, found in records `R`.
#[derive(Debug)]
pub(super) struct Kept<R, V> {
    known: Mutex<HashMap<NetworkId, V>>,
    reads: Mutex<HashMap<Place, Joint<R>>>,
}

impl<R, V> Default for Kept<R, V> {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            reads: Mutex::default(),
        }
    }
}

impl<R, V: Clone> Kept<R, V> {
    /// The value of a network: `read` lists the records of several networks of the place, `find` takes the value from them.
    pub(super) async fn get<F: Future<Output = Result<Vec<R>>>>(
        &self,
        (place, network): (&Place, &NetworkId),
        read: impl FnOnce(Vec<NetworkId>) -> F,
        find: impl FnOnce(&[R]) -> Result<V>,
    ) -> Result<V> {
        if let Some(value) = locked(&self.known).get(network) {
            return Ok(value.clone());
        }
        let joint = Arc::clone(locked(&self.reads).entry(place.clone()).or_default());
        let records = joint.get(network.clone(), read).await?;
        let value = find(&records)?;
        locked(&self.known).insert(network.clone(), value.clone());
        Ok(value)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
