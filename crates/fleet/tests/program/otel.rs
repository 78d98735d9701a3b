//! Traces and metrics, as a receiver gets them.

use std::collections::{BTreeMap, BTreeSet};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::common::{A, Running, World, small, text};

/// A receiver that takes everything.
struct Receiver {
    runtime: tokio::runtime::Runtime,
    server: MockServer,
}

impl Receiver {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            let taken = ResponseTemplate::new(200);
            Mock::given(method("POST"))
                .respond_with(taken)
                .mount(&server)
                .await;
            server
        });
        Self { runtime, server }
    }

    fn requests(&self, path: &str) -> Vec<Request> {
        let requests = self.runtime.block_on(self.server.received_requests());
        let requests = requests.expect("requests are recorded").into_iter();
        requests
            .filter(|request| request.url.path() == path)
            .collect()
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.requests("/v1/traces");
        let requests = requests
            .iter()
            .map(|request| ExportTraceServiceRequest::decode(&*request.body).expect("protobuf"));
        requests
            .flat_map(|request| request.resource_spans)
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .collect()
    }

    /// The values of the last time, by the metric's name and attributes.
    fn metrics(&self) -> BTreeMap<String, f64> {
        let last = self.requests("/v1/metrics").pop().expect("metrics");
        let last = ExportMetricsServiceRequest::decode(&*last.body).expect("protobuf");
        let scopes = last
            .resource_metrics
            .into_iter()
            .flat_map(|one| one.scope_metrics);
        let mut values = BTreeMap::new();
        for metric in scopes.flat_map(|scope| scope.metrics) {
            let mut keep = |attributes: &[KeyValue], value: f64| {
                let attributes = attributes.iter();
                let told: BTreeSet<String> = attributes
                    .map(|one| format!("{}={}", one.key, word(one)))
                    .collect();
                let told: Vec<String> = told.into_iter().collect();
                values.insert(format!("{}{{{}}}", metric.name, told.join(",")), value);
            };
            match metric.data.expect("data") {
                Data::Sum(sum) => sum
                    .data_points
                    .iter()
                    .for_each(|p| keep(&p.attributes, number(p.value))),
                Data::Gauge(gauge) => gauge
                    .data_points
                    .iter()
                    .for_each(|p| keep(&p.attributes, number(p.value))),
                Data::Histogram(h) => h
                    .data_points
                    .iter()
                    .for_each(|p| keep(&p.attributes, p.count as f64)),
                other => panic!("{other:?}"),
            }
        }
        values
    }
}

fn number(value: Option<number_data_point::Value>) -> f64 {
    match value.expect("a value") {
        number_data_point::Value::AsInt(value) => value as f64,
        number_data_point::Value::AsDouble(value) => value,
    }
}

