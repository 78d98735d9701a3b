//! Alibaba Cloud backend of Landbridge.
//!
//! [`Aliyun::builder`] makes an [`AliyunProvider`], which is a [`CloudProvider`](landbridge_core::CloudProvider): networks
//! are VPCs, the global hub is a CEN instance, regional hubs are Enterprise transit routers, hubs at the edge of private
//! lines are Express Connect Routers. Networks can also be joined without a hub, by VPC peering connections.
//!
//! ```
//! use std::sync::Arc;
//! use landbridge_aliyun::Aliyun;
//! use landbridge_aliyun::credential::StaticCredentials;
//!
//! # fn main() -> landbridge_core::Result<()> {
//! let keys = StaticCredentials::new("an access key id", "its secret");
//! let provider = Aliyun::builder()
//!     .credentials("1234567890123456", Arc::new(keys))
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! Requests are built and answers read by pure functions, one module per product; [`AliyunClient`] signs and sends them.

#[cfg(test)]
mod answers;
mod backend;
#[doc(hidden)]
pub mod bench_support;
mod cbn;
mod cdt;
#[cfg(test)]
mod counts;
pub mod credential;
mod document;
mod ecr;
mod ecs;
pub mod endpoint;
pub mod error;
#[cfg(test)]
#[path = "../../../tests/support/fuzz.rs"]
mod fuzz_support;
mod mark;
mod member;
mod nis;
mod paging;
mod params;
mod policy;
mod ram;
mod request;
pub mod sign;
mod sts;
mod tag;
mod transport;
mod vpc;
mod vpcpeer;

pub use backend::{Aliyun, AliyunBuilder, AliyunCloud, AliyunProvider, CLOUD, GrantViews};
pub use landbridge_core::backend::{Environment, HttpOptions, RateLimits, Tap};
pub use request::Product;
pub use transport::{AliyunClient, Connection};
