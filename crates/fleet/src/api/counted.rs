//! How many topologies a tenant has, counted seldom: a count reads all of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use landbridge_core::{Error, ErrorKind};
use tokio::sync::{RwLock, RwLockReadGuard};

use super::login::Asked;
use super::orders::generation;
use super::problem::Problem;
use crate::orders::Orders;

/// How long a count is good: other processes keep topologies too.
const GOOD_FOR: Duration = Duration::from_secs(10);

/// The topologies of a tenant. Read from the moment that one more is counted until it is kept, and written while they are counted
/// anew, so that none is missed.
#[derive(Debug, Default)]
pub(super) struct Topologies(RwLock<Counted>);

#[derive(Debug, Default)]
pub(super) struct Counted {
    /// There are no more than this.
    bound: AtomicUsize,
    /// When they were counted, if they were.
    at: Option<Duration>,
}

impl Counted {
    fn new(known: usize, now: Duration) -> Self {
        Self {
            bound: AtomicUsize::new(known),
            at: Some(now),
        }
    }

    /// Counts one more, which may be one that is known. It does not where that may be too many, or the count is old.
    fn one_more(&self, most: usize, now: Duration) -> bool {
        let age = self.at.map(|at| now.saturating_sub(at));
        let add = |bound| (bound < most).then_some(bound + 1);
        let is_good = age.is_some_and(|age| age <= GOOD_FOR);
        let relaxed = Ordering::Relaxed;
        is_good && self.bound.fetch_update(relaxed, relaxed, add).is_ok()
    }
}

impl Topologies {
    /// Counts one more topology, unless that would be too many. What it gives is held until the topology is kept.
    pub(super) async fn one_more(
        &self,
        orders: &dyn Orders,
        Asked { tenant, key }: &Asked,
        now: Duration,
    ) -> Result<RwLockReadGuard<'_, Counted>, Problem> {
        let most = tenant.most_topologies;
        let counted = self.0.read().await;
        if counted.one_more(most, now) {
            return Ok(counted);
        }
        drop(counted);
        let mut counted = self.0.write().await;
        let known = orders.count(&tenant.name).await?;
        *counted = Counted::new(known, now);
        if counted.one_more(most, now) || generation(orders, key).await? != 0 {
            return Ok(counted.downgrade());
        }
        let message = format!(
            "tenant `{}` has {known} topologies, the most that it may have",
            tenant.name
        );
        Err(Error::new(ErrorKind::QuotaExceeded, message)
            .with_code("tenant/topologies")
            .with_remedy("delete one and forget it, or ask for a higher limit")
            .into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_good_for_a_while_and_as_far_as_the_limit() {
        let second = Duration::from_secs(1);
        assert!(!Counted::default().one_more(9, second), "not counted yet");
        let counted = Counted::new(1, second);
        assert!(counted.one_more(3, second) && counted.one_more(3, second));
        assert!(!counted.one_more(3, second));
        assert!(counted.one_more(4, second + GOOD_FOR));
        assert!(!counted.one_more(9, second * 2 + GOOD_FOR));
    }
}
