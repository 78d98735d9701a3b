//! Joins a network of account b to a private line of account a, verb by verb: b grants its VPC to a's Express Connect
//! Router, a attaches it, both ends are routed, and a ping passes. Then everything is taken back in the right order.
//!
//! The same as one topology, planned, verified and removed by the engine: `examples/topologies/ecr-two-accounts.yaml`.
//!
//! It runs on the simulator, on the simulator's own time, so that it needs no account and takes seconds:
//!
//! ```sh
//! cargo run --example ecr_cross_account --features aliyun
//! ```

use std::error::Error;
use std::time::Duration;

use landbridge::core::engine::Engine;
use landbridge::core::plan::{plan, plan_destroy};
use landbridge::core::retry::{Backoff, Look, Patience, retry, wait_until};
use landbridge::core::topology::{Account, Firewall, Instance, Network, Subnet, Topology};
use landbridge::core::{
    Cloud, CommandState, CreateGrant, CreateHub, CreateRoute, Endpoint, HubId, HubScope, Label,
    Owner, PeeringId, PeeringKind, PeeringSelect, RequestPeering, RevokeGrant, RouteTableId,
    RunCommand, Select, Token,
};
use landbridge_sim::BorderRouterSpec;

use crate::simulated::{A, ALIYUN, B, place, stage};

#[path = "common/simulated.rs"]
mod simulated;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const REGION: &str = "cn-hangzhou";
const DATA_CENTRE: &str = "10.9.0.0/16";
const HOST: &str = "10.9.0.10";

#[tokio::main]
async fn main() -> Outcome {
    let (simulator, clock, provider) = stage().await?;
    let line = BorderRouterSpec::new(A, REGION)
        .prefix(DATA_CENTRE)
        .host(HOST);
    let line = simulator.provision_border_router(line);
    let patience = Patience::new(clock.clone(), Duration::from_secs(900), Default::default());
    let engine = Engine::new().with_clock(clock).with_provider(provider);

    // b has a network and an instance already.
    let scene = scene()?;
    let steps = plan(&scene, &engine.observe(&scene).await?);
    engine.apply(&steps).await?;
    let a = engine.cloud(&place(A, REGION)).await?;
    let b = engine.cloud(&place(B, REGION)).await?;
    let (a, b) = (a.as_ref(), b.as_ref());
    let network = b.list_networks(&Select::Topology("scene".into())).await?;
    let network = network.first().ok_or("no network")?.id.clone();
    let tables = b.list_route_tables(std::slice::from_ref(&network)).await?;
    let table = tables.first().ok_or("no route table")?.id.clone();
    let member = Endpoint::Network {
        id: network,
        account: B.into(),
        region: REGION.into(),
    };

    let router = a
        .create_hub(&CreateHub::new(
            label("router"),
            HubScope::Edge { asn: 65000 },
        ))
        .await?
        .id;
    wait_for_router(a, &router, &patience).await?;
    println!(
        "a owns router {router}; b does not reach {HOST}: {}",
        ping(b, &patience).await?
    );

    let grant = CreateGrant::new(member.clone(), router.clone(), A.into());
    let early = attach(a, &router, member.clone(), &patience).await;
    println!("attaching without a grant: {}", early.expect_err("refused"));
    b.create_grant(&grant).await?;
    for grant in b.list_grants(&member).await? {
        let at = grant.created_at.ok_or("the cloud tells no time")?;
        let age = patience.clock().now().duration_since(at)?.as_secs();
        println!(
            "b has granted {} to {}, {age} s ago",
            grant.member, grant.hub
        );
    }

    let attachment = attach(a, &router, member, &patience).await?;
    let border = Endpoint::BorderRouter {
        id: line.into(),
        account: A.into(),
        region: REGION.into(),
    };
    let border = attach(a, &router, border, &patience).await?;
    println!("attached, not routed: {}", ping(b, &patience).await?);
    route(b, &table, &attachment, &patience).await?;
    let reached = ping(b, &patience).await?;
    println!("granted, attached and routed: {reached}");
    assert!(reached);

    println!(
        "revoking while attached: {}",
        b.revoke_grant(&RevokeGrant::from(&grant))
            .await
            .expect_err("refused")
    );
    b.delete_route(&table, &DATA_CENTRE.parse()?, &attachment)
        .await?;
    for id in [attachment, border] {
        detach(a, &router, &id, &patience).await?;
    }
    b.revoke_grant(&RevokeGrant::from(&grant)).await?;
    retry(
        &patience,
        &Backoff::default(),
        |_, _| {},
        |_| a.delete_hub(&router),
    )
    .await?;
    let destroy = plan_destroy(&scene, &engine.observe(&scene).await?);
    engine.apply(&destroy).await?;
    let residue = engine.residue(&scene, Some(&destroy)).await?;
    println!("{residue}");
    assert!(residue.is_empty());
    wait_until(
        "the simulator",
        &patience,
        &Backoff::default(),
        |_| {},
        || async {
            Ok(match simulator.alive().len() {
                0 => Look::Ready(()),
                count => Look::NotYet(format!("{count} objects")),
            })
        },
    )
    .await?;
    println!("nothing is left");
    Ok(())
}

fn label(name: &str) -> Label {
    Label::new(
        name,
        Owner::new("line", name),
        Token::derive(&["line", name]),
    )
}

