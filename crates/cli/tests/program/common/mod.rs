//! Runs the program as a user would.

mod joined;
#[cfg(unix)]
mod terminal;
mod world;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

pub(crate) use joined::{Joined, edge_hub, engine, peered, place, runtime};
#[cfg(unix)]
pub(crate) use terminal::{at_a_terminal, through_python};
pub(crate) use world::{A, B, World};

/// What a run of the program did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// All of stdout as one JSON document.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// The program with an environment that holds nothing but what is set here, and nobody at the terminal.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landbridge"));
    command.env_clear().stdin(Stdio::null());
    command
}

pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().expect("the program starts");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

pub(crate) fn landbridge(args: &[&str]) -> Run {
    run(program().args(args))
}

/// The path of the example topology.
pub(crate) fn example() -> String {
    let file = "../../examples/topologies/cen-two-accounts.yaml";
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    path.to_str().expect("UTF-8").to_owned()
}

/// The example with some of its text replaced, in a file that lives as long as the value.
pub(crate) fn changed(from: &str, to: &str) -> tempfile::NamedTempFile {
    let text = std::fs::read_to_string(example()).expect("the example is there");
    assert!(text.contains(from), "the example no longer says `{from}`");
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text.replace(from, to)).expect("it can be written");
    file
}

pub(crate) fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().expect("UTF-8")
}

/// The program's simulator as a process of its own, with the accounts of the example.
pub(crate) struct Server {
    process: Child,
    pub(crate) greeting: Value,
}

impl Server {
    pub(crate) fn start() -> Self {
        let mut process = program()
            .args(["simulator", "--listen", "127.0.0.1:0", "--speed", "1000"])
            .args(["--topology", &example()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let greeting = serde_json::from_str(&line).expect("the line is JSON");
        Self { process, greeting }
    }

    pub(crate) fn key(&self, account: usize, part: &str) -> &str {
        self.greeting["accounts"][account][part]
            .as_str()
            .expect("text")
    }

    /// The program, pointed to this simulator, with the keys of the example's two accounts taken from these of ours.
    pub(crate) fn client(&self, accounts: [usize; 2]) -> Command {
        let mut command = program();
        command.args([
            "--aliyun-endpoint",
            self.greeting["url"].as_str().expect("text"),
        ]);
        for (prefix, account) in ["LANDBRIDGE_A", "LANDBRIDGE_B"].iter().zip(accounts) {
            command.env(
                format!("{prefix}_ACCESS_KEY_ID"),
                self.key(account, "access_key_id"),
            );
            command.env(
                format!("{prefix}_ACCESS_KEY_SECRET"),
                self.key(account, "access_key_secret"),
            );
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
