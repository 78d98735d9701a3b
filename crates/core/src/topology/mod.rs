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

mod check;
mod check_edge;
mod file;
mod types;

pub use check::TopologyError;
pub use file::json_schema;
pub use types::{
    Account, BorderRouter, CredentialSource, Edge, Firewall, FirewallRuleSpec, Instance,
    Interconnect, ModelChoice, Network, Ports, RuleSource, Subnet, SubnetPath, Topology,
};
