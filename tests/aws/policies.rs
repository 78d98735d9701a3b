use landbridge_core::topology::Topology;
use std::path::Path;

use crate::whole_life::{actions, live};
use crate::world::{A, B, C, World};

fn example(name: &str) -> Topology {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies");
    Topology::from_file(&path.join(name)).expect("the example is good")
}

#[tokio::test]
async fn dump() {
    for name in [
        "aws-peering-two-accounts.yaml",
        "aws-dual-stack.yaml",
        "aws-mesh.yaml",
    ] {
        let world = World::start().await;
        let topology = example(name);
        let said = Box::pin(live(&world.engine, &topology)).await;
        println!("== {name} {said:?}");
        for account in [A, B, C] {
            println!(
                "{account}: {:?}",
                actions(&world.simulator.calls(), account)
            );
        }
    }
}
