//! Work with one side's keys: two owners, each with a topology in which the other's account is `held-by: other`.

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::handover::{Act, Consent, HandOver, consent};
use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::preflight::{Report, preflight};
use landbridge_core::reconcile::{Intent, Outcome};
use landbridge_core::topology::{
    Account, BorderRouter, Edge, ExistingHub, Holder, Interconnect, ModelChoice, Network, Subnet,
    Topology,
};
use landbridge_core::verify::{Verdict, VerifyReport};
use landbridge_core::{
    CreateHub, Endpoint, ErrorKind, HubScope, Label, NetworkId, NextHop, Observation, Owner, Payer,
    PeeringKind, PeeringSelect, Place, RequestPeering, Select, SubnetId, Token,
};

use crate::apply::apply;
use crate::common::{A, B, memory, network};
use crate::mesh::world;

/// Network `one` of account a and network `two` of account b, each made by its owner alone.
async fn networks(engine: &Engine) -> [NetworkId; 2] {
    let of = |name: &str, account: &str, id: &str, number: u8| {
        Topology::new(format!("base-{account}"))
            .with_account(Account::new(account, memory(), id))
            .with_network(network(name, account, "r1", number))
    };
    let bases = [of("one", "a", A, 1), of("two", "b", B, 2)];
    let mut ids = Vec::new();
    for base in bases {
        apply(engine, &base).await;
        let observation = observe(engine, &base).await;
        ids.push(observation.inventories[0].networks[0].id.clone());
    }
    ids.try_into().expect("two networks")
}

/// How the owner of `us` sees the two networks. `asks` is the account that asks for the peering.
fn side(us: &str, asks: &str, [one, two]: &[NetworkId; 2]) -> Topology {
    let account = |name: &str, id: &str| {
        let holder = if name == us {
            Holder::Us
        } else {
            Holder::Other
        };
        Account::new(name, memory(), id).with_held_by(holder)
    };
    let network = |name: &str, account: &str, id: &NetworkId, range: &str| {
        let network = Network::existing(name, account, "r1", id.clone());
        match account == us {
            true => network,
            false => network.with_ranges([range.parse().expect("a range")]),
        }
    };
    Topology::new(format!("of-{us}"))
        .with_account(account("a", A))
        .with_account(account("b", B))
        .with_network(network("one", "a", one, "10.1.0.0/16"))
        .with_network(network("two", "b", two, "10.2.0.0/16"))
        .with_interconnect(
            Interconnect::new("core", asks, ["one", "two"]).with_model(ModelChoice::Mesh),
        )
}

async fn observe(engine: &Engine, topology: &Topology) -> Observation {
    engine.observe(topology).await.expect("observe")
}

/// What is planned and told now.
async fn told(engine: &Engine, topology: &Topology) -> (Plan, Report) {
    topology.check().expect("a topology");
    let observation = observe(engine, topology).await;
    let seen = observation.inventories.iter();
    let elsewhere = seen.filter(|inventory| {
        let mut accounts = topology.accounts.iter();
        accounts.any(|a| a.id == inventory.place.account && a.held_by == Holder::Other)
    });
    assert_eq!(
        elsewhere.count(),
        0,
        "nothing is read in the account of another"
    );
    (
        plan(topology, &observation),
        preflight(topology, &observation),
    )
}

fn steps(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.key.to_string()).collect()
}

async fn verified(engine: &Engine, topology: &Topology) -> VerifyReport {
    engine.verify(topology).await.expect("verify")
}

/// Longer than anything takes.
const MINUTE: Duration = Duration::from_secs(60);

const OURS_OF_A: &str = "route/one/main/10.2.0.0_16";

