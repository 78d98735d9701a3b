use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::Topology;

use crate::common::{network, topology, world};

#[tokio::test]
async fn a_topology_is_applied_verified_and_destroyed_without_residue() {
    let (engine, provider, _) = world();
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert!(report.passed(), "{report}");

    engine
        .apply(&plan(&topology, &observation))
        .await
        .expect("apply");
    let verified = engine.verify(&topology).await.expect("verify");
    assert_eq!(verified.pairs.len(), 6);
    assert!(verified.passed(), "{verified}");
    assert!(
        verified
            .pairs
            .iter()
            .all(|pair| pair.ping.as_ref().is_some_and(|ping| ping.received == 4))
    );

    let observation = engine.observe(&topology).await.expect("observe");
    let destroy = plan_destroy(&topology, &observation);
    engine.apply(&destroy).await.expect("destroy");
    let residue = engine
        .residue(&topology, Some(&destroy))
        .await
        .expect("residue");
    assert!(residue.is_empty(), "{residue}");
    assert_eq!(provider.objects(), Vec::<String>::new());
}

#[tokio::test]
async fn a_second_apply_makes_no_write() {
    let (engine, provider, _) = world();
    let topology = topology();
    apply(&engine, &topology).await;
    let writes = provider.write_count();
    let observation = engine.observe(&topology).await.expect("observe");
    let second = plan(&topology, &observation);
    assert!(second.is_empty(), "{second}");
    engine.apply(&second).await.expect("an empty plan applies");
    assert_eq!(provider.write_count(), writes);
}

#[tokio::test]
async fn adding_and_removing_a_member_changes_only_what_it_must() {
    let (engine, provider, _) = world();
    let small = topology();
    apply(&engine, &small).await;
    let before = provider.objects();

    let mut large = small.clone();
    large.networks.push(network("four", "b", "r2", 4));
    large.interconnects[0].members.push("four".to_owned());
    let observation = engine.observe(&large).await.expect("observe");
    let grow = plan(&large, &observation);
    let (creates, deletes) = grow.counts();
    assert_eq!(deletes, 0, "{grow}");
    // network, 2 subnets, grant, attachment, association, propagation, 3 routes of its own, 1 route and 1 set of rules
    // in each of the three others.
    assert_eq!(creates, 7 + 3 + 3 + 3, "{grow}");
    engine.apply(&grow).await.expect("grow");
    assert!(engine.verify(&large).await.expect("verify").passed());

    let observation = engine.observe(&small).await.expect("observe");
    let shrink = plan(&small, &observation);
    assert_eq!(shrink.counts(), (0, 7 + 3 + 3 + 3), "{shrink}");
    engine.apply(&shrink).await.expect("shrink");
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn a_region_that_no_member_is_in_any_more_is_found_and_cleaned() {
    let (engine, provider, _) = world();
    let large = topology();
    apply(&engine, &large).await;
    let mut small = large.clone();
    small.networks.retain(|network| network.name != "three");
    small.interconnects[0]
        .members
        .retain(|member| member != "three");
    small.firewalls[0]
        .networks
        .retain(|network| network != "three");
    small.instances.retain(|instance| instance.name != "i3");
    apply(&engine, &small).await;
    let left: Vec<String> = provider
        .objects()
        .into_iter()
        .filter(|object| object.contains("r2"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    let verified = engine.verify(&small).await.expect("verify");
    assert!(verified.passed() && verified.pairs.len() == 2, "{verified}");
}

pub(crate) async fn apply(engine: &landbridge_core::engine::Engine, topology: &Topology) {
    let observation = engine.observe(topology).await.expect("observe");
    engine
        .apply(&plan(topology, &observation))
        .await
        .expect("apply");
}

#[tokio::test]
async fn what_another_topology_made_takes_part_and_is_never_deleted() {
    let (engine, provider, _) = world();
    let mut theirs = topology();
    theirs.interconnects.clear();
    theirs.firewalls.clear();
    theirs.instances.clear();
    apply(&engine, &theirs).await;
    let made = provider.objects();

    let observed = engine.observe(&theirs).await.expect("observe");
    let mut ours = topology();
    ours.name = "joined".to_owned();
    ours.firewalls.clear();
    ours.instances.clear();
    let inventories = || observed.inventories.iter();
    for network in &mut ours.networks {
        let key = format!("network/{}", network.name);
        let record = inventories()
            .flat_map(|i| &i.networks)
            .find(|record| record.owner.as_ref().is_some_and(|owner| owner.key == key));
        network.id = record.map(|record| record.id.clone());
        network.range = None;
        for subnet in &mut network.subnets {
            let key = format!("subnet/{}/{}", network.name, subnet.name);
            let record = inventories()
                .flat_map(|i| &i.subnets)
                .find(|record| record.owner.as_ref().is_some_and(|owner| owner.key == key));
            subnet.id = record.map(|record| record.id.clone());
            assert!(network.id.is_some() && subnet.id.is_some());
        }
    }
    apply(&engine, &ours).await;
    let observed = engine.observe(&ours).await.expect("observe");
    let destroy = landbridge_core::plan::plan_destroy(&ours, &observed);
    engine.apply(&destroy).await.expect("destroy");
    assert_eq!(provider.objects(), made, "only what joined them is gone");
}
