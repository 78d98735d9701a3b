//! A Restate server for one test, on free ports of loopback.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use landbridge_fleet::restate::{Admin, RestateOrders};
use tempfile::TempDir;

use crate::worker::until;

const PACKAGES: [&str; 2] = ["package.json", "package-lock.json"];

/// A server, which ends with the test.
pub(crate) struct Server {
    program: PathBuf,
    child: Child,
    home: TempDir,
    ports: [u16; 3],
}

impl Server {
    /// A server that has just started. Where it cannot be installed the reason is printed and the caller skips its test, except in
    /// continuous integration, where nothing is skipped.
    pub(crate) async fn start() -> Option<Self> {
        let program = match install() {
            Ok(program) => program,
            Err(reason) if std::env::var("CI").is_ok_and(|value| value == "true") => {
                panic!("tests with Restate need npm and its package: {reason}")
            }
            Err(reason) => {
                eprintln!("skipped: no Restate server: {reason}");
                return None;
            }
        };
        let home = TempDir::new().expect("a directory");
        let ports = [free_port(), free_port(), free_port()];
        let child = launch(&program, home.path(), ports);
        let server = Self {
            program,
            child,
            home,
            ports,
        };
        server.healthy().await;
        Some(server)
    }

    pub(crate) fn ingress(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    pub(crate) fn admin_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[1])
    }

    pub(crate) fn admin(&self) -> Admin {
        Admin::new(&self.admin_url()).expect("a URL")
    }

    pub(crate) fn orders(&self) -> RestateOrders {
        RestateOrders::new(&self.ingress(), &self.admin_url()).expect("URLs")
    }

    /// Where everything is that it keeps.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// As a machine that fails.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// After a [`kill`](Self::kill).
    pub(crate) async fn restart(&mut self) {
        self.child = launch(&self.program, self.home.path(), self.ports);
        self.healthy().await;
    }

    async fn healthy(&self) {
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        // A query needs every partition.
        let query = r#"{"query":"SELECT count(1) FROM state"}"#;
        until("the server is up", async || {
            let health = client.get(format!("{}/restate/health", self.ingress()));
            let ask = client
                .post(format!("{}/query", self.admin_url()))
                .header("content-type", "application/json")
                .body(query);
            let is_well = |answer: Result<reqwest::Response, _>| {
                answer.is_ok_and(|answer| answer.status().is_success())
            };
            is_well(health.send().await) && is_well(ask.send().await)
        })
        .await;
        // What it says of partitions right after its start is not final.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
            eprintln!(
                "the server's log:\n{}",
                &log[log.len().saturating_sub(6000)..]
            );
        }
    }
}

fn launch(program: &Path, home: &Path, [ingress, admin, node]: [u16; 3]) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(home.join("log"));
    let log = log.expect("a log");
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("RESTATE_") || name.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(&*name);
        }
    }
    command
        .args(["--no-logo", "--base-dir"])
        .arg(home.join("data"))
        .env("RESTATE_NODE_NAME", "one")
        .env("RESTATE_BIND_IP", "127.0.0.1")
        .env("RESTATE_LISTEN_MODE", "tcp")
        .env("RESTATE_BIND_PORT", node.to_string())
        .env("RESTATE_INGRESS__BIND_PORT", ingress.to_string())
        .env("RESTATE_ADMIN__BIND_PORT", admin.to_string())
        .env("RESTATE_DISABLE_TELEMETRY", "true")
        .env("RESTATE_LOG_FILTER", "warn")
        .env("RESTATE_LOG_DISABLE_ANSI_CODES", "true")
        .env("RESTATE_DEFAULT_NUM_PARTITIONS", "2")
        // A few runs are enough to keep several workers busy.
        .env(
            "RESTATE_WORKER__INVOKER__HTTP2_STREAMS_PER_CONNECTION_LIMIT",
            "4",
        )
        .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "256MiB")
        // A test reads the files.
        .env(
            "RESTATE_WORKER__STORAGE__ROCKSDB_DISABLE_WAL_COMPRESSION",
            "true",
        )
        .env(
            "RESTATE_WORKER__STORAGE__ROCKSDB_DISABLE_L0_L1_COMPRESSION",
            "true",
        )
        .env(
            "RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_COMPRESSION",
            "true",
        )
        .env(
            "RESTATE_LOG_SERVER__ROCKSDB_DISABLE_L0_L1_COMPRESSION",
            "true",
        )
        // A worker that is gone without a word is noticed in seconds.
        .env("RESTATE_WORKER__INVOKER__HTTP2_KEEP_ALIVE_INTERVAL", "1s")
        .env("RESTATE_WORKER__INVOKER__HTTP2_KEEP_ALIVE_TIMEOUT", "2s")
        .env("RESTATE_WORKER__INVOKER__CONNECT_TIMEOUT", "2s")
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a log"))
        .stderr(log)
        .spawn()
        .expect("the server starts")
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn install() -> Result<PathBuf, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/restate");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .ok_or("no target directory")?;
    let home = target.join("npm").join("restate");
    let text = |error: std::io::Error| error.to_string();
    fs::create_dir_all(&home).map_err(text)?;
    // Several tests may come here at once; the lock goes with the process that holds it.
    let lock = File::create(home.join("lock")).map_err(text)?;
    lock.lock().map_err(text)?;
    let program = program(&home);
    let stamp = home.join("installed.json");
    let wanted = fs::read(here.join("package-lock.json")).map_err(text)?;
    if program.exists() && fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(program);
    }
    for name in PACKAGES {
        fs::copy(here.join(name), home.join(name)).map_err(text)?;
    }
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&home)
        .output()
        .map_err(|error| format!("npm: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    fs::write(&stamp, wanted).map_err(text)?;
    match program.exists() {
        true => Ok(program),
        false => Err(format!("{} is not there", program.display())),
    }
}

fn program(home: &Path) -> PathBuf {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    home.join("node_modules/@restatedev")
        .join(format!("restate-server-{system}-{machine}"))
        .join("bin/restate-server")
}