#[tokio::test]
async fn we_ask_they_accept_and_a_later_apply_connects() {
    for asks in ["a", "b"] {
        let (engine, provider) = world();
        let ids = networks(&engine).await;
        let before = provider.objects();
        let (asker, other) = match asks {
            "a" => (side("a", asks, &ids), side("b", asks, &ids)),
            _ => (side("b", asks, &ids), side("a", asks, &ids)),
        };
        // The other has nothing to do before it is asked.
        let (theirs, report) = told(&engine, &other).await;
        assert!(theirs.is_empty() && report.passed(), "{theirs}\n{report}");
        assert_eq!(report.codes(), ["side/waits"], "{report}");

        let (ours, report) = told(&engine, &asker).await;
        assert_eq!(steps(&ours), ["peering/core/one~two"], "{ours}");
        assert_eq!(report.codes(), ["side/waits"], "{report}");
        engine.apply(&ours).await.expect("ask");
        let (ours, report) = told(&engine, &asker).await;
        assert!(ours.is_empty(), "{ours}");
        assert_eq!(report.codes(), ["side/waits"], "{report}");

        let (theirs, _) = told(&engine, &other).await;
        assert_eq!(theirs.counts(), (2, 0), "accept and a route: {theirs}");
        engine.apply(&theirs).await.expect("accept");
        assert!(told(&engine, &other).await.0.is_empty());

        let (ours, report) = told(&engine, &asker).await;
        assert_eq!(ours.counts(), (1, 0), "a route: {ours}");
        assert_eq!(report.codes(), [""; 0], "{report}");
        engine.apply(&ours).await.expect("routes");
        assert!(told(&engine, &asker).await.0.is_empty());
        for side in [&asker, &other] {
            let report = verified(&engine, side).await;
            assert_eq!(report.pairs.len(), 1, "{report}");
            assert_eq!(report.pairs[0].verdict(), Verdict::Undecided, "{report}");
            assert!(report.to_string().contains("held by other"), "{report}");
        }

        // Each side takes its half away; only the asker's holds the peering.
        for side in [&other, &asker] {
            let destroy = plan_destroy(side, &observe(&engine, side).await);
            engine.apply(&destroy).await.expect("destroy");
        }
        assert_eq!(provider.objects(), before);
    }
}

#[tokio::test]
async fn a_route_of_ours_that_is_missing_is_blocked_whoever_holds_the_other_side() {
    let (engine, _) = world();
    let ids = networks(&engine).await;
    let (a, b) = (side("a", "a", &ids), side("b", "a", &ids));
    apply(&engine, &a).await;
    apply(&engine, &b).await;
    let report = verified(&engine, &a).await;
    assert_eq!(report.pairs[0].verdict(), Verdict::Blocked, "{report}");
    assert!(report.to_string().contains("no route"), "{report}");
    let (plan, _) = told(&engine, &a).await;
    assert_eq!(steps(&plan), [OURS_OF_A.replace('_', "/")], "{plan}");
}

#[tokio::test]
async fn a_request_with_other_ranges_or_from_another_network_is_told_and_not_accepted() {
    let (engine, _) = world();
    let ids = networks(&engine).await;
    apply(&engine, &side("a", "a", &ids)).await;
    let mut wrong_range = side("b", "a", &ids);
    wrong_range.networks[0].ranges = vec!["10.3.0.0/16".parse().expect("a range")];
    let mut wrong_id = side("b", "a", &ids);
    wrong_id.networks[0].id = Some("net-99".into());
    let mut wrong_account = side("b", "a", &ids);
    wrong_account.accounts[0].id = "0000000000000009".into();
    for topology in [wrong_range, wrong_id, wrong_account] {
        let (plan, report) = told(&engine, &topology).await;
        assert!(plan.is_empty(), "{plan}");
        assert_eq!(
            report.codes(),
            ["side/unexpected-request", "side/waits"],
            "{report}"
        );
    }
}

