//! Groups and instances that others made: used as they are, and left as they were.

use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::preflight::{Report, preflight};
use landbridge_core::topology::{Firewall, FirewallRuleSpec, Instance, RuleSource, Topology};
use landbridge_core::verify::{Traffic, Verdict, verify};
use landbridge_core::{
    Cloud, CreateGroup, Direction, GroupId, InstanceId, Label, NetworkId, Owner, Phase, Protocol,
    Rule, RulePeer, RunInstance, Select, Status, Token,
};

use crate::apply::apply;
use crate::brownfield::{at, joined, theirs};
use crate::common::{A, B, instance, world_like};

fn world() -> (Engine, MemoryProvider) {
    let (engine, provider, _) =
        world_like(|builder| builder.with_latency(std::time::Duration::ZERO));
    (engine, provider)
}

fn label(key: &str) -> Label {
    Label::new(key, Owner::new("theirs", key), Token::derive(&[key]))
}

async fn group_in(cloud: &dyn Cloud, network: &NetworkId, name: &str) -> GroupId {
    let request = CreateGroup::new(label(name), network.clone());
    cloud.create_group(&request).await.expect("a group").id
}

fn icmp(from: &str) -> Rule {
    let peer = RulePeer::Range(from.parse().expect("a range"));
    Rule::allow(Direction::Ingress, Protocol::Icmp, None, peer)
}

/// A firewall `probe` that lets pings between members in, in their network with an existing group.
fn guarded(topology: Topology, group: &GroupId) -> Topology {
    let members = [RuleSource::Members("core".to_owned())];
    let firewall = Firewall::new("probe", ["old", "new"])
        .with_group("old", group.clone())
        .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, members));
    topology.with_firewall(firewall)
}

async fn told(engine: &Engine, topology: &Topology) -> (Report, Plan) {
    let observation = engine.observe(topology).await.expect("observe");
    (
        preflight(topology, &observation),
        plan(topology, &observation),
    )
}

async fn destroy(engine: &Engine, topology: &Topology) {
    let observation = engine.observe(topology).await.expect("observe");
    let plan = plan_destroy(topology, &observation);
    engine.apply(&plan).await.expect("destroy");
}

fn code(report: &Report, code: &str) -> String {
    let finding = report.findings.iter().find(|finding| finding.code == code);
    finding.map_or_else(|| panic!("no {code} in {report}"), ToString::to_string)
}

#[tokio::test]
async fn rules_go_into_an_existing_group_and_leave_it_as_it_was() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (network, _) = theirs(cloud.as_ref()).await;
    let group = group_in(cloud.as_ref(), &network, "web").await;
    let foreign = [icmp("192.168.0.0/16")];
    let added = cloud.authorize_rules(&group, "theirs", &foreign).await;
    added.expect("rules of others");
    let before = provider.objects();
    let group_before = cloud.list_groups(&Select::All).await.expect("groups");

    let topology = guarded(joined(&network), &group);
    let (report, _) = told(&engine, &topology).await;
    assert!(report.passed(), "{report}");
    let note = code(&report, "group/used");
    assert!(
        note.contains(group.as_str()) && note.contains("web"),
        "{note}"
    );
    apply(&engine, &topology).await;

    let rules = cloud.list_rules(&group).await.expect("rules");
    let ours: Vec<_> = rules
        .iter()
        .filter(|rule| rule.rule == icmp("10.2.0.0/16"))
        .collect();
    assert_eq!(ours.len(), 1, "{rules:?}");
    assert_eq!(ours[0].topology.as_deref(), Some("demo"));
    assert_eq!(rules.len(), 2, "{rules:?}");
    assert_eq!(
        cloud.list_groups(&Select::All).await.expect("groups"),
        group_before,
        "no group is made, changed or tagged"
    );
    let (_, second) = told(&engine, &topology).await;
    assert!(second.is_empty(), "{second}");

    destroy(&engine, &topology).await;
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn a_rule_that_others_added_is_used_and_stays() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (network, _) = theirs(cloud.as_ref()).await;
    let group = group_in(cloud.as_ref(), &network, "web").await;
    let same = [icmp("10.2.0.0/16")];
    let added = cloud.authorize_rules(&group, "theirs", &same).await;
    added.expect("the rule of others");
    let topology = guarded(joined(&network), &group);

    let (report, first) = told(&engine, &topology).await;
    let note = code(&report, "rule/used");
    assert!(
        note.contains("10.2.0.0/16") && note.contains("topology theirs"),
        "{note}"
    );
    let adds = |plan: &Plan| plan.to_string().contains("rules/probe/old");
    assert!(!adds(&first), "{first}");
    apply(&engine, &topology).await;
    destroy(&engine, &topology).await;
    let rules = cloud.list_rules(&group).await.expect("rules");
    assert_eq!(rules.len(), 1, "{rules:?}");
    assert_eq!(rules[0].topology.as_deref(), Some("theirs"));
}

