//! Workers, servers and lines fail at any moment. Each topology comes to the objects of an undisturbed run, none is made twice,
//! and nothing is left after a delete.

use std::net::SocketAddr;
use std::time::Duration;

use landbridge_core::ErrorKind;
use landbridge_fleet::restate::RestateOrders;
use landbridge_fleet::{LinkKey, Orders, Phase, Policy};
use tempfile::TempDir;

use crate::cloud::{Census, Cloud, key, more, three_networks, times, undisturbed};
use crate::life::phase;
use crate::proxy::{Line, Proxy};
use crate::server::Server;
use crate::worker::{Process, Settings, until};

/// A step that takes long.
const ATTACH: &str = "CreateTransitRouterVpcAttachment";

/// A server, a cloud, and a balancer in front of the workers.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) cloud: Cloud,
    pub(crate) orders: RestateOrders,
    balancer: Proxy,
    logs: TempDir,
    workers: std::cell::Cell<usize>,
}

impl World {
    pub(crate) async fn start() -> Option<Self> {
        let server = Server::start().await?;
        Some(Self::of(server, Cloud::start().await).await)
    }

    pub(crate) async fn of(server: Server, cloud: Cloud) -> Self {
        Self {
            orders: server.orders(),
            server,
            cloud,
            balancer: Proxy::start(Vec::new()).await,
            logs: TempDir::new().expect("a directory"),
            workers: std::cell::Cell::default(),
        }
    }

    /// A worker behind the balancer, which sends it all that is new.
    pub(crate) fn worker(&self) -> Process {
        let worker = self.process(&self.cloud.access.url);
        self.balancer.lead_to(vec![worker.address]);
        worker
    }

    /// Workers that share what the balancer sends.
    pub(crate) fn workers(&self, many: usize) -> Vec<Process> {
        let start = |_| self.process(&self.cloud.access.url);
        let workers: Vec<Process> = (0..many).map(start).collect();
        let all = workers.iter().map(|worker| worker.address);
        self.balancer.lead_to(all.collect());
        workers
    }

    /// A worker that nothing leads to, and that reaches the cloud there.
    fn process(&self, cloud: &str) -> Process {
        let number = self.workers.get() + 1;
        self.workers.set(number);
        let mut access = self.cloud.access.clone();
        access.url = cloud.to_owned();
        let settings = Settings {
            ingress: self.server.ingress(),
            access,
        };
        Process::start(
            &settings,
            &self.logs.path().join(format!("worker-{number}")),
        )
    }

    /// A proxy to the cloud, and a worker that uses it.
    async fn worker_with_line(&self) -> (Process, Proxy) {
        let address = self.cloud.access.url.trim_start_matches("http://");
        let address: SocketAddr = address.parse().expect("an address");
        let line = Proxy::start(vec![address]).await;
        let worker = self.process(&line.url());
        self.balancer.lead_to(vec![worker.address]);
        (worker, line)
    }

    pub(crate) async fn register(&self) {
        let url = self.balancer.url();
        self.server
            .admin()
            .register(&url)
            .await
            .expect("registered");
    }

    pub(crate) async fn submit(&self, key: &LinkKey) {
        let spec = three_networks(key);
        self.orders.submit(key, spec).await.expect("submitted");
    }

    async fn written(&self, writes: usize) {
        until(&format!("{writes} writes"), async || {
            self.cloud.writes() >= writes
        })
        .await;
    }

    /// Waits until no run is under way, and none waits.
    async fn quiet(&self) {
        let admin = self.server.admin();
        until("no run is under way", async || {
            let deployments = admin.deployments().await.expect("a list");
            deployments
                .iter()
                .all(|deployment| deployment.under_way == 0)
        })
        .await;
    }

    /// It is ready, and what was made is what an undisturbed run makes.
    async fn is_ready_once(&self, keys: &[LinkKey], undisturbed: &Census) {
        for key in keys {
            phase(&self.orders, key, Phase::Ready).await;
        }
        let wanted = times(undisturbed, i64::try_from(keys.len()).expect("few"));
        let made = self.cloud.made();
        assert_eq!(more(&made, &wanted), Census::new(), "made twice");
        assert_eq!(more(&wanted, &made), Census::new(), "not made");
    }

    pub(crate) async fn is_deleted(&self, keys: &[LinkKey]) {
        for key in keys {
            self.orders.delete(key).await.expect("asked for");
        }
        for key in keys {
            phase(&self.orders, key, Phase::Deleted).await;
        }
        assert_eq!(self.cloud.alive(), Census::new());
    }
}