#[tokio::test]
async fn what_the_partner_takes_away_is_asked_for_again_and_our_half_can_go() {
    let (engine, provider) = world();
    let ids = networks(&engine).await;
    let before = provider.objects();
    let (a, b) = (side("a", "a", &ids), side("b", "a", &ids));
    for topology in [&a, &b, &a] {
        apply(&engine, topology).await;
    }
    // The asker takes the peering away, with its own routes.
    let destroy = plan_destroy(&a, &observe(&engine, &a).await);
    // Its cloud refuses while the other side has routes to it, so those go first here.
    let theirs = plan_destroy(&b, &observe(&engine, &b).await);
    engine.apply(&theirs).await.expect("routes go");
    engine.apply(&destroy).await.expect("the peering goes");
    let (plan, report) = told(&engine, &b).await;
    assert!(plan.is_empty(), "{plan}");
    assert_eq!(report.codes(), ["side/waits"], "{report}");
    let destroy = plan_destroy(&b, &observe(&engine, &b).await);
    assert!(destroy.is_empty(), "{destroy}");
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn two_networks_of_others_are_refused() {
    let (engine, _) = world();
    let ids = networks(&engine).await;
    let mut topology = side("a", "a", &ids).with_network(
        Network::existing("three", "b", "r1", "net-3")
            .with_ranges(["10.3.0.0/16".parse().expect("a range")]),
    );
    topology.interconnects[0].members.push("three".to_owned());
    let (_, report) = told(&engine, &topology).await;
    assert!(report.codes().contains(&"side/nothing-to-do"), "{report}");
}

#[test]
fn what_needs_the_keys_of_another_is_refused() {
    let text = |account: &str, network: &str| {
        format!(
            "{{ name: t, accounts: [{{ name: a, cloud: memory, id: '1' }},
               {{ name: b, cloud: memory, id: '2', held-by: other{account} }}],
               networks: [{{ name: n, account: b, region: r1{network} }}] }}"
        )
    };
    let good = ", id: vpc-1, ranges: [10.1.0.0/16]";
    Topology::from_text(&text("", good)).expect("it is one");
    for (account, network, told) in [
        (
            ", credentials: { env: B }",
            good,
            "`credentials` and `held-by: other`",
        ),
        (
            ", open-services: true",
            good,
            "`open-services` and `held-by: other`",
        ),
        ("", ", range: 10.1.0.0/16", "missing key `id`"),
        ("", ", id: vpc-1", "missing key `ranges`"),
        (
            "",
            ", id: vpc-1, range: 10.1.0.0/16, probe: 10.2.0.1",
            "invalid `probe`",
        ),
        (
            "",
            ", id: v, range: 10.1.0.0/16, subnets: [{ name: s, zone: z, range: 10.1.1.0/24 }]",
            "subnet `n/s`: missing key `id`",
        ),
    ] {
        let error = Topology::from_text(&text(account, network)).expect_err(told);
        assert!(error.to_string().contains(told), "{error}");
    }
}

/// The document that the owner of account `to` gets.
fn document(engine: &Engine, topology: &Topology, observation: &Observation) -> HandOver {
    let mut documents = engine.hand_over(topology, observation);
    assert_eq!(documents.len(), 1, "{documents:?}");
    let document = documents.remove(0);
    let json = serde_json::to_string(&document).expect("JSON");
    let read = HandOver::from_json(&json).expect("it reads its own documents");
    assert_eq!(read, document);
    document
}

async fn consented(engine: &Engine, document: &HandOver) -> landbridge_core::Result<Consent> {
    consent(document, &observe(engine, &document.view).await)
}

