//! Objects of ours whose tags were taken off: named as that, never made a second time, and adopted.

use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::plan::{adopt, plan};
use landbridge_core::preflight::{Report, Severity, preflight, preflight_destroy};
use landbridge_core::topology::{ModelChoice, Topology};
use landbridge_core::{HubScope, Observation, PeeringKind};

use crate::apply::apply;
use crate::common::{topology, world};

type Pick = fn(&Observation) -> Option<String>;

fn first<T>(
    observation: &Observation,
    pick: impl Fn(&landbridge_core::Inventory) -> Option<T>,
) -> Option<T> {
    observation.inventories.iter().find_map(pick)
}

const KINDS: &[(&str, Pick)] = &[
    ("network/one", |all| {
        first(all, |here| Some(here.networks.first()?.id.to_string()))
    }),
    ("subnet/one/", |all| {
        first(all, |here| Some(here.subnets.first()?.id.to_string()))
    }),
    ("hub/core", |all| {
        first(all, |here| {
            let mut hubs = here.hubs.iter();
            Some(
                hubs.find(|hub| hub.scope == HubScope::Global)?
                    .id
                    .to_string(),
            )
        })
    }),
    ("hub/core/r1", |all| {
        first(all, |here| {
            let mut hubs = here.hubs.iter();
            Some(
                hubs.find(|hub| hub.scope != HubScope::Global)?
                    .id
                    .to_string(),
            )
        })
    }),
    ("attachment/core/", |all| {
        first(all, |here| {
            let mut peerings = here.peerings.iter();
            Some(
                peerings
                    .find(|one| one.kind == PeeringKind::Attachment)?
                    .id
                    .to_string(),
            )
        })
    }),
    ("link/core/r1~r2", |all| {
        first(all, |here| {
            let mut peerings = here.peerings.iter();
            Some(
                peerings
                    .find(|one| one.kind == PeeringKind::HubToHub)?
                    .id
                    .to_string(),
            )
        })
    }),
    ("group/probe/one", |all| {
        first(all, |here| Some(here.groups.first()?.id.to_string()))
    }),
    ("instance/i1", |all| {
        first(all, |here| Some(here.instances.first()?.id.to_string()))
    }),
];

async fn seen(engine: &Engine, topology: &Topology) -> (Observation, Report) {
    let observation = engine.observe(topology).await.expect("observe");
    let report = preflight(topology, &observation);
    (observation, report)
}

async fn adopted(
    engine: &Engine,
    provider: &MemoryProvider,
    topology: &Topology,
    observation: &Observation,
    id: &str,
) {
    let adoption = adopt(topology, observation, &[id], None).expect("it is adoptable");
    engine.apply(&adoption).await.expect("adopt");
    let (observation, report) = seen(engine, topology).await;
    assert!(report.passed(), "{report}");
    let rest = plan(topology, &observation);
    assert!(rest.is_empty(), "{rest}");
    let _ = provider;
}

#[tokio::test]
async fn every_kind_is_told_by_its_key_and_adopted_and_nothing_advises_to_delete_its_routes() {
    for (key, pick) in KINDS {
        let (engine, provider, _) = world();
        let topology = topology();
        apply(&engine, &topology).await;
        let objects = provider.objects();
        let (observation, _) = seen(&engine, &topology).await;
        let id = pick(&observation).expect("an object");
        provider.untag(&id).expect("untag");
        let (observation, report) = seen(&engine, &topology).await;
        assert!(!report.passed(), "{key}: {report}");
        let lost = report
            .findings
            .iter()
            .find(|one| one.code == "drift/tag-lost");
        let lost = lost.unwrap_or_else(|| panic!("{key}: {report}"));
        assert!(lost.subject.starts_with(key), "{key}: {report}");
        for word in [id.as_str(), "landbridge adopt FILE"] {
            assert!(
                lost.to_string().contains(word),
                "{key}: `{word}` is missing in {lost}"
            );
        }
        let codes = report.codes();
        let misleads = codes.iter().any(|code| code.starts_with("route/"));
        assert!(!misleads, "{key}: {report}");

        let observation_for_destroy = engine
            .observe_for_destroy(&topology)
            .await
            .expect("observe");
        let destroy = preflight_destroy(&topology, &observation_for_destroy);
        let told = destroy
            .findings
            .iter()
            .find(|one| one.code == "drift/tag-lost");
        let told = told.unwrap_or_else(|| panic!("{key}: {destroy}"));
        assert_eq!(told.severity, Severity::Warning);

        adopted(&engine, &provider, &topology, &observation, &id).await;
        assert_eq!(provider.objects(), objects, "{key}");
    }
}

#[tokio::test]
async fn a_network_of_a_mesh_is_told_as_well() {
    let (engine, provider, _) = world();
    let mut topology = topology();
    topology.interconnects[0].model = ModelChoice::Mesh;
    apply(&engine, &topology).await;
    let (observation, _) = seen(&engine, &topology).await;
    let id = observation.inventories[0].networks[0].id.clone();
    provider.untag(id.as_str()).expect("untag");
    let (observation, report) = seen(&engine, &topology).await;
    assert!(report.codes().contains(&"drift/tag-lost"), "{report}");
    adopted(&engine, &provider, &topology, &observation, id.as_str()).await;
}

#[tokio::test]
async fn what_only_has_the_cidr_block_is_not_taken_for_ours() {
    use landbridge_core::{CloudProvider, CreateNetwork, Label, Owner, Token};
    let (engine, provider, clock) = world();
    let mut small = topology();
    let three = small.networks.pop().expect("a network");
    small.interconnects[0]
        .members
        .retain(|name| name != "three");
    small.firewalls[0].networks.retain(|name| name != "three");
    small.instances.retain(|instance| instance.name != "i3");
    apply(&engine, &small).await;
    let place = landbridge_core::Place::new(crate::common::memory(), crate::common::A, "r2");
    let cloud = provider.cloud(&place).await.expect("a handle");
    let label = Label::new(
        "theirs",
        Owner::new("x", "network/x"),
        Token::derive(&["x"]),
    );
    let request = CreateNetwork::new(label, three.range.expect("a range"));
    let record = cloud.create_network(&request).await.expect("a network");
    provider.untag(record.id.as_str()).expect("untag");
    clock.advance(std::time::Duration::from_secs(60));
    let (_, report) = seen(&engine, &topology()).await;
    assert!(report.passed(), "{report}");
}
