//! A headless Chromium that opens a page and does what a person would do there. `browser.py` beside it drives it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io::Write};

use serde_json::{Value, json};

/// Names of the browser, as packages of distributions call it.
const NAMES: [&str; 2] = ["chromium", "chromium-browser"];

/// A browser that can be started.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    program: PathBuf,
}

/// What a visit to a page has shown.
#[derive(Debug)]
pub(crate) struct Visit {
    /// What each step told, in order; null for a step that tells nothing.
    pub(crate) results: Vec<Value>,
    /// What the page threw or wrote to its console.
    pub(crate) complaints: Vec<Value>,
}

impl Browser {
    /// The browser of this machine: `LANDBRIDGE_CHROMIUM`, or `chromium` on the path. As root, and with `CI=true` or
    /// `LANDBRIDGE_INSTALL=1`, the package of the distribution is installed if it is missing. Where there is none the reason is
    /// printed and the caller skips its test, except with `CI=true`, where nothing is skipped.
    pub(crate) fn ready() -> Option<Self> {
        let is = |name: &str, wanted: &str| std::env::var(name).is_ok_and(|value| value == wanted);
        let found = found().or_else(|| {
            let is_asked = is("CI", "true") || is("LANDBRIDGE_INSTALL", "1");
            (is_asked && is_root()).then(install).and_then(|()| found())
        });
        let has_python = Command::new("python3").arg("--version").output().is_ok();
        match found.filter(|_| has_python) {
            Some(program) => Some(Self { program }),
            None if is("CI", "true") => {
                panic!("tests of pages need the programs chromium and python3")
            }
            None => {
                eprintln!(
                    "SKIPPED: no chromium or no python3. Install the package chromium, or run as root with \
                     LANDBRIDGE_INSTALL=1, and this test looks at the page in a browser."
                );
                None
            }
        }
    }

    /// Opens a page in a window of this size and takes the steps that `browser.py` describes.
    ///
    /// # Panics
    /// If the browser does not start or a step cannot be taken; the message says why.
    pub(crate) fn visit(&self, url: &str, (width, height): (u32, u32), steps: &[Value]) -> Visit {
        let job = json!({
            "program": self.program, "url": url, "width": width, "height": height, "steps": steps,
        });
        let mut child = Command::new("python3")
            .arg(in_repository("tests/support/browser.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("python starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A script that dies before it reads says why on its standard error.
        let _ = stdin.write_all(job.to_string().as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("python ends");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the visit failed:\n{errors}");
        let mut told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let mut list = |name: &str| match told[name].take() {
            Value::Array(items) => items,
            other => panic!("{name} is a list: {other}"),
        };
        Visit {
            results: list("results"),
            complaints: list("complaints"),
        }
    }
}

/// The address of a file.
pub(crate) fn address(file: &Path) -> String {
    format!("file://{}", file.display())
}

/// A folder in the target directory for what tests show to people.
pub(crate) fn shown(name: &str) -> PathBuf {
    let folder = match std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from) {
        Some(directory) if directory.is_absolute() => directory,
        _ => in_repository("target"),
    };
    let folder = folder.join("pages").join(name);
    fs::create_dir_all(&folder).expect("the target directory can be written");
    folder
}

fn found() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("LANDBRIDGE_CHROMIUM") {
        return Some(PathBuf::from(named));
    }
    let path = std::env::var_os("PATH")?;
    let mut folders = std::env::split_paths(&path);
    folders.find_map(|folder| {
        NAMES
            .iter()
            .map(|name| folder.join(name))
            .find(|file| file.is_file())
    })
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

// The packages of a distribution are pinned by its mirror. Two test programs may come here at once; apt waits for its lock.
fn install() {
    for arguments in [
        &["update"][..],
        &["install", "--yes", "--no-install-recommends", "chromium"],
    ] {
        let done = Command::new("apt-get")
            .args(["--quiet", "--quiet", "-o", "DPkg::Lock::Timeout=300"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .output();
        if !done.as_ref().is_ok_and(|done| done.status.success()) {
            eprintln!("apt-get {arguments:?} failed: {done:?}");
        }
    }
}

// Crates use this file, too.
fn in_repository(path: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut above = package.ancestors();
    let root = above.find(|folder| folder.join("Cargo.lock").is_file());
    root.unwrap_or(package).join(path)
}
