//! Calls of the price list.

use landbridge_core::{Region, Result};

use super::call::AwsClient;
use super::json::JsonService;
use super::operation::{Operation, read};
use crate::pricing::{Wanted, read_page};

pub(crate) const GET_PRODUCTS: Operation = read("GetProducts");

/// One of the few regions that have the price list, which is the same in all.
const REGION: &str = "us-east-1";

impl AwsClient {
    /// The products that a filter finds, each as a JSON text (`GetProducts`).
    pub(crate) async fn products(&self, wanted: &Wanted) -> Result<Vec<String>> {
        let service = JsonService {
            name: "Pricing",
            signing: "pricing",
            target: "AWSPriceListService",
            region: Region::from(REGION),
            url: format!("https://api.pricing.{REGION}.amazonaws.com"),
        };
        let body = |token: Option<&str>| wanted.body(token);
        self.json_pages(&service, GET_PRODUCTS, body, read_page)
            .await
    }
}
