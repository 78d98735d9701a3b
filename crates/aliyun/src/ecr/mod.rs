//! Express Connect Router: routers at the edge of private lines, what is granted to them and what hangs on them.
//!
//! Every operation takes a token, and none takes a region: one host knows the routers of all regions.

mod association;
mod grant;
mod router;

pub(crate) use association::*;
pub(crate) use grant::*;
pub(crate) use router::*;

use landbridge_core::{HubId, PeeringId};

use crate::member::MemberKind;
use crate::params::Params;
use crate::request::{Product, Request};

fn request(action: &'static str, params: Params) -> Request {
    Request::new(Product::ExpressConnectRouter, action, params)
}

/// Whether the hub is an Express Connect Router.
pub(crate) fn is_router(id: &HubId) -> bool {
    id.as_str().starts_with("ecr-")
}

/// Whether the attachment is one to an Express Connect Router.
pub(crate) fn is_association(id: &PeeringId) -> bool {
    id.as_str().starts_with("ecr-")
}

fn word(kind: MemberKind) -> &'static str {
    match kind {
        MemberKind::Network => "VPC",
        MemberKind::BorderRouter => "VBR",
    }
}
