//! A network of one account on the private line of another, through the simulator's Express Connect Routers.

use std::path::Path;

use landbridge_core::engine::EngineOptions;
use landbridge_core::topology::Topology;
use landbridge_core::verify::VerifyReport;
use landbridge_core::{CloudProvider, CreateGrant, Endpoint, PeeringSelect, RevokeGrant};
use landbridge_sim::{BorderRouterSpec, Simulator};

use crate::place_reads_support::sees_the_same;
use crate::world::{A, B, World, place, two_accounts};

const REGION: &str = "cn-hangzhou";

/// The example that users run.
fn topology() -> Topology {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies/ecr-two-accounts.yaml");
    Topology::from_file(&path).expect("the example is good")
}

/// A simulator with the border router of the example, owned by this account.
async fn world(owner: &str) -> World {
    let simulator = Simulator::start().await.expect("the simulator starts");
    let world = World::on(simulator, two_accounts(), EngineOptions::default());
    let line = BorderRouterSpec::new(owner, REGION)
        .id("vbr-bp1example")
        .prefix("10.9.0.0/16")
        .host("10.9.0.10");
    world.simulator.provision_border_router(line);
    world
}

/// Whether the one path to the data centre is open, statically and by ping alike.
fn open(report: &VerifyReport) -> bool {
    assert_eq!(report.pairs.len(), 1, "{report}");
    let pair = &report.pairs[0];
    let ping = pair.ping.as_ref().expect("pings were sent");
    assert_eq!(pair.path.blocked.is_none(), ping.all_received(), "{report}");
    pair.reachable()
}

#[tokio::test]
async fn a_network_reaches_a_data_centre_behind_another_accounts_line() {
    let world = world(A).await;
    let topology = topology();
    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}");
    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    assert!(open(&world.verify(&topology).await));
    let second = world.plan(&topology).await;
    assert!(second.is_empty(), "{second}");
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
}

#[tokio::test]
async fn the_data_centre_is_reached_only_while_attached_and_routed() {
    let world = world(A).await;
    let topology = topology();
    world.apply(&topology).await;
    let a = world
        .provider
        .cloud(&place(A, REGION))
        .await
        .expect("a handle");
    let b = world
        .provider
        .cloud(&place(B, REGION))
        .await
        .expect("a handle");
    let observed = world.engine.observe(&topology).await.expect("observe");
    let route = (observed.inventories.iter())
        .flat_map(|inventory| &inventory.routes)
        .find(|route| route.destination.to_string() == "10.9.0.0/16")
        .expect("the route");
    let landbridge_core::NextHop::Peering(association) = &route.next_hop else {
        panic!("{route:?}")
    };

    // A grant cannot be taken back while its attachment is there.
    let hub = observed
        .inventories
        .iter()
        .flat_map(|inventory| &inventory.hubs)
        .next()
        .expect("the router");
    let network = (observed.inventories.iter())
        .flat_map(|inventory| &inventory.networks)
        .next()
        .expect("the network");
    let member = Endpoint::Network {
        id: network.id.clone(),
        account: B.into(),
        region: REGION.into(),
    };
    let grant = CreateGrant::new(member.clone(), hub.id.clone(), A.into());
    let refusal = b
        .revoke_grant(&RevokeGrant::from(&grant))
        .await
        .expect_err("attached");
    assert_eq!(
        refusal.kind(),
        landbridge_core::ErrorKind::InUse,
        "{refusal}"
    );
    assert!(refusal.remedy().is_some());
    let grants = b.list_grants(&member).await.expect("a list");
    assert!(
        grants.iter().any(|grant| grant.created_at.is_some()),
        "{grants:?}"
    );

    b.delete_route(
        &route.table,
        &route.destination.range().expect("a CIDR block"),
        association,
    )
    .await
    .expect("deleted");
    assert!(!open(&world.verify(&topology).await), "no route");
    world.apply(&topology).await;
    assert!(open(&world.verify(&topology).await), "mended");

    let select = PeeringSelect::all().with_hub(hub.id.clone());
    let attachments = a.list_peerings(&select).await.expect("a list");
    let line = attachments
        .iter()
        .find(|attachment| attachment.requester.id() == "vbr-bp1example")
        .expect("the line");
    a.delete_peering(&line.id, line.kind)
        .await
        .expect("detached");
    assert!(!open(&world.verify(&topology).await), "no line");
    world.apply(&topology).await;
    assert!(open(&world.verify(&topology).await), "mended");
}

#[tokio::test]
async fn a_border_router_of_the_other_account_needs_an_approval_that_is_asked_for() {
    let world = world(B).await;
    let mut topology = topology();
    for edge in &mut topology.edges {
        for router in &mut edge.border_routers {
            router.account = "b".to_owned();
        }
    }
    let report = world.preflight(&topology).await;
    assert_eq!(report.codes(), ["edge/approval"]);
    let plan = world.plan(&topology).await;
    let stopped = world.engine.apply(&plan).await.expect_err("not approved");
    let text = stopped.to_string();
    assert!(text.contains("account manager"), "{text}");
    let attached = |call: &&landbridge_sim::Call| call.action.starts_with("Attach");
    assert_eq!(world.simulator.calls().iter().filter(attached).count(), 0);

    world.simulator.approve_border_router_sharing(B, A);
    world.apply(&topology).await;
    assert!(open(&world.verify(&topology).await));
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
}
