//! How many calls reading takes: what the cloud lists for a region is asked for once, however many networks there are.

use std::collections::BTreeMap;

use landbridge_core::topology::Topology;
use landbridge_sim::AccountSpec;

use crate::world::{A, B, World};

/// So many networks, half of them in each account, all in one region, joined by a hub and with a firewall each.
fn hub(networks: usize) -> Topology {
    let names: Vec<String> = (0..networks).map(|n| format!("n{n}")).collect();
    let network = |n: usize| {
        let account = ["a", "b"][n % 2];
        format!(
            "{{ name: n{n}, account: {account}, region: cn-hangzhou, range: 10.{n}.0.0/16, subnets: [
              {{ name: h, zone: cn-hangzhou-h, range: 10.{n}.1.0/24 }},
              {{ name: i, zone: cn-hangzhou-i, range: 10.{n}.2.0/24 }}] }}"
        )
    };
    let all: Vec<String> = (0..networks).map(network).collect();
    let (all, names) = (all.join(","), names.join(","));
    Topology::from_text(&format!(
        "{{ name: hub, accounts: [{{ name: a, cloud: aliyun, id: '{A}' }}, {{ name: b, cloud: aliyun, id: '{B}' }}],
          networks: [{all}],
          interconnects: [{{ name: core, owner: a, model: hub, members: [{names}] }}],
          firewalls: [{{ name: fw, networks: [{names}], rules: [{{ allow: icmp, from: ['members:core'] }}] }}] }}"
    ))
    .expect("a topology")
}

/// The calls of an empty plan, by operation; those for identities since the start.
async fn of_an_empty_plan(networks: usize) -> BTreeMap<String, usize> {
    let world = World::start([A, B].map(|id| AccountSpec::new("aliyun", id))).await;
    let topology = hub(networks);
    world.apply(&topology).await;
    let before = world.simulator.calls().len();
    let plan = world.plan(&topology).await;
    assert!(plan.is_empty(), "{plan}");
    let mut counts = BTreeMap::new();
    for (index, call) in world.simulator.calls().into_iter().enumerate() {
        if index >= before || call.action == "GetCallerIdentity" {
            *counts.entry(call.action).or_insert(0) += 1;
        }
    }
    counts
}

#[tokio::test]
async fn only_what_the_cloud_shows_of_one_object_at_a_time_takes_a_call_for_each() {
    let (few, many) = tokio::join!(of_an_empty_plan(4), of_an_empty_plan(8));
    let singly = [
        "DescribeRouteEntryList",
        "DescribeSecurityGroupAttribute",
        "DescribeGrantRulesToResource",
    ];
    for action in singly {
        assert_eq!((few[action], many[action]), (4, 8), "{action}");
    }
    let without = |counts: &BTreeMap<String, usize>| {
        let mut counts = counts.clone();
        counts.retain(|action, _| !singly.contains(&action.as_str()));
        counts
    };
    assert_eq!(without(&few), without(&many));
    for action in [
        "DescribeVSwitches",
        "DescribeRouteTableList",
        "GetCallerIdentity",
    ] {
        assert_eq!(few[action], 2, "{action}: one for each place or account");
    }
}
