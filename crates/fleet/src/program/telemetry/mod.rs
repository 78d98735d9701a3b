//! OpenTelemetry: traces and metrics of the runs, over OTLP.
//!
//! - [`runs`] makes spans and counts of what the runs tell, [`calls`] counts the calls to clouds, [`topologies`] how topologies
//!   stand.
//! - [`client`] sends them. A receiver that cannot be reached disturbs nothing, and is told once.

mod calls;
mod client;
mod runs;
mod topologies;

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::backend::Tap;
use landbridge_core::event::RunId;
use landbridge_fleet::clouds::CloudEngines;
use landbridge_fleet::{Orders, Watch};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{
    MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

use self::calls::Calls;
use self::client::Client;
use self::runs::Runs;
use self::topologies::Topologies;
use crate::program::args::TelemetryArgs;
use crate::program::exit::{Failure, Outcome};

const SCOPE: &str = "landbridge-fleet";

/// How long the last traces and metrics may take at the end.
const LAST_WORDS: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Telemetry {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    meter: Meter,
    runs: Arc<Runs>,
    calls: Arc<Calls>,
    topologies: Option<Topologies>,
}

impl Telemetry {
    /// Starts, if the options or the `OTEL_*` variables name a receiver.
    pub(crate) fn start(args: &TelemetryArgs) -> Outcome<Option<Self>> {
        let endpoint = args.otlp_endpoint.as_deref().filter(|url| !url.is_empty());
        let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_wanted = endpoint.is_some()
            || named("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            || named("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
        let is_disabled = std::env::var("OTEL_SDK_DISABLED").is_ok_and(|value| value == "true");
        if !is_wanted || is_disabled {
            return Ok(None);
        }
        let client = Client::new()?;
        let mut spans = SpanExporter::builder()
            .with_http()
            .with_http_client(client.clone())
            .with_protocol(Protocol::HttpBinary);
        let mut metrics = MetricExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary);
        // Variables of one signal are whole addresses, and go first.
        if let Some(url) = endpoint.filter(|_| !named("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")) {
            spans = spans.with_endpoint(address(url, "v1/traces")?);
        }
        if let Some(url) = endpoint.filter(|_| !named("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")) {
            metrics = metrics.with_endpoint(address(url, "v1/metrics")?);
        }
        let traces = SdkTracerProvider::builder()
            .with_resource(resource())
            .with_batch_exporter(spans.build().map_err(anyhow::Error::new)?)
            .build();
        let metrics = SdkMeterProvider::builder()
            .with_resource(resource())
            .with_periodic_exporter(metrics.build().map_err(anyhow::Error::new)?)
            .build();
        let meter = metrics.meter(SCOPE);
        Ok(Some(Self {
            runs: Arc::new(Runs::new(traces.tracer(SCOPE), &meter)),
            calls: Arc::new(Calls::new(&meter)),
            topologies: None,
            meter,
            traces,
            metrics,
        }))
    }

    /// What hears the runs.
    pub(crate) fn watch(&self) -> Arc<dyn Watch> {
        self.runs.clone()
    }

    /// What hears the calls to clouds.
    pub(crate) fn tap(&self) -> Arc<dyn Tap> {
        self.calls.clone()
    }

    /// Tells how many topologies are in which phase.
    pub(crate) fn count_topologies(&mut self, orders: Arc<dyn Orders>) {
        self.topologies = Some(Topologies::count(orders, &self.meter));
    }

    /// Tells how often the clouds asked to slow down.
    pub(crate) fn count_throttles(&self, engines: Arc<CloudEngines>) {
        self.calls.count_throttles(engines, &self.meter);
    }

    /// Sends what is left, within a few seconds.
    pub(crate) async fn end(self) {
        if let Some(topologies) = &self.topologies {
            topologies.end().await;
        }
        let (traces, metrics) = (self.traces, self.metrics);
        // Both wait for their threads. Those hand requests to this runtime, which must go on meanwhile.
        let last = tokio::task::spawn_blocking(move || {
            let sent = [
                traces.shutdown_with_timeout(LAST_WORDS),
                metrics.shutdown_with_timeout(LAST_WORDS),
            ];
            sent.into_iter().find_map(Result::err)
        });
        match tokio::time::timeout(LAST_WORDS, last).await {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(error))) => {
                tracing::debug!(%error, "the last traces or metrics were not sent");
            }
            Ok(Err(_)) | Err(_) => {
                tracing::debug!("the last traces or metrics were not sent in time")
            }
        }
    }
}

fn address(url: &str, path: &str) -> Outcome<String> {
    let wrong = || {
        Failure::bad_input(format!(
            "invalid OTLP endpoint `{url}`: expected a URL, such as `http://127.0.0.1:4318`"
        ))
    };
    let parsed = reqwest::Url::parse(url).map_err(|_| wrong())?;
    if !matches!(parsed.scheme(), "http" | "https") || !parsed.has_host() {
        return Err(wrong());
    }
    Ok(format!("{}/{path}", url.trim_end_matches('/')))
}

fn resource() -> Resource {
    let mut resource = Resource::builder()
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new(
            "service.instance.id",
            RunId::random().to_string(),
        ));
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name(SCOPE);
    }
    resource.build()
}
