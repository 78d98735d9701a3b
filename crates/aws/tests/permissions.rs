//! The policy that is made from a plan is enough for its steps, and nothing more.

mod common;

use common::*;
use landbridge_core::plan::{Plan, plan};
use landbridge_core::policy::{Purpose, policies};
use landbridge_core::topology::Topology;
use landbridge_core::trust::actions_of;
use landbridge_core::{
    AccountId, CallerIdentity, CloudProvider, IdentityKind, Inventory, Observation,
};

const TOPOLOGY: &str = r#"
name: two
accounts:
  - { name: requester, cloud: aws, id: "011111111111" }
  - { name: accepter, cloud: aws, id: "022222222222" }
networks:
  - { name: app, account: requester, region: eu-central-1, range: 10.1.0.0/16 }
  - { name: data, account: accepter, region: eu-central-1, range: 10.2.0.0/16 }
interconnects:
  - { name: pair, owner: requester, model: mesh, members: [app, data] }
"#;

fn planned() -> (Plan, Observation) {
    let topology = Topology::from_text(TOPOLOGY).expect("a topology");
    let provider = provider("http://127.0.0.1:1", FakeClock::new());
    let empty = |place: landbridge_core::Place| {
        let identity =
            CallerIdentity::new(place.account.clone(), IdentityKind::User, String::new());
        Inventory::new(place, identity)
    };
    let inventories = topology.places().into_iter().map(empty).collect();
    let observation = Observation::new([provider.capabilities().clone()], inventories);
    (plan(&topology, &observation), observation)
}

fn writes_of(account: &str) -> Vec<String> {
    let (plan, observation) = planned();
    let mut actions = actions_of(&plan, &observation, &AccountId::new(account));
    let reads = &observation
        .capabilities
        .values()
        .next()
        .expect("one")
        .read_permissions;
    assert!(reads.iter().all(|action| actions.contains(action)));
    actions.retain(|action| !reads.contains(action));
    actions
}

#[test]
fn each_side_may_do_its_part_and_no_more() {
    assert_eq!(
        writes_of(ACCOUNT),
        [
            "ec2:CreateRoute",
            "ec2:CreateTags",
            "ec2:CreateVpc",
            "ec2:CreateVpcPeeringConnection",
            "ec2:ReplaceRoute",
        ]
    );
    assert_eq!(
        writes_of(PEER),
        [
            "ec2:AcceptVpcPeeringConnection",
            "ec2:CreateRoute",
            "ec2:CreateTags",
            "ec2:CreateVpc",
            "ec2:ReplaceRoute",
        ]
    );
}

#[test]
fn resources_are_of_the_partition_of_their_region() {
    let text = TOPOLOGY.replace("eu-central-1", "cn-north-1");
    let topology = Topology::from_text(&text).expect("a topology");
    let provider = provider("http://127.0.0.1:1", FakeClock::new());
    let capabilities = [provider.capabilities().clone()];
    let all = policies(&topology, &capabilities, |_| provider.policy_language());
    assert_eq!(all.len(), 2);
    for account in &all {
        let documents = account.documents_for(Purpose::Life);
        let statements = documents.flat_map(|document| &document.statements);
        let resources = statements.flat_map(|statement| &statement.resources);
        let named: Vec<&String> = resources.filter(|resource| *resource != "*").collect();
        assert!(!named.is_empty());
        let start = format!("arn:aws-cn:ec2:cn-north-1:{}:", account.account);
        assert!(
            named.iter().all(|resource| resource.starts_with(&start)),
            "{named:?}"
        );
    }
}

#[test]
fn every_action_of_a_topology_has_its_resources_and_nothing_but_reading_is_allowed_on_all() {
    let topology = Topology::from_text(TOPOLOGY).expect("a topology");
    let provider = provider("http://127.0.0.1:1", FakeClock::new());
    let capabilities = [provider.capabilities().clone()];
    for account in policies(&topology, &capabilities, |_| provider.policy_language()) {
        let documents = account.documents_for(Purpose::Life);
        for statement in documents.flat_map(|document| &document.statements) {
            let on_all = statement.resources.iter().any(|resource| resource == "*");
            assert_eq!(on_all, statement.sid == "Read", "{statement:?}");
        }
    }
}
