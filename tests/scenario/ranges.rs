//! Secondary CIDR blocks of networks that the topology made.

use landbridge_core::object::ObjectKey;
use landbridge_core::plan::{PlanOptions, StepKey, plan_with};
use landbridge_core::topology::{ModelChoice, Subnet, Topology};

use crate::world::{World, three_networks, two_accounts};

const SECOND: &str = "10.101.0.0/16";

/// The instance of the first network stands in a subnet of its secondary CIDR block.
fn widened(model: ModelChoice) -> Topology {
    let mut topology = three_networks();
    topology.interconnects[0].model = model;
    let network = &mut topology.networks[0];
    network.ranges = vec![SECOND.parse().expect("a range")];
    let zone = network.subnets[0].zone.clone();
    let range = "10.101.7.0/24".parse().expect("a range");
    network.subnets.push(Subnet::new("far", zone, range));
    let name = network.name.clone();
    let in_it = |path: &landbridge_core::topology::SubnetPath| path.network == name;
    let mut instances = topology.instances.iter_mut();
    let instance = instances
        .find(|one| one.subnet.as_ref().is_some_and(in_it))
        .expect("an instance");
    instance.subnet = Some(format!("{name}/far").parse().expect("a path"));
    instance.address = None;
    topology
}

#[tokio::test]
async fn a_subnet_of_a_secondary_range_is_reached_and_the_range_is_removed_when_pruned() {
    for model in [ModelChoice::Hub, ModelChoice::Mesh] {
        let world = World::start(two_accounts()).await;
        let topology = widened(model);
        let report = world.preflight(&topology).await;
        assert!(report.passed(), "{report}");
        world.apply(&topology).await;
        let verified = world.verify(&topology).await;
        assert_eq!(verified.reachable(), 6, "{verified}");
        let second = world.plan(&topology).await;
        assert!(second.is_empty(), "{second}");

        let mut narrow = topology.clone();
        narrow.networks[0].ranges.clear();
        narrow.networks[0].subnets.pop();
        narrow.instances.clear();
        let observation = world.engine.observe(&narrow).await.expect("observe");
        let prune = PlanOptions::default().with_prune(true);
        let pruned = plan_with(&narrow, &observation, &prune);
        let range = ObjectKey::range(&narrow.networks[0].name, SECOND.parse().expect("a range"));
        assert!(pruned.step(&StepKey::delete(range)).is_some(), "{pruned}");
        if let Err(error) = world.engine.apply(&pruned).await {
            panic!("{error}");
        }
        let observation = world.engine.observe(&narrow).await.expect("observe");
        let mut networks = observation.inventories.iter().flat_map(|i| &i.networks);
        assert!(networks.all(|network| network.ranges.len() == 1));
        world.destroy(&topology).await;
        assert_eq!(world.simulator.alive(), vec![]);
    }
}
