//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use landbridge_fleet::LinkKey;

use super::exit;

/// Keep many topologies as they are declared: apply them, watch for drift, mend it, remove them.
#[derive(Debug, Parser)]
#[command(name = "landbridge-fleet", version, after_help = exit::HELP)]
pub(crate) struct Program {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How log lines look. They go to standard error; `RUST_LOG` says which ones
    #[arg(
        long,
        global = true,
        value_name = "FORM",
        default_value = "text",
        env = "LANDBRIDGE_FLEET_LOG_FORMAT"
    )]
    pub(crate) log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line of text for each event
    Text,
    /// A JSON object a line
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Carry out the orders of a folder, until a signal comes
    Run(RunArgs),
    /// Carry out the orders of a Restate server, until a signal comes
    Worker(WorkerArgs),
    /// Take orders over HTTP, until a signal comes
    Api(ApiArgs),
    /// Tell a Restate server where its workers are
    Register(RegisterArgs),
    /// Look whether a Restate server and its workers are as they should be, and what waits for a person
    Doctor(DoctorArgs),
    /// Make a random API key, and the hash of it that a tenants file holds
    ApiKey(FormArgs),
    /// Ask for the topology of a file
    Submit(SubmitArgs),
    /// Show how a topology stands
    Status(StatusArgs),
    /// Show how all topologies stand
    List(ListArgs),
    /// Show what a run for a file would do; nothing is kept and nothing is written
    Plan(PlanArgs),
    /// End the run of a topology, within 15 s; no other begins
    Stop(OrderArgs),
    /// Go on after a stop, a failure or drift
    Resume(OrderArgs),
    /// Look at once whether the owner of another account has done its part
    PeerReady(OrderArgs),
    /// Remove everything that a topology has made, and prove it
    Delete(OrderArgs),
    /// Forget a topology that is deleted
    Forget(OrderArgs),
}

/// Where orders are kept.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// The folder of orders and of what came of them, on a local disk. It is made if it is not there
    #[arg(long, value_name = "DIR", env = "LANDBRIDGE_FLEET_STORE")]
    pub(crate) store: PathBuf,
}

/// How clouds are reached, and with whose keys.
#[derive(Debug, Args)]
#[command(next_help_heading = "Clouds")]
pub(crate) struct CloudArgs {
    /// The folder of secrets: `DIR/TENANT/NAME` holds what a topology names as `secret: NAME`, or a password
    #[arg(long, value_name = "DIR", env = "LANDBRIDGE_FLEET_SECRETS")]
    pub(crate) secrets: Option<PathBuf>,
    /// Let topologies of this tenant use the program's own keys directly, not only to assume roles
    #[arg(long, value_name = "TENANT")]
    pub(crate) own_keys_for: Vec<String>,
    /// Send all calls to Alibaba Cloud to this address
    #[arg(long, value_name = "URL", env = "LANDBRIDGE_FLEET_ALIYUN_ENDPOINT")]
    pub(crate) aliyun_endpoint: Option<String>,
    /// Send all calls to AWS to this address
    #[arg(long, value_name = "URL", env = "LANDBRIDGE_FLEET_AWS_ENDPOINT")]
    pub(crate) aws_endpoint: Option<String>,
    /// Use the keys that `landbridge simulator > FILE` has printed. Clouds without an address are reached at the simulator's
    #[arg(long, value_name = "FILE", env = "LANDBRIDGE_FLEET_KEYS")]
    pub(crate) keys: Option<PathBuf>,
}

