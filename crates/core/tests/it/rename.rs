//! A new name keeps what was made under the old one: nothing is deleted and nothing made, and packets flow all the time.

use std::sync::{Arc, Mutex};

use landbridge_core::InstanceId;
use landbridge_core::engine::Engine;
use landbridge_core::memory::{MemoryProvider, Payload};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::preflight::{preflight, preflight_destroy};
use landbridge_core::topology::{ModelChoice, RuleSource, Topology};
use tokio_util::sync::CancellationToken;

use crate::apply::apply;
use crate::common::{topology, world};

fn rename_network(topology: &mut Topology, was: &str, name: &str) {
    let swap = |text: &mut String| {
        if text == was {
            *text = name.to_owned();
        }
    };
    topology
        .networks
        .iter_mut()
        .for_each(|one| swap(&mut one.name));
    let interconnects = topology.interconnects.iter_mut();
    interconnects.for_each(|one| one.members.iter_mut().for_each(swap));
    let firewalls = topology.firewalls.iter_mut();
    firewalls.for_each(|one| one.networks.iter_mut().for_each(swap));
    for instance in &mut topology.instances {
        if let Some(path) = &mut instance.subnet {
            swap(&mut path.network);
        }
    }
}

fn rename_interconnect(topology: &mut Topology, name: &str) {
    topology.interconnects[0].name = name.to_owned();
    for rule in &mut topology.firewalls[0].rules {
        rule.from = vec![RuleSource::Members(name.to_owned())];
    }
}

async fn planned(engine: &Engine, topology: &Topology) -> Plan {
    let observation = engine.observe(topology).await.expect("observe");
    let report = preflight(topology, &observation);
    assert!(report.passed(), "{report}");
    plan(topology, &observation)
}

async fn instances(engine: &Engine, topology: &Topology) -> Vec<(InstanceId, std::net::IpAddr)> {
    let observation = engine.observe(topology).await.expect("observe");
    let found = observation.inventories.iter().flat_map(|i| &i.instances);
    let found = found.map(|one| (one.id.clone(), one.address.expect("an address")));
    found.collect()
}

fn all_reach_all(provider: &MemoryProvider, all: &[(InstanceId, std::net::IpAddr)]) -> bool {
    let pairs = all
        .iter()
        .flat_map(|from| all.iter().map(move |to| (from, to)));
    let mut pairs = pairs.filter(|(from, to)| from.0 != to.0);
    pairs.all(|((from, _), (_, to))| provider.delivers(from, to, Payload::echo_to(to)))
}

/// Renames by `change`, and expects as many new tags as `count` and nothing else.
async fn renames(base: Topology, change: impl Fn(&mut Topology), count: usize) {
    let (engine, provider, _) = world();
    apply(&engine, &base).await;
    let before = provider.objects();
    let mut changed = base.clone();
    change(&mut changed);
    changed.check().expect("a good topology");
    let all = instances(&engine, &base).await;
    assert!(all_reach_all(&provider, &all));
    let first = planned(&engine, &changed).await;
    assert_eq!(first.counts(), (0, 0), "{first}");
    assert_eq!(first.renamed(), count, "{first}");

    let lost = Arc::new(Mutex::new(0));
    let (watched, missed) = (provider.clone(), Arc::clone(&lost));
    provider.on_write(move |_, _| {
        if !all_reach_all(&watched, &all) {
            *missed.lock().expect("a lock") += 1;
        }
    });
    engine.apply(&first).await.expect("apply");
    assert_eq!(
        *lost.lock().expect("a lock"),
        0,
        "packets were lost on the way"
    );
    let second = planned(&engine, &changed).await;
    assert!(second.is_empty(), "{second}");
    assert!(engine.verify(&changed).await.expect("verify").passed());
    assert_eq!(provider.objects().len(), before.len());

    // What it was called before is no longer needed, but by the marks of rules.
    let mut later = changed.clone();
    later.networks.iter_mut().for_each(|one| one.was = None);
    later
        .interconnects
        .iter_mut()
        .for_each(|one| one.was = None);
    later.firewalls.iter_mut().for_each(|one| one.was = None);
    later.instances.iter_mut().for_each(|one| one.was = None);
    let subnets = later.networks.iter_mut().flat_map(|one| &mut one.subnets);
    subnets.for_each(|one| one.was = None);
    assert!(planned(&engine, &later).await.is_empty());

    let observation = engine.observe_for_destroy(&later).await.expect("observe");
    let report = preflight_destroy(&later, &observation);
    assert!(report.passed(), "{report}");
    let destroy = plan_destroy(&later, &observation);
    engine.apply(&destroy).await.expect("destroy");
    assert_eq!(provider.objects(), [""; 0]);
}

