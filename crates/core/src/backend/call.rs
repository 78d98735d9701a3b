use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::context::Limits;
use super::{CallContext, Course, Fault, Intent, KeyCache, Keys, Next, RateBudget};
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
    /// rule. The stop and the deadline of the present [`CallContext`] are kept.
    ///
    /// # Errors
    /// Those of the keys' source, and the last attempt's. [`Cancelled`](ErrorKind::Cancelled) where the context stopped the
    /// call before it had an effect, [`Timeout`](ErrorKind::Timeout) where it left no time for the first attempt.
    pub async fn run<T, F, Fut>(mut self, attempt: F) -> Result<T>
    where
        F: Fn(Option<Keys>) -> Fut,
        Fut: Future<Output = Result<T, Fault>>,
    {
        let limits = Limits::of_current();
        let mut replaced = false;
        loop {
            let keys = match self.prepare(&limits).await {
                Ok(keys) => keys?,
                Err(stop) => return Err(self.course.stop(stop)),
            };
            let answer = match self.send(&limits, attempt(keys.clone())).await {
                Ok(answer) => answer,
                Err(stop) => return Err(self.course.stop(stop)),
            };
            let fault = match answer {
                Ok(answer) => {
                    self.succeeded(keys.as_ref());
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            self.failed(&fault.error);
            if fault.error.kind() == ErrorKind::Unauthenticated && !replaced {
                replaced = true;
                // In a box: fetching keys is a large future, and this is rare.
                let replaced_keys = Box::pin(self.replace(keys.as_ref()));
                match limits.unless_stopped(replaced_keys).await {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(stop) => return Err(self.course.stop(stop)),
                }
            }
            let clock = self.connection.clock();
            match self.course.next(fault, clock.chance()) {
                Next::Give(error) => return Err(self.explain(error, keys.as_ref())),
                Next::Wait(delay) => {
                    if let Err(stop) = limits.sleep(clock.as_ref(), delay).await {
                        let error = self.course.stop(stop);
                        return Err(self.explain(error, keys.as_ref()));
                    }
                }
                Next::SetTime(time) => self.connection.set_time(time),
                Next::Renew => match limits.unless_stopped(self.renew(keys.as_ref())).await {
                    Ok(renewed) => renewed?,
                    Err(stop) => return Err(self.course.stop(stop)),
                },
            }
        }
    }

    /// Waits for keys and for the right to send. The outer error is the context's.
    async fn prepare(&self, limits: &Limits) -> Result<Result<Option<Keys>>> {
        limits.check()?;
        let keys = limits.unless_stopped(self.fetch_keys()).await?;
        if keys.is_ok() {
            self.budget.acquire_within(limits).await?;
        }
        Ok(keys)
    }

    /// Makes one attempt. A read ends with the stop; a write that has begun is waited for. The outer error is the context's.
    async fn send<A: Future>(&self, limits: &Limits, attempt: A) -> Result<A::Output> {
        // The semaphore is never closed; if it were, sending without a limit would be right.
        let _slot = limits.unless_stopped(self.slots.acquire()).await?.ok();
        let intent = self.course.intent();
        let _turn = limits.turn(intent).await?;
        limits.check_attempt(intent)?;
        match intent {
            Intent::Read => limits.unless_stopped(attempt).await,
            Intent::Repeatable | Intent::Once => Ok(attempt.await),
        }
    }

    fn succeeded(&self, keys: Option<&Keys>) {
        self.budget.on_success();
        if let (Some(cache), Some(keys)) = (self.keys, keys) {
            cache.accept(keys);
        }
        if self.course.intent() != Intent::Read {
            CallContext::note_write();
        }
    }

    fn failed(&self, error: &Error) {
        if error.kind() == ErrorKind::Throttled {
            self.budget.on_throttled();
        }
        if let Some(id) = error.request_id() {
            CallContext::note_request_id(id);
        }
        self.report(error);
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

    /// Whether the source has other keys by now than these, which were accepted before and are refused.
    async fn replace(&self, refused: Option<&Keys>) -> bool {
        match (self.keys, refused) {
            (Some(cache), Some(keys)) => cache.replaced(self.connection, self.region, keys).await,
            _ => false,
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
