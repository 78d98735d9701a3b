//! Probes for the time of a verification: made, used and removed, whatever happens between.

use landbridge_core::engine::Engine;
use landbridge_core::memory::{FaultPoint, MemoryProvider};
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::probe::{ProbeError, ProbeFailure, ProbeOptions, ProbePlan, plan_probe};
use landbridge_core::topology::{Holder, Instance, ModelChoice, Topology};
use landbridge_core::verify::{Connection, Traffic};
use landbridge_core::{Capabilities, ErrorKind, Model, Observation};
use tokio_util::sync::CancellationToken;

use crate::apply::apply;
use crate::common::{memory, topology, world, world_like};

/// The usual networks without instances and firewalls.
fn bare() -> Topology {
    let mut topology = topology();
    topology.instances.clear();
    topology.firewalls.clear();
    topology
}

async fn applied(topology: &Topology) -> (Engine, MemoryProvider, Observation) {
    let (engine, provider, _) = world();
    apply(&engine, topology).await;
    let observation = engine.observe(topology).await.expect("observe");
    (engine, provider, observation)
}

fn planned(topology: &Topology, seen: &Observation) -> ProbePlan {
    plan_probe(topology, seen, &ProbeOptions::default()).expect("a plan")
}

async fn is_empty(engine: &Engine, topology: &Topology) -> bool {
    let seen = engine.observe(topology).await.expect("observe");
    plan(topology, &seen).is_empty()
}

#[tokio::test]
async fn probes_ping_each_other_and_are_gone() {
    let topology = bare();
    let (engine, provider, seen) = applied(&topology).await;
    let before = provider.objects();
    let probe = planned(&topology, &seen);
    let text = probe.to_string();
    assert!(
        text.contains("3 instances for the time of the verification"),
        "{text}"
    );
    assert!(text.contains("probe-one-s1: small in one/s1"), "{text}");
    let verified = engine.probe(&probe).await.expect("verdicts");
    let report = &verified.report;
    assert!(report.passed() && report.pairs.len() == 6, "{report}");
    assert!(
        report.pairs.iter().all(|pair| pair.ping.is_some()),
        "{report}"
    );
    assert_eq!(provider.objects(), before);
    assert!(is_empty(&engine, &topology).await);
    assert_eq!(
        verified.removed.steps, 6,
        "three instances and three groups"
    );
}

#[tokio::test]
async fn probes_let_in_the_traffic_and_the_networks_that_are_asked_about_and_no_other() {
    let topology = bare();
    let (engine, provider, seen) = applied(&topology).await;
    let web = ProbeOptions::default().with_traffic(Traffic::tcp(443));
    let probe = plan_probe(&topology, &seen, &web).expect("a plan");
    let with = &probe.topology;
    assert!(plan(with, &seen).steps.len() == probe.steps.steps.len());
    let (run, mut events) = engine.clone().with_event_stream();
    let report = run.probe(&probe).await.expect("verdicts").report;
    drop(run);
    while events.next().await.is_some() {}
    assert!(report.passed(), "{report}");
    for pair in &report.pairs {
        let tried = pair.connection.as_ref().and_then(|tried| tried.outcome);
        assert_eq!(tried, Some(Connection::Refused), "{pair}");
    }
    let pings = landbridge_core::verify::verify(with, &seen, Traffic::PING);
    assert!(!pings.passed(), "no rule lets pings in: {pings}");
    for firewall in &with.firewalls {
        assert_eq!(firewall.rules.len(), 1, "{firewall:?}");
        assert_eq!(firewall.rules[0].from.len(), 2, "{firewall:?}");
    }
    assert!(
        !provider
            .objects()
            .iter()
            .any(|object| object.contains("probe"))
    );
}

