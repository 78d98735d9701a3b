//! Networks that others made and use: what stands in the way of the plan is told before the first write.

use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::object::{Kind, OpKind};
use landbridge_core::preflight::{Report, Severity, preflight};
use landbridge_core::topology::{
    Account, Firewall, FirewallRuleSpec, Interconnect, ModelChoice, Network, RuleSource, Subnet,
    Topology,
};
use landbridge_core::{
    Capabilities, Cloud, CloudProvider, CreateGroup, CreateNetwork, CreateSubnet, Destination,
    HubRouteRecord, Label, Model, NameRule, NetworkId, NextHop, Owner, Phase, Place, PrefixList,
    Protocol, RouteOrigin, RouteRecord, RouteTableId, Status, Token,
};
use std::sync::Arc;

use crate::apply::apply;
use crate::common::{A, B, memory, network, topology, world_like};

fn label(key: &str) -> Label {
    Label::new("old", Owner::new("theirs", key), Token::derive(&[key]))
}

fn world() -> (Engine, MemoryProvider) {
    let (engine, provider, _) =
        world_like(|builder| builder.with_latency(std::time::Duration::ZERO));
    (engine, provider)
}

pub(crate) async fn at(provider: &MemoryProvider, account: &str) -> Arc<dyn Cloud> {
    let place = Place::new(memory(), account, "r1");
    provider.cloud(&place).await.expect("a handle")
}

/// A network of others, `10.1.0.0/16`, with a subnet `10.1.1.0/24`, and its main route table.
pub(crate) async fn theirs(cloud: &dyn Cloud) -> (NetworkId, RouteTableId) {
    let range = |text: &str| text.parse().expect("a range");
    let request = CreateNetwork::new(label("network/old"), range("10.1.0.0/16"));
    let id = cloud.create_network(&request).await.expect("network").id;
    let zone = "r1-a".into();
    let subnet = CreateSubnet::new(label("subnet/old"), id.clone(), zone, range("10.1.1.0/24"));
    cloud.create_subnet(&subnet).await.expect("subnet");
    let tables = cloud.list_route_tables(std::slice::from_ref(&id)).await;
    let table = tables.expect("tables")[0].id.clone();
    (id, table)
}

/// Their network, joined to a new one, `10.2.0.0/16`, which has the subnets `10.2.1.0/24` and `10.2.2.0/24`.
pub(crate) fn joined(id: &NetworkId) -> Topology {
    let range = "10.1.2.0/24".parse().expect("a range");
    let old = Network::existing("old", "a", "r1", id.clone());
    Topology::new("demo")
        .with_account(Account::new("a", memory(), A))
        .with_account(Account::new("b", memory(), B))
        .with_network(old.with_subnet(Subnet::new("s", "r1-b", range)))
        .with_network(network("new", "b", "r1", 2))
        .with_interconnect(
            Interconnect::new("core", "a", ["old", "new"]).with_model(ModelChoice::Mesh),
        )
}

async fn report(engine: &Engine, topology: &Topology) -> Report {
    let observation = engine.observe(topology).await.expect("observe");
    preflight(topology, &observation)
}

fn instance() -> NextHop {
    NextHop::Other {
        kind: "Instance".to_owned(),
        id: "i-9".to_owned(),
    }
}

pub(crate) fn place(
    provider: &MemoryProvider,
    table: &RouteTableId,
    to: impl Into<Destination>,
    hop: NextHop,
) {
    let ready = Status::new(Phase::Ready, "Available");
    let route = RouteRecord::new(table.clone(), to, hop, RouteOrigin::Custom, ready);
    provider.place_route(route).expect("a route");
}

fn range(text: &str) -> ipnet::IpNet {
    text.parse().expect("a range")
}

/// The report once their network has this route.
async fn with_route(to: &str, hop: NextHop) -> Report {
    with_destination(range(to), hop).await
}

async fn with_destination(to: impl Into<Destination>, hop: NextHop) -> Report {
    let (engine, provider) = world();
    let (id, table) = theirs(at(&provider, A).await.as_ref()).await;
    place(&provider, &table, to, hop);
    report(&engine, &joined(&id)).await
}

#[tokio::test]
async fn each_block_of_a_prefix_list_counts_as_a_route() {
    let list = |ranges: Option<&str>| {
        let ranges = ranges.map(|text| vec![range("192.168.0.0/16"), range(text)]);
        PrefixList::new("pl-9").with_ranges(ranges)
    };
    let told = with_destination(list(Some("10.2.1.0/24")), instance()).await;
    assert_eq!(told.codes(), ["route/shadowed"], "{told}");
    let told = with_destination(list(Some("10.9.0.0/16")), instance()).await;
    assert_eq!(told.codes(), [""; 0], "{told}");
    let told = with_destination(list(None), instance()).await;
    assert_eq!(told.codes(), ["route/not-understood"], "{told}");
    assert!(told.passed() && told.to_string().contains("pl-9"), "{told}");
}

