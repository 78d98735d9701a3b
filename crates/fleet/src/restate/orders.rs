use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::topology::Topology;
use landbridge_core::{Error, ErrorKind, Result};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::admin::{Admin, quoted};
use super::http::{Ask, Port};
use super::link::{Given, STATE};
use crate::key::LinkKey;
use crate::orders::{Order, Orders, Planned, Status, Terms};
use crate::spec::Spec;
use crate::state::LinkState;

/// How long an order may take.
const ORDER: Duration = Duration::from_secs(30);
/// How long a plan may take: it reads every place.
const PLAN: Duration = Duration::from_secs(10 * 60);

/// Gives orders to the workers of a Restate server.
///
/// An order is taken by a worker, so one has to run; [`list`](Orders::list) alone asks the server itself. Of what a caller sends,
/// nothing but the order reaches the server.
#[derive(Clone, Debug)]
pub struct RestateOrders {
    ingress: Port,
    admin: Admin,
    deadline: Duration,
}

impl RestateOrders {
    /// Orders for a server with these URLs of its ingress and of its admin port.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is not a URL of a server.
    pub fn new(ingress: &str, admin: &str) -> Result<Self> {
        Ok(Self {
            ingress: Port::new("ingress", ingress)?,
            admin: Admin::new(admin)?,
            deadline: ORDER,
        })
    }

    /// Sets how long an order may take until it fails. Default 30 s. A plan may take 10 minutes.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    async fn call<A, B>(
        &self,
        (object, key, handler): (&str, &LinkKey, &str),
        of: Call<'_, A>,
    ) -> Result<B>
    where
        A: Serialize + Sync,
        B: DeserializeOwned,
    {
        let ask = Ask {
            method: Method::POST,
            path: &["restate", "call", object, key.as_str(), handler],
            deadline: of.deadline,
            changes: of.changes,
        };
        self.ingress.ask(ask, of.body).await
    }

    async fn read<B: DeserializeOwned>(&self, key: &LinkKey, handler: &str) -> Result<B> {
        let of = Call::<()> {
            body: None,
            deadline: self.deadline,
            changes: false,
        };
        self.call(("Link", key, handler), of).await
    }
}

/// What the ingress says of itself.
#[derive(Deserialize)]
struct Health {
    #[serde(default)]
    services: Vec<String>,
}

struct Call<'a, A> {
    body: Option<&'a A>,
    deadline: Duration,
    changes: bool,
}

#[async_trait]
impl Orders for RestateOrders {
    async fn give(&self, key: &LinkKey, order: Order, terms: &Terms) -> Result<Status> {
        if let Order::Submit { spec } = &order {
            check(key, spec)?;
        }
        let given = Given {
            order,
            terms: terms.clone(),
        };
        let of = Call {
            body: Some(&given),
            deadline: self.deadline,
            changes: true,
        };
        self.call(("Link", key, "give"), of).await
    }

    async fn status(&self, key: &LinkKey) -> Result<Status> {
        self.read(key, "status").await
    }

    async fn spec(&self, key: &LinkKey) -> Result<Spec> {
        self.read(key, "spec").await
    }

    async fn list(
        &self,
        tenant: Option<&str>,
        after: Option<&LinkKey>,
        most: usize,
    ) -> Result<Vec<Status>> {
        let columns = "service_key AS name, value_utf8 AS value";
        let mut query = format!("SELECT {columns} {}", states_of(tenant));
        if let Some(after) = after {
            query.push_str(&format!(" AND service_key > {}", quoted(after.as_str())));
        }
        query.push_str(&format!(" ORDER BY service_key LIMIT {most}"));
        let rows = self.admin.query(&query, self.deadline).await?;
        rows.iter().map(status_of).collect()
    }

    async fn count(&self, tenant: &str) -> Result<usize> {
        let query = format!("SELECT count(1) AS many {}", states_of(Some(tenant)));
        let rows = self.admin.query(&query, self.deadline).await?;
        let many = rows.first().and_then(|row| row["many"].as_u64());
        let many = many.and_then(|many| usize::try_from(many).ok());
        many.ok_or_else(|| {
            let message = "the server does not tell how many topologies there are";
            Error::new(ErrorKind::Malformed, message).with_remedy("use the server's version 1.7")
        })
    }

    // A list in the order of keys reads all states, and this is asked often. One is asked for all the same: a server that has just
    // started is there before its partitions are.
    async fn reachable(&self) -> Result<()> {
        let ask = Ask {
            method: Method::GET,
            path: &["restate", "health"],
            deadline: self.deadline,
            changes: false,
        };
        let health: Health = self.ingress.ask::<(), _>(ask, None).await?;
        if !health.services.iter().any(|one| one == "Link") {
            let message = "no worker is registered with the server";
            return Err(Error::new(ErrorKind::Unavailable, message)
                .with_remedy("start a worker, then `landbridge-fleet register URL`"));
        }
        let query = format!("SELECT 1 AS one {} LIMIT 1", states_of(None));
        self.admin.query(&query, self.deadline).await.map(drop)
    }

    async fn plan(&self, key: &LinkKey, spec: &Spec) -> Result<Planned> {
        check(key, spec)?;
        let of = Call {
            body: Some(spec),
            deadline: PLAN,
            changes: false,
        };
        self.call(("Run", key, "plan"), of).await
    }

    async fn forget(&self, key: &LinkKey) -> Result<()> {
        let of = Call::<()> {
            body: None,
            deadline: self.deadline,
            changes: true,
        };
        self.call(("Link", key, "forget"), of).await
    }
}

/// The states of all topologies, or of those of a tenant.
fn states_of(tenant: Option<&str>) -> String {
    let all = format!("FROM state WHERE service_name = 'Link' AND key = '{STATE}'");
    match tenant {
        Some(tenant) => {
            let prefix = quoted(&format!("{tenant}_"));
            format!("{all} AND starts_with(service_key, {prefix})")
        }
        None => all,
    }
}

fn check(key: &LinkKey, spec: &Spec) -> Result<()> {
    let (size, most) = (spec.topology.len() as u64, Topology::MOST_BYTES);
    // Far below what the server takes.
    if size > most {
        let message = format!("topology `{key}` has {size} bytes: expected {most} at most");
        return Err(Error::new(ErrorKind::InvalidInput, message).with_remedy("divide it"));
    }
    spec.topology_of(key).map(drop)
}

fn status_of(row: &serde_json::Value) -> Result<Status> {
    let name = row["name"].as_str().unwrap_or_default();
    let unreadable = |why: String| {
        let message = format!("cannot read the state of topology `{name}`: {why}");
        Error::new(ErrorKind::Malformed, message)
            .with_remedy("use the version of the program that wrote it")
    };
    let value = row["value"].as_str().unwrap_or_default();
    let state: LinkState =
        serde_json::from_str(value).map_err(|error| unreadable(error.to_string()))?;
    Ok(Status::of(&name.parse()?, &state))
}
