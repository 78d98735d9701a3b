//! The policies that are computed from a topology, on users of the simulated RAM: they are enough, and no more.

use std::path::Path;

use landbridge_core::ErrorKind;
use landbridge_core::engine::{Engine, EngineOptions};
use landbridge_core::plan::plan;
use landbridge_core::policy::{AccountPolicies, Purpose};
use landbridge_core::topology::{ModelChoice, Topology};
use landbridge_sim::{AccountSpec, BorderRouterSpec, Simulator};

use crate::whole_life::{gets_by, live, look, merged, policies_of, to_take_out, unneeded};
use crate::world::{A, B, World, place, two_accounts};

const CEN: &str = "cen-two-accounts.yaml";
const EDGE: &str = "ecr-two-accounts.yaml";
const DUAL_STACK: &str = "cen-dual-stack.yaml";

fn example(name: &str) -> Topology {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies");
    Topology::from_file(&path.join(name)).expect("the example is good")
}

fn mesh() -> Topology {
    let mut topology = example(CEN);
    topology.interconnects[0].model = ModelChoice::Mesh;
    topology
}

/// A simulator with what the examples name by ID.
async fn ground(topology: &Topology) -> Simulator {
    let simulator = Simulator::start().await.expect("the simulator starts");
    let _owners = World::on(simulator.clone(), two_accounts(), EngineOptions::default());
    if !topology.edges.is_empty() {
        let line = BorderRouterSpec::new(A, "cn-hangzhou")
            .id("vbr-bp1example")
            .prefix("10.9.0.0/16")
            .host("10.9.0.10");
        simulator.provision_border_router(line);
    }
    simulator
}

async fn computed(topology: &Topology) -> Vec<AccountPolicies> {
    let world = World::start(two_accounts()).await;
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
        AccountSpec::new("aliyun", account.account.as_str()).policy(policy)
    });
    World::on(simulator.clone(), specs, EngineOptions::default())
}

#[tokio::test]
async fn a_whole_life_takes_exactly_the_actions_of_its_policies() {
    for topology in [example(CEN), example(DUAL_STACK), example(EDGE), mesh()] {
        let policies = computed(&topology).await;
        let simulator = ground(&topology).await;
        let world = users(&simulator, &policies, Purpose::Life, None);
        let lived = live(&world.engine, &topology).await;
        assert_eq!(lived, Ok(()), "{}", topology.name);
        for account in &policies {
            let unneeded = unneeded(account, &simulator.calls());
            assert_eq!(unneeded, Vec::<String>::new(), "{}", account.name);
        }
        assert_eq!(simulator.alive(), vec![]);
    }
}

#[tokio::test]
async fn one_action_less_fails_with_that_action_named() {
    for topology in [example(CEN), example(EDGE), mesh()] {
        let policies = computed(&topology).await;
        for account in &policies {
            for action in to_take_out(account) {
                let simulator = ground(&topology).await;
                let without = Some((account.name.as_str(), action.as_str()));
                let world = users(&simulator, &policies, Purpose::Life, without);
                let lived = live(&world.engine, &topology).await;
                gets_by(&lived, account, &action, "(action ");
            }
        }
    }
}

#[tokio::test]
async fn the_policy_for_planning_reads_everything_and_writes_nothing() {
    for topology in [example(CEN), example(EDGE), mesh()] {
        let policies = computed(&topology).await;
        let simulator = ground(&topology).await;
        let planner = users(&simulator, &policies, Purpose::Plan, None);
        let observed = look(&planner.engine, &topology).await.expect("a plan");
        let steps = plan(&topology, &observed);
        assert!(!steps.is_empty());
        refused_to_write(&planner.engine, &steps, &simulator).await;

        let owners = World::on(simulator.clone(), two_accounts(), EngineOptions::default());
        owners.apply(&topology).await;
        let observed = look(&planner.engine, &topology).await.expect("a plan");
        assert!(plan(&topology, &observed).is_empty());
        let destroy = planner.engine.observe_for_destroy(&topology).await;
        let destroy = destroy.expect("a plan to destroy");
        let steps = landbridge_core::plan::plan_destroy(&topology, &destroy);
        refused_to_write(&planner.engine, &steps, &simulator).await;
        owners.destroy(&topology).await;
    }
}

/// Nothing of a plan gets written, and each first step is refused for want of a permission.
async fn refused_to_write(
    engine: &Engine,
    steps: &landbridge_core::plan::Plan,
    simulator: &Simulator,
) {
    let before = simulator.alive();
    let refused = engine.apply(steps).await.expect_err("only reads");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
    assert_eq!(simulator.alive(), before);
}

#[tokio::test]
async fn the_policy_ends_at_the_borders_of_its_regions() {
    let topology = example(CEN);
    let policies = computed(&topology).await;
    let simulator = ground(&topology).await;
    let owners = World::on(simulator.clone(), two_accounts(), EngineOptions::default());
    let users = users(&simulator, &policies, Purpose::Life, None);
    use landbridge_core::{CloudProvider, CreateNetwork, Label, Owner, Token};
    for (account, region, allowed) in [
        (A, "cn-qingdao", true),
        (A, "cn-beijing", false),
        (B, "cn-qingdao", false),
    ] {
        let owner = owners
            .provider
            .cloud(&place(account, region))
            .await
            .expect("a handle");
        let label = Label::new(
            "other",
            Owner::new("other", "n"),
            Token::derive(&[account, region]),
        );
        let range = "10.200.0.0/16".parse().expect("a range");
        let network = owner
            .create_network(&CreateNetwork::new(label, range))
            .await;
        let network = network.expect("made");
        simulator.advance(std::time::Duration::from_secs(60));
        let user = users
            .provider
            .cloud(&place(account, region))
            .await
            .expect("a handle");
        let deleted = user.delete_network(&network.id).await;
        match deleted {
            Ok(()) => assert!(allowed, "{account} {region}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
                assert!(!allowed, "{account} {region}");
            }
        }
    }
}