#[tokio::test]
async fn a_narrower_route_of_others_is_told_with_its_addresses() {
    let gone = NextHop::Peering("pcx-gone".into());
    for hop in [instance(), NextHop::BlackHole, gone] {
        let told = with_route("10.2.1.0/26", hop.clone()).await;
        assert_eq!(told.codes(), ["route/shadowed"], "{told}");
        assert!(!told.passed(), "a subnet has these addresses: {told}");
        let text = told.to_string();
        for word in [
            "network old",
            "10.2.1.0/26",
            "network new",
            &hop.to_string(),
        ] {
            assert!(text.contains(word), "`{word}` is missing in {text}");
        }
    }
}

#[tokio::test]
async fn a_narrower_route_where_no_subnet_is_is_a_warning() {
    let told = with_route("10.2.77.0/24", instance()).await;
    assert_eq!(told.codes(), ["route/shadowed"], "{told}");
    assert!(told.passed(), "{told}");
    let text = told.to_string();
    assert!(
        text.contains("no subnet there has these addresses now"),
        "{text}"
    );
}

#[tokio::test]
async fn a_route_to_the_same_block_is_taken_wherever_it_leads() {
    for hop in [instance(), NextHop::BlackHole] {
        let told = with_route("10.2.0.0/16", hop).await;
        assert_eq!(told.codes(), ["route/taken"], "{told}");
        assert!(!told.passed());
    }
}

#[tokio::test]
async fn wider_routes_and_those_beside_are_fine() {
    for to in ["0.0.0.0/0", "10.0.0.0/8", "10.2.0.0/15", "10.3.0.0/16"] {
        let told = with_route(to, instance()).await;
        assert_eq!(told.codes(), [""; 0], "{to}: {told}");
    }
}

#[tokio::test]
async fn every_table_in_use_counts_and_no_other() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (id, _) = theirs(cloud.as_ref()).await;
    let to = range("10.2.1.0/24");
    let idle = provider.add_route_table(&id, &[]).expect("a table");
    place(&provider, &idle, to, instance());
    let told = report(&engine, &joined(&id)).await;
    assert_eq!(told.codes(), [""; 0], "no subnet uses the table: {told}");

    let subnets = cloud.list_subnets(&landbridge_core::Select::All).await;
    let subnet = subnets.expect("subnets")[0].id.clone();
    let custom = provider.add_route_table(&id, &[subnet]).expect("a table");
    place(&provider, &custom, to, instance());
    let told = report(&engine, &joined(&id)).await;
    assert_eq!(told.codes(), ["route/shadowed"], "{told}");
    assert!(told.to_string().contains(custom.as_str()), "{told}");
}

#[tokio::test]
async fn many_narrow_routes_are_one_finding() {
    let (engine, provider) = world();
    let (id, table) = theirs(at(&provider, A).await.as_ref()).await;
    for number in 0..9 {
        let to = range(&format!("10.2.1.{}/30", number * 4));
        place(&provider, &table, to, instance());
    }
    let told = report(&engine, &joined(&id)).await;
    assert_eq!(told.codes(), ["route/shadowed"], "{told}");
    assert!(told.to_string().contains("5 more"), "{told}");
}

#[tokio::test]
async fn routes_that_others_add_to_a_hub_are_told() {
    let (engine, provider) = world();
    let topology = topology();
    apply(&engine, &topology).await;
    let observation = engine.observe(&topology).await.expect("observe");
    let hub = |inventory: &landbridge_core::Inventory| {
        let mut hubs = inventory.hubs.iter();
        hubs.find_map(|hub| hub.table.clone())
    };
    let table = observation.inventories.iter().find_map(hub).expect("a hub");
    let add = |to: &str, hop: Option<&str>| {
        let active = Status::new(Phase::Ready, "Active");
        let hop = hop.map(Into::into);
        provider.place_hub_route(HubRouteRecord::new(table.clone(), range(to), hop, active))
    };
    assert_eq!(report(&engine, &topology).await.codes(), [""; 0]);
    add("0.0.0.0/0", None).expect("a route");
    assert_eq!(report(&engine, &topology).await.codes(), [""; 0]);
    add("10.2.1.0/24", None).expect("a route");
    add("10.1.0.0/16", Some("tr-attach-9")).expect("a route");
    let told = report(&engine, &topology).await;
    assert_eq!(told.codes(), ["route/shadowed", "route/taken"], "{told}");
    assert!(told.findings.iter().all(|f| f.severity == Severity::Error));
    assert!(
        told.findings
            .iter()
            .all(|f| f.subject == "interconnect core")
    );
    assert!(
        told.to_string().contains("10.2.1.0/24 (black hole)"),
        "{told}"
    );
    // It is true: pings between members stop there.
    assert!(!engine.verify(&topology).await.expect("verify").passed());
}

