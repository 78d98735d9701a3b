//! The description of the API: OpenAPI 3.1.

use landbridge_core::Failure;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::listing::{Summary, TopologyList};
use super::problem;
use super::request::POLICY;
use super::shown::TopologyStatus;
use crate::orders::Planned;
use crate::spec::Policy;
use crate::state::Phase;

/// The OpenAPI 3.1 document of the API, which is served at `/openapi.json`.
pub fn description() -> Value {
    let mut writer = Writer::new();
    let paths = writer.paths();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Landbridge fleets",
            "version": "1",
            "description": "Orders for topologies, and how they stand. A tenant sees its own topologies only.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "schemas": writer.schemas(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, or a token of OpenID Connect",
                },
            },
            "parameters": parameters(),
        },
    })
}

/// An operation while it is written.
struct Operation {
    id: &'static str,
    summary: &'static str,
    parameters: Vec<Value>,
    body: Option<bool>,
    answers: Map<String, Value>,
    is_open: bool,
}

impl Operation {
    fn new(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            parameters: Vec::new(),
            body: None,
            answers: Map::new(),
            is_open: false,
        }
    }

    /// For anybody, without a login.
    fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    fn takes(mut self, parameters: &[&str]) -> Self {
        let named = |name: &&str| json!({ "$ref": format!("#/components/parameters/{name}") });
        self.parameters.extend(parameters.iter().map(named));
        self
    }

    fn with_body(mut self, is_required: bool) -> Self {
        self.body = Some(is_required);
        self.takes(&POLICY)
    }

    fn answers(mut self, status: &str, what: &str, content: Value) -> Self {
        let mut answer = json!({ "description": what });
        if !content.is_null() {
            answer["content"] = content;
        }
        self.answers.insert(status.to_owned(), answer);
        self
    }

    /// Problems that the operation itself can have; each that logs in can have some more.
    fn refuses(mut self, writer: &mut Writer, statuses: &[u16]) -> Self {
        let of_login: &[u16] = match self.is_open {
            true => &[],
            false => &[400, 401, 403, 431, 500],
        };
        for status in statuses.iter().chain(of_login).chain(&[503]) {
            let what = axum::http::StatusCode::from_u16(*status);
            let what = what.ok().and_then(|status| status.canonical_reason());
            let mut content = writer.content::<problem::Document>("application/problem+json");
            // The server answers so before there is a route.
            if *status == 431 {
                content = Value::Null;
            }
            self = self.answers(&status.to_string(), what.unwrap_or("Error"), content);
        }
        self
    }

    fn written(self) -> Value {
        let mut written = json!({
            "operationId": self.id,
            "summary": self.summary,
            "parameters": self.parameters,
            "responses": self.answers,
        });
        if let Some(is_required) = self.body {
            let schema = json!({ "type": "string" });
            written["requestBody"] = json!({
                "required": is_required,
                "description": "A topology: see docs/topology.schema.json. Its name is that of the path, or TENANT_NAME.",
                "content": {
                    "application/yaml": { "schema": schema },
                    "application/json": { "schema": { "type": "object" } },
                },
            });
        }
        if self.is_open {
            written["security"] = json!([]);
        }
        written
    }
}

struct Writer(SchemaGenerator);

