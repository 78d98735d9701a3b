use std::future::Future;
use std::sync::Arc;

use landbridge_core::backend::{Call, CallContext, Course, Fault, Keys, MOST_ATTEMPTS, locate};
use landbridge_core::{CallerIdentity, Clock, Place, Result};
use serde_json::Value;
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::answer;
use super::connection::Connection;
use super::exchange::{exchange, signed, unsigned};
use crate::credential::KeyCache;
use crate::endpoint::Endpoint;
use crate::params::Params;
use crate::request::{Product, Request};

/// How many requests of one place may be on their way at once.
const IN_FLIGHT: usize = 8;

/// Calls operations with the keys of one account, for one region.
///
/// Every attempt is signed anew. Throttling and failures of the cloud are repeated, up to five attempts; a lost answer is,
/// if the request reads or carries a `ClientToken`. All other errors are reported at once.
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

    /// A client whose requests are not signed, for the few operations that prove their caller in another way.
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
    /// Classified by the cloud's code ([`CODES`](crate::error::CODES)).
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

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        self.connection.clock()
    }

    /// The account and region.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The identity that the keys belong to; `ask` is polled only if it is not known.
    pub(crate) async fn identity(
        &self,
        ask: impl Future<Output = Result<CallerIdentity>> + Send,
    ) -> Result<CallerIdentity> {
        match &self.keys {
            Some(keys) => {
                let (connection, region) = (&self.connection, &self.place.region);
                keys.identity(connection, region, ask).await
            }
            None => ask.await,
        }
    }

    pub(crate) async fn send(&self, request: Request) -> Result<Value> {
        let span =
            tracing::debug_span!("aliyun", operation = request.action(), place = %self.place);
        let call = Call {
            connection: &self.connection,
            keys: self.keys.as_deref(),
            region: &self.place.region,
            budget: self.connection.budget(&self.place, request.product()),
            slots: &self.slots,
            course: Course::new(request.intent(), MOST_ATTEMPTS),
        };
        let attempt = |keys| self.attempt(&request, keys);
        // In a box: readings of whole places keep many calls at once, and their futures would outgrow a stack.
        let answer = Box::pin(call.run(attempt)).instrument(span).await;
        answer.map_err(|error| locate(error, request.action(), &self.place))
    }

    fn endpoint(&self, product: Product) -> Result<Endpoint> {
        let endpoints = self.connection.endpoints();
        match &self.host {
            Some(host) => endpoints.resolve_at(product, host),
            None => endpoints.resolve(product, &self.place.region),
        }
    }

    async fn attempt(&self, request: &Request, keys: Option<Keys>) -> Result<Value, Fault> {
        let endpoint = self.endpoint(request.product()).map_err(Fault::own)?;
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        let now = self.connection.now();
        let signed = match &keys {
            Some(keys) => signed(request, &endpoint, keys, now, &nonce),
            None => unsigned(request, now, &nonce),
        };
        let signed = signed.map_err(Fault::own)?;
        let (http, tap) = (self.connection.http(), self.connection.tap());
        let answer = exchange(http, &endpoint, signed, tap).await?;
        if let Some(id) = &answer.request_id {
            CallContext::note_request_id(id);
        }
        let body = answer::interpret(&answer, request)?;
        if let Some(date) = answer.date {
            self.connection.time().hear(date, now);
        }
        if let Some(id) = answer::request_id(&body) {
            CallContext::note_request_id(&id);
        }
        tracing::debug!(request_id = answer::request_id(&body), "answered");
        Ok(body)
    }
}
