//! A server on loopback, and requests to it.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, LazyLock};

use landbridge_fleet::Orders;
use landbridge_fleet::api::{Api, Transport};
use landbridge_fleet::tenants::{ApiKey, Tenants};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::StepClock;
use crate::world::{A, B, World, world};

pub(crate) static ACME: LazyLock<ApiKey> = LazyLock::new(|| ApiKey::random().expect("a key"));
pub(crate) static OTHER: LazyLock<ApiKey> = LazyLock::new(|| ApiKey::random().expect("a key"));

/// Two tenants with the same accounts.
pub(crate) fn tenants(more: &str) -> String {
    let tenant = |name: &str, key: &ApiKey| {
        format!(
            "- name: {name}
  api-keys: [{{ sha256: {}, for: tests }}]
  accounts: {{ memory: ['{A}', '{B}'] }}
  limits: {{ topologies: 3, networks: 3 }}
",
            key.hash()
        )
    };
    format!(
        "tenants:\n{}{}{more}",
        tenant("acme", &ACME),
        tenant("other", &OTHER)
    )
}

/// A topology of a tenant: two networks of two accounts, joined.
pub(crate) fn topology(tenant: &str, name: &str) -> String {
    let role = format!("{{ assume-role: {{ role: r, external-id: 'landbridge:{tenant}' }} }}");
    format!(
        "# As {tenant} wrote it.
name: {name}
accounts:
  - {{ name: a, cloud: memory, id: '{A}', credentials: {role} }}
  - {{ name: b, cloud: memory, id: '{B}', credentials: {role} }}
networks:
  - {{ name: one, account: a, region: r1, range: 10.1.0.0/16, subnets: [{{ name: s, zone: r1-a, range: 10.1.1.0/24 }}] }}
  - {{ name: two, account: b, region: r1, range: 10.2.0.0/16, subnets: [{{ name: s, zone: r1-a, range: 10.2.1.0/24 }}] }}
interconnects:
  - {{ name: core, owner: a, members: [one, two] }}
"
    )
}

/// A served API. It ends with the test.
pub(crate) struct Served {
    pub(crate) world: World,
    pub(crate) clock: Arc<StepClock>,
    pub(crate) api: Api,
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    client: Client,
    task: JoinHandle<landbridge_core::Result<()>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
        self.task.abort();
    }
}

pub(crate) fn served() -> Served {
    served_to(&tenants(""))
}

pub(crate) fn served_to(tenants: &str) -> Served {
    let world = world();
    let fleet = world
        .fleet
        .clone()
        .with_engines(Arc::new(world.engine.clone()));
    served_of(world, Arc::new(fleet), tenants)
}

pub(crate) fn served_of(world: World, orders: Arc<dyn Orders>, tenants: &str) -> Served {
    served_over(
        world,
        orders,
        tenants,
        Transport::Loopback,
        client().build().expect("a client"),
    )
}

pub(crate) fn client() -> reqwest::ClientBuilder {
    Client::builder().no_proxy()
}

pub(crate) fn served_over(
    world: World,
    orders: Arc<dyn Orders>,
    tenants: &str,
    transport: Transport,
    client: Client,
) -> Served {
    let clock = Arc::new(StepClock::default());
    let tenants = Tenants::from_text(tenants).expect("tenants");
    let api = Api::new(orders, tenants, clock.clone());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    let task = tokio::spawn({
        let (api, stop) = (api.clone(), stop.clone());
        async move { api.serve(listener, transport, stop).await }
    });
    Served {
        world,
        clock,
        api,
        address,
        stop,
        client,
        task,
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let header = self
            .headers
            .get(name)
            .and_then(|header| header.to_str().ok());
        header.unwrap_or_else(|| panic!("header {name} of {self:?}"))
    }

    /// The same if it has this status, for answers and for problems.
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        if status >= 400 {
            assert_eq!(self.header("content-type"), "application/problem+json");
            let problem = self.json();
            assert_eq!(problem["type"], "about:blank");
            assert_eq!(problem["status"], status);
            let told = |member: &str| {
                problem[member]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
            };
            assert!(
                ["title", "detail", "kind"].into_iter().all(told),
                "{problem}"
            );
        }
        self
    }
}

/// A request to be sent.
pub(crate) struct Ask<'a> {
    served: &'a Served,
    request: reqwest::RequestBuilder,
}

impl Served {
    /// A request of tenant `acme`.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask<'_> {
        self.ask_as(method, path, Some(ACME.reveal()))
    }

    pub(crate) fn ask_as(&self, method: &str, path: &str, token: Option<&str>) -> Ask<'_> {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.client.request(method, self.url(path));
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        Ask {
            served: self,
            request,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send().await
    }

    pub(crate) async fn put(&self, name: &str) -> Answer {
        let path = format!("/v1/topologies/{name}");
        self.ask("PUT", &path)
            .yaml(&topology("acme", name))
            .send()
            .await
    }

    /// Lets a worker carry out all that is due.
    pub(crate) async fn round(&self) {
        self.world.worker().round().await.expect("a round");
    }

    pub(crate) async fn phase(&self, name: &str) -> String {
        let path = format!("/v1/topologies/{name}");
        let status = self.get(&path).await.is(200).json();
        status["phase"].as_str().expect("a phase").to_owned()
    }
}

impl Ask<'_> {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let name = HeaderName::from_static(name);
        let value = HeaderValue::from_str(value).expect("a value");
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn yaml(self, text: &str) -> Self {
        self.header("content-type", "application/yaml").body(text)
    }

    pub(crate) fn body(mut self, text: &str) -> Self {
        self.request = self.request.body(text.to_owned());
        self
    }

    pub(crate) fn request(self) -> reqwest::RequestBuilder {
        self.request
    }

    pub(crate) async fn open(self) -> reqwest::Response {
        let address = self.served.address;
        let response = self.request.send().await;
        response.unwrap_or_else(|error| panic!("an answer of {address}: {error:?}"))
    }

    pub(crate) async fn send(self) -> Answer {
        let response = self.open().await;
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.expect("a body"),
        }
    }
}
