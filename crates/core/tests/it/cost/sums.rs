//! Sums by payer and by currency, and what is in none of them.

use landbridge_core::Observation;
use landbridge_core::cost::{Estimate, Item, PriceTable, Unit};
use landbridge_core::object::ObjectKey;
use landbridge_core::plan::plan;

use super::{aliyun, earlier, estimate, estimate_with, on, payers, read, table, three};

#[test]
fn three_networks_of_two_accounts_cost_what_was_reckoned_for_them() {
    let estimate = estimate_with(&read(&three()), &earlier());
    assert_eq!(estimate.hourly.to_string(), "1.299 CNY");
    insta::assert_snapshot!(estimate.to_string(), @"
    cost of three, by prices of 2026-11-28:
      each hour: 1.299 CNY (948.270 CNY in 730 hours)
        a (aliyun 1234567890123456): 1.216 CNY
          1.050 CNY (3 x 0.350 CNY)  attachments to backbone: vpc1, vpc2, vpc3 [1]
          0.166 CNY (2 x 0.083 CNY)  instances ecs.t5-lc2m1.nano: ecs1, ecs3 [2]
        b (aliyun 1234567890123457): 0.083 CNY
          0.083 CNY  instances ecs.t5-lc2m1.nano: ecs2 [2]
      each GB:
        a (aliyun 1234567890123456):
          0.130 CNY  sent into attachments to backbone: vpc1, vpc2, vpc3 [1]
          0.600 CNY  from cn-hangzhou to cn-qingdao [3]
          0.600 CNY  from cn-qingdao to cn-hangzhou [3]
      free: connections between the regions of backbone, hubs of backbone, networks
      not priced, and in none of the sums:
        a: disks cloud_efficiency of 40 GB: ecs1, ecs3, each GB and month
        b: disks cloud_efficiency of 40 GB: ecs2, each GB and month
      [1] a calculation of unknown date; the billing page of CEN has the rule without the figure; UNVERIFIED; undated
      [2] a calculation of unknown date; UNVERIFIED; undated
      [3] an earlier calculation; UNVERIFIED; undated
    ");
}

#[test]
fn the_table_of_the_program_has_the_current_price_of_traffic() {
    let estimate = estimate(&read(&three()));
    assert_eq!(estimate.hourly.to_string(), "1.299 CNY");
    let between = estimate.charges.iter();
    let between = between.filter(|one| one.charge.item == Item::RegionTransfer);
    let prices: Vec<String> = between.map(|one| one.price.to_string()).collect();
    assert_eq!(prices, ["0.480 CNY", "0.480 CNY"]);
}

#[test]
fn the_owner_of_a_member_pays_for_its_attachment_where_that_is_agreed() {
    let shared = estimate(&read(&three()));
    assert_eq!(payers(&shared)["a"], "1.216 CNY");
    assert_eq!(payers(&shared)["b"], "0.083 CNY");
    let own = three().replace("payer: hub-owner", "payer: member-owner");
    let own = estimate(&read(&own));
    assert_eq!(payers(&own)["a"], "0.866 CNY");
    assert_eq!(payers(&own)["b"], "0.433 CNY");
    assert_eq!(own.hourly, shared.hourly);
    // So does the price of what is sent into it.
    let sent = own
        .charges
        .iter()
        .find(|one| one.charge.unit == Unit::Gb && one.charge.name.as_deref() == Some("vpc2"));
    assert_eq!(sent.expect("a charge").charge.account, "b");
}

#[test]
fn what_has_no_price_is_told_by_name_and_is_not_free() {
    let text = three().replace("cn-qingdao", "eu-central-1").replace(
        "name: ecs1, subnet: vpc1/s, type: ecs.t5-lc2m1.nano",
        "name: ecs1, subnet: vpc1/s, type: ecs.g9.huge",
    );
    let estimate = estimate(&read(&text));
    assert_eq!(estimate.hourly.to_string(), "0.783 CNY");
    let text = estimate.to_string();
    for told in [
        "a: attachments to backbone: vpc3, each hour",
        "a: sent into attachments to backbone: vpc3, each GB",
        "a: instances ecs.g9.huge: ecs1, each hour",
        "a: disks cloud_efficiency of 40 GB: ecs1, ecs3, each GB and month",
        "b: disks cloud_efficiency of 40 GB: ecs2, each GB and month",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(
        text.contains("5.600 CNY  from cn-hangzhou to eu-central-1; crosses the border"),
        "{text}"
    );
    let free = text.lines().find(|line| line.trim().starts_with("free:"));
    assert!(!free.expect("a line").contains("attachments"), "{text}");
}

#[test]
fn nothing_is_added_up_across_currencies() {
    let text = "
name: both
accounts:
  - { name: ali, cloud: aliyun, id: \"1234567890123456\" }
  - { name: ama, cloud: aws, id: \"111122223333\" }
networks:
  - { name: vpc1, account: ali, region: cn-hangzhou, range: 10.1.0.0/16, subnets: [{ name: s, zone: cn-hangzhou-h, range: 10.1.1.0/24 }] }
  - { name: vpc2, account: ama, region: us-east-1, range: 10.2.0.0/16, subnets: [{ name: s, zone: us-east-1a, range: 10.2.1.0/24 }] }
firewalls:
  - { name: f, networks: [vpc1, vpc2], rules: [{ allow: icmp, from: [10.0.0.0/8] }] }
instances:
  - { name: one, subnet: vpc1/s, type: ecs.t5-lc2m1.nano, image: i, firewalls: [f] }
  - { name: two, subnet: vpc2/s, type: t3.nano, image: i, firewalls: [f], disk: { category: gp3, size_gib: 8 } }
";
    let estimate = estimate(&read(text));
    // Of the disk: 8 x 0.08 / 730.
    assert_eq!(
        estimate.hourly.to_string(),
        "0.083 CNY and 0.0060767123 USD"
    );
    assert_eq!(payers(&estimate)["ali"], "0.083 CNY");
    assert_eq!(payers(&estimate)["ama"], "0.0060767123 USD");
    let text = estimate.to_string();
    assert!(
        text.contains("not counted: system disk of instance one"),
        "{text}"
    );
}

#[test]
fn each_side_of_a_mesh_pays_for_what_it_sends() {
    let text = "
name: mesh
accounts:
  - { name: app, cloud: aws, id: \"111122223333\" }
  - { name: data, cloud: aws, id: \"444455556666\" }
networks:
  - { name: web, account: app, region: us-east-1, range: 10.1.0.0/16 }
  - { name: api, account: data, region: us-east-1, range: 10.2.0.0/16 }
  - { name: db, account: data, region: ap-southeast-1, range: 10.3.0.0/16 }
interconnects: [{ name: all, owner: app, members: [web, api, db] }]
";
    let estimate = estimate(&read(text));
    assert!(estimate.hourly.is_zero());
    let shown = estimate.to_string();
    for told in [
        "free: networks, peerings of all",
        "app (aws 111122223333):
      0.020 USD  from us-east-1 to ap-southeast-1 [1]
      0.010 USD  traffic inside us-east-1, sent or received; only between two availability zones [1]
    data",
        "0.090 USD  from ap-southeast-1 to us-east-1",
        "[1] Infracost test data, 2024-09-25; UNVERIFIED; dated: more than 180 days old",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
}

#[test]
fn what_exists_already_is_named_and_not_counted() {
    let text = "
name: existing
accounts: [{ name: a, cloud: aliyun, id: \"1234567890123456\" }]
networks:
  - { name: vpc1, account: a, region: cn-hangzhou, id: vpc-1 }
  - { name: vpc2, account: a, region: cn-hangzhou, id: vpc-2 }
interconnects: [{ name: core, owner: a, hub: { id: cen-1 }, members: [vpc1, vpc2] }]
edges:
  - name: line
    owner: a
    region: cn-hangzhou
    asn: 45104
    members: [vpc1]
    border_routers: []
    border-routers: [{ name: dc, id: vbr-1, account: a, region: cn-qingdao, ranges: [192.168.0.0/16] }]
instances: [{ name: probe, id: i-1, network: vpc1 }]
"
    .replace("    border_routers: []\n", "");
    let estimate = estimate(&read(&text));
    assert_eq!(estimate.hourly.to_string(), "0.700 CNY");
    let shown = estimate.to_string();
    for told in [
        "not counted: hub cen-1 of interconnect core",
        "not counted: border router vbr-1 and its private line",
        "not counted: instance probe (i-1)",
        "a: hub of edge line, each hour",
        "a: attachments to line: dc, vpc1, each hour",
        "0.480 CNY  from cn-qingdao to cn-hangzhou",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
}

#[test]
fn a_model_that_the_cloud_does_not_offer_is_told_and_not_priced() {
    let text = three()
        .replace("cloud: aliyun", "cloud: aws")
        .replace("123456789012345", "12345678901");
    let estimate = estimate(&read(&text));
    let told = "interconnect backbone: its cloud does not offer the model";
    assert!(
        estimate
            .not_counted
            .iter()
            .any(|what| what.starts_with(told)),
        "{estimate}"
    );
}

#[test]
fn a_plan_tells_what_it_adds_and_what_ends() {
    let topology = read(&three());
    let observation = Observation::new([aliyun()], Vec::new());
    let estimate = Estimate::new(&topology, &observation, PriceTable::built_in(), on());
    let mut all = plan(&topology, &observation);
    assert_eq!(estimate.change(&all).added, estimate.hourly);
    assert_eq!(estimate.change(&all).ends, [""; 0]);
    assert_eq!(estimate.change(&all).not_priced.len(), 3);
    let added = ObjectKey::attachment("backbone", "vpc1");
    all.steps.retain(|step| *step.key.object() == added);
    let change = estimate.change(&all);
    assert_eq!(change.to_string(), "the plan adds 0.350 CNY each hour");
    all.steps.clear();
    assert!(estimate.change(&all).added.is_zero());
}

#[test]
fn the_document_has_every_charge_with_its_source() {
    let document = serde_json::to_value(estimate(&read(&three()))).expect("JSON");
    assert_eq!(document["hourly"], serde_json::json!({ "CNY": "1.299" }));
    assert_eq!(document["accounts"][0]["hourly"]["CNY"], "1.216");
    let charges = document["charges"].as_array().expect("a list");
    let of = |key: &str, unit: &str| {
        let found = charges
            .iter()
            .find(|one| one["key"] == key && one["unit"] == unit);
        found.unwrap_or_else(|| panic!("{key}: {document:#}"))
    };
    let attachment = of("attachment/backbone/vpc2", "hour");
    assert_eq!(attachment["account"], "a");
    assert_eq!(attachment["price"]["CNY"], "0.350");
    assert_eq!(
        attachment["doubts"],
        serde_json::json!(["unverified", "undated"])
    );
    assert!(of("attachment/backbone/vpc2", "gb")["hourly"].is_null());
    assert_eq!(document["not_priced"][0]["item"], "disk");
}

#[test]
fn a_replaced_table_alone_counts() {
    let prices = table(
        "format: 1
date: 2027-01-01
prices:
  - { cloud: aliyun, item: attachment, unit: hour, amount: \"0.2\", currency: USD, source: contract, verified: true,
      date: 2026-11-01 }",
    );
    let estimate = estimate_with(&read(&three()), &prices);
    assert_eq!(estimate.hourly.to_string(), "0.600 USD");
    let shown = estimate.to_string();
    assert!(
        shown.contains("[1] contract, 2026-11-01\n") || shown.ends_with("[1] contract, 2026-11-01"),
        "{shown}"
    );
    assert!(
        shown.contains("a: networks: vpc1, vpc3, each hour"),
        "{shown}"
    );
}
