//! No secret is in anything that the program says, writes or logs, whatever is done and however it ends.

use std::path::Path;
use std::process::Command;

use landbridge_sim::{FaultEffect, FaultRule};

use crate::common::{A, B, Joined, Run, World, example, run};

/// What nobody may see, of these runs: keys and passwords by value; tokens and signatures by how they are written.
fn secrets(world: &World) -> Vec<String> {
    let mut secrets: Vec<String> = ["A", "B"]
        .into_iter()
        .flat_map(|prefix| world.keys(prefix, ""))
        .filter(|(name, _)| name.ends_with("SECRET"))
        .map(|(_, value)| value.to_owned())
        .collect();
    assert_eq!(secrets.len(), 2);
    secrets.extend(["CANARY", "Signature=", "x-acs-security-token:"].map(str::to_owned));
    secrets
}

/// Everything that was said, and where.
struct Said {
    secrets: Vec<String>,
    places: usize,
}

impl Said {
    fn text(&mut self, place: &str, text: &str) {
        self.places += 1;
        for secret in &self.secrets {
            assert!(
                !text.contains(secret.as_str()),
                "{place} tells a secret:\n{text}"
            );
        }
    }

    fn run(&mut self, what: &str, run: &Run) {
        self.text(&format!("stdout of {what}"), &run.stdout);
        self.text(&format!("stderr of {what}"), &run.stderr);
    }

    fn directory(&mut self, path: &Path) {
        for entry in std::fs::read_dir(path).expect("a directory") {
            let path = entry.expect("an entry").path();
            let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned();
            self.text(&path.display().to_string(), &text);
        }
    }
}

/// Every log statement there is.
fn loud(mut command: Command) -> Command {
    command
        .args(["-vvv"])
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "1");
    command.env("LANDBRIDGE_PASSWORD", "CANARY-pass-1");
    command
}

#[test]
fn no_secret_is_said_written_or_logged() {
    let joined = Joined::start();
    let world = &joined.world;
    let mut said = Said {
        secrets: secrets(world),
        places: 0,
    };
    let directory = tempfile::tempdir().expect("a directory");
    let recording = directory.path().join("recording");
    let recording = recording.to_str().expect("UTF-8");
    let policy = directory.path().join("policy.json");
    std::fs::write(&policy, "{\"Version\": \"1\", \"Statement\": []}").expect("written");

    say_everything(&joined, &mut said);
    open_sessions(world, &mut said, recording);

    // A password, given to instances.
    let mut rehearsal = loud(crate::common::program());
    let rehearsed = run(rehearsal.args(["rehearse", &example(), "--format", "json"]));
    assert_eq!(rehearsed.code, Some(0), "{rehearsed:#?}");
    said.run("a rehearsal", &rehearsed);
    said.directory(Path::new(recording));
    assert!(said.places > 20, "{}", said.places);
}

/// Commands whose results name accounts, roles, rules and errors.
fn say_everything(joined: &Joined, said: &mut Said) {
    let world = &joined.world;
    let role = [
        "--in",
        "aliyun:env-B",
        "--role",
        "peer",
        "--trust",
        A,
        "--external-id",
        "onboarding-7",
    ];
    let commands: Vec<(&str, Vec<&str>)> = vec![
        ("identity", vec!["identity", "aliyun:env-A", "aliyun:env-B"]),
        (
            "a wrong account",
            vec!["identity", "aliyun:env-A=1234567890123499"],
        ),
        (
            "a trust",
            [
                &["trust", "ensure", "-y", "--wait-as", "aliyun:env-A"],
                &role[..],
            ]
            .concat(),
        ),
        (
            "a firewall",
            vec![
                "firewall", "allow", "-y", "--left", "LEFT", "--right", "RIGHT",
            ],
        ),
        ("a missing file", vec!["plan", "no-such-file.yaml"]),
    ];
    let (left, right) = (joined.left(), joined.right());
    for (what, args) in &commands {
        for format in ["text", "json"] {
            let args = args.iter().map(|arg| match *arg {
                "LEFT" => left.as_str(),
                "RIGHT" => right.as_str(),
                other => other,
            });
            let run = run(loud(world.client()).args(args).args(["--format", format]));
            said.run(what, &run);
        }
    }
}

/// Sessions of a role, whose tokens travel in headers and answers; with a failing cloud, and recorded.
fn open_sessions(world: &World, said: &mut Said, recording: &str) {
    let visitor = format!("aliyun:env-A+acs:ram::{B}:role/peer?onboarding-7");
    let rule = FaultRule::new(FaultEffect::ErrorBefore {
        status: 500,
        code: "InternalError".to_owned(),
    });
    let id = world.simulator.add_fault(rule.probability(0.5));
    let mut failing = loud(world.client());
    failing.args(["identity", &visitor, "--record", recording]);
    said.run("a session with a failing cloud", &run(&mut failing));
    world.simulator.remove_fault(id);
    let session = run(loud(world.client()).args(["identity", &visitor]));
    assert_eq!(session.code, Some(0), "{session:#?}");
    said.run("a session", &session);
}
