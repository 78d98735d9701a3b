//! Meshes: every two members peer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::event::{Event, EventRecord, EventSink};
use landbridge_core::memory::{FaultPoint, ManualClock, MemoryProvider};
use landbridge_core::object::{Kind, ObjectKey, OpKind};
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::{
    Account, Firewall, FirewallRuleSpec, Interconnect, ModelChoice, Network, RuleSource, Subnet,
    Topology,
};
use landbridge_core::{
    Capabilities, Clock, Cloud, CloudProvider, ErrorKind, GroupReferences, Model, PeeringId,
    PeeringKind, Place, Protocol, Quota, RulePeer,
};

use crate::apply::apply;
use crate::common::{A, B, memory, network, world_like};

pub(crate) fn capabilities() -> Capabilities {
    let mut capabilities = Capabilities::new(memory(), vec![Model::Mesh]);
    capabilities.peerings_per_network = Some(Quota::fixed(125));
    capabilities.outstanding_requests = Some(5);
    capabilities.dns_resolution = true;
    capabilities.group_references = GroupReferences::PeeredInRegion;
    capabilities
}

pub(crate) fn world() -> (Engine, MemoryProvider) {
    let clock = Arc::new(ManualClock::new());
    let provider = MemoryProvider::builder(clock.clone())
        .with_capabilities(capabilities())
        .with_latency(Duration::from_secs(5))
        .build();
    let engine = Engine::new()
        .with_clock(clock)
        .with_provider(Arc::new(provider.clone()));
    (engine, provider)
}

/// `count` networks, by turns of two accounts and two regions, in a mesh.
pub(crate) fn mesh(count: u8) -> Topology {
    let mut topology = Topology::new("mesh")
        .with_account(Account::new("a", memory(), A))
        .with_account(Account::new("b", memory(), B));
    let name = |number: u8| format!("n{number:03}");
    for number in 0..count {
        let account = ["a", "b"][usize::from(number % 2)];
        let region = ["r1", "r2"][usize::from(number / 2 % 2)];
        topology = topology.with_network(network(&name(number), account, region, number));
    }
    topology.with_interconnect(
        Interconnect::new("all", "a", (0..count).map(name))
            .with_model(ModelChoice::Mesh)
            .with_dns_resolution(),
    )
}

