use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::error::Result;

/// One read for all that wait for it: a caller takes the answer of any read that began after it asked, and begins one only
/// if there is none. However many ask at once, two reads answer them.
#[derive(Debug)]
pub struct JointRead<T> {
    /// How many have asked and how many reads have begun, which puts both in one order.
    order: AtomicU64,
    last: Mutex<Option<(u64, Arc<T>)>>,
}

impl<T> Default for JointRead<T> {
    fn default() -> Self {
        Self {
            order: AtomicU64::new(0),
            last: Mutex::default(),
        }
    }
}

impl<T> JointRead<T> {
    /// What `read` gives, or what another read gave that began after this call. Failed reads are not shared.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn get(&self, read: impl Future<Output = Result<T>>) -> Result<Arc<T>> {
        let asked = self.next();
        let mut last = self.last.lock().await;
        if let Some((_, answer)) = last.as_ref().filter(|(began, _)| *began > asked) {
            return Ok(Arc::clone(answer));
        }
        let began = self.next();
        let answer = Arc::new(read.await?);
        *last = Some((began, Arc::clone(&answer)));
        Ok(answer)
    }

    fn next(&self) -> u64 {
        self.order.fetch_add(1, Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;

    #[tokio::test]
    async fn two_reads_answer_all_that_ask_at_once_and_none_sees_an_older_one() {
        let joint = JointRead::default();
        let reads = AtomicU64::new(0);
        let read = || async {
            tokio::task::yield_now().await;
            Ok(reads.fetch_add(1, Ordering::SeqCst))
        };
        let ask = || async { *joint.get(read()).await.expect("read") };
        let answers = join_all((0..10).map(|_| ask())).await;
        assert_eq!(answers, [0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(ask().await, 2, "what was read before it asked is old");
        assert_eq!(reads.load(Ordering::SeqCst), 3);
    }
}