fn keys(many: usize) -> Vec<LinkKey> {
    (1..=many)
        .map(|number| key(&format!("site-{number}")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_are_killed_before_in_and_after_the_steps_of_applies_and_deletes() {
    let Some(world) = World::start().await else {
        return;
    };
    let keys = keys(3);
    let mut worker = world.worker();
    world.register().await;
    for key in &keys {
        world.submit(key).await;
    }
    for writes in [0, 1, 7, 30, 60, 95] {
        if writes == 0 {
            until("a run has begun", async || {
                worker.log().contains("a run begins")
            })
            .await;
        }
        world.written(writes).await;
        worker.kill();
        worker = world.worker();
    }
    world.is_ready_once(&keys, &undisturbed().await).await;

    let before = world.cloud.writes();
    for key in &keys {
        world.orders.delete(key).await.expect("asked for");
    }
    for writes in [1, 40] {
        world.written(before + writes).await;
        worker.kill();
        worker = world.worker();
    }
    world.is_deleted(&keys).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_killed_goes_on_and_keeps_its_timers() {
    let Some(mut world) = World::start().await else {
        return;
    };
    let key = key("site");
    let _worker = world.worker();
    world.register().await;
    let policy = Policy::default().with_tick(Duration::from_secs(2));
    let spec = three_networks(&key);
    let mut spec = spec.with_policy(policy);
    spec.policy.pings = false;
    world.orders.submit(&key, spec).await.expect("submitted");
    for writes in [0, 10, 30] {
        world.written(writes).await;
        world.server.kill();
        world.server.restart().await;
    }
    world
        .is_ready_once(std::slice::from_ref(&key), &undisturbed().await)
        .await;
    let ticks = world.orders.status(&key).await.expect("a status").ticks;
    world.server.kill();
    world.server.restart().await;
    until("the next ticks come", async || {
        let status = world.orders.status(&key).await;
        status.is_ok_and(|status| status.ticks > ticks + 1)
    })
    .await;
    world.is_deleted(&[key]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_frozen_writes_nothing_after_another_has_taken_over() {
    let Some(world) = World::start().await else {
        return;
    };
    let key = key("site");
    let (frozen, line) = world.worker_with_line().await;
    world.register().await;
    world.submit(&key).await;
    until("all networks are being attached", async || {
        let calls = world.cloud.simulator.calls();
        let attached = calls.iter().filter(|call| call.action == ATTACH);
        attached.count() == 3
    })
    .await;
    // It waits for them now. A write that has passed its last check when the process freezes is sent when it wakes up.
    tokio::time::sleep(Duration::from_millis(300)).await;
    frozen.signal("STOP");
    let all = world.cloud.writes();
    let _other = world.worker();
    world.written(all + 1).await;
    let before = line.writes();
    frozen.signal("CONT");
    world
        .is_ready_once(std::slice::from_ref(&key), &undisturbed().await)
        .await;
    world.is_deleted(&[key]).await;
    assert!(before > 0);
    assert_eq!(line.writes(), before, "written by the one that was frozen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_cut_off_from_the_cloud_goes_on() {
    let Some(world) = World::start().await else {
        return;
    };
    let key = key("site");
    let (_worker, line) = world.worker_with_line().await;
    world.register().await;
    world.submit(&key).await;
    for writes in [5, 25] {
        world.written(writes).await;
        line.set(Line::Cut);
        tokio::time::sleep(Duration::from_millis(700)).await;
        line.set(Line::Up);
    }
    world
        .is_ready_once(std::slice::from_ref(&key), &undisturbed().await)
        .await;
    world.is_deleted(&[key]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_cut_off_from_the_server_are_replaced() {
    let undisturbed = undisturbed().await;
    for cut in [Line::Cut, Line::Silent] {
        let Some(world) = World::start().await else {
            return;
        };
        let key = key("site");
        let (_lost, line) = world.worker_with_line().await;
        world.register().await;
        world.submit(&key).await;
        world.written(8).await;
        world.balancer.set(cut);
        let other = world.process(&world.cloud.access.url);
        // Longer than the lease: what it writes in that time it may write.
        tokio::time::sleep(Duration::from_secs(4)).await;
        let before = line.writes();
        world.balancer.lead_to(vec![other.address]);
        world.balancer.set(Line::Up);
        world
            .is_ready_once(std::slice::from_ref(&key), &undisturbed)
            .await;
        world.is_deleted(&[key]).await;
        assert_eq!(line.writes(), before, "{cut:?}: written after the lease");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_the_server_has_lost_ends_its_run_before_it_begins_another() {
    let Some(world) = World::start().await else {
        return;
    };
    let key = key("site");
    let worker = world.worker();
    world.register().await;
    world.submit(&key).await;
    for writes in [8, 30] {
        world.written(writes).await;
        world.balancer.set(Line::Silent);
        // The server notices, the worker does not.
        tokio::time::sleep(Duration::from_secs(4)).await;
        world.balancer.set(Line::Up);
    }
    world
        .is_ready_once(std::slice::from_ref(&key), &undisturbed().await)
        .await;
    assert!(worker.log().matches("a run begins").count() >= 2);
    world.is_deleted(&[key]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_an_attachment_early_and_a_delete_overtakes_an_apply() {
    let Some(world) = World::start().await else {
        return;
    };
    let keys = keys(2);
    let _worker = world.worker();
    world.register().await;
    world.submit(&keys[0]).await;
    until("an attachment is made", async || {
        let calls = world.cloud.simulator.calls();
        calls.iter().any(|call| call.action == ATTACH)
    })
    .await;
    let status = world.orders.stop(&keys[0]).await.expect("taken");
    assert_eq!(status.phase, Phase::Stopped);
    world.quiet().await;
    let writes = world.cloud.writes();
    let status = world.orders.status(&keys[0]).await.expect("a status");
    assert_eq!((status.phase, status.progress), (Phase::Stopped, None));

    world.submit(&keys[1]).await;
    world.written(writes + 5).await;
    world.orders.delete(&keys[1]).await.expect("taken");
    phase(&world.orders, &keys[1], Phase::Deleted).await;
    // The first one is where it was.
    let status = world.orders.status(&keys[0]).await.expect("a status");
    assert_eq!(status.phase, Phase::Stopped);
    let ours = |call: &landbridge_sim::Call| {
        call.write
            && call
                .parameters
                .values()
                .any(|value| value.contains("site-1"))
    };
    let calls = world.cloud.simulator.calls();
    let mut later = calls.iter().filter(|call| call.write).skip(writes);
    assert!(!later.any(ours), "written after the stop");

    world.orders.resume(&keys[0]).await.expect("taken");
    phase(&world.orders, &keys[0], Phase::Ready).await;
    world.is_deleted(&keys).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_told_to_end_hands_over_at_once() {
    let Some(world) = World::start().await else {
        return;
    };
    let key = key("site");
    let mut first = world.worker();
    world.register().await;
    world.submit(&key).await;
    world.written(8).await;
    first.signal("TERM");
    let _second = world.worker();
    world
        .is_ready_once(std::slice::from_ref(&key), &undisturbed().await)
        .await;
    first.ends().await;
    world.is_deleted(&[key]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_makes_sixteen_plans_at_once_and_refuses_the_next() {
    let Some(world) = World::start().await else {
        return;
    };
    let (_worker, line) = world.worker_with_line().await;
    world.register().await;
    // Plans read for ever.
    line.set(Line::Silent);
    let specs: Vec<_> = keys(17)
        .into_iter()
        .map(|key| (three_networks(&key), key))
        .collect();
    let plans = specs.iter().map(|(spec, key)| world.orders.plan(key, spec));
    let (first, _, others) = futures_util::future::select_all(plans).await;
    assert_eq!(first.expect_err("no room").kind(), ErrorKind::Busy);
    assert_eq!(others.len(), 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_deployment_comes_to_an_end_while_new_work_goes_to_the_new_one() {
    let Some(world) = World::start().await else {
        return;
    };
    let all = keys(4);
    let (old, new) = all.split_at(3);
    let mut first = world.worker();
    world.register().await;
    for key in old {
        world.submit(key).await;
    }
    world.written(8).await;
    let second = world.process(&world.cloud.access.url);
    let admin = world.server.admin();
    let url = format!("http://{}", second.address);
    admin.register(&url).await.expect("registered");
    for key in new {
        world.submit(key).await;
    }
    world.is_ready_once(&all, &undisturbed().await).await;
    for (key, worker) in old
        .iter()
        .map(|key| (key, &first))
        .chain([(&new[0], &second)])
    {
        let begun = format!("a run begins topology={key}");
        assert!(worker.log().contains(&begun), "{key}");
    }
    world.quiet().await;
    let deployments = admin.deployments().await.expect("a list");
    assert_eq!(deployments.len(), 2);
    admin.remove(&deployments[0]).await.expect("removed");
    first.kill();
    world.is_deleted(&all).await;
    assert_eq!(admin.deployments().await.expect("a list").len(), 1);
}
