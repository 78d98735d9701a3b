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
//! # Forty lines
//!
//! Three VPCs of two accounts in two regions of Alibaba Cloud, joined by CEN, with pings between all of them. `examples/quickstart`
//! runs this on the simulator.
//!
#![cfg_attr(feature = "aliyun", doc = "```no_run")]
#![cfg_attr(not(feature = "aliyun"), doc = "```ignore")]
#![doc = include_str!("../examples/quickstart/join.rs")]
//! ```
//!
//! On the real cloud, call it with `Engine::new()`, `Aliyun::builder()` and the keys of your accounts, such as
//! `Arc::new(ProfileCredentials::new(Environment::from_process()).with_profile("a"))`.
//!
//! # Recipes
//!
#![doc = include_str!("recipes.md")]

#[cfg(feature = "aliyun")]
pub use landbridge_aliyun as aliyun;
#[cfg(feature = "aws")]
pub use landbridge_aws as aws;
pub use landbridge_core as core;
