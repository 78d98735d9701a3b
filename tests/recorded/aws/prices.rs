//! Prices of the price list.

use landbridge_core::cost::{Item, PriceQuestion, PriceQuote, Unit};
use landbridge_core::{CloudName, CloudProvider, Disk, ErrorKind, Result};

use super::stage::{A, HERE, Stage, THERE};

fn question(item: Item, unit: Unit) -> PriceQuestion {
    PriceQuestion::new(CloudName::from_static("aws"), A, (item, unit), HERE)
}

async fn ask(stage: &Stage, question: PriceQuestion) -> Result<PriceQuote> {
    stage.provider().describe_price(&question).await
}

#[tokio::test]
async fn products_have_one_price_or_none() {
    let stage = Stage::written("prices").await;
    let instance = |kind| question(Item::Instance, Unit::Hour).of_instance(kind, None);
    let nano = ask(&stage, instance("t3.nano")).await.expect("a price");
    assert_eq!(
        (nano.amount.to_string(), nano.currency.as_str()),
        ("0.006".to_owned(), "USD")
    );
    let date = nano.date.map(|date| date.to_string());
    assert_eq!((date.as_deref(), nano.verified), (Some("2026-11-20"), true));
    let gp3 = Disk {
        category: "gp3".to_owned(),
        size_gib: 8,
    };
    let disk = question(Item::Disk, Unit::GbMonth).of_instance("t3.nano", Some(gp3));
    let several = ask(&stage, disk).await.expect_err("two products");
    assert_eq!(several.kind(), ErrorKind::Malformed);
    assert!(several.message().contains("GP3A, GP3B"), "{several}");
    let traffic = question(Item::RegionTransfer, Unit::Gb).to(THERE);
    let traffic = ask(&stage, traffic).await.expect("a price");
    assert_eq!(
        (traffic.amount.to_string(), traffic.verified),
        ("0.020".to_owned(), false)
    );
    let none = ask(&stage, instance("t9.nano")).await.expect_err("none");
    assert_eq!(none.kind(), ErrorKind::NotFound);
    let denied = ask(&stage, instance("t3.small")).await.expect_err("denied");
    assert_eq!(
        (denied.kind(), denied.code()),
        (ErrorKind::PermissionDenied, Some("AccessDeniedException"))
    );
    let torn_once = ask(&stage, instance("t3.micro")).await.expect("a price");
    assert_eq!(torn_once.amount.to_string(), "0.012");
    let peering = ask(&stage, question(Item::Peering, Unit::Hour)).await;
    let peering = peering.expect_err("not asked");
    assert_eq!(
        (peering.kind(), peering.operation()),
        (ErrorKind::Unsupported, None)
    );
    stage.end();
}
