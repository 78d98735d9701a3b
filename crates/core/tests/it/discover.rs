//! What exists in places, without a topology.

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::discovery::{Discovery, rows};
use landbridge_core::engine::Engine;
use landbridge_core::event::Event;
use landbridge_core::memory::{MemoryAccount, MemoryProvider};
use landbridge_core::topology::Topology;
use landbridge_core::{
    CloudProvider, CreateNetwork, ErrorKind, Label, NextHop, Owner, Place, RouteRecord, Token,
};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::apply::apply;
use crate::common::{A, B, memory, topology, world, world_like, world_of};

pub(crate) fn places() -> Vec<Place> {
    let place = |account: &str, region: &str| Place::new(memory(), account, region);
    vec![
        place(A, "r1"),
        place(A, "r2"),
        place(B, "r1"),
        place(B, "r2"),
    ]
}

async fn discover(engine: &Engine) -> Discovery {
    engine.discover(&places()).await.expect("discover")
}

/// The lines of all tables that contain all of these words.
fn told(discovery: &Discovery, words: &[&str]) -> usize {
    let text = discovery.to_string();
    let lines = text.lines();
    lines
        .filter(|line| words.iter().all(|word| line.contains(word)))
        .count()
}

#[tokio::test]
async fn everything_of_every_place_is_shown_with_its_maker() {
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let discovery = discover(&engine).await;
    assert!(discovery.is_complete());
    assert_eq!(discovery.inventories.len(), 4);
    for (words, count) in [
        (&["  network", "topology demo (network/one)"][..], 1),
        (&["  subnet", "10.2.1.0/24"], 1),
        (&["  route table", "main"], 3),
        (&["  hub", "all regions", "hub/core"], 1),
        (&["  hub", "router of"], 2),
        (&["  attachment", "attachment/core/two"], 1),
        (&["  link"], 2),
        (&["  group"], 3),
        (&["  instance", "instance/i3"], 1),
    ] {
        assert_eq!(told(&discovery, words), count, "{words:?} in {discovery}");
    }
    let last = &discovery.inventories[3];
    assert!(rows(last).is_empty(), "nothing is there: {discovery}");
}

#[tokio::test]
async fn a_grant_is_shown_where_it_was_given_and_where_it_was_received() {
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let discovery = discover(&engine).await;
    assert_eq!(
        told(&discovery, &["  grant", &format!("of account {B}")]),
        1
    );
    assert_eq!(
        told(&discovery, &["  grant", &format!("of account {A}")]),
        1
    );
}

#[tokio::test]
async fn an_account_without_keys_is_told_and_the_others_are_shown() {
    let accounts = [
        MemoryAccount::new(A),
        MemoryAccount::new(B).without_credentials(),
    ];
    let (engine, _, _) = world_of(accounts);
    let (sink, mut events) = unbounded_channel();
    let engine = engine.with_events(Arc::new(sink));
    let discovery = discover(&engine).await;
    assert_eq!(discovery.inventories.len(), 2);
    let missing: Vec<&str> = discovery
        .not_read()
        .map(|list| list.place.account.as_str())
        .collect();
    assert_eq!(missing, [B, B]);
    let reason = &discovery.not_read[0].reason;
    assert!(reason.contains("no credentials"), "{reason}");
    let mut told = 0;
    while let Ok(record) = events.try_recv() {
        told += usize::from(matches!(record.event, Event::NotRead { .. }));
    }
    assert_eq!(told, 2);
}

#[tokio::test]
async fn keys_of_another_account_read_nothing_and_that_is_told() {
    let (engine, _, _) = world_of([MemoryAccount::new(A).with_actual(B), MemoryAccount::new(B)]);
    let discovery = discover(&engine).await;
    let missing: Vec<String> = discovery.not_read().map(ToString::to_string).collect();
    assert_eq!(missing.len(), 2, "{missing:?}");
    assert!(missing[0].contains(B), "{missing:?}");
}