async fn wait_for_router(cloud: &dyn Cloud, id: &HubId, patience: &Patience) -> Outcome {
    let look = || async {
        let found = cloud.list_hubs(&Select::id(id.clone())).await?;
        Ok(match found.first() {
            Some(hub) if hub.status.is_ready() => Look::Ready(()),
            other => Look::NotYet(other.map_or("invisible".into(), |hub| hub.status.to_string())),
        })
    };
    Ok(wait_until(id.as_str(), patience, &Backoff::default(), |_| {}, look).await?)
}

/// Attaches a member and waits until it is active.
async fn attach(
    cloud: &dyn Cloud,
    router: &HubId,
    member: Endpoint,
    patience: &Patience,
) -> Outcome<PeeringId> {
    let hub = Endpoint::Edge {
        id: router.clone(),
        account: A.into(),
    };
    let label = label(member.id());
    let request = RequestPeering::new(label, PeeringKind::Attachment, member, hub);
    // One write at a time: the router is locked for a moment after each.
    let id = retry(
        patience,
        &Backoff::default(),
        |_, _| {},
        |_| async { Ok(cloud.request_peering(&request).await?.id) },
    )
    .await?;
    let select = PeeringSelect::all()
        .with_hub(router.clone())
        .with_id(id.clone());
    let look = || async {
        let found = cloud.list_peerings(&select).await?;
        Ok(match found.first() {
            Some(record) if record.status.is_ready() => Look::Ready(()),
            other => {
                Look::NotYet(other.map_or("invisible".into(), |found| found.status.to_string()))
            }
        })
    };
    wait_until(id.as_str(), patience, &Backoff::default(), |_| {}, look).await?;
    Ok(id)
}

async fn detach(cloud: &dyn Cloud, router: &HubId, id: &PeeringId, patience: &Patience) -> Outcome {
    retry(
        patience,
        &Backoff::default(),
        |_, _| {},
        |_| cloud.delete_peering(id, PeeringKind::Attachment),
    )
    .await?;
    let select = PeeringSelect::all()
        .with_hub(router.clone())
        .with_id(id.clone());
    let look = || async {
        let found = cloud.list_peerings(&select).await?;
        Ok(match found.first() {
            None => Look::Ready(()),
            Some(record) => Look::NotYet(record.status.to_string()),
        })
    };
    Ok(wait_until(id.as_str(), patience, &Backoff::default(), |_| {}, look).await?)
}

async fn route(
    cloud: &dyn Cloud,
    table: &RouteTableId,
    attachment: &PeeringId,
    patience: &Patience,
) -> Outcome {
    let destination = DATA_CENTRE.parse()?;
    let request = CreateRoute::new(table.clone(), destination, attachment.clone());
    cloud.create_route(&request).await?;
    let look = || async {
        let routes = cloud.list_routes(table).await?;
        let there = routes
            .iter()
            .any(|route| route.destination == destination && route.status.is_ready());
        Ok(match there {
            true => Look::Ready(()),
            false => Look::NotYet("not there".into()),
        })
    };
    Ok(wait_until("the route", patience, &Backoff::default(), |_| {}, look).await?)
}

/// Whether b's instance gets an answer from the data centre.
async fn ping(cloud: &dyn Cloud, patience: &Patience) -> Outcome<bool> {
    let instances = cloud
        .list_instances(&Select::Topology("scene".into()))
        .await?;
    let id = instances.first().ok_or("no instance")?.id.clone();
    let agent = || async {
        let ready = cloud.agents_ready(std::slice::from_ref(&id)).await?;
        Ok(match ready.first() {
            Some(true) => Look::Ready(()),
            _ => Look::NotYet("without an agent".into()),
        })
    };
    wait_until(id.as_str(), patience, &Backoff::default(), |_| {}, agent).await?;
    let token = Token::derive(&["ping", &format!("{:?}", patience.left())]);
    let script = format!("ping -c 4 -W 2 {HOST}");
    let command = cloud
        .run_command(&RunCommand::new(id.clone(), script, token))
        .await?;
    let look = || async {
        Ok(match cloud.command_output(&id, &command).await?.state {
            CommandState::Exited(code) => Look::Ready(code == 0),
            CommandState::Running(word) => Look::NotYet(word),
            CommandState::Aborted(word) => Look::Never(word),
            other => Look::NotYet(format!("{other:?}")),
        })
    };
    Ok(wait_until("the ping", patience, &Backoff::default(), |_| {}, look).await?)
}

fn scene() -> Outcome<Topology> {
    let subnet = Subnet::new("one", format!("{REGION}-h"), "10.0.20.0/24".parse()?);
    let network = Network::new("vpc", "b", REGION, "10.0.0.0/16".parse()?).with_subnet(subnet);
    let instance = Instance::new(
        "ecs",
        "vpc/one".parse()?,
        "ecs.t5-lc2m1.nano",
        "acs:alibaba_cloud_linux_3_2104_lts_x64",
        ["closed"],
    );
    let topology = Topology::new("scene")
        .with_account(Account::new("b", ALIYUN, B))
        .with_network(network)
        .with_firewall(Firewall::new("closed", ["vpc"]))
        .with_instance(instance);
    topology.check()?;
    Ok(topology)
}