fn word(attribute: &KeyValue) -> String {
    match attribute
        .value
        .as_ref()
        .and_then(|value| value.value.clone())
    {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn attribute(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|one| one.key == key);
    found.map(word).unwrap_or_default()
}

#[test]
fn a_run_is_a_trace_and_counts() {
    let world = World::start(600.0);
    let receiver = Receiver::start();
    let file = world.write("t.yaml", &small("acme_site", A, "default"));
    let mut worker = Running::start(
        world
            .worker()
            .args(["--otlp-endpoint", &receiver.server.uri()]),
    );
    let run = world.order(&["submit", text(&file), "--wait", "90"]);
    assert_eq!(run.code, Some(0), "{run:#?}\n{}", worker.text());
    assert_eq!(worker.end(), Some(0), "{}", worker.text());

    let spans = receiver.spans();
    let run = spans
        .iter()
        .find(|span| span.name == "converge")
        .expect("a run");
    assert!(run.parent_span_id.is_empty());
    for (key, value) in [
        ("landbridge.topology", "acme_site"),
        ("landbridge.tenant", "acme"),
        ("landbridge.goal", "converge"),
        ("landbridge.outcome", "ready"),
        ("landbridge.generation", "1"),
    ] {
        assert_eq!(attribute(run, key), value, "{key}: {run:#?}");
    }
    let below = |parent: &Span| {
        let below = spans
            .iter()
            .filter(|span| span.parent_span_id == parent.span_id);
        below.cloned().collect::<Vec<Span>>()
    };
    let stages = below(run);
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    for name in ["observing", "applying", "verifying"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let applying = stages
        .iter()
        .find(|stage| stage.name == "applying")
        .expect("it applies");
    let steps = below(applying);
    let steps: BTreeSet<String> = steps
        .iter()
        .map(|step| attribute(step, "landbridge.step"))
        .collect();
    let expected = ["network/n", "subnet/n/s"].map(str::to_owned);
    assert_eq!(steps, BTreeSet::from(expected));
    for span in &spans {
        assert_eq!(span.trace_id, run.trace_id);
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        assert!(span.start_time_unix_nano >= run.start_time_unix_nano);
        assert!(span.end_time_unix_nano <= run.end_time_unix_nano);
    }

    let metrics = receiver.metrics();
    let value = |name: &str| {
        *metrics
            .get(name)
            .unwrap_or_else(|| panic!("{name}: {metrics:#?}"))
    };
    assert_eq!(value("landbridge.runs{goal=converge,outcome=ready}"), 1.0);
    assert_eq!(value("landbridge.run.duration{goal=converge}"), 1.0);
    assert_eq!(value("landbridge.run.delay{goal=converge}"), 1.0);
    assert_eq!(value("landbridge.topologies{phase=ready}"), 1.0);
    assert_eq!(
        value(&format!(
            "landbridge.calls.throttled{{account={A},cloud=aliyun}}"
        )),
        0.0
    );
    let answered = world.simulator.calls().len();
    let of_a = format!("account={A},cloud=aliyun");
    let counted = metrics
        .iter()
        .filter(|(name, _)| name.starts_with("landbridge.calls{"));
    assert_eq!(
        counted.map(|(_, value)| *value).sum::<f64>(),
        answered as f64
    );
    assert!(value(&format!("landbridge.calls{{{of_a},code=ok}}")) > 10.0);
    assert!(
        metrics
            .keys()
            .any(|name| name.starts_with("landbridge.lease.age")),
        "{metrics:#?}"
    );
    no_secret_is_sent(&world, &receiver);
}

fn no_secret_is_sent(world: &World, receiver: &Receiver) {
    let sent = ["/v1/traces", "/v1/metrics"].map(|path| receiver.requests(path));
    let secret = world.a.access_key_secret.as_bytes();
    for request in sent.iter().flatten() {
        let found = request
            .body
            .windows(secret.len())
            .any(|part| part == secret);
        assert!(!found, "a secret was sent");
    }
}

#[test]
fn a_receiver_that_is_not_there_disturbs_nothing_and_is_told_once() {
    let world = World::start(600.0);
    let file = world.write("t.yaml", &small("acme_site", A, "default"));
    // Bound and closed again: no other program listens there for now.
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").port()
    };
    let mut command = world.worker();
    command.env(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        format!("http://user:pass@127.0.0.1:{port}"),
    );
    command.env("OTEL_METRIC_EXPORT_INTERVAL", "50");
    command.env("OTEL_BSP_SCHEDULE_DELAY", "50");
    let mut worker = Running::start(&mut command);
    let run = world.order(&["submit", text(&file), "--wait", "90"]);
    assert_eq!(run.code, Some(0), "{run:#?}\n{}", worker.text());
    let told = |worker: &Running| {
        let log = worker.log();
        let told = log.iter().filter(|line| {
            let message = line["message"].as_str().unwrap_or_default();
            message.starts_with("traces and metrics are not delivered")
        });
        told.count()
    };
    crate::common::wait("the complaint", || told(&worker) > 0);
    assert_eq!(worker.end(), Some(0), "{}", worker.text());
    assert_eq!(told(&worker), 1, "{}", worker.text());
    assert!(!worker.text().contains("pass@"), "{}", worker.text());
}
