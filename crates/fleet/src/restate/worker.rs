use std::sync::Arc;
use std::time::Duration;

use landbridge_core::event::RunId;
use landbridge_core::{Clock, Error, ErrorKind, Result};
use restate_sdk::endpoint::Endpoint;
use restate_sdk::http_server::HttpServer;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::account::{Account, IngressShares};
use super::attempt::{Hand, PLANS};
use super::http::Port;
use super::link::Link;
use super::run::Run;
use super::runs::Runs;
use crate::carrier::Carrier;
use crate::engines::Engines;
use crate::lease::LeaseTerms;
use crate::watch::Watch;

/// How often a worker that stops looks whether its runs are settled.
const STOPPING: Duration = Duration::from_millis(50);
/// How long a worker that stops waits for its runs: for writes under way, and for the server to keep how they ended.
const PATIENCE: Duration = Duration::from_secs(40);

/// How a worker works. All workers of a server have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestateOptions {
    /// How long leases last.
    pub lease: LeaseTerms,
    /// The longest pause between two looks at a run: the first come sooner, so that short runs end soon. Each is kept by the server
    /// and renews the lease, so a third of the lease is the most. Default 15 s.
    pub look: Duration,
    /// After how many looks a run goes on in another invocation, so that journals stay short and old deployments come to an
    /// end. Default 100: with the other defaults 24 minutes.
    pub looks: u32,
    /// How many runs a worker makes at once; others wait. Default 64.
    pub parallel: usize,
}

impl Default for RestateOptions {
    fn default() -> Self {
        Self {
            lease: LeaseTerms::default(),
            look: Duration::from_secs(15),
            looks: 100,
            parallel: 64,
        }
    }
}

impl RestateOptions {
    /// The pause before a look.
    pub(super) fn wait(&self, index: u32) -> Duration {
        let grown = Duration::from_secs(u64::from(index) + 1);
        grown.min(self.look).min(self.lease.length / 3)
    }
}

/// Carries out the orders of a Restate server, which calls it. Any number of workers share a server.
///
/// A worker that is dropped, or whose future is, leaves its topologies to the others, once its leases have ended.
#[derive(Debug)]
pub struct RestateWorker {
    id: String,
    engines: Arc<dyn Engines>,
    clock: Arc<dyn Clock>,
    ingress: Port,
    options: RestateOptions,
    identity: Option<String>,
    watch: Option<Arc<dyn Watch>>,
    stop: CancellationToken,
}

impl RestateWorker {
    /// A worker with a random ID, of which no other worker has the same. It asks for its shares of call budgets at the URL of the
    /// server's ingress.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is not a URL of a server.
    pub fn new(engines: Arc<dyn Engines>, clock: Arc<dyn Clock>, ingress: &str) -> Result<Self> {
        Ok(Self {
            id: RunId::random().as_str().to_owned(),
            engines,
            clock,
            ingress: Port::new("ingress", ingress)?,
            options: RestateOptions::default(),
            identity: None,
            watch: None,
            stop: CancellationToken::new(),
        })
    }

    /// Sets how it works.
    #[must_use]
    pub fn with_options(mut self, options: RestateOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the server's public key: `publickeyv1_...`. Requests that it has not signed are refused. Default: all are taken, so
    /// only the server may reach the worker.
    #[must_use]
    pub fn with_identity_key(mut self, key: impl Into<String>) -> Self {
        self.identity = Some(key.into());
        self
    }

    /// Sets who hears of its runs.
    #[must_use]
    pub fn with_watch(mut self, watch: Arc<dyn Watch>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Sets the token that stops it: runs end before their next write, and what they were for is due for other workers.
    #[must_use]
    pub fn with_cancellation(mut self, stop: CancellationToken) -> Self {
        self.stop = stop;
        self
    }

    /// Its ID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Takes requests of the server, in HTTP/2 without TLS, until it is stopped and its runs are settled.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is not a key of a server.
    pub async fn serve(self, listener: TcpListener) -> Result<()> {
        let runs = Arc::new(Runs::default());
        let stop = self.stop.clone();
        let hand = self.hand(&runs);
        let endpoint = endpoint(&hand, self.identity.as_deref())?;
        let settled = async {
            stop.cancelled().await;
            let all = async {
                while !runs.is_empty() {
                    tokio::time::sleep(STOPPING).await;
                }
            };
            if tokio::time::timeout(PATIENCE, all).await.is_err() {
                tracing::warn!("the worker ends before its runs are settled");
            }
            hand.carrier.give_back_shares().await;
        };
        HttpServer::new(endpoint)
            .serve_with_cancel(listener, settled)
            .await;
        Ok(())
    }

    fn hand(&self, runs: &Arc<Runs>) -> Arc<Hand> {
        let shares = Arc::new(IngressShares(self.ingress.clone()));
        let (engines, clock) = (Arc::clone(&self.engines), Arc::clone(&self.clock));
        let mut carrier = Carrier::new(&self.id, engines, clock, shares);
        if let Some(watch) = &self.watch {
            carrier.set_watch(Arc::clone(watch));
        }
        Arc::new(Hand {
            carrier,
            worker: self.id.clone(),
            clock: Arc::clone(&self.clock),
            options: self.options.clone(),
            runs: Arc::clone(runs),
            room: Arc::new(Semaphore::new(self.options.parallel.max(1))),
            plans: Semaphore::new(PLANS),
            stop: self.stop.clone(),
        })
    }
}

fn endpoint(hand: &Arc<Hand>, identity: Option<&str>) -> Result<Endpoint> {
    let link = Link {
        clock: Arc::clone(&hand.clock),
    };
    let mut builder = Endpoint::builder();
    if let Some(key) = identity {
        builder = builder.identity_key(key).map_err(|error| {
            let message = format!("invalid identity key `{key}`: expected `publickeyv1_...`");
            Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("take the one that the server prints when it starts")
                .with_source(error)
        })?;
    }
    let run = Run(Arc::clone(hand));
    Ok(builder.bind(link).bind(run).bind(Account).build())
}