impl Writer {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        let settings = settings.with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self(settings.into_generator())
    }

    fn schema<T: JsonSchema>(&mut self) -> Schema {
        self.0.subschema_for::<T>()
    }

    fn content<T: JsonSchema>(&mut self, media: &str) -> Value {
        json!({ media: { "schema": self.schema::<T>() } })
    }

    fn schemas(mut self) -> Map<String, Value> {
        // Outcomes and progress hold failures; clients read them alone, too.
        self.schema::<Failure>();
        self.0.take_definitions(true)
    }

    fn paths(&mut self) -> Value {
        let mut paths = json!({
            "/": { "get": self.open("page", "The status page", "text/html") },
            "/healthz": { "get": self.open("healthy", "Whether the server runs", "text/plain") },
            "/readyz": { "get": self.open("ready", "Whether topologies can be read and orders taken", "text/plain") },
            "/openapi.json": { "get": self.open("openapi", "This description", "application/json") },
            "/v1/summary": { "get": self.summary() },
            "/v1/topologies": { "get": self.list() },
            "/v1/topologies/{name}": {
                "parameters": named(),
                "put": self.submit(),
                "get": self.status(),
                "delete": self.delete(),
            },
        });
        let orders = [
            (
                "stop",
                "Ends the run under way within 15 s; no other begins. The status has `progress` until it has ended",
            ),
            (
                "resume",
                "Goes on after a stop or a failure, and mends what was told as drift",
            ),
            (
                "peer-ready",
                "Looks at once whether the owner of another account has done its part",
            ),
        ];
        for (order, summary) in orders {
            let path = format!("/v1/topologies/{{name}}/{order}");
            paths[path] = json!({ "parameters": named(), "post": self.order(order, summary) });
        }
        let plan = self.plan();
        paths["/v1/topologies/{name}/plan"] = json!({ "parameters": named(), "post": plan });
        let yaml = json!({ "application/yaml": { "schema": { "type": "object" } } });
        let svg = json!({ "image/svg+xml": { "schema": { "type": "string" } } });
        let policy = self.content::<Policy>("application/json");
        let reads = [
            ("topology", "What was asked for, as it was given", yaml),
            ("policy", "How it is kept", policy),
            ("picture.svg", "The declared topology as a picture", svg),
        ];
        for (what, summary, content) in reads {
            let path = format!("/v1/topologies/{{name}}/{what}");
            let read = Operation::new(what, summary)
                .takes(&["if-none-match"])
                .answers("200", "The document, with its `ETag`", content)
                .answers("304", "It is the one of `If-None-Match`", Value::Null);
            let read = read.refuses(self, &[404]).written();
            paths[path] = json!({ "parameters": named(), "get": read });
        }
        paths
    }

    fn open(&mut self, id: &'static str, summary: &'static str, media: &str) -> Value {
        let schema = match media {
            "application/json" => json!({ "type": "object" }),
            _ => json!({ "type": "string" }),
        };
        let content = json!({ media: { "schema": schema } });
        let operation = Operation::new(id, summary)
            .open()
            .answers("200", "It is so", content);
        operation.refuses(self, &[500]).written()
    }

    fn summary(&mut self) -> Value {
        let content = self.content::<Summary>("application/json");
        Operation::new(
            "summary",
            "How many topologies the tenant has, phase by phase",
        )
        .answers("200", "The numbers", content)
        .refuses(self, &[])
        .written()
    }

    fn list(&mut self) -> Value {
        let content = self.content::<TopologyList>("application/json");
        Operation::new(
            "list",
            "The tenant's topologies, page by page, by their names",
        )
        .takes(&["limit", "after", "phase", "contains"])
        .answers("200", "A page; `next` is `after` of the next one", content)
        .refuses(self, &[])
        .written()
    }

    fn submit(&mut self) -> Value {
        let content = self.content::<TopologyStatus>("application/json");
        Operation::new(
            "submit",
            "Asks for a topology. The same one again changes nothing",
        )
        .with_body(true)
        .takes(&TERMS)
        .answers("202", "It is kept, and workers carry it out", content)
        .refuses(self, &[409, 412, 413, 415, 422, 429])
        .written()
    }

    fn status(&mut self) -> Value {
        let mut content = self.content::<TopologyStatus>("application/json");
        content["text/event-stream"] = json!({ "schema": event() });
        Operation::new("status", "How a topology stands, once or as it changes")
            .takes(&["watch", "if-none-match"])
            .answers(
                "200",
                "The status with its `ETag`, or events `status` and `end`",
                content,
            )
            .answers("304", "It is the one of `If-None-Match`", Value::Null)
            .refuses(self, &[404, 429])
            .written()
    }

    fn delete(&mut self) -> Value {
        let content = self.content::<TopologyStatus>("application/json");
        Operation::new(
            "delete",
            "Asks that nothing of a topology is left, or forgets one of which nothing is",
        )
        .takes(&["forget"])
        .takes(&TERMS)
        .answers("202", "It is kept; phase `deleted` has the proof", content)
        .answers("204", "It is forgotten", Value::Null)
        .refuses(self, &[404, 409, 412])
        .written()
    }

    fn order(&mut self, id: &'static str, summary: &'static str) -> Value {
        let content = self.content::<TopologyStatus>("application/json");
        Operation::new(id, summary)
            .takes(&TERMS)
            .answers("202", "It is kept", content)
            .refuses(self, &[404, 409, 412, 429])
            .written()
    }

    fn plan(&mut self) -> Value {
        let content = self.content::<Planned>("application/json");
        Operation::new(
            "plan",
            "What a run would do now. Nothing is kept and nothing is written",
        )
        .with_body(false)
        .answers("200", "The plan, and what preflight found", content)
        .refuses(self, &[404, 413, 415, 422, 429, 501, 502])
        .written()
    }
}

