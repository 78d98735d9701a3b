//! Prices of instances and of their disks.

use landbridge_aliyun::CLOUD;
use landbridge_core::cost::{Item, PriceQuestion, Unit};
use landbridge_core::{CloudName, CloudProvider, Disk, ErrorKind};

use super::{OURS, REGION, Scene, assert_refused};

fn question(item: Item, unit: Unit, kind: &str) -> PriceQuestion {
    let disk = Disk {
        category: "cloud_essd".to_owned(),
        size_gib: 40,
    };
    let cloud = CloudName::from_static(CLOUD);
    PriceQuestion::new(cloud, OURS, (item, unit), REGION).of_instance(kind, Some(disk))
}

#[tokio::test]
async fn an_instance_and_its_disk_have_a_price_each() {
    let scene = Scene::of("prices").await;
    let of = |item, unit, kind| {
        let question = question(item, unit, kind);
        let provider = &scene.provider;
        async move { provider.describe_price(&question).await }
    };
    let instance = of(Item::Instance, Unit::Hour, "ecs.g7.large").await;
    let instance = instance.expect("a price");
    assert_eq!(
        (instance.amount.to_string(), instance.currency.as_str()),
        ("0.210".to_owned(), "CNY")
    );
    let disk = of(Item::Disk, Unit::GbMonth, "ecs.g7.large").await;
    assert_eq!(disk.expect("a price").amount.to_string(), "0.438");
    let denied = of(Item::Instance, Unit::Hour, "ecs.g6.large").await;
    let denied = denied.expect_err("denied");
    assert_refused(
        &denied,
        ErrorKind::PermissionDenied,
        "Forbidden.RAM",
        "allow",
    );
    // What no product code is known for is not asked for.
    let hub = of(Item::Hub, Unit::Hour, "").await.expect_err("not asked");
    assert_eq!(
        (hub.kind(), hub.operation()),
        (ErrorKind::Unsupported, None)
    );
    scene.finish();
}
