//! Rules between two instances of two accounts, without a topology for them.

use landbridge_core::engine::Engine;
use landbridge_core::memory::{MemoryAccount, MemoryProvider};
use landbridge_core::permit::{NameBy, Party, Permit, PermitPlan};
use landbridge_core::topology::{FirewallRuleSpec, RuleSource, Topology};
use landbridge_core::{
    CloudProvider, ErrorKind, IdentityKind, InstanceId, Place, Protocol, Select,
};

use crate::apply::apply;
use crate::common::{A, B, memory, topology, world, world_of};

fn place(account: &str, region: &str) -> Place {
    Place::new(memory(), account, region)
}

/// The usual topology, whose groups let nothing in but ssh.
fn closed() -> Topology {
    let mut topology = topology();
    let members = [RuleSource::Members("core".to_owned())];
    topology.firewalls[0].rules =
        vec![FirewallRuleSpec::allow(Protocol::Tcp, members).with_port(22)];
    topology
}

fn unjoined() -> Topology {
    let mut topology = closed();
    topology.interconnects.clear();
    topology.firewalls[0].rules.clear();
    topology
}

async fn instance(provider: &MemoryProvider, place: &Place, name: &str) -> Party {
    let cloud = provider.cloud(place).await.expect("a handle");
    let all = cloud.list_instances(&Select::All).await.expect("a list");
    let found = all
        .into_iter()
        .find(|instance| instance.name.ends_with(name));
    Party::Instance {
        place: place.clone(),
        id: found.expect("the instance").id,
    }
}

async fn group(provider: &MemoryProvider, place: &Place) -> Party {
    let cloud = provider.cloud(place).await.expect("a handle");
    let all = cloud.list_groups(&Select::All).await.expect("a list");
    Party::Group {
        place: place.clone(),
        id: all.into_iter().next().expect("a group").id,
    }
}

async fn pair(provider: &MemoryProvider) -> Permit {
    let left = instance(provider, &place(A, "r1"), "i1").await;
    let right = instance(provider, &place(B, "r1"), "i2").await;
    Permit::new("manual", left, right)
}

async fn applied(topology: &Topology) -> (Engine, MemoryProvider) {
    let (engine, provider, _) = world();
    apply(&engine, topology).await;
    (engine, provider)
}

async fn planned(engine: &Engine, permit: &Permit) -> PermitPlan {
    engine.plan_permit(permit).await.expect("a plan")
}

async fn pings(engine: &Engine, permit: &Permit) -> usize {
    let report = engine.prove_permit(permit).await.expect("a proof");
    assert_eq!(report.pairs.len(), 2);
    report.reachable()
}

#[tokio::test]
async fn a_ping_that_failed_succeeds_after_and_fails_again_after_the_withdrawal() {
    let (engine, provider) = applied(&closed()).await;
    let permit = pair(&provider).await;
    assert_eq!(pings(&engine, &permit).await, 0);

    let plan = planned(&engine, &permit).await;
    assert!(plan.report.passed(), "{plan}");
    assert_eq!(plan.changes.len(), 2, "{plan}");
    for change in &plan.changes {
        assert_eq!(change.add.len(), 1, "one rule a side: {plan}");
        assert!(change.add[0].peer.to_string().ends_with("/32"), "{plan}");
        assert_eq!(change.covers.len(), 1);
        assert!(!change.foreign.is_empty(), "the topology's rule is told");
    }
    assert!(
        plan.verdicts.iter().all(|verdict| verdict.reachable()),
        "as it will be"
    );
    engine.apply_permit(&plan).await.expect("apply");
    assert_eq!(pings(&engine, &permit).await, 2);

    let writes = provider.write_count();
    let second = planned(&engine, &permit).await;
    assert!(second.is_empty(), "{second}");
    engine.apply_permit(&second).await.expect("nothing");
    assert_eq!(
        provider.write_count(),
        writes,
        "a second run writes nothing"
    );

    let withdrawal = engine.plan_withdrawal(&permit).await.expect("a plan");
    let removed: usize = withdrawal.changes.iter().map(|c| c.remove.len()).sum();
    assert_eq!(removed, 2, "{withdrawal}");
    engine.apply_permit(&withdrawal).await.expect("withdraw");
    assert_eq!(pings(&engine, &permit).await, 0);
    let report = engine.verify(&closed()).await.expect("verify");
    assert!(report.pairs.iter().all(|pair| !pair.reachable()));
    let observed = engine.observe(&closed()).await.expect("observe");
    assert!(
        landbridge_core::plan::plan(&closed(), &observed).is_empty(),
        "rules of others stayed"
    );
}

