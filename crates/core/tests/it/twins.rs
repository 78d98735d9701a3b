//! Duplicates of ours, as two runs at once leave them: told, deleted by plan and by destroy, and kept where others use them.

use landbridge_core::drift::{DriftKind, drift};
use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::preflight::{Report, Severity, preflight, preflight_destroy};
use landbridge_core::topology::{ModelChoice, Topology};
use landbridge_core::{
    Cloud, CloudProvider, CreateNetwork, CreateSubnet, Inventory, Label, NetworkId, Owner, Place,
    TaggedId, Token,
};

use crate::apply::apply;
use crate::common::{A, memory, network, topology, world};

struct Doubled {
    engine: Engine,
    provider: MemoryProvider,
    topology: Topology,
    /// What was there before there were duplicates.
    single: Vec<String>,
}

/// The topology twice, each object with its twin.
async fn doubled(topology: Topology) -> Doubled {
    let (engine, provider, _) = world();
    apply(&engine, &topology).await;
    let single = provider.objects();
    let mut shadow = topology.clone();
    shadow.name = "shadow".to_owned();
    apply(&engine, &shadow).await;
    let observation = engine.observe(&shadow).await.expect("observe");
    for inventory in &observation.inventories {
        let cloud = provider.cloud(&inventory.place).await.expect("a handle");
        for (object, owner) in tagged(inventory) {
            if owner.topology == "shadow" {
                let owner = Owner::new(topology.name.clone(), owner.key);
                // What lives in another place is tagged from there.
                let _ = cloud.tag(&object, &owner).await;
            }
        }
    }
    Doubled {
        engine,
        provider,
        topology,
        single,
    }
}

fn tagged(inventory: &Inventory) -> Vec<(TaggedId, Owner)> {
    let mut all = Vec::new();
    let mut add = |object: TaggedId, owner: &Option<Owner>| {
        all.extend(owner.clone().map(|owner| (object, owner)))
    };
    inventory
        .networks
        .iter()
        .for_each(|one| add(TaggedId::Network(one.id.clone()), &one.owner));
    inventory
        .subnets
        .iter()
        .for_each(|one| add(TaggedId::Subnet(one.id.clone()), &one.owner));
    inventory
        .hubs
        .iter()
        .for_each(|one| add(TaggedId::Hub(one.id.clone()), &one.owner));
    inventory
        .groups
        .iter()
        .for_each(|one| add(TaggedId::Group(one.id.clone()), &one.owner));
    inventory
        .instances
        .iter()
        .for_each(|one| add(TaggedId::Instance(one.id.clone()), &one.owner));
    inventory.peerings.iter().for_each(|one| {
        let (id, kind) = (one.id.clone(), one.kind);
        add(TaggedId::Peering { id, kind }, &one.owner);
    });
    all
}

impl Doubled {
    async fn plan(&self) -> (Plan, Report) {
        let observation = self.engine.observe(&self.topology).await.expect("observe");
        let plan = plan(&self.topology, &observation);
        (plan, preflight(&self.topology, &observation))
    }

    async fn is_single_again(&self) {
        // What an interrupted run deleted may still be on its way out.
        let mut objects = self.provider.objects();
        objects.retain(|object| !object.ends_with("(deleting)"));
        assert_eq!(objects, self.single);
        let (plan, report) = self.plan().await;
        assert!(plan.is_empty(), "{plan}");
        assert!(!report.codes().contains(&"drift/duplicate"), "{report}");
        let verified = self.engine.verify(&self.topology).await.expect("verify");
        assert!(verified.passed(), "{verified}");
    }
}

fn meshed() -> Topology {
    let mut meshed = topology();
    meshed.interconnects[0].model = ModelChoice::Mesh;
    meshed
}

#[tokio::test]
async fn twins_of_everything_are_told_and_a_plan_deletes_them_and_nothing_else() {
    for topology in [topology(), meshed()] {
        let world = doubled(topology).await;
        let (plan, report) = world.plan().await;
        assert!(report.passed(), "{report}");
        let notes = report.findings.iter();
        let notes = notes.filter(|finding| finding.code == "drift/duplicate");
        assert!(notes.clone().count() >= 3, "{report}");
        for note in notes {
            assert_eq!(note.severity, Severity::Note, "{note}");
        }
        assert_eq!(plan.counts().0, 0, "nothing is made: {plan}");
        let observation = world
            .engine
            .observe(&world.topology)
            .await
            .expect("observe");
        let report = drift(&world.topology, &observation);
        let twins = report.entries.iter();
        let twins = twins.filter(|one| one.key.starts_with("duplicate/"));
        assert!(twins.clone().count() > 0, "{report}");
        assert!(
            twins.clone().all(|one| one.kind == DriftKind::Unwanted),
            "{report}"
        );
        world.engine.apply(&plan).await.expect("apply");
        world.is_single_again().await;
    }
}

