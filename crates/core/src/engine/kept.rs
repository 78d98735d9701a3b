//! What a network keeps for life: looked up once, together with what others look up meanwhile.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::backend::JointRead;
use crate::error::Result;
use crate::ids::{NetworkId, Place};

type Joint<V> = Arc<JointRead<NetworkId, HashMap<NetworkId, V>>>;

/// A value of each network.
#[derive(Debug)]
pub(super) struct Kept<V> {
    known: Mutex<HashMap<NetworkId, V>>,
    reads: Mutex<BTreeMap<Place, Joint<V>>>,
}

impl<V> Default for Kept<V> {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            reads: Mutex::default(),
        }
    }
}

impl<V: Clone> Kept<V> {
    /// The value of a network of the place, if it has one. `read` gives those of several networks: those that are wanted now,
    /// and those that `soon` says will be.
    pub(super) async fn get<F: Future<Output = Result<HashMap<NetworkId, V>>>>(
        &self,
        (place, network): (&Place, &NetworkId),
        soon: impl FnOnce() -> Vec<NetworkId>,
        read: impl FnOnce(Vec<NetworkId>) -> F,
    ) -> Result<Option<V>> {
        if let Some(value) = locked(&self.known).get(network) {
            return Ok(Some(value.clone()));
        }
        let joint = Arc::clone(locked(&self.reads).entry(place.clone()).or_default());
        let read = async |mut networks: Vec<NetworkId>| {
            networks.extend(soon());
            networks.sort();
            networks.dedup();
            networks.retain(|network| !locked(&self.known).contains_key(network));
            let values = read(networks).await?;
            locked(&self.known).extend(values.clone());
            Ok(values)
        };
        let values = joint.get(network.clone(), read).await?;
        Ok(values.get(network).cloned())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
