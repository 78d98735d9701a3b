//! Tells a tap what went over the wire.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use landbridge_core::backend::{Exchange, ExchangeAnswer, Tap};
use landbridge_core::{Clock, Place};

tokio::task_local! {
    /// The account and region that the present call asks. The SDK stands between the call and the tap.
    static ASKED: Place;
}

/// Does something whose exchanges ask this place.
pub(super) async fn asking<F: Future>(place: &Place, calls: F) -> F::Output {
    ASKED.scope(place.clone(), calls).await
}

/// A client whose every exchange `tap` hears. Answers are read to their end first; the client below bounds them.
pub(super) fn tapped(
    http: SharedHttpClient,
    tap: Arc<dyn Tap>,
    clock: Arc<dyn Clock>,
) -> SharedHttpClient {
    SharedHttpClient::new(Tapped {
        inner: http,
        tap,
        clock,
    })
}

#[derive(Debug)]
struct Tapped<T> {
    inner: T,
    tap: Arc<dyn Tap>,
    clock: Arc<dyn Clock>,
}

impl HttpClient for Tapped<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Tapped {
            inner: self.inner.http_connector(settings, components),
            tap: Arc::clone(&self.tap),
            clock: Arc::clone(&self.clock),
        })
    }
}

impl HttpConnector for Tapped<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let heard = Heard::new(&request);
        let answer = self.inner.call(request);
        let (tap, clock) = (Arc::clone(&self.tap), Arc::clone(&self.clock));
        let began = clock.uptime();
        HttpConnectorFuture::new(async move {
            let answer = async { in_memory(answer.await?).await }.await;
            let elapsed = clock.uptime().saturating_sub(began);
            heard.tell(tap.as_ref(), answer.as_ref().ok(), elapsed);
            answer
        })
    }
}

/// The answer with its body in memory.
pub(super) async fn in_memory(answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let status = answer.status();
    let headers = texts(answer.headers());
    let body = answer.into_body().collect().await;
    let body = body.map_err(ConnectorError::io)?.to_bytes();
    let mut whole = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in headers {
        whole.headers_mut().append(name, value);
    }
    Ok(whole)
}

struct Heard {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Heard {
    fn new(request: &HttpRequest) -> Self {
        Self {
            method: request.method().to_owned(),
            url: request.uri().to_owned(),
            headers: texts(request.headers()),
            body: request.body().bytes().unwrap_or_default().to_vec(),
        }
    }

    fn tell(&self, tap: &dyn Tap, answer: Option<&HttpResponse>, elapsed: Duration) {
        let place = ASKED.try_with(Place::clone).ok();
        let exchange = Exchange::new(&self.method, &self.url, &self.headers, &self.body);
        let exchange = exchange.with_elapsed(elapsed);
        let exchange = match &place {
            Some(place) => exchange.with_place(place),
            None => exchange,
        };
        match answer {
            None => tap.take(exchange),
            Some(answer) => {
                let headers = texts(answer.headers());
                let body = answer.body().bytes().unwrap_or_default();
                let answer = ExchangeAnswer::new(answer.status().as_u16(), &headers, body);
                tap.take(exchange.with_answer(answer));
            }
        }
    }
}

fn texts(headers: &Headers) -> Vec<(String, String)> {
    let text = |(name, value): (&str, &str)| (name.to_ascii_lowercase(), value.to_owned());
    headers.iter().map(text).collect()
}
