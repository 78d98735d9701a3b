use std::sync::Arc;

use landbridge_core::{Error, ErrorKind, Place, Result};
use serde_json::Value;
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::answer::{self, Fault};
use super::connection::Connection;
use super::course::{Course, Next};
use super::exchange::{exchange, signed, unsigned};
use crate::credential::{KeyCache, Keys};
use crate::endpoint::Endpoint;
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
    keys: Option<Arc<KeyCache>>,
    host: Option<String>,
    slots: Arc<Semaphore>,
}

impl AliyunClient {
    pub(crate) fn new(connection: Connection, place: Place, keys: Arc<KeyCache>) -> Self {
        Self {
            keys: Some(keys),
            ..Self::anonymous(connection, place)
        }
    }

    /// A client whose requests nobody signs, for the few operations that prove their caller in another way.
    pub(crate) fn anonymous(connection: Connection, place: Place) -> Self {
        Self {
            connection,
            place,
            keys: None,
            host: None,
            slots: Arc::new(Semaphore::new(IN_FLIGHT)),
        }
    }

    /// Reaches products at this address instead of their public host, unless endpoints are overridden.
    #[must_use]
    pub(crate) fn with_host(mut self, address: String) -> Self {
        self.host = Some(address);
        self
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
            let keys = self.keys().await?;
            budget.acquire().await;
            let fault = match self.attempt(request, keys.as_ref()).await {
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
                Next::Give(error) => return Err(explain(error, keys.as_ref())),
                Next::Wait(delay) => self.connection.clock().sleep(delay).await,
                Next::SetTime(time) => self.connection.set_time(time),
                Next::Renew => self.renew(keys.as_ref()).await?,
            }
        }
    }

    async fn keys(&self) -> Result<Option<Keys>> {
        match &self.keys {
            Some(keys) => keys
                .get(&self.connection, &self.place.region)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    async fn renew(&self, refused: Option<&Keys>) -> Result<()> {
        match (&self.keys, refused) {
            (Some(keys), Some(refused)) => {
                keys.renew(&self.connection, &self.place.region, refused)
                    .await
            }
            _ => Ok(()),
        }
    }

    fn endpoint(&self, product: Product) -> Result<Endpoint> {
        let endpoints = self.connection.endpoints();
        match &self.host {
            Some(host) => endpoints.resolve_at(product, host),
            None => endpoints.resolve(product, &self.place.region),
        }
    }

    async fn attempt(&self, request: &Request, keys: Option<&Keys>) -> Result<Value, Fault> {
        let endpoint = self.endpoint(request.product()).map_err(Fault::own)?;
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        let now = self.connection.now();
        let signed = match keys {
            Some(keys) => signed(request, &endpoint, keys, now, &nonce),
            None => unsigned(request, now, &nonce),
        };
        let signed = signed.map_err(Fault::own)?;
        // The semaphore is never closed; if it were, going on unlimited would be right.
        let _slot = self.slots.acquire().await.ok();
        let answer = exchange(
            self.connection.http(),
            &endpoint,
            signed,
            self.connection.tap(),
        )
        .await?;
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

// Whoever reads "expired" must know what: the token of which source. One without a known end is nobody's to renew here.
fn explain(error: Error, keys: Option<&Keys>) -> Error {
    let Some(keys) = keys.filter(|keys| keys.token().is_some()) else {
        return error;
    };
    if error.kind() != ErrorKind::SessionExpired {
        return error;
    }
    let what = match error.code() {
        Some("InvalidSecurityToken.Expired") => "has expired",
        _ => "is not accepted",
    };
    let origin = keys.origin().unwrap_or("the keys that were given");
    let message = format!(
        "the session token from {origin} {what}: {}",
        error.message()
    );
    let error = error.with_message(message).exhausted();
    match keys.expires_at() {
        None => error.with_remedy("open a new session and put its keys there"),
        Some(_) => error,
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
