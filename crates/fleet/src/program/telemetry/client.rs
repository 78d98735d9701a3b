//! Sends requests of the exporters.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

use crate::program::exit::Outcome;

/// How long a request may take.
const LIMIT: Duration = Duration::from_secs(10);

/// An HTTP client for threads that are not the runtime's: exporters have threads of their own.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    runtime: Handle,
    /// Whether it was told that nothing is delivered.
    told: Arc<AtomicBool>,
}

impl Client {
    pub(super) fn new() -> Outcome<Self> {
        let http = reqwest::Client::builder()
            .timeout(LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(anyhow::Error::new)?;
        Ok(Self {
            http,
            runtime: Handle::current(),
            told: Arc::default(),
        })
    }

    // Once for each time that the receiver goes away.
    fn tell(&self, host: &str, problem: Option<String>) {
        let Some(problem) = problem else {
            self.told.store(false, Ordering::Relaxed);
            return;
        };
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                host,
                problem,
                "traces and metrics are not delivered; told once, until they are again"
            );
        }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let sending = self.runtime.spawn(send(self.http.clone(), request));
        let answer = sending.await.map_err(HttpError::from).and_then(|sent| sent);
        self.tell(
            &host,
            match &answer {
                Ok(answer) if answer.status().is_success() => None,
                Ok(answer) => Some(format!("status {}", answer.status())),
                Err(error) => Some(with_causes(error.as_ref())),
            },
        );
        answer
    }
}

async fn send(
    http: reqwest::Client,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpError> {
    // An address may hold a password.
    let told = |error: reqwest::Error| error.without_url();
    let request = reqwest::Request::try_from(request).map_err(told)?;
    let answer = http.execute(request).await.map_err(told)?;
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let body = answer.bytes().await.map_err(told)?;
    Ok(response.body(body)?)
}

fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
