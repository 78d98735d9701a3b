//! Many topologies, each kept as it is declared.
//!
//! The clouds stay the state. What is kept of a topology is what was asked for and how far that has come: one small JSON
//! document ([`LinkState`]) behind a [`Store`]. [`Orders`] are taken: submit, stop, resume, delete. A [`Worker`] carries them
//! out, with runs of [`Engine::reconcile`](landbridge_core::engine::Engine::reconcile); any number of workers share a store.
//!
//! - **One owner at a time.** A worker takes the lease of a topology before it does anything for it, and the engine asks that
//!   lease before each write ([`LeaseGuard`]). A worker that was frozen writes nothing once its lease has ended.
//! - **A worker may die at any moment.** The next one takes over when the lease has ended, and goes on from what the clouds hold.
//! - **Drift.** A topology that is up is observed now and then. What differs is told, or mended, as its [`Policy`] says.
//! - **Budgets.** Workers divide the rate limits of each account by what they ask for ([`AccountShares`]).
//! - **HTTP.** With the feature `api`, `api::Api` takes orders from the tenants of a file.
//! - **Keys.** [`Engines`] makes the engine of each run, so each topology may have credentials of its own. `clouds::CloudEngines`
//!   (features `aliyun` and `aws`) does it for real clouds.
//! - **Watching.** [`Watch`] hears the runs, for logs, traces and metrics.
//!
//! The rules are in [`LinkState`] and [`AccountShares`], which read no clock and no store. Other ways to run them, such as an
//! engine for durable execution, use the same rules.
//!
//! ```
//! use std::sync::Arc;
//!
//! use landbridge_core::engine::Engine;
//! use landbridge_core::memory::{ManualClock, MemoryProvider};
//! use landbridge_fleet::{Fleet, LinkKey, MemoryStore, Orders, Phase, Spec, Worker};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> landbridge_core::Result<()> {
//! let clock = Arc::new(ManualClock::new());
//! let provider = Arc::new(MemoryProvider::new(clock.clone()));
//! let engine = Engine::new().with_clock(clock.clone()).with_provider(provider.clone());
//!
//! let store = Arc::new(MemoryStore::new());
//! let fleet = Fleet::new(store.clone(), clock.clone());
//! let worker = Worker::new(store, Arc::new(engine), clock);
//!
//! let key = LinkKey::new("acme", "demo")?;
//! let topology = "{ name: acme_demo, accounts: [{ name: a, cloud: memory, id: '1111' }],
//!                   networks: [{ name: vpc1, account: a, region: r1, range: 10.1.0.0/16 }] }";
//! fleet.submit(&key, Spec::new(topology)).await?;
//! worker.round().await?;
//! assert_eq!(fleet.status(&key).await?.phase, Phase::Ready);
//!
//! fleet.delete(&key).await?;
//! worker.round().await?;
//! assert_eq!(fleet.status(&key).await?.phase, Phase::Deleted);
//! assert!(provider.objects().is_empty());
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "api")]
pub mod api;
mod budget;
mod carrier;
#[cfg(any(feature = "aliyun", feature = "aws"))]
pub mod clouds;
mod credentials;
mod engines;
mod files;
mod fleet;
mod key;
mod lease;
mod memory;
mod orders;
#[cfg(feature = "restate")]
pub mod restate;
mod shares;
mod spec;
mod state;
mod store;
#[cfg(feature = "api")]
pub mod tenants;
mod time;
mod watch;
mod worker;

pub use credentials::{external_id, forbidden};
pub use engines::Engines;
pub use files::FileStore;
pub use fleet::Fleet;
pub use key::LinkKey;
pub use lease::{Lease, LeaseGuard, LeaseTerms, Reading};
pub use memory::MemoryStore;
pub use orders::{Order, Orders, Planned, Status, Terms};
pub use shares::{AccountShares, Claim, Share, Shares};
pub use spec::{OnDrift, Policy, Spec};
pub use state::{LinkState, Look, NotTaken, Phase, Wanted, Work};
pub use store::{Document, Kind, Store};
pub use time::Moment;
pub use watch::{Begun, Watch};
pub use worker::{Attended, Worker, WorkerOptions};
