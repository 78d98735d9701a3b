//! Alibaba Cloud: one URL, all products.

mod authenticate;
mod cbn;
mod cdt;
pub mod choices;
mod context;
mod dataplane;
mod ecr;
mod ecs;
mod failure;
mod gateway;
mod operation;
mod paging;
mod parameters;
mod permissions;
mod policy;
pub mod quotas;
mod ram;
mod regions;
mod signature;
mod state;
mod sts;
mod timings;
mod vpc;
mod vpcpeer;

pub use timings::Timings;

pub(crate) use ecs::provision_classic;
pub(crate) use gateway::handle;
pub(crate) use state::{Cloud, Setup};
