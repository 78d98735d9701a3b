//! Lets an instance of one account and an instance of another ping each other, by rules in each other's security group:
//! fails before, works after, fails again when the rules are taken back.
//!
//! It runs on the simulator, on the simulator's own time, so that it needs no account and takes seconds:
//!
//! ```sh
//! cargo run --example security_group_between_accounts --features aliyun
//! ```

use std::error::Error;

use landbridge::core::engine::Engine;
use landbridge::core::permit::{NameBy, Party, Permit};
use landbridge::core::plan::{plan, plan_destroy};
use landbridge::core::topology::{
    Account, Firewall, Instance, Interconnect, Network, Subnet, Topology,
};
use landbridge::core::{InstanceId, Place, Select};

use crate::simulated::{A, ALIYUN, B, place, stage};

#[path = "common/simulated.rs"]
mod simulated;

const REGION: &str = "cn-hangzhou";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (simulator, clock, provider) = stage().await?;
    let engine = Engine::new().with_clock(clock).with_provider(provider);

    println!("== two networks that nothing joins ==");
    apply(&engine, &scene(false)?).await?;
    let permit = Permit::new("ping", party(&engine, A).await?, party(&engine, B).await?);
    let refused = engine.plan_permit(&permit).await?;
    println!("{refused}");
    assert!(!refused.report.passed(), "groups give no connectivity");

    println!("\n== joined by a transit router, closed by their groups ==");
    apply(&engine, &scene(true)?).await?;
    // A rule that names the other account's group works inside one network only.
    let by_group = permit.clone().with_name_by(NameBy::Group);
    println!("{}", engine.plan_permit(&by_group).await?.report);
    ping(&engine, &permit, false).await?;

    println!("\n== allowed ==");
    let allow = engine.plan_permit(&permit).await?;
    println!("{allow}");
    engine.apply_permit(&allow).await?;
    ping(&engine, &permit, true).await?;
    assert!(
        engine.plan_permit(&permit).await?.is_empty(),
        "a second run writes nothing"
    );

    println!("\n== taken back ==");
    let revoke = engine.plan_withdrawal(&permit).await?;
    engine.apply_permit(&revoke).await?;
    ping(&engine, &permit, false).await?;

    let scene = scene(true)?;
    let destroy = plan_destroy(&scene, &engine.observe(&scene).await?);
    engine.apply(&destroy).await?;
    let residue = engine.residue(&scene, Some(&destroy)).await?;
    println!("\n{residue}");
    assert!(residue.is_empty());
    assert!(simulator.alive().is_empty());
    Ok(())
}

/// Sends four pings each way, and says what came of them.
async fn ping(engine: &Engine, permit: &Permit, expected: bool) -> Result<(), Box<dyn Error>> {
    let report = engine.prove_permit(permit).await?;
    println!("{report}");
    assert_eq!(report.pairs.len(), 2);
    assert!(report.pairs.iter().all(|pair| pair.reachable() == expected));
    Ok(())
}

async fn party(engine: &Engine, account: &str) -> Result<Party, Box<dyn Error>> {
    let place: Place = place(account, REGION);
    let cloud = engine.cloud(&place).await?;
    let instances = cloud.list_instances(&Select::All).await?;
    let id: InstanceId = instances.first().ok_or("no instance")?.id.clone();
    Ok(Party::Instance { place, id })
}

async fn apply(engine: &Engine, topology: &Topology) -> Result<(), Box<dyn Error>> {
    let steps = plan(topology, &engine.observe(topology).await?);
    engine.apply(&steps).await?;
    Ok(())
}

/// A network, a group without rules and an instance in each account; joined or not.
fn scene(joined: bool) -> Result<Topology, Box<dyn Error>> {
    let mut topology = Topology::new("scene").with_firewall(Firewall::new("closed", ["a", "b"]));
    for (name, id, prefix) in [("a", A, "172.16"), ("b", B, "10.0")] {
        let subnet = |name: &str, zone: &str, number: u8| -> Result<Subnet, Box<dyn Error>> {
            let range = format!("{prefix}.{number}.0/24").parse()?;
            Ok(Subnet::new(name, format!("{REGION}-{zone}"), range))
        };
        topology = topology
            .with_account(Account::new(name, ALIYUN, id).with_open_services())
            .with_network(
                Network::new(name, name, REGION, format!("{prefix}.0.0/16").parse()?)
                    .with_subnet(subnet("one", "h", 20)?)
                    .with_subnet(subnet("two", "i", 21)?),
            )
            .with_instance(Instance::new(
                format!("ecs-{name}"),
                format!("{name}/one").parse()?,
                "ecs.t5-lc2m1.nano",
                "acs:alibaba_cloud_linux_3_2104_lts_x64",
                ["closed"],
            ));
    }
    if joined {
        topology = topology.with_interconnect(Interconnect::new("backbone", "a", ["a", "b"]));
    }
    topology.check()?;
    Ok(topology)
}
