//! What topologies cost, by the account that pays, and what that says about the model.

mod choice;
mod parts;
mod sums;
mod table;

use std::collections::BTreeMap;

use jiff::civil::Date;
use landbridge_core::cost::{Estimate, PriceTable};
use landbridge_core::topology::Topology;
use landbridge_core::{Capabilities, CloudName, Model, Observation};

fn aliyun() -> Capabilities {
    let models = vec![Model::Hub, Model::Mesh];
    Capabilities::new(CloudName::from_static("aliyun"), models)
}

fn aws() -> Capabilities {
    Capabilities::new(CloudName::from_static("aws"), vec![Model::Mesh])
}

/// The day on which prices are dated or not.
fn on() -> Date {
    "2026-11-28".parse().expect("a day")
}

fn read(text: &str) -> Topology {
    Topology::from_text(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn table(text: &str) -> PriceTable {
    PriceTable::from_text(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn estimate_with(topology: &Topology, prices: &PriceTable) -> Estimate {
    let observation = Observation::new([aliyun(), aws()], Vec::new());
    Estimate::new(topology, &observation, prices, on())
}

fn estimate(topology: &Topology) -> Estimate {
    estimate_with(topology, PriceTable::built_in())
}

/// What each account pays for each hour.
fn payers(estimate: &Estimate) -> BTreeMap<&str, String> {
    let accounts = estimate.accounts.iter();
    accounts
        .map(|account| (account.name.as_str(), account.hourly.to_string()))
        .collect()
}

/// Three networks of two accounts in two regions, joined by transit routers, with an instance in each.
fn three() -> String {
    let network = |name: &str, account: &str, region: &str, number: u8| {
        format!(
            "  - {{ name: {name}, account: {account}, region: {region}, range: 10.{number}.0.0/16,
      subnets: [{{ name: s, zone: {region}-h, range: 10.{number}.1.0/24 }}] }}\n"
        )
    };
    let instance = |name: &str, network: &str| {
        format!(
            "  - {{ name: {name}, subnet: {network}/s, type: ecs.t5-lc2m1.nano, image: linux, firewalls: [f],
      disk: {{ category: cloud_efficiency, size_gib: 40 }} }}\n"
        )
    };
    [
        "name: three
accounts:
  - { name: a, cloud: aliyun, id: \"1234567890123456\" }
  - { name: b, cloud: aliyun, id: \"1234567890123457\" }
networks:
",
        &network("vpc1", "a", "cn-hangzhou", 1),
        &network("vpc2", "b", "cn-hangzhou", 2),
        &network("vpc3", "a", "cn-qingdao", 3),
        "interconnects:
  - { name: backbone, owner: a, model: hub, payer: hub-owner, members: [vpc1, vpc2, vpc3] }
firewalls:
  - { name: f, networks: [vpc1, vpc2, vpc3], rules: [{ allow: icmp, from: [\"members:backbone\"] }] }
instances:
",
        &instance("ecs1", "vpc1"),
        &instance("ecs2", "vpc2"),
        &instance("ecs3", "vpc3"),
    ]
    .concat()
}

/// A table of an earlier date, in which traffic between regions of mainland China has another price.
fn earlier() -> PriceTable {
    table(
        "format: 1
date: 2026-11-28
base: built-in
prices:
  - { cloud: aliyun, item: region-transfer, from: [\"cn-*\"], to: [\"cn-*\"], unit: gb, amount: 0.600, currency: CNY,
      source: an earlier calculation, verified: false }",
    )
}
