//! Clients written by others: virtual environments with pinned packages, and scripts run in them.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A virtual environment in the target directory with the packages of a requirements file, and no others.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    interpreter: PathBuf,
}

impl Python {
    /// The environment of this requirements file, made if need be. Where it cannot be made the reason is printed and the
    /// caller skips its test, except in continuous integration, where nothing is skipped.
    pub(crate) fn ready(requirements: &str) -> Option<Self> {
        match Self::prepare(requirements) {
            Ok(python) => Some(python),
            Err(reason) if std::env::var("CI").is_ok_and(|value| value == "true") => {
                panic!("tests with foreign clients need python3 and its packages: {reason}")
            }
            Err(reason) => {
                eprintln!("skipped: no python3 with the packages of {requirements}: {reason}");
                None
            }
        }
    }

    fn prepare(requirements: &str) -> Result<Self, String> {
        let home = target_directory()
            .join("python")
            .join(name_of(requirements));
        fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
        // Several test programs may come here at once; the lock goes with the process that holds it.
        let lock = File::create(home.join("lock")).map_err(|error| error.to_string())?;
        lock.lock().map_err(|error| error.to_string())?;

        let wanted = fs::read(in_repository(requirements))
            .map_err(|error| format!("{requirements}: {error}"))?;
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
                .arg(in_repository(requirements)),
        )?;
        fs::write(&stamp, wanted).map_err(|error| error.to_string())?;
        Ok(Self { interpreter })
    }

    /// Runs a script of the repository: one JSON document in, one out.
    ///
    /// # Panics
    ///
    /// If the script fails; its standard error is in the message.
    // Not every test program runs scripts.
    #[allow(dead_code)]
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

    /// Where the programs of the environment's packages are.
    // Not every test program types commands.
    #[allow(dead_code)]
    pub(crate) fn programs(&self) -> &Path {
        self.interpreter.parent().unwrap_or(Path::new("/"))
    }

    /// Nothing of the machine's own settings gets in: no keys, no endpoints, and no proxy on the way to loopback.
    #[allow(dead_code)]
    pub(crate) fn command(&self, script: &str) -> Command {
        let mut command = Command::new(&self.interpreter);
        let foreign = |name: &str| {
            let prefixes = ["AWS_", "MOTO_", "ALIBABA"];
            prefixes.iter().any(|prefix| name.starts_with(prefix))
                || name.to_ascii_lowercase().ends_with("_proxy")
        };
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

/// `foreign-aliyun` for `tests/foreign/aliyun/requirements.txt`.
fn name_of(requirements: &str) -> String {
    let directory = Path::new(requirements)
        .parent()
        .and_then(|parent| parent.strip_prefix("tests").ok())
        .expect("requirements are kept under tests/");
    directory.display().to_string().replace('/', "-")
}

// Crates use this file, too.
fn in_repository(path: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut above = package.ancestors();
    let root = above.find(|folder| folder.join("Cargo.lock").is_file());
    root.unwrap_or(package).join(path)
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
