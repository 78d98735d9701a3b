//! Accounts of AWS.

use landbridge_sim::{AccountSpec, RoleSpec};

use crate::common::{Running, World, secret, text, wait};

const REQUESTER: &str = "111122223333";
const ACCEPTER: &str = "444455556666";

/// Two VPCs in two accounts: the keys of the first one are a secret, and assume a role in the second one.
fn peering() -> String {
    format!(
        "name: acme_pair
accounts:
  - {{ name: one, cloud: aws, id: \"{REQUESTER}\", credentials: {{ secret: hub }} }}
  - name: two
    cloud: aws
    id: \"{ACCEPTER}\"
    credentials: {{ assume-role: {{ role: 'arn:aws:iam::{ACCEPTER}:role/landbridge', from: one }} }}
networks:
  - {{ name: app, account: one, region: us-east-1, range: 10.1.0.0/16,
      subnets: [{{ name: s, zone: us-east-1a, range: 10.1.1.0/24 }}] }}
  - {{ name: data, account: two, region: eu-central-1, range: 10.2.0.0/16,
      subnets: [{{ name: s, zone: eu-central-1a, range: 10.2.1.0/24 }}] }}
interconnects:
  - {{ name: pair, owner: one, model: mesh, members: [app, data] }}
"
    )
}

#[test]
fn two_accounts_of_aws_are_peered_looked_at_and_left_empty() {
    let world = World::start(600.0);
    let [keys, _] = [REQUESTER, ACCEPTER].map(|id| {
        world
            .simulator
            .provision(AccountSpec::new("aws", id).name(id))
    });
    let role = RoleSpec::new(ACCEPTER, "landbridge").trust(REQUESTER);
    assert!(world.simulator.provision_role(role));
    world.write("secrets/acme/hub", &secret(&keys));
    let before = world.alive();
    let mut command = world.worker_without_keys();
    command.arg("--secrets").arg(world.path("secrets"));
    command.args(["--aws-endpoint", &world.simulator.url()]);
    let mut worker = Running::start(&mut command);

    let file = world.write("pair.yaml", &peering());
    let run = world.order(&["submit", text(&file), "--tick", "1", "--wait", "90"]);
    assert_eq!(run.code, Some(0), "{run:#?}\n{}", worker.text());
    assert!(run.stdout.starts_with("acme_pair  ready"), "{run:#?}");
    let made = world.simulator.alive();
    let peering = made.iter().find(|entry| entry.id.starts_with("pcx-"));
    assert_eq!(peering.expect("a peering").account, REQUESTER);
    wait("a look at it", || {
        let status = world.order(&["status", "acme_pair", "--json"]).document();
        status["ticks"].as_u64() > Some(0) && status["phase"] == "ready"
    });

    let run = world.order(&["delete", "acme_pair", "--wait", "90"]);
    assert_eq!(run.code, Some(0), "{run:#?}\n{}", worker.text());
    assert_eq!(world.alive(), before, "nothing is left");
    assert_eq!(worker.end(), Some(0));
    for text in [world.stored(), worker.text()] {
        assert!(!text.contains(&keys.access_key_secret), "a secret was kept");
    }
}
