//! Virtual Private Cloud: networks, vSwitches, route tables and routes.

mod network;
mod route;

pub(crate) use network::*;
pub(crate) use route::*;
