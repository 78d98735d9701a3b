//! Existing networks that a topology names in one line.

use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::object::ObjectKey;
use landbridge_core::plan::{Op, Plan, plan, plan_destroy};
use landbridge_core::preflight::{Report, Severity, preflight};
use landbridge_core::topology::{
    Interconnect, ModelChoice, Network, RouteTables, Subnet, Topology,
};
use landbridge_core::{
    Cloud, CreateNetwork, CreateSubnet, Label, NetworkId, Owner, SubnetId, Token,
};

use crate::brownfield::at;
use crate::common::{A, B, memory, topology, world_like};

/// Three zones with hubs, and `r1-z` without; every change is done at once.
pub(crate) fn world() -> (Engine, MemoryProvider) {
    let (engine, provider, _) = world_like(|builder| {
        let zones = ["r1-a", "r1-b", "r1-c"].map(Into::into);
        builder
            .with_latency(std::time::Duration::ZERO)
            .with_hub_zones("r1", zones)
    });
    (engine, provider)
}

fn range(text: &str) -> ipnet::IpNet {
    text.parse().expect("a range")
}

fn label(key: &str) -> Label {
    Label::new("old", Owner::new("theirs", key), Token::derive(&[key]))
}

/// A network of others with a subnet for each zone and prefix length, in the order given.
pub(crate) async fn theirs(
    cloud: &dyn Cloud,
    number: u8,
    subnets: &[(&str, u8)],
) -> (NetworkId, Vec<SubnetId>) {
    let name = format!("network/old{number}");
    let request = CreateNetwork::new(label(&name), range(&format!("10.{number}.0.0/16")));
    let id = cloud.create_network(&request).await.expect("network").id;
    let mut ids = Vec::new();
    for (index, (zone, length)) in subnets.iter().enumerate() {
        let to = range(&format!("10.{number}.{index}.0/{length}"));
        let name = format!("subnet/old{number}/{index}");
        let request = CreateSubnet::new(label(&name), id.clone(), (*zone).into(), to);
        ids.push(cloud.create_subnet(&request).await.expect("subnet").id);
    }
    (id, ids)
}

/// Two existing networks, `old` of account A and `other` of account B, in a hub of account A.
pub(crate) fn joined(old: &NetworkId, other: &NetworkId) -> Topology {
    let mut topology = topology();
    topology.networks = vec![
        Network::existing("old", "a", "r1", old.clone()),
        Network::existing("other", "b", "r1", other.clone()),
    ]
    .into();
    topology.interconnects = vec![Interconnect::new("core", "a", ["old", "other"])].into();
    topology.firewalls.clear();
    topology.instances.clear();
    topology
}

async fn report(engine: &Engine, topology: &Topology) -> Report {
    let observation = engine.observe(topology).await.expect("observe");
    preflight(topology, &observation)
}

async fn planned(engine: &Engine, topology: &Topology) -> Plan {
    plan(topology, &engine.observe(topology).await.expect("observe"))
}

/// The subnets through which the plan attaches network `old`.
fn attached_through(plan: &Plan) -> Vec<(String, String)> {
    let key = ObjectKey::attachment("core", "old");
    let mut steps = plan.steps.iter();
    let step = steps.find(|step| *step.key.object() == key);
    let Op::RequestPeering(request) = &step.expect("an attachment").op else {
        panic!("not a request");
    };
    let subnets = request.subnets.iter();
    subnets
        .map(|(zone, id)| (zone.to_string(), id.to_string()))
        .collect()
}

async fn two(provider: &MemoryProvider, subnets: &[(&str, u8)]) -> (Topology, Vec<SubnetId>) {
    let (old, ids) = theirs(at(provider, A).await.as_ref(), 1, subnets).await;
    let (other, _) = theirs(at(provider, B).await.as_ref(), 2, &[("r1-a", 24)]).await;
    (joined(&old, &other), ids)
}

