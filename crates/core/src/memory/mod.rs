//! A cloud that lives in memory: for unit tests of programs that use the traits, and for the engine's own tests.
//!
//! [`MemoryProvider`] holds one world of many accounts and regions and gives a [`MemoryCloud`] for each place. The
//! world keeps the promises of the [traits](crate::traits) the way a strict cloud does: creates are idempotent by
//! token, dependencies refuse deletes, consent and services are asked for, and a `ping` run on an instance arrives only
//! if attachments, route learning, routes and firewall rules really let it pass, in both directions. What is behind a
//! private line answers if a [border router](MemoryBuilder::with_border_router) leads there and the line knows the way
//! back. [`MemoryProvider::delivers`] asks the same of packets of any protocol.
//!
//! What others make in a cloud is placed: [rules](MemoryProvider::place_rule) with conditions and priorities,
//! [routes](MemoryProvider::place_route) of any kind, [access lists](MemoryProvider::place_acl),
//! [route tables](MemoryProvider::add_route_table) and [ranges](MemoryProvider::add_range).
//!
//! ```
//! use std::sync::Arc;
//!
//! use landbridge_core::memory::{ManualClock, MemoryProvider};
//! use landbridge_core::{
//!     CloudName, CloudProvider, CreateNetwork, Label, Network, Owner, Place, Select, Token,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let provider = MemoryProvider::new(Arc::new(ManualClock::new()));
//! let place = Place::new(CloudName::from_static("memory"), "1111", "cn-hangzhou");
//! let cloud = provider.cloud(&place).await?;
//!
//! let label = Label::new("vpc1", Owner::new("demo", "network/vpc1"), Token::derive(&["demo", "vpc1"]));
//! let request = CreateNetwork::new(label, "172.16.0.0/16".parse()?);
//! let network = cloud.create_network(&request).await?;
//! assert_eq!(cloud.create_network(&request).await?.id, network.id);
//!
//! assert_eq!(provider.objects(), ["network:network/vpc1"]);
//! cloud.delete_network(&network.id).await?;
//! assert!(cloud.list_networks(&Select::All).await?.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # Time
//! Nothing waits for real with a [`ManualClock`]. With a [latency](MemoryBuilder::with_latency) objects stay
//! [pending](crate::Phase::Pending) and [deleting](crate::Phase::Deleting) for that long on the provider's clock.
//!
//! # Who sees what
//! A place sees the objects of its account in its region, and the hubs of its account that are in no region. Peerings of two hubs or
//! two networks are seen from both ends; an attachment only from the hub's place, as on clouds where the member's owner
//! knows no more than the routes that lead to it. What a place does not see does not exist for it.
//!
//! # Faults
//! [`MemoryProvider::fail_call`] makes one write fail before or after its effect, [`MemoryProvider::on_write`] hears of
//! every write, and [`MemoryProvider::objects`] tells what is alive by owner key, so that end states of two runs compare.

mod agent;
mod auth;
mod census;
mod clock;
mod cloud;
mod compute;
mod edge;
mod fault;
mod filter;
mod firewall;
mod footprint;
mod grant;
mod hub;
mod inventory;
mod ipv6;
mod item;
mod journey;
mod learned;
mod life;
mod network;
mod options;
mod oracle;
mod packet;
mod peering;
mod peering_check;
mod placing;
mod provider;
mod routing;
mod service;
mod shelf;
mod shell;
mod tagging;
mod trust;
mod world;

#[cfg(test)]
mod tests;

pub use clock::ManualClock;
pub use cloud::MemoryCloud;
pub use fault::{FaultPoint, MemoryCall};
pub use options::{MemoryAccount, MemoryBuilder};
pub use packet::Payload;
pub use provider::MemoryProvider;
