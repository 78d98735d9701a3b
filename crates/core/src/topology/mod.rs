//! What the caller wants: accounts, networks, interconnects, edges, firewalls and instances, as Rust values or as a file.
//!
//! ```
//! use landbridge_core::CloudName;
//! use landbridge_core::topology::{Account, Interconnect, Network, Subnet, Topology};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let topology = Topology::new("office")
//!     .with_account(Account::new("a", CloudName::from_static("memory"), "0000000000000001"))
//!     .with_network(
//!         Network::new("left", "a", "r1", "10.1.0.0/16".parse()?)
//!             .with_subnet(Subnet::new("l1", "r1-a", "10.1.1.0/24".parse()?)),
//!     )
//!     .with_network(
//!         Network::new("right", "a", "r2", "10.2.0.0/16".parse()?)
//!             .with_subnet(Subnet::new("r1", "r2-a", "10.2.1.0/24".parse()?)),
//!     )
//!     .with_interconnect(Interconnect::new("core", "a", ["left", "right"]));
//! topology.check()?;
//! # Ok(())
//! # }
//! ```

mod account;
mod agent;
mod check;
mod declared;
mod document;
mod edge;
mod error;
mod file;
mod firewall;
mod hint;
mod hub;
mod instance;
mod interconnect;
mod known;
mod locate;
mod network;
mod path;
mod route_tables;
mod shown;
mod source;
mod syntax;
mod text;

pub use account::{Account, CredentialSource, Holder};
pub use agent::{AgentEndpoints, AgentRole};
pub use declared::Declared;
pub use document::Topology;
pub use edge::{BorderRouter, Edge};
pub use error::TopologyError;
pub(crate) use file::parse as parse_text;
pub use file::{json_schema, read_document};
pub use firewall::{Firewall, FirewallRuleSpec, Ports, RuleSource};
pub use hub::{ExistingHub, ExistingRouter, ReachChoice};
pub use instance::Instance;
pub use interconnect::{Interconnect, ModelChoice};
pub use known::with_known_accounts;
pub use network::{Network, Subnet};
pub use path::SubnetPath;
pub use route_tables::{RouteTables, TableName};
pub use source::{Location, Source};
pub(crate) use syntax::refused;
pub(crate) use text::as_text;