#[tokio::test]
async fn a_cancelled_discovery_says_so() {
    let (engine, _, _) = world();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let engine = engine.with_cancellation(cancel);
    let error = engine.discover(&places()).await.expect_err("cancelled");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

/// Deletes a route of the first network to another one.
async fn delete_a_route(engine: &Engine, provider: &MemoryProvider, topology: &Topology) {
    let cloud = crate::brownfield::at(provider, A).await;
    let observation = engine.observe(topology).await.expect("observe");
    let inventory = observation.at(cloud.place()).expect("it was read");
    let over_a_peering = |route: &&RouteRecord| matches!(route.next_hop, NextHop::Peering(_));
    let route = inventory.routes.iter().find(over_a_peering);
    let route = route.expect("a route over a peering");
    let to = route.destination.range().expect("a range");
    let NextHop::Peering(hop) = &route.next_hop else {
        panic!("{route:?}");
    };
    let deleted = cloud.delete_route(&route.table, &to, hop).await;
    deleted.expect("delete");
}

async fn create(provider: &MemoryProvider, place: &Place, number: usize) {
    let key = format!("{place}/{number}");
    let label = Label::new("n", Owner::new("theirs", &key), Token::derive(&[&key]));
    let range = format!("10.{}.{}.0/24", number / 256, number % 256);
    let request = CreateNetwork::new(label, range.parse().expect("a range"));
    let cloud = provider.cloud(place).await.expect("a handle");
    cloud.create_network(&request).await.expect("a network");
}

#[tokio::test]
async fn five_hundred_networks_in_fifty_places_take_one_reading_a_place() {
    let (engine, provider, _) = world_like(|builder| builder.with_latency(Duration::ZERO));
    let places: Vec<Place> = (0..50)
        .map(|region| Place::new(memory(), A, format!("r{region}").as_str()))
        .collect();
    for number in 0..500 {
        create(&provider, &places[number % 50], number).await;
    }
    let (sink, mut events) = unbounded_channel();
    let engine = engine.with_events(Arc::new(sink));
    let discovery = engine.discover(&places).await.expect("discover");
    let networks = discovery.inventories.iter().map(|i| i.networks.len());
    assert_eq!(networks.sum::<usize>(), 500);
    let mut readings = 0;
    while let Ok(record) = events.try_recv() {
        readings += usize::from(matches!(record.event, Event::Observing { .. }));
    }
    assert_eq!(readings, 50);
}

#[tokio::test]
async fn the_status_counts_each_object_of_each_topology_once() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let mut other = topology();
    other.name = "other".to_owned();
    other.networks.truncate(1);
    other.interconnects.clear();
    other.firewalls.clear();
    other.instances.clear();
    apply(&engine, &other).await;
    let topologies = discover(&engine).await.topologies();
    let names: Vec<&str> = topologies.iter().map(|t| t.topology.as_str()).collect();
    assert_eq!(names, ["demo", "other"]);
    let tagged = |line: &String| {
        [
            "network:",
            "subnet:",
            "hub:",
            "peering:",
            "group:",
            "instance:",
        ]
        .iter()
        .any(|kind| line.starts_with(kind))
    };
    let alive = provider
        .objects()
        .iter()
        .filter(|line| tagged(line))
        .count();
    let counted: usize = topologies.iter().map(|t| t.objects.len()).sum();
    assert_eq!(counted, alive, "{:#?}", provider.objects());
    let text = topologies[1].to_string();
    assert!(text.starts_with("topology other: 3 objects"), "{text}");
    let details = topologies[1].details();
    assert!(details.contains("subnet/one/s2"), "{details}");
}

mod draft {
    use landbridge_core::plan::plan;
    use landbridge_core::topology::{Account, CredentialSource, ModelChoice};

    use super::*;

    fn accounts() -> [Account; 2] {
        let of = |name: &str, id: &str| Account::new(name, memory(), id);
        [
            of("memory:env-A=1", A).with_credentials(CredentialSource::Env("A".to_owned())),
            of("b", B),
        ]
    }

