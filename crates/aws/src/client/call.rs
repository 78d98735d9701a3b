use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use landbridge_core::backend::{Call, Course, ListingMeter, MOST_ATTEMPTS, Reader, locate};
use landbridge_core::{CallerIdentity, Clock, Error, Place, Region, Result};
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::connection::Connection;
use super::fault::fault_of;
use super::listen::asking;
use super::operation::Operation;
use super::pages::{Page, follow};
use super::region::{explained, may_be_disabled};
use crate::credential::{KeyCache, Signer};
use crate::partition::Partition;

/// How many requests of one place may be on their way at once; more is throttled, not faster.
const IN_FLIGHT: usize = 12;

/// Calls operations with the keys of one account, for one region.
///
/// Throttling and failures of the cloud are repeated, up to five attempts; a lost answer is, unless the operation creates
/// something. All other errors are reported at once.
#[derive(Clone)]
pub(crate) struct AwsClient {
    connection: Connection,
    place: Place,
    keys: Arc<KeyCache>,
    ec2: aws_sdk_ec2::Client,
    sts: aws_sdk_sts::Client,
    iam: aws_sdk_iam::Client,
    slots: Arc<Semaphore>,
}

impl std::fmt::Debug for AwsClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsClient")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl AwsClient {
    pub(crate) fn new(connection: Connection, place: Place, keys: Arc<KeyCache>) -> Self {
        let signer = Signer::new(keys.clone(), connection.clone());
        let signer = SharedCredentialsProvider::new(signer);
        let config = connection.sdk_config(&place.region, signer.clone());
        let global = Partition::of(&place.region).home();
        Self {
            iam: aws_sdk_iam::Client::new(&connection.sdk_config(&global, signer)),
            ec2: aws_sdk_ec2::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            connection,
            place,
            keys,
            slots: Arc::new(Semaphore::new(IN_FLIGHT)),
        }
    }

    /// The account and region.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Who reads here, to share what it reads.
    pub(crate) fn reader(&self) -> Option<Reader> {
        Some(self.connection.shown_in(self.keys.reader()?))
    }

    /// The identity that the keys belong to; `ask` is polled only if it is not known.
    pub(crate) async fn identity(
        &self,
        ask: impl Future<Output = Result<CallerIdentity>> + Send,
    ) -> Result<CallerIdentity> {
        let region = self.connection.sts_region();
        self.keys.identity(&self.connection, region, ask).await
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        self.connection.clock()
    }

    /// The present time as the cloud sees it.
    pub(crate) fn now(&self) -> SystemTime {
        self.connection.now()
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Gives the SDK the keys to sign with.
    pub(super) fn signer(&self) -> SharedCredentialsProvider {
        let signer = Signer::new(self.keys.clone(), self.connection.clone());
        SharedCredentialsProvider::new(signer)
    }

    pub(crate) fn ec2(&self) -> &aws_sdk_ec2::Client {
        &self.ec2
    }

    pub(crate) fn sts(&self) -> &aws_sdk_sts::Client {
        &self.sts
    }

    /// IAM, which is one for all regions of a partition.
    pub(crate) fn iam(&self) -> &aws_sdk_iam::Client {
        &self.iam
    }

    /// The partition of the place.
    pub(crate) fn partition(&self) -> Partition {
        Partition::of(&self.place.region)
    }

    /// Calls an operation; `send` makes one attempt.
    pub(crate) async fn call<T, E, F, Fut>(&self, operation: Operation, send: F) -> Result<T>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let span = tracing::debug_span!("aws", operation = operation.name, place = %self.place);
        let call = Call {
            connection: &self.connection,
            keys: Some(&self.keys),
            region: self.connection.sts_region(),
            budget: self.connection.budget(&self.place, operation),
            slots: &self.slots,
            course: Course::new(operation.intent, MOST_ATTEMPTS),
        };
        // A source of keys that fails is reported by the call; the signer then finds the keys in the cache.
        let attempt = |_| {
            // In a box: futures of the SDK are large, and each layer around them would hold them whole. A call that fetches
            // keys makes another call inside.
            let sent = Box::pin(send());
            async move {
                // About the time that it is signed with: until the answer comes, another call may correct the clock.
                let signed = self.connection.now();
                sent.await
                    .map_err(|failure| fault_of(operation.name, failure, signed))
            }
        };
        // In a box: readings of whole places keep many calls at once, and their futures would outgrow a stack.
        let calls = asking(&self.place, call.run(attempt));
        let answer = Box::pin(calls).instrument(span).await;
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) if may_be_disabled(&error, &self.place.region) => {
                let error = explained(self, error).await;
                Err(self.locate(error, operation))
            }
            Err(error) => Err(self.locate(error, operation)),
        }
    }

    /// The same keys in another region.
    pub(super) fn elsewhere(&self, region: Region) -> Self {
        let place = Place::new(self.place.cloud.clone(), self.place.account.clone(), region);
        Self::new(self.connection.clone(), place, Arc::clone(&self.keys))
    }

    /// Reads a list to its end; `send` asks for the page that starts at a token.
    pub(crate) async fn pages<T, E, F, Fut>(&self, operation: Operation, send: F) -> Result<Vec<T>>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        F: Fn(Option<String>) -> Fut,
        Fut: Future<Output = Result<Page<T>, SdkError<E, HttpResponse>>>,
    {
        let mut items = Vec::new();
        let mut token = None;
        let mut meter = ListingMeter::new(Arc::clone(self.clock()));
        let located = |error| self.locate(error, operation);
        loop {
            let page = meter.page(self.call(operation, || send(token.clone())));
            let page = page.await.map_err(located)?;
            meter.take_items(page.items.len()).map_err(located)?;
            items.extend(page.items);
            token = follow(token.as_ref(), page.next).map_err(located)?;
            if token.is_none() {
                return Ok(items);
            }
        }
    }

    /// Says where an error happened, unless it is a nested call's (`AssumeRole`) and says so itself.
    pub(crate) fn locate(&self, error: Error, operation: Operation) -> Error {
        locate(error, operation.name, &self.place)
    }
}
