use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::{Course, Fault, KeyCache, Keys, Next, RateBudget};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{AccountId, Region};
use crate::traits::CallerIdentity;

/// What the calls of one provider share, as a backend implements it: its clock, and how keys are fetched and proven.
#[async_trait]
pub trait ProviderConnection: Debug + Send + Sync + 'static {
    /// What keys are fetched from, such as `dyn Credentials`.
    type Source: ?Sized + Debug + Send + Sync + 'static;

    /// The clock.
    fn clock(&self) -> &Arc<dyn Clock>;

    /// The present time as the cloud sees it. Default: the clock's.
    fn now(&self) -> SystemTime {
        self.clock().now()
    }

    /// Takes over the cloud's time. It is called only for a [`Fault`] with a [`date`](Fault::date); by default it does
    /// nothing.
    fn set_time(&self, cloud: SystemTime) {
        let _ = cloud;
    }

    /// Fetches keys from a source.
    ///
    /// # Errors
    /// Those of the source.
    async fn fetch(&self, source: &Self::Source) -> Result<Keys>;

    /// Asks the cloud which account `keys` belong to. `account` is the declared one; the token service is asked in
    /// `region` if the backend asks a regional one.
    ///
    /// # Errors
    /// Those of the call.
    async fn identify(
        &self,
        keys: &Keys,
        account: &AccountId,
        region: &Region,
    ) -> Result<CallerIdentity>;

    /// Says more about an error that ends a call, given the keys that signed it. Default: the error as it is.
    fn explain(&self, error: Error, keys: &Keys) -> Error {
        let _ = keys;
        error
    }
}

/// One call over its attempts.
#[derive(Debug)]
pub struct Call<'a, C: ProviderConnection> {
    /// What the provider's calls share.
    pub connection: &'a C,
    /// The keys that sign; absent for the few operations that are not signed.
    pub keys: Option<&'a KeyCache<C::Source>>,
    /// The region of the place.
    pub region: &'a Region,
    /// The budget of the account, region and product or operation.
    pub budget: RateBudget,
    /// How many requests of the place may be on their way at once.
    pub slots: &'a Semaphore,
    /// What to do after a failed attempt.
    pub course: Course,
}

impl<C: ProviderConnection> Call<'_, C> {
    /// Makes attempts until one succeeds or the course ends. Keys are fetched anew for each attempt, from the cache as a
    /// rule.
    ///
    /// # Errors
    /// Those of the keys' source, and the last attempt's.
    pub async fn run<T, F, Fut>(mut self, attempt: F) -> Result<T>
    where
        F: Fn(Option<Keys>) -> Fut,
        Fut: Future<Output = Result<T, Fault>>,
    {
        loop {
            let keys = self.fetch_keys().await?;
            self.budget.acquire().await;
            let answer = {
                // The semaphore is never closed; if it were, sending without a limit would be right.
                let _slot = self.slots.acquire().await.ok();
                attempt(keys.clone()).await
            };
            let fault = match answer {
                Ok(answer) => {
                    self.budget.on_success();
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            if fault.error.kind() == ErrorKind::Throttled {
                self.budget.on_throttled();
            }
            self.report(&fault.error);
            let clock = self.connection.clock();
            match self.course.next(fault, clock.chance()) {
                Next::Give(error) => return Err(self.explain(error, keys.as_ref())),
                Next::Wait(delay) => clock.sleep(delay).await,
                Next::SetTime(time) => self.connection.set_time(time),
                Next::Renew => self.renew(keys.as_ref()).await?,
            }
        }
    }

    async fn fetch_keys(&self) -> Result<Option<Keys>> {
        match self.keys {
            Some(cache) => cache.get(self.connection, self.region).await.map(Some),
            None => Ok(None),
        }
    }

    async fn renew(&self, refused: Option<&Keys>) -> Result<()> {
        match (self.keys, refused) {
            (Some(cache), Some(keys)) => cache.renew(self.connection, self.region, keys).await,
            _ => Ok(()),
        }
    }

    fn explain(&self, error: Error, keys: Option<&Keys>) -> Error {
        match keys {
            Some(keys) => self.connection.explain(error, keys),
            None => error,
        }
    }

    fn report(&self, error: &Error) {
        tracing::debug!(
            attempt = self.course.attempt() + 1,
            kind = error.kind().as_str(),
            code = error.code(),
            request_id = error.request_id(),
            "failed"
        );
    }
}