/// One of the events.
fn event() -> Value {
    json!({
        "type": "object",
        "description": "An event: a status as JSON, or why the watch ends",
        "properties": {
            "event": { "enum": ["status", "end"] },
            "id": { "type": "string", "description": "The tag of the status" },
            "data": { "type": "string" },
        },
    })
}

const TERMS: [&str; 3] = ["if-match", "if-none-match", "idempotency-key"];

fn named() -> Value {
    json!([{
        "name": "name",
        "in": "path",
        "required": true,
        "description": "The topology's name within the tenant",
        "schema": { "type": "string", "pattern": "^[a-z0-9-]+$", "minLength": 1, "maxLength": 38 },
    }])
}

fn parameters() -> Value {
    let query = |name: &str, what: &str, schema: Value| json!({ "name": name, "in": "query", "description": what, "schema": schema });
    let header = |name: &str, what: &str| {
        let schema = json!({ "type": "string", "maxLength": 128 });
        json!({ "name": name, "in": "header", "description": what, "schema": schema })
    };
    let flag = || json!({ "type": "boolean" });
    let seconds = |least| json!({ "type": "integer", "minimum": least, "maximum": 31_536_000 });
    let name = json!({ "type": "string", "pattern": "^[a-z0-9-]+$", "maxLength": 38 });
    let phases = Phase::ALL.map(Phase::as_str);
    json!({
        "on-drift": query("on-drift", "What is done when something differs. Default: `tell`", json!({ "enum": ["tell", "repair"] })),
        "tick-seconds": query("tick-seconds", "How often it is observed. Default: 1800", seconds(60)),
        "peer-seconds": query("peer-seconds", "How often it is looked at while another owner is waited for. Default: 300", seconds(10)),
        "attempts": query("attempts", "How often a failed run is started again. Default: 20", json!({ "type": "integer", "minimum": 0, "maximum": 100 })),
        "pings": query("pings", "Whether its instances send pings. Default: true", flag()),
        "prune": query("prune", "Whether what others added to its objects is deleted. Default: false", flag()),
        "replace": query("replace", "Whether objects are made anew where no write changes them. Default: false", flag()),
        "limit": query("limit", "How many a page has. Default: 100", json!({ "type": "integer", "minimum": 1, "maximum": 500 })),
        "after": query("after", "The name after which the page begins", name),
        "phase": query("phase", "The phase that they have", json!({ "enum": phases })),
        "contains": query("contains", "What their names contain", json!({ "type": "string" })),
        "watch": query("watch", "Tells changes as server-sent events: until it rests, or all of them for half an hour", json!({ "enum": ["rest", "all", ""] })),
        "forget": query("forget", "Forgets a topology in phase `deleted`", flag()),
        "if-match": header("If-Match", "The tag of a status, of which the generation counts, or `*`"),
        "if-none-match": header("If-None-Match", "Tags that the caller knows; `*` with an order: only for a topology that is not known"),
        "idempotency-key": header("Idempotency-Key", "The order's ID: of the last eight of a topology none is carried out twice"),
    })
}