/// `center` in two interconnects, with `left` in one and `right` in the other.
fn spokes(left: u8, right: u8) -> Topology {
    Topology::new("star")
        .with_account(Account::new("a", memory(), A))
        .with_network(network("center", "a", "r1", 1))
        .with_network(network("left", "a", "r1", left))
        .with_network(network("right", "a", "r1", right))
        .with_interconnect(Interconnect::new("west", "a", ["center", "left"]))
        .with_interconnect(Interconnect::new("east", "a", ["center", "right"]))
}

#[tokio::test]
async fn spokes_of_different_interconnects_are_compared() {
    for model in [ModelChoice::Hub, ModelChoice::Mesh] {
        let (engine, provider) = world();
        let choose = |mut topology: Topology| {
            for interconnect in &mut topology.interconnects {
                interconnect.model = model;
            }
            topology
        };
        let apart = choose(spokes(2, 3));
        assert_eq!(report(&engine, &apart).await.codes(), [""; 0]);
        let equal = choose(spokes(2, 2));
        let told = report(&engine, &equal).await;
        assert_eq!(told.codes(), ["range/overlap"], "{told}");
        assert!(told.to_string().contains("network center"), "{told}");

        // Also by a range that the cloud reports and the topology does not declare, of either family.
        apply(&engine, &apart).await;
        let observation = engine.observe(&apart).await.expect("observe");
        let id = |name: &str| {
            let mut networks = observation.inventories.iter().flat_map(|i| &i.networks);
            let network = networks.find(|network| network.name == name);
            network.expect("a network").id.clone()
        };
        let wide = "fd00:1::/48".parse().expect("a range");
        let narrow = "fd00:1:0:8::/64".parse().expect("a range");
        // Attachments that were made before get no IPv6, which is a warning.
        let errors = |report: &Report| -> Vec<&str> {
            let findings = report.findings.iter();
            let errors = findings.filter(|finding| finding.severity == Severity::Error);
            errors.map(|finding| finding.code).collect()
        };
        provider.add_range(&id("left"), wide).expect("a range");
        assert_eq!(errors(&report(&engine, &apart).await), [""; 0]);
        provider.add_range(&id("right"), narrow).expect("a range");
        let told = report(&engine, &apart).await;
        assert_eq!(errors(&told), ["range/overlap"], "{told}");
        assert!(told.to_string().contains("fd00:1:0:8::/64"), "{told}");
    }
}

#[tokio::test]
async fn a_plan_has_one_step_for_each_key_whatever_the_topology_says() {
    let (engine, _) = world();
    let mut topology = spokes(2, 2);
    topology
        .interconnects
        .push(Interconnect::new("again", "a", ["center", "left", "right"]));
    for model in [ModelChoice::Hub, ModelChoice::Mesh] {
        for interconnect in &mut topology.interconnects {
            interconnect.model = model;
        }
        let observation = engine.observe(&topology).await.expect("observe");
        let plan = landbridge_core::plan::plan(&topology, &observation);
        let keys: std::collections::BTreeSet<_> = plan.steps.iter().map(|s| &s.key).collect();
        assert_eq!(keys.len(), plan.steps.len(), "{plan}");
        assert!(plan.steps.len() > 10, "{plan}");
    }
}

#[tokio::test]
async fn a_new_subnet_of_their_network_must_fit_into_it() {
    for (range, codes) in [
        ("10.1.2.0/24", &[][..]),
        ("10.1.1.128/25", &["subnet/taken"]),
        ("10.9.1.0/24", &["subnet/outside"]),
    ] {
        let (engine, provider) = world();
        let (id, _) = theirs(at(&provider, A).await.as_ref()).await;
        let mut topology = joined(&id);
        topology.networks[0].subnets[0].range = range.parse().expect("a range");
        let told = report(&engine, &topology).await;
        assert_eq!(told.codes(), codes, "{range}: {told}");
        assert!(
            told.to_string().contains("subnet old/s") || codes.is_empty(),
            "{told}"
        );
    }
}

/// A world in which names of groups differ and have a rule.
fn named() -> (Engine, MemoryProvider) {
    let mut capabilities = Capabilities::new(memory(), vec![Model::Mesh]);
    capabilities.unique_group_names = true;
    let rule = NameRule::new(2, 9).with_letter_first().without_start("sg-");
    let group = OpKind::create(Kind::Group);
    capabilities.names = [(group, rule)].into();
    let (engine, provider, _) = world_like(|builder| {
        let builder = builder.with_latency(std::time::Duration::ZERO);
        builder.with_capabilities(capabilities)
    });
    (engine, provider)
}

