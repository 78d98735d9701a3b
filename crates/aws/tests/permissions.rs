//! The policy that is made from a plan is enough for its steps, and nothing more.

mod common;

use common::*;
use landbridge_core::plan::{Plan, plan};
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
