use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Result;

/// One read for all that wait for it: a caller takes the answer of any read that began after it asked, and begins one only
/// if there is none. A read is for all that are wanted when it begins. However many ask at once, two reads answer them.
#[derive(Debug)]
pub struct JointRead<K, T> {
    /// How many have asked and how many reads have begun, which puts both in one order.
    order: AtomicU64,
    /// What those who wait want, and how many of them want it.
    wanted: Mutex<BTreeMap<K, usize>>,
    last: tokio::sync::Mutex<Option<(u64, Arc<T>)>>,
}

impl<K, T> Default for JointRead<K, T> {
    fn default() -> Self {
        Self {
            order: AtomicU64::new(0),
            wanted: Mutex::default(),
            last: tokio::sync::Mutex::default(),
        }
    }
}

impl<K: Clone + Ord, T> JointRead<K, T> {
    /// What `read` gives for `key` and all others that are wanted, or what another read gave that began after this call.
    /// Failed reads are not shared.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn get<F: Future<Output = Result<T>>>(
        &self,
        key: K,
        read: impl FnOnce(Vec<K>) -> F,
    ) -> Result<Arc<T>> {
        let _wish = self.want(key);
        let asked = self.next();
        let mut last = self.last.lock().await;
        if let Some((_, answer)) = last.as_ref().filter(|(began, _)| *began > asked) {
            return Ok(Arc::clone(answer));
        }
        // Those who are just about to ask join this read.
        tokio::task::yield_now().await;
        let began = self.next();
        let keys = self.wanted().keys().cloned().collect();
        let answer = Arc::new(read(keys).await?);
        *last = Some((began, Arc::clone(&answer)));
        Ok(answer)
    }

    fn next(&self) -> u64 {
        self.order.fetch_add(1, Ordering::SeqCst)
    }

    fn want(&self, key: K) -> Wish<'_, K> {
        *self.wanted().entry(key.clone()).or_default() += 1;
        let wanted = &self.wanted;
        Wish { wanted, key }
    }

    fn wanted(&self) -> MutexGuard<'_, BTreeMap<K, usize>> {
        locked(&self.wanted)
    }
}

/// That a key is waited for.
#[derive(Debug)]
struct Wish<'a, K: Ord> {
    wanted: &'a Mutex<BTreeMap<K, usize>>,
    key: K,
}

impl<K: Ord> Drop for Wish<'_, K> {
    fn drop(&mut self) {
        let mut wanted = locked(self.wanted);
        if let Some(count) = wanted.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                wanted.remove(&self.key);
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn two_reads_answer_all_that_ask_and_none_sees_an_older_one() {
        let joint = JointRead::default();
        let reads = AtomicU64::new(0);
        let ask = async |key: u64| {
            let read = async |keys: Vec<u64>| {
                tokio::task::yield_now().await;
                Ok((reads.fetch_add(1, Ordering::SeqCst), keys))
            };
            let answer = joint.get(key, read).await.expect("read");
            assert!(answer.1.contains(&key), "{key} in {:?}", answer.1);
            answer.0
        };
        let late = async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            join_all([3, 4].map(&ask)).await
        };
        let (first, second) = tokio::join!(join_all([0, 1, 2].map(&ask)), late);
        assert_eq!((first, second), (vec![0, 0, 0], vec![1, 1]));
        assert_eq!(ask(5).await, 2, "what was read before it asked is old");
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_read() {
        let joint = JointRead::default();
        let ask = |key: u64| joint.get(key, async |keys: Vec<u64>| Ok(keys));
        {
            let mut given_up = Box::pin(ask(1));
            let mut context = Context::from_waker(Waker::noop());
            assert!(given_up.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(*ask(2).await.expect("read"), [2]);
    }
}
