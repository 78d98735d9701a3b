//! Orders over HTTP.
//!
//! [`Api`] serves [`Orders`], whatever carries them out, to the [`Tenants`] of a file. Each request has a bearer token, which says
//! whose topologies it is about; a tenant sees no other's. The description of all routes is at `/openapi.json`, and
//! `docs/FLEET-API.md` shows how they are used.

mod counted;
mod course;
mod description;
mod listing;
mod login;
mod orders;
mod page;
mod problem;
mod reads;
mod request;
mod serve;
mod shown;
mod tag;
mod tls;
mod watch;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post, put};
use landbridge_core::picture::{Offer, Words};
use landbridge_core::{Clock, CloudName};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::orders::Orders;
use crate::tenants::Tenants;

use counted::Topologies;
pub use description::description;
use problem::Problem;
pub use serve::Transport;
pub use tls::TlsFiles;

/// The largest body of a request.
const MOST_BYTES: usize = 1 << 20;
/// How many watches a tenant may have at once, and how many plans.
const WATCHES: usize = 64;
const PLANS: usize = 4;

/// Serves [`Orders`] over HTTP.
#[derive(Clone, Debug)]
pub struct Api {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    orders: Arc<dyn Orders>,
    tenants: RwLock<Arc<Tenants>>,
    clock: Arc<dyn Clock>,
    clouds: BTreeMap<CloudName, (Offer, Words)>,
    rooms: Mutex<BTreeMap<String, Arc<Room>>>,
    reload: Notify,
    stop: CancellationToken,
}

/// What a tenant has at once.
#[derive(Debug)]
struct Room {
    watches: Arc<Semaphore>,
    plans: Arc<Semaphore>,
    topologies: Topologies,
}

impl Api {
    /// Serves these orders to these tenants.
    pub fn new(orders: Arc<dyn Orders>, tenants: Tenants, clock: Arc<dyn Clock>) -> Self {
        Self {
            shared: Arc::new(Shared {
                orders,
                tenants: RwLock::new(Arc::new(tenants)),
                clock,
                clouds: BTreeMap::new(),
                rooms: Mutex::default(),
                reload: Notify::new(),
                stop: CancellationToken::new(),
            }),
        }
    }

    /// Tells pictures how clouds build interconnects and what they call their objects. Default: interconnects are drawn as one
    /// element, in the words that all clouds share.
    ///
    /// It does nothing once the API is served.
    #[must_use]
    pub fn with_clouds(
        mut self,
        clouds: impl IntoIterator<Item = (CloudName, Offer, Words)>,
    ) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            let clouds = clouds.into_iter();
            shared.clouds = clouds
                .map(|(name, offer, words)| (name, (offer, words)))
                .collect();
        }
        self
    }

    /// Takes other tenants in place of those before, from the next request on.
    pub fn set_tenants(&self, tenants: Tenants) {
        let mut known = self
            .shared
            .tenants
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *known = Arc::new(tenants);
    }

    /// Reads the files of certificates anew, without waiting until it is noticed that they have changed.
    pub fn reload_certificates(&self) {
        self.shared.reload.notify_waiters();
    }

    /// All routes, for a server of the caller's own. The body limit, the deadlines of requests and their log are parts of it.
    pub fn router(&self) -> Router {
        let one = "/v1/topologies/{name}";
        let under = |last: &str| format!("{one}/{last}");
        Router::new()
            .route("/", get(page::page))
            .route("/healthz", get(reads::healthy))
            .route("/readyz", get(reads::ready))
            .route("/openapi.json", get(reads::openapi))
            .route("/v1/summary", get(listing::summary))
            .route("/v1/topologies", get(listing::list))
            .route(
                one,
                put(orders::submit)
                    .get(reads::status)
                    .delete(orders::delete),
            )
            .route(&under("stop"), post(orders::stop))
            .route(&under("resume"), post(orders::resume))
            .route(&under("peer-ready"), post(orders::peer_ready))
            .route(&under("plan"), post(orders::plan))
            .route(&under("topology"), get(reads::topology))
            .route(&under("policy"), get(reads::policy))
            .route(&under("picture.svg"), get(reads::picture))
            .fallback(async || {
                Problem::plain(
                    StatusCode::NOT_FOUND,
                    "unknown path",
                    "see /openapi.json for all paths",
                )
            })
            .method_not_allowed_fallback(async || {
                let remedy = "see /openapi.json for the methods of each path";
                Problem::plain(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "unknown method of this path",
                    remedy,
                )
            })
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .layer(middleware::from_fn_with_state(
                Arc::clone(&self.shared),
                course::course,
            ))
            .with_state(Arc::clone(&self.shared))
    }
}

impl Shared {
    fn tenants(&self) -> Arc<Tenants> {
        Arc::clone(&self.tenants.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn room(&self, tenant: &str) -> Arc<Room> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let room = rooms.entry(tenant.to_owned()).or_insert_with(|| {
            Arc::new(Room {
                watches: Arc::new(Semaphore::new(WATCHES)),
                plans: Arc::new(Semaphore::new(PLANS)),
                topologies: Topologies::default(),
            })
        });
        Arc::clone(room)
    }
}

/// A place among those that a tenant has at once.
fn place(
    places: &Arc<Semaphore>,
    most: usize,
    what: &str,
) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(places).try_acquire_owned().map_err(|_| {
        let message = format!("{most} {what} of this tenant are under way: expected fewer");
        Problem::plain(
            StatusCode::TOO_MANY_REQUESTS,
            &message,
            "end one of them, or wait",
        )
        .with_retry_after(Duration::from_secs(5))
    })
}
