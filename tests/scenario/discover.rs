//! What exists in accounts and regions, read without a topology.

use landbridge_core::discovery::Discovery;
use landbridge_core::engine::EngineOptions;
use landbridge_core::topology::Topology;
use landbridge_core::{CloudProvider, CreateNetwork, Label, Owner, Place, Token};
use landbridge_sim::{AccountSpec, BorderRouterSpec, Simulator};

use crate::world::{A, B, World, place, three_networks, two_accounts};

fn places() -> Vec<Place> {
    let regions = ["cn-hangzhou", "cn-qingdao"];
    let of = |account| regions.map(|region| place(account, region));
    [A, B].into_iter().flat_map(of).collect()
}

async fn discover(world: &World) -> Discovery {
    let discovery = world.engine.discover(&places()).await;
    discovery.expect("discover")
}

fn lines(discovery: &Discovery, words: &[&str]) -> usize {
    let text = discovery.to_string();
    let has = |line: &&str| words.iter().all(|word| line.contains(word));
    text.lines().filter(has).count()
}

#[tokio::test]
async fn everything_is_shown_and_nothing_is_written() {
    let world = World::start(two_accounts()).await;
    world.apply(&three_networks()).await;
    let writes = world.writes();
    let discovery = discover(&world).await;
    assert_eq!(world.writes(), writes);
    let missing: Vec<String> = discovery.not_read().map(ToString::to_string).collect();
    assert_eq!(missing, [""; 0]);
    for (words, count) in [
        (&["  network", "172.16.0.0/16", "(network/vpc1)"][..], 1),
        (&["  subnet"], 6),
        (&["  route table", "main"], 3),
        (&["  hub", "all regions", "(hub/backbone)"], 1),
        (&["  hub", "router of cen-"], 2),
        (&["  attachment", "(attachment/backbone/vpc2)", B], 1),
        (&["  grant", B, "hub owner pays"], 1),
        (&["  group"], 3),
        (&["  instance", "192.168.20.100", "(instance/ecs3)"], 1),
    ] {
        assert_eq!(lines(&discovery, words), count, "{words:?} in {discovery}");
    }
    let topologies = discovery.topologies();
    assert_eq!(topologies.len(), 1, "{discovery}");
    let kinds = |kind: &str| {
        let made = topologies[0].objects.iter();
        made.filter(|made| made.kind.to_string() == kind).count()
    };
    assert_eq!(
        (kinds("network"), kinds("subnet"), kinds("instance")),
        (3, 6, 3)
    );
}

#[tokio::test]
async fn a_list_that_is_refused_is_told_and_the_others_are_shown() {
    let denied = r#"{"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["ecs:DescribeInstances", "cen:DescribeCens"], "Resource": "*"}]}"#;
    let accounts = [
        AccountSpec::new("aliyun", A).policy(denied),
        AccountSpec::new("aliyun", B),
    ];
    let world = World::start(accounts).await;
    create(&world, &place(A, "cn-hangzhou"), 1).await;
    let discovery = discover(&world).await;
    let missing: Vec<String> = discovery
        .not_read()
        .map(|list| format!("{} of {}", list.what, list.place))
        .collect();
    let expected = [
        format!("CEN instances of aliyun:{A}:cn-hangzhou"),
        format!("instances of aliyun:{A}:cn-hangzhou"),
        format!("instances of aliyun:{A}:cn-qingdao"),
    ];
    assert_eq!(missing, expected);
    let reason = &discovery.inventories[0].not_read[1].reason;
    assert!(reason.contains("DescribeInstances"), "{reason}");
    assert_eq!(lines(&discovery, &["  network", "10.0.1.0/24"]), 1);
}

/// A policy that allows the actions which the docs name for a cloud.
fn documented(cloud: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/DISCOVER.md");
    let text = std::fs::read_to_string(path).expect("the page is there");
    let row = text
        .lines()
        .find(|line| line.starts_with(&format!("| {cloud} |")));
    let quoted = row.expect("a row").split('`').skip(1).step_by(2);
    let actions: Vec<String> = quoted.map(|action| format!("{action:?}")).collect();
    let actions = actions.join(", ");
    format!(
        r#"{{"Version": "1", "Statement": [{{"Effect": "Allow", "Action": [{actions}], "Resource": "*"}}]}}"#
    )
}

