//! Two accounts, two regions, three networks: small enough to read, large enough to need everything.

use std::sync::Arc;

use landbridge_core::engine::Engine;
use landbridge_core::memory::{ManualClock, MemoryAccount, MemoryBuilder, MemoryProvider};
use landbridge_core::topology::{
    Account, Firewall, FirewallRuleSpec, Instance, Interconnect, Network, RuleSource, Subnet,
    Topology,
};
use landbridge_core::{CloudName, Protocol};

pub(crate) const A: &str = "0000000000000001";
pub(crate) const B: &str = "0000000000000002";

pub(crate) fn memory() -> CloudName {
    CloudName::from_static("memory")
}

pub(crate) fn network(name: &str, account: &str, region: &str, number: u8) -> Network {
    let range = |text: String| text.parse().expect("a range");
    Network::new(name, account, region, range(format!("10.{number}.0.0/16")))
        .with_subnet(Subnet::new(
            "s1",
            format!("{region}-a").as_str(),
            range(format!("10.{number}.1.0/24")),
        ))
        .with_subnet(Subnet::new(
            "s2",
            format!("{region}-b").as_str(),
            range(format!("10.{number}.2.0/24")),
        ))
}

pub(crate) fn instance(name: &str, network: &str) -> Instance {
    let subnet = format!("{network}/s1").parse().expect("a path");
    Instance::new(name, subnet, "small", "linux", ["probe"])
}

/// Networks `one` (account a, region r1), `two` (b, r1) and `three` (a, r2), joined by `core`.
pub(crate) fn topology() -> Topology {
    let names = ["one", "two", "three"];
    let members = || [RuleSource::Members("core".to_owned())];
    Topology::new("demo")
        .with_account(Account::new("a", memory(), A))
        .with_account(Account::new("b", memory(), B))
        .with_network(network("one", "a", "r1", 1))
        .with_network(network("two", "b", "r1", 2))
        .with_network(network("three", "a", "r2", 3))
        .with_interconnect(Interconnect::new("core", "a", names))
        .with_firewall(
            Firewall::new("probe", names)
                .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, members()))
                .with_rule(FirewallRuleSpec::allow(Protocol::Tcp, members()).with_port(22)),
        )
        .with_instance(instance("i1", "one"))
        .with_instance(instance("i2", "two"))
        .with_instance(instance("i3", "three"))
}

/// An engine on a world in which both accounts are in order.
pub(crate) fn world() -> (Engine, MemoryProvider, Arc<ManualClock>) {
    world_of([MemoryAccount::new(A), MemoryAccount::new(B)])
}

pub(crate) fn world_of(
    accounts: impl IntoIterator<Item = MemoryAccount>,
) -> (Engine, MemoryProvider, Arc<ManualClock>) {
    world_like(|builder| {
        accounts
            .into_iter()
            .fold(builder, MemoryBuilder::with_account)
    })
}

/// An engine on a world that differs from the default one.
pub(crate) fn world_like(
    describe: impl FnOnce(MemoryBuilder) -> MemoryBuilder,
) -> (Engine, MemoryProvider, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new());
    let builder =
        MemoryProvider::builder(clock.clone()).with_latency(std::time::Duration::from_secs(20));
    let provider = describe(builder).build();
    let engine = Engine::new()
        .with_clock(clock.clone())
        .with_provider(Arc::new(provider.clone()));
    (engine, provider, clock)
}
