//! The life of topologies on one worker in this process and clouds in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::event::{Event, EventRecord, EventSink};
use landbridge_core::memory::MemoryProvider;
use landbridge_core::topology::{Account, Interconnect, Network, Subnet, Topology};
use landbridge_core::{Capabilities, CloudName, Error, ErrorKind, Model, Quota, SystemClock};
use landbridge_fleet::restate::{Admin, RestateOptions, RestateOrders, RestateWorker};
use landbridge_fleet::{Begun, LinkKey, Order, Orders, Phase, Policy, Spec, Status, Terms, Watch};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cloud::key;
use crate::server::Server;
use crate::worker::{options, until};

/// A worker in this process.
struct Here {
    provider: MemoryProvider,
    runs: Arc<AtOnce>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Counts the runs under way, and how many there were at once.
#[derive(Clone, Debug, Default)]
struct AtOnce {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Watch for AtOnce {
    fn begins(&self, _: Begun) -> Arc<dyn EventSink> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        Arc::new(self.clone())
    }

    fn not_begun(&self, _: &LinkKey, error: &Error) {
        panic!("a run did not begin: {error}");
    }
}

impl EventSink for AtOnce {
    fn emit(&self, record: EventRecord) {
        if let Event::RunEnded { .. } = record.event {
            self.now.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

async fn work(server: &Server, latency: Duration) -> Here {
    work_with(server, latency, options()).await
}

async fn work_with(server: &Server, latency: Duration, options: RestateOptions) -> Here {
    let clock = Arc::new(SystemClock::new());
    let memory = CloudName::from_static("memory");
    let mut capabilities = Capabilities::new(memory, vec![Model::Mesh]);
    capabilities.peerings_per_network = Some(Quota::fixed(125));
    let provider = MemoryProvider::builder(clock.clone())
        .with_capabilities(capabilities)
        .with_latency(latency)
        .build();
    let engine = Engine::new()
        .with_clock(clock.clone())
        .with_provider(Arc::new(provider.clone()));
    let stop = CancellationToken::new();
    let runs = Arc::new(AtOnce::default());
    let worker = RestateWorker::new(Arc::new(engine), clock, &server.ingress())
        .expect("a worker")
        .with_options(options)
        .with_watch(runs.clone())
        .with_cancellation(stop.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move { worker.serve(listener).await.expect("served") });
    server.admin().register(&url).await.expect("registered");
    Here {
        provider,
        runs,
        stop,
        task,
    }
}

fn pair(key: &LinkKey) -> Spec {
    let memory = CloudName::from_static("memory");
    let network = |name: &str, account: &str, number: u8| {
        let range = |text: String| text.parse().expect("a range");
        Network::new(name, account, "r1", range(format!("10.{number}.0.0/16"))).with_subnet(
            Subnet::new("s", "r1-a", range(format!("10.{number}.1.0/24"))),
        )
    };
    let topology = Topology::new(key.to_string())
        .with_account(Account::new("a", memory.clone(), "0000000000000001"))
        .with_account(Account::new("b", memory, "0000000000000002"))
        .with_network(network("one", "a", 1))
        .with_network(network("two", "b", 2))
        .with_interconnect(Interconnect::new("core", "a", ["one", "two"]));
    Spec::new(serde_json::to_string(&topology).expect("JSON"))
}

pub(crate) async fn phase(orders: &RestateOrders, key: &LinkKey, phase: Phase) -> Status {
    until(&format!("{key} is {}", phase.as_str()), async || {
        let status = orders.status(key).await;
        status.is_ok_and(|status| status.phase == phase)
    })
    .await;
    orders.status(key).await.expect("a status")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topology_is_applied_observed_stopped_deleted_and_forgotten() {
    let Some(server) = Server::start().await else {
        return;
    };
    let orders = server.orders();
    let site = key("site");
    let unregistered = orders.status(&site).await.expect_err("no worker");
    assert!(
        unregistered
            .remedy()
            .is_some_and(|text| text.contains("register")),
        "{unregistered:?}"
    );

    let here = work(&server, Duration::ZERO).await;
    let unknown = orders.status(&site).await.expect_err("not submitted");
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    assert_eq!(unknown.message(), "unknown topology `acme_site`");

    let planned = orders.plan(&site, &pair(&site)).await.expect("a plan");
    assert!(planned.plan.is_some_and(|plan| !plan.steps.is_empty()));
    assert!(here.provider.objects().is_empty());

    let policy = Policy::default().with_tick(Duration::from_secs(1));
    let spec = pair(&site).with_policy(policy);
    let status = orders.submit(&site, spec.clone()).await.expect("submitted");
    assert_eq!((status.generation, status.phase), (1, Phase::Applying));
    phase(&orders, &site, Phase::Ready).await;
    assert!(!here.provider.objects().is_empty());
    assert_eq!(orders.spec(&site).await.expect("a spec"), spec);

    // The delayed messages of ticks come.
    until("it is observed twice", async || {
        orders
            .status(&site)
            .await
            .is_ok_and(|status| status.ticks >= 2)
    })
    .await;

    let terms = Terms::default().with_generation(7);
    let refused = orders
        .give(&site, Order::Stop, &terms)
        .await
        .expect_err("another generation");
    assert_eq!(refused.code(), Some(Terms::OTHER_GENERATION));
    assert!(refused.remedy().is_some());
    let in_use = orders.forget(&site).await.expect_err("it is there");
    assert_eq!(in_use.kind(), ErrorKind::InUse);

    let other = LinkKey::new("zeta", "site").expect("a key");
    orders
        .submit(&other, pair(&other))
        .await
        .expect("submitted");
    phase(&orders, &other, Phase::Ready).await;
    let names = |list: Vec<Status>| -> Vec<String> {
        list.iter().map(|status| status.key.to_string()).collect()
    };
    let all = orders.list(None, None, 10).await.expect("a list");
    assert_eq!(names(all), ["acme_site", "zeta_site"]);
    orders.reachable().await.expect("it is");
    let one = orders.list(Some("zeta"), None, 10).await.expect("a list");
    assert_eq!(names(one), ["zeta_site"]);
    let page = orders.list(None, Some(&site), 1).await.expect("a list");
    assert_eq!(names(page), ["zeta_site"]);
    let none = orders
        .list(Some("x' OR '1'='1"), None, 10)
        .await
        .expect("a list");
    assert!(none.is_empty());

    orders.stop(&site).await.expect("stopped");
    phase(&orders, &site, Phase::Stopped).await;
    orders.resume(&site).await.expect("resumed");
    phase(&orders, &site, Phase::Ready).await;

    for key in [&site, &other] {
        orders.delete(key).await.expect("asked for");
        let status = phase(&orders, key, Phase::Deleted).await;
        assert!(status.outcome.is_some());
        orders.forget(key).await.expect("forgotten");
        let unknown = orders.status(key).await.expect_err("forgotten");
        assert_eq!(unknown.kind(), ErrorKind::NotFound);
    }
    assert!(here.provider.objects().is_empty());
    assert!(
        orders
            .list(None, None, 10)
            .await
            .expect("a list")
            .is_empty()
    );

    let admin = server.admin();
    assert_eq!(admin.version().await.expect("a version"), "1.7.12");
    assert_eq!(admin.paused().await.expect("a list"), []);
    let deployments = admin.deployments().await.expect("a list");
    let [deployment] = &deployments[..] else {
        panic!("{deployments:?}")
    };
    let run = deployment
        .services
        .iter()
        .find(|service| service.name == "Run");
    assert!(
        run.is_some_and(|run| run.inactivity_timeout.is_some()),
        "{deployment:?}"
    );

    here.stop.cancel();
    here.task.await.expect("it ends");
    let mut orders = server.orders();
    orders = orders.with_deadline(Duration::from_millis(300));
    let unknown = orders
        .submit(&site, pair(&site))
        .await
        .expect_err("no worker");
    assert_eq!(unknown.kind(), ErrorKind::OutcomeUnknown, "{unknown:?}");
    assert!(unknown.message().contains(&server.ingress()), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_goes_on_in_other_invocations() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut options = options();
    options.looks = 1;
    let here = work_with(&server, Duration::from_millis(400), options).await;
    let (orders, site) = (server.orders(), key("site"));
    orders.submit(&site, pair(&site)).await.expect("submitted");
    phase(&orders, &site, Phase::Ready).await;
    let mut once = here.provider.objects();
    once.dedup();
    assert_eq!(once, here.provider.objects());
    let query = "SELECT id FROM sys_invocation WHERE target_service_name = 'Run'";
    assert!(rows(&server, query).await > 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_has_paused_is_told_and_goes_on_when_it_is_resumed() {
    let Some(server) = Server::start().await else {
        return;
    };
    let _here = work(&server, Duration::from_millis(300)).await;
    let (orders, admin, site) = (server.orders(), server.admin(), key("site"));
    orders.submit(&site, pair(&site)).await.expect("submitted");
    until("a run is under way", async || {
        orders
            .status(&site)
            .await
            .is_ok_and(|status| status.progress.is_some())
    })
    .await;
    let query =
        "SELECT id FROM sys_invocation WHERE target_service_name = 'Run' AND status = 'running'";
    let answer = ask(&server, query).await;
    let run = answer["rows"][0]["id"].as_str().expect("a run");
    let url = format!("{}/invocations/{run}/pause", server.admin_url());
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let answer = client.patch(url).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{answer:?}");
    until("it is paused", async || {
        !admin.paused().await.expect("a list").is_empty()
    })
    .await;
    let paused = admin.paused().await.expect("a list");
    assert_eq!(
        (paused[0].target.as_str(), paused[0].key.as_str()),
        ("Run/work", "acme_site")
    );
    admin.resume(&paused[0]).await.expect("resumed");
    phase(&orders, &site, Phase::Ready).await;
    assert_eq!(admin.paused().await.expect("a list"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_with_a_key_takes_requests_of_its_server_only() {
    let Some(server) = Server::start().await else {
        return;
    };
    let worker = |key: &str| {
        let clock = Arc::new(SystemClock::new());
        RestateWorker::new(Arc::new(Engine::new()), clock, &server.ingress())
            .expect("a worker")
            .with_identity_key(key)
    };
    let listen = || async { TcpListener::bind("127.0.0.1:0").await.expect("a port") };
    let wrong = worker("wrong")
        .serve(listen().await)
        .await
        .expect_err("not a key");
    assert_eq!(wrong.kind(), ErrorKind::InvalidInput);
    let listener = listen().await;
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let other = worker("publickeyv1_w7YHemBctH5Ck2nQRQ47iBBqhNHy4FV7t2Usbye2A6f");
    let task = tokio::spawn(other.serve(listener));
    let refused = server.admin().register(&url).await.expect_err("not signed");
    assert!(refused.message().contains("401"), "{refused}");
    task.abort();
}

async fn ask(server: &Server, query: &str) -> serde_json::Value {
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let answer = client
        .post(format!("{}/query", server.admin_url()))
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .body(serde_json::json!({ "query": query }).to_string());
    let answer = answer.send().await.expect("an answer");
    let text = answer.text().await.expect("rows");
    serde_json::from_str(&text).expect("JSON")
}

async fn rows(server: &Server, query: &str) -> usize {
    ask(server, query).await["rows"]
        .as_array()
        .map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread")]
async fn handlers_of_workers_are_not_for_others() {
    let Some(server) = Server::start().await else {
        return;
    };
    let _here = work(&server, Duration::ZERO).await;
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    for handler in [
        "Link/acme_x/take",
        "Link/acme_x/look",
        "Link/acme_x/settle",
        "Run/acme_x/work",
    ] {
        let url = format!("{}/restate/call/{handler}", server.ingress());
        let request = client.post(url).header("content-type", "application/json");
        let answer = request.body("{}").send().await.expect("an answer");
        assert_eq!(answer.status(), 400, "{handler}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_server_is_the_error_says_so() {
    let orders = RestateOrders::new("http://127.0.0.1:9", "http://127.0.0.1:9").expect("URLs");
    let error = orders
        .submit(&key("x"), pair(&key("x")))
        .await
        .expect_err("none");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("http://127.0.0.1:9"), "{error}");
    let error = orders.list(None, None, 1).await.expect_err("none");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let error = orders.reachable().await.expect_err("none");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    for wrong in ["", "localhost:8080", "ftp://x", "http://user:word@x"] {
        assert!(Admin::new(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_makes_no_more_runs_at_once_than_it_is_told() {
    let Some(server) = Server::start().await else {
        return;
    };
    let mut options = options();
    options.parallel = 2;
    let here = work_with(&server, Duration::from_millis(50), options).await;
    let orders = server.orders();
    let keys: Vec<LinkKey> = (0..6)
        .map(|number| key(&format!("site-{number}")))
        .collect();
    for key in &keys {
        orders.submit(key, pair(key)).await.expect("submitted");
    }
    for key in &keys {
        phase(&orders, key, Phase::Ready).await;
    }
    assert_eq!(here.runs.most.load(Ordering::SeqCst), 2);
    assert_eq!(orders.count("acme").await.expect("a count"), keys.len());
    assert_eq!(orders.count("zeta").await.expect("a count"), 0);
    here.stop.cancel();
    here.task.await.expect("it ends");
}
