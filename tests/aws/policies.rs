//! The policies that are computed from a topology, on users of the simulated IAM: they are enough, and no more.

use std::path::Path;
use std::time::Duration;

use landbridge_core::engine::{Engine, EngineOptions};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::policy::{AccountPolicies, Purpose};
use landbridge_core::topology::Topology;
use landbridge_core::{
    CloudProvider, CreateNetwork, CreateRoute, ErrorKind, Label, NetworkId, Owner, PeeringId,
    TableRole, Token,
};
use landbridge_sim::{AccountSpec, Simulator};

use crate::whole_life::{gets_by, live, look, merged, policies_of, to_take_out, unneeded};
use crate::world::{A, B, World, place};

const PEERING: &str = "aws-peering-two-accounts.yaml";
const DUAL_STACK: &str = "aws-dual-stack.yaml";
const MESH: &str = "aws-mesh.yaml";
const EXISTING: &str = "aws-existing-networks.yaml";
const REGION: &str = "us-east-1";

fn example(name: &str) -> Topology {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies");
    Topology::from_file(&path.join(name)).expect("the example is good")
}

/// The example of existing VPCs, with two that its owners have made.
async fn existing(owners: &World) -> Topology {
    let mut ids = Vec::new();
    for (account, range) in [(A, "10.0.0.0/16"), (B, "10.8.0.0/16")] {
        ids.push(vpc_of_others(owners, account, REGION, range).await);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies");
    let text = std::fs::read_to_string(path.join(EXISTING)).expect("the example");
    let text = text
        .replace("vpc-0e0e0e0e0e0e0e001", ids[0].as_str())
        .replace("vpc-0e0e0e0e0e0e0e002", ids[1].as_str())
        .replace(
            "route-tables: [rtb-0e0e0e0e0e0e0e001, tier=private]",
            "route-tables: main",
        );
    Topology::from_text(&text).expect("the example is good")
}

async fn vpc_of_others(owners: &World, account: &str, region: &str, range: &str) -> NetworkId {
    let owner = owners.provider.cloud(&place(account, region)).await;
    let label = Label::new(
        "other",
        Owner::new("other", "network/n"),
        Token::derive(&[account, region]),
    );
    let request = CreateNetwork::new(label, range.parse().expect("a range"));
    let made = owner.expect("a handle").create_network(&request).await;
    owners.simulator.advance(Duration::from_secs(60));
    made.expect("made").id
}

async fn computed(topology: &Topology) -> Vec<AccountPolicies> {
    let world = World::start().await;
    policies_of(topology, world.provider.as_ref())
}

/// Users with these policies; `without` is an action that a user of this account lacks.
pub(crate) fn users(
    simulator: &Simulator,
    policies: &[AccountPolicies],
    purpose: Purpose,
    without: Option<(&str, &str)>,
) -> World {
    let specs = policies.iter().map(|account| {
        let lacks = without.filter(|(name, _)| *name == account.name);
        let policy = merged(account, purpose, lacks.map(|(_, action)| action));
        AccountSpec::new("aws", account.account.as_str()).policy(policy)
    });
    World::with(simulator.clone(), specs, EngineOptions::default())
}

#[tokio::test]
async fn a_whole_life_takes_exactly_the_actions_of_its_policies() {
    for name in [PEERING, DUAL_STACK, MESH, EXISTING] {
        let owners = World::start().await;
        let topology = match name {
            EXISTING => existing(&owners).await,
            name => example(name),
        };
        let (simulator, before) = (&owners.simulator, owners.alive());
        let policies = computed(&topology).await;
        let already = simulator.calls().len();
        let world = users(simulator, &policies, Purpose::Life, None);
        let lived = live(&world.engine, &topology).await;
        assert_eq!(lived, Ok(()), "{name}");
        for account in &policies {
            let unneeded = unneeded(account, &simulator.calls()[already..]);
            assert_eq!(unneeded, Vec::<String>::new(), "{name} {}", account.name);
        }
        assert_eq!(owners.alive(), before, "{name}");
    }
}

#[tokio::test]
async fn one_action_less_fails_with_that_action_named() {
    for name in [PEERING, DUAL_STACK, EXISTING] {
        let owners = World::start().await;
        let topology = match name {
            EXISTING => existing(&owners).await,
            name => example(name),
        };
        let policies = computed(&topology).await;
        for account in &policies {
            for action in to_take_out(account) {
                let (fresh, topology) = match name {
                    EXISTING => {
                        let fresh = World::start().await;
                        let topology = existing(&fresh).await;
                        (fresh, topology)
                    }
                    _ => (World::start().await, topology.clone()),
                };
                let policies = policies_of(&topology, fresh.provider.as_ref());
                let without = Some((account.name.as_str(), action.as_str()));
                let world = users(&fresh.simulator, &policies, Purpose::Life, without);
                let lived = live(&world.engine, &topology).await;
                gets_by(&lived, account, &action, "to perform: ");
            }
        }
    }
}

#[tokio::test]
async fn the_policy_for_planning_reads_everything_and_writes_nothing() {
    for name in [PEERING, DUAL_STACK] {
        let topology = example(name);
        let owners = World::start().await;
        let policies = policies_of(&topology, owners.provider.as_ref());
        let planner = users(&owners.simulator, &policies, Purpose::Plan, None);
        let observed = look(&planner.engine, &topology).await.expect("a plan");
        let steps = plan(&topology, &observed);
        assert!(!steps.is_empty());
        refused_to_write(&planner.engine, &steps, &owners).await;

        owners.apply(&topology).await;
        let observed = look(&planner.engine, &topology).await.expect("a plan");
        assert!(plan(&topology, &observed).is_empty());
        // It may send no pings, which leaves their pairs undecided.
        let verified = planner.engine.verify(&topology).await.expect("verify");
        assert!(!verified.failed(), "{verified}");
        let observed = planner.engine.observe_for_destroy(&topology).await;
        let steps = plan_destroy(&topology, &observed.expect("a plan to destroy"));
        refused_to_write(&planner.engine, &steps, &owners).await;
        owners.destroy(&topology).await;
    }
}

/// Nothing of a plan gets written, and each first step is refused for want of a permission.
async fn refused_to_write(engine: &Engine, steps: &Plan, owners: &World) {
    let before = owners.alive();
    let refused = engine.apply(steps).await.expect_err("only reads");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
    assert_eq!(owners.alive(), before);
}

#[tokio::test]
async fn what_others_made_is_out_of_reach() {
    let topology = example(PEERING);
    let owners = World::start().await;
    let policies = policies_of(&topology, owners.provider.as_ref());
    let user = users(&owners.simulator, &policies, Purpose::Life, None);
    let user = user
        .provider
        .cloud(&place(A, REGION))
        .await
        .expect("a handle");
    let other = vpc_of_others(&owners, A, REGION, "10.200.0.0/16").await;
    let denied = |result: landbridge_core::Result<()>| {
        let error = result.expect_err("not allowed");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    };
    denied(user.delete_network(&other).await);
    let strange = Owner::new("another-topology", "network/app");
    let label = Label::new("app", strange, Token::derive(&["app"]));
    let range = "10.10.0.0/16".parse().expect("a range");
    let made = user.create_network(&CreateNetwork::new(label, range)).await;
    denied(made.map(drop));
    // The same with the topology's own tag.
    let ours = Owner::new(&topology.name, "network/app");
    let label = Label::new("app", ours, Token::derive(&["app"]));
    let made = user.create_network(&CreateNetwork::new(label, range)).await;
    let made = made.expect("allowed");
    owners.simulator.advance(Duration::from_secs(60));
    user.delete_network(&made.id).await.expect("allowed");
    let elsewhere = users(&owners.simulator, &policies, Purpose::Life, None);
    let elsewhere = elsewhere.provider.cloud(&place(A, "eu-central-1")).await;
    let label = Label::new(
        "app",
        Owner::new(&topology.name, "network/app"),
        Token::derive(&["app", "elsewhere"]),
    );
    let made = elsewhere
        .expect("a handle")
        .create_network(&CreateNetwork::new(label, range))
        .await;
    denied(made.map(drop));
}

#[tokio::test]
async fn routes_of_existing_vpcs_are_written_in_their_tables_alone() {
    let owners = World::start().await;
    let topology = existing(&owners).await;
    let policies = policies_of(&topology, owners.provider.as_ref());
    let user = users(&owners.simulator, &policies, Purpose::Life, None);
    let user = user
        .provider
        .cloud(&place(A, REGION))
        .await
        .expect("a handle");
    let other = vpc_of_others(&owners, A, REGION, "10.201.0.0/16").await;
    let tables = user.list_route_tables(&[other]).await.expect("tables");
    let main = tables.iter().find(|table| table.role == TableRole::Main);
    let route = CreateRoute::new(
        main.expect("the main table").id.clone(),
        "10.202.0.0/16".parse().expect("a range"),
        PeeringId::new("pcx-0123456789abcdef0"),
    );
    let refused = user.create_route(&route).await.expect_err("not allowed");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
}
