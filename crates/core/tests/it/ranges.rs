//! Secondary CIDR blocks of networks of the topology.

use ipnet::IpNet;
use landbridge_core::drift::drift;
use landbridge_core::engine::Engine;
use landbridge_core::object::ObjectKey;
use landbridge_core::plan::{Plan, PlanOptions, StepKey, plan, plan_destroy, plan_with};
use landbridge_core::preflight::{Report, preflight, preflight_with};
use landbridge_core::topology::{Interconnect, ModelChoice, Network, Subnet, Topology};
use landbridge_core::{CreateSubnet, Label, Network as _, NetworkId, Owner, Select, Token};

use crate::apply::apply;
use crate::common::{network, topology, world};

fn range(text: &str) -> IpNet {
    text.parse().expect("a range")
}

fn second() -> IpNet {
    range("10.101.0.0/16")
}

/// Network `one` with the secondary CIDR block 10.101.0.0/16, its instance in a subnet there.
fn widened(model: ModelChoice) -> Topology {
    let mut topology = topology();
    topology.interconnects[0] =
        Interconnect::new("core", "a", ["one", "two", "three"]).with_model(model);
    let one = &mut topology.networks[0];
    one.ranges = vec![second()];
    let subnet = Subnet::new("far", "r1-a", range("10.101.7.0/24"));
    one.subnets.push(subnet);
    topology.instances[0].subnet = Some("one/far".parse().expect("a path"));
    topology
}

fn keys(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter();
    steps.map(|step| step.key.to_string()).collect()
}

fn created(plan: &Plan, key: &ObjectKey) -> usize {
    let key = StepKey::create(key.clone());
    let mut steps = plan.steps.iter();
    let place = steps.position(|step| step.key == key);
    place.unwrap_or_else(|| panic!("no step {key}\n{plan}"))
}

async fn looked(engine: &Engine, topology: &Topology, options: &PlanOptions) -> (Report, Plan) {
    let observation = engine.observe(topology).await.expect("observe");
    (
        preflight_with(topology, &observation, options),
        plan_with(topology, &observation, options),
    )
}

async fn expect_up(engine: &Engine, topology: &Topology) {
    let (report, second) = looked(engine, topology, &PlanOptions::default()).await;
    assert_eq!(report.codes(), [""; 0], "{report}");
    assert!(second.is_empty(), "{second}");
    let verified = engine.verify(topology).await.expect("verify");
    assert!(verified.passed() && verified.pairs.len() == 6, "{verified}");
}

#[tokio::test]
async fn packets_reach_a_subnet_of_a_secondary_range_in_both_models_and_destroy_leaves_nothing() {
    for model in [ModelChoice::Mesh, ModelChoice::Hub] {
        let (engine, provider, _) = world();
        let topology = widened(model);
        let observation = engine.observe(&topology).await.expect("observe");
        let plan = plan(&topology, &observation);
        let added = created(&plan, &ObjectKey::range("one", second()));
        assert!(created(&plan, &ObjectKey::network("one")) < added);
        assert!(added < created(&plan, &ObjectKey::subnet("one", "far")));
        let routes = plan.steps.iter().filter(|step| {
            let to = second();
            matches!(step.key.object(), ObjectKey::Route { destination, .. } if *destination == to)
        });
        assert_eq!(routes.count(), 2, "{plan}");
        apply(&engine, &topology).await;
        expect_up(&engine, &topology).await;
        let observation = engine.observe(&topology).await.expect("observe");
        let destroy = plan_destroy(&topology, &observation);
        engine.apply(&destroy).await.expect("destroy");
        assert_eq!(provider.objects(), [""; 0]);
    }
}

#[tokio::test]
async fn a_range_is_added_to_a_network_that_is_up_and_what_leads_to_it_waits() {
    for model in [ModelChoice::Mesh, ModelChoice::Hub] {
        let (engine, _, _) = world();
        let mut first = widened(model);
        first.networks[0] = network("one", "a", "r1", 1);
        first.instances[0].subnet = Some("one/s1".parse().expect("a path"));
        apply(&engine, &first).await;
        let mut wider = widened(model);
        wider.instances[0] = first.instances[0].clone();
        let (report, plan) = looked(&engine, &wider, &PlanOptions::default()).await;
        assert!(report.passed(), "{report}");
        let added = StepKey::create(ObjectKey::range("one", second()));
        let others = plan.steps.iter().filter(|step| step.key != added);
        // Rules only name the CIDR block.
        let is_rules = |key: &ObjectKey| matches!(key, ObjectKey::Rules { .. });
        let others = others.filter(|step| !is_rules(step.key.object()));
        let others: Vec<_> = others.collect();
        assert_eq!(others.len(), 3, "a subnet and two routes: {plan}");
        for step in others {
            assert!(step.depends_on.contains(&added), "{}\n{plan}", step.key);
        }
        apply(&engine, &wider).await;
        expect_up(&engine, &wider).await;
    }
}