fn mesh() -> Topology {
    let mut topology = topology();
    topology.interconnects[0].model = ModelChoice::Mesh;
    topology
}

#[tokio::test]
async fn a_network_is_renamed_with_all_that_is_named_after_it() {
    // Network, two subnets, group, attachment.
    let told = |topology: &mut Topology| {
        rename_network(topology, "one", "zulu");
        topology.networks[0].was = Some("one".to_owned());
    };
    renames(topology(), told, 5).await;
    // Recognised by place and CIDR block.
    renames(topology(), |t| rename_network(t, "one", "zulu"), 5).await;
    // In a mesh, two peerings are named after it, whose sides change places in their names.
    renames(mesh(), |t| rename_network(t, "one", "zulu"), 6).await;
}

#[tokio::test]
async fn a_subnet_is_renamed() {
    let change = |topology: &mut Topology| {
        topology.networks[0].subnets[0].name = "front".to_owned();
        let path = topology.instances[0].subnet.as_mut().expect("a path");
        path.subnet = "front".to_owned();
    };
    renames(topology(), change, 1).await;
    let told = |topology: &mut Topology| {
        change(topology);
        topology.networks[0].subnets[0].was = Some("s1".to_owned());
    };
    renames(topology(), told, 1).await;
}

#[tokio::test]
async fn an_interconnect_is_renamed() {
    // Three hubs, three attachments, a link.
    renames(topology(), |t| rename_interconnect(t, "backbone"), 7).await;
    // Three peerings.
    renames(mesh(), |t| rename_interconnect(t, "backbone"), 3).await;
    let told = |topology: &mut Topology| {
        rename_interconnect(topology, "backbone");
        topology.interconnects[0].was = Some("core".to_owned());
    };
    renames(topology(), told, 7).await;
}

#[tokio::test]
async fn firewalls_and_instances_are_renamed_by_what_they_were() {
    let firewall = |topology: &mut Topology| {
        topology.firewalls[0].name = "members".to_owned();
        topology.firewalls[0].was = Some("probe".to_owned());
        for instance in &mut topology.instances {
            instance.firewalls = vec!["members".to_owned()];
        }
    };
    renames(topology(), firewall, 3).await;
    let instance = |topology: &mut Topology| {
        topology.instances[0].name = "first".to_owned();
        topology.instances[0].was = Some("i1".to_owned());
    };
    renames(topology(), instance, 1).await;
}

#[tokio::test]
async fn a_topology_is_renamed_and_knows_the_rules_of_its_old_name() {
    let change = |topology: &mut Topology| {
        topology.name = "production".to_owned();
        topology.was = vec!["demo".to_owned()];
    };
    // Everything that carries tags: 3 networks, 6 subnets, 3 hubs, 4 peerings, 3 groups, 3 instances.
    renames(topology(), change, 22).await;

    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let mut changed = topology();
    change(&mut changed);
    apply(&engine, &changed).await;
    let rules = provider
        .objects()
        .iter()
        .filter(|o| o.starts_with("rules"))
        .count();
    changed.firewalls[0].rules.pop();
    let plan = planned(&engine, &changed).await;
    assert_eq!(
        plan.counts(),
        (0, 3),
        "rules that were marked with the old name go: {plan}"
    );
    engine.apply(&plan).await.expect("apply");
    let left = provider
        .objects()
        .iter()
        .filter(|o| o.starts_with("rules"))
        .count();
    assert!(left <= rules);
}

