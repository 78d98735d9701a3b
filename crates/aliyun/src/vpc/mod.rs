//! Virtual Private Cloud: networks, vSwitches, route tables and routes, and what it shows of grants.

mod grant;
mod network;
mod route;

pub(crate) use grant::*;
pub(crate) use network::*;
pub(crate) use route::*;
