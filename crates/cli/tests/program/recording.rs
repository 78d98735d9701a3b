//! What goes over the wire is recorded, and a recording answers like the cloud did.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::common::{A, B, Joined, World, program, run};

#[test]
fn a_recording_answers_as_the_cloud_did_and_names_no_account() {
    let world = World::start();
    let directory = tempfile::tempdir().expect("a directory");
    let recording = directory.path().join("new");
    let recording = recording.to_str().expect("UTF-8");
    let account = format!("aliyun:env-A={A}");
    let recorded = run(world
        .client()
        .args(["identity", &account, "--record", recording])
        .args(["--format", "json"]));
    assert_eq!(recorded.code, Some(0), "{recorded:#?}");
    let document = recorded.document();
    assert_eq!(document["recording"]["directory"], recording);
    let exchanges = document["recording"]["exchanges"]
        .as_u64()
        .expect("a count");
    assert!(exchanges >= 1, "{document:#}");

    let mut served = program()
        .args(["replay", recording, "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let stdout = served.stdout.take().expect("stdout is piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let greeting: Value = serde_json::from_str(&line).expect("JSON");
    let url = greeting["url"].as_str().expect("an address");
    let ask = |account: &str| {
        let mut command = program();
        command
            .envs(world.keys("A", "A"))
            .args(["--aliyun-endpoint", url]);
        run(command.args(["identity", account]))
    };
    let replayed = ask("aliyun:env-A");
    let wrong = ask(&account);
    let _ = served.kill();
    let _ = served.wait();
    assert_eq!(replayed.code, Some(0), "{replayed:#?}");
    assert!(
        replayed.stdout.contains("1000000000000001"),
        "{replayed:#?}"
    );
    assert_eq!(
        wrong.code,
        Some(2),
        "the true account is not in it: {wrong:#?}"
    );
}

#[test]
fn a_directory_that_holds_something_takes_no_recording() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("mine"), "precious").expect("written");
    let path = directory.path().to_str().expect("UTF-8");
    let refused = run(program().args(["identity", "aliyun:env-A", "--record", path]));
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(refused.stderr.contains("is not empty"), "{refused:#?}");
    let empty = run(program().args(["replay", "no-such-directory", "--listen", "127.0.0.1:0"]));
    assert_eq!(empty.code, Some(2), "{empty:#?}");
    assert!(empty.stderr.contains("no-such-directory"), "{empty:#?}");
}

/// What the backend reads is on the list of what may be written.
#[test]
fn a_recorded_discovery_is_replayed_whole() {
    let joined = Joined::start();
    let folder = tempfile::tempdir().expect("a directory");
    let recording = folder.path().join("recording");
    let discover = ["--format", "json", "discover"];
    let recorded = run(joined
        .world
        .client()
        .args(discover)
        .arg(format!("aliyun:env-A={A}@cn-hangzhou"))
        .arg("--record")
        .arg(&recording));
    assert_eq!(recorded.code, Some(0), "{recorded:#?}");

    let mut served = program()
        .arg("replay")
        .arg(&recording)
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let stdout = served.stdout.take().expect("stdout is piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let greeting: Value = serde_json::from_str(&line).expect("JSON");
    let mut command = program();
    command
        .envs(joined.world.keys("A", "A"))
        .args([
            "--aliyun-endpoint",
            greeting["url"].as_str().expect("an address"),
        ])
        .args(discover)
        .arg("aliyun:env-A=1000000000000001@cn-hangzhou");
    let replayed = run(&mut command);
    let _ = served.kill();
    let _ = served.wait();
    assert_eq!(replayed.code, Some(0), "{replayed:#?}");
    // Which of the two accounts was met first depends on the order of the calls.
    let known = |text: String| {
        let text = text.replace(A, "ACCOUNT").replace(B, "ACCOUNT");
        text.replace("1000000000000001", "ACCOUNT")
            .replace("1000000000000002", "ACCOUNT")
    };
    let found = |document: Value| known(document["discovery"]["inventories"].to_string());
    let (before, after) = (found(recorded.document()), found(replayed.document()));
    assert!(before.contains("10.1.0.0/16"), "{before}");
    assert_eq!(after, before);
}
