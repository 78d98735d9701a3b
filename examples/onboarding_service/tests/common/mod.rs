//! The service and its caller. Time is the simulator's, and can be held.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use landbridge::core::Clock;
use landbridge_onboarding::{Clouds, Service, Settings};
use landbridge_sim::Simulator;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;

pub(crate) const TOKEN: &str = "an-api-token-CANARY";

/// What `POST /onboard` takes.
pub(crate) fn customer(name: &str) -> Value {
    json!({
        "customer": name,
        "account": Clouds::SIMULATED_CUSTOMERS[0],
        "role": "onboarding",
        "external_id": "try-it",
        "region": "cn-hangzhou",
        "range": "10.20.0.0/16",
        "subnets": [
            { "zone": "cn-hangzhou-h", "range": "10.20.0.0/24" },
            { "zone": "cn-hangzhou-i", "range": "10.20.1.0/24" },
        ],
        "open_services": true,
    })
}

/// The simulator's time. While it is held, it stands still from the first write on: a run gets into its apply and no further.
#[derive(Debug)]
struct Time {
    simulator: Simulator,
    /// The number of writes when it was held.
    held_at: watch::Receiver<Option<usize>>,
}

fn writes(simulator: &Simulator) -> usize {
    simulator.calls().iter().filter(|call| call.write).count()
}

#[async_trait::async_trait]
impl Clock for Time {
    fn now(&self) -> SystemTime {
        self.simulator.now()
    }

    fn uptime(&self) -> Duration {
        self.simulator.uptime()
    }

    async fn sleep(&self, duration: Duration) {
        let goes_on =
            |held: &Option<usize>| held.is_none_or(|held| writes(&self.simulator) <= held);
        let _ = self.held_at.clone().wait_for(goes_on).await;
        self.simulator.sleep(duration).await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// Lets time go on when it is dropped.
pub(crate) struct Hold(watch::Sender<Option<usize>>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.send_replace(None);
    }
}

pub(crate) struct World {
    pub(crate) http: reqwest::Client,
    simulator: Simulator,
    service: Option<Service>,
    url: String,
    held: watch::Sender<Option<usize>>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    headers: reqwest::header::HeaderMap,
}

impl Answer {
    pub(crate) fn id(&self) -> String {
        let id = self.body["id"].as_str();
        id.unwrap_or_else(|| panic!("no run: {}", self.body))
            .to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Status and type of an error, which says the same in head and body.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{}",
            self.body
        );
        assert_eq!(self.body["status"], self.status.as_u16());
        assert!(self.body["detail"].is_string() && self.body["title"].is_string());
        let kind = self.body["type"].as_str().unwrap_or_default();
        (self.status.as_u16(), kind.to_owned())
    }
}

/// One server-sent event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

/// The whole events of a text. What begins with a colon is a comment.
pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let blocks = text
        .split_inclusive("\n\n")
        .filter(|block| block.ends_with("\n\n"));
    let blocks = blocks.filter(|block| !block.starts_with(':'));
    let entry = |block: &str| {
        let field = |name: &str| {
            let mut lines = block.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            value
                .unwrap_or_else(|| panic!("no {name}: {block}"))
                .to_owned()
        };
        Entry {
            id: field("id").parse().expect("a number"),
            kind: field("event"),
            data: serde_json::from_str(&field("data")).expect("JSON"),
        }
    };
    blocks.map(entry).collect()
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with_most_runs(8).await
    }

    pub(crate) async fn with_most_runs(most: usize) -> Self {
        let simulator = Simulator::start().await.expect("starts");
        let (held, held_at) = watch::channel(None);
        let clock = Arc::new(Time {
            simulator: simulator.clone(),
            held_at,
        });
        let clouds = Clouds::simulated(&simulator, clock)
            .await
            .expect("a platform");
        let mut settings = Settings::new(TOKEN).expect("a token");
        settings.listen = ([127, 0, 0, 1], 0).into();
        settings.most_runs = most;
        assert!(!format!("{settings:?} {clouds:?}").contains("CANARY"));
        let service = Service::start(settings, clouds).await.expect("listens");
        Self {
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            simulator,
            url: service.url(),
            service: Some(service),
            held,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Stops time at the next write, until the guard is dropped. Requests go on.
    pub(crate) fn hold(&self) -> Hold {
        self.held.send_replace(Some(self.writes()));
        Hold(self.held.clone())
    }

    pub(crate) async fn shut_down(&mut self) {
        self.service.take().expect("it runs").shut_down().await;
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        request.header("authorization", format!("Bearer {TOKEN}"))
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.expect("answered");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("a text");
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answer {
            status,
            body,
            headers,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn onboard(&self, customer: &Value) -> Answer {
        let request = self.request(Method::POST, "/onboard");
        let request = request.header("content-type", "application/json");
        self.send(request.body(customer.to_string())).await
    }

    /// A reader of a run's events.
    pub(crate) async fn open(&self, run: &str) -> Response {
        let request = self.request(Method::GET, &format!("/runs/{run}/events"));
        request.send().await.expect("answered")
    }

    /// The events of a run until its end.
    pub(crate) async fn events(&self, run: &str, last: Option<u64>) -> Vec<Entry> {
        let mut request = self.request(Method::GET, &format!("/runs/{run}/events"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.expect("answered");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        entries(&response.text().await.expect("read to its end"))
    }

    /// Waits until a run that time holds has written what it can, and tells how much.
    pub(crate) async fn held(&self, run: &str) -> usize {
        let mut response = self.open(run).await;
        let mut text = String::new();
        while !text.contains("step-waiting") {
            let chunk = response.chunk().await.expect("read").expect("not ended");
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
        loop {
            let writes = self.writes();
            // Each of these lets everything else have its turn.
            for _ in 0..20 {
                self.get("/runs").await;
            }
            if self.writes() == writes {
                return writes;
            }
        }
    }

    /// How many calls that write there were.
    pub(crate) fn writes(&self) -> usize {
        writes(&self.simulator)
    }

    /// How many objects of a kind there are.
    pub(crate) fn alive(&self, kind: &str) -> usize {
        let alive = self.simulator.alive();
        alive.iter().filter(|entry| entry.kind == kind).count()
    }
}
