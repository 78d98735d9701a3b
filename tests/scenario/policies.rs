use landbridge_core::topology::{ModelChoice, Topology};
use landbridge_sim::BorderRouterSpec;
use std::path::Path;

use crate::whole_life::{actions, live};
use crate::world::{A, B, World, two_accounts};

fn example(name: &str) -> Topology {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies");
    Topology::from_file(&path.join(name)).expect("the example is good")
}

#[tokio::test]
async fn dump() {
    for name in [
        "cen-two-accounts.yaml",
        "cen-dual-stack.yaml",
        "ecr-two-accounts.yaml",
        "mesh",
    ] {
        let world = World::start(two_accounts()).await;
        let line = BorderRouterSpec::new(A, "cn-hangzhou")
            .id("vbr-bp1example")
            .prefix("10.9.0.0/16")
            .host("10.9.0.10");
        if name.starts_with("ecr") {
            world.simulator.provision_border_router(line);
        }
        let topology = if name == "mesh" {
            let mut t = example("cen-two-accounts.yaml");
            t.interconnects[0].model = ModelChoice::Mesh;
            t.interconnects[0].payer = Default::default();
            t
        } else {
            example(name)
        };
        let said = Box::pin(live(&world.engine, &topology)).await;
        println!("== {name} {said:?}");
        for account in [A, B] {
            println!(
                "{account}: {:?}",
                actions(&world.simulator.calls(), account)
            );
        }
    }
}
