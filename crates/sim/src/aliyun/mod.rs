//! Alibaba Cloud: one URL, five products.

mod authenticate;
mod cbn;
mod cdt;
pub mod choices;
mod context;
mod dataplane;
mod ecs;
mod failure;
mod gateway;
mod operation;
mod paging;
mod parameters;
pub mod quotas;
mod regions;
mod signature;
mod state;
mod sts;
mod timings;
mod vpc;

pub use timings::Timings;

pub(crate) use gateway::handle;
pub(crate) use state::{Cloud, Setup};
