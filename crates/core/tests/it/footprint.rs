//! What a file dropped is found by its tags, wherever it is.

use landbridge_core::engine::{Engine, ResidueReport};
use landbridge_core::memory::{FaultPoint, MemoryAccount, MemoryProvider};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::preflight::{Report, preflight, preflight_destroy};
use landbridge_core::topology::{Account, ExistingHub, Interconnect, Topology};
use landbridge_core::{ErrorKind, NetworkId, Select};
use tokio_util::sync::CancellationToken;

use crate::apply::apply;
use crate::common::{A, B, memory, network, topology, world, world_of};

const NOTHING: [&str; 0] = [];

/// Two networks in two regions of one account, which nothing joins.
fn untied() -> Topology {
    Topology::new("demo")
        .with_account(Account::new("a", memory(), A))
        .with_network(network("one", "a", "r1", 1))
        .with_network(network("two", "a", "r2", 2))
}

/// The usual topology without network `three`, the only one in region r2.
fn without_r2() -> Topology {
    let mut topology = topology();
    topology.networks.retain(|network| network.name != "three");
    topology.instances.retain(|one| one.name != "i3");
    topology.interconnects[0]
        .members
        .retain(|member| member != "three");
    topology.firewalls[0]
        .networks
        .retain(|name| name != "three");
    topology
}

async fn plan_now(engine: &Engine, topology: &Topology) -> Plan {
    let observation = engine.observe(topology).await.expect("observe");
    plan(topology, &observation)
}

async fn destroy(engine: &Engine, topology: &Topology) -> ResidueReport {
    let before = engine.observe_for_destroy(topology).await.expect("observe");
    let plan = plan_destroy(topology, &before);
    engine.apply(&plan).await.expect("destroy");
    let after = engine.observe_after_destroy(topology, &before).await;
    engine
        .residue_observed(topology, &after.expect("observe"), Some(&plan))
        .await
        .expect("residue")
}

async fn findings(engine: &Engine, topology: &Topology) -> Report {
    let observation = engine.observe(topology).await.expect("observe");
    preflight(topology, &observation)
}

#[tokio::test]
async fn a_network_that_nothing_joins_goes_with_its_region_from_the_file() {
    let (engine, provider, _) = world();
    apply(&engine, &untied()).await;
    let mut less = untied();
    less.networks.pop();
    let plan = plan_now(&engine, &less).await;
    assert_eq!(
        plan.steps.len(),
        3,
        "the network and its two subnets: {plan}"
    );
    assert!(plan.steps.iter().all(|step| step.op.is_delete()), "{plan}");
    engine.apply(&plan).await.expect("apply");
    assert!(plan_now(&engine, &less).await.is_empty());
    let left = provider.objects();
    assert!(left.iter().all(|object| object.contains("one")), "{left:?}");
}

#[tokio::test]
async fn destroy_finds_what_the_file_dropped_and_never_removed() {
    let (engine, provider, _) = world();
    apply(&engine, &untied()).await;
    let mut less = untied();
    less.networks.pop();
    let residue = destroy(&engine, &less).await;
    assert!(residue.is_empty() && residue.is_decided(), "{residue}");
    assert_eq!(provider.objects(), NOTHING);
}

#[tokio::test]
async fn a_file_without_networks_still_finds_all_of_them() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let none = Topology::new("demo")
        .with_account(Account::new("a", memory(), A))
        .with_account(Account::new("b", memory(), B));
    let before = engine.residue(&none, None).await.expect("residue");
    assert!(!before.is_empty(), "{before}");
    apply(&engine, &none).await;
    assert_eq!(provider.objects(), NOTHING);
    let residue = engine.residue(&none, None).await.expect("residue");
    assert!(residue.is_empty() && residue.is_decided(), "{residue}");
}

#[tokio::test]
async fn what_was_made_under_an_earlier_name_is_found_too() {
    let (engine, provider, _) = world();
    apply(&engine, &untied()).await;
    let mut renamed = untied().with_was("demo");
    renamed.name = "show".to_owned();
    renamed.networks.pop();
    apply(&engine, &renamed).await;
    let left = provider.objects();
    assert!(left.iter().all(|object| object.contains("one")), "{left:?}");
    assert!(destroy(&engine, &renamed).await.is_empty());
    assert_eq!(provider.objects(), NOTHING);
}