#[tokio::test]
async fn rules_are_taken_out_of_a_group_that_the_topology_no_longer_names() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (network, _) = theirs(cloud.as_ref()).await;
    let group = group_in(cloud.as_ref(), &network, "web").await;
    let other = group_in(cloud.as_ref(), &network, "db").await;
    apply(&engine, &guarded(joined(&network), &group)).await;
    let count = async |group: &GroupId| cloud.list_rules(group).await.expect("rules").len();
    assert_eq!(count(&group).await, 1);

    apply(&engine, &guarded(joined(&network), &other)).await;
    assert_eq!((count(&group).await, count(&other).await), (0, 1));

    let without = joined(&network);
    apply(&engine, &without).await;
    assert_eq!((count(&group).await, count(&other).await), (0, 0));
    assert!(told(&engine, &without).await.1.is_empty());
}

#[tokio::test]
async fn an_existing_group_takes_the_place_of_our_own() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (network, _) = theirs(cloud.as_ref()).await;
    let group = group_in(cloud.as_ref(), &network, "web").await;
    let mut own = guarded(joined(&network), &group);
    own.firewalls[0].groups.clear();
    apply(&engine, &own).await;
    assert_eq!(
        cloud.list_groups(&Select::All).await.expect("groups").len(),
        2
    );

    let theirs = guarded(joined(&network), &group);
    let (report, change) = told(&engine, &theirs).await;
    assert!(report.passed(), "{report}");
    assert_eq!(change.counts(), (1, 1), "{change}");
    apply(&engine, &theirs).await;
    assert_eq!(
        cloud.list_groups(&Select::All).await.expect("groups").len(),
        1
    );
    assert!(told(&engine, &theirs).await.1.is_empty());

    apply(&engine, &own).await;
    assert_eq!(cloud.list_rules(&group).await.expect("rules").len(), 0);
    assert_eq!(
        cloud.list_groups(&Select::All).await.expect("groups").len(),
        2
    );
}

#[tokio::test]
async fn a_group_of_ours_goes_after_the_rules_that_name_it() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (network, _) = theirs(cloud.as_ref()).await;
    let group = group_in(cloud.as_ref(), &network, "web").await;
    let before = provider.objects();
    let mut topology = guarded(joined(&network), &group);
    let named = RuleSource::Group {
        firewall: "own".to_owned(),
        network: "old".to_owned(),
    };
    topology.firewalls[0]
        .rules
        .push(FirewallRuleSpec::allow(Protocol::Tcp, [named]));
    topology = topology.with_firewall(Firewall::new("own", ["old"]));
    apply(&engine, &topology).await;
    assert_eq!(cloud.list_rules(&group).await.expect("rules").len(), 2);
    destroy(&engine, &topology).await;
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn a_group_must_be_in_the_network_that_the_topology_says() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (network, _) = theirs(cloud.as_ref()).await;
    let group = group_in(cloud.as_ref(), &network, "web").await;
    let absent = guarded(joined(&network), &GroupId::new("sg-gone"));
    let writes = provider.write_count();
    let (report, _) = told(&engine, &absent).await;
    assert!(!report.passed(), "{report}");
    let error = code(&report, "group/absent");
    assert!(
        error.contains("sg-gone") && error.contains(group.as_str()),
        "{error}"
    );

    let mut elsewhere = guarded(joined(&network), &group);
    let id = elsewhere.firewalls[0].groups.remove("old").expect("named");
    elsewhere.firewalls[0].groups.insert("new".to_owned(), id);
    let (report, _) = told(&engine, &elsewhere).await;
    assert!(!report.passed(), "{report}");
    let error = code(&report, "group/absent");
    assert!(
        error.contains("network new") && error.contains("yet to be created"),
        "{error}"
    );
    assert_eq!(provider.write_count(), writes);
}

