//! What preflight says of zones that a region does not have, and of a VPC that another account shares.

use landbridge_core::topology::{Account, Interconnect, ModelChoice, Network, Topology};
use landbridge_core::{CloudProvider, CreateNetwork, CreateSubnet, Label, NetworkId, Owner, Token};

use crate::place_reads_support::sees_the_same;
use crate::world::{A, B, World, aws, network, pair, place};

const REGION: &str = "us-east-1";

fn label(name: &str) -> Label {
    Label::new(name, Owner::new("others", name), Token::derive(&[name]))
}

/// A VPC of account B, a subnet of which account A may use.
async fn shared(world: &World) -> NetworkId {
    let cloud = world.provider.cloud(&place(B, REGION)).await;
    let cloud = cloud.expect("a handle");
    let wide = "10.9.0.0/16".parse().expect("a range");
    let network = cloud
        .create_network(&CreateNetwork::new(label("network/n"), wide))
        .await;
    let id = network.expect("a network").id;
    world.simulator.advance(std::time::Duration::from_secs(30));
    let narrow = "10.9.1.0/24".parse().expect("a range");
    let request = CreateSubnet::new(label("subnet/n/s"), id.clone(), "use1-az1".into(), narrow);
    let subnet = cloud.create_subnet(&request).await.expect("a subnet");
    assert_eq!(subnet.zone.as_str(), "us-east-1a");
    assert!(world.simulator.share_subnet(subnet.id.as_str(), A));
    id
}

fn joined(shared: &NetworkId) -> Topology {
    Topology::new("guest")
        .with_account(Account::new("a", aws(), A))
        .with_network(Network::existing("theirs", "a", REGION, shared.clone()))
        .with_network(network("ours", "a", REGION, 1))
        .with_interconnect(
            Interconnect::new("pair", "a", ["ours", "theirs"]).with_model(ModelChoice::Mesh),
        )
}

#[tokio::test]
async fn a_shared_vpc_is_told_with_its_owner_before_the_first_write() {
    let world = World::start().await;
    let id = shared(&world).await;
    let before = world.alive();
    let report = world.preflight(&joined(&id)).await;
    assert_eq!(report.codes(), ["network/other-owner"], "{report}");
    let text = report.to_string();
    assert!(text.contains(B) && text.contains(id.as_str()), "{text}");

    // Under its owner's name it is joined.
    let mut topology = joined(&id).with_account(Account::new("b", aws(), B));
    topology.networks[0].account = "b".to_owned();
    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}");
    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    world.destroy(&topology).await;
    assert_eq!(world.alive(), before);
}

#[tokio::test]
async fn zones_are_checked_by_name_and_by_id() {
    let world = World::start().await;
    for (zone, known) in [
        ("us-east-1b", true),
        ("use1-az2", true),
        ("eu-central-1a", false),
        ("euc1-az2", false),
    ] {
        let mut topology = pair();
        topology.networks[0].subnets[0].zone = zone.into();
        let report = world.preflight(&topology).await;
        assert_eq!(report.passed(), known, "{zone}: {report}");
        if !known {
            assert_eq!(report.codes(), ["zone/unknown"], "{report}");
            assert!(
                report.to_string().contains("us-east-1a (use1-az1)"),
                "{report}"
            );
            continue;
        }
        world.apply(&topology).await;
        let second = world.plan(&topology).await;
        assert!(second.is_empty(), "{zone}: {second}");
        assert!(world.preflight(&topology).await.passed(), "{zone}");
        world.destroy(&topology).await;
    }
}