#[tokio::test]
async fn a_range_that_is_dropped_is_told_and_removed_with_consent_after_all_that_needs_it() {
    let prune = PlanOptions::default().with_prune(true);
    for model in [ModelChoice::Mesh, ModelChoice::Hub] {
        let (engine, _, _) = world();
        let mut wider = widened(model);
        wider.instances[0] = topology().instances[0].clone();
        apply(&engine, &wider).await;
        let mut narrow = wider.clone();
        narrow.networks[0] = network("one", "a", "r1", 1);

        let (report, kept) = looked(&engine, &narrow, &PlanOptions::default()).await;
        assert_eq!(report.codes(), ["range/extra"], "{report}");
        assert!(report.passed());
        assert_eq!(keys(&kept), ["delete:subnet/one/far"], "{kept}");

        let (report, plan) = looked(&engine, &narrow, &prune).await;
        assert_eq!(report.codes(), [""; 0], "{report}");
        let last = plan.steps.last().expect("a step");
        let removed = StepKey::delete(ObjectKey::range("one", second()));
        assert_eq!(last.key, removed, "{plan}");
        assert_eq!(last.depends_on.len(), 3, "{plan}");
        engine.apply(&plan).await.expect("apply");
        expect_up(&engine, &narrow).await;
    }
}

async fn id_of(engine: &Engine, topology: &Topology, name: &str) -> NetworkId {
    let observation = engine.observe(topology).await.expect("observe");
    let mut networks = observation.inventories.iter().flat_map(|one| &one.networks);
    let key = ObjectKey::network(name);
    let is_it = |owner: &Owner| owner.key == key.to_string();
    let found = networks.find(|one| one.owner.as_ref().is_some_and(is_it));
    found.expect("the network").id.clone()
}

#[tokio::test]
async fn a_range_with_a_subnet_of_others_in_it_is_not_pruned() {
    let prune = PlanOptions::default().with_prune(true);
    let (engine, provider, _) = world();
    let topology = topology();
    apply(&engine, &topology).await;
    let id = id_of(&engine, &topology, "one").await;
    provider.add_range(&id, second()).expect("a range");
    let place = topology.place_of(&topology.networks[0]).expect("a place");
    let cloud = provider.memory_cloud(&place).expect("a place");
    let label = Label::new(
        "theirs",
        Owner::new("theirs", "subnet/theirs"),
        Token::derive(&["theirs"]),
    );
    let request = CreateSubnet::new(label, id, "r1-a".into(), range("10.101.3.0/24"));
    let subnet = cloud.create_subnet(&request).await.expect("a subnet");

    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert!(report.codes().contains(&"range/extra"), "{report}");
    let told = drift(&topology, &observation).to_string();
    assert!(told.contains("range/one/10.101.0.0/16"), "{told}");
    let report = preflight_with(&topology, &observation, &prune);
    assert!(report.codes().contains(&"range/in-use"), "{report}");
    assert!(report.to_string().contains(subnet.id.as_str()), "{report}");
    let left = cloud.list_subnets(&Select::All).await.expect("subnets");
    assert!(left.iter().any(|one| one.id == subnet.id));
}

#[tokio::test]
async fn a_range_takes_the_place_of_one_that_it_overlaps_only_with_consent() {
    let (engine, _, _) = world();
    let mut wider = widened(ModelChoice::Mesh);
    wider.networks[0].subnets.pop();
    wider.instances[0] = topology().instances[0].clone();
    apply(&engine, &wider).await;
    wider.networks[0].ranges = vec![range("10.101.0.0/17")];
    let (report, _) = looked(&engine, &wider, &PlanOptions::default()).await;
    assert!(report.codes().contains(&"range/taken"), "{report}");
    let prune = PlanOptions::default().with_prune(true);
    let (report, plan) = looked(&engine, &wider, &prune).await;
    assert!(report.passed(), "{report}");
    engine.apply(&plan).await.expect("apply");
    expect_up(&engine, &wider).await;
}

#[test]
fn wrong_ranges_are_refused_with_a_reason() {
    let problems = |ranges: &[&str], subnet: &str| {
        let network = Network::new("one", "a", "r1", range("10.1.0.0/16"))
            .with_ranges(ranges.iter().map(|text| range(text)))
            .with_subnet(Subnet::new("s", "r1-a", range(subnet)));
        let mut topology = topology();
        topology.networks[0] = network;
        topology.instances.clear();
        topology.check().map_err(|error| error.to_string())
    };
    assert_eq!(problems(&["10.101.0.0/16"], "10.101.1.0/24"), Ok(()));
    for (ranges, subnet, words) in [
        (
            &["10.1.128.0/17"][..],
            "10.1.1.0/24",
            "overlaps `10.1.0.0/16`",
        ),
        (
            &["10.101.0.0/16", "10.101.0.0/24"],
            "10.1.1.0/24",
            "overlaps `10.101.0.0/16`",
        ),
        (&["fd00::/56"], "10.1.1.0/24", "expected an IPv4 CIDR block"),
        (
            &["10.101.0.0/16"],
            "10.102.1.0/24",
            "expected a part of `10.1.0.0/16` or `10.101.0.0/16`",
        ),
    ] {
        let told = problems(ranges, subnet).expect_err("refused");
        assert!(told.contains(words), "{told}");
    }
}
