//! AWS backend of Landbridge.
//!
//! [`Aws::builder`] makes an [`AwsProvider`], which is a [`CloudProvider`](landbridge_core::CloudProvider): networks are
//! VPCs, and every two members of an interconnect are joined by a VPC peering connection.
//!
//! ```
//! use std::sync::Arc;
//! use landbridge_aws::Aws;
//! use landbridge_aws::credential::StaticCredentials;
//!
//! # fn main() -> landbridge_core::Result<()> {
//! let keys = StaticCredentials::new("an access key id", "its secret");
//! let provider = Aws::builder()
//!     .credentials("111122223333", Arc::new(keys))
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! Requests are built and answers read by pure functions, one module per family of objects; the AWS SDK signs and sends
//! them. No type of the SDK is part of this crate's interface.
//!
#![doc = include_str!("permissions.md")]

mod account;
mod backend;
mod client;
pub mod credential;
mod ec2;
pub mod error;
#[cfg(test)]
#[path = "../../../tests/support/fuzz.rs"]
mod fuzz_support;
mod iam;
mod partition;
mod policy;
mod pricing;
mod ssm;
mod sts;

pub use backend::{Aws, AwsBuilder, AwsCloud, AwsProvider, CLOUD};
pub use client::{Connection, home_region};
pub use landbridge_core::backend::{Environment, HttpOptions, Tap};
