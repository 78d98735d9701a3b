use std::collections::BTreeMap;
use std::time::Duration;

use landbridge_core::{Error, ErrorKind, Result};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::http::{Ask, Port};

/// How long the server may take for an answer: for a registration it asks the worker first.
const DEADLINE: Duration = Duration::from_secs(30);
/// The admin port of a Restate server: what runs there, and what waits for a person.
#[derive(Clone, Debug)]
pub struct Admin(Port);

/// Workers that are registered at one URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deployment {
    /// Its ID at the server.
    pub id: String,
    /// The URL of its workers.
    pub url: String,
    /// When it was registered, as the server says it.
    pub created_at: String,
    /// Its objects, with what was registered of each.
    pub services: Vec<ServiceSettings>,
    /// How many invocations it has not ended yet. One that is not the newest, and has none, can be removed.
    pub under_way: u64,
}

/// What a server knows of an object of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ServiceSettings {
    /// Its name.
    pub name: String,
    /// Its revision.
    #[serde(default)]
    pub revision: u32,
    /// After how long without progress the server asks a handler to end, in its own words.
    #[serde(default)]
    pub inactivity_timeout: Option<String>,
    /// How long the server waits then, before it cuts the stream, in its own words.
    #[serde(default)]
    pub abort_timeout: Option<String>,
    /// How long it keeps what a handler did, in its own words.
    #[serde(default)]
    pub journal_retention: Option<String>,
}

/// An invocation that failed so often that the server has paused it: its topology waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paused {
    /// Its ID at the server.
    pub id: String,
    /// The object and handler, such as `Run/work`.
    pub target: String,
    /// The topology or the account.
    pub key: String,
    /// What went wrong last, if the server tells.
    pub failure: Option<String>,
}

impl Admin {
    /// The admin port with this URL.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is not a URL of a server.
    pub fn new(url: &str) -> Result<Self> {
        Port::new("admin port", url).map(Self)
    }

    /// The server's version.
    ///
    /// # Errors
    /// What keeps it from being read.
    pub async fn version(&self) -> Result<String> {
        let version: Value = self.get(&["version"]).await?;
        let version = version["version"].as_str();
        version.map(str::to_owned).ok_or_else(|| {
            Error::new(ErrorKind::Malformed, "the server does not tell its version")
                .with_remedy("use the server's version 1.7")
        })
    }

    /// Registers the workers at a URL, and gives the deployment's ID. New work goes to the deployment that was registered last.
    /// The same URL again changes nothing.
    ///
    /// # Errors
    /// What the server says, such as that it does not reach the workers.
    pub async fn register(&self, workers: &str) -> Result<String> {
        let body = json!({ "uri": workers, "force": false });
        let answer: Value = self.post(&["deployments"], &body).await?;
        Ok(answer["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Removes a deployment that has ended all its invocations.
    ///
    /// # Errors
    /// [`InUse`](ErrorKind::InUse) for one that has not, and what the server says.
    pub async fn remove(&self, deployment: &Deployment) -> Result<()> {
        if deployment.under_way > 0 {
            let message = format!(
                "deployment `{}` at {} has {} invocations under way",
                deployment.id, deployment.url, deployment.under_way
            );
            return Err(Error::new(ErrorKind::InUse, message)
                .with_remedy("let its workers run until they have ended"));
        }
        let ask = Ask {
            method: Method::DELETE,
            path: &["deployments", &deployment.id],
            deadline: DEADLINE,
            changes: true,
        };
        // The server removes nothing else.
        self.0
            .ask_with(ask, &[("force", "true")], None::<&()>)
            .await
    }

    /// What is registered, in the order of registration.
    ///
    /// # Errors
    /// What keeps it from being read.
    pub async fn deployments(&self) -> Result<Vec<Deployment>> {
        #[derive(Deserialize)]
        struct All {
            deployments: Vec<One>,
        }
        #[derive(Deserialize)]
        struct One {
            id: String,
            #[serde(default)]
            uri: String,
            #[serde(default)]
            created_at: String,
        }
        let all: All = self.get(&["deployments"]).await?;
        let under_way = self.under_way().await?;
        let mut deployments = Vec::new();
        for one in all.deployments {
            let detail: Value = self.get(&["deployments", &one.id]).await?;
            let services = serde_json::from_value(detail["services"].clone());
            deployments.push(Deployment {
                under_way: under_way.get(&one.id).copied().unwrap_or_default(),
                services: services.unwrap_or_default(),
                id: one.id,
                url: one.uri,
                created_at: one.created_at,
            });
        }
        deployments.sort_by(|a, b| (&a.created_at, &a.id).cmp(&(&b.created_at, &b.id)));
        Ok(deployments)
    }

    /// Invocations that are pinned to a deployment and have not ended.
    async fn under_way(&self) -> Result<BTreeMap<String, u64>> {
        let query = "SELECT pinned_deployment_id AS id, count(1) AS many FROM sys_invocation \
                     WHERE status <> 'completed' AND pinned_deployment_id IS NOT NULL \
                     GROUP BY pinned_deployment_id";
        let rows = self.query(query, DEADLINE).await?;
        let many = |row: &Value| {
            let id = row["id"].as_str().unwrap_or_default().to_owned();
            (id, row["many"].as_u64().unwrap_or_default())
        };
        Ok(rows.iter().map(many).collect())
    }

    /// What the server has paused, because it failed too often.
    ///
    /// # Errors
    /// What keeps it from being read.
    pub async fn paused(&self) -> Result<Vec<Paused>> {
        let query = "SELECT id, target_service_name AS service, target_handler_name AS handler, \
                     target_service_key AS name, last_failure FROM sys_invocation \
                     WHERE status = 'paused' ORDER BY target_service_key, id";
        let rows = self.query(query, DEADLINE).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let paused = |row: &Value| Paused {
            id: text(&row["id"]),
            target: format!("{}/{}", text(&row["service"]), text(&row["handler"])),
            key: text(&row["name"]),
            failure: row["last_failure"].as_str().map(str::to_owned),
        };
        Ok(rows.iter().map(paused).collect())
    }

    /// Lets a paused invocation go on, once its cause is mended.
    ///
    /// # Errors
    /// What the server says.
    pub async fn resume(&self, paused: &Paused) -> Result<()> {
        let ask = Ask {
            method: Method::PATCH,
            path: &["invocations", &paused.id, "resume"],
            deadline: DEADLINE,
            changes: true,
        };
        self.0.ask(ask, None::<&()>).await
    }

    /// The rows of a query.
    pub(super) async fn query(&self, query: &str, deadline: Duration) -> Result<Vec<Value>> {
        #[derive(Deserialize)]
        struct Rows {
            rows: Vec<Value>,
        }
        let ask = Ask {
            method: Method::POST,
            path: &["query"],
            deadline,
            changes: false,
        };
        let rows: Rows = self.0.ask(ask, Some(&json!({ "query": query }))).await?;
        Ok(rows.rows)
    }

    async fn get<B: DeserializeOwned>(&self, path: &[&str]) -> Result<B> {
        let ask = Ask {
            method: Method::GET,
            path,
            deadline: DEADLINE,
            changes: false,
        };
        self.0.ask(ask, None::<&()>).await
    }

    async fn post<B: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &(impl Serialize + Sync),
    ) -> Result<B> {
        let ask = Ask {
            method: Method::POST,
            path,
            deadline: DEADLINE,
            changes: true,
        };
        self.0.ask(ask, Some(body)).await
    }
}

/// Text as a literal of SQL.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
