//! JSON documents: their versions, and plans that are read back.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use landbridge_core::engine::{Engine, SecretSource, Stopped};
use landbridge_core::memory::{ManualClock, MemoryAccount, MemoryProvider};
use landbridge_core::object::Kind;
use landbridge_core::plan::{
    OpKind, Plan, PlanOptions, adopt, plan, plan_destroy, plan_with, trust,
};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::Topology;
use landbridge_core::{
    AnalysisRecord, Capabilities, CloudService, EnsureTrust, EnsureUser, Model, Owner, Permissions,
    Phase, Place, Principal, Region, Status, Zone,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::common::{A, B, memory, topology, world};
use crate::existing_peering::World;

fn examples() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/topologies");
    let entries = std::fs::read_dir(folder).expect("the examples");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

/// A memory cloud by the name that the topology uses, where no service is open yet and everything it relies on exists.
fn world_for(topology: &Topology) -> Engine {
    let clock = Arc::new(ManualClock::new());
    let mut builder = MemoryProvider::builder(clock.clone());
    let cloud = &topology.accounts[0].cloud;
    builder = match cloud.as_str() {
        "aws" => {
            let mut capabilities = Capabilities::new(cloud.clone(), vec![Model::Mesh]);
            capabilities.dns_resolution = true;
            capabilities.agent_roles = true;
            capabilities.agent_services = ["ssm", "ssmmessages"].map(str::to_owned).into();
            builder.with_capabilities(capabilities)
        }
        _ => builder.with_cloud(cloud.clone()),
    };
    for account in &topology.accounts {
        let closed = MemoryAccount::new(account.id.clone()).with_closed(CloudService::Hub);
        builder = builder.with_account(closed);
    }
    for region in regions(topology) {
        let zones = zones(topology, &region);
        builder = builder.with_hub_zones(region, zones);
    }
    for router in topology.edges.iter().flat_map(|edge| &edge.border_routers) {
        let place = topology.place_in(&router.account, &router.region);
        let place = place.expect("a declared account");
        builder = builder.with_border_router(router.id.clone(), place, router.ranges.clone(), []);
    }
    Engine::new()
        .with_clock(clock)
        .with_provider(Arc::new(builder.build()))
        .with_secrets(Arc::new(AnyPassword))
}

#[derive(Debug)]
struct AnyPassword;

impl SecretSource for AnyPassword {
    fn secret(&self, _name: &str) -> Option<SecretString> {
        Some("Correct-Horse-7".into())
    }
}

fn regions(topology: &Topology) -> BTreeSet<Region> {
    let networks = topology.networks.iter();
    networks.map(|network| network.region.clone()).collect()
}

fn zones(topology: &Topology, region: &Region) -> BTreeSet<Zone> {
    let here = topology
        .networks
        .iter()
        .filter(|network| network.region == *region);
    here.flat_map(|network| &network.subnets)
        .map(|subnet| subnet.zone.clone())
        .collect()
}

fn read_back(plan: &Plan) -> Plan {
    let text = serde_json::to_string(plan).expect("JSON");
    let read: Plan = serde_json::from_str(&text).expect("a plan");
    assert_eq!(read, *plan);
    assert_eq!(read.to_json(), plan.to_json());
    read
}

fn trust_plans() -> [Plan; 2] {
    let place = Place::new(memory(), A, "r1");
    let principal = Principal::Account(B.into());
    let document = Permissions::Document(json!({ "Statement": [] }));
    let role = EnsureTrust::new("peer", Owner::new("demo", "role/peer"), principal)
        .with_external_id("x-1")
        .with_permissions(document);
    let user = EnsureUser::new("operator", Owner::new("demo", "user/operator"), "arn:peer");
    let make = trust::ensure("demo", Some((&place, &user)), Some((&place, &role)), &[]);
    let (role, user) = (Some((&place, "peer")), Some((&place, "operator")));
    let delete = trust::delete("demo", role, user, &[]);
    [make, delete].map(|plan| plan.expect("a plan"))
}

async fn adoption_plan() -> Plan {
    let (world, id) = World::peered(false).await;
    let topology = world.topology();
    let names = [id.as_str(), "network/left"];
    let seen = world.seen(&topology).await;
    let plan = adopt(&topology, &seen, &names, Some("theirs"));
    plan.expect("a plan")
}

#[tokio::test]
async fn the_plans_of_all_examples_are_read_back_equal_and_can_be_applied() {
    let mut kinds: BTreeSet<OpKind> = BTreeSet::new();
    for file in examples() {
        let mut wanted = Topology::from_file(&file).expect("a topology");
        // What such a file joins is made by others; tests of their own prepare it.
        if wanted.networks.iter().any(|network| network.id.is_some()) {
            continue;
        }
        // Examples have one CIDR block for each network.
        wanted.networks[0].ranges = vec!["10.250.0.0/16".parse().expect("a range")];
        let engine = world_for(&wanted);
        let observation = engine.observe(&wanted).await.expect("observe");
        let create = read_back(&plan(&wanted, &observation));
        assert!(!create.is_empty(), "{}", file.display());
        engine.apply(&create).await.expect("apply");
        let observation = engine.observe(&wanted).await.expect("observe");
        assert!(plan(&wanted, &observation).is_empty());

        // Rules and a CIDR block less: those of what stays are taken back.
        let mut narrower = wanted.clone();
        for firewall in &mut narrower.firewalls {
            firewall.rules.clear();
        }
        narrower.networks[0].ranges.clear();
        let prune = PlanOptions::default().with_prune(true);
        let fewer = read_back(&plan_with(&narrower, &observation, &prune));
        let destroy = read_back(&plan_destroy(&wanted, &observation));
        let mut with_left = observation.clone();
        let place = with_left.inventories.iter_mut().next().expect("a place");
        let ready = Status::new(Phase::Ready, "ready");
        place.analyses = vec![AnalysisRecord::new("ana-0".into(), ready)];
        let left = read_back(&plan_destroy(&wanted, &with_left));
        let steps = [&create, &fewer, &destroy, &left].map(|plan| &plan.steps);
        kinds.extend(steps.into_iter().flatten().map(|step| step.op.kind()));
        engine.apply(&destroy).await.expect("destroy");
        let left = engine.residue(&wanted, Some(&destroy)).await;
        assert!(left.expect("residue").is_empty());
    }
    // Roles and users are in no topology.
    let steps = trust_plans().map(|plan| read_back(&plan).steps);
    kinds.extend(steps.iter().flatten().map(|step| step.op.kind()));
    let steps = read_back(&adoption_plan().await).steps;
    kinds.extend(steps.iter().map(|step| step.op.kind()));
    // Verifications start analyses, and no plan does.
    kinds.insert(OpKind::create(Kind::Analysis));
    let all: BTreeSet<OpKind> = OpKind::all().collect();
    let missing: Vec<&OpKind> = all.difference(&kinds).collect();
    assert!(missing.is_empty(), "no example has steps of {missing:?}");
}

#[tokio::test]
async fn every_document_says_its_version() {
    let (engine, _, _) = world();
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    let plan = plan(&topology, &observation);
    let report = preflight(&topology, &observation);
    let verified = engine.verify_observed(&topology, &observation).await;
    let residue = engine.residue_observed(&topology, &observation, None).await;
    let documents = [
        json!(observation),
        json!(observation.inventories[0]),
        json!(plan),
        json!(report),
        json!(verified.expect("verify")),
        json!(residue.expect("residue")),
    ];
    for document in &documents {
        assert_eq!(document["format"], 1, "{document:#}");
    }
}

#[tokio::test]
async fn a_plan_of_another_version_is_refused() {
    let (engine, _, _) = world();
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    let mut document = plan(&topology, &observation).to_json();
    let read = |document: &Value| serde_json::from_value::<Plan>(document.clone());
    assert!(read(&document).is_ok());
    document["format"] = json!(2);
    let error = read(&document).expect_err("another version");
    assert_eq!(error.to_string(), "invalid format version `2`: expected 1");
    document
        .as_object_mut()
        .expect("an object")
        .remove("format");
    let error = read(&document).expect_err("no version");
    assert!(
        error.to_string().contains("missing field `format`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_plan_out_of_order_is_refused_before_the_first_write() {
    let (engine, provider, _) = world();
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    let whole = plan(&topology, &observation);
    let first = whole.steps.first().expect("a step").clone();
    let mut without_first = whole.clone();
    without_first.steps.remove(0);
    let mut reversed = whole.clone();
    reversed.steps.reverse();
    let mut twice = whole;
    twice.steps.push(first.clone());
    let missing = format!("depends on `{}`, which does not come before it", first.key);
    for (plan, problem) in [
        (without_first, missing.as_str()),
        (reversed, "which does not come before it"),
        (twice, "stands in it twice"),
    ] {
        let error = engine.apply(&read_back(&plan)).await.expect_err("refused");
        assert!(matches!(error.reason, Stopped::Refused(_)), "{error}");
        assert!(error.to_string().contains(problem), "{error}");
    }
    assert_eq!(provider.write_count(), 0);
}
