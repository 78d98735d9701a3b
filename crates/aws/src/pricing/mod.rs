//! The price list of AWS: which product a question is about, and its price in the answer. Pure.

mod product;

use landbridge_core::cost::{Item, PriceQuestion, not_asked};
use landbridge_core::{Error, Result};
use serde_json::{Value, json};

use crate::client::Page;
use crate::partition::Partition;

pub(crate) use product::quote;

/// A page may have so many products; a question that fits more is not answered anyway.
const PAGE: u64 = 100;

/// A product of the price list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    service: &'static str,
    /// Names of attributes and the values that they must have.
    filters: Vec<(&'static str, String)>,
    /// What units of the product may be called.
    units: &'static [&'static str],
    /// What is not certain about it.
    doubt: Option<&'static str>,
}

impl Wanted {
    /// The product that a question is about.
    ///
    /// # Errors
    /// [`Unsupported`](landbridge_core::ErrorKind::Unsupported), if it is not known.
    pub(crate) fn of(question: &PriceQuestion) -> Result<Self> {
        let PriceQuestion { region, kind, .. } = question;
        let partition = Partition::of(region);
        if partition != Partition::default() {
            let name = partition.name;
            return Err(not_asked(format!(
                "Landbridge does not ask the price list of partition `{name}`"
            )));
        }
        let region = region.to_string();
        match (question.item, kind, &question.to) {
            (Item::Instance, Some(kind), _) => Ok(Self {
                service: "AmazonEC2",
                filters: vec![
                    ("instanceType", kind.clone()),
                    ("regionCode", region),
                    ("operatingSystem", "Linux".to_owned()),
                    ("tenancy", "Shared".to_owned()),
                    ("preInstalledSw", "NA".to_owned()),
                    ("capacitystatus", "Used".to_owned()),
                ],
                units: &["Hrs", "hour"],
                doubt: None,
            }),
            (Item::Disk, Some(kind), _) => Ok(Self {
                service: "AmazonEC2",
                filters: vec![
                    ("productFamily", "Storage".to_owned()),
                    ("volumeApiName", kind.clone()),
                    ("regionCode", region),
                ],
                units: &["GB-Mo"],
                doubt: None,
            }),
            (Item::RegionTransfer, _, Some(to)) => Ok(Self {
                service: "AWSDataTransfer",
                filters: vec![
                    ("fromRegionCode", region),
                    ("toRegionCode", to.to_string()),
                    ("transferType", "InterRegion Outbound".to_owned()),
                ],
                units: &["GB"],
                doubt: Some("the product was found by a name of its kind that is not verified"),
            }),
            _ => Err(not_asked("its product in the price list is not known")),
        }
    }

    /// The body of `GetProducts`, from the page on that starts at a token.
    pub(crate) fn body(&self, token: Option<&str>) -> Value {
        let filter = |(field, value): &(&str, String)| json!({"Type": "TERM_MATCH", "Field": field, "Value": value});
        let filters: Vec<Value> = self.filters.iter().map(filter).collect();
        let mut body = json!({
            "ServiceCode": self.service, "Filters": filters, "FormatVersion": "aws_v1", "MaxResults": PAGE,
        });
        if let Some(token) = token {
            body["NextToken"] = token.into();
        }
        body
    }
}

/// The texts of products in an answer of `GetProducts`. An answer without the list is not an empty one.
pub(crate) fn read_page(answer: &[u8]) -> Result<Page<String>, &'static str> {
    let answer: Value = serde_json::from_slice(answer).map_err(|_| "the answer is no JSON text")?;
    let products = answer["PriceList"].as_array();
    let products = products.ok_or("the answer has no `PriceList`")?;
    let text = |product: &Value| product.as_str().map(str::to_owned);
    let items: Option<Vec<String>> = products.iter().map(text).collect();
    let next = answer["NextToken"].as_str().map(str::to_owned);
    Ok(Page {
        items: items.ok_or("an item of `PriceList` is no text")?,
        next: next.filter(|token| !token.is_empty()),
    })
}

fn malformed(message: impl Into<String>) -> Error {
    Error::new(landbridge_core::ErrorKind::Malformed, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::cost::Unit;
    use landbridge_core::{CloudName, Disk, ErrorKind};

    pub(super) fn question(item: Item, unit: Unit, region: &str) -> PriceQuestion {
        PriceQuestion::new(
            CloudName::from_static("aws"),
            "111122223333",
            (item, unit),
            region,
        )
    }

    fn filters(question: &PriceQuestion) -> Vec<String> {
        let wanted = Wanted::of(question).expect("a product");
        let all = wanted.filters.iter();
        all.map(|(field, value)| format!("{field}={value}"))
            .collect()
    }

    #[test]
    fn a_question_names_one_product() {
        let instance = question(Item::Instance, Unit::Hour, "us-east-2");
        assert_eq!(
            filters(&instance.of_instance("t3.nano", None)),
            [
                "instanceType=t3.nano",
                "regionCode=us-east-2",
                "operatingSystem=Linux",
                "tenancy=Shared",
                "preInstalledSw=NA",
                "capacitystatus=Used"
            ]
        );
        let gp3 = Disk {
            category: "gp3".to_owned(),
            size_gib: 8,
        };
        let disk = question(Item::Disk, Unit::GbMonth, "us-east-1");
        assert_eq!(
            filters(&disk.of_instance("t3.nano", Some(gp3))),
            [
                "productFamily=Storage",
                "volumeApiName=gp3",
                "regionCode=us-east-1"
            ]
        );
        let traffic = question(Item::RegionTransfer, Unit::Gb, "us-east-1").to("eu-west-1");
        assert_eq!(
            filters(&traffic),
            [
                "fromRegionCode=us-east-1",
                "toRegionCode=eu-west-1",
                "transferType=InterRegion Outbound"
            ]
        );
        assert!(Wanted::of(&traffic).expect("a product").doubt.is_some());
    }

    #[test]
    fn what_has_no_known_product_is_not_asked_for() {
        for (item, unit, region) in [
            (Item::Peering, Unit::Hour, "us-east-1"),
            (Item::LocalTransfer, Unit::Gb, "us-east-1"),
            (Item::Instance, Unit::Hour, "cn-north-1"),
        ] {
            let question = question(item, unit, region).of_instance("t3.nano", None);
            let error = Wanted::of(&question).expect_err("unknown");
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{item} in {region}");
        }
    }

    #[test]
    fn the_body_has_the_token_of_its_page() {
        let wanted = Wanted {
            service: "AmazonEC2",
            filters: vec![("regionCode", "r".to_owned())],
            units: &[],
            doubt: None,
        };
        let body = |token| wanted.body(token);
        assert_eq!(
            body(None),
            json!({"ServiceCode": "AmazonEC2", "FormatVersion": "aws_v1", "MaxResults": 100,
                "Filters": [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "r"}]})
        );
        assert_eq!(body(Some("t"))["NextToken"], "t");
    }

    #[test]
    fn a_page_without_its_list_is_no_empty_page() {
        let page = read_page(br#"{"FormatVersion":"aws_v1","PriceList":["{}"],"NextToken":"t"}"#);
        let page = page.expect("a page");
        assert_eq!((page.items.len(), page.next.as_deref()), (1, Some("t")));
        let last = read_page(br#"{"PriceList":[],"NextToken":""}"#).expect("a page");
        assert!(last.items.is_empty() && last.next.is_none());
        for torn in ["", "{", "{}", "[]", r#"{"PriceList":[{}]}"#, "<html>"] {
            assert!(read_page(torn.as_bytes()).is_err(), "{torn}");
        }
    }
}