fn guarded(id: &NetworkId, firewall: &str) -> Topology {
    let from: RuleSource = "192.168.0.0/24".parse().expect("a source");
    let rule = FirewallRuleSpec::allow(Protocol::Tcp, [from]);
    joined(id).with_firewall(Firewall::new(firewall, ["old"]).with_rule(rule))
}

#[tokio::test]
async fn a_group_of_others_with_the_name_of_a_firewall_is_told_before_the_first_write() {
    let (engine, provider) = named();
    let cloud = at(&provider, A).await;
    let (id, _) = theirs(cloud.as_ref()).await;
    let mut label = label("group/billing");
    label.name = "Billing".to_owned();
    let group = CreateGroup::new(label, id.clone());
    let group = cloud.create_group(&group).await.expect("a group").id;

    let told = report(&engine, &guarded(&id, "billing")).await;
    assert_eq!(told.codes(), ["name/taken"], "{told}");
    assert!(!told.passed());
    let text = told.to_string();
    for word in [
        "firewall billing in network old",
        group.as_str(),
        "`Billing`",
    ] {
        assert!(text.contains(word), "`{word}` is missing in {text}");
    }
    assert_eq!(
        report(&engine, &guarded(&id, "other")).await.codes(),
        [""; 0]
    );

    // One of ours is no obstacle, and another cloud would not mind.
    let ours = guarded(&id, "ours");
    apply(&engine, &ours).await;
    assert_eq!(report(&engine, &ours).await.codes(), [""; 0]);
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (id, _) = theirs(cloud.as_ref()).await;
    assert_eq!(
        report(&engine, &guarded(&id, "billing")).await.codes(),
        [""; 0]
    );
}

#[tokio::test]
async fn names_that_the_cloud_refuses_are_told_with_the_rule() {
    let (engine, provider) = named();
    let (id, _) = theirs(at(&provider, A).await.as_ref()).await;
    for (name, rule) in [
        ("sg-app", "does not begin with `sg-`"),
        ("w", "2 to 9 characters"),
        ("much-too-long", "2 to 9 characters"),
        ("1st", "a letter first"),
    ] {
        let told = report(&engine, &guarded(&id, name)).await;
        assert_eq!(told.codes(), ["name/invalid"], "{name}: {told}");
        assert!(!told.passed());
        assert!(told.to_string().contains(rule), "{told}");
        assert!(told.to_string().contains(name), "{told}");
    }
}

#[tokio::test]
async fn host_names_of_their_network_are_turned_on_in_a_step_of_the_plan_and_stay() {
    let mut capabilities = Capabilities::new(memory(), vec![Model::Mesh]);
    capabilities.dns_resolution = true;
    let (engine, provider, _) = world_like(|builder| {
        let builder = builder.with_latency(std::time::Duration::ZERO);
        builder.with_capabilities(capabilities)
    });
    let cloud = at(&provider, A).await;
    let (id, _) = theirs(cloud.as_ref()).await;
    let mut topology = joined(&id);
    apply(&engine, &topology).await;
    assert!(
        !cloud.has_host_names(&id).await.expect("told"),
        "nobody asked for them"
    );

    topology.interconnects[0].dns_resolution = true;
    let observation = engine.observe(&topology).await.expect("observe");
    let plan = landbridge_core::plan::plan(&topology, &observation);
    let steps = plan.to_string();
    let line = format!("turn on DNS host names and DNS support of network {id} (stays on)");
    assert!(steps.contains(&line), "{steps}");
    let keys = plan.steps.iter().map(|step| step.key.to_string());
    let keys: std::collections::BTreeSet<String> = keys.collect();
    let expected = [
        "dns/core/new~old@new",
        "dns/core/new~old@old",
        "host-names/new",
        "host-names/old",
    ];
    let expected: std::collections::BTreeSet<String> = expected.map(str::to_owned).into();
    assert_eq!(keys, expected, "{steps}");
    engine.apply(&plan).await.expect("apply");
    assert!(cloud.has_host_names(&id).await.expect("told"));
    let observation = engine.observe(&topology).await.expect("observe");
    assert!(landbridge_core::plan::plan(&topology, &observation).is_empty());

    let destroy = landbridge_core::plan::plan_destroy(&topology, &observation);
    engine.apply(&destroy).await.expect("destroy");
    let residue = engine.residue(&topology, Some(&destroy)).await;
    let residue = residue.expect("residue");
    assert!(residue.is_empty(), "{residue}");
    assert_eq!(residue.stays.len(), 1, "one network is theirs: {residue}");
    let told = residue.to_string();
    assert!(
        told.contains(id.as_str()) && told.contains("host names"),
        "{told}"
    );
}
