//! Probes without standing instances, on AWS: with the role and the endpoints that their agents need, and without them afterwards.

use landbridge_core::CloudProvider;
use landbridge_core::event::Event;
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::policy::Purpose;
use landbridge_core::probe::{ProbeOptions, ProbePlan, plan_probe, with_probes};
use landbridge_core::topology::Topology;
use landbridge_core::verify::{Connection, Traffic};

use crate::policies::users;
use crate::whole_life::{look, policies_of};
use crate::world::{World, mesh};

async fn applied() -> (World, Topology) {
    let (world, topology) = (World::start().await, mesh(2));
    world.apply(&topology).await;
    (world, topology)
}

async fn planned(world: &World, topology: &Topology, options: &ProbeOptions) -> ProbePlan {
    let seen = world.engine.observe(topology).await.expect("observe");
    plan_probe(topology, &seen, options).expect("a plan")
}

#[tokio::test]
async fn probes_ping_and_connect_and_nothing_of_them_is_left() {
    let (world, topology) = applied().await;
    let before = world.alive();
    let probe = planned(&world, &topology, &ProbeOptions::default()).await;
    let steps = probe.steps.to_string();
    assert!(steps.contains("service-endpoint/"), "{steps}");
    assert!(steps.contains("agent-role/"), "{steps}");
    let report = world.engine.probe(&probe).await.expect("verdicts").report;
    assert!(report.passed() && report.pairs.len() == 2, "{report}");
    let pings = report.pairs.iter().filter_map(|pair| pair.ping.as_ref());
    assert!(pings.map(|ping| ping.received).eq([4; 2]), "{report}");
    assert_eq!(world.alive(), before);

    for (port, outcome) in [(22, Connection::Connected), (443, Connection::Refused)] {
        let options = ProbeOptions::default().with_traffic(Traffic::tcp(port));
        let probe = planned(&world, &topology, &options).await;
        let report = world.engine.probe(&probe).await.expect("verdicts").report;
        assert!(report.passed(), "{report}");
        for pair in &report.pairs {
            let tried = pair.connection.as_ref().and_then(|tried| tried.outcome);
            assert_eq!(tried, Some(outcome), "{report}");
        }
        assert_eq!(world.alive(), before);
    }
    assert!(world.plan(&topology).await.is_empty());
}

#[tokio::test]
async fn what_a_killed_run_left_goes_with_the_next_apply() {
    let (world, topology) = applied().await;
    let before = world.alive();
    for part in ["group/agent.endpoints", "service-endpoint/", "instance/"] {
        let probe = planned(&world, &topology, &ProbeOptions::default()).await;
        let (run, mut events) = world.engine.clone().with_event_stream();
        let seen = async {
            while let Some(record) = events.next().await {
                if let Event::StepDone { key, .. } = &record.event
                    && key.to_string().starts_with(part)
                {
                    return;
                }
            }
            panic!("no step {part}");
        };
        tokio::select! {
            ended = run.probe(&probe) => panic!("{part}: {ended:?}"),
            () = seen => {}
        }
        world.simulator.advance(std::time::Duration::from_secs(300));
        assert_ne!(world.alive(), before, "{part}");
        let seen = world.engine.observe(&topology).await.expect("observe");
        let removal = plan(&topology, &seen);
        assert!(
            removal.steps.iter().all(|step| step.op.is_delete()),
            "{removal}"
        );
        world.apply(&topology).await;
        assert_eq!(world.alive(), before, "{part}");
    }
}

/// Leaves what a probe leaves that is killed before its first group: the role in each account.
async fn leave_roles(world: &World, topology: &Topology) {
    let probe = planned(world, topology, &ProbeOptions::default()).await;
    let mut roles = probe.steps.clone();
    roles
        .steps
        .retain(|step| step.key.to_string().starts_with("agent-role/"));
    assert_eq!(roles.steps.len(), 2, "one in each account: {}", probe.steps);
    for step in &mut roles.steps {
        step.depends_on.clear();
    }
    world.engine.apply(&roles).await.expect("two roles");
}

#[tokio::test]
async fn a_role_that_a_killed_run_left_alone_goes_with_the_next_probe_or_with_the_topology() {
    let (world, topology) = applied().await;
    let before = world.alive();
    leave_roles(&world, &topology).await;
    assert_ne!(world.alive(), before);
    let probe = planned(&world, &topology, &ProbeOptions::default()).await;
    let report = world.engine.probe(&probe).await.expect("verdicts").report;
    assert!(report.passed(), "{report}");
    assert_eq!(world.alive(), before);

    leave_roles(&world, &topology).await;
    let residue = world.engine.residue(&topology, None).await.expect("read");
    let roles = residue.found.iter();
    let roles = roles.filter(|one| one.key.starts_with("agent-role/"));
    assert_eq!(roles.count(), 2, "{residue}");
    let seen = world.engine.observe_for_destroy(&topology).await;
    let destroy = plan_destroy(&topology, &seen.expect("observe"));
    world.engine.apply(&destroy).await.expect("destroyed");
    let residue = world.engine.residue(&topology, Some(&destroy)).await;
    let residue = residue.expect("read");
    assert!(residue.is_empty() && residue.is_decided(), "{residue}");
    assert_eq!(world.alive(), Vec::<String>::new());
}

#[tokio::test]
async fn the_policies_with_probes_are_enough_and_no_more() {
    let owners = World::start().await;
    let topology = mesh(2);
    let capabilities = [owners.provider.capabilities().clone()];
    let options = ProbeOptions::default();
    let (with, missing) = with_probes(&topology, &capabilities, &options).expect("probes");
    assert!(missing.is_empty(), "{missing:?}");
    let policies = policies_of(&with, owners.provider.as_ref());
    let world = users(&owners.simulator, &policies, Purpose::Life, None);
    let observed = look(&world.engine, &topology).await.expect("a plan");
    let steps = plan(&topology, &observed);
    world.engine.apply(&steps).await.expect("applied");
    let probe = planned(&world, &topology, &options).await;
    let report = world.engine.probe(&probe).await.expect("verdicts").report;
    assert!(report.passed(), "{report}");
    let observed = world.engine.observe_for_destroy(&topology).await;
    let steps = plan_destroy(&topology, &observed.expect("a plan to destroy"));
    world.engine.apply(&steps).await.expect("destroyed");
    assert_eq!(owners.alive(), Vec::<String>::new());

    let plain = policies_of(&topology, owners.provider.as_ref());
    for (with, plain) in policies.iter().zip(&plain) {
        let (with, plain) = (with.actions(Purpose::Life), plain.actions(Purpose::Life));
        for action in [
            "ec2:RunInstances",
            "ec2:CreateVpcEndpoint",
            "iam:PassRole",
            "ssm:SendCommand",
        ] {
            assert!(with.contains(action) && !plain.contains(action), "{action}");
        }
        assert_eq!(plain.difference(&with).count(), 0);
    }
}