#[tokio::test]
async fn another_topology_in_another_region_is_not_read() {
    let (engine, provider, _) = world();
    let mut theirs = untied();
    theirs.name = "theirs".to_owned();
    apply(&engine, &theirs).await;
    let ours = Topology::new("demo").with_account(Account::new("a", memory(), A));
    let observation = engine.observe_for_residue(&ours).await.expect("observe");
    assert!(observation.inventories.is_empty());
    let residue = engine.residue(&ours, None).await.expect("residue");
    assert_eq!(residue.without.len(), 2, "{residue}");
    let text = residue.to_string();
    assert!(
        text.contains("and 2 regions of 1 account without tagged objects"),
        "{text}"
    );
    assert_eq!(provider.objects().len(), 6);
}

/// Runs until nothing is left to do, then destroys.
async fn settle(
    engine: &Engine,
    provider: &MemoryProvider,
    file: &Topology,
    wanted: &[String],
    case: &str,
) {
    apply(engine, file).await;
    assert_eq!(provider.objects(), wanted, "{case}: run again");
    assert!(plan_now(engine, file).await.is_empty(), "{case}");
    let residue = destroy(engine, file).await;
    assert!(
        residue.is_empty() && residue.is_decided(),
        "{case}: {residue}"
    );
    assert_eq!(provider.objects(), NOTHING, "{case}: destroyed");
}

#[tokio::test]
async fn a_region_leaves_the_file_and_any_one_write_fails() {
    let wanted = {
        let (engine, provider, _) = world();
        apply(&engine, &without_r2()).await;
        provider.objects()
    };
    for n in 0.. {
        let (engine, provider, _) = world();
        apply(&engine, &topology()).await;
        let plan = plan_now(&engine, &without_r2()).await;
        let before = provider.write_count();
        provider.fail_call(n, FaultPoint::Before, ErrorKind::PermissionDenied);
        let outcome = engine.apply(&plan).await;
        let writes = provider.write_count() - before;
        if writes <= n {
            outcome.expect("no write was left to fail");
            assert!(n > 10, "only {n} writes");
            break;
        }
        outcome.expect_err("refused");
        settle(
            &engine,
            &provider,
            &without_r2(),
            &wanted,
            &format!("refused at write {n}"),
        )
        .await;
    }
}

