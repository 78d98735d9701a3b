//! What others have in our VPCs is told before the first delete.

use landbridge_core::preflight::{Report, preflight, preflight_destroy};
use landbridge_core::topology::{Account, Topology};

use crate::world::{A, World, aws, network, place};

const REGION: &str = "us-east-1";

fn ours() -> Topology {
    Topology::new("ours")
        .with_account(Account::new("a", aws(), A))
        .with_network(network("one", "a", REGION, 1))
}

async fn report(world: &World, topology: &Topology) -> Report {
    let observation = world.engine.observe_for_destroy(topology).await;
    preflight_destroy(topology, &observation.expect("observe"))
}

#[tokio::test]
async fn a_gateway_and_a_group_of_others_refuse_a_destroy() {
    let world = World::start().await;
    let topology = ours();
    world.apply(&topology).await;
    let told = report(&world, &topology).await;
    assert_eq!(
        told.codes(),
        [""; 0],
        "the group of the VPC itself holds nothing: {told}"
    );

    let inventory = world.inventory(&topology, A, REGION).await;
    let (vpc, subnet) = (&inventory.networks[0].id, &inventory.subnets[0].id);
    let private = [
        ("SubnetId", subnet.as_str()),
        ("ConnectivityType", "private"),
    ];
    world.call(A, REGION, "CreateNatGateway", &private).await;
    let group = [
        ("GroupName", "web"),
        ("GroupDescription", "x"),
        ("VpcId", vpc.as_str()),
    ];
    world.call(A, REGION, "CreateSecurityGroup", &group).await;
    world.simulator.advance(std::time::Duration::from_secs(300));

    let told = report(&world, &topology).await;
    assert_eq!(told.codes(), ["destroy/in-use"; 2], "{told}");
    let text = told.to_string();
    for word in [
        "network/one",
        "security group sg-",
        subnet.as_str(),
        "NAT Gateway nat-",
    ] {
        assert!(text.contains(word), "`{word}` is missing in {text}");
    }
    // An apply that deletes is refused as well.
    let mut none = topology.clone();
    let account_only = network("other", "a", REGION, 9);
    none.networks = vec![account_only].into();
    let observation = world.engine.observe(&none).await.expect("observe");
    assert!(
        observation
            .at(&place(A, REGION))
            .is_some_and(|here| !here.interfaces.is_empty())
    );
    let told = preflight(&none, &observation);
    assert_eq!(told.codes(), ["destroy/in-use"; 2], "{told}");
}
