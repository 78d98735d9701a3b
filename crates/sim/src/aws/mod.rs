//! AWS: one URL, all regions; the credential scope of the signature says which.

mod authenticate;
pub mod choices;
mod context;
mod dataplane;
mod ec2;
mod failure;
mod filters;
mod gateway;
mod iam;
mod operation;
mod paging;
mod permissions;
mod policy;
pub mod quotas;
mod rates;
mod regions;
mod sigv4;
mod state;
mod sts;
mod timings;
mod xml;

pub use timings::Timings;

pub(crate) use gateway::{handle, is_addressed};
pub(crate) use state::{Cloud, Setup};