#[tokio::test]
async fn destroy_deletes_all_twins_and_the_residue_names_them_before() {
    for topology in [topology(), meshed()] {
        let world = doubled(topology).await;
        let residue = world
            .engine
            .residue(&world.topology, None)
            .await
            .expect("residue");
        let text = residue.to_string();
        assert!(
            text.contains("duplicate/") && text.contains("network/one"),
            "{text}"
        );
        let observation = world
            .engine
            .observe_for_destroy(&world.topology)
            .await
            .expect("observe");
        let report = preflight_destroy(&world.topology, &observation);
        assert!(report.passed(), "{report}");
        assert!(report.codes().contains(&"drift/duplicate"), "{report}");
        let destroy = plan_destroy(&world.topology, &observation);
        world.engine.apply(&destroy).await.expect("destroy");
        let residue = world
            .engine
            .residue(&world.topology, Some(&destroy))
            .await
            .expect("residue");
        assert!(residue.is_empty(), "{residue}");
        assert_eq!(world.provider.objects(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_removal_of_twins_that_stops_anywhere_goes_on() {
    let world = doubled(topology()).await;
    let (plan, _) = world.plan().await;
    let writes = plan.steps.len();
    for n in (0..writes).step_by(3) {
        let world = doubled(topology()).await;
        let (plan, _) = world.plan().await;
        world.provider.fail_call(
            n,
            landbridge_core::memory::FaultPoint::After,
            landbridge_core::ErrorKind::PermissionDenied,
        );
        world
            .engine
            .apply(&plan)
            .await
            .expect_err("the injected refusal");
        apply(&world.engine, &world.topology).await;
        world.is_single_again().await;
    }
}

#[tokio::test]
async fn a_twin_that_others_use_stays_as_long_as_they_do() {
    let (engine, provider, clock) = world();
    let topology = topology();
    apply(&engine, &topology).await;
    let single = provider.objects();
    let (cloud, id) = twin(&provider, "twin").await;
    clock.advance(std::time::Duration::from_secs(60));
    let range = "10.1.7.0/24".parse().expect("a range");
    let label = Label::new("x", Owner::new("theirs", "subnet/x"), Token::derive(&["x"]));
    let request = CreateSubnet::new(label, id.clone(), "r1-a".into(), range);
    let subnet = cloud.create_subnet(&request).await.expect("a subnet");
    clock.advance(std::time::Duration::from_secs(60));
    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert_eq!(report.codes(), ["drift/duplicate"], "{report}");
    let finding = &report.findings[0];
    assert_eq!(finding.severity, Severity::Warning);
    for word in [
        id.as_str(),
        subnet.id.as_str(),
        "theirs",
        "remove what uses it",
    ] {
        assert!(
            finding.to_string().contains(word),
            "`{word}` is missing in {finding}"
        );
    }
    let kept = plan(&topology, &observation);
    assert!(kept.is_empty(), "{kept}");

    cloud.delete_subnet(&subnet.id).await.expect("delete");
    clock.advance(std::time::Duration::from_secs(60));
    apply(&engine, &topology).await;
    assert_eq!(provider.objects(), single);
}

#[tokio::test]
async fn the_twin_that_more_of_ours_stands_on_is_kept_and_a_protected_one_stays() {
    let (engine, provider, clock) = world();
    let mut topology = Topology::new("demo")
        .with_account(landbridge_core::topology::Account::new("a", memory(), A))
        .with_network(network("one", "a", "r1", 1));
    // The twin comes first and has the smaller ID.
    let (_, id) = twin(&provider, "twin").await;
    clock.advance(std::time::Duration::from_secs(60));
    apply(&engine, &topology).await;
    let observation = engine.observe(&topology).await.expect("observe");
    let used = &observation.inventories[0].subnets;
    assert!(
        used.iter().all(|subnet| subnet.network == id),
        "the first apply uses what is there"
    );
    let (_, other) = twin(&provider, "later").await;
    clock.advance(std::time::Duration::from_secs(60));
    topology.networks[0].protect = true;
    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert_eq!(report.codes(), ["drift/duplicate"], "{report}");
    assert!(report.to_string().contains("protects"), "{report}");
    assert!(plan(&topology, &observation).is_empty());
    topology.networks[0].protect = false;
    let only = plan(&topology, &observation);
    assert_eq!(only.counts(), (0, 1), "{only}");
    assert_eq!(
        only.steps[0].key.to_string(),
        format!("delete:duplicate/{other}/network/one")
    );
}

/// One more network with the tags of `one`.
async fn twin(provider: &MemoryProvider, token: &str) -> (std::sync::Arc<dyn Cloud>, NetworkId) {
    let place = Place::new(memory(), A, "r1");
    let cloud = provider.cloud(&place).await.expect("a handle");
    let range = "10.1.0.0/16".parse().expect("a range");
    let label = Label::new(
        "one",
        Owner::new("demo", "network/one"),
        Token::derive(&[token]),
    );
    let record = cloud
        .create_network(&CreateNetwork::new(label, range))
        .await
        .expect("a network");
    (cloud, record.id)
}
