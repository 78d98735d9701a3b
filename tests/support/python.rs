//! Clients written by others: a virtual environment with pinned packages, scripts run in it, and a moto server.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Map, Value, json};

/// A virtual environment in the target directory with the packages of `tests/foreign/requirements.txt`.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    interpreter: PathBuf,
}

impl Python {
    /// The environment, made if need be. Where it cannot be made the reason is printed and the caller skips its test,
    /// except in continuous integration, where nothing is skipped.
    pub(crate) fn ready() -> Option<Self> {
        match Self::prepare() {
            Ok(python) => Some(python),
            Err(reason) if std::env::var("CI").is_ok_and(|value| value == "true") => {
                panic!("tests with foreign clients need python3 and its packages: {reason}")
            }
            Err(reason) => {
                eprintln!("skipped: no python3 with the packages of {REQUIREMENTS}: {reason}");
                None
            }
        }
    }

    fn prepare() -> Result<Self, String> {
        let home = target_directory().join("python");
        fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
        // Several test programs may come here at once; the lock goes with the process that holds it.
        let lock = File::create(home.join("lock")).map_err(|error| error.to_string())?;
        lock.lock().map_err(|error| error.to_string())?;

        let requirements = in_repository(REQUIREMENTS);
        let wanted = fs::read(&requirements).map_err(|error| format!("{REQUIREMENTS}: {error}"))?;
        let environment = home.join("environment");
        let stamp = home.join("installed.txt");
        let interpreter = environment.join("bin").join("python");
        if fs::read(&stamp).is_ok_and(|installed| installed == wanted) && interpreter.exists() {
            return Ok(Self { interpreter });
        }
        // Without the stamp an installation that is interrupted here is begun anew.
        let _ = fs::remove_file(&stamp);
        finish(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&environment),
        )?;
        finish(
            Command::new(&interpreter)
                .args(["-m", "pip", "install", "--quiet", "--no-deps"])
                .arg("--disable-pip-version-check")
                .arg("--requirement")
                .arg(&requirements),
        )?;
        fs::write(&stamp, wanted).map_err(|error| error.to_string())?;
        Ok(Self { interpreter })
    }

    /// Runs a script of the repository: one JSON document in, one out.
    ///
    /// # Panics
    ///
    /// If the script fails; its standard error is in the message.
    pub(crate) fn run(&self, script: &str, input: &Value) -> Value {
        let mut child = self
            .command(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("python starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A script that dies before it reads says why on its standard error.
        let _ = stdin.write_all(input.to_string().as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("python ends");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script} failed:\n{errors}");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{script} prints JSON: {error}\n{errors}"))
    }

    /// Nothing of the machine's own AWS settings gets in.
    fn command(&self, script: &str) -> Command {
        let mut command = Command::new(&self.interpreter);
        let foreign = |name: &str| name.starts_with("AWS_") || name.starts_with("MOTO_");
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(foreign) {
                command.env_remove(name);
            }
        }
        command
            .arg(in_repository(script))
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("NO_PROXY", "*")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

/// A moto server of its own, gone when this is dropped or the test dies.
#[derive(Debug)]
pub(crate) struct Moto {
    server: Child,
    port: u16,
}

impl Moto {
    /// Starts it; it listens when this returns.
    pub(crate) fn start(python: &Python) -> Self {
        let mut server = python
            .command("tests/support/serve_moto.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python starts");
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("moto says its port or ends");
        let Ok(port) = line.trim().parse() else {
            panic!("moto ended: {:?}", server.wait());
        };
        Self { server, port }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Keys of sessions in these accounts, as the scripts want them.
    pub(crate) fn sessions(&self, python: &Python, accounts: &[&str]) -> Value {
        let roles: Map<String, Value> = accounts
            .iter()
            .map(|id| ((*id).to_owned(), role(id).into()))
            .collect();
        let keys = json!({
            "account": "123456789012",
            "access_key_id": VISITOR,
            "access_key_secret": VISITOR,
        });
        let job = json!({"endpoint": self.url(), "keys": keys, "roles": roles});
        python.run("tests/foreign/sessions.py", &job)["accounts"].take()
    }
}

/// A key that moto takes for one of an account of its own, as it takes every key.
pub(crate) const VISITOR: &str = "AKIAFOREIGN000000000";

/// A role that opens a session in this account. Moto takes any role of any account for real.
pub(crate) fn role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/owner")
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

const REQUIREMENTS: &str = "tests/foreign/requirements.txt";

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn target_directory() -> PathBuf {
    // Cargo takes a relative directory as relative to where it was called, which tests do not know.
    match std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from) {
        Some(directory) if directory.is_absolute() => directory,
        _ => in_repository("target"),
    }
}

fn finish(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{} ended with {}:\n{}{}",
        command.get_program().display(),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}
