//! Elastic Compute Service: security groups, instances, Cloud Assistant.

mod command;
mod group;
mod instance;
mod interface;
mod list;
mod price;
mod rule;

pub(crate) use command::*;
pub(crate) use group::*;
pub(crate) use instance::*;
pub(crate) use interface::*;
pub(crate) use list::*;
pub(crate) use price::*;
pub(crate) use rule::*;

use crate::params::Params;
use crate::request::{Product, Request};

/// How many ids a JSON list of ids may have.
pub(crate) const IDS_PER_CALL: usize = 100;

fn request(action: &'static str, params: Params) -> Request {
    Request::new(Product::Ecs, action, params)
}
