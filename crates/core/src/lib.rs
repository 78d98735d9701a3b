//! Traits, model and engine of Landbridge.
//!
//! A [`Topology`](topology::Topology) says which networks must reach each other. The engine reads what is there
//! ([`engine::observe`]), refuses what cannot work ([`preflight`]), works out the steps ([`plan`]), takes them
//! ([`engine::apply`]), proves that packets flow ([`verify`]) and removes everything again. It speaks to clouds only
//! through the [traits], so it knows no vendor.

pub mod clock;
mod error;
mod ids;
pub mod memory;
pub mod plan;
pub mod rate;
pub mod retry;
pub mod traits;

pub use clock::{Clock, SystemClock};
pub use error::{Error, ErrorKind, Result};
pub use ids::{
    AccountId, CloudName, CommandId, GroupId, HubId, InstanceId, NetworkId, PeeringId, Place,
    Region, RouteTableId, RuleId, SubnetId, Zone,
};
pub use traits::*;
