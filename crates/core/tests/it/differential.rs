//! Random worlds in the memory cloud: what the verifier says against what its data plane does.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::conformance::differential::{
    Abilities, Ground, Placement, Seeds, Tally, Terrain, run,
};
use landbridge_core::engine::Engine;
use landbridge_core::memory::{ManualClock, MemoryProvider, Payload};
use landbridge_core::topology::ModelChoice;
use landbridge_core::verify::Traffic;
use landbridge_core::{
    Clock, CloudProvider, GroupReferences, IcmpType, InstanceRecord, Protocol, Result,
};

use crate::common::{A, B, memory};

/// Enough for every guard of the verdict to be missed if it is taken away.
const FEW: u64 = 60;

struct Worlds {
    engine: Engine,
    provider: MemoryProvider,
    clock: Arc<ManualClock>,
}

impl Worlds {
    fn new(references: GroupReferences) -> Self {
        let clock = Arc::new(ManualClock::new());
        let mut capabilities = MemoryProvider::new(clock.clone()).capabilities().clone();
        capabilities.group_references = references;
        let provider = MemoryProvider::builder(clock.clone())
            .with_capabilities(capabilities)
            .build();
        let engine = Engine::new()
            .with_clock(clock.clone())
            .with_provider(Arc::new(provider.clone()));
        Self {
            engine,
            provider,
            clock,
        }
    }
}

#[async_trait]
impl Ground for Worlds {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn provider(&self) -> &dyn CloudProvider {
        &self.provider
    }

    fn terrain(&self) -> Terrain {
        let models = [ModelChoice::Hub, ModelChoice::Mesh];
        Terrain::new(memory(), [A, B], ["r1", "r2"], ["-a", "-b"], models)
    }

    fn abilities(&self) -> Abilities {
        Abilities::ALL
    }

    async fn settle(&self) {
        self.clock.sleep(Duration::from_secs(3600)).await;
    }

    async fn place(&self, placement: &Placement) -> Result<bool> {
        let provider = &self.provider;
        match placement.clone() {
            Placement::Rule(_, rule) => provider.place_rule(rule).map(|_| true),
            Placement::Close(_, group) => {
                let trusted = true;
                provider
                    .set_group_defaults(&group, false, trusted)
                    .map(|()| true)
            }
            Placement::Route(_, route) => provider.place_route(route).map(|()| true),
            Placement::Acl {
                network,
                subnets,
                entries,
                ..
            } => provider
                .place_acl(&network, &subnets, entries)
                .map(|_| true),
            Placement::Table {
                network, subnets, ..
            } => provider.add_route_table(&network, &subnets).map(|_| true),
            Placement::Range { network, range, .. } => {
                provider.add_range(&network, range).map(|()| true)
            }
            Placement::Hide(list) => {
                provider.hide_list(list);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn delivers(&self, source: &InstanceRecord, to: IpAddr, traffic: Traffic) -> bool {
        self.provider.delivers(&source.id, &to, payload(traffic))
    }
}

fn payload(traffic: Traffic) -> Payload {
    let source = traffic.source_port.unwrap_or_default();
    let destination = traffic.port.unwrap_or_default();
    match (traffic.protocol, traffic.icmp) {
        (Protocol::Tcp, _) => Payload::Tcp {
            source,
            destination,
        },
        (Protocol::Udp, _) => Payload::Udp {
            source,
            destination,
        },
        (Protocol::Icmp, Some(IcmpType { kind, code })) => Payload::Icmp {
            kind,
            code: code.unwrap_or_default(),
        },
        (other, _) => Payload::Other(other.number().expect("a packet has one protocol")),
    }
}

#[tokio::test]
async fn the_verdict_agrees_with_the_memory_cloud() {
    let mut tally = Tally::default();
    for seed in Seeds::from_env(FEW) {
        let references = match seed % 2 {
            0 => GroupReferences::PeeredInRegion,
            _ => GroupReferences::SameNetwork,
        };
        let worlds = Worlds::new(references);
        let one = run(&worlds, seed).await;
        tally = tally.and(one.unwrap_or_else(|error| panic!("seed {seed}: {error}")));
    }
    println!("memory cloud: {tally}");
    tally.check(5);
    tally.check_voices();
}