#[tokio::test]
async fn a_mesh_is_applied_verified_and_destroyed() {
    let (engine, provider) = world();
    let topology = mesh(5);
    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert!(report.passed(), "{report}");
    let first = plan(&topology, &observation);
    let mut kinds: BTreeMap<OpKind, usize> = BTreeMap::new();
    first
        .steps
        .iter()
        .for_each(|step| *kinds.entry(step.op.kind()).or_default() += 1);
    assert_eq!(kinds[&OpKind::create(Kind::Peering)], 10);
    assert_eq!(kinds[&OpKind::create(Kind::Acceptance)], 10);
    assert_eq!(kinds[&OpKind::create(Kind::Route)], 20);
    assert_eq!(kinds[&OpKind::create(Kind::DnsResolution)], 20);

    engine.apply(&first).await.expect("apply");
    let verified = engine.verify(&topology).await.expect("verify");
    assert!(
        verified.passed() && verified.pairs.len() == 5 * 4 * 4,
        "{verified}"
    );
    let second = plan(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    assert!(second.is_empty(), "{second}");

    let destroy = plan_destroy(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    engine.apply(&destroy).await.expect("destroy");
    assert_eq!(provider.objects(), Vec::<String>::new());
}

#[tokio::test]
async fn adding_a_member_to_a_mesh_touches_no_other_peering() {
    let (engine, provider) = world();
    apply(&engine, &mesh(4)).await;
    let before = provider.objects();
    let large = mesh(5);
    let grow = plan(&large, &engine.observe(&large).await.expect("observe"));
    assert!(
        grow.steps
            .iter()
            .all(|step| step.key.to_string().contains("n004")
                || step.key.to_string().contains("10.4.0.0"))
    );
    engine.apply(&grow).await.expect("grow");
    let small = mesh(4);
    let shrink = plan(&small, &engine.observe(&small).await.expect("observe"));
    engine.apply(&shrink).await.expect("shrink");
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn no_more_requests_wait_for_their_accepters_than_the_cloud_takes() {
    let (engine, provider) = world();
    let open = Arc::new(Mutex::new((BTreeSet::<String>::new(), 0)));
    let seen = Arc::clone(&open);
    // Each line is a verb, an ID and a place. Only requests of account a are counted, by their IDs.
    provider.on_write(move |_, line| {
        let mut open = seen.lock().expect("a lock");
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["request_peering", id, place, ..] if place.contains(A) => {
                open.0.insert((*id).to_owned());
            }
            ["accept_peering", id, ..] => drop(open.0.remove(*id)),
            _ => {}
        }
        open.1 = open.1.max(open.0.len());
    });
    apply(&engine, &mesh(8)).await;
    assert_eq!(open.lock().expect("a lock").1, 5);
}

/// Deletes each request for a peering as soon as it is done, before its accepter has answered.
#[derive(Debug)]
struct Withdraws(Arc<dyn Cloud>);

impl EventSink for Withdraws {
    fn emit(&self, record: EventRecord) {
        let Event::StepDone { key, id, .. } = record.event else {
            return;
        };
        let ObjectKey::Peering(_) = key.object() else {
            return;
        };
        let id = PeeringId::new(id.expect("peerings have IDs"));
        let mut withdrawal = self.0.delete_peering(&id, PeeringKind::NetworkToNetwork);
        let mut context = Context::from_waker(Waker::noop());
        while withdrawal.as_mut().poll(&mut context).is_pending() {}
    }
}

#[tokio::test]
async fn a_request_that_others_withdraw_is_not_waited_for_until_the_step_runs_out_of_time() {
    let clock = Arc::new(ManualClock::new());
    let provider = MemoryProvider::builder(clock.clone())
        .with_capabilities(capabilities())
        .build();
    let engine = Engine::new()
        .with_clock(clock.clone())
        .with_provider(Arc::new(provider.clone()));
    let place = Place::new(memory(), A, "r1");
    let cloud = provider.cloud(&place).await.expect("a place");
    let topology = mesh(2);
    let plan = plan(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    let error = engine
        .with_events(Arc::new(Withdraws(cloud)))
        .apply(&plan)
        .await
        .expect_err("nothing is there to accept");
    assert!(error.to_string().contains("is gone again"), "{error}");
    let took = clock.uptime();
    assert!(took < Duration::from_secs(180), "{took:?}");
}

#[tokio::test]
async fn a_lost_answer_at_any_write_of_a_mesh_is_settled_within_one_run() {
    let (engine, provider) = world();
    apply(&engine, &mesh(3)).await;
    let (wanted, writes) = (provider.objects(), provider.write_count());
    for n in 0..writes {
        for point in [FaultPoint::Before, FaultPoint::After] {
            let (engine, provider) = world();
            provider.fail_call(n, point, ErrorKind::OutcomeUnknown);
            apply(&engine, &mesh(3)).await;
            assert_eq!(provider.objects(), wanted, "{point:?} write {n}");
        }
    }
}

#[tokio::test]
async fn a_refusal_at_any_write_of_a_mesh_is_mended_by_the_next_run() {
    let (engine, provider) = world();
    apply(&engine, &mesh(3)).await;
    let (wanted, writes) = (provider.objects(), provider.write_count());
    for n in 0..writes {
        let (engine, provider) = world();
        let topology = mesh(3);
        provider.fail_call(n, FaultPoint::After, ErrorKind::Refused);
        let first = plan(
            &topology,
            &engine.observe(&topology).await.expect("observe"),
        );
        engine
            .apply(&first)
            .await
            .expect_err("the injected refusal");
        apply(&engine, &topology).await;
        assert_eq!(provider.objects(), wanted, "write {n}");
    }
}

#[tokio::test]
async fn a_mesh_that_no_cloud_can_hold_is_refused_with_the_alternative() {
    let (engine, provider) = world();
    let report = preflight(
        &mesh(127),
        &engine.observe(&mesh(127)).await.expect("observe"),
    );
    assert!(report.codes().contains(&"quota/peerings"), "{report}");
    assert!(!report.passed());
    let largest = mesh(126);
    assert!(preflight(&largest, &engine.observe(&largest).await.expect("observe")).passed());
    assert_eq!(provider.write_count(), 0);
}

#[tokio::test]
async fn networks_of_two_partitions_are_refused_before_the_first_write() {
    let partitions = [("cn-", "china"), ("", "world")];
    let topology = |regions: [&str; 3]| {
        let names = ["one", "two", "three"];
        let topology = Topology::new("mesh").with_account(Account::new("a", memory(), A));
        let networks = (1..).zip(names.into_iter().zip(regions));
        networks
            .fold(topology, |topology, (number, (name, region))| {
                topology.with_network(network(name, "a", region, number))
            })
            .with_interconnect(Interconnect::new("all", "a", names).with_model(ModelChoice::Mesh))
    };
    let report = async |known: &[(&str, &str)], regions| {
        let mut capabilities = capabilities();
        let owned = |(prefix, name): &(&str, &str)| ((*prefix).to_owned(), (*name).to_owned());
        capabilities.partitions = known.iter().map(owned).collect();
        let (engine, ..) = world_like(|builder| builder.with_capabilities(capabilities));
        let topology = topology(regions);
        preflight(
            &topology,
            &engine.observe(&topology).await.expect("observe"),
        )
    };
    let mixed = ["us-west-2", "eu-west-1", "cn-north-1"];
    let refused = report(&partitions, mixed).await;
    assert!(!refused.passed(), "{refused}");
    let codes = ["account/partition", "region/partition"];
    assert_eq!(refused.codes(), codes, "{refused}");
    let told = refused.to_string();
    for part in [
        "network one is in us-west-2 (partition world)",
        "network three in cn-north-1 (partition china)",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert!(report(&[], mixed).await.passed());
    let alike = ["cn-north-1", "cn-northwest-1", "cn-north-1"];
    assert!(report(&partitions, alike).await.passed());
}

fn with_group_reference(from: &str, to: &str) -> Topology {
    let source = format!("group:web@{from}").parse().expect("a source");
    mesh(4)
        .with_firewall(Firewall::new("web", [from]))
        .with_firewall(
            Firewall::new("db", [to])
                .with_rule(FirewallRuleSpec::allow(Protocol::Tcp, [source]).with_port(5432)),
        )
}

#[tokio::test]
async fn a_group_of_a_peered_network_can_be_named_in_one_region_only() {
    // n000 and n001 are in r1, n002 in r2.
    let (engine, _) = world();
    let near = with_group_reference("n000", "n001");
    assert!(preflight(&near, &engine.observe(&near).await.expect("observe")).passed());
    apply(&engine, &near).await;
    let second = plan(&near, &engine.observe(&near).await.expect("observe"));
    assert!(second.is_empty(), "{second}");

    let far = with_group_reference("n000", "n002");
    let report = preflight(&far, &engine.observe(&far).await.expect("observe"));
    assert_eq!(report.codes(), ["rule/group-reference"], "{report}");
    assert!(report.to_string().contains("network:n000"), "{report}");
}

#[tokio::test]
async fn a_rule_is_found_again_although_the_cloud_does_not_tell_whose_group_it_names() {
    let (engine, _) = world();
    let topology = with_group_reference("n000", "n001");
    apply(&engine, &topology).await;
    let mut observation = engine.observe(&topology).await.expect("observe");
    let rules = observation
        .inventories
        .iter_mut()
        .flat_map(|i| &mut i.rules);
    let mut hidden = 0;
    for rule in rules {
        if let RulePeer::Group { account, .. } = &mut rule.rule.peer {
            hidden += usize::from(account.take().is_some());
        }
    }
    assert_eq!(hidden, 1);
    let second = plan(&topology, &observation);
    assert!(second.is_empty(), "{second}");
}

#[tokio::test]
async fn a_range_that_overlaps_a_secondary_range_is_refused() {
    let (engine, provider) = world();
    apply(&engine, &mesh(2)).await;
    let observation = engine.observe(&mesh(2)).await.expect("observe");
    let first = observation
        .inventories
        .iter()
        .flat_map(|i| &i.networks)
        .next()
        .expect("a network");
    provider
        .add_range(&first.id, "10.9.0.0/16".parse().expect("a range"))
        .expect("a secondary range");
    let mut topology = mesh(2).with_network(
        Network::new("n009", "a", "r1", "10.9.0.0/16".parse().expect("a range")).with_subnet(
            Subnet::new("s", "r1-a", "10.9.1.0/24".parse().expect("a range")),
        ),
    );
    topology.interconnects[0].members.push("n009".to_owned());
    let report = preflight(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    let codes = ["range/overlap", "range/extra"];
    assert_eq!(report.codes(), codes, "{report}");
}

#[test]
fn a_source_that_names_a_group_reads_as_it_writes() {
    let source: RuleSource = "group:web@n000".parse().expect("a source");
    assert_eq!(source.to_string(), "group:web@n000");
}

#[tokio::test]
async fn sizes_and_numbers_that_the_cloud_does_not_take_are_refused() {
    let clock = Arc::new(ManualClock::new());
    let mut capabilities = capabilities();
    capabilities.network_prefix = (16, 28);
    capabilities.rules_per_group = Some(Quota::fixed(3));
    let provider = MemoryProvider::builder(clock.clone())
        .with_capabilities(capabilities)
        .build();
    let engine = Engine::new()
        .with_clock(clock)
        .with_provider(Arc::new(provider));
    let mut topology = mesh(5);
    topology.networks[0].range = Some("10.0.0.0/15".parse().expect("a range"));
    topology.networks[0].subnets.clear();
    topology.networks.remove(1);
    topology.interconnects[0].members.remove(1);
    let members = [
        RuleSource::Members("all".to_owned()),
        "192.168.0.0/24".parse().expect("a source"),
    ];
    let rule = FirewallRuleSpec::allow(Protocol::Tcp, members).with_port(22);
    let topology = topology.with_firewall(Firewall::new("ssh", ["n002"]).with_rule(rule));
    let report = preflight(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    assert_eq!(report.codes(), ["quota/rules", "range/size"], "{report}");
}