#[tokio::test]
async fn what_a_probe_finds_broken_is_told_and_nothing_of_the_topology_is_mended() {
    let topology = bare();
    let (engine, provider, seen) = applied(&topology).await;
    let place = landbridge_core::Place::new(crate::common::memory(), crate::common::B, "r1");
    let here = seen.at(&place).expect("the place of `two`");
    let route = here.routes.iter().find(|route| {
        route.origin == landbridge_core::RouteOrigin::Custom
            && route.destination.to_string() == "10.3.0.0/16"
    });
    let route = route.expect("a route");
    let landbridge_core::NextHop::Peering(hop) = &route.next_hop else {
        panic!("a peering")
    };
    let cloud = provider.memory_cloud(&place).expect("a handle");
    let range = route.destination.range().expect("a CIDR block");
    use landbridge_core::Routing as _;
    cloud
        .delete_route(&route.table, &range, hop)
        .await
        .expect("deleted");
    let seen = engine.observe(&topology).await.expect("observe");
    assert!(!plan(&topology, &seen).is_empty());
    // The route is on its way out for a while.
    let mut before = provider.objects();
    before.retain(|object| !object.ends_with("(deleting)"));
    let report = engine
        .probe(&planned(&topology, &seen))
        .await
        .expect("verdicts")
        .report;
    assert!(report.failed() && report.reachable() == 4, "{report}");
    for pair in report.pairs.iter().filter(|pair| !pair.reachable()) {
        let ping = pair.ping.as_ref().expect("pings");
        assert_eq!((ping.sent, ping.received), (4, 0), "{pair}");
    }
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn a_network_with_an_instance_needs_no_probe_and_takes_part() {
    let mut topology = topology();
    topology.instances.retain(|instance| instance.name == "i1");
    let (engine, provider, seen) = applied(&topology).await;
    let before = provider.objects();
    let probe = planned(&topology, &seen);
    let names: Vec<&str> = probe
        .instances
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["probe-two-s1", "probe-three-s1"]);
    assert_eq!(probe.not_probed[0].network, "one");
    let report = engine.probe(&probe).await.expect("verdicts").report;
    assert!(report.passed() && report.pairs.len() == 6, "{report}");
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn chosen_subnets_get_a_probe_each_and_unknown_ones_are_refused() {
    let topology = bare();
    let (engine, _, seen) = applied(&topology).await;
    let path = |text: &str| text.parse().expect("a path");
    let options = ProbeOptions::default()
        .with_subnet(path("one/s1"))
        .with_subnet(path("one/s2"))
        .with_subnet(path("three/s2"))
        .with_instance_type("tiny".to_owned());
    let probe = plan_probe(&topology, &seen, &options).expect("a plan");
    assert!(
        probe
            .instances
            .iter()
            .all(|one| one.instance_type == "tiny")
    );
    let report = engine.probe(&probe).await.expect("verdicts").report;
    // Two in one network, and one in another, in both directions.
    assert!(report.passed() && report.pairs.len() == 4, "{report}");
    for (bad, expected) in [
        ("nine/s1", "no network `nine`"),
        ("one/s9", "expected the name or ID of a subnet that exists"),
    ] {
        let options = ProbeOptions::default().with_subnet(path(bad));
        let error = plan_probe(&topology, &seen, &options).expect_err(bad);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_be_probed_is_refused_with_the_reason() {
    let topology = bare();
    let (_, _, seen) = applied(&topology).await;
    let refused = |topology: &Topology, options: &ProbeOptions, expected: &str| {
        let error = plan_probe(topology, &seen, options).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    };
    let none = ProbeOptions::default();
    let udp = none.clone().with_traffic(Traffic::udp(53));
    refused(&topology, &udp, "udp 53 cannot be probed");
    let mut taken = topology.clone();
    taken.networks[0].subnets[0].name = "s1".to_owned();
    taken
        .instances
        .push(Instance::existing("probe-one-s1", "two", "i-1"));
    refused(
        &taken,
        &none,
        "the topology has the instance `probe-one-s1`",
    );
    let mut others = topology.clone();
    for account in &mut others.accounts {
        account.held_by = Holder::Other;
    }
    refused(&others, &none, "account a is held by other");

    // Before the first apply there is nothing to stand in.
    let (engine, _, _) = world();
    let empty = engine.observe(&topology).await.expect("observe");
    let error = plan_probe(&topology, &empty, &none).expect_err("no subnet");
    assert!(
        error.to_string().contains("apply the topology first"),
        "{error}"
    );
}

#[tokio::test]
async fn a_cloud_that_runs_no_commands_gets_no_probe() {
    let (engine, _, _) = world_like(|builder| {
        let mut capabilities = Capabilities::new(memory(), vec![Model::Mesh]);
        capabilities.commands = false;
        builder.with_capabilities(capabilities)
    });
    let mut topology = bare();
    let mesh = topology.interconnects[0].clone();
    topology.interconnects = vec![mesh.with_model(ModelChoice::Mesh)].into();
    apply(&engine, &topology).await;
    let seen = engine.observe(&topology).await.expect("observe");
    let error = plan_probe(&topology, &seen, &ProbeOptions::default()).expect_err("no commands");
    let expected = "Landbridge runs no commands on instances of cloud memory";
    assert!(error.to_string().contains(expected), "{error}");
}

#[tokio::test]
async fn a_failure_of_any_write_leaves_no_probe() {
    let topology = bare();
    let (engine, provider, seen) = applied(&topology).await;
    let before = provider.objects();
    let probe = planned(&topology, &seen);
    let writes = probe.steps.steps.len();
    for point in [FaultPoint::Before, FaultPoint::After] {
        for index in 0..writes {
            provider.fail_call(index, point, ErrorKind::PermissionDenied);
            let error = engine.probe(&probe).await.expect_err("a step fails");
            assert!(matches!(error.failure, ProbeFailure::Making(_)), "{error}");
            assert_eq!(error.left, Vec::<String>::new(), "{error}");
            assert!(
                error.to_string().contains("nothing of the probes is left"),
                "{error}"
            );
            assert_eq!(provider.objects(), before, "write {index}");
        }
    }
}

#[tokio::test]
async fn a_cancellation_at_any_moment_leaves_no_probe() {
    let topology = bare();
    let (engine, provider, seen) = applied(&topology).await;
    let before = provider.objects();
    let probe = planned(&topology, &seen);
    for index in 0..probe.steps.steps.len() {
        let cancel = CancellationToken::new();
        let token = cancel.clone();
        let at = provider.write_count() + index;
        provider.on_write(move |write, _| {
            if write == at {
                token.cancel();
            }
        });
        let run = engine.clone().with_cancellation(cancel);
        let error = run.probe(&probe).await.expect_err("cancelled");
        assert_eq!(error.kind(), ErrorKind::Cancelled, "write {index}: {error}");
        assert_eq!(error.left, Vec::<String>::new(), "{error}");
        assert_eq!(provider.objects(), before, "write {index}");
    }
    // During the verification, too.
    let cancel = CancellationToken::new();
    let run = engine.clone().with_cancellation(cancel.clone());
    let (run, mut events) = run.with_event_stream();
    let watching = async {
        while let Some(record) = events.next().await {
            if matches!(record.event, landbridge_core::event::Event::Probing { .. }) {
                cancel.cancel();
            }
        }
    };
    let running = async {
        let ended = run.probe(&probe).await;
        drop(run);
        ended
    };
    let (ended, ()) = tokio::join!(running, watching);
    // What the pings told by then may be all there was to tell.
    if let Err(error) = ended {
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    }
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn a_time_limit_ends_the_verification_and_not_the_removal() {
    let topology = bare();
    let (engine, provider, seen) = applied(&topology).await;
    let before = provider.objects();
    let probe = planned(&topology, &seen);
    let run = engine.with_time_limit(std::time::Duration::from_secs(5));
    let error = run
        .probe(&probe)
        .await
        .expect_err("no instance is ready in 5 s");
    assert!(error.left.is_empty(), "{error}");
    assert_eq!(provider.objects(), before);
}

#[tokio::test]
async fn probes_that_cannot_be_removed_are_named_and_go_with_the_next_apply() {
    let topology = bare();
    let (engine, provider, seen) = applied(&topology).await;
    let before = provider.objects();
    let probe = planned(&topology, &seen);
    let writes = probe.steps.steps.len();
    provider.fail_call(writes, FaultPoint::Before, ErrorKind::PermissionDenied);
    let error = engine.probe(&probe).await.expect_err("a removal fails");
    assert!(
        matches!(error.failure, ProbeFailure::Removing(_)),
        "{error}"
    );
    assert!(!error.left.is_empty(), "{error}");
    let verdicts = error.verdicts.as_deref();
    let (report, _) = verdicts.expect("the verdicts were there before");
    assert!(report.passed(), "{report}");
    assert!(error.to_string().contains("landbridge destroy"), "{error}");
    apply(&engine, &topology).await;
    assert_eq!(provider.objects(), before);
}

/// A run whose process is killed after its `index`-th write.
async fn killed(engine: &Engine, provider: &MemoryProvider, probe: &ProbePlan, index: usize) {
    provider.kill_after(index);
    let ended: Option<Result<_, ProbeError>> = {
        let run = engine.probe(probe);
        tokio::select! {
            ended = run => Some(ended),
            () = dead(provider) => None,
        }
    };
    assert!(ended.is_none(), "a call is never answered");
    provider.revive();
}

// The killed calls never end; whatever else can happen has happened after so many turns.
async fn dead(_: &MemoryProvider) {
    for _ in 0..20_000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_killed_run_leaves_what_the_next_apply_destroy_or_probe_removes() {
    let topology = bare();
    let (engine, provider, seen) = applied(&topology).await;
    let before = provider.objects();
    let probe = planned(&topology, &seen);
    for index in 0..2 * probe.steps.steps.len() - 3 {
        killed(&engine, &provider, &probe, index).await;
        let seen = engine.observe(&topology).await.expect("observe");
        let next = plan(&topology, &seen);
        assert!(
            next.steps.iter().all(|step| step.op.is_delete()),
            "write {index}: {next}"
        );
        match index % 2 {
            0 => {
                engine.apply(&next).await.expect("removed");
            }
            // Another run uses what is there, and removes all of it.
            _ => {
                let again = planned(&topology, &seen);
                assert!(again.steps.steps.len() <= probe.steps.steps.len());
                let report = engine.probe(&again).await.expect("verdicts").report;
                assert!(report.passed(), "write {index}: {} {report}", again.steps);
            }
        }
        assert_eq!(provider.objects(), before, "write {index}");
    }
    killed(&engine, &provider, &probe, probe.steps.steps.len() - 1).await;
    let seen = engine.observe(&topology).await.expect("observe");
    engine
        .apply(&plan_destroy(&topology, &seen))
        .await
        .expect("destroyed");
    assert_eq!(provider.objects(), Vec::<String>::new());
}
