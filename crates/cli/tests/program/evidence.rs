//! `--evidence`: what a command did, in one file; and `report` and `replay`, which open it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use landbridge_record::Bundle;
use landbridge_sim::{FaultEffect, FaultRule};
use serde_json::Value;

use crate::common::{Joined, Run, Server, World, example, landbridge, program, run};
use crate::running::Running;

/// A folder, and a bundle in it that is not there yet.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("run.tar.zst");
    (folder, file)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn json_of(bundle: &Bundle, name: &str) -> Value {
    let member = bundle
        .member(name)
        .unwrap_or_else(|| panic!("{name} is in the bundle"));
    serde_json::from_slice(member).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn lines_of(bundle: &Bundle, name: &str) -> Vec<Value> {
    let text = bundle
        .text(name)
        .unwrap_or_else(|| panic!("{name} is in the bundle"));
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("JSON lines")
}

/// Nothing but the bundle is left of the collecting.
fn alone(folder: &Path) {
    let names = std::fs::read_dir(folder).expect("a directory");
    let names: Vec<_> = names
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["run.tar.zst"]);
}

const PASSWORD: &str = "CANARY-pass-1";

/// An apply of the example on a simulator, with evidence.
fn applied(server: &Server, file: &Path) -> Run {
    run(server
        .client([0, 1])
        .env("LANDBRIDGE_PASSWORD", PASSWORD)
        .args(["apply", "--yes", &example(), "--evidence", text(file)]))
}

#[test]
fn evidence_of_an_apply_holds_what_was_done_and_no_secret() {
    let server = Server::start();
    let (folder, file) = place();
    let run = applied(&server, &file);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stdout.contains("`landbridge report "), "{run:#?}");
    alone(folder.path());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let bundle = Bundle::open(&file).expect("a bundle");
    let manifest = bundle.manifest();
    assert_eq!(
        (manifest.command.as_str(), manifest.outcome.exit),
        ("apply", 0)
    );
    assert_eq!(manifest.topology.as_deref(), Some("cen-two-accounts"));
    assert!(manifest.program.starts_with("landbridge "), "{manifest:?}");
    let given = std::fs::read(example()).expect("the example");
    assert_eq!(bundle.member("topology.yaml"), Some(given.as_slice()));
    assert_eq!(
        json_of(&bundle, "plan.json")["steps"]
            .as_array()
            .map(Vec::len),
        Some(45)
    );
    assert!(
        bundle
            .text("plan.txt")
            .is_some_and(|plan| plan.contains("45 to create"))
    );
    let verdicts = json_of(&bundle, "verdicts.json");
    assert_eq!(verdicts["counts"]["answered"], 6, "{verdicts:#}");
    let page = bundle.text("verdicts.html").expect("the page");
    assert!(page.contains("<h1>Verify report: cen-two-accounts</h1>") && page.contains("<svg"));
    assert_eq!(
        json_of(&bundle, "accounts.json")[1]["caller"],
        "acs:ram::1234567890123457:user/b"
    );
    assert_eq!(json_of(&bundle, "result.json")["exit"], 0);
    let shown = bundle.text("result.txt").expect("what was shown");
    assert!(
        run.stdout
            .starts_with(shown.lines().next().expect("a line")),
        "{shown}"
    );

    // Each write of the plan is a call with a request ID, of the account that owns the object.
    let calls = lines_of(&bundle, "calls.jsonl");
    let created: Vec<&Value> = calls
        .iter()
        .filter(|call| call["operation"] == "CreateVpc")
        .collect();
    assert_eq!(created.len(), 3, "{calls:#?}");
    for call in created {
        assert!(
            call["request_id"].as_str().is_some_and(|id| id.len() == 36),
            "{call}"
        );
        assert!(
            ["a", "b"].contains(&call["place"]["account"].as_str().expect("a name")),
            "{call}"
        );
        assert_eq!(call["status"], 200);
        assert!(call["seconds"].is_number(), "{call}");
    }
    let recorded = bundle
        .members()
        .filter(|(name, _)| name.starts_with("calls/"));
    assert_eq!(recorded.count(), 2 * calls.len());
    let events = lines_of(&bundle, "events.jsonl");
    let run_id = manifest.run.as_deref().expect("the run");
    assert!(events.iter().all(|event| event["run"] == run_id));
    assert!(events.iter().any(|event| event["event"] == "apply-ended"));

    let mut secrets = vec![PASSWORD, "Signature=", "x-acs-security-token"];
    secrets.extend([
        server.key(0, "access_key_secret"),
        server.key(1, "access_key_secret"),
    ]);
    for (name, bytes) in bundle.members() {
        let text = String::from_utf8_lossy(bytes);
        for secret in &secrets {
            assert!(!text.contains(secret), "{name} tells a secret");
        }
    }
}