#[tokio::test]
async fn a_rule_that_names_a_group_needs_a_group_that_can() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (network, _) = theirs(cloud.as_ref()).await;
    let group = group_in(cloud.as_ref(), &network, "web").await;
    let mut topology = guarded(joined(&network), &group);
    let named = RuleSource::Group {
        firewall: "probe".to_owned(),
        network: "old".to_owned(),
    };
    topology.firewalls[0]
        .rules
        .push(FirewallRuleSpec::allow(Protocol::Tcp, [named]));
    topology.firewalls[0].networks.retain(|name| name == "old");
    let (report, _) = told(&engine, &topology).await;
    assert!(report.passed(), "{report}");
    let mut observation = engine.observe(&topology).await.expect("observe");
    for inventory in &mut observation.inventories {
        inventory
            .groups
            .iter_mut()
            .for_each(|group| group.references = false);
    }
    let report = preflight(&topology, &observation);
    assert!(code(&report, "group/references").contains(group.as_str()));
}

/// An instance of others in their network, protected by their group.
async fn instance_in(cloud: &dyn Cloud, group: &GroupId) -> InstanceId {
    let subnets = cloud.list_subnets(&Select::All).await.expect("subnets");
    let subnet = subnets[0].id.clone();
    let request = RunInstance::new(label("web-1"), subnet, vec![group.clone()], "big", "linux");
    cloud.run_instance(&request).await.expect("an instance").id
}

#[tokio::test]
async fn an_existing_instance_is_a_probe_and_stays() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (network, _) = theirs(cloud.as_ref()).await;
    let group = group_in(cloud.as_ref(), &network, "web").await;
    let id = instance_in(cloud.as_ref(), &group).await;
    let before = provider.objects();
    let instance_before = cloud.list_instances(&Select::All).await.expect("instances");
    let topology = guarded(joined(&network), &group)
        .with_instance(Instance::existing("theirs", "old", id.clone()))
        .with_instance(instance("ours", "new"));
    topology.check().expect("a valid topology");
    let (report, _) = told(&engine, &topology).await;
    assert!(report.passed(), "{report}");
    assert!(code(&report, "instance/used").contains(id.as_str()));

    apply(&engine, &topology).await;
    let verified = engine.verify(&topology).await.expect("verify");
    assert_eq!(verified.pairs.len(), 2, "{verified}");
    assert!(verified.passed(), "{verified}");
    let answered = |pair: &landbridge_core::verify::PairVerdict| {
        pair.ping.as_ref().is_some_and(|ping| ping.received == 4)
    };
    assert!(verified.pairs.iter().all(answered), "{verified}");
    assert_eq!(
        cloud.list_instances(&Select::All).await.expect("instances"),
        instance_before
    );
    assert!(told(&engine, &topology).await.1.is_empty());

    destroy(&engine, &topology).await;
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn the_groups_of_an_existing_instance_decide() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (network, _) = theirs(cloud.as_ref()).await;
    let web = group_in(cloud.as_ref(), &network, "web").await;
    let db = group_in(cloud.as_ref(), &network, "db").await;
    let id = instance_in(cloud.as_ref(), &db).await;
    // The rules go into another group than the one that protects the instance.
    let topology = guarded(joined(&network), &web)
        .with_instance(Instance::existing("theirs", "old", id))
        .with_instance(instance("ours", "new"));
    apply(&engine, &topology).await;
    let verified = engine.verify(&topology).await.expect("verify");
    let blocked = verified
        .pairs
        .iter()
        .find(|pair| pair.destination == "theirs");
    let blocked = blocked.expect("the pair");
    assert_eq!(blocked.verdict(), Verdict::Blocked, "{verified}");
    assert!(verified.to_string().contains(db.as_str()), "{verified}");
}