async fn interrupted(base: &Topology, changed: &Topology, count: usize) {
    for stop in 0..count {
        let (engine, provider, _) = world();
        apply(&engine, base).await;
        let writes = provider.write_count();
        let cancel = CancellationToken::new();
        let token = cancel.clone();
        provider.on_write(move |index, _| {
            if index == writes + stop {
                token.cancel();
            }
        });
        let first = planned(&engine, changed).await;
        let did = (first.counts(), first.renamed());
        assert_eq!(did, ((0, 0), count), "{first}");
        let mut options = landbridge_core::engine::EngineOptions::default();
        options.parallel = 1;
        let engine = engine.with_options(options);
        let _ = engine.clone().with_cancellation(cancel).apply(&first).await;
        let rest = planned(&engine, changed).await;
        assert_eq!(rest.counts(), (0, 0), "{stop}: {rest}");
        assert!(rest.renamed() < count, "{stop}: {rest}");
        engine.apply(&rest).await.expect("apply");
        assert!(planned(&engine, changed).await.is_empty());
    }
}

#[tokio::test]
async fn a_rename_that_was_interrupted_is_continued() {
    let mut changed = topology();
    rename_network(&mut changed, "one", "zulu");
    interrupted(&topology(), &changed, 5).await;
    rename_interconnect(&mut changed, "backbone");
    interrupted(&topology(), &changed, 11).await;
    changed.name = "production".to_owned();
    changed.was = vec!["demo".to_owned()];
    interrupted(&topology(), &changed, 22).await;
    let mut changed = mesh();
    rename_network(&mut changed, "one", "zulu");
    interrupted(&mesh(), &changed, 6).await;
    rename_interconnect(&mut changed, "backbone");
    interrupted(&mesh(), &changed, 7).await;
}

#[tokio::test]
async fn a_rename_and_a_change_are_applied_together() {
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let mut changed = topology();
    changed.name = "production".to_owned();
    changed.was = vec!["demo".to_owned()];
    changed.networks.retain(|network| network.name != "three");
    changed.interconnects[0]
        .members
        .retain(|name| name != "three");
    changed.firewalls[0].networks.retain(|name| name != "three");
    changed.instances.retain(|instance| instance.name != "i3");
    let plan = planned(&engine, &changed).await;
    assert!(plan.counts().1 > 0 && plan.renamed() == 22, "{plan}");
    engine.apply(&plan).await.expect("apply");
    assert!(planned(&engine, &changed).await.is_empty());
    assert!(engine.verify(&changed).await.expect("verify").passed());
}

#[tokio::test]
async fn a_topology_is_destroyed_under_its_new_name_before_it_was_renamed() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let mut changed = topology();
    changed.name = "production".to_owned();
    changed.was = vec!["demo".to_owned()];
    let observation = engine.observe_for_destroy(&changed).await.expect("observe");
    engine
        .apply(&plan_destroy(&changed, &observation))
        .await
        .expect("destroy");
    assert_eq!(provider.objects(), [""; 0]);
}

#[tokio::test]
async fn what_could_be_several_things_is_not_taken_for_one() {
    let (engine, _, _) = world();
    let mut base = topology();
    base.networks.truncate(1);
    base.interconnects.clear();
    base.firewalls.clear();
    base.instances.clear();
    let mut twin = base.networks[0].clone();
    twin.name = "twin".to_owned();
    twin.subnets.clear();
    base.networks[0].subnets.clear();
    base.networks.push(twin);
    apply(&engine, &base).await;
    rename_network(&mut base, "one", "first");
    rename_network(&mut base, "twin", "second");
    let observation = engine.observe(&base).await.expect("observe");
    let plan = plan(&base, &observation);
    assert_eq!((plan.counts(), plan.renamed()), ((2, 2), 0), "{plan}");
}

#[test]
fn a_name_that_is_in_use_was_no_other() {
    let mut topology = topology();
    topology.networks[0].was = Some("two".to_owned());
    topology.instances[0].was = Some("old".to_owned());
    topology.instances[1].was = Some("old".to_owned());
    let error = topology.check().expect_err("refused").to_string();
    assert!(error.contains("invalid `was` `two`"), "{error}");
    assert!(error.contains("duplicate `was` `old`"), "{error}");
    let text = "{ name: new, was: [old, older], accounts: [] }";
    let many = Topology::from_text(text).expect("reads");
    assert_eq!(many.was, ["old", "older"]);
    let one = Topology::from_text("{ name: new, was: old, accounts: [] }").expect("reads");
    assert_eq!(one.was, ["old"]);
}
