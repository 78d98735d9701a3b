//! Many networks: what is shared is told as if it were not.

use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::plan::plan;
use landbridge_core::topology::{Account, Interconnect, ModelChoice, Network, Subnet, Topology};
use landbridge_core::verify::{PairVerdict, Traffic, VerifyReport, verify};
use landbridge_core::{Observation, Phase, Status};

use crate::common::{A, B, memory, world, world_like};

const NETWORKS: usize = 6;
const SUBNETS: usize = 3;

/// Networks of two accounts in two regions, with several subnets each.
fn joined(model: ModelChoice) -> Topology {
    let cloud = memory();
    let account = |name, id: &str| Account::new(name, cloud.clone(), id).with_open_services();
    let names: Vec<String> = (0..NETWORKS).map(|index| format!("n{index}")).collect();
    let mut topology = Topology::new("many")
        .with_account(account("a", A))
        .with_account(account("b", B))
        .with_interconnect(Interconnect::new("core", "a", names).with_model(model));
    for index in 0..NETWORKS {
        let (owner, region) = (["a", "b"][index % 2], ["r1", "r2"][index / 2 % 2]);
        let range = format!("10.{index}.0.0/16").parse().expect("a range");
        let mut network = Network::new(format!("n{index}"), owner, region, range);
        for subnet in 0..SUBNETS {
            let zone = format!("{region}-{}", ["a", "b"][subnet % 2]);
            let range = format!("10.{index}.{subnet}.0/24")
                .parse()
                .expect("a range");
            network = network.with_subnet(Subnet::new(format!("s{subnet}"), zone, range));
        }
        topology = topology.with_network(network);
    }
    topology
}

async fn applied(topology: &Topology) -> Observation {
    let (engine, _, _): (Engine, _, _) = world();
    let before = engine.observe(topology).await.expect("observe");
    let applied = engine.apply(&plan(topology, &before)).await;
    applied.expect("apply");
    engine.observe(topology).await.expect("observe")
}

/// Every verdict is the one that the path of its pair alone tells.
fn is_as_told(report: &VerifyReport) {
    for (verdict, pair) in report.pairs.verdicts().zip(&report.pairs) {
        assert_eq!(verdict, pair.path.verdict(), "{pair}");
    }
}

#[tokio::test]
async fn subnets_behind_one_table_share_the_ways_of_their_networks() {
    for model in [ModelChoice::Hub, ModelChoice::Mesh] {
        let topology = joined(model);
        let report = verify(&topology, &applied(&topology).await, Traffic::PING);
        let pairs = NETWORKS * (NETWORKS - 1) * SUBNETS * SUBNETS;
        assert_eq!(report.pairs.len(), pairs);
        // From each network to each subnet of another; every way back is the way there of another pair.
        assert_eq!(report.pairs.walks(), NETWORKS * (NETWORKS - 1) * SUBNETS);
        assert!(report.passed(), "{report}");
        is_as_told(&report);
    }
}

#[tokio::test]
async fn a_route_that_is_gone_stops_the_pairs_that_need_it_and_no_other() {
    let topology = joined(ModelChoice::Hub);
    let whole = applied(&topology).await;
    let routes: usize = whole.inventories.iter().map(|one| one.routes.len()).sum();
    for lost in 0..routes {
        let mut broken = whole.clone();
        let mut inventories = broken.inventories.iter_mut();
        let mut index = lost;
        let here = inventories.find(|one| {
            let is_here = index < one.routes.len();
            index -= if is_here { 0 } else { one.routes.len() };
            is_here
        });
        let here = here.expect("a place has the route");
        let table = here.routes.remove(index).table;
        let report = verify(&topology, &broken, Traffic::PING);
        is_as_told(&report);
        let blocked = report.pairs.len() - report.reachable();
        // The route to its own range keeps the packets of no other network from a table.
        assert!(blocked <= 2 * SUBNETS * SUBNETS, "{table}: {report}");
    }
    assert!(verify(&topology, &whole, Traffic::PING).passed());
}

#[tokio::test]
async fn a_pair_is_found_by_its_names_and_the_text_is_that_of_its_pairs() {
    let topology = joined(ModelChoice::Hub);
    let mut seen = applied(&topology).await;
    for peering in seen
        .inventories
        .iter_mut()
        .flat_map(|one| &mut one.peerings)
    {
        peering.status = Status::new(Phase::Pending, "Attaching");
    }
    let report = verify(&topology, &seen, Traffic::PING);
    assert!(report.failed());
    let found: Vec<&PairVerdict> = report.pairs.between("n0/s1", "n3/s2").collect();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].source.as_str(), found[0].destination.as_str()),
        ("n0/s1", "n3/s2")
    );
    assert_eq!(report.pairs.between("n0/s1", "n0/s2").count(), 0);
    let told = verify(&topology, &seen, Traffic::PING);
    let pairs: Vec<String> = report.pairs.iter().map(PairVerdict::to_string).collect();
    assert!(told.to_string().ends_with(&pairs.join("\n")));
    let pairs: Vec<PairVerdict> = report.pairs.iter().cloned().collect();
    let one = serde_json::to_string(&told.pairs).expect("JSON");
    assert_eq!(one, serde_json::to_string(&pairs).expect("JSON"));
}

/// In a large topology a list may wait for many others before it is asked for, and come long after the time it is of.
#[tokio::test]
async fn a_list_that_was_long_in_coming_does_not_say_that_an_object_is_gone() {
    let (engine, provider, clock) =
        world_like(|builder| builder.with_visibility(Duration::from_secs(30)));
    let topology = joined(ModelChoice::Hub);
    let before = engine.observe(&topology).await.expect("observe");
    provider.set_weather(move |call| {
        if !call.is_write {
            clock.advance(Duration::from_secs(90));
        }
        None
    });
    let plan = plan(&topology, &before);
    let applied = engine.apply(&plan).await;
    applied.expect("apply");
    let writes = provider.writes();
    let networks = writes.iter().filter(|w| w.starts_with("create_network "));
    assert_eq!(networks.count(), NETWORKS, "{writes:#?}");
}