#[tokio::test]
async fn the_documented_permissions_are_enough() {
    let (world, example, _) = applied("ecr-two-accounts.yaml").await;
    let restricted =
        [A, B].map(|id| AccountSpec::new("aliyun", id).policy(documented("Alibaba Cloud")));
    let restricted = World::on(
        world.simulator.clone(),
        restricted,
        EngineOptions::default(),
    );
    let discovery = restricted.engine.discover(&example.places()).await;
    let discovery = discovery.expect("discover");
    let missing: Vec<String> = discovery.not_read().map(ToString::to_string).collect();
    assert_eq!(missing, [""; 0]);
    assert_eq!(
        lines(&discovery, &["  hub", "edge of private lines"]),
        1,
        "{discovery}"
    );
    assert_eq!(
        lines(&discovery, &["  attachment", "vbr-bp1example"]),
        1,
        "{discovery}"
    );
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
    let ids: Vec<String> = (0..10)
        .map(|number| format!("12345678901235{number:02}"))
        .collect();
    let accounts = ids.iter().map(|id| AccountSpec::new("aliyun", id.as_str()));
    let world = World::start(accounts).await;
    let regions = [
        "cn-hangzhou",
        "cn-qingdao",
        "cn-beijing",
        "cn-shanghai",
        "cn-shenzhen",
    ];
    let places: Vec<Place> = ids
        .iter()
        .flat_map(|id| regions.map(|region| place(id, region)))
        .collect();
    let calls = async |networks: usize| {
        let before = world.simulator.calls().len();
        let discovery = world.engine.discover(&places).await.expect("discover");
        assert!(discovery.is_complete(), "{discovery}");
        let found = discovery.inventories.iter().map(|i| i.networks.len());
        assert_eq!(found.sum::<usize>(), networks);
        world.simulator.calls().len() - before
    };
    for place in &places {
        create(&world, place, 0).await;
    }
    // The first asks each account for its identity.
    let first = calls(50).await;
    let of_fifty = calls(50).await;
    assert_eq!(first, of_fifty + 10);
    for place in &places {
        for number in 1..10 {
            create(&world, place, number).await;
        }
    }
    assert_eq!(calls(500).await, of_fifty);
    // Ten lists and the identity for each place, two more for each account.
    assert!(of_fifty <= 50 * 11 + 10 * 2, "{of_fifty}");
}

/// A world in which an example is up, and everything in it.
async fn applied(name: &str) -> (World, Topology, Discovery) {
    let simulator = Simulator::start().await.expect("the simulator starts");
    let world = World::on(simulator, two_accounts(), EngineOptions::default());
    let line = BorderRouterSpec::new(A, "cn-hangzhou")
        .id("vbr-bp1example")
        .prefix("10.9.0.0/16")
        .host("10.9.0.10");
    world.simulator.provision_border_router(line);
    let path = format!("{}/examples/topologies/{name}", env!("CARGO_MANIFEST_DIR"));
    let topology = Topology::from_file(path.as_ref()).expect("the example is good");
    world.apply(&topology).await;
    let discovery = world.engine.discover(&topology.places()).await;
    (world, topology, discovery.expect("discover"))
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
    "cen-two-accounts.yaml",
    "cen-dual-stack.yaml",
    "ecr-two-accounts.yaml",
];

#[tokio::test]
async fn what_exists_of_each_example_is_a_topology_with_nothing_to_do() {
    for name in EXAMPLES {
        let (world, example, discovery) = applied(name).await;
        let draft = world.engine.draft(&discovery, &example.accounts).await;
        let text = draft.expect("draft").to_string();
        let written = nothing_to_do(&world, &text).await;
        assert_eq!(written.networks.len(), example.networks.len(), "{text}");
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
        let (world, example, discovery) = applied(name).await;
        let rebuilding = world
            .engine
            .rebuild(&discovery, &example.name, &example.accounts);
        let text = rebuilding.await.expect("rebuild").to_string();
        let written = nothing_to_do(&world, &text).await;
        assert!(!text.contains("# Not recovered"), "{text}");
        let count = |topology: &Topology| {
            [
                topology.networks.len(),
                topology.networks.iter().map(|n| n.subnets.len()).sum(),
                topology.interconnects.len(),
                topology.edges.len(),
                topology.firewalls.len(),
                topology.instances.len(),
            ]
        };
        assert_eq!(count(&written), count(&example), "{text}");
    }
}
