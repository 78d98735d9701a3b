//! How many topologies a tenant has, counted seldom: a count reads all of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use landbridge_core::{Error, ErrorKind};
use tokio::sync::{RwLock, RwLockReadGuard};

use super::login::Asked;
use super::problem::Problem;
use crate::key::LinkKey;
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
    /// Counts one more, which may be one that is known. It does not where that may be too many, or the count is old.
    fn one_more(&self, most: usize, now: Duration) -> bool {
        let age = self.at.map(|at| now.saturating_sub(at));
        let add = |bound| (bound < most).then_some(bound + 1);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        age.is_some_and(|age| age <= GOOD_FOR) && self.bound.fetch_update(set, fetch, add).is_ok()
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
        *counted = Counted {
            bound: AtomicUsize::new(known),
            at: Some(now),
        };
        if counted.one_more(most, now) || is_known(orders, key).await? {
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

async fn is_known(orders: &dyn Orders, key: &LinkKey) -> Result<bool, Problem> {
    match orders.status(key).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}
