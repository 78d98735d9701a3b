//! Peers two VPCs of two AWS accounts in two regions: the requester asks, the accepter accepts, both sides get routes, and
//! the verifier finds a path for every pair of subnets. Then everything is removed.
//!
//! It runs on the simulator, on the simulator's own time, so that it needs no account and takes seconds:
//!
//! ```sh
//! cargo run --example aws_peering --features aws
//! ```
//!
//! On AWS itself only the provider differs: give the builder no endpoint and no clock, and the credentials of the two
//! accounts. The topology is the file that `landbridge` takes too.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use landbridge::aws::Aws;
use landbridge::aws::credential::StaticCredentials;
use landbridge::core::engine::Engine;
use landbridge::core::object::{Kind, OpKind};
use landbridge::core::plan::{Step, plan, plan_destroy};
use landbridge::core::preflight::preflight;
use landbridge::core::topology::Topology;
use landbridge_sim::{AccountSpec, Simulator};

use time::SimulatedTime;

#[path = "common/time.rs"]
mod time;

const FILE: &str = "examples/topologies/aws-peering-two-accounts.yaml";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let topology = Topology::from_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE))?;
    let simulator = Simulator::start().await?;
    let engine = engine(&simulator, &topology)?;

    let observation = engine.observe(&topology).await?;
    let report = preflight(&topology, &observation);
    println!("{report}");
    assert!(report.passed());
    let first = plan(&topology, &observation);
    println!("{first}");
    let is_accept = |step: &&Step| step.op.kind() == OpKind::create(Kind::Acceptance);
    assert_eq!(first.steps.iter().filter(is_accept).count(), 1);
    engine.apply(&first).await?;

    // Four pings each way, by the agents of the two instances.
    let verified = engine.verify(&topology).await?;
    println!("{verified}");
    assert!(verified.passed());
    assert!(!verified.pairs.is_empty());
    let second = plan(&topology, &engine.observe(&topology).await?);
    assert!(second.is_empty(), "a second plan has no step");

    let destroy = plan_destroy(&topology, &engine.observe(&topology).await?);
    engine.apply(&destroy).await?;
    let residue = engine.residue(&topology, Some(&destroy)).await?;
    println!("{residue}");
    assert!(residue.is_empty());
    assert_eq!(simulator.alive(), vec![]);
    Ok(())
}

/// An engine that reaches the simulator with the keys of every account of the topology.
fn engine(simulator: &Simulator, topology: &Topology) -> Result<Engine, Box<dyn Error>> {
    let clock = Arc::new(SimulatedTime(simulator.clone()));
    let mut builder = Aws::builder()
        .clock(clock.clone())
        .endpoint(&simulator.url())?;
    for account in &topology.accounts {
        let id = account.id.as_str();
        let keys = simulator.provision(AccountSpec::new("aws", id));
        let keys = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        builder = builder.credentials(id, Arc::new(keys));
    }
    let provider = Arc::new(builder.build()?);
    Ok(Engine::new().with_clock(clock).with_provider(provider))
}
