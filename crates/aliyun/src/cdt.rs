//! Cloud Data Transfer: the payment for traffic between regions.

use landbridge_core::ServiceStatus;

use crate::document::Doc;
use crate::params::Params;
use crate::request::{Product, Request};

/// `GetCdtServiceStatus`.
pub(crate) fn get_service_status() -> Request {
    Request::new(Product::Cdt, "GetCdtServiceStatus", Params::new())
}

/// `OpenCdtService`. What is open stays open, so it may be repeated.
pub(crate) fn open_service() -> Request {
    Request::new(Product::Cdt, "OpenCdtService", Params::new()).repeatable()
}

/// `GetCdtCbServiceStatus`: of traffic between the Chinese mainland and the rest of the world.
pub(crate) fn get_border_status() -> Request {
    Request::new(Product::Cdt, "GetCdtCbServiceStatus", Params::new())
}

/// `OpenCdtCbService`. What is open stays open, so it may be repeated.
pub(crate) fn open_border_service() -> Request {
    Request::new(Product::Cdt, "OpenCdtCbService", Params::new()).repeatable()
}

/// Reads `Enabled`, a flag here and a text in CBN.
pub(crate) fn read_service_status(answer: Doc<'_>) -> ServiceStatus {
    match answer.flag("Enabled") {
        Some(true) => ServiceStatus::Open,
        _ => ServiceStatus::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn flags_and_texts_tell_the_status() {
        for open in [json!({"Enabled": true}), json!({"Enabled": "true"})] {
            assert_eq!(read_service_status(Doc::of(&open)), ServiceStatus::Open);
        }
        for closed in [
            json!({"Enabled": false}),
            json!({"Enabled": "false"}),
            json!({}),
        ] {
            assert_eq!(read_service_status(Doc::of(&closed)), ServiceStatus::Closed);
        }
    }
}
