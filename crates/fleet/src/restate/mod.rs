//! The rules on [Restate](https://restate.dev), an engine for durable execution: orders and progress are kept by its server, and
//! any number of workers carry them out.
//!
//! ```text
//! RestateOrders --ingress--> server --h2--> RestateWorker --> clouds
//! ```
//!
//! - Object `Link`, one for each topology, keeps its [`LinkState`](crate::LinkState) and takes orders at once, also while a run is
//!   under way. Object `Run`, with the same key, makes the runs, one after the other. Object `Account` divides call budgets.
//! - The server keeps what was asked for and how far it has come, in clear. No secret reaches it, and of the headers of a request only `Idempotency-Key`.
//! - A worker that dies is replaced when its lease has ended. A server that dies goes on when it is started again.
//! - The server has neither login nor TLS: its ports belong on loopback or in a private network.
//!
//! Workers of one version share one URL behind a balancer. A new version gets another URL and is [registered](Admin::register)
//! beside the old one, which finishes what it has begun. Version 1.7 of the server is needed.

mod account;
mod admin;
mod attempt;
mod http;
mod link;
mod orders;
mod refusal;
mod run;
mod runs;
mod worker;

pub use admin::{Admin, Deployment, Paused, ServiceSettings};
pub use orders::RestateOrders;
pub use worker::{RestateOptions, RestateWorker};
