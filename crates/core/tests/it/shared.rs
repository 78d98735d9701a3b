//! Networks that another account shares: what needs their owner is said before the first write.

use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::preflight::{Report, preflight};
use landbridge_core::topology::{Account, Network, Subnet, Topology};
use landbridge_core::{
    CloudProvider, CreateNetwork, CreateSubnet, ErrorKind, Label, NetworkId, Owner, Place, Token,
};

use crate::common::{A, memory, topology, world_like};

const OWNER: &str = "0000000000000009";

fn label(name: &str) -> Label {
    Label::new(name, Owner::new("others", name), Token::derive(&[name]))
}

/// A world in which a third account shares a network of r1 with account a.
async fn world() -> (Engine, MemoryProvider, NetworkId) {
    let home = Place::new(memory(), OWNER, "r1");
    let (engine, provider, clock) =
        world_like(|builder| builder.with_shared_networks(home.clone(), A));
    let cloud = provider.cloud(&home).await.expect("a cloud");
    let range = "10.1.0.0/16".parse().expect("a range");
    let network = CreateNetwork::new(label("network/n"), range);
    let id = cloud.create_network(&network).await.expect("created").id;
    clock.advance(std::time::Duration::from_secs(60));
    let range = "10.1.1.0/24".parse().expect("a range");
    let subnet = CreateSubnet::new(label("subnet/n/s"), id.clone(), "r1-a".into(), range);
    cloud.create_subnet(&subnet).await.expect("created");
    clock.advance(std::time::Duration::from_secs(60));
    (engine, provider, id)
}

fn with_existing(id: &NetworkId) -> Topology {
    let mut topology = topology();
    topology.networks[0] = Network::existing("one", "a", "r1", id.clone());
    topology.instances.remove(0);
    topology
}

async fn report(engine: &Engine, topology: &Topology) -> Report {
    preflight(topology, &engine.observe(topology).await.expect("observe"))
}

#[tokio::test]
async fn a_participant_cannot_join_it_and_the_owner_is_named() {
    let (engine, provider, id) = world().await;
    let before = provider.write_count();
    let mut topology = with_existing(&id);
    let report_of_guest = report(&engine, &topology).await;
    assert!(report_of_guest.codes().contains(&"network/other-owner"));
    let text = report_of_guest.to_string();
    assert!(
        text.contains(OWNER) && text.contains("interconnect core"),
        "{text}"
    );
    assert_eq!(provider.write_count(), before);

    // Declared, it is named as the one to write; named so, it may.
    topology = topology.with_account(Account::new("owner", memory(), OWNER));
    let text = report(&engine, &topology).await.to_string();
    assert!(
        text.contains("set `account` of network one to `owner`"),
        "{text}"
    );
    topology.networks[0].account = "owner".to_owned();
    let codes = report(&engine, &topology).await.codes();
    assert!(!codes.contains(&"network/other-owner"), "{codes:?}");
}

#[tokio::test]
async fn groups_in_it_are_free_and_new_subnets_are_not() {
    let (engine, _, id) = world().await;
    let mut topology = with_existing(&id);
    topology.interconnects.clear();
    topology.firewalls.clear();
    topology.instances.clear();
    assert_eq!(report(&engine, &topology).await.codes(), [""; 0]);
    let range = "10.1.2.0/24".parse().expect("a range");
    topology.networks[0]
        .subnets
        .push(Subnet::new("t", "r1-b", range));
    let report = report(&engine, &topology).await;
    assert_eq!(report.codes(), ["network/other-owner"]);
    assert!(report.to_string().contains("create subnet t"), "{report}");
}

#[tokio::test]
async fn the_memory_cloud_refuses_a_participant_what_only_the_owner_may() {
    let (_, provider, id) = world().await;
    let guest = Place::new(memory(), A, "r1");
    let cloud = provider.cloud(&guest).await.expect("a cloud");
    let tables = cloud.list_route_tables(std::slice::from_ref(&id));
    assert_eq!(tables.await.expect("listed").len(), 1);
    let deleted = cloud.delete_network(&id).await.expect_err("refused");
    assert_eq!(deleted.kind(), ErrorKind::PermissionDenied);
    assert!(deleted.to_string().contains(OWNER), "{deleted}");
    let range = "10.1.2.0/24".parse().expect("a range");
    let subnet = CreateSubnet::new(label("subnet/n/t"), id, "r1-a".into(), range);
    let created = cloud.create_subnet(&subnet).await.expect_err("refused");
    assert_eq!(created.kind(), ErrorKind::PermissionDenied);
}
