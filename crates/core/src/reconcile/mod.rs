//! One run for one topology: observe, preflight, plan, apply and verify, or remove and prove, as a task that is looked at.
//!
//! [`Engine::reconcile`](crate::engine::Engine::reconcile) starts it. A service looks at the [`Run`] now and then, keeps the
//! [`Progress`] that it sees, and needs nothing else: what a run that died left behind, the next run finds in the clouds.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use landbridge_core::engine::Engine;
//! use landbridge_core::memory::{ManualClock, MemoryProvider};
//! use landbridge_core::reconcile::{Intent, Outcome};
//! use landbridge_core::topology::Topology;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = Arc::new(ManualClock::new());
//! let provider = Arc::new(MemoryProvider::new(clock.clone()));
//! let engine = Engine::new().with_clock(clock).with_provider(provider.clone());
//! let topology = Topology::from_text(
//!     "{ name: demo, accounts: [{ name: a, cloud: memory, id: '1111' }],
//!        networks: [{ name: vpc1, account: a, region: r1, range: 10.1.0.0/16 }] }",
//! )?;
//!
//! let run = engine.reconcile(topology.clone(), Intent::converge());
//! let outcome = loop {
//!     let progress = run.progress_within(Duration::from_millis(100)).await;
//!     println!("{}", serde_json::to_string(&progress)?);
//!     if let Some(outcome) = progress.outcome {
//!         break outcome;
//!     }
//! };
//! assert!(matches!(outcome, Outcome::Ready { .. }));
//! assert_eq!(provider.objects(), ["network:network/vpc1"]);
//!
//! let ended = engine.reconcile(topology, Intent::remove()).ended().await;
//! assert!(matches!(ended.outcome, Outcome::Removed { .. }));
//! assert!(provider.objects().is_empty());
//! # Ok(())
//! # }
//! ```

mod board;
mod course;
mod ended;
mod intent;
mod outcome;
mod progress;
mod run;

pub use ended::Ended;
pub use intent::{Goal, Intent};
pub use outcome::{Outcome, Peer, Trouble, Verdicts};
pub use progress::{Progress, Stage, Waiting};
pub use run::Run;
