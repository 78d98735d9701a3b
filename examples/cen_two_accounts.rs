//! Joins three networks of two accounts in two regions, proves that packets flow, and removes everything again.
//!
//! It runs on the simulator, on the simulator's own time, so that it needs no account and takes seconds:
//!
//! ```sh
//! cargo run --example cen_two_accounts --features aliyun
//! ```
//!
//! On the real cloud only the provider differs: it gets no endpoint, and the credentials of the two accounts.

#[path = "common/simulated.rs"]
mod simulated;

use landbridge::core::engine::Engine;
use landbridge::core::plan::{plan, plan_destroy};
use landbridge::core::preflight::preflight;
use landbridge::core::topology::{
    Account, Firewall, FirewallRuleSpec, Instance, Interconnect, Network, RuleSource, Subnet,
    Topology,
};
use landbridge::core::{Disk, Payer, Protocol};
use std::error::Error;

use crate::simulated::{A, ALIYUN, B, stage};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let topology = topology()?;
    let (_simulator, clock, provider) = stage().await?;
    let engine = Engine::new().with_clock(clock).with_provider(provider);

    let observation = engine.observe(&topology).await?;
    let report = preflight(&topology, &observation);
    println!("{report}");
    if !report.passed() {
        return Err("preflight found errors".into());
    }
    let plan = plan(&topology, &observation);
    println!("{} steps", plan.steps.len());
    engine.apply(&plan).await?;
    let verified = engine.verify(&topology).await?;
    println!("{verified}");
    assert!(verified.passed());
    assert_eq!(verified.pairs.len(), 6);

    let destroy = plan_destroy(&topology, &engine.observe(&topology).await?);
    engine.apply(&destroy).await?;
    let residue = engine.residue(&topology, Some(&destroy)).await?;
    println!("{residue}");
    assert!(residue.is_empty());
    Ok(())
}

fn topology() -> Result<Topology, Box<dyn Error>> {
    let networks = [
        ("vpc1", "a", "cn-hangzhou", "172.16", ["h", "i"]),
        ("vpc2", "b", "cn-hangzhou", "10.0", ["h", "i"]),
        ("vpc3", "a", "cn-qingdao", "192.168", ["c", "b"]),
    ];
    let members = || [RuleSource::Members("backbone".into())];
    let mut topology = Topology::new("cen-two-accounts")
        .with_account(Account::new("a", ALIYUN, A).with_open_services())
        .with_account(Account::new("b", ALIYUN, B).with_open_services())
        .with_interconnect(
            Interconnect::new("backbone", "a", ["vpc1", "vpc2", "vpc3"])
                .with_payer(Payer::HubOwner),
        )
        .with_firewall(
            Firewall::new("members-only", ["vpc1", "vpc2", "vpc3"])
                .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, members()))
                .with_rule(FirewallRuleSpec::allow(Protocol::Tcp, members()).with_port(22)),
        );
    for (name, account, region, prefix, [first, second]) in networks {
        let zone = |letter| format!("{region}-{letter}");
        topology = topology
            .with_network(
                Network::new(name, account, region, format!("{prefix}.0.0/16").parse()?)
                    .with_subnet(Subnet::new(
                        "one",
                        zone(first),
                        format!("{prefix}.20.0/24").parse()?,
                    ))
                    .with_subnet(Subnet::new(
                        "two",
                        zone(second),
                        format!("{prefix}.21.0/24").parse()?,
                    )),
            )
            .with_instance(
                Instance::new(
                    name.replace("vpc", "ecs"),
                    format!("{name}/one").parse()?,
                    "ecs.t5-lc2m1.nano",
                    "acs:alibaba_cloud_linux_3_2104_lts_x64",
                    ["members-only"],
                )
                .with_address(format!("{prefix}.20.100").parse()?)
                .with_disk(Disk {
                    category: "cloud_efficiency".into(),
                    size_gib: 40,
                }),
            );
    }
    topology.check()?;
    Ok(topology)
}
