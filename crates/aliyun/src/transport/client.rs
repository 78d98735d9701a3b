use std::sync::Arc;

use landbridge_core::{Error, ErrorKind, Place, Result};
use serde_json::Value;
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::answer::{self, Fault};
use super::connection::Connection;
use super::course::{Course, Next};
use super::exchange::{exchange, signed};
use crate::credential::{KeyCache, Keys};
use crate::params::Params;
use crate::request::{Product, Request};

/// How many requests of one place may be on their way at once.
const IN_FLIGHT: usize = 8;

/// Calls operations with the keys of one account, for one region.
///
/// Every attempt is signed anew. Throttling and failures of the cloud are retried a bounded number of times; a lost
/// answer is, if the request reads or carries a `ClientToken`. All other errors are the caller's.
#[derive(Clone, Debug)]
pub struct AliyunClient {
    connection: Connection,
    place: Place,
    keys: Arc<KeyCache>,
    slots: Arc<Semaphore>,
}

impl AliyunClient {
    pub(crate) fn new(connection: Connection, place: Place, keys: Arc<KeyCache>) -> Self {
        Self {
            connection,
            place,
            keys,
            slots: Arc::new(Semaphore::new(IN_FLIGHT)),
        }
    }

    /// Calls any operation of a product and returns its answer as it came.
    ///
    /// Operations whose name starts with `Describe`, `List`, `Get` or `Check` are repeated when their answer is lost,
    /// others only if `params` has a `ClientToken`. No parameter is added, not even the region.
    ///
    /// # Errors
    /// Classified by the cloud's code ([`code_rows`](crate::error::code_rows)).
    pub async fn call(
        &self,
        product: Product,
        action: &str,
        params: &[(&str, &str)],
    ) -> Result<Value> {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let params: Params = params.iter().map(owned).collect();
        self.send(Request::new(product, action, params)).await
    }

    /// The account and region.
    pub fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) async fn send(&self, request: Request) -> Result<Value> {
        let span =
            tracing::debug_span!("aliyun", operation = request.action(), place = %self.place);
        let answer = self.attempts(&request).instrument(span).await;
        answer.map_err(|error| self.locate(error, &request))
    }

    async fn attempts(&self, request: &Request) -> Result<Value> {
        let budget = self.connection.budget(&self.place, request.product());
        let mut course = Course::new(request.intent());
        loop {
            let keys = self.keys.get(&self.connection).await?;
            budget.acquire().await;
            let fault = match self.attempt(request, &keys).await {
                Ok(answer) => {
                    budget.on_success();
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            if fault.error.kind() == ErrorKind::Throttled {
                budget.on_throttled();
            }
            report(&course, &fault.error);
            match course.next(fault, self.connection.clock().chance()) {
                Next::Give(error) => return Err(error),
                Next::Wait(delay) => self.connection.clock().sleep(delay).await,
                Next::SetTime(time) => self.connection.set_time(time),
                Next::Renew => self.keys.renew(&self.connection, &keys).await?,
            }
        }
    }

    async fn attempt(&self, request: &Request, keys: &Keys) -> Result<Value, Fault> {
        let endpoints = self.connection.endpoints();
        let endpoint = endpoints
            .resolve(request.product(), &self.place.region)
            .map_err(Fault::own)?;
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        let now = self.connection.now();
        let signed = signed(request, &endpoint, keys, now, &nonce).map_err(Fault::own)?;
        // The semaphore is never closed; if it were, going on unlimited would be right.
        let _slot = self.slots.acquire().await.ok();
        let answer = exchange(self.connection.http(), &endpoint, signed).await?;
        let body = answer::interpret(&answer, request)?;
        tracing::debug!(request_id = answer::request_id(&body), "answered");
        Ok(body)
    }

    // An error of a nested call (AssumeRole) keeps its own operation and place.
    fn locate(&self, error: Error, request: &Request) -> Error {
        if error.operation().is_some() {
            return error;
        }
        error
            .with_operation(request.action())
            .with_place(self.place.clone())
    }
}

fn report(course: &Course, error: &Error) {
    tracing::debug!(
        attempt = course.attempt() + 1,
        kind = error.kind().as_str(),
        code = error.code(),
        request_id = error.request_id(),
        "failed"
    );
}
