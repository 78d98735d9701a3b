//! Landbridge joins private networks that belong to different accounts, regions and clouds.
//!
//! The caller says *which networks must reach each other*. Landbridge works out each cloud's own mechanism, checks it
//! before the first write, applies it with the credentials of all owners, proves that packets flow in both directions,
//! and later removes it and proves that nothing is left.
//!
//! This crate re-exports the parts: the traits, the model and the engine in `landbridge::core` (always), and a backend per feature:
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `aliyun` | the Alibaba Cloud backend, `landbridge::aliyun` |
//! | `aws` | the AWS backend, `landbridge::aws` |
//!
//! No feature is on by default: a program compiles only the clouds that it uses.
//!
//! Begin with `landbridge::core::engine::Engine` and its `observe`, `apply` and `verify`; between them come
//! `core::preflight::preflight` and `core::plan::plan`. `core::memory` is a cloud for your own tests. This builds a
//! topology and checks it without a cloud:
//!
//! ```
//! use landbridge::core::CloudName;
//! use landbridge::core::topology::{Account, Interconnect, Network, Subnet, Topology};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let topology = Topology::new("two-offices")
//!     .with_account(Account::new("hub", CloudName::from_static("aliyun"), "1234567890123456"))
//!     .with_network(
//!         Network::new("north", "hub", "cn-beijing", "10.1.0.0/16".parse()?)
//!             .with_subnet(Subnet::new("n1", "cn-beijing-h", "10.1.1.0/24".parse()?)),
//!     )
//!     .with_network(
//!         Network::new("south", "hub", "cn-shenzhen", "10.2.0.0/16".parse()?)
//!             .with_subnet(Subnet::new("s1", "cn-shenzhen-d", "10.2.1.0/24".parse()?)),
//!     )
//!     .with_interconnect(Interconnect::new("core", "hub", ["north", "south"]));
//! topology.check()?;
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "aliyun")]
pub use landbridge_aliyun as aliyun;
#[cfg(feature = "aws")]
pub use landbridge_aws as aws;
pub use landbridge_core as core;
