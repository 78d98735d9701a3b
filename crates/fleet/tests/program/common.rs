//! A simulator, a folder of orders, and the program as a process.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use landbridge_sim::{AccountKeys, AccountSpec, Simulator, Speed};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub(crate) const A: &str = "1234567890123456";
pub(crate) const B: &str = "1234567890123457";

/// How long a test waits at most for what must happen.
const LIMIT: Duration = Duration::from_secs(90);

/// A simulator on a thread of its own, and the folders of a fleet.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) a: AccountKeys,
    pub(crate) b: AccountKeys,
    directory: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

impl World {
    /// Two accounts of Alibaba Cloud, in time that runs so many times faster than ours.
    pub(crate) fn start(speed: f64) -> Self {
        let (started, simulator) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let builder = Simulator::builder().speed(Speed::Scaled(speed));
                let simulator = builder.start().await.expect("a port");
                started.send(simulator).expect("the test waits for it");
                // It ends when the test drops its end.
                let _ = stopped.await;
            });
        });
        let simulator = simulator.recv().expect("it starts");
        let world = Self {
            a: simulator.provision(AccountSpec::new("aliyun", A).name("a")),
            b: simulator.provision(AccountSpec::new("aliyun", B).name("b")),
            simulator,
            directory: tempfile::tempdir().expect("a directory"),
            _stop: stop,
        };
        let greeting = json!({
            "url": world.simulator.url(),
            "accounts": [account(A, &world.a), account(B, &world.b)],
        });
        world.write("keys of the simulator.json", &greeting.to_string());
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file that others cannot read.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, text).expect("written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, mode).expect("set");
        path
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("folder of orders")
    }

    /// A command on the folder of orders.
    pub(crate) fn order(&self, args: &[&str]) -> Run {
        let mut command = program(args);
        finished(command.arg("--store").arg(self.store()))
    }

    /// The worker, with the simulator's keys for all accounts.
    pub(crate) fn worker(&self) -> Command {
        let mut command = self.worker_without_keys();
        command
            .arg("--keys")
            .arg(self.path("keys of the simulator.json"));
        command
    }

    /// The worker, with the simulator's address only.
    pub(crate) fn worker_without_keys(&self) -> Command {
        let mut command = program(&["run", "--log-format", "json"]);
        command.arg("--store").arg(self.store());
        command.args(["--aliyun-endpoint", &self.simulator.url()]);
        command
    }

    /// All that the store holds, as one text.
    pub(crate) fn stored(&self) -> String {
        let files = std::fs::read_dir(self.store()).expect("the folder");
        let texts = files.map(|file| {
            let bytes = std::fs::read(file.expect("a file").path()).expect("read");
            String::from_utf8_lossy(&bytes).into_owned()
        });
        texts.collect()
    }

    /// How many objects are there that cost something or carry packets.
    pub(crate) fn alive(&self) -> usize {
        self.simulator.alive().len()
    }
}

fn account(id: &str, keys: &AccountKeys) -> Value {
    json!({
        "name": id,
        "id": id,
        "access_key_id": keys.access_key_id,
        "access_key_secret": keys.access_key_secret,
    })
}

/// Keys as a file of secrets has them.
pub(crate) fn secret(keys: &AccountKeys) -> String {
    json!({
        "access_key_id": keys.access_key_id,
        "access_key_secret": keys.access_key_secret,
    })
    .to_string()
}

/// One network with one subnet, in an account with these credentials.
pub(crate) fn small(key: &str, account: &str, credentials: &str) -> String {
    format!(
        "name: {key}
accounts:
  - {{ name: a, cloud: aliyun, id: \"{account}\", credentials: {credentials} }}
networks:
  - {{ name: n, account: a, region: cn-hangzhou, range: 10.1.0.0/16,
      subnets: [{{ name: s, zone: cn-hangzhou-h, range: 10.1.1.0/24 }}] }}
"
    )
}

/// The program, without the variables of who runs the tests.
pub(crate) fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landbridge-fleet"));
    command.env_clear().args(args);
    command
}

/// What a process has said, and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

pub(crate) fn finished(command: &mut Command) -> Run {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program starts");
    Run {
        code: status.code(),
        stdout: String::from_utf8(stdout).expect("UTF-8"),
        stderr: String::from_utf8(stderr).expect("UTF-8"),
    }
}

/// The worker as a process, which ends with the test.
pub(crate) struct Running {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(child.stderr.take().expect("stderr is piped")).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().expect("no panic").push(line);
            }
        });
        Self {
            child,
            log,
            reader: Some(reader),
        }
    }

    /// The lines of its log so far.
    pub(crate) fn log(&self) -> Vec<Value> {
        let lines = self.log.lock().expect("no panic");
        let line =
            |line: &String| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        lines.iter().map(line).collect()
    }

    /// Its log as it is.
    pub(crate) fn text(&self) -> String {
        self.log.lock().expect("no panic").join("\n")
    }

    /// Ends it as a service manager does, and waits until it has ended.
    pub(crate) fn end(&mut self) -> Option<i32> {
        let id = i32::try_from(self.child.id()).expect("an ID");
        let pid = Pid::from_raw(id).expect("an ID");
        kill_process(pid, Signal::TERM).expect("it runs");
        let mut code = None;
        wait("the end of the worker", || {
            code = self.child.try_wait().expect("a child");
            code.is_some()
        });
        if let Some(reader) = self.reader.take() {
            reader.join().expect("no panic");
        }
        code.and_then(|code| code.code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so.
pub(crate) fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < until, "waited in vain for {what}");
        // Another process does the work, and tells nothing.
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