#[tokio::test]
async fn a_hand_over_is_consented_to_and_carried_out_once() {
    let (engine, _) = world();
    let ids = networks(&engine).await;
    let a = side("a", "a", &ids);
    let nothing = engine.hand_over(&a, &observe(&engine, &a).await);
    assert_eq!(nothing, [], "no request has an ID yet");
    apply(&engine, &a).await;

    let document = document(&engine, &a, &observe(&engine, &a).await);
    assert!(
        document.is_awaited() && !document.more_to_come,
        "{document}"
    );
    let acts: Vec<&Act> = document.acts().collect();
    assert!(
        matches!(acts[..], [Act::AcceptPeering { .. }, Act::AddRoute { .. }]),
        "{acts:?}"
    );
    let text = document.to_markdown();
    for told in [
        A,
        B,
        ids[0].as_str(),
        ids[1].as_str(),
        "10.1.0.0/16",
        &document.digest,
    ] {
        assert!(text.contains(told), "{told} in {text}");
    }
    let first = consented(&engine, &document).await.expect("they agree");
    assert_eq!(
        (first.plan.counts(), first.done.len()),
        ((2, 0), 0),
        "{}",
        first.plan
    );
    engine.apply(&first.plan).await.expect("consent");
    let second = consented(&engine, &document).await.expect("they agree");
    assert!(
        second.plan.is_empty() && second.done.len() == 2,
        "{}",
        second.plan
    );

    apply(&engine, &a).await;
    // Routes of others cannot be seen, so they are still in the document, and nothing waits for them.
    let rest = self::document(&engine, &a, &observe(&engine, &a).await);
    assert!(!rest.is_awaited(), "{rest}");
    let report = verified(&engine, &side("b", "a", &ids)).await;
    assert_eq!(report.pairs[0].verdict(), Verdict::Undecided, "{report}");
}

#[tokio::test]
async fn they_are_asked_to_request_and_then_for_routes() {
    let (engine, _) = world();
    let ids = networks(&engine).await;
    let a = side("a", "b", &ids);
    let first = document(&engine, &a, &observe(&engine, &a).await);
    assert!(first.is_awaited() && first.more_to_come, "{first}");
    let plan = consented(&engine, &first).await.expect("they agree").plan;
    assert_eq!(steps(&plan), ["peering/core/one~two"], "{plan}");
    engine.apply(&plan).await.expect("request");
    apply(&engine, &a).await;
    let second = document(&engine, &a, &observe(&engine, &a).await);
    assert!(!second.is_awaited() && !second.more_to_come, "{second}");
    let plan = consented(&engine, &second).await.expect("they agree").plan;
    assert_eq!(steps(&plan), ["route/two/main/10.1.0.0/16"], "{plan}");
    engine.apply(&plan).await.expect("routes");
}

#[tokio::test]
async fn a_changed_document_or_cloud_is_refused() {
    let (engine, provider) = world();
    let ids = networks(&engine).await;
    let a = side("a", "a", &ids);
    apply(&engine, &a).await;
    let good = document(&engine, &a, &observe(&engine, &a).await);
    let json = serde_json::to_string(&good).expect("JSON");
    let peering = match good.acts().next() {
        Some(Act::AcceptPeering { peering, .. }) => peering.to_string(),
        other => panic!("{other:?}"),
    };
    for (from, to) in [
        ("10.2.0.0/16", "10.9.0.0/16"),
        (peering.as_str(), "peer-99"),
    ] {
        let error = HandOver::from_json(&json.replace(from, to)).expect_err("it was changed");
        assert!(error.to_string().contains("it was changed"), "{error}");
    }
    // Whoever makes a new digest still meets the cloud.
    let mut ours = good.clone();
    ours.ranges.insert(
        "two".to_owned(),
        vec!["10.9.0.0/16".parse().expect("a range")],
    );
    let mut theirs = good.clone();
    theirs.view.networks[0].ranges = vec!["10.9.0.0/16".parse().expect("a range")];
    let mut other = good.clone();
    if let Act::AcceptPeering { peering, .. } = &mut other.parts[0].act {
        *peering = "peer-99".into();
    }
    let mut asker = good.clone();
    let account = asker
        .view
        .accounts
        .iter_mut()
        .find(|account| account.name == "a");
    account.expect("the asker").id = "0000000000000009".into();
    let writes = provider.write_count();
    for (document, told) in [
        (ours, "has CIDR blocks 10.2.0.0/16"),
        (theirs, "does not show that"),
        (other, "The cloud shows"),
        (asker, "does not show that"),
    ] {
        let error = consented(&engine, &document).await.expect_err(told);
        assert!(error.to_string().contains(told), "{error}");
    }
    assert_eq!(provider.write_count(), writes);
}

