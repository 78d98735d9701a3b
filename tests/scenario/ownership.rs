//! What preflight says of zones that a region does not have, of a VPC whose vSwitches another account shares, and of the
//! border of the mainland.

use landbridge_core::topology::{Account, Interconnect, Network, Subnet, Topology};
use landbridge_core::{CloudProvider, CreateNetwork, CreateSubnet, Label, NetworkId, Owner, Token};
use landbridge_sim::Service;

use crate::place_reads_support::sees_the_same;
use crate::world::{A, B, World, aliyun, place, three_networks, two_accounts};

const REGION: &str = "cn-hangzhou";

fn label(name: &str) -> Label {
    Label::new(name, Owner::new("others", name), Token::derive(&[name]))
}

/// A VPC of account B, a vSwitch of which account A may use.
async fn shared(world: &World) -> NetworkId {
    let cloud = world.provider.cloud(&place(B, REGION)).await;
    let cloud = cloud.expect("a handle");
    let wait = || world.simulator.advance(std::time::Duration::from_secs(30));
    let wide = "10.9.0.0/16".parse().expect("a range");
    let network = cloud
        .create_network(&CreateNetwork::new(label("network/n"), wide))
        .await;
    let id = network.expect("a network").id;
    wait();
    let narrow = "10.9.1.0/24".parse().expect("a range");
    let zone = format!("{REGION}-h").as_str().into();
    let request = CreateSubnet::new(label("subnet/n/s"), id.clone(), zone, narrow);
    let subnet = cloud.create_subnet(&request).await.expect("a subnet");
    wait();
    assert!(world.simulator.share_vswitch(subnet.id.as_str(), A));
    id
}

#[tokio::test]
async fn a_shared_vpc_is_told_with_its_owner_before_the_first_write() {
    let world = World::start(two_accounts()).await;
    let id = shared(&world).await;
    let writes = world.writes();
    let range = |text: &str| text.parse().expect("a range");
    let subnet = Subnet::new("s", format!("{REGION}-i"), range("10.1.1.0/24"));
    let topology = Topology::new("guest")
        .with_account(Account::new("a", aliyun(), A))
        .with_network(Network::existing("theirs", "a", REGION, id.clone()))
        .with_network(Network::new("ours", "a", REGION, range("10.1.0.0/16")).with_subnet(subnet))
        .with_interconnect(Interconnect::new("net", "a", ["ours", "theirs"]));
    let report = world.preflight(&topology).await;
    assert!(report.codes().contains(&"network/other-owner"), "{report}");
    let text = report.to_string();
    assert!(text.contains(B) && text.contains(id.as_str()), "{text}");
    assert_eq!(world.writes(), writes);
}

#[tokio::test]
async fn a_zone_of_another_region_is_told_with_the_regions_own() {
    let world = World::start(two_accounts()).await;
    let mut topology = three_networks();
    topology.networks[0].subnets[0].zone = "cn-qingdao-b".into();
    let report = world.preflight(&topology).await;
    assert!(report.codes().contains(&"zone/unknown"), "{report}");
    let text = report.to_string();
    assert!(
        text.contains("cn-qingdao-b") && text.contains("cn-hangzhou-k"),
        "{text}"
    );
    assert_eq!(world.writes(), 0);
}

#[tokio::test]
async fn the_border_is_crossed_with_consent() {
    let accounts = two_accounts().map(|account| {
        account
            .service_open(Service::Cdt, false)
            .service_open(Service::CdtCrossBorder, false)
    });
    let world = World::start(accounts).await;
    let mut topology = three_networks();
    let abroad = topology
        .networks
        .iter_mut()
        .find(|one| one.region.as_str() == "cn-qingdao");
    let abroad = abroad.expect("a network in Qingdao");
    abroad.region = "ap-southeast-1".into();
    for (subnet, letter) in abroad.subnets.iter_mut().zip(["b", "c"]) {
        subnet.zone = format!("ap-southeast-1{letter}").as_str().into();
    }
    for consent in [false, true] {
        for account in &mut topology.accounts {
            account.open_services = consent;
        }
        let report = world.preflight(&topology).await;
        assert_eq!(report.passed(), consent, "{report}");
        assert_eq!(
            report.to_string().contains("cross-border"),
            !consent,
            "{report}"
        );
    }
    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    assert!(world.verify(&topology).await.passed());
    world.destroy(&topology).await;
}