#[tokio::test]
async fn one_way_changes_one_side() {
    let (engine, provider) = applied(&closed()).await;
    let permit = pair(&provider).await.one_way();
    let plan = planned(&engine, &permit).await;
    let changed: Vec<_> = plan.changes.iter().filter(|c| !c.add.is_empty()).collect();
    assert_eq!(changed.len(), 1, "{plan}");
    assert_eq!(changed[0].place, place(B, "r1"));
    assert_eq!(plan.verdicts.len(), 1);
}

#[tokio::test]
async fn groups_give_no_connectivity_and_a_topology_that_would_is_proposed() {
    let (engine, provider) = applied(&unjoined()).await;
    let permit = pair(&provider).await;
    let writes = provider.write_count();
    let plan = planned(&engine, &permit).await;
    assert_eq!(plan.report.codes(), ["permit/unconnected"]);
    let refusal = engine.apply_permit(&plan).await.expect_err("refused");
    assert_eq!(refusal.kind(), ErrorKind::InvalidInput);
    assert_eq!(provider.write_count(), writes, "no write");

    let proposal = plan.proposal.expect("a proposal");
    proposal.check().expect("the proposal is a topology");
    apply(&engine, &proposal).await;
    let plan = planned(&engine, &permit).await;
    assert!(plan.report.passed(), "{plan}");
    engine.apply_permit(&plan).await.expect("apply");
    assert_eq!(pings(&engine, &permit).await, 2);
}

#[tokio::test]
async fn who_insists_may_write_rules_between_networks_that_nothing_joins() {
    let (engine, provider) = applied(&unjoined()).await;
    let plan = planned(&engine, &pair(&provider).await.unconnected()).await;
    assert!(plan.report.passed(), "{plan}");
    assert_eq!(plan.report.codes(), ["permit/unconnected"], "and is warned");
}

#[tokio::test]
async fn a_group_of_another_network_or_region_is_refused_in_a_rule() {
    let (engine, provider) = applied(&closed()).await;
    for (account, region) in [(B, "r1"), (A, "r2")] {
        let left = group(&provider, &place(A, "r1")).await;
        let right = group(&provider, &place(account, region)).await;
        let permit = Permit::new("manual", left, right);
        let plan = planned(&engine, &permit).await;
        assert_eq!(plan.report.codes(), ["permit/group-reference"], "{plan}");
        let by_network = planned(&engine, &permit.with_name_by(NameBy::Network)).await;
        assert!(by_network.report.passed(), "the remedy works: {by_network}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_party_is_one_finding_each() {
    let (_, provider) = applied(&closed()).await;
    let permit = pair(&provider).await;
    let elsewhere = |accounts| async {
        let (engine, provider, _) = world_of(accounts);
        let plan = planned(&engine, &permit).await;
        assert_eq!(provider.write_count(), 0);
        plan.report.codes()
    };
    let lost = elsewhere([MemoryAccount::new(A), MemoryAccount::new(B)]).await;
    assert_eq!(lost, ["permit/not-found", "permit/not-found"]);
    let root = MemoryAccount::new(A).with_kind(IdentityKind::Root);
    let root = elsewhere([root, MemoryAccount::new(B)]).await;
    assert_eq!(root, ["identity/root", "permit/not-found"]);
    let wrong = MemoryAccount::new(B).with_actual(A);
    let wrong = elsewhere([MemoryAccount::new(A), wrong]).await;
    assert_eq!(wrong, ["identity/wrong-account", "permit/not-found"]);
}

#[tokio::test]
async fn a_party_that_is_the_other_or_missing_is_refused() {
    let (engine, provider) = applied(&closed()).await;
    let left = instance(&provider, &place(A, "r1"), "i1").await;
    let Party::Instance { place, id } = left.clone() else {
        unreachable!("an instance")
    };
    let same = Permit::new("manual", left.clone(), left.clone());
    assert_eq!(
        planned(&engine, &same).await.report.codes(),
        ["permit/same-party"]
    );
    let missing = Party::Instance {
        place,
        id: InstanceId::new(format!("{id}-x")),
    };
    let permit = Permit::new("manual", left, missing);
    assert_eq!(
        planned(&engine, &permit).await.report.codes(),
        ["permit/not-found"]
    );
}
