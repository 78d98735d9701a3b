//! A topology from its file to the proof that nothing is left.

use std::sync::Arc;

use landbridge_aliyun::Aliyun;
use landbridge_aliyun::credential::StaticCredentials;
use landbridge_core::{CloudName, CloudProvider, Place, SubnetId};
use landbridge_sim::{FaultEffect, FaultRule};

use crate::common::{A, Running, World, small, text, wait};

#[test]
fn a_topology_is_made_mended_and_removed() {
    let world = World::start(600.0);
    let before = world.alive();
    let file = world.write("a topology.yaml", &small("acme_site", A, "default"));
    let mut worker = Running::start(&mut world.worker());

    let submit = ["submit", text(&file), "--on-drift", "repair", "--tick", "1"];
    let run = world.order(&[&submit[..], &["--wait", "90"]].concat());
    assert_eq!(run.code, Some(0), "{run:#?}\n{}", worker.text());
    assert!(run.stdout.starts_with("acme_site  ready"), "{run:#?}");
    let made = world.alive();
    assert!(made > before);

    delete_subnet(&world);
    wait("the repair", || {
        let status = world.order(&["status", "acme_site", "--json"]).document();
        status["drifts"] == 1 && status["phase"] == "ready"
    });
    assert_eq!(world.alive(), made);
    let list = world.order(&["list", "--tenant", "acme"]);
    assert!(list.stdout.starts_with("acme_site  ready"), "{list:#?}");

    let run = world.order(&["forget", "acme_site"]);
    assert_eq!(run.code, Some(2), "not deleted yet: {run:#?}");
    let run = world.order(&["delete", "acme_site", "--wait", "90", "--json"]);
    assert_eq!(run.code, Some(0), "{run:#?}\n{}", worker.text());
    assert_eq!(run.document()["outcome"]["outcome"], "removed");
    assert_eq!(world.alive(), before, "nothing is left");
    assert_eq!(world.order(&["forget", "acme_site"]).code, Some(0));
    assert_eq!(world.order(&["list", "--json"]).stdout, "[]\n");
    assert_eq!(worker.end(), Some(0));
    log_tells_runs_apart(&worker);
}

fn delete_subnet(world: &World) {
    let alive = world.simulator.alive();
    let subnet = alive.iter().find(|entry| entry.id.starts_with("vsw-"));
    let subnet = SubnetId::new(subnet.expect("a subnet").id.clone());
    let keys = StaticCredentials::new(&world.a.access_key_id, world.a.access_key_secret.clone());
    let provider = Aliyun::builder()
        .endpoint(&world.simulator.url())
        .expect("an address")
        .credentials(A, Arc::new(keys))
        .build()
        .expect("a provider");
    let place = Place::new(CloudName::from_static("aliyun"), A, "cn-hangzhou");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let cloud = provider.cloud(&place).await.expect("a place");
        cloud.delete_subnet(&subnet).await.expect("deleted");
    });
}

fn log_tells_runs_apart(worker: &Running) {
    let log = worker.log();
    let of = |message: &str| {
        let lines = log.iter().filter(|line| line["message"] == message);
        lines.cloned().collect::<Vec<_>>()
    };
    for line in of("step done") {
        for name in ["topology", "tenant", "generation", "run", "step"] {
            assert!(!line[name].is_null(), "{name}: {line}");
        }
    }
    let ended = of("run ended");
    for (goal, outcome) in [
        ("converge", "ready"),
        ("observe", "drifted"),
        ("remove", "removed"),
    ] {
        let found = |line: &serde_json::Value| line["goal"] == goal && line["outcome"] == outcome;
        assert!(ended.iter().any(found), "{goal}: {ended:#?}");
    }
}

#[test]
fn a_worker_that_is_told_to_end_gives_its_topologies_back() {
    let world = World::start(600.0);
    let throttle = FaultEffect::Throttle {
        retry_after_milliseconds: Some(1_000),
    };
    let throttle = FaultRule::new(throttle).action("CreateVSwitch");
    world.simulator.add_fault(throttle);
    let file = world.write("t.yaml", &small("acme_site", A, "default"));
    let mut worker = Running::start(&mut world.worker());
    assert_eq!(world.order(&["submit", text(&file)]).code, Some(0));
    wait("the write that is refused for now", || {
        let calls = world.simulator.calls();
        calls.iter().any(|call| call.action == "CreateVSwitch")
    });
    assert_eq!(worker.end(), Some(0), "{}", worker.text());

    let stored: serde_json::Value = serde_json::from_slice(
        &std::fs::read(world.store().join("link-acme_site.json")).expect("the document"),
    )
    .expect("JSON");
    assert!(stored["document"]["lease"].is_null(), "{stored:#}");
    let status = world.order(&["status", "acme_site", "--json"]).document();
    assert_eq!(status["phase"], "applying", "{status:#}");
    world.simulator.clear_faults();
    // The next one need not wait for the end of a lease.
    let mut next = Running::start(&mut world.worker());
    let run = world.order(&["status", "acme_site", "--wait", "90"]);
    assert_eq!(run.code, Some(0), "{run:#?}\n{}", next.text());
    assert_eq!(next.end(), Some(0));
}

#[test]
fn one_round_carries_out_what_is_due() {
    let world = World::start(600.0);
    let file = world.write("t.yaml", &small("acme_site", A, "default"));
    assert_eq!(world.order(&["submit", text(&file)]).code, Some(0));
    let run = crate::common::finished(world.worker().arg("--once"));
    assert_eq!(run.code, Some(0), "{run:#?}");
    let status = world.order(&["status", "acme_site"]);
    assert!(status.stdout.starts_with("acme_site  ready"), "{status:#?}");
}
