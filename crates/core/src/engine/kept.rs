//! What a network keeps for life: looked up once, together with what others look up meanwhile.

use std::collections::{BTreeMap, BTreeSet, HashMap};
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
        let read = async |wanted: Vec<NetworkId>| {
            let (mut values, missing) = self.known_of(wanted.into_iter().chain(soon()));
            if !missing.is_empty() {
                let read = read(missing.into_iter().collect()).await?;
                locked(&self.known).extend(read.clone());
                values.extend(read);
            }
            Ok(values)
        };
        let values = joint.get(network.clone(), read).await?;
        Ok(values.get(network).cloned())
    }

    // Another read may have told, as one of those that come soon, what is wanted now.
    fn known_of(
        &self,
        networks: impl Iterator<Item = NetworkId>,
    ) -> (HashMap<NetworkId, V>, BTreeSet<NetworkId>) {
        let known = locked(&self.known);
        let (mut values, mut missing) = (HashMap::new(), BTreeSet::new());
        for network in networks {
            match known.get(&network) {
                Some(value) => _ = values.insert(network, value.clone()),
                None => _ = missing.insert(network),
            }
        }
        (values, missing)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::ids::CloudName;

    #[tokio::test]
    async fn what_another_read_has_told_meanwhile_is_not_read_again() {
        let (kept, reads) = (Kept::<String>::default(), AtomicUsize::new(0));
        let place = Place::new(CloudName::new("memory"), "1", "r1");
        let [one, two]: [NetworkId; 2] = ["one".into(), "two".into()];
        let read = async |networks: Vec<NetworkId>| {
            reads.fetch_add(1, Ordering::Relaxed);
            // The second asks while this is under way.
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
            let told = networks.into_iter();
            Ok(told.map(|id| (id.clone(), id.to_string())).collect())
        };
        let first = kept.get((&place, &one), || vec![two.clone()], read);
        let second = async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            kept.get((&place, &two), Vec::new, read).await
        };
        let (first, second) = tokio::join!(first, second);
        assert_eq!(first.expect("read").as_deref(), Some("one"));
        assert_eq!(second.expect("known").as_deref(), Some("two"));
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    }
}
