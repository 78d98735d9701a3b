use std::net::IpAddr;
use std::sync::Arc;

use super::lab::{A, HANGZHOU, builder, cloud, label, range};
use crate::error::{Error, ErrorKind};
use crate::ids::{SubnetId, Zone};
use crate::traits::{Cloud, CreateNetwork, CreateSubnet, InstanceRecord, RunInstance, Select};

/// A place with a subnet of three usable addresses.
async fn small_subnet() -> (Arc<dyn Cloud>, SubnetId) {
    let cloud = cloud(&builder().build(), A, HANGZHOU).await;
    let request = CreateNetwork::new(label("network"), range("10.0.0.0/16"));
    let network = cloud.create_network(&request).await.unwrap().id;
    let zone = Zone::new("cn-hangzhou-a");
    let request = CreateSubnet::new(label("subnet"), network, zone, range("10.0.0.8/29"));
    let subnet = cloud.create_subnet(&request).await.unwrap().id;
    (cloud, subnet)
}

async fn run(
    cloud: &dyn Cloud,
    subnet: &SubnetId,
    key: &str,
    address: Option<&str>,
) -> Result<InstanceRecord, Error> {
    let address = address.map(|address| address.parse::<IpAddr>().unwrap());
    let request =
        RunInstance::new(label(key), subnet.clone(), vec![], "nano", "linux").with_address(address);
    cloud.run_instance(&request).await
}

#[tokio::test]
async fn addresses_are_chosen_counted_and_given_back() {
    let (cloud, subnet) = small_subnet().await;
    let mut chosen: Vec<Option<IpAddr>> = Vec::new();
    for key in ["one", "two", "three"] {
        let instance = run(cloud.as_ref(), &subnet, key, None).await.unwrap();
        chosen.push(instance.address);
    }
    let expected = ["10.0.0.12", "10.0.0.13", "10.0.0.14"];
    assert_eq!(chosen, expected.map(|text| Some(text.parse().unwrap())));
    let seen = cloud.list_subnets(&Select::All).await.unwrap();
    assert_eq!(seen[0].free_addresses, Some(0));
    let full = run(cloud.as_ref(), &subnet, "four", None)
        .await
        .unwrap_err();
    assert_eq!(full.kind(), ErrorKind::QuotaExceeded);
    cloud.terminate_instance(&"ins-2".into()).await.unwrap();
    let next = run(cloud.as_ref(), &subnet, "four", None).await.unwrap();
    assert_eq!(next.address, chosen[1]);
}

#[tokio::test]
async fn an_address_must_be_usable_and_free() {
    let (cloud, subnet) = small_subnet().await;
    let taken = Some("10.0.0.13");
    run(cloud.as_ref(), &subnet, "one", taken).await.unwrap();
    for address in ["10.0.0.13", "10.0.0.8", "10.0.0.15", "10.0.1.1"] {
        let refused = run(cloud.as_ref(), &subnet, "two", Some(address)).await;
        assert_eq!(
            refused.unwrap_err().kind(),
            ErrorKind::InvalidInput,
            "{address}"
        );
    }
}
