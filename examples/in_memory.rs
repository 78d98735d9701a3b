//! Joins two VPCs of two accounts through a transit router of the in-memory cloud: plan, apply, verify, destroy.
//!
//! The in-memory cloud needs no feature, no account and no server. Use it in the unit tests of a program that is built on
//! the engine:
//!
//! ```sh
//! cargo run --example in_memory
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use landbridge::core::engine::Engine;
use landbridge::core::memory::{ManualClock, MemoryProvider};
use landbridge::core::plan::{plan, plan_destroy};
use landbridge::core::preflight::preflight;
use landbridge::core::topology::Topology;

const TOPOLOGY: &str = r#"
name: in-memory
accounts:
  - { name: a, cloud: memory, id: "0000000000000001" }
  - { name: b, cloud: memory, id: "0000000000000002" }
networks:
  - name: vpc1
    account: a
    region: r1
    range: 10.1.0.0/16
    subnets:
      - { name: one, zone: r1-a, range: 10.1.1.0/24 }
      - { name: two, zone: r1-b, range: 10.1.2.0/24 }
  - name: vpc2
    account: b
    region: r1
    range: 10.2.0.0/16
    subnets:
      - { name: one, zone: r1-a, range: 10.2.1.0/24 }
      - { name: two, zone: r1-b, range: 10.2.2.0/24 }
interconnects:
  - { name: backbone, owner: a, model: hub, members: [vpc1, vpc2] }
firewalls:
  - name: members-only
    networks: [vpc1, vpc2]
    rules:
      - { allow: icmp, from: ["members:backbone"] }
instances:
  - { name: i1, subnet: vpc1/one, type: small, image: linux, firewalls: [members-only] }
  - { name: i2, subnet: vpc2/one, type: small, image: linux, firewalls: [members-only] }
"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let topology = Topology::from_text(TOPOLOGY)?;
    let clock = Arc::new(ManualClock::new());
    let provider = MemoryProvider::builder(clock.clone())
        // Objects stay pending for this long on the clock, which moves on when the engine sleeps.
        .with_latency(Duration::from_secs(20))
        .build();
    let engine = Engine::new()
        .with_clock(clock)
        .with_provider(Arc::new(provider.clone()));

    let observation = engine.observe(&topology).await?;
    let report = preflight(&topology, &observation);
    println!("{report}");
    assert!(report.passed());
    let first = plan(&topology, &observation);
    println!("{first}");
    let applied = engine.apply(&first).await?;
    println!("applied: {} steps", applied.steps);

    let verified = engine.verify(&topology).await?;
    println!("{verified}");
    assert!(verified.passed());
    assert_eq!(verified.pairs.len(), 2);
    let second = plan(&topology, &engine.observe(&topology).await?);
    assert!(second.is_empty(), "a second plan has no step");

    let destroy = plan_destroy(&topology, &engine.observe(&topology).await?);
    engine.apply(&destroy).await?;
    let residue = engine.residue(&topology, Some(&destroy)).await?;
    println!("{residue}");
    assert!(residue.is_empty());
    assert_eq!(provider.objects(), Vec::<String>::new());
    Ok(())
}