#[test]
fn a_secret_of_the_run_that_stands_in_a_member_keeps_the_bundle_from_being_written() {
    let server = Server::start();
    let (folder, file) = place();
    let secret = server.key(1, "access_key_secret");
    let topology = std::fs::read_to_string(example()).expect("the example");
    let planted = folder.path().join("net.yaml");
    std::fs::write(&planted, format!("{topology}# do not lose: {secret}\n")).expect("written");
    let destroyed = run(server.client([0, 1]).args([
        "destroy",
        "--yes",
        text(&planted),
        "--evidence",
        text(&file),
    ]));
    assert_eq!(destroyed.code, Some(1), "{destroyed:#?}");
    assert!(
        destroyed
            .stdout
            .contains("the evidence was not written: its member `replay/topology.yaml` would hold a secret of this run"),
        "{destroyed:#?}"
    );
    assert!(!destroyed.stdout.contains(secret) && !destroyed.stderr.contains(secret));
    let names = std::fs::read_dir(folder.path()).expect("a directory");
    let names: Vec<_> = names
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["net.yaml"], "nothing is left of the bundle");
}

#[test]
fn a_topology_with_a_key_is_refused_before_anything_is_read() {
    let server = Server::start();
    let (folder, file) = place();
    let topology = std::fs::read_to_string(example()).expect("the example");
    let with_key = folder.path().join("net.yaml");
    let key = "AKIAIOSFODNN7EXAMPLE";
    std::fs::write(&with_key, format!("{topology}# {key}\n")).expect("written");
    let args = ["apply", "--yes", text(&with_key), "--evidence", text(&file)];
    let refused = run(server.client([0, 1]).args(args));
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused.stderr.contains("it holds an access key ID of AWS"),
        "{refused:#?}"
    );
    assert!(!refused.stderr.contains("read   aliyun"), "{refused:#?}");
    let bundle = Bundle::open(&file).expect("a run that was refused leaves evidence too");
    assert_eq!(bundle.manifest().outcome.exit, 2);
    assert!(
        bundle
            .members()
            .all(|(_, bytes)| !String::from_utf8_lossy(bytes).contains(key))
    );
}

#[test]
fn a_name_that_is_taken_is_refused_before_anything_is_read() {
    let (_folder, file) = place();
    std::fs::write(&file, "precious").expect("written");
    let refused = landbridge(&["rehearse", &example(), "--evidence", text(&file)]);
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(
        refused.stderr.contains("evidence is never replaced"),
        "{refused:#?}"
    );
    assert_eq!(std::fs::read(&file).expect("it is there"), b"precious");
    let nowhere = landbridge(&[
        "rehearse",
        &example(),
        "--evidence",
        "/no/such/folder/run.tar.zst",
    ]);
    assert_eq!(nowhere.code, Some(2), "{nowhere:#?}");
}