#[tokio::test]
async fn a_region_leaves_the_file_and_the_run_is_killed_at_any_write() {
    let wanted = {
        let (engine, provider, _) = world();
        apply(&engine, &without_r2()).await;
        provider.objects()
    };
    for n in 0.. {
        let (engine, provider, _) = world();
        apply(&engine, &topology()).await;
        let plan = plan_now(&engine, &without_r2()).await;
        let cancel = CancellationToken::new();
        let token = cancel.clone();
        let first = provider.write_count();
        provider.on_write(move |index, _| {
            if index == first + n {
                token.cancel();
            }
        });
        let killed = engine.clone().with_cancellation(cancel.clone());
        let _ = killed.apply(&plan).await;
        if !cancel.is_cancelled() {
            assert!(n > 10, "only {n} writes");
            break;
        }
        // By a file that still has everything, by the smaller one, or by destroy alone.
        match n % 2 {
            0 => {
                settle(
                    &engine,
                    &provider,
                    &without_r2(),
                    &wanted,
                    &format!("killed at write {n}"),
                )
                .await
            }
            _ => {
                let residue = destroy(&engine, &without_r2()).await;
                assert!(residue.is_empty(), "killed at write {n}: {residue}");
                assert_eq!(
                    provider.objects(),
                    NOTHING,
                    "killed at write {n}, destroyed"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_subnet_of_ours_in_a_network_of_others_is_found_when_the_network_left_the_file() {
    let (engine, provider, _) = world();
    let mut owner = untied();
    owner.name = "theirs".to_owned();
    for network in &mut owner.networks {
        network.subnets.clear();
    }
    apply(&engine, &owner).await;
    let theirs = provider.objects();
    let mut ours = untied();
    let places = untied().places();
    for (network, place) in ours.networks.iter_mut().zip(&places) {
        let cloud = engine.cloud(place).await.expect("a place");
        let there = cloud.list_networks(&Select::All).await.expect("list");
        let id: NetworkId = there.first().expect("a network").id.clone();
        network.id = Some(id);
        network.range = None;
    }
    apply(&engine, &ours).await;
    assert!(provider.objects().len() > theirs.len());
    ours.networks.pop();
    apply(&engine, &ours).await;
    let left = provider.objects();
    assert!(
        !left.iter().any(|object| object.contains("subnet/two")),
        "{left:?}"
    );
    ours.networks.clear();
    let residue = destroy(&engine, &ours).await;
    assert!(residue.is_empty(), "{residue}");
    assert_eq!(provider.objects(), theirs);
}

#[tokio::test]
async fn a_denied_search_is_told_and_fails_nothing() {
    let (engine, provider, _) = world_of([MemoryAccount::new(A).without_searches()]);
    let file = untied();
    let report = findings(&engine, &file).await;
    assert_eq!(report.codes(), ["place/not-searched"]);
    assert!(report.passed(), "{report}");
    apply(&engine, &file).await;
    let residue = destroy(&engine, &file).await;
    assert_eq!(provider.objects(), NOTHING);
    assert!(residue.is_empty() && !residue.is_decided(), "{residue}");
    let text = residue.to_string();
    let line = format!("could not be looked at: all other regions of account {A}");
    assert!(text.contains(&line), "{text}");
    let json = serde_json::to_value(&residue).expect("JSON");
    assert_eq!(json["not_searched"][0]["account"], A);
}

/// The usual topology after account b has left it with all that was in it.
fn without_b() -> Topology {
    let mut topology = topology();
    topology.accounts.retain(|account| account.name != "b");
    topology.networks.retain(|network| network.name != "two");
    topology.instances.retain(|one| one.name != "i2");
    topology.interconnects[0]
        .members
        .retain(|member| member != "two");
    topology.firewalls[0].networks.retain(|name| name != "two");
    topology
}

#[tokio::test]
async fn an_account_that_left_the_file_while_it_is_joined_is_told_before_the_first_write() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let writes = provider.write_count();
    let report = findings(&engine, &without_b()).await;
    assert!(!report.passed());
    let found: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.code == "account/left")
        .collect();
    assert_eq!(found.len(), 1, "{report}");
    let text = found[0].to_string();
    for part in [B, "attachment/core/two", "add account"] {
        assert!(text.contains(part), "{text}");
    }
    let observation = engine.observe_for_destroy(&without_b()).await;
    let observation = observation.expect("observe");
    let report = preflight_destroy(&without_b(), &observation);
    assert!(report.codes().contains(&"account/left"), "{report}");
    assert_eq!(provider.write_count(), writes);
}

#[tokio::test]
async fn with_the_account_back_the_rest_is_removed() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let mut back = without_b();
    back.accounts = topology().accounts;
    let report = findings(&engine, &back).await;
    assert!(report.passed(), "{report}");
    apply(&engine, &back).await;
    let report = findings(&engine, &without_b()).await;
    assert!(report.passed(), "{report}");
    assert!(destroy(&engine, &without_b()).await.is_empty());
    assert_eq!(provider.objects(), NOTHING);
}

#[tokio::test]
async fn the_hub_of_others_that_left_the_file_is_found_by_what_hangs_on_it() {
    let (engine, provider, _) = world();
    let hub = Topology::new("backbone")
        .with_account(Account::new("a", memory(), A))
        .with_network(network("zero", "a", "r1", 9))
        .with_interconnect(Interconnect::new("spine", "a", ["zero"]));
    apply(&engine, &hub).await;
    let theirs = provider.objects();
    let places = hub.places();
    let cloud = engine.cloud(&places[0]).await.expect("a place");
    let hubs = cloud.list_hubs(&Select::All).await.expect("list");
    let global = hubs.iter().find(|hub| hub.region.is_none()).expect("a hub");
    let mut ours = Topology::new("demo")
        .with_account(Account::new("a", memory(), A))
        .with_network(network("one", "a", "r1", 1))
        .with_interconnect(
            Interconnect::new("core", "a", ["one"]).with_hub(ExistingHub::new(global.id.clone())),
        );
    apply(&engine, &ours).await;
    assert!(provider.objects().len() > theirs.len());
    ours.interconnects.clear();
    ours.networks.clear();
    let residue = destroy(&engine, &ours).await;
    assert!(residue.is_empty(), "{residue}");
    assert_eq!(provider.objects(), theirs);
}