    /// The file that is written, and the topology that is read from it.
    async fn written(engine: &Engine) -> (String, Topology) {
        let discovery = discover(engine).await;
        let draft = engine.draft(&discovery, &accounts()).await.expect("draft");
        let text = draft.to_string();
        let topology = Topology::from_text(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(topology, draft.topology, "{text}");
        (text, topology)
    }

    async fn nothing_to_do(engine: &Engine, topology: &Topology, text: &str) {
        let observation = engine.observe(topology).await.expect("observe");
        let plan = plan(topology, &observation);
        assert!(plan.is_empty(), "{plan}\n{text}");
    }

    #[tokio::test]
    async fn networks_are_written_by_id_with_what_is_known_of_them() {
        let (engine, _, _) = world();
        apply(&engine, &topology()).await;
        let (text, written) = written(&engine).await;
        nothing_to_do(&engine, &written, &text).await;
        assert_eq!(written.name, "discovered");
        let accounts: Vec<&str> = written.accounts.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(accounts, ["env-A", "b"]);
        assert_eq!(written.networks.len(), 3);
        assert!(
            written
                .networks
                .iter()
                .all(|n| n.id.is_some() && n.subnets.is_empty())
        );
        assert!(
            text.contains("# 10.1.0.0/16, 2 subnets, made by topology demo"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_hub_of_others_is_an_interconnect_with_its_id() {
        let (engine, _, _) = world();
        apply(&engine, &topology()).await;
        let (text, written) = written(&engine).await;
        nothing_to_do(&engine, &written, &text).await;
        assert_eq!(written.interconnects.len(), 1, "{text}");
        let interconnect = &written.interconnects[0];
        assert_eq!(interconnect.members, ["one", "three", "two"]);
        assert_eq!(interconnect.owner, "env-A");
        assert!(interconnect.hub.is_some(), "{text}");
        assert!(text.contains(" joins 3 networks of this file"), "{text}");
    }

    #[tokio::test]
    #[ignore = "peerings of others are not used yet"]
    async fn a_mesh_is_one_interconnect() {
        let (engine, _, _) = world();
        let mut mesh = topology();
        mesh.interconnects[0].model = ModelChoice::Mesh;
        apply(&engine, &mesh).await;
        let (text, written) = written(&engine).await;
        nothing_to_do(&engine, &written, &text).await;
        assert_eq!(written.interconnects.len(), 1, "{text}");
        let interconnect = &written.interconnects[0];
        assert_eq!(interconnect.members, ["one", "three", "two"]);
        assert_eq!(interconnect.model, ModelChoice::Mesh);
        assert!(text.contains("# joined by VPC peering: "), "{text}");
    }

    #[tokio::test]
    #[ignore = "peerings of others are not used yet"]
    async fn a_peering_without_routes_is_left_out_with_the_reason() {
        let (engine, provider, _) = world();
        let mut mesh = topology();
        mesh.interconnects[0].model = ModelChoice::Mesh;
        apply(&engine, &mesh).await;
        delete_a_route(&engine, &provider, &mesh).await;
        let (text, written) = written(&engine).await;
        nothing_to_do(&engine, &written, &text).await;
        assert!(written.interconnects.is_empty(), "{text}");
        assert!(text.contains("# `apply` would do: route/one/"), "{text}");
        assert!(text.contains("#   - name: one-three-two"), "{text}");
    }

    #[tokio::test]
    async fn the_name_of_a_topology_that_made_something_is_not_taken() {
        let (engine, _, _) = world();
        let mut other = topology();
        other.name = "discovered".to_owned();
        apply(&engine, &other).await;
        let (_, written) = written(&engine).await;
        assert_eq!(written.name, "discovered-2");
    }
}

mod rebuild {
    use landbridge_core::plan::plan;
    use landbridge_core::topology::{
        Account, ExistingHub, Firewall, FirewallRuleSpec, Interconnect, ModelChoice, Network,
        RuleSource,
    };
    use landbridge_core::{Payer, Protocol};

    use super::*;

    fn accounts() -> [Account; 2] {
        [
            Account::new("a", memory(), A),
            Account::new("b", memory(), B),
        ]
    }

    /// The topology as it is written anew, of which a plan has nothing to do.
    async fn rebuilt(engine: &Engine, name: &str) -> (String, Topology) {
        let discovery = discover(engine).await;
        let draft = engine.rebuild(&discovery, name, &accounts()).await;
        let text = draft.expect("rebuild").to_string();
        let topology = Topology::from_text(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let observation = engine.observe(&topology).await.expect("observe");
        let plan = plan(&topology, &observation);
        assert!(plan.is_empty(), "{plan}\n{text}");
        assert!(!text.contains("# Not recovered"), "{text}");
        (text, topology)
    }

    #[tokio::test]
    async fn a_lost_file_with_hubs_is_written_anew() {
        let (engine, _, _) = world();
        let mut lost = topology();
        lost.interconnects[0].payer = Payer::MemberOwner;
        apply(&engine, &lost).await;
        let (text, found) = rebuilt(&engine, "demo").await;
        let interconnect = &found.interconnects[0];
        assert_eq!(interconnect.name, "core");
        assert_eq!(interconnect.owner, "a");
        assert_eq!(interconnect.model, ModelChoice::Hub);
        assert_eq!(interconnect.payer, Payer::MemberOwner, "{text}");
        assert_eq!(interconnect.members, ["one", "three", "two"]);
        assert_eq!(
            found.network("two").map(|n| n.range),
            lost.network("two").map(|n| n.range)
        );
        assert_eq!(found.network("two").map(|n| n.subnets.len()), Some(2));
        assert_eq!(found.instances.len(), 3);
        let instance = &found.instances[0];
        assert_eq!(instance.instance_type.as_deref(), Some("small"), "{text}");
        assert_eq!(instance.firewalls, ["probe"]);
        let rules = &found.firewalls[0].rules;
        assert_eq!(rules.len(), 2, "{text}");
        let members = RuleSource::Members("core".to_owned());
        assert!(
            rules.iter().all(|rule| rule.from == [members.clone()]),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_lost_mesh_is_written_anew() {
        let (engine, _, _) = world();
        let mut lost = topology();
        lost.interconnects[0].model = ModelChoice::Mesh;
        apply(&engine, &lost).await;
        let (text, found) = rebuilt(&engine, "demo").await;
        assert_eq!(found.interconnects[0].model, ModelChoice::Mesh, "{text}");
        assert_eq!(found.interconnects[0].members, ["one", "three", "two"]);
    }

    #[tokio::test]
    async fn rules_of_every_form_come_back_as_rules_that_mean_the_same() {
        let (engine, _, _) = world();
        let range = RuleSource::Range("192.168.0.0/16".parse().expect("a range"));
        let rule = |source: RuleSource| FirewallRuleSpec::allow(Protocol::Tcp, [source]);
        let mut lost = topology();
        lost.firewalls[0] = Firewall::new("probe", ["one", "two", "three"])
            .with_rule(rule(range.clone()).with_port(443))
            .with_rule(rule(RuleSource::Network("one".to_owned())).with_port(80))
            .with_rule(FirewallRuleSpec::allow(
                Protocol::Icmp,
                [RuleSource::Members("core".to_owned()), range],
            ));
        apply(&engine, &lost).await;
        let (text, found) = rebuilt(&engine, "demo").await;
        assert_eq!(found.firewalls[0].rules.len(), 3, "{text}");
    }

    #[tokio::test]
    async fn networks_of_others_come_back_by_id() {
        let (engine, provider, _) = world_like(|builder| builder.with_latency(Duration::ZERO));
        let cloud = crate::brownfield::at(&provider, A).await;
        let (id, _) = crate::brownfield::theirs(cloud.as_ref()).await;
        let mut lost = topology();
        let old = Network::existing("one", "a", "r1", id.clone());
        lost.networks[0] = old;
        lost.instances.clear();
        apply(&engine, &lost).await;
        let (text, found) = rebuilt(&engine, "demo").await;
        let network = found.network("one").expect("it takes part");
        assert_eq!(network.id.as_ref(), Some(&id), "{text}");
        assert_eq!(network.range, None);
    }

    #[tokio::test]
    async fn what_was_deleted_behind_our_back_is_told_at_the_head() {
        let (engine, provider, _) = world();
        let lost = topology();
        apply(&engine, &lost).await;
        delete_a_route(&engine, &provider, &lost).await;
        let discovery = discover(&engine).await;
        let draft = engine.rebuild(&discovery, "demo", &accounts()).await;
        let text = draft.expect("rebuild").to_string();
        assert!(
            text.contains("# Not recovered: `apply` would do: route/one/"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_topology_in_a_hub_of_others_is_written_anew() {
        let (engine, _, _) = world();
        apply(&engine, &topology()).await;
        let observation = engine.observe(&topology()).await.expect("observe");
        let mut hubs = observation.inventories.iter().flat_map(|i| &i.hubs);
        let hub = hubs.find(|hub| hub.region.is_none()).expect("a hub");
        let guest = Topology::new("guest")
            .with_account(Account::new("a", memory(), A))
            .with_network(crate::common::network("guest", "a", "r1", 9))
            .with_interconnect(
                Interconnect::new("joined", "a", ["guest"])
                    .with_hub(ExistingHub::new(hub.id.clone())),
            );
        apply(&engine, &guest).await;
        let (text, found) = rebuilt(&engine, "guest").await;
        let interconnect = &found.interconnects[0];
        assert_eq!(interconnect.hub, guest.interconnects[0].hub, "{text}");
        assert_eq!(interconnect.members, ["guest"]);
    }

    #[tokio::test]
    async fn nothing_of_another_topology_is_taken() {
        let (engine, _, _) = world();
        apply(&engine, &topology()).await;
        let discovery = discover(&engine).await;
        let draft = engine
            .rebuild(&discovery, "other", &accounts())
            .await
            .expect("rebuild");
        assert!(draft.topology.networks.is_empty(), "{draft}");
        assert!(draft.topology.interconnects.is_empty(), "{draft}");
    }
}