#[tokio::test]
async fn networks_named_by_id_alone_are_joined_and_left_as_they_were() {
    let (engine, provider) = world();
    let (topology, ids) = two(&provider, &[("r1-z", 24), ("r1-a", 26), ("r1-a", 24)]).await;
    let before = provider.objects();
    let told = report(&engine, &topology).await;
    assert!(told.passed(), "{told}");
    let first = planned(&engine, &topology).await;
    assert_eq!(
        attached_through(&first),
        [("r1-a".to_owned(), ids[2].to_string())],
        "the one with most free addresses: {first}"
    );
    engine.apply(&first).await.expect("apply");
    let verified = engine.verify(&topology).await.expect("verify");
    assert!(verified.passed() && verified.pairs.len() == 2, "{verified}");
    assert!(planned(&engine, &topology).await.is_empty());
    let told = report(&engine, &topology).await;
    assert_eq!(told.codes(), [""; 0], "nothing is chosen again: {told}");

    let observation = engine.observe(&topology).await.expect("observe");
    let destroy = plan_destroy(&topology, &observation);
    engine.apply(&destroy).await.expect("destroy");
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn the_choice_is_told_and_takes_as_many_zones_as_the_cloud_wants() {
    let mut capabilities =
        landbridge_core::Capabilities::new(memory(), vec![landbridge_core::Model::Hub]);
    capabilities.attachment_zones = 2;
    capabilities.global_hub = true;
    let (engine, provider, _) = world_like(|builder| {
        let zones = ["r1-a", "r1-b", "r1-c"].map(Into::into);
        builder
            .with_latency(std::time::Duration::ZERO)
            .with_capabilities(capabilities)
            .with_hub_zones("r1", zones)
    });
    let subnets = [("r1-a", 26), ("r1-b", 26), ("r1-c", 24), ("r1-b", 25)];
    let (mut topology, ids) = two(&provider, &subnets).await;
    let first = planned(&engine, &topology).await;
    let expected = [("r1-c", &ids[2]), ("r1-b", &ids[3])];
    let expected = expected.map(|(zone, id)| (zone.to_owned(), id.to_string()));
    assert_eq!(attached_through(&first), expected, "{first}");
    let told = report(&engine, &topology).await;
    let notes: Vec<_> = (told.findings.iter())
        .filter(|finding| finding.code == "attachment/subnets" && finding.subject == "network old")
        .collect();
    assert_eq!(notes.len(), 1, "{told}");
    assert_eq!(notes[0].severity, Severity::Note);
    for words in [
        format!("{} in r1-c, 251 free addresses", ids[2]),
        format!("{} in r1-b, 123 free addresses", ids[3]),
    ] {
        assert!(notes[0].message.contains(&words), "`{words}`: {told}");
    }

    // A declared subnet goes first in its zone, however small.
    let mine = Subnet::new("mine", "r1-b", range("10.1.1.0/26")).with_id(ids[1].clone());
    topology.networks[0].subnets.push(mine);
    let through = attached_through(&planned(&engine, &topology).await);
    let expected = [("r1-b", &ids[1]), ("r1-c", &ids[2])];
    assert_eq!(
        through,
        expected.map(|(zone, id)| (zone.to_owned(), id.to_string()))
    );
}

#[tokio::test]
async fn subnets_are_pinned_by_id_zone_or_name() {
    let (engine, provider) = world();
    let subnets = [("r1-a", 26), ("r1-b", 26), ("r1-a", 24), ("r1-z", 24)];
    let (mut topology, ids) = two(&provider, &subnets).await;
    let mine = Subnet::new("mine", "r1-b", range("10.1.1.0/26")).with_id(ids[1].clone());
    topology.networks[0].subnets.push(mine);
    for (pins, expected) in [
        (vec![ids[0].to_string()], vec![&ids[0]]),
        (vec!["r1-a".to_owned()], vec![&ids[2]]),
        (vec!["mine".to_owned()], vec![&ids[1]]),
        (
            vec!["r1-a".to_owned(), ids[1].to_string()],
            vec![&ids[2], &ids[1]],
        ),
    ] {
        topology.networks[0].attach_through = pins.clone();
        let told = report(&engine, &topology).await;
        assert!(told.passed(), "{pins:?}: {told}");
        let through = attached_through(&planned(&engine, &topology).await);
        let through: Vec<&str> = through.iter().map(|(_, id)| id.as_str()).collect();
        let expected: Vec<&str> = expected.iter().map(|id| id.as_str()).collect();
        assert_eq!(through, expected, "{pins:?}");
    }
    for (pins, pin, why) in [
        (vec!["subnet-9"], "subnet-9", "no such subnet"),
        (
            vec![ids[3].as_str()],
            ids[3].as_str(),
            "it is in r1-z, which has no hubs",
        ),
        (vec!["r1-c"], "r1-c", "none in such a zone"),
        (
            vec!["r1-a", ids[0].as_str()],
            ids[0].as_str(),
            "is in r1-a too",
        ),
    ] {
        topology.networks[0].attach_through = pins.iter().map(|pin| (*pin).to_owned()).collect();
        let told = report(&engine, &topology).await;
        assert!(!told.passed(), "{pins:?}: {told}");
        let mut errors = told.findings.iter();
        let error = errors.find(|finding| finding.severity == Severity::Error);
        let error = error.expect("an error");
        assert_eq!(error.code, "attachment/pin", "{told}");
        assert!(error.message.contains(&format!("`{pin}`")), "{told}");
        assert!(error.message.contains(why), "{told}");
        assert!(
            error.remedy.contains(ids[2].as_str()),
            "what there is: {told}"
        );
    }
}

#[tokio::test]
async fn a_network_without_a_subnet_where_hubs_are_is_told_what_it_has() {
    let (engine, provider) = world();
    let (topology, ids) = two(&provider, &[("r1-z", 24)]).await;
    let told = report(&engine, &topology).await;
    assert!(!told.passed(), "{told}");
    assert_eq!(told.findings[0].code, "zone/no-subnet");
    let place = format!("{} in r1-z", ids[0]);
    assert!(told.findings[0].message.contains(&place), "{told}");
    assert!(
        told.findings[0].message.contains("r1-a, r1-b, r1-c"),
        "{told}"
    );
}

#[tokio::test]
async fn ipv6_of_an_existing_network_needs_no_word_in_the_topology() {
    let (engine, provider) = world();
    let mut ids = Vec::new();
    for (account, number) in [(A, 1), (B, 2)] {
        let cloud = at(&provider, account).await;
        let name = format!("network/old{number}");
        let request = CreateNetwork::new(label(&name), range(&format!("10.{number}.0.0/16")));
        let record = cloud.create_network(&request.with_ipv6(true)).await;
        let id = record.expect("network").id;
        for (index, slot) in [(0, None), (1, Some(1))] {
            let to = range(&format!("10.{number}.{index}.0/{}", 24 + index));
            let name = format!("subnet/old{number}/{index}");
            let request = CreateSubnet::new(label(&name), id.clone(), "r1-a".into(), to);
            let request = request.with_ipv6_slot(slot);
            cloud.create_subnet(&request).await.expect("subnet");
        }
        ids.push(id);
    }
    for model in [ModelChoice::Hub, ModelChoice::Mesh] {
        let mut topology = joined(&ids[0], &ids[1]);
        topology.interconnects[0].model = model;
        let told = report(&engine, &topology).await;
        assert!(told.passed(), "{told}");
        assert!(!told.codes().contains(&"ipv6/subnets"), "{told}");
        let first = planned(&engine, &topology).await;
        let routes = first.steps.iter().filter(|step| {
            let key = step.key.to_string();
            key.starts_with("route/") && key.contains("::")
        });
        assert_eq!(routes.count(), 2, "{first}");
        engine.apply(&first).await.expect("apply");
        let verified = engine.verify(&topology).await.expect("verify");
        assert!(verified.passed() && verified.pairs.len() == 4, "{verified}");
        assert!(planned(&engine, &topology).await.is_empty());
        let observation = engine.observe(&topology).await.expect("observe");
        let destroy = plan_destroy(&topology, &observation);
        engine.apply(&destroy).await.expect("destroy");
    }
}

/// Their network with three tables: the main one, one with a subnet and a tag, and one with a tag that no subnet uses; and
/// another network, in a mesh with it.
async fn with_tables(provider: &MemoryProvider) -> (Topology, [String; 3]) {
    let subnets = [("r1-a", 24), ("r1-b", 24)];
    let (mut topology, ids) = two(provider, &subnets).await;
    topology.interconnects[0].model = ModelChoice::Mesh;
    let id = topology.networks[0].id.clone().expect("an ID");
    let used = provider
        .add_route_table(&id, &[ids[1].clone()])
        .expect("a table");
    let idle = provider.add_route_table(&id, &[]).expect("a table");
    for table in [&used, &idle] {
        provider
            .tag_route_table(table, "tier", "app")
            .expect("a tag");
    }
    let tables = at(provider, A).await.list_route_tables(&[id]).await;
    let main = tables.expect("tables")[0].id.clone();
    (topology, [main, used, idle].map(|id| id.to_string()))
}

/// The tables of network `old` that the plan adds routes to.
fn tables_in(plan: &Plan) -> Vec<String> {
    let routes = plan.steps.iter().filter_map(|step| match &step.op {
        Op::CreateRoute(route) if step.key.to_string().starts_with("route/old/") => {
            Some(&route.table)
        }
        _ => None,
    });
    let mut tables: Vec<String> = routes.map(|table| table.to_string()).collect();
    tables.sort();
    tables
}

#[tokio::test]
async fn routes_go_into_the_tables_that_the_topology_chooses() {
    let (engine, provider) = world();
    let (mut topology, [main, used, idle]) = with_tables(&provider).await;
    let listed = |names: &[&str]| {
        let names = names.iter().map(|name| name.parse().expect("a name"));
        RouteTables::Listed(names.collect())
    };
    let none = [""; 0];
    for (choice, tables, codes) in [
        (RouteTables::InUse, vec![&main, &used], &none[..]),
        (RouteTables::Main, vec![&main], &none[..]),
        (
            RouteTables::All,
            vec![&main, &used, &idle],
            &["route-table/idle"][..],
        ),
        (listed(&[&used]), vec![&used], &none[..]),
        (listed(&[&idle]), vec![&idle], &["route-table/idle"][..]),
        (
            listed(&["tier=app"]),
            vec![&used, &idle],
            &["route-table/idle"][..],
        ),
        (
            listed(&["tier=app", &main]),
            vec![&main, &used, &idle],
            &["route-table/idle"][..],
        ),
    ] {
        topology.networks[0].route_tables = choice.clone();
        let told = report(&engine, &topology).await;
        assert!(told.passed(), "{told}");
        assert_eq!(told.codes(), codes, "{choice:?}: {told}");
        let mut expected: Vec<String> = tables.iter().map(|id| format!("table {id}")).collect();
        expected.sort();
        assert_eq!(
            tables_in(&planned(&engine, &topology).await),
            expected,
            "{choice:?}"
        );
    }
    for name in ["rtb-9", "tier=web", "tier="] {
        topology.networks[0].route_tables = listed(&[name]);
        let told = report(&engine, &topology).await;
        assert_eq!(told.codes(), ["route-table/absent"], "{told}");
        assert!(
            !told.passed() && told.to_string().contains(&format!("`{name}`")),
            "{told}"
        );
        assert!(told.findings[0].remedy.contains(&used), "{told}");
    }
}

#[tokio::test]
async fn another_choice_of_tables_moves_the_routes_and_verification_follows_it() {
    let (engine, provider) = world();
    let (mut topology, [main, used, _]) = with_tables(&provider).await;
    let before = provider.objects();
    crate::apply::apply(&engine, &topology).await;
    let verified = engine.verify(&topology).await.expect("verify");
    assert!(verified.passed(), "{verified}");
    assert_eq!(
        verified.pairs.len(),
        4,
        "one subnet for each table: {verified}"
    );

    topology.networks[0].route_tables = RouteTables::Main;
    let change = planned(&engine, &topology).await;
    let steps: Vec<String> = change
        .steps
        .iter()
        .map(|step| step.key.to_string())
        .collect();
    assert_eq!(
        steps,
        [format!("delete:route/old/{used}/10.2.0.0/16")],
        "{change}"
    );
    engine.apply(&change).await.expect("apply");
    let verified = engine.verify(&topology).await.expect("verify");
    assert!(
        verified.passed() && verified.pairs.len() == 2,
        "only {main}: {verified}"
    );

    let observation = engine.observe(&topology).await.expect("observe");
    engine
        .apply(&plan_destroy(&topology, &observation))
        .await
        .expect("destroy");
    assert_eq!(provider.objects(), before);
}
