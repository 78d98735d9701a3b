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
        .args(["-vvvvv"])
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

/// Keys, sessions, passwords and codes of every kind, with the most that can be logged, with and without a recording.
fn every_command_on(world: &World, account: &str, role: &str, topology: &str, hidden: &[&str]) {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("net.yaml");
    std::fs::write(&file, topology).expect("written");
    let file = file.to_str().expect("UTF-8");
    let visitor = format!("{account}+{role}?onboarding-7x");
    let place = format!(
        "{account}@{}",
        if account.starts_with("aws") {
            "eu-central-1"
        } else {
            "cn-hangzhou"
        }
    );
    let commands: &[(&str, Vec<&str>)] = &[
        ("validate", vec!["validate", file]),
        ("identity", vec!["identity", &visitor]),
        ("plan", vec!["plan", file]),
        ("apply", vec!["apply", file, "--yes", "--no-verify"]),
        ("verify", vec!["verify", file]),
        ("drift", vec!["drift", file]),
        ("discover", vec!["discover", &place]),
        ("status", vec!["status", &place]),
        ("destroy", vec!["destroy", file, "--yes"]),
        ("schema", vec!["schema"]),
        ("unknown keys", vec!["identity", "aliyun:env-NOWHERE"]),
    ];
    for (number, (what, args)) in commands.iter().enumerate() {
        for is_recorded in [false, true] {
            let recording = folder.path().join(format!("{number}"));
            let mut command = loud(world.client());
            command.args(["--endpoint", &format!("aws={}", world.simulator.url())]);
            command.env("LANDBRIDGE_MFA_CODE", "918273");
            command.args(args);
            if is_recorded {
                command.arg("--record").arg(&recording);
            }
            let run = run(&mut command);
            let mut texts = vec![("stdout", run.stdout), ("stderr", run.stderr)];
            let recorded = std::fs::read_dir(&recording).into_iter().flatten();
            for entry in recorded {
                let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
                texts.push(("recording", String::from_utf8(bytes).expect("UTF-8")));
            }
            for (place, text) in texts {
                let searched = without_times(&text);
                for secret in
                    hidden
                        .iter()
                        .chain(&["CANARY", "918273", "Signature=", "ssion-token:"])
                {
                    assert!(
                        !searched.contains(secret),
                        "{place} of {what} tells {secret}:\n{text}"
                    );
                }
                assert!(
                    place != "recording" || !text.contains("onboarding-7x"),
                    "{what}: {text}"
                );
                let logged = text
                    .lines()
                    .filter(|line| line.contains(" TRACE ") || line.contains(" DEBUG "));
                for line in logged {
                    let is_ours = line.contains(" landbridge") || line.contains("{");
                    assert!(is_ours, "{what}: a dependency logs: {line}");
                    assert!(!line.contains("onboarding-7x"), "{what}: {line}");
                }
            }
        }
    }
}

fn topology(cloud: &str, id: &str, region: &str) -> String {
    format!(
        "name: quiet
accounts: [{{ name: a, cloud: {cloud}, id: \"{id}\", credentials: {{ env: A }} }}]
networks: [{{ name: one, account: a, region: {region}, range: 10.61.0.0/16 }}]
"
    )
}

/// A text without the times at the start of its log lines: their microseconds are any six digits, a code of MFA too.
fn without_times(text: &str) -> String {
    let is_time = |word: &str| word.starts_with("20") && word.ends_with('Z');
    let lines = text.lines().map(|line| match line.split_once(' ') {
        Some((time, rest)) if is_time(time) => rest,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_command_is_quiet_on_alibaba_cloud() {
    let world = World::start();
    let trusting = landbridge_sim::RoleSpec::new(B, "peer").trust(A);
    assert!(world.simulator.provision_role(trusting));
    let secrets = secrets(&world);
    let hidden: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let role = format!("acs:ram::{B}:role/peer");
    every_command_on(
        &world,
        "aliyun:env-A",
        &role,
        &topology("aliyun", A, "cn-hangzhou"),
        &hidden,
    );
}

#[cfg(feature = "aws")]
#[test]
fn every_command_is_quiet_on_aws() {
    let mut world = World::start();
    world.provision("W", landbridge_sim::AccountSpec::new("aws", "111111111111"));
    let other = landbridge_sim::AccountSpec::new("aws", "222222222222");
    world.simulator.provision(other);
    let trusting = landbridge_sim::RoleSpec::new("222222222222", "peer").trust("111111111111");
    assert!(world.simulator.provision_role(trusting));
    let secret: Vec<String> = world
        .keys("W", "")
        .filter(|(name, _)| name.ends_with("SECRET"))
        .map(|(_, value)| value.to_owned())
        .collect();
    let hidden: Vec<&str> = secret.iter().map(String::as_str).collect();
    let topology = topology("aws", "111111111111", "eu-central-1").replace("env: A", "env: W");
    let role = "arn:aws:iam::222222222222:role/peer";
    every_command_on(&world, "aws:env-W", role, &topology, &hidden);
}
