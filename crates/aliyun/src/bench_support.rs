//! What the benches measure by itself and callers reach only through a call.

use std::time::SystemTime;

use http::HeaderMap;
use landbridge_core::{CloudName, NetworkRecord, Place, Result};

use crate::credential::Keys;
use crate::document::{Document, malformed};
use crate::endpoint::{Endpoint, Endpoints};
use crate::params::Params;
use crate::request::{Product, Request};
use crate::transport::signed_for_benches;
use crate::vpc;

/// A request, and all that it is signed with but the moment.
#[derive(Debug)]
pub struct Prepared {
    request: Request,
    endpoint: Endpoint,
    keys: Keys,
}

impl Prepared {
    /// A call of a product at this address.
    ///
    /// # Errors
    /// For an address that is no endpoint.
    pub fn new(
        address: &str,
        product: Product,
        action: &'static str,
        params: &[(&str, &str)],
        keys: Keys,
    ) -> Result<Self> {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let params: Params = params.iter().map(owned).collect();
        let endpoints = Endpoints::new().with_address(address)?;
        Ok(Self {
            request: Request::new(product, action, params),
            endpoint: endpoints.resolve(product, &"r".into())?,
            keys,
        })
    }

    /// The headers and the body of one attempt.
    ///
    /// # Errors
    /// For keys that are no header values.
    pub fn signed(&self, now: SystemTime, nonce: &str) -> Result<(HeaderMap, String)> {
        signed_for_benches(&self.request, &self.endpoint, &self.keys, now, nonce)
    }
}

/// The networks in an answer of `DescribeVpcs`.
///
/// # Errors
/// For an answer that is not understood.
pub fn networks(answer: &str) -> Result<Vec<NetworkRecord>> {
    let document = Document::read(answer.to_owned()).map_err(|_| malformed("no JSON"))?;
    let place = Place::new(CloudName::from_static("aliyun"), "1", "r");
    let items = document.root().need_list(&["Vpcs", "Vpc"])?.into_iter();
    items.map(|item| vpc::read_vpc(&place, item)).collect()
}