#[test]
fn a_report_tells_what_ran_and_the_page_shows_it() {
    let (folder, file) = place();
    let rehearsed = landbridge(&["rehearse", &example(), "--evidence", text(&file)]);
    assert_eq!(rehearsed.code, Some(0), "{rehearsed:#?}");
    let page = folder.path().join("report.html");
    let report = landbridge(&["report", text(&file), "--html", text(&page)]);
    assert_eq!(report.code, Some(0), "{report:#?}");
    for expected in [
        "evidence of `landbridge rehearse` of topology cen-two-accounts",
        "ended with exit code 0",
        "every digest matches",
        "account b: aliyun 1234567890123457, cn-hangzhou; with the keys of acs:ram::1234567890123457:user/b",
        "45 steps in 5 turns",
        "GrantInstanceToTransitRouter",
        "verify: 6 of 6 ordered pairs reachable",
        "residue: nothing is left",
    ] {
        assert!(
            report.stdout.contains(expected),
            "`{expected}`: {report:#?}"
        );
    }
    let html = std::fs::read_to_string(&page).expect("the page");
    for expected in [
        "<h1>Evidence of landbridge rehearse of topology cen-two-accounts</h1>",
        "<td>CreateCen</td>",
        "residue: nothing is left",
        "4 of 4 pings answered",
    ] {
        assert!(html.contains(expected), "`{expected}`");
    }
    let document = landbridge(&["report", text(&file), "--format", "json"]).document();
    let evidence = &document["evidence"];
    assert_eq!(evidence["manifest"]["command"], "rehearse");
    assert_eq!(evidence["verify"]["counts"]["answered"], 6);
    assert_eq!(evidence["residue"]["found"], serde_json::json!([]));
    assert!(
        evidence["calls"]
            .as_array()
            .is_some_and(|calls| calls.len() > 100)
    );
}

#[test]
fn a_bundle_that_is_cut_off_changed_or_none_is_one_clear_error() {
    let (folder, file) = place();
    // A rehearsal that preflight refuses is quick, and leaves a bundle like any other.
    let refused = crate::changed("10.0.", "172.16.");
    let args = ["rehearse", crate::path(&refused), "--evidence", text(&file)];
    assert_eq!(landbridge(&args).code, Some(3));
    let whole = std::fs::read(&file).expect("the bundle");
    let bad = folder.path().join("bad.tar.zst");
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 0x55;
    let cut = |length: usize| whole[..length].to_vec();
    let cases = [
        ("empty", Vec::new()),
        ("the head", cut(20)),
        ("half", cut(whole.len() / 2)),
        ("all but the last bytes", cut(whole.len() - 5)),
        ("changed", changed),
        ("a text", b"name: net\n".to_vec()),
    ];
    for (what, bytes) in cases {
        std::fs::write(&bad, bytes).expect("written");
        for command in ["report", "replay"] {
            let refused = landbridge(&[command, text(&bad)]);
            assert_eq!(refused.code, Some(2), "{what}: {refused:#?}");
            let told = format!(
                "error: invalid input: evidence bundle `{}`: ",
                bad.display()
            );
            assert!(refused.stderr.starts_with(&told), "{what}: {refused:#?}");
            assert_eq!(refused.stdout, "", "{what}");
        }
    }
    let directory = landbridge(&["report", text(folder.path())]);
    assert!(
        directory.stderr.contains("expected a regular file"),
        "{directory:#?}"
    );
}

#[test]
fn a_run_that_stops_leaves_a_bundle_that_says_how_it_ended() {
    let joined = Joined::start();
    let world: &World = &joined.world;
    let (_folder, file) = place();
    let topology = tempfile::NamedTempFile::new().expect("a temporary file");
    let (a, b) = (crate::common::A, crate::common::B);
    let declared = format!(
        "{{ name: pair, accounts: [{{ name: a, cloud: aliyun, id: \"{a}\", credentials: {{ env: A }} }},
           {{ name: b, cloud: aliyun, id: \"{b}\", credentials: {{ env: B }} }}],
           networks: [{{ name: one, account: a, region: cn-hangzhou, range: 10.61.0.0/16 }},
           {{ name: two, account: b, region: cn-hangzhou, range: 10.62.0.0/16 }}] }}"
    );
    std::fs::write(topology.path(), declared).expect("written");
    world.simulator.add_fault(
        FaultRule::new(FaultEffect::ErrorBefore {
            status: 403,
            code: "Forbidden.RAM".to_owned(),
        })
        .action("CreateVpc"),
    );
    let args = [
        "apply",
        "--yes",
        crate::path(&topology),
        "--evidence",
        text(&file),
    ];
    let stopped = run(world.client().args(args));
    assert_eq!(stopped.code, Some(4), "{stopped:#?}");
    let bundle = Bundle::open(&file).expect("a bundle");
    let outcome = &bundle.manifest().outcome;
    assert_eq!(outcome.exit, 4);
    assert!(
        outcome
            .error
            .as_deref()
            .is_some_and(|error| error.contains("Forbidden.RAM")),
        "{outcome:?}"
    );
    let calls = lines_of(&bundle, "calls.jsonl");
    let refused = calls
        .iter()
        .find(|call| call["status"] == 403)
        .expect("the refused call");
    assert_eq!(refused["operation"], "CreateVpc");
    let report = landbridge(&["report", text(&file)]);
    assert!(
        report.stdout.contains("ended with exit code 4"),
        "{report:#?}"
    );
}

