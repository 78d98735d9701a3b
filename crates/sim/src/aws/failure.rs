//! Refusals on the wire: EC2 has its own form of error answers, STS and IAM share another, Systems Manager and the price list speak JSON.

use super::json;
use super::operation::Product;
use super::xml::Xml;
pub(crate) use crate::failure::Failure;

pub(crate) type Outcome<T = Xml> = Result<T, Failure>;

/// The error document.
pub(crate) fn document(failure: &Failure, product: Option<Product>, request_id: &str) -> String {
    let error = Xml::new()
        .leaf("Code", &failure.code)
        .leaf("Message", &failure.message);
    match product {
        Some(product @ (Product::Sts | Product::Iam)) => {
            let kind = if failure.status < 500 {
                "Sender"
            } else {
                "Receiver"
            };
            Xml::new()
                .node("Error", Xml::new().leaf("Type", kind).and(error))
                .leaf("RequestId", request_id)
                .document("ErrorResponse", product.namespace())
        }
        Some(Product::Ssm | Product::Pricing) => json::error(failure),
        _ => Xml::new()
            .node("Errors", Xml::new().node("Error", error))
            .leaf("RequestID", request_id)
            .document("Response", None),
    }
}

/// `InvalidVpcID.NotFound` and the like.
pub(crate) fn absent(code: &str, kind: &str, id: &str) -> Failure {
    Failure::bad(
        format!("{code}.NotFound"),
        format!("The {kind} ID '{id}' does not exist"),
    )
}

pub(crate) fn bad_value(value: &str, name: &str) -> Failure {
    Failure::bad(
        "InvalidParameterValue",
        format!("Value ({value}) for parameter {name} is invalid."),
    )
}

pub(crate) fn missing(name: &str) -> Failure {
    Failure::bad(
        "MissingParameter",
        format!("The request must contain the parameter {name}"),
    )
}

pub(crate) fn depends(kind: &str, id: &str) -> Failure {
    Failure::bad(
        "DependencyViolation",
        format!("The {kind} '{id}' has dependencies and cannot be deleted."),
    )
}

pub(crate) fn not_permitted(message: impl Into<String>) -> Failure {
    Failure::bad("OperationNotPermitted", message)
}

/// Too many calls, in the product's words.
pub(crate) fn throttled(product: Option<Product>) -> Failure {
    match product {
        Some(Product::Sts | Product::Iam) => Failure::bad("Throttling", "Rate exceeded"),
        Some(Product::Ssm | Product::Pricing) => {
            Failure::bad("ThrottlingException", "Rate exceeded")
        }
        _ => Failure::new(503, "RequestLimitExceeded", "Request limit exceeded."),
    }
}
