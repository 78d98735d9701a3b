//! Peering with one side's keys: the other owner pastes the commands of the hand-over into the AWS CLI.

use std::time::Duration;

use landbridge_core::engine::EngineOptions;
use landbridge_core::handover::HandOver;
use landbridge_core::plan::plan_destroy;
use landbridge_core::topology::{Account, Holder, Interconnect, ModelChoice, Network, Topology};
use landbridge_core::verify::Verdict;
use landbridge_sim::Simulator;

use crate::place_reads_support::sees_the_same;
use crate::python::Python;
use crate::shell::paste;
use crate::world::{A, B, World, aws, network};

const REQUIREMENTS: &str = "tests/foreign/requirements.txt";
const REGIONS: [&str; 2] = ["us-east-1", "eu-central-1"];

/// The networks `left` of account a and `right` of account b, made by their owners; their ids.
async fn networks(world: &World) -> [String; 2] {
    let sides = [("left", "a", A, 1), ("right", "b", B, 2)];
    let mut ids = Vec::new();
    for ((name, account, id, number), region) in sides.into_iter().zip(REGIONS) {
        let base = Topology::new(format!("base-{account}"))
            .with_account(Account::new(account, aws(), id))
            .with_network(network(name, account, region, number));
        world.apply(&base).await;
        sees_the_same(&world.engine, &world.simulator, &base).await;
        ids.push(
            world.inventory(&base, id, region).await.networks[0]
                .id
                .to_string(),
        );
    }
    ids.try_into().expect("two networks")
}

/// The two networks as somebody sees them who holds the keys of `held`; `asks` is the account that asks.
fn seen(held: &[&str], asks: &str, ids: &[String; 2]) -> Topology {
    let mut topology = Topology::new("pair");
    let ends = [
        ("left", "a", A, "10.1.0.0/16"),
        ("right", "b", B, "10.2.0.0/16"),
    ];
    for (((name, account, number, range), region), id) in ends.into_iter().zip(REGIONS).zip(ids) {
        let ours = held.contains(&account);
        let holder = if ours { Holder::Us } else { Holder::Other };
        let network = Network::existing(name, account, region, id.as_str());
        topology = topology
            .with_account(Account::new(account, aws(), number).with_held_by(holder))
            .with_network(match ours {
                true => network,
                false => network.with_ranges([range.parse().expect("a range")]),
            });
    }
    topology.with_interconnect(
        Interconnect::new("pair", asks, ["left", "right"]).with_model(ModelChoice::Mesh),
    )
}

async fn hand_over(world: &World, topology: &Topology) -> HandOver {
    let observation = world.engine.observe(topology).await.expect("observe");
    let mut documents = world.engine.hand_over(topology, &observation);
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

/// The owner of account b pastes what the document says, with b's keys.
async fn obey(world: &World, python: &Python, document: HandOver) {
    let keys = world.keys_of(B);
    let path = format!("{}:/usr/bin:/bin", python.programs().display());
    let environment = [
        ("PATH", path.as_str()),
        ("AWS_ENDPOINT_URL", &world.simulator.url()),
        ("AWS_ACCESS_KEY_ID", &keys.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", keys.access_key_secret.as_str()),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_PAGER", ""),
        ("NO_PROXY", "*"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    pass_time(world);
    let pasted = tokio::task::spawn_blocking(move || paste(&document, &environment));
    pasted.await.expect("every command is taken");
    pass_time(world);
}

// Long enough for either side to know what the other did.
fn pass_time(world: &World) {
    let now = world.simulator.uptime();
    world.simulator.advance_to(now + Duration::from_secs(120));
}

async fn start() -> Option<(World, Python, [String; 2])> {
    let python = Python::ready(REQUIREMENTS)?;
    let simulator = Simulator::start().await.expect("the simulator starts");
    let world = World::on(simulator, EngineOptions::default());
    let ids = networks(&world).await;
    Some((world, python, ids))
}

#[tokio::test]
async fn we_ask_and_they_accept_with_the_aws_cli() {
    let Some((world, python, ids)) = start().await else {
        return;
    };
    let before = world.alive();
    let ours = seen(&["a"], "a", &ids);
    world.apply(&ours).await;
    let document = hand_over(&world, &ours).await;
    assert!(document.is_awaited());
    obey(&world, &python, document).await;
    world.apply(&ours).await;
    assert!(!hand_over(&world, &ours).await.is_awaited());
    connected(&world, &ids).await;
    leave(&world, &python, &ours).await;
    assert_eq!(world.alive(), before);
}

#[tokio::test]
async fn they_ask_with_the_aws_cli_and_we_accept() {
    let Some((world, python, ids)) = start().await else {
        return;
    };
    let before = world.alive();
    let ours = seen(&["a"], "b", &ids);
    world.apply(&ours).await;
    let first = hand_over(&world, &ours).await;
    assert!(first.is_awaited() && first.more_to_come);
    obey(&world, &python, first).await;
    world.apply(&ours).await;
    let second = hand_over(&world, &ours).await;
    assert!(!second.is_awaited() && !second.more_to_come);
    obey(&world, &python, second).await;
    assert!(world.plan(&ours).await.is_empty());
    connected(&world, &ids).await;
    leave(&world, &python, &ours).await;
    assert_eq!(world.alive(), before);
}

// Somebody who could read both sides sees packets pass both ways; we see our half.
async fn connected(world: &World, ids: &[String; 2]) {
    let both = world.verify(&seen(&["a", "b"], "a", ids)).await;
    assert!(both.passed() && both.pairs.len() == 2, "{both}");
    let half = world.verify(&seen(&["a"], "a", ids)).await;
    assert_eq!(half.pairs.len(), 1, "{half}");
    assert_eq!(half.pairs[0].verdict(), Verdict::Undecided, "{half}");
    assert!(half.to_string().contains("held by other"), "{half}");
}

// Our half goes by our hand, the other by the document.
async fn leave(world: &World, python: &Python, ours: &Topology) {
    let observation = world.engine.observe(ours).await.expect("observe");
    let mut documents = world.engine.take_back(ours, &observation);
    let document = documents.remove(0);
    let destroy = plan_destroy(ours, &observation);
    world.engine.apply(&destroy).await.expect("our half goes");
    obey(world, python, document).await;
    let observation = world.engine.observe(ours).await.expect("observe");
    assert!(plan_destroy(ours, &observation).is_empty());
}
