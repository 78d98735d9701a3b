//! Workers, as processes.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use landbridge_core::SystemClock;
use landbridge_fleet::LeaseTerms;
use landbridge_fleet::restate::{RestateOptions, RestateWorker};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cloud::Access;

const SETTINGS: &str = "LANDBRIDGE_TEST_WORKER";
/// For what takes seconds, also on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Short leases, so that another worker takes over in seconds.
pub(crate) fn options() -> RestateOptions {
    let mut options = RestateOptions::default();
    options.lease = LeaseTerms::new(Duration::from_secs(3), Duration::from_secs(1));
    options.look = Duration::from_millis(500);
    options
}

/// What a worker's process needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) ingress: String,
    pub(crate) access: Access,
}

/// A worker in a process of its own, which ends with the test.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts a worker, whose log is a file of this name.
    pub(crate) fn start(settings: &Settings, log: &Path) -> Self {
        let file = File::create(log).expect("a log");
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args([
                "worker::as_a_process",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env(SETTINGS, serde_json::to_string(settings).expect("JSON"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .expect("a worker starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once("listens on ")?.1.parse().ok());
        Self {
            address: address.unwrap_or_else(|| panic!("{}", read(log))),
            child,
            log: log.to_owned(),
        }
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Sends a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status();
        assert!(status.expect("kill").success());
    }

    /// Waits for its end.
    pub(crate) async fn ends(&mut self) {
        let child = std::sync::Mutex::new(&mut self.child);
        until("a worker ends", async || {
            let status = child.lock().expect("no panic").try_wait();
            status.expect("a child").is_some()
        })
        .await;
    }

    pub(crate) fn log(&self) -> String {
        read(&self.log)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            eprintln!(
                "a worker's log:\n{}",
                &log[log.len().saturating_sub(6000)..]
            );
        }
    }
}

fn read(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_default()
}

#[test]
#[ignore = "the process of a worker: other tests start it"]
fn as_a_process() {
    let Ok(settings) = std::env::var(SETTINGS) else {
        return;
    };
    let settings: Settings = serde_json::from_str(&settings).expect("settings");
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(serve(settings));
}

async fn serve(settings: Settings) {
    let engine = Arc::new(settings.access.engine());
    let stop = CancellationToken::new();
    let worker = RestateWorker::new(engine, Arc::new(SystemClock::new()), &settings.ingress)
        .expect("a worker")
        .with_options(options())
        .with_cancellation(stop.clone());
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .expect("a signal");
    tokio::spawn(async move {
        terminate.recv().await;
        stop.cancel();
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!(
        "\nlistens on {}",
        listener.local_addr().expect("an address")
    );
    worker.serve(listener).await.expect("served");
}
