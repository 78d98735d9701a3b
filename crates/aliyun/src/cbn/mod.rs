//! Cloud Enterprise Network: CEN instances, transit routers, attachments, learning and grants.

mod attachment;
mod grant;
mod hub;
mod learning;
mod service;

pub(crate) use attachment::*;
pub(crate) use grant::*;
pub(crate) use hub::*;
pub(crate) use learning::*;
pub(crate) use service::*;

use crate::params::Params;
use crate::request::{Product, Request};

fn request(action: &'static str, params: Params) -> Request {
    Request::new(Product::Cbn, action, params)
}

/// Whether the id is that of a CEN instance, not of a transit router.
pub(crate) fn is_cen(id: &landbridge_core::HubId) -> bool {
    id.as_str().starts_with("cen")
}