#[test]
fn the_calls_of_a_bundle_are_served_again() {
    let (folder, file) = place();
    let rehearsed = landbridge(&["rehearse", &example(), "--evidence", text(&file)]);
    assert_eq!(rehearsed.code, Some(0), "{rehearsed:#?}");
    let bundle = Bundle::open(&file).expect("a bundle");
    let topology = folder.path().join("net.yaml");
    let given = bundle
        .member("replay/topology.yaml")
        .expect("the topology to replay");
    std::fs::write(&topology, given).expect("written");
    let mut served = program()
        .args(["replay", text(&file), "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let stdout = served.stdout.take().expect("stdout is piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let greeting: Value = serde_json::from_str(&line).expect("JSON");
    let mut command = program();
    for variable in [
        "A_ACCESS_KEY_ID",
        "A_ACCESS_KEY_SECRET",
        "B_ACCESS_KEY_ID",
        "B_ACCESS_KEY_SECRET",
    ] {
        command.env(format!("LANDBRIDGE_{variable}"), "some");
    }
    command.args(["plan", text(&topology), "--aliyun-endpoint"]);
    let planned = run(command.arg(greeting["url"].as_str().expect("an address")));
    let _ = served.kill();
    let _ = served.wait();
    assert_eq!(planned.code, Some(0), "{planned:#?}");
    assert!(
        planned.stdout.contains("45 to create, 0 to delete"),
        "{planned:#?}"
    );
    let without_ids = |text: &str| {
        text.replace("1234567890123456", "A")
            .replace("1234567890123457", "B")
    };
    let again = |text: &str| {
        text.replace("1000000000000001", "A")
            .replace("1000000000000002", "B")
    };
    let plan = bundle.text("plan.txt").expect("the plan");
    assert!(
        again(&planned.stdout).contains(without_ids(plan).trim_end()),
        "the plan is made again from the recorded answers: {planned:#?}"
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_a_bundle_that_says_so() {
    let server = Server::start();
    let (folder, file) = place();
    let mut command = server.client([0, 1]);
    command.env("LANDBRIDGE_PASSWORD", PASSWORD).args([
        "apply",
        "--yes",
        &example(),
        "--evidence",
        text(&file),
    ]);
    let mut running = Running::start(&command);
    running.wait_for("] start  ");
    running.signal(rustix::process::Signal::INT);
    let run = running.end();
    assert_eq!(run.code, Some(130), "{run:#?}");
    alone(folder.path());
    let bundle = Bundle::open(&file).expect("a bundle");
    assert_eq!(bundle.manifest().outcome.exit, 130);
    assert!(bundle.manifest().outcome.error.is_some());
}

#[cfg(feature = "aws")]
#[test]
fn calls_to_aws_have_their_place_and_request_id() {
    let (_folder, file) = place();
    let mesh = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/topologies/aws-peering-two-accounts.yaml");
    let rehearsed = landbridge(&["rehearse", text(&mesh), "--evidence", text(&file)]);
    assert_eq!(rehearsed.code, Some(0), "{rehearsed:#?}");
    let bundle = Bundle::open(&file).expect("a bundle");
    let calls = lines_of(&bundle, "calls.jsonl");
    let accepted = calls
        .iter()
        .find(|call| call["operation"] == "AcceptVpcPeeringConnection");
    let accepted = accepted.expect("the acceptance");
    assert_eq!(accepted["place"]["cloud"], "aws");
    assert!(accepted["place"]["account"].is_string(), "{accepted}");
    assert!(
        accepted["request_id"]
            .as_str()
            .is_some_and(|id| id.len() > 20),
        "{accepted}"
    );
    let without = calls.iter().filter(|call| call["place"].is_null()).count();
    assert_eq!(without, 0, "{calls:#?}");
}
