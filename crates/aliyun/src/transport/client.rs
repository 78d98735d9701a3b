use std::future::Future;
use std::sync::{Arc, OnceLock};

use landbridge_core::backend::{
    Call, CallContext, Course, Fault, Keys, MOST_ATTEMPTS, RateBudget, Reader, locate,
};
use landbridge_core::{CallerIdentity, Clock, Place, Result};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::answer;
use super::connection::Connection;
use super::exchange::{Listening, exchange, signed, unsigned};
use crate::credential::KeyCache;
use crate::document::{Doc, Document};
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
    lanes: Arc<[OnceLock<Lane>; Product::ALL.len()]>,
}

/// What all calls of one product have in common: found out by the first one.
#[derive(Debug)]
struct Lane {
    endpoint: Endpoint,
    budget: RateBudget,
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
            lanes: Arc::default(),
        }
    }

    /// Reaches products at this address instead of their public host, unless endpoints are overridden.
    #[must_use]
    pub(crate) fn with_host(mut self, address: String) -> Self {
        self.host = Some(address);
        self.lanes = Arc::default();
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
        let answer = self.send(Request::new(product, action.to_owned(), params));
        Ok(answer.await?.root().into())
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        self.connection.clock()
    }

    /// The account and region.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Who reads here, to share what it reads; none where calls are not signed.
    pub(crate) fn reader(&self) -> Option<Reader> {
        let reader = self.keys.as_ref()?.reader()?;
        Some(self.connection.shown_in(reader))
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

    pub(crate) async fn send(&self, request: Request) -> Result<Document> {
        self.answer_to(&request).await
    }

    pub(crate) async fn answer_to(&self, request: &Request) -> Result<Document> {
        let answer = self.run(request, Ok).await;
        answer.map_err(|error| locate(error, request.action(), &self.place))
    }

    /// Reads what a call answers. An answer that lacks what it must have is repeated like any other that cannot be read.
    pub(crate) async fn read<T: Send>(
        &self,
        request: &Request,
        read: impl Fn(Doc<'_>) -> Result<T> + Send + Sync,
    ) -> Result<T> {
        self.take(request, |document| read(document.root())).await
    }

    /// The same, for what keeps the answer.
    pub(crate) async fn take<T: Send>(
        &self,
        request: &Request,
        read: impl Fn(Document) -> Result<T> + Send + Sync,
    ) -> Result<T> {
        let answer = self.run(request, read).await;
        answer.map_err(|error| locate(error, request.action(), &self.place))
    }

    async fn run<T: Send>(
        &self,
        request: &Request,
        read: impl Fn(Document) -> Result<T> + Send + Sync,
    ) -> Result<T> {
        let span =
            tracing::debug_span!("aliyun", operation = request.action(), place = %self.place);
        let lane = self.lane(request.product())?;
        let call = Call {
            connection: &self.connection,
            keys: self.keys.as_deref(),
            region: &self.place.region,
            budget: lane.budget.clone(),
            slots: &self.slots,
            course: Course::new(request.intent(), MOST_ATTEMPTS),
        };
        let attempt = async |keys| {
            let document = self.attempt(request, &lane.endpoint, keys).await?;
            read(document).map_err(answer::torn)
        };
        // In a box: readings of whole places keep many calls at once, and their futures would outgrow a stack.
        Box::pin(call.run(attempt)).instrument(span).await
    }

    fn lane(&self, product: Product) -> Result<&Lane> {
        let lane = &self.lanes[product as usize];
        match lane.get() {
            Some(lane) => Ok(lane),
            None => {
                let endpoint = self.endpoint(product)?;
                let budget = self.connection.budget(&self.place, product);
                Ok(lane.get_or_init(|| Lane { endpoint, budget }))
            }
        }
    }

    fn endpoint(&self, product: Product) -> Result<Endpoint> {
        let endpoints = self.connection.endpoints();
        match &self.host {
            Some(host) => endpoints.resolve_at(product, host),
            None => endpoints.resolve(product, &self.place.region),
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        endpoint: &Endpoint,
        keys: Option<Keys>,
    ) -> Result<Document, Fault> {
        let mut nonce = uuid::Uuid::encode_buffer();
        let nonce = uuid::Uuid::new_v4().simple().encode_lower(&mut nonce);
        let now = self.connection.now();
        let signed = match &keys {
            Some(keys) => signed(request, endpoint, keys, now, nonce),
            None => unsigned(request, now, nonce),
        };
        let signed = signed.map_err(Fault::own)?;
        let tap = self.connection.tap();
        if let (Some(tap), Some(keys)) = (tap, &keys) {
            tap.signs_with(keys.access_key_secret().expose_secret());
        }
        let listening = tap.map(|tap| Listening {
            tap,
            place: &self.place,
            clock: self.clock().as_ref(),
        });
        let http = self.connection.http();
        let mut answer = exchange(http, endpoint, signed, listening).await?;
        if let Some(id) = &answer.request_id {
            CallContext::note_request_id(id);
        }
        let body = answer::interpret(&mut answer, request)?;
        if let Some(date) = answer.date {
            self.connection.time().hear(date, now);
        }
        let id = answer::request_id(body.root());
        if let Some(id) = id {
            CallContext::note_request_id(id);
        }
        tracing::debug!(request_id = id, "answered");
        Ok(body)
    }
}
