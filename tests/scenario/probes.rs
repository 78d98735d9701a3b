//! Probes without standing instances, on Alibaba Cloud: made, used, removed, with exactly the permissions that they need.

use std::collections::BTreeSet;
use std::path::Path;

use landbridge_core::CloudProvider;
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::policy::Purpose;
use landbridge_core::probe::{ProbeOptions, ProbePlan, plan_probe, with_probes};
use landbridge_core::topology::{Interconnect, ModelChoice, Network, Topology};
use landbridge_core::verify::{Connection, Traffic};
use landbridge_sim::Simulator;

use crate::place_reads_support::sees_the_same;
use crate::policies::users;
use crate::whole_life::{look, policies_of, taken};
use crate::world::{World, three_networks, two_accounts};

fn bare(mut topology: Topology) -> Topology {
    topology.instances.clear();
    topology.firewalls.clear();
    topology
}

/// What is there, by its IDs.
fn alive(simulator: &Simulator) -> BTreeSet<String> {
    let alive = simulator.alive().into_iter();
    alive.map(|entry| format!("{entry:?}")).collect()
}

async fn planned(world: &World, topology: &Topology, options: &ProbeOptions) -> ProbePlan {
    let seen = world.engine.observe(topology).await.expect("observe");
    plan_probe(topology, &seen, options).expect("a plan")
}

#[tokio::test]
async fn probes_ping_and_connect_and_leave_what_was_there() {
    let world = World::start(two_accounts()).await;
    let topology = bare(three_networks());
    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let before = alive(&world.simulator);

    let probe = planned(&world, &topology, &ProbeOptions::default()).await;
    let report = world.engine.probe(&probe).await.expect("verdicts").report;
    assert!(report.passed() && report.pairs.len() == 6, "{report}");
    let pings = report.pairs.iter().filter_map(|pair| pair.ping.as_ref());
    assert!(pings.map(|ping| ping.received).eq([4; 6]), "{report}");
    assert_eq!(alive(&world.simulator), before);

    // Nothing listens on a probe but its login, so an open path is refused.
    for (port, outcome) in [(22, Connection::Connected), (443, Connection::Refused)] {
        let options = ProbeOptions::default().with_traffic(Traffic::tcp(port));
        let probe = planned(&world, &topology, &options).await;
        let report = world.engine.probe(&probe).await.expect("verdicts").report;
        assert!(report.passed(), "{report}");
        for pair in &report.pairs {
            let tried = pair.connection.as_ref().and_then(|tried| tried.outcome);
            assert_eq!(tried, Some(outcome), "{report}");
        }
        assert_eq!(alive(&world.simulator), before);
    }
    assert!(world.plan(&topology).await.is_empty());
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
}

#[tokio::test]
async fn probes_of_dual_stack_networks_ping_in_both_families() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies/cen-dual-stack.yaml");
    let topology = bare(Topology::from_file(&path).expect("the example is good"));
    let world = World::start(two_accounts()).await;
    world.apply(&topology).await;
    let before = alive(&world.simulator);
    let probe = planned(&world, &topology, &ProbeOptions::default()).await;
    let report = world.engine.probe(&probe).await.expect("verdicts").report;
    assert!(report.passed() && report.pairs.len() == 4, "{report}");
    let pings = report.pairs.iter().filter_map(|pair| pair.ping.as_ref());
    assert!(pings.map(|ping| ping.received).eq([4; 4]), "{report}");
    assert_eq!(alive(&world.simulator), before);
}

#[tokio::test]
async fn existing_networks_are_probed_in_a_subnet_that_the_cloud_tells() {
    let world = World::start(two_accounts()).await;
    let mut ground = bare(three_networks());
    ground.interconnects.clear();
    world.apply(&ground).await;
    let seen = world.engine.observe(&ground).await.expect("observe");
    let named = |topology: Topology, network: &Network| {
        let key = format!("network/{}", network.name);
        let all = seen.inventories.iter().flat_map(|one| &one.networks);
        let mut all = all.filter(|one| one.owner.as_ref().is_some_and(|own| own.key == key));
        let id = all.next().expect("the network").id.clone();
        let (account, region) = (network.account.clone(), network.region.clone());
        topology.with_network(Network::existing(&network.name, account, region, id))
    };
    let mut topology = Topology::new("joined");
    for account in &ground.accounts {
        topology = topology.with_account(account.clone());
    }
    let topology = ground.networks.iter().fold(topology, named);
    let names: Vec<String> = ground.networks.iter().map(|one| one.name.clone()).collect();
    let mesh = Interconnect::new("mesh", "a", names).with_model(ModelChoice::Mesh);
    let topology = topology.with_interconnect(mesh);
    world.apply(&topology).await;
    let before = alive(&world.simulator);

    let probe = planned(&world, &topology, &ProbeOptions::default()).await;
    assert_eq!(probe.instances.len(), 3, "{probe}");
    let report = world.engine.probe(&probe).await.expect("verdicts").report;
    assert!(report.passed() && report.pairs.len() == 6, "{report}");
    assert_eq!(alive(&world.simulator), before);
    let seen = world.engine.observe(&ground).await.expect("observe");
    assert!(plan(&ground, &seen).is_empty(), "the owner sees no change");
}

#[tokio::test]
async fn the_policies_with_probes_are_enough_and_no_more() {
    let owners = World::start(two_accounts()).await;
    let topology = bare(three_networks());
    let capabilities = [owners.provider.capabilities().clone()];
    let options = ProbeOptions::default();
    let (with, missing) = with_probes(&topology, &capabilities, &options).expect("probes");
    assert!(missing.is_empty(), "{missing:?}");
    let policies = policies_of(&with, owners.provider.as_ref());
    let world = users(&owners.simulator, &policies, Purpose::Life, None);
    let observed = look(&world.engine, &topology).await.expect("a plan");
    let steps = plan(&topology, &observed);
    world.engine.apply(&steps).await.expect("applied");
    let probe = planned(&world, &topology, &options).await;
    let report = world.engine.probe(&probe).await.expect("verdicts").report;
    assert!(report.passed(), "{report}");
    let observed = world.engine.observe_for_destroy(&topology).await;
    let steps = plan_destroy(&topology, &observed.expect("a plan to destroy"));
    world.engine.apply(&steps).await.expect("destroyed");
    assert_eq!(owners.simulator.alive(), vec![]);

    // Without probes the policies lack exactly what probes take.
    let plain = policies_of(&topology, owners.provider.as_ref());
    for (with, plain) in policies.iter().zip(&plain) {
        let (with, plain) = (with.actions(Purpose::Life), plain.actions(Purpose::Life));
        let more: BTreeSet<&str> = with.difference(&plain).copied().collect();
        assert!(
            more.contains("ecs:RunInstances") && more.contains("ecs:RunCommand"),
            "{more:?}"
        );
        assert_eq!(plain.difference(&with).count(), 0);
    }
    let calls = owners.simulator.calls();
    for account in &policies {
        let taken = taken(&calls, account.account.as_str());
        for action in ["ecs:RunInstances", "ecs:DeleteInstances", "ecs:RunCommand"] {
            assert!(taken.contains(action), "{}: {taken:?}", account.name);
        }
    }
}