/// Where traces and metrics go.
#[derive(Debug, Args)]
#[command(next_help_heading = "OpenTelemetry")]
pub(crate) struct TelemetryArgs {
    /// Send traces and metrics to this OTLP receiver (HTTP, protobuf), such as http://127.0.0.1:4318. The other
    /// `OTEL_*` variables are heeded
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub(crate) otlp_endpoint: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) clouds: CloudArgs,
    #[command(flatten)]
    pub(crate) telemetry: TelemetryArgs,
    /// How many topologies are attended to at once
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) parallel: u16,
    /// End when nothing is due any more, instead of waiting for what comes
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// Where the server calls this worker. Without `--identity-key`, only the server may reach it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9081")]
    pub(crate) listen: SocketAddr,
    /// Let other workers of this machine listen at the same address: the system spreads connections over them
    #[arg(long)]
    pub(crate) share_port: bool,
    #[command(flatten)]
    pub(crate) ingress: IngressArgs,
    /// Refuse requests that the server of this public key has not signed
    #[arg(long, value_name = "KEY", env = "LANDBRIDGE_FLEET_IDENTITY_KEY")]
    pub(crate) identity_key: Option<String>,
    /// How long the lease of a topology lasts, in seconds, 600 at most. Another worker takes over from a dead one 15 s after its end
    #[arg(long, value_name = "SECONDS", default_value_t = 45, value_parser = clap::value_parser!(u64).range(3..=600))]
    pub(crate) lease: u64,
    /// How many topologies are attended to at once; others wait
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) parallel: u16,
    #[command(flatten)]
    pub(crate) clouds: CloudArgs,
    #[command(flatten)]
    pub(crate) telemetry: TelemetryArgs,
}

/// Where orders go in to a Restate server.
#[derive(Debug, Args)]
pub(crate) struct IngressArgs {
    /// The ingress of the Restate server
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8080",
        env = "LANDBRIDGE_FLEET_INGRESS"
    )]
    pub(crate) ingress: String,
}

/// Where a Restate server is administered.
#[derive(Debug, Args)]
pub(crate) struct AdminArgs {
    /// The admin port of the Restate server
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:9070",
        env = "LANDBRIDGE_FLEET_ADMIN"
    )]
    pub(crate) admin: String,
}

#[derive(Debug, Args)]
pub(crate) struct ApiArgs {
    /// Where requests come in
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    pub(crate) listen: SocketAddr,
    /// The tenants: how each logs in, and what its topologies may name. SIGHUP reads it anew
    #[arg(long, value_name = "FILE", env = "LANDBRIDGE_FLEET_TENANTS")]
    pub(crate) tenants: PathBuf,
    /// The certificate, PEM, and those that lead from it to a root
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Take requests in clear from everywhere, because a proxy in front ends TLS
    #[arg(long, conflicts_with = "tls_cert")]
    pub(crate) behind_proxy: bool,
    /// Give orders to this folder, for `landbridge-fleet run`, not to a Restate server
    #[arg(long, value_name = "DIR", env = "LANDBRIDGE_FLEET_STORE")]
    pub(crate) store: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ingress: IngressArgs,
    #[command(flatten)]
    pub(crate) admin: AdminArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RegisterArgs {
    /// The URL at which the server reaches the workers: one for all of a version
    pub(crate) workers: String,
    #[command(flatten)]
    pub(crate) admin: AdminArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) admin: AdminArgs,
    /// Let everything go on that the server has paused. Mend the cause first
    #[arg(long)]
    pub(crate) resume: bool,
    /// Remove deployments that are not the newest and have nothing under way
    #[arg(long)]
    pub(crate) remove_old: bool,
    #[command(flatten)]
    pub(crate) form: FormArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    /// The topology, YAML or JSON. Its `name` is TENANT_NAME
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// What is done when something differs. Default: tell
    #[arg(long, value_name = "WHAT")]
    pub(crate) on_drift: Option<Drift>,
    /// How often it is observed, in seconds. Default: 1800
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) tick: Option<u64>,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Drift {
    /// It is told; a person decides
    Tell,
    /// It is mended
    Repair,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// The topology, YAML or JSON. Its `name` is TENANT_NAME
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) clouds: CloudArgs,
    #[command(flatten)]
    pub(crate) form: FormArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The topology: TENANT_NAME
    pub(crate) key: LinkKey,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
}

#[derive(Debug, Args)]
pub(crate) struct OrderArgs {
    /// The topology: TENANT_NAME
    pub(crate) key: LinkKey,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Only topologies of this tenant
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
    #[command(flatten)]
    pub(crate) form: FormArgs,
}

#[derive(Debug, Args)]
pub(crate) struct FormArgs {
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// How the state of a topology is shown, and when.
#[derive(Debug, Args)]
pub(crate) struct ShownArgs {
    #[command(flatten)]
    pub(crate) form: FormArgs,
    /// Wait so many seconds at most until it stands: no run is due at once
    #[arg(long, value_name = "SECONDS")]
    pub(crate) wait: Option<u64>,
}
