//! Calls to the server: each has a deadline, and each error names the address.

use std::time::Duration;

use landbridge_core::{Error, ErrorKind, Result};
use reqwest::{Method, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::refusal;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// One port of a server: its ingress or its admin port.
#[derive(Clone, Debug)]
pub(super) struct Port {
    client: reqwest::Client,
    url: Url,
    what: &'static str,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) path: &'a [&'a str],
    pub(super) deadline: Duration,
    /// Whether something may have changed if the answer is lost.
    pub(super) changes: bool,
}

impl Port {
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is not the URL of a server.
    pub(super) fn new(what: &'static str, url: &str) -> Result<Self> {
        let invalid = |why: String| {
            let message = format!("invalid URL `{url}` of Restate's {what}: {why}");
            Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("give one such as `http://127.0.0.1:8080`")
        };
        let parsed = Url::parse(url).map_err(|error| invalid(error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.cannot_be_a_base() {
            return Err(invalid("expected `http` or `https`".to_owned()));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            let message =
                format!("invalid URL of Restate's {what}: expected no user and no password");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        // The server is on loopback or in a private network: proxies lead elsewhere.
        let client = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(CONNECT)
            .build()
            .map_err(|error| {
                invalid("no HTTP client could be made".to_owned()).with_source(error)
            })?;
        Ok(Self {
            client,
            url: parsed,
            what,
        })
    }

    pub(super) async fn ask<A, B>(&self, ask: Ask<'_>, body: Option<&A>) -> Result<B>
    where
        A: Serialize + Sync,
        B: DeserializeOwned,
    {
        self.ask_with(ask, &[], body).await
    }

    /// The same with parameters.
    pub(super) async fn ask_with<A, B>(
        &self,
        ask: Ask<'_>,
        parameters: &[(&str, &str)],
        body: Option<&A>,
    ) -> Result<B>
    where
        A: Serialize + Sync,
        B: DeserializeOwned,
    {
        let (status, text) = self.send(&ask, parameters, body).await?;
        if !status.is_success() {
            return Err(self.refused(&ask, status, &text));
        }
        // An answer without a body is `null`.
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text).map_err(|error| {
            let message = format!("cannot read the answer of {}: {error}", self.name(&ask));
            Error::new(ErrorKind::Malformed, message)
                .with_remedy("use the server's version 1.7, and workers of this version")
        })
    }

    async fn send<A: Serialize>(
        &self,
        ask: &Ask<'_>,
        parameters: &[(&str, &str)],
        body: Option<&A>,
    ) -> Result<(StatusCode, String)> {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(ask.path);
        }
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        let mut request = self
            .client
            .request(ask.method.clone(), url)
            .header("accept", "application/json")
            .timeout(ask.deadline);
        if let Some(body) = body {
            let body = serde_json::to_vec(body).map_err(|error| {
                let message = format!("cannot write the request for {}", self.name(ask));
                Error::new(ErrorKind::InvalidInput, message).with_source(error)
            })?;
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        let answer = request.send().await;
        let answer = answer.map_err(|error| self.unanswered(ask, error))?;
        let status = answer.status();
        let text = answer.text().await;
        Ok((status, text.map_err(|error| self.unanswered(ask, error))?))
    }

    fn unanswered(&self, ask: &Ask<'_>, error: reqwest::Error) -> Error {
        let (kind, what) = match () {
            () if error.is_connect() => (ErrorKind::Unavailable, "cannot reach"),
            () if ask.changes => (ErrorKind::OutcomeUnknown, "no answer of"),
            () if error.is_timeout() => (ErrorKind::Timeout, "no answer in time of"),
            () => (ErrorKind::Unavailable, "no answer of"),
        };
        let remedy = match kind {
            ErrorKind::OutcomeUnknown => {
                "read the status, then give the order again; see whether a worker is registered and runs"
            }
            _ => "see whether the server runs there, and whether a worker is registered and runs",
        };
        Error::new(kind, format!("{what} {}", self.name(ask)))
            .with_remedy(remedy)
            .with_source(error)
    }

    fn refused(&self, ask: &Ask<'_>, status: StatusCode, text: &str) -> Error {
        let document: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let said = document["message"].as_str().unwrap_or(text);
        if let Some(error) = refusal::read(said) {
            return error;
        }
        let said: String = said.chars().take(300).collect();
        let message = format!("{} answers {status}: {said}", self.name(ask));
        let (kind, remedy) = match status {
            StatusCode::NOT_FOUND => (
                ErrorKind::Unavailable,
                "register a worker, and use the server's version 1.7",
            ),
            StatusCode::TOO_MANY_REQUESTS => (ErrorKind::Throttled, "try again later"),
            status if status.is_server_error() && ask.changes => (
                ErrorKind::OutcomeUnknown,
                "read the status, then give the order again; the server's log says more",
            ),
            status if status.is_server_error() => (
                ErrorKind::Unavailable,
                "try again; the server's log says more",
            ),
            _ => (ErrorKind::Refused, "the server's log says more"),
        };
        Error::new(kind, message).with_remedy(remedy)
    }

    fn name(&self, ask: &Ask<'_>) -> String {
        format!(
            "Restate's {} at {} (`{}`)",
            self.what,
            self.url,
            ask.path.join("/")
        )
    }
}
