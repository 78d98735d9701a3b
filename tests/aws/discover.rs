//! What exists in accounts and regions, read without a topology.

use landbridge_core::discovery::Discovery;
use landbridge_core::topology::Topology;
use landbridge_core::{CloudProvider, CreateNetwork, Label, Owner, Place, Token};

use crate::world::{A, B, C, World, example, place};

fn lines(discovery: &Discovery, words: &[&str]) -> usize {
    let text = discovery.to_string();
    let has = |line: &&str| words.iter().all(|word| line.contains(word));
    text.lines().filter(has).count()
}

#[tokio::test]
async fn everything_is_shown_and_nothing_is_written() {
    let world = World::start().await;
    let topology = example("aws-mesh.yaml");
    world.apply(&topology).await;
    let alive = world.alive();
    let discovery = world.engine.discover(&topology.places()).await;
    let discovery = discovery.expect("discover");
    assert!(discovery.is_complete(), "{discovery}");
    assert_eq!(world.alive(), alive);
    for network in &topology.networks {
        let range = network.range.expect("a range").to_string();
        let key = format!("(network/{})", network.name);
        let words = ["  network", range.as_str(), key.as_str()];
        assert_eq!(lines(&discovery, &words), 1, "{words:?} in {discovery}");
    }
    assert!(
        lines(&discovery, &["  peering", "active"]) > 0,
        "{discovery}"
    );
    assert!(
        lines(&discovery, &["  route table", "main"]) > 0,
        "{discovery}"
    );
    let topologies = discovery.topologies();
    assert_eq!(topologies.len(), 1);
    assert_eq!(topologies[0].topology, topology.name);
}

async fn create(world: &World, place: &Place, number: usize) {
    let key = format!("{place}/{number}");
    let label = Label::new("n", Owner::new("theirs", &key), Token::derive(&[&key]));
    let range = format!("10.0.{number}.0/24").parse().expect("a range");
    let cloud = world.provider.cloud(place).await.expect("a handle");
    let request = CreateNetwork::new(label, range);
    cloud.create_network(&request).await.expect("a network");
}

#[tokio::test]
async fn calls_grow_with_places_and_not_with_networks() {
    let world = World::start().await;
    let regions = [
        "us-east-1",
        "us-west-2",
        "eu-central-1",
        "eu-west-1",
        "ap-southeast-1",
    ];
    let places: Vec<Place> = [A, B, C]
        .iter()
        .flat_map(|account| regions.map(|region| place(account, region)))
        .collect();
    let calls = async || {
        let before = world.simulator.calls().len();
        let discovery = world.engine.discover(&places).await.expect("discover");
        assert!(discovery.is_complete(), "{discovery}");
        let found = discovery.inventories.iter().map(|i| i.networks.len());
        (found.sum::<usize>(), world.simulator.calls().len() - before)
    };
    let (none, of_none) = calls().await;
    for place in &places {
        for number in 0..10 {
            create(&world, place, number).await;
        }
    }
    let (some, of_some) = calls().await;
    // Six lists for each place, and at first the identity for each account.
    assert_eq!(of_none, places.len() * 6 + 3);
    assert_eq!((some, of_some), (none + 150, places.len() * 6));
}

#[tokio::test]
async fn a_stack_is_named_as_the_maker() {
    let world = World::start().await;
    let here = place(A, "us-east-1");
    create(&world, &here, 1).await;
    let discover = async || {
        let discovery = world.engine.discover(std::slice::from_ref(&here)).await;
        discovery.expect("discover")
    };
    let found = discover().await;
    let networks = &found.inventories[0].networks;
    let network = networks
        .iter()
        .find(|n| n.name == "n")
        .expect("it is there");
    let tag = [
        ("ResourceId.1", network.id.as_str()),
        ("Tag.1.Key", "ManagedBy"),
        ("Tag.1.Value", "Terraform"),
    ];
    world.call(A, "us-east-1", "CreateTags", &tag).await;
    let found = discover().await;
    let networks = &found.inventories[0].networks;
    let network = networks
        .iter()
        .find(|n| n.name == "n")
        .expect("it is there");
    assert_eq!(network.maker.as_deref(), Some("Terraform"));
}

/// The topology that a file holds, of which a plan has nothing to do.
async fn nothing_to_do(world: &World, text: &str) -> Topology {
    let topology = Topology::from_text(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}\n{text}");
    let plan = world.plan(&topology).await;
    assert!(plan.is_empty(), "{plan}\n{text}");
    topology
}

const EXAMPLES: [&str; 3] = [
    "aws-mesh.yaml",
    "aws-peering-two-accounts.yaml",
    "aws-dual-stack.yaml",
];

#[tokio::test]
async fn what_exists_of_each_example_is_a_topology_with_nothing_to_do() {
    for name in EXAMPLES {
        let (world, example) = (World::start().await, example(name));
        world.apply(&example).await;
        let discovery = world.engine.discover(&example.places()).await;
        let discovery = discovery.expect("discover");
        let draft = world.engine.draft(&discovery, &example.accounts).await;
        let text = draft.expect("draft").to_string();
        let written = nothing_to_do(&world, &text).await;
        assert!(written.networks.len() >= example.networks.len(), "{text}");
        assert_eq!(
            written.interconnects.len(),
            example.interconnects.len(),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_lost_file_of_each_example_is_written_anew() {
    for name in EXAMPLES {
        let (world, example) = (World::start().await, example(name));
        world.apply(&example).await;
        let discovery = world.engine.discover(&example.places()).await;
        let discovery = discovery.expect("discover");
        let rebuilding = world
            .engine
            .rebuild(&discovery, &example.name, &example.accounts);
        let text = rebuilding.await.expect("rebuild").to_string();
        let written = nothing_to_do(&world, &text).await;
        assert!(!text.contains("# Not recovered"), "{text}");
        assert_eq!(written.networks.len(), example.networks.len(), "{text}");
        assert_eq!(
            written.interconnects.len(),
            example.interconnects.len(),
            "{text}"
        );
        assert_eq!(written.firewalls.len(), example.firewalls.len(), "{text}");
    }
}