/// Account a owns the hub and network `one`; network `two` is account b's.
fn hub_side(ids: &[NetworkId; 2], subnets: &[SubnetId; 2]) -> Topology {
    let mut topology = side("a", "a", ids);
    topology.interconnects[0].model = ModelChoice::Hub;
    for (network, subnet) in topology.networks.iter_mut().zip(subnets) {
        let number = if network.name == "one" { 1 } else { 2 };
        let range = format!("10.{number}.1.0/24").parse().expect("a range");
        let subnet = Subnet::new("s1", "r1-a", range).with_id(subnet.clone());
        network.subnets.push(subnet);
    }
    topology
}

#[tokio::test]
async fn they_grant_their_network_to_our_hub_and_a_later_apply_attaches_it() {
    let (engine, provider, clock) = crate::common::world();
    let ids = networks(&engine).await;
    let subnets = first_subnets(&engine).await;
    let before = provider.objects();
    let ours = hub_side(&ids, &subnets);
    let (plan, report) = told(&engine, &ours).await;
    assert!(report.passed(), "{report}");
    assert!(report.codes().contains(&"side/waits"), "{report}");
    engine.apply(&plan).await.expect("our part");
    assert!(told(&engine, &ours).await.0.is_empty());
    let asked = document(&engine, &ours, &observe(&engine, &ours).await);
    assert!(asked.is_awaited() && asked.more_to_come, "{asked}");
    let acts: Vec<Act> = asked.acts().cloned().collect();
    let [
        Act::Grant {
            member,
            hub,
            hub_account,
            payer: Some(payer),
        },
    ] = &acts[..]
    else {
        panic!("{acts:?}");
    };

    assert_eq!(
        (member.id.as_str(), hub_account.as_str(), *payer),
        (ids[1].as_str(), A, Payer::HubOwner)
    );
    assert_eq!(asked.told.hubs["core"], *hub);
    let consent = consented(&engine, &asked).await.expect("they agree");
    assert_eq!(steps(&consent.plan), ["grant/core/two"], "{}", consent.plan);
    engine.apply(&consent.plan).await.expect("granted");
    let again = consented(&engine, &asked).await.expect("they agree");
    assert!(
        again.plan.is_empty() && again.done.len() == 1,
        "{}",
        again.plan
    );

    let (plan, report) = told(&engine, &ours).await;
    assert!(!report.codes().contains(&"side/waits"), "{report}");
    engine.apply(&plan).await.expect("attach");
    assert!(told(&engine, &ours).await.0.is_empty());
    let rest = document(&engine, &ours, &observe(&engine, &ours).await);
    assert!(!rest.is_awaited() && !rest.more_to_come, "{rest}");
    assert!(
        matches!(rest.acts().collect::<Vec<_>>()[..], [Act::AddRoute { .. }]),
        "{rest}"
    );
    let consent = consented(&engine, &rest).await.expect("they agree");
    assert_eq!(
        steps(&consent.plan),
        ["route/two/main/10.1.0.0/16"],
        "{}",
        consent.plan
    );
    engine.apply(&consent.plan).await.expect("routes");
    let report = verified(&engine, &ours).await;
    assert_eq!(report.pairs.len(), 1, "{report}");
    assert_eq!(report.pairs[0].verdict(), Verdict::Undecided, "{report}");

    let observation = observe(&engine, &ours).await;
    let back = engine.take_back(&ours, &observation);
    assert!(
        back[0].acts().any(|act| matches!(act, Act::Revoke { .. })),
        "{}",
        back[0]
    );
    // The cloud keeps an attachment while its owner has routes to it, and nobody waits for that owner.
    let error = engine
        .apply(&destroy_of(&engine, &ours).await)
        .await
        .expect_err("their route uses it");
    assert_eq!(error.failures()[0].1.kind(), ErrorKind::InUse, "{error}");
    remove_routes(&engine, B).await;
    clock.advance(MINUTE);
    let destroy = destroy_of(&engine, &ours).await;
    engine.apply(&destroy).await.expect("our half goes");
    let mut left = provider.objects();
    left.retain(|object| !object.starts_with("grant:"));
    assert_eq!(left, before);
    let mine = plan_destroy(&ours, &observe(&engine, &ours).await);
    assert!(
        mine.is_empty(),
        "their grant is theirs to take back: {mine}"
    );
}

