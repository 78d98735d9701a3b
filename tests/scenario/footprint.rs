//! What a file dropped is found by its tags in all regions of its accounts.

use std::collections::BTreeMap;

use landbridge_core::ErrorKind;
use landbridge_core::engine::ResidueReport;
use landbridge_core::plan::plan_destroy;
use landbridge_core::topology::Topology;
use landbridge_sim::{AccountSpec, FaultEffect, FaultRule};

use crate::place_reads_support::sees_the_same;
use crate::world::{A, B, World, three_networks, two_accounts};

const OTHER: &str = "cn-qingdao";

/// Two networks in two regions of one account, which nothing joins.
fn untied() -> Topology {
    Topology::from_text(&format!(
        "{{ name: untied, accounts: [{{ name: a, cloud: aliyun, id: '{A}' }}], networks: [
          {{ name: one, account: a, region: cn-hangzhou, range: 10.1.0.0/16 }},
          {{ name: two, account: a, region: {OTHER}, range: 10.2.0.0/16, subnets: [
            {{ name: s, zone: {OTHER}-b, range: 10.2.1.0/24 }}] }}] }}"
    ))
    .expect("a topology")
}

/// The example without its last network, the only one in its region.
fn without_the_third() -> Topology {
    let mut topology = three_networks();
    let gone = topology.networks.pop().expect("three networks");
    topology
        .instances
        .retain(|one| one.network_name() != Some(gone.name.as_str()));
    for interconnect in &mut topology.interconnects {
        interconnect.members.retain(|member| *member != gone.name);
    }
    for firewall in &mut topology.firewalls {
        firewall.networks.retain(|name| *name != gone.name);
    }
    topology
}

async fn destroy(world: &World, topology: &Topology) -> ResidueReport {
    let observation = world.engine.observe_for_destroy(topology).await;
    let plan = plan_destroy(topology, &observation.expect("observe"));
    world.engine.apply(&plan).await.expect("destroy");
    let residue = world.engine.residue(topology, Some(&plan)).await;
    residue.expect("residue")
}

fn alive(world: &World) -> Vec<String> {
    let alive = world.simulator.alive().into_iter();
    alive.map(|entry| entry.id).collect()
}

#[tokio::test]
async fn a_network_that_nothing_joins_goes_with_its_region_from_the_file() {
    let world = World::start(two_accounts()).await;
    world.apply(&untied()).await;
    let mut less = untied();
    less.networks.pop();
    let plan = world.plan(&less).await;
    assert_eq!(plan.counts(), (0, 2), "{plan}");
    less.networks.clear();
    let residue = destroy(&world, &less).await;
    assert!(residue.is_empty() && residue.is_decided(), "{residue}");
    assert_eq!(
        residue.without.len() + residue.places.len(),
        37,
        "{residue}"
    );
    assert_eq!(alive(&world), Vec::<String>::new());
}

#[tokio::test]
async fn a_deletion_that_is_refused_while_a_region_leaves_is_not_forgotten() {
    for action in ["DeleteVpc", "DeleteTransitRouter", "DeleteVSwitch"] {
        let world = World::start(two_accounts()).await;
        world.apply(&three_networks()).await;
        let less = without_the_third();
        let refused = FaultEffect::ErrorBefore {
            status: 403,
            code: "Forbidden.RAM".to_owned(),
        };
        world
            .simulator
            .add_fault(FaultRule::new(refused).action(action).times(1));
        let plan = world.plan(&less).await;
        world.engine.apply(&plan).await.expect_err(action);
        let again = world.plan(&less).await;
        assert!(!again.is_empty(), "{action} was refused");
        world.engine.apply(&again).await.expect("apply");
        assert!(world.plan(&less).await.is_empty(), "{action}");
        let residue = destroy(&world, &less).await;
        assert!(residue.is_empty(), "{action}: {residue}");
        assert_eq!(alive(&world), Vec::<String>::new(), "{action}");
    }
}

#[tokio::test]
async fn a_denied_search_is_told_and_fails_nothing() {
    let policy = r#"{"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "vpc:DescribeRegions", "Resource": "*"}]}"#;
    let account = AccountSpec::new("aliyun", A).policy(policy);
    let world = World::start([account]).await;
    let file = untied();
    let report = world.preflight(&file).await;
    assert_eq!(report.codes(), ["place/not-searched"], "{report}");
    world.apply(&file).await;
    sees_the_same(&world.engine, &world.simulator, &file).await;
    let residue = destroy(&world, &file).await;
    assert!(residue.is_empty() && !residue.is_decided(), "{residue}");
    let text = residue.to_string();
    assert!(
        text.contains("could not be looked at: all other regions"),
        "{text}"
    );
    assert!(
        text.contains(ErrorKind::PermissionDenied.as_str()),
        "{text}"
    );
}

#[tokio::test]
async fn an_account_that_left_is_told_before_anything_waits() {
    let world = World::start(two_accounts()).await;
    world.apply(&three_networks()).await;
    let mut less = three_networks();
    let gone: Vec<String> = less
        .accounts
        .iter()
        .filter(|account| account.id.as_str() == B)
        .map(|account| account.name.clone())
        .collect();
    let left: Vec<String> = less
        .networks
        .iter()
        .filter(|network| gone.contains(&network.account))
        .map(|network| network.name.clone())
        .collect();
    assert!(!left.is_empty());
    less.accounts
        .retain(|account| !gone.contains(&account.name));
    less.networks
        .retain(|network| !left.contains(&network.name));
    less.instances
        .retain(|one| !left.iter().any(|name| one.network_name() == Some(name)));
    for interconnect in &mut less.interconnects {
        interconnect.members.retain(|member| !left.contains(member));
    }
    for firewall in &mut less.firewalls {
        firewall.networks.retain(|name| !left.contains(name));
    }
    let writes = world.writes();
    let report = world.preflight(&less).await;
    assert!(report.codes().contains(&"account/left"), "{report}");
    assert!(
        report.to_string().contains(B) && !report.passed(),
        "{report}"
    );
    assert_eq!(world.writes(), writes);
}

#[tokio::test]
async fn a_plan_asks_each_other_region_once() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    world.plan(&topology).await;
    let mut calls: BTreeMap<(String, String), usize> = BTreeMap::new();
    let read = topology.places();
    for call in world.simulator.calls() {
        let known = |account: &str, region: &str| {
            let mut places = read.iter();
            places.any(|place| place.account.as_str() == account && place.region.as_str() == region)
        };
        let region = call.region.clone();
        if !known(&call.account, &region) || call.action == "DescribeRegions" {
            let one = (call.account.clone(), call.action.clone());
            *calls.entry(one).or_default() += 1;
        }
    }
    println!(
        "calls of the search: {calls:?} of {}",
        world.simulator.calls().len()
    );
    for account in [A, B] {
        let count = |action: &str| calls.get(&(account.to_owned(), action.to_owned()));
        assert_eq!(count("DescribeRegions"), Some(&1), "{calls:?}");
        assert!(
            count("DescribeVpcs").is_some_and(|count| *count <= 36),
            "{calls:?}"
        );
    }
}
