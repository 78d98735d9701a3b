//! What a file dropped is found by its tags in all regions that its accounts have enabled.

use std::collections::BTreeMap;

use landbridge_core::engine::ResidueReport;
use landbridge_core::plan::plan_destroy;
use landbridge_core::topology::Topology;
use landbridge_sim::{FaultEffect, FaultRule};

use crate::place_reads_support::sees_the_same;
use crate::world::{A, B, World, mesh};

/// Two networks in two regions of one account, which nothing joins.
fn untied() -> Topology {
    Topology::from_text(&format!(
        "{{ name: untied, accounts: [{{ name: a, cloud: aws, id: '{A}' }}], networks: [
          {{ name: one, account: a, region: eu-central-1, range: 10.1.0.0/16 }},
          {{ name: two, account: a, region: us-east-1, range: 10.2.0.0/16, subnets: [
            {{ name: s, zone: us-east-1a, range: 10.2.1.0/24 }}] }}] }}"
    ))
    .expect("a topology")
}

async fn destroy(world: &World, topology: &Topology) -> ResidueReport {
    let observation = world.engine.observe_for_destroy(topology).await;
    let plan = plan_destroy(topology, &observation.expect("observe"));
    world.engine.apply(&plan).await.expect("destroy");
    let residue = world.engine.residue(topology, Some(&plan)).await;
    residue.expect("residue")
}

#[tokio::test]
async fn a_network_that_nothing_joins_goes_with_its_region_from_the_file() {
    let world = World::start().await;
    world.apply(&untied()).await;
    let mut less = untied();
    less.networks.pop();
    let plan = world.plan(&less).await;
    assert_eq!(plan.counts(), (0, 2), "{plan}");
    let once = FaultEffect::ErrorBefore {
        status: 403,
        code: "UnauthorizedOperation".to_owned(),
    };
    let rule = FaultRule::new(once).action("DeleteVpc").times(1);
    world.simulator.add_fault(rule);
    world
        .try_apply(&less)
        .await
        .expect_err("it is refused once");
    assert_eq!(world.plan(&less).await.counts(), (0, 1));
    less.networks.clear();
    let residue = destroy(&world, &less).await;
    assert!(residue.is_empty() && residue.is_decided(), "{residue}");
    let seen = residue.without.len() + residue.places.len();
    assert_eq!(seen, 34, "{residue}");
    assert_eq!(world.alive(), Vec::<String>::new());
}

#[tokio::test]
async fn a_region_that_refuses_is_told_and_fails_nothing() {
    let world = World::start().await;
    let refuse = FaultEffect::ErrorBefore {
        status: 403,
        code: "UnauthorizedOperation".to_owned(),
    };
    let rule = FaultRule::new(refuse)
        .action("DescribeTags")
        .region("sa-east-1");
    world.simulator.add_fault(rule);
    let report = world.preflight(&untied()).await;
    assert_eq!(report.codes(), ["place/not-searched"], "{report}");
    assert!(
        report.passed() && report.to_string().contains("sa-east-1"),
        "{report}"
    );
    world.apply(&untied()).await;
    let residue = destroy(&world, &untied()).await;
    assert!(residue.is_empty() && !residue.is_decided(), "{residue}");
    assert!(
        residue
            .to_string()
            .contains("could not be looked at: aws:111122223333:sa-east-1")
    );
}

/// The calls of an action since the call of this number, by account.
fn calls_since(world: &World, seq: u64, action: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in world.simulator.calls() {
        if call.seq > seq && call.action == action {
            *counts.entry(call.account).or_default() += 1;
        }
    }
    counts
}

/// The enabled regions of an account without the two of the mesh.
const OTHERS: usize = 32;
/// The regions of the mesh, which a destroy asks too: for what analyses have left.
const OWN: usize = 2;

#[tokio::test]
async fn a_search_asks_each_other_region_once_however_thorough_it_is() {
    let world = World::start().await;
    let topology = mesh(10);
    let searched = |times: usize| BTreeMap::from([A, B].map(|one| (one.to_owned(), times)));
    world.apply(&topology).await;
    assert_eq!(calls_since(&world, 0, "DescribeRegions"), searched(1));
    assert_eq!(calls_since(&world, 0, "DescribeTags"), searched(OTHERS));
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let applied = world.simulator.calls().len() as u64;
    destroy(&world, &topology).await;
    let around = calls_since(&world, applied, "DescribeTags");
    assert_eq!(around, searched(2 * (OTHERS + OWN)), "before and after");
}
