//! VPC peering connections that others made on Alibaba Cloud: used as they are, and left as they were.

use std::time::Duration;

use landbridge_core::plan::adopt;
use landbridge_core::topology::{Account, Interconnect, ModelChoice, Network, Topology};
use landbridge_core::{
    Cloud, CloudProvider, Endpoint, Label, NetworkId, Owner, PeeringId, PeeringKind, PeeringRecord,
    PeeringSelect, RequestPeering, RouteRecord, Token,
};
use std::sync::Arc;

use crate::permits::network;
use crate::world::{A, B, World, aliyun, place, two_accounts};

const REGION: &str = "cn-hangzhou";

struct Peered {
    world: World,
    topology: Topology,
    id: PeeringId,
    /// The handles of A and B, with their networks.
    sides: [(Arc<dyn Cloud>, NetworkId); 2],
}

impl Peered {
    /// Two networks of which the one of B has asked the other to peer, under the name of another topology.
    async fn asked() -> Self {
        let world = World::start(two_accounts()).await;
        let (left, _) = network(&world, A, "left", "10.1").await;
        let (right, _) = network(&world, B, "right", "10.2").await;
        let handle = async |account| {
            let cloud = world.provider.cloud(&place(account, REGION)).await;
            cloud.expect("a handle")
        };
        let end = |id: &NetworkId, account: &str| Endpoint::Network {
            id: id.clone(),
            account: account.into(),
            region: REGION.into(),
        };
        let (one, other) = (handle(A).await, handle(B).await);
        let owner = Owner::new("others", "peering/x");
        let label = Label::new("by-hand", owner, Token::derive(&["x"]));
        let kind = PeeringKind::NetworkToNetwork;
        let request = RequestPeering::new(label, kind, end(&right, B), end(&left, A));
        let id = other.request_peering(&request).await.expect("asked").id;
        world.simulator.advance(Duration::from_secs(120));
        let topology = Topology::new("joined")
            .with_account(Account::new("a", aliyun(), A))
            .with_account(Account::new("b", aliyun(), B))
            .with_network(Network::existing("left", "a", REGION, left.clone()))
            .with_network(Network::existing("right", "b", REGION, right.clone()))
            .with_interconnect(
                Interconnect::new("pair", "a", ["left", "right"]).with_model(ModelChoice::Mesh),
            );
        Self {
            world,
            topology,
            id,
            sides: [(one, left), (other, right)],
        }
    }

    async fn active() -> Self {
        let peered = Self::asked().await;
        let accepted = peered.sides[0].0.accept_peering(&peered.id).await;
        accepted.expect("accepted");
        peered.world.simulator.advance(Duration::from_secs(120));
        peered
    }

    /// The peerings and routes of both sides.
    async fn listed(&self) -> (Vec<PeeringRecord>, Vec<RouteRecord>) {
        let (mut peerings, mut routes) = (Vec::new(), Vec::new());
        for (cloud, network) in &self.sides {
            let listed = cloud.list_peerings(&PeeringSelect::all()).await;
            peerings.extend(listed.expect("peerings"));
            let tables = cloud.list_route_tables(std::slice::from_ref(network)).await;
            for table in tables.expect("tables") {
                routes.extend(cloud.list_routes(&table.id).await.expect("routes"));
            }
        }
        (peerings, routes)
    }
}

#[tokio::test]
async fn an_active_connection_of_others_carries_our_routes_and_stays() {
    let peered = Peered::active().await;
    let (world, topology) = (&peered.world, &peered.topology);
    let before = peered.listed().await;
    let report = world.preflight(topology).await;
    assert_eq!(report.codes(), ["peering/used"], "{report}");
    assert!(
        report.to_string().contains("by topology others"),
        "{report}"
    );
    world.apply(topology).await;
    let verified = world.verify(topology).await;
    assert!(
        verified.passed() && !verified.pairs.is_empty(),
        "{verified}"
    );
    assert!(world.plan(topology).await.is_empty());
    let (_, routes) = peered.listed().await;
    let marked = routes.iter().filter(|route| route.mark.is_some());
    assert_eq!(marked.count(), 2, "{routes:?}");
    world.destroy(topology).await;
    assert_eq!(peered.listed().await, before);
}

#[tokio::test]
async fn a_request_of_others_is_accepted() {
    let peered = Peered::asked().await;
    let (world, topology) = (&peered.world, &peered.topology);
    world.apply(topology).await;
    let verified = world.verify(topology).await;
    assert!(verified.passed(), "{verified}");
    assert!(world.plan(topology).await.is_empty());
    world.destroy(topology).await;
    let (peerings, _) = peered.listed().await;
    assert!(peerings.iter().all(|peering| peering.status.is_ready()) && peerings.len() == 2);
}

#[tokio::test]
async fn an_adopted_connection_is_deleted_like_one_of_ours() {
    let peered = Peered::active().await;
    let (world, topology) = (&peered.world, &peered.topology);
    let seen = world.engine.observe(topology).await.expect("observe");
    let key = "peering/pair/left~right";
    let refused = adopt(topology, &seen, &[key], None).expect_err("it is of others");
    let remedy = refused.remedy().expect("a remedy");
    assert!(remedy.contains("--from others"), "{refused}");
    let plan = adopt(topology, &seen, &[key], Some("others")).expect("a plan");
    world.engine.apply(&plan).await.expect("adopted");
    let report = world.preflight(topology).await;
    assert_eq!(report.codes(), [""; 0], "{report}");
    world.apply(topology).await;
    world.destroy(topology).await;
    assert!(peered.listed().await.0.is_empty());
}