#[tokio::test]
async fn a_stopped_instance_is_a_warning_and_its_paths_are_blocked() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (network, _) = theirs(cloud.as_ref()).await;
    let group = group_in(cloud.as_ref(), &network, "web").await;
    let id = instance_in(cloud.as_ref(), &group).await;
    let topology = guarded(joined(&network), &group)
        .with_instance(Instance::existing("theirs", "old", id.clone()))
        .with_instance(instance("ours", "new"));
    apply(&engine, &topology).await;
    let mut observation = engine.observe(&topology).await.expect("observe");
    let mut all = observation
        .inventories
        .iter_mut()
        .flat_map(|place| &mut place.instances);
    let record = all.find(|record| record.id == id).expect("the instance");
    record.status = Status::new(Phase::Pending, "Stopped");
    let report = preflight(&topology, &observation);
    assert!(report.passed(), "{report}");
    assert!(code(&report, "instance/stopped").contains("Stopped"));
    assert!(plan(&topology, &observation).is_empty());

    let verified = verify(&topology, &observation, Traffic::PING);
    for pair in &verified.pairs {
        assert_eq!(pair.verdict(), Verdict::Blocked, "{verified}");
        assert_eq!(
            pair.pingable,
            pair.source == "ours",
            "what is stopped sends nothing"
        );
    }
}

#[tokio::test]
async fn an_instance_must_be_in_the_network_that_the_topology_says() {
    let (engine, provider) = world();
    let cloud = at(&provider, A).await;
    let (network, _) = theirs(cloud.as_ref()).await;
    let with = |id: &str| joined(&network).with_instance(Instance::existing("x", "old", id));
    let (report, _) = told(&engine, &with("i-gone")).await;
    assert!(code(&report, "instance/absent").contains("i-gone"));

    let far = at(&provider, A).await;
    let (other, _) = {
        let range = "10.7.0.0/16".parse().expect("a range");
        let request = landbridge_core::CreateNetwork::new(label("network/other"), range);
        let other = far.create_network(&request).await.expect("a network").id;
        let subnet = landbridge_core::CreateSubnet::new(
            label("subnet/other"),
            other.clone(),
            "r1-a".into(),
            "10.7.1.0/24".parse().expect("a range"),
        );
        (
            other,
            far.create_subnet(&subnet).await.expect("a subnet").id,
        )
    };
    let group = group_in(far.as_ref(), &other, "far").await;
    let subnets = far.list_subnets(&Select::All).await.expect("subnets");
    let subnet = subnets
        .iter()
        .find(|subnet| subnet.network == other)
        .expect("theirs");
    let request = RunInstance::new(
        label("far-1"),
        subnet.id.clone(),
        vec![group],
        "big",
        "linux",
    );
    let id = far.run_instance(&request).await.expect("an instance").id;
    let (report, _) = told(&engine, &with(id.as_str())).await;
    let error = code(&report, "instance/elsewhere");
    assert!(
        error.contains(other.as_str()) && error.contains(network.as_str()),
        "{error}"
    );
}

fn problems(text: &str) -> String {
    let whole = format!(
        "{{ name: demo, accounts: [{{ name: a, cloud: memory, id: '{B}' }}],
           networks: [{{ name: one, account: a, region: r1, id: vpc-1 }}], {text} }}"
    );
    let error = Topology::from_text(&whole).expect_err("an invalid topology");
    error.to_string()
}

#[test]
fn an_existing_instance_says_its_network_and_nothing_else() {
    let missing = problems("instances: [{ name: x, id: i-1 }]");
    assert!(missing.contains("missing `network`"), "{missing}");
    let more =
        problems("instances: [{ name: x, id: i-1, network: one, type: big, password-env: P }]");
    assert!(more.contains("`type` does not go with `id`"), "{more}");
    assert!(
        more.contains("`password-env` does not go with `id`"),
        "{more}"
    );
    let twice = problems(
        "instances: [{ name: x, id: i-1, network: one }, { name: y, id: i-1, network: one }]",
    );
    assert!(twice.contains("name each instance once"), "{twice}");
    let new = problems("instances: [{ name: x }]");
    for key in ["subnet", "type", "image"] {
        assert!(new.contains(&format!("missing `{key}`")), "{new}");
    }
    let both = problems("instances: [{ name: x, network: one, subnet: one/s }]");
    assert!(both.contains("`network` goes with `id` only"), "{both}");
}

#[test]
fn an_existing_group_belongs_to_one_firewall_and_one_of_its_networks() {
    let stranger = problems("firewalls: [{ name: f, networks: [], groups: { one: sg-1 } }]");
    assert!(
        stranger.contains("invalid key `one` in `groups`"),
        "{stranger}"
    );
    let twice = problems(
        "firewalls: [{ name: f, networks: [one], groups: { one: sg-1 } },
                     { name: g, networks: [one], groups: { one: sg-1 } }]",
    );
    assert!(twice.contains("`sg-1` is named more than once"), "{twice}");
}