/// The first subnet of network `one` and that of network `two`.
async fn first_subnets(engine: &Engine) -> [SubnetId; 2] {
    let mut ids = Vec::new();
    for account in [A, B] {
        let place = Place::new(memory(), account, "r1");
        let cloud = engine.cloud(&place).await.expect("a cloud");
        let subnets = cloud.list_subnets(&Select::All).await.expect("subnets");
        ids.push(subnets[0].id.clone());
    }
    ids.try_into().expect("two subnets")
}

async fn destroy_of(engine: &Engine, topology: &Topology) -> Plan {
    plan_destroy(topology, &observe(engine, topology).await)
}

/// Removes the routes that lead out of the networks of an account.
async fn remove_routes(engine: &Engine, account: &str) {
    let cloud = engine
        .cloud(&Place::new(memory(), account, "r1"))
        .await
        .expect("a cloud");
    let networks = cloud.list_networks(&Select::All).await.expect("networks");
    let ids: Vec<NetworkId> = networks.into_iter().map(|network| network.id).collect();
    for table in cloud.list_route_tables(&ids).await.expect("tables") {
        for route in cloud.list_routes(&table.id).await.expect("routes") {
            if let (NextHop::Peering(hop), Some(range)) =
                (&route.next_hop, route.destination.range())
            {
                cloud
                    .delete_route(&table.id, &range, hop)
                    .await
                    .expect("removed");
            }
        }
    }
}

fn line() -> BorderRouter {
    let range: ipnet::IpNet = "10.9.0.0/16".parse().expect("a range");
    BorderRouter::new("dc", "line-dc", "a", "r1", [range])
}

fn world_with_line() -> (Engine, MemoryProvider, Arc<ManualClock>) {
    let range: ipnet::IpNet = "10.9.0.0/16".parse().expect("a range");
    crate::common::world_like(|builder| {
        builder.with_border_router("line-dc", Place::new(memory(), A, "r1"), [range], [])
    })
}

#[tokio::test]
async fn they_grant_their_network_to_our_edge_and_a_later_apply_attaches_it() {
    let (engine, _, _) = world_with_line();
    let ids = networks(&engine).await;
    let mut ours = side("a", "a", &ids);
    ours.interconnects.clear();
    let edge = Edge::new("line", "a", "r1", 65_000);
    ours.edges = vec![edge.with_member("two").with_border_router(line())].into();
    apply(&engine, &ours).await;
    let asked = document(&engine, &ours, &observe(&engine, &ours).await);
    assert!(asked.is_awaited() && asked.more_to_come, "{asked}");
    let consent = consented(&engine, &asked).await.expect("they agree");
    assert_eq!(steps(&consent.plan), ["grant/line/two"], "{}", consent.plan);
    engine.apply(&consent.plan).await.expect("granted");
    apply(&engine, &ours).await;
    assert!(told(&engine, &ours).await.0.is_empty());
    let rest = document(&engine, &ours, &observe(&engine, &ours).await);
    assert!(!rest.is_awaited() && !rest.more_to_come, "{rest}");
    let consent = consented(&engine, &rest).await.expect("they agree");
    assert_eq!(
        steps(&consent.plan),
        ["route/two/main/10.9.0.0/16"],
        "{}",
        consent.plan
    );
    engine.apply(&consent.plan).await.expect("routes");
}

