//! Two owners who each keep their half.

use std::time::Duration;

use landbridge_core::reconcile::Outcome;
use landbridge_core::topology::{Account, Holder, Interconnect, Network, Topology};
use landbridge_core::{Network as _, NetworkId, Select};
use landbridge_fleet::{LinkKey, Orders, Phase};

use crate::common::{A, B, World, key, memory, pair, place, spec, world};

/// How the owner of `us` sees the two networks.
fn side(key: &LinkKey, us: &str, [one, two]: &[NetworkId; 2]) -> Topology {
    let account = |name: &str, id: &str| {
        let holder = match name == us {
            true => Holder::Us,
            false => Holder::Other,
        };
        Account::new(name, memory(), id).with_held_by(holder)
    };
    let network = |name: &str, account: &str, id: &NetworkId, range: &str| {
        let network = Network::existing(name, account, "r1", id.clone());
        match account == us {
            true => network,
            false => network.with_ranges([range.parse().expect("a range")]),
        }
    };
    Topology::new(key.to_string())
        .with_account(account("a", A))
        .with_account(account("b", B))
        .with_network(network("one", "a", one, "10.1.0.0/16"))
        .with_network(network("two", "b", two, "10.2.0.0/16"))
        .with_interconnect(Interconnect::new("core", "a", ["one", "two"]))
}

async fn network_of(world: &World, account: &str) -> NetworkId {
    let cloud = world
        .provider
        .memory_cloud(&place(account))
        .expect("a handle");
    let networks = cloud.list_networks(&Select::All).await.expect("a list");
    networks.first().expect("a network").id.clone()
}

#[tokio::test]
async fn a_topology_waits_for_its_peer_and_goes_on_by_itself_or_when_it_is_told() {
    for told in [false, true] {
        let world = world();
        let base = key("base");
        let mut networks = pair(&base);
        networks.interconnects.clear();
        world.submit(&base, spec(&networks)).await;
        let worker = world.worker();
        worker.round().await.expect("a round");
        let ids = [network_of(&world, A).await, network_of(&world, B).await];

        let (ours, theirs) = (key("ours"), key("theirs"));
        world.submit(&ours, spec(&side(&ours, "a", &ids))).await;
        worker.round().await.expect("a round");
        let waiting = world.status(&ours).await;
        assert_eq!(waiting.phase, Phase::WaitingForPeer);
        assert!(
            matches!(&waiting.outcome, Some(Outcome::WaitingForPeer { peers, .. })
            if peers[0].account.as_str() == B)
        );
        // It holds up nothing: orders are taken, and looks come now and then.
        assert_eq!(worker.round().await.expect("a round"), 0);
        world.clock.advance(Duration::from_secs(301));
        worker.round().await.expect("a round");
        assert_eq!(world.status(&ours).await.phase, Phase::WaitingForPeer);

        world.submit(&theirs, spec(&side(&theirs, "b", &ids))).await;
        worker.round().await.expect("a round");
        let accepted = world.status(&theirs).await;
        assert_eq!(accepted.phase, Phase::Ready, "{accepted:?}");
        match told {
            true => {
                world.fleet.peer_ready(&ours).await.expect("told");
            }
            false => world.clock.advance(Duration::from_secs(301)),
        }
        worker.round().await.expect("a round");
        assert_eq!(world.status(&ours).await.phase, Phase::Ready);

        for key in [&theirs, &ours, &base] {
            world.fleet.delete(key).await.expect("asked for");
            worker.round().await.expect("a round");
            let status = world.status(key).await;
            assert_eq!(status.phase, Phase::Deleted, "{status:?}");
        }
        assert!(world.provider.objects().is_empty());
    }
}
