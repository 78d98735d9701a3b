//! Alibaba Cloud: many route entries in one call.

mod support;

use serde_json::Value;
use support::peered::Peered;
use support::{LONG, text};

type Entry<'a> = [(&'a str, &'a str); 4];

fn entry<'a>(stage: &'a Peered, destination: &'a str, hop: &'a str) -> Entry<'a> {
    [
        ("RouteTableId", &stage.left.table),
        ("DstCidrBlock", destination),
        ("NextHopType", "VpcPeer"),
        ("NextHop", hop),
    ]
}

async fn send(stage: &Peered, action: &str, entries: &[Entry<'_>]) -> support::Answer {
    let fields = entries
        .iter()
        .zip(1..)
        .flat_map(|(entry, number): (_, u32)| {
            let named = |(name, value): &(&str, &str)| {
                (format!("RouteEntries.{number}.{name}"), (*value).to_owned())
            };
            entry.iter().map(named).collect::<Vec<_>>()
        });
    let fields: Vec<(String, String)> = fields.collect();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    stage.vpc(action, &fields).await
}

async fn destinations(stage: &Peered) -> Vec<String> {
    let table = [
        ("RouteTableId", stage.left.table.as_str()),
        ("RouteEntryType", "Custom"),
        ("MaxResult", "100"),
    ];
    let shown = stage.vpc("DescribeRouteEntryList", &table).await.ok();
    let entries = shown["RouteEntrys"]["RouteEntry"].as_array().cloned();
    let entries: Vec<Value> = entries.unwrap_or_default();
    let named = entries.iter().map(|one| text(&one["DestinationCidrBlock"]));
    let mut named: Vec<String> = named.collect();
    named.sort();
    named
}

#[tokio::test]
async fn each_entry_succeeds_or_fails_alone_and_all_are_one_write() {
    let stage = Peered::new().await;
    let hop = stage.peering.as_str();
    let entries = ["10.8.0.0/16", "10.1.0.0/16", "10.9.0.0/16"].map(|to| entry(&stage, to, hop));
    let answer = send(&stage, "CreateRouteEntries", &entries).await.ok();
    assert_eq!(
        (&answer["SuccessCount"], &answer["FailedCount"]),
        (&2.into(), &1.into())
    );
    assert_eq!(answer["RouteEntryIds"].as_array().map(Vec::len), Some(2));
    let failed = &answer["FailedRouteEntries"][0];
    assert_eq!(failed["DstCidrBlock"], "10.1.0.0/16");
    assert_eq!(failed["NextHop"], hop);
    assert_eq!(failed["FailedCode"], "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE");
    let busy = send(
        &stage,
        "CreateRouteEntries",
        &[entry(&stage, "10.7.0.0/16", hop)],
    )
    .await;
    busy.refused("TaskConflict");
    stage.simulator.advance(LONG);
    assert_eq!(
        destinations(&stage).await,
        ["10.1.0.0/16", "10.8.0.0/16", "10.9.0.0/16"]
    );

    let other = entry(&stage, "10.1.0.0/16", "pcc-other");
    let gone = [
        entry(&stage, "10.8.0.0/16", hop),
        other,
        entry(&stage, "10.9.0.0/16", hop),
    ];
    let answer = send(&stage, "DeleteRouteEntries", &gone).await.ok();
    assert_eq!(
        (&answer["SuccessCount"], &answer["FailedCount"]),
        (&2.into(), &1.into())
    );
    let failed = &answer["FailedRouteEntries"][0];
    assert_eq!(failed["FailedCode"], "VPC_ROUTER_ENTRY_NOT_EXIST");
    let busy = send(
        &stage,
        "DeleteRouteEntries",
        &[entry(&stage, "10.1.0.0/16", hop)],
    )
    .await;
    busy.refused("TaskConflict");
    stage.simulator.advance(LONG);
    assert_eq!(destinations(&stage).await, ["10.1.0.0/16"]);
}

#[tokio::test]
async fn a_call_takes_fifty_entries_with_all_that_they_need() {
    let stage = Peered::new().await;
    let hop = stage.peering.as_str();
    let ranges: Vec<String> = (0..51).map(|n| format!("10.100.{n}.0/24")).collect();
    let entries: Vec<Entry<'_>> = ranges.iter().map(|to| entry(&stage, to, hop)).collect();
    let refused = send(&stage, "CreateRouteEntries", &entries).await;
    refused.refused("InvalidParameter.RouteEntries");
    send(&stage, "CreateRouteEntries", &[])
        .await
        .refused("MissingParameter");
    let nameless = [("RouteEntries.1.DstCidrBlock", "10.7.0.0/16")];
    let refused = stage.vpc("CreateRouteEntries", &nameless).await;
    refused.refused("MissingParam.RouteTableId");
    let answer = send(&stage, "CreateRouteEntries", &entries[..50])
        .await
        .ok();
    assert_eq!(answer["SuccessCount"], 50);
}