#[tokio::test]
async fn we_grant_our_network_to_their_edge_and_route_once_they_tell_the_attachment() {
    let (engine, provider, clock) = world_with_line();
    let ids = networks(&engine).await;
    let before = provider.objects();
    let theirs = Place::new(memory(), A, "r1");
    let cloud = engine.cloud(&theirs).await.expect("their keys");
    let label = |key: &str| Label::new("edge", Owner::new("theirs", key), Token::derive(&[key]));
    let scope = HubScope::Edge { asn: 65_000 };
    let hub = CreateHub::new(label("edge"), scope);
    let hub = cloud.create_hub(&hub).await.expect("a hub").id;

    let mut ours = side("b", "a", &ids);
    ours.interconnects.clear();
    let edge = Edge::new("line", "a", "r1", 65_000).with_id(hub.clone());
    ours.edges = vec![edge.with_member("two").with_border_router(line())].into();
    let (plan, report) = told(&engine, &ours).await;
    assert!(report.passed(), "{report}");
    assert_eq!(steps(&plan), ["grant/line/two"], "{plan}");
    engine.apply(&plan).await.expect("granted");
    assert!(told(&engine, &ours).await.0.is_empty());
    let asked = document(&engine, &ours, &observe(&engine, &ours).await);
    assert!(asked.is_awaited(), "{asked}");
    let acts: Vec<&Act> = asked.acts().collect();
    assert!(
        matches!(acts[..], [Act::Attach { edge: true, .. }]),
        "{acts:?}"
    );

    let member = Endpoint::Network {
        id: ids[1].clone(),
        account: B.into(),
        region: "r1".into(),
    };
    let end = Endpoint::Edge {
        id: hub.clone(),
        account: A.into(),
    };
    let request = RequestPeering::new(label("two"), PeeringKind::Attachment, member, end);
    clock.advance(MINUTE);
    let attachment = cloud.request_peering(&request).await.expect("attached").id;
    ours.edges[0] = ours.edges[0]
        .clone()
        .with_attachment("two", attachment.clone());
    let (plan, report) = told(&engine, &ours).await;
    assert!(!report.codes().contains(&"side/waits"), "{report}");
    assert_eq!(steps(&plan), ["route/two/main/10.9.0.0/16"], "{plan}");
    engine.apply(&plan).await.expect("routes");
    assert!(told(&engine, &ours).await.0.is_empty());

    // The grant stays in the way of nobody: routes go, and the grant as soon as they have detached.
    let destroy = plan_destroy(&ours, &observe(&engine, &ours).await);
    assert_eq!(destroy.counts(), (0, 2), "{destroy}");
    cloud
        .delete_peering(&attachment, PeeringKind::Attachment)
        .await
        .expect_err("routes use it");
    let error = engine.apply(&destroy).await.expect_err("it is attached");
    assert_eq!(error.failures()[0].1.kind(), ErrorKind::InUse, "{error}");
    remove_routes(&engine, B).await;
    clock.advance(MINUTE);
    cloud
        .delete_peering(&attachment, PeeringKind::Attachment)
        .await
        .expect("detached");
    let destroy = plan_destroy(&ours, &observe(&engine, &ours).await);
    clock.advance(MINUTE);
    engine.apply(&destroy).await.expect("our half goes");
    cloud.delete_hub(&hub).await.expect("theirs goes");
    clock.advance(MINUTE);
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn we_grant_our_network_to_their_hub_and_route_once_they_tell_the_attachment() {
    let (engine, _, clock) = crate::common::world();
    let ids = networks(&engine).await;
    let subnets = first_subnets(&engine).await;
    let place = Place::new(memory(), A, "r1");
    let cloud = engine.cloud(&place).await.expect("their keys");
    let label = |key: &str| Label::new("hub", Owner::new("theirs", key), Token::derive(&[key]));
    let hub = CreateHub::new(label("hub"), HubScope::Global);
    let hub = cloud.create_hub(&hub).await.expect("a hub").id;
    clock.advance(MINUTE);
    let parent = Some(hub.clone());
    let router = CreateHub::new(label("router"), HubScope::Regional { parent });
    let router = cloud.create_hub(&router).await.expect("a router").id;
    clock.advance(MINUTE);

    let mut ours = side("b", "a", &ids);
    ours.interconnects[0].model = ModelChoice::Hub;
    let (_, report) = told(&engine, &ours).await;
    assert!(report.codes().contains(&"side/no-hub"), "{report}");
    ours.interconnects[0].hub = Some(ExistingHub::new(hub.clone()));
    let range = "10.2.1.0/24".parse().expect("a range");
    let subnet = Subnet::new("s1", "r1-a", range).with_id(subnets[1].clone());
    ours.networks[1].subnets.push(subnet);
    let (plan, report) = told(&engine, &ours).await;
    assert!(report.passed(), "{report}");
    assert_eq!(steps(&plan), ["grant/core/two"], "{plan}");
    engine.apply(&plan).await.expect("granted");
    assert!(told(&engine, &ours).await.0.is_empty());
    let asked = document(&engine, &ours, &observe(&engine, &ours).await);
    assert!(asked.is_awaited(), "{asked}");
    assert!(
        asked
            .acts()
            .any(|act| matches!(act, Act::Attach { hub: of, edge: false, .. } if *of == hub)),
        "{asked}"
    );
    let consent = consented(&engine, &asked).await.expect("they agree");
    let attached = consent.plan.steps.iter();
    let attached = attached.filter(|step| step.key.to_string() == "attachment/core/two");
    assert_eq!(attached.count(), 1, "{}", consent.plan);
    engine.apply(&consent.plan).await.expect("attached");
    let select = PeeringSelect::all().with_hub(router);
    let attachments = cloud.list_peerings(&select).await.expect("attachments");
    let id = attachments[0].id.clone();
    ours.interconnects[0]
        .attachments
        .insert("two".to_owned(), id);
    let (plan, report) = told(&engine, &ours).await;
    assert!(!report.codes().contains(&"side/waits"), "{report}");
    assert_eq!(steps(&plan), ["route/two/main/10.1.0.0/16"], "{plan}");
    engine.apply(&plan).await.expect("routes");
    assert!(told(&engine, &ours).await.0.is_empty());
}

#[tokio::test]
async fn runs_of_both_sides_wait_for_each_other_and_then_are_ready() {
    let (engine, _) = world();
    let ids = networks(&engine).await;
    let (a, b) = (side("a", "a", &ids), side("b", "a", &ids));
    let run = async |topology: &Topology, intent: Intent| {
        let ended = engine.reconcile(topology.clone(), intent).ended().await;
        let text = serde_json::to_string(&ended.outcome).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Outcome>(&text).expect("the same"),
            ended.outcome
        );
        ended
    };
    let acts = |outcome: &Outcome| match outcome {
        Outcome::WaitingForPeer { peers, count } => {
            assert_eq!(*count, 1);
            Some((peers[0].account.to_string(), peers[0].acts))
        }
        _ => None,
    };
    // The requester has not asked yet: its owner is asked to.
    let early = run(&b, Intent::converge()).await.outcome;
    assert_eq!(acts(&early), Some((A.to_owned(), 1)), "{early:?}");
    let asked = run(&a, Intent::converge()).await;
    let (account, count) = acts(&asked.outcome).expect("it waits");
    assert_eq!((account.as_str(), count > 0), (B, true), "{asked:?}");
    assert!(asked.hand_overs[0].is_awaited());
    let again = run(&a, Intent::observe()).await.outcome;
    assert_eq!(again, asked.outcome, "as long as it waits");

    let accepted = run(&b, Intent::converge()).await.outcome;
    assert!(accepted.is_success(), "{accepted:?}");
    let ready = run(&a, Intent::converge()).await.outcome;
    assert!(
        matches!(&ready, Outcome::Ready { verdicts } if verdicts.undecided == verdicts.pairs),
        "{ready:?}"
    );
}
