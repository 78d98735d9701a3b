//! List prices of instances and of their system disks, paid by the hour.

use landbridge_core::cost::{Amount, Currency, HOURS_OF_MONTH, PriceQuote};
use landbridge_core::{Disk, Region, Result};

use super::request;
use crate::document::{Doc, malformed};
use crate::request::{Request, in_region};

const DETAILS: &[&str] = &["DetailInfos", "DetailInfo"];

/// `DescribePrice`: one instance with its system disk for an hour.
pub(crate) fn describe_price(region: &Region, instance_type: &str, disk: Option<&Disk>) -> Request {
    let params = in_region(region)
        .with("ResourceType", "instance")
        .with("InstanceType", instance_type)
        .with_option("SystemDisk.Category", disk.map(|disk| &disk.category))
        .with_option("SystemDisk.Size", disk.map(|disk| disk.size_gib))
        .with("PriceUnit", "Hour")
        .with("Amount", 1);
    request("DescribePrice", params)
}

/// What the instance alone costs each hour.
pub(crate) fn read_instance_price(answer: Doc<'_>, instance_type: &str) -> Result<PriceQuote> {
    let (amount, currency) = part(answer, "instanceType")?;
    let source = format!("ECS DescribePrice, {instance_type}, list price");
    Ok(PriceQuote::new(amount, currency, source))
}

/// What a GB of the disk costs each month.
pub(crate) fn read_disk_price(answer: Doc<'_>, disk: &Disk) -> Result<PriceQuote> {
    let (hourly, currency) = part(answer, "systemDisk")?;
    let Disk { category, size_gib } = disk;
    let amount = hourly.times(HOURS_OF_MONTH).part_of((*size_gib).into());
    let source = format!("ECS DescribePrice, system disk {category} of {size_gib} GiB, list price");
    let mut quote = PriceQuote::new(amount, currency, source);
    quote.note = Some(format!(
        "{hourly} each hour for all of it, in {HOURS_OF_MONTH} hours, for each GB"
    ));
    Ok(quote)
}

/// The list price of a part of what was asked about. The sum of all parts would be the price of more than the part.
fn part(answer: Doc<'_>, resource: &str) -> Result<(Amount, Currency)> {
    let price = answer.get("PriceInfo").get("Price");
    let details = price.need_list(DETAILS)?;
    let mut parts = details
        .into_iter()
        .filter(|part| part.str("Resource") == Some(resource));
    let (Some(found), None) = (parts.next(), parts.next()) else {
        return Err(malformed(format!(
            "the answer does not name one price of `{resource}`"
        )));
    };
    let amount: &str = found.need("OriginalPrice")?;
    let currency: &str = price.need("Currency")?;
    Ok((
        amount.parse().map_err(malformed)?,
        currency.parse().map_err(malformed)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn disk() -> Disk {
        Disk {
            category: "cloud_essd".to_owned(),
            size_gib: 40,
        }
    }

    fn answer(details: Value) -> Value {
        json!({"PriceInfo": {"Price": {"OriginalPrice": 0.23, "DiscountPrice": 0.05, "TradePrice": 0.18, "Currency": "CNY",
            "DetailInfos": {"DetailInfo": details}}, "Rules": {"Rule": []}}})
    }

    fn details() -> Value {
        json!([{"Resource": "instanceType", "OriginalPrice": 0.21, "DiscountPrice": 0.05, "TradePrice": 0.16},
            {"Resource": "systemDisk", "OriginalPrice": 0.02, "DiscountPrice": 0, "TradePrice": 0.02},
            {"Resource": "image", "OriginalPrice": 0}])
    }

    #[test]
    fn an_instance_is_asked_about_with_its_disk_for_an_hour() {
        let body = |disk: Option<&Disk>| {
            let request = describe_price(&"cn-hangzhou".into(), "ecs.t6-c1m1.large", disk);
            request.params().form_body()
        };
        assert_eq!(
            body(Some(&disk())),
            "RegionId=cn-hangzhou&ResourceType=instance&InstanceType=ecs.t6-c1m1.large&SystemDisk.Category=cloud_essd\
             &SystemDisk.Size=40&PriceUnit=Hour&Amount=1"
        );
        assert!(!body(None).contains("SystemDisk"));
    }

    #[test]
    fn the_list_price_of_the_instance_alone_is_read() {
        let answer = answer(details());
        let quote = read_instance_price(Doc::of(&answer), "ecs.t6").expect("a price");
        assert_eq!(
            (quote.amount.to_string(), quote.currency.as_str()),
            ("0.210".to_owned(), "CNY")
        );
        assert!(quote.verified && quote.date.is_none());
        assert_eq!(quote.source, "ECS DescribePrice, ecs.t6, list price");
    }

    #[test]
    fn the_price_of_a_disk_is_told_for_a_gigabyte_and_month() {
        let answer = answer(details());
        let quote = read_disk_price(Doc::of(&answer), &disk()).expect("a price");
        assert_eq!(quote.amount.to_string(), "0.365");
        assert!(
            quote
                .note
                .is_some_and(|note| note.starts_with("0.020 each hour"))
        );
    }

    #[test]
    fn what_is_not_one_price_is_refused() {
        for (details, part) in [
            (json!([]), "does not name one price of `instanceType`"),
            (
                json!([{"Resource": "instance", "OriginalPrice": 1}]),
                "does not name one price",
            ),
            (
                json!([{"Resource": "instanceType", "OriginalPrice": 1}, {"Resource": "instanceType", "OriginalPrice": 2}]),
                "does not name one price",
            ),
            (
                json!([{"Resource": "instanceType", "TradePrice": 1}]),
                "OriginalPrice",
            ),
            (
                json!([{"Resource": "instanceType", "OriginalPrice": -1}]),
                "invalid amount `-1`",
            ),
            (
                json!([{"Resource": "instanceType", "OriginalPrice": 1e-7}]),
                "invalid amount",
            ),
        ] {
            let answer = answer(details);
            let error = read_instance_price(Doc::of(&answer), "x").expect_err("no price");
            assert!(error.to_string().contains(part), "{error}");
        }
        let bare = json!({"RequestId": "R"});
        assert!(read_disk_price(Doc::of(&bare), &disk()).is_err());
    }
}
