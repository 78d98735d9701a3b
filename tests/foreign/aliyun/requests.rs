//! What the backend sends, compared with the SDK's request models.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use landbridge::aliyun::Aliyun;
use landbridge::aliyun::credential::StaticCredentials;
use landbridge_core::engine::{Engine, SecretSource};
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::topology::Topology;
use landbridge_sim::{AccountSpec, Call, Service, Simulator};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::differences::{REQUESTS, complaints};
use crate::virtual_time::VirtualTime;
use crate::{A, B, python, run, texts};

#[derive(Debug)]
struct Password;

impl SecretSource for Password {
    fn secret(&self, _name: &str) -> Option<SecretString> {
        Some(SecretString::from("Foreign-7-secret"))
    }
}

fn engine(simulator: &Simulator) -> Engine {
    let clock = Arc::new(VirtualTime(simulator.clone()));
    let mut builder = Aliyun::builder()
        .clock(clock.clone())
        .endpoint(&simulator.url())
        .expect("a loopback address is allowed");
    for id in [A, B] {
        let closed = AccountSpec::new("aliyun", id)
            .service_open(Service::TransitRouter, false)
            .service_open(Service::Cdt, false);
        let keys = simulator.provision(closed);
        let credentials =
            StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        builder = builder.credentials(id, Arc::new(credentials));
    }
    Engine::new()
        .with_clock(clock)
        .with_provider(Arc::new(builder.build().expect("a provider")))
        .with_secrets(Arc::new(Password))
}

/// The life of a topology, services opened on the way.
async fn live(engine: &Engine, topology: &Topology) {
    let observed = engine.observe(topology).await.expect("observe");
    engine
        .apply(&plan(topology, &observed))
        .await
        .expect("apply");
    let verified = engine.verify(topology).await.expect("verify");
    assert!(verified.passed(), "{verified}");
    let observed = engine.observe(topology).await.expect("observe");
    let destroy = plan_destroy(topology, &observed);
    engine.apply(&destroy).await.expect("destroy");
    let residue = engine.residue(topology, Some(&destroy)).await;
    assert!(residue.expect("residue").is_empty());
}

/// One call of each kind: of an operation with these parameters.
fn kinds(calls: &[Call]) -> Vec<Value> {
    let mut kinds = BTreeMap::new();
    for call in calls {
        let names: BTreeSet<&str> = call.parameters.keys().map(String::as_str).collect();
        kinds
            .entry((&call.product, &call.action, names))
            .or_insert(call);
    }
    let shown = |call: &Call| json!({"product": call.product, "action": call.action, "parameters": call.parameters});
    kinds.into_values().map(shown).collect()
}

#[tokio::test]
async fn every_parameter_of_a_topology_is_in_the_official_models_and_none_is_missing() {
    let Some(python) = python() else {
        return;
    };
    let simulator = Simulator::start().await.expect("the simulator starts");
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies/cen-two-accounts.yaml");
    let topology = Topology::from_file(&path).expect("the example is good");
    live(&engine(&simulator), &topology).await;
    let calls = simulator.calls();
    let job = json!({ "calls": kinds(&calls) });
    let report = run(python, "sent.py", job).await;
    let problems = texts(&report["problems"]);
    println!(
        "foreign: alibaba models of requests: {} operations, {} calls, {} parameters, {} differences",
        report["operations"],
        calls.len(),
        report["parameters"],
        problems.len()
    );
    let complaints = complaints(&problems, REQUESTS);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
