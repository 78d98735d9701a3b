//! Virtual Private Cloud: networks, vSwitches, route tables and routes, network ACLs, and what it shows of grants.

mod acl;
mod grant;
mod network;
mod prefix_list;
mod route;
mod route_batch;

pub(crate) use acl::*;
pub(crate) use grant::*;
pub(crate) use network::*;
pub(crate) use prefix_list::*;
pub(crate) use route::*;
pub(crate) use route_batch::*;
