//! EC2: requests built and answers read, without sending anything.

pub(crate) mod acl;
pub(crate) mod endpoint;
pub(crate) mod field;
pub(crate) mod group;
pub(crate) mod host_names;
pub(crate) mod instance;
pub(crate) mod interface;
pub(crate) mod network;
pub(crate) mod peering;
pub(crate) mod permission;
pub(crate) mod raw;
pub(crate) mod route;
pub(crate) mod route_mark;
pub(crate) mod rule;
pub(crate) mod tag;
mod token;

pub(crate) use field::{PAGE, VALUES_PER_FILTER, filter};
pub(crate) use tag::by_topology;
