//! The program from the outside: exit codes, stdout and stderr.

mod adopt;
#[cfg(feature = "aws")]
mod aws;
mod baseline;
mod changes;
mod common;
mod config;
mod cost;
mod discover;
mod evidence;
mod explain;
mod files;
mod firewall;
mod footprint;
mod grant;
mod graph;
mod identity;
mod init;
#[cfg(unix)]
mod journal;
mod one_side;
mod plans;
mod policies;
mod prices;
#[cfg(unix)]
mod probes;
mod recording;
#[cfg(target_os = "linux")]
mod release;
#[cfg(unix)]
mod running;
mod saved_plans;
mod second_opinion;
mod secrets;
mod shell;
#[cfg(unix)]
mod signals;
#[cfg(target_os = "linux")]
mod streams;
mod trust;
mod verdicts;
mod wrong_inputs;

use common::{Server, changed, example, landbridge, path, program, run};

#[test]
fn a_valid_file_is_summed_up() {
    let run = landbridge(&["validate", &example()]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(
        run.stdout
            .contains("2 accounts, 3 networks, 6 subnets, 1 interconnect"),
        "{run:#?}"
    );
    assert!(
        run.stdout.contains("aliyun:1234567890123457:cn-hangzhou"),
        "{run:#?}"
    );
}

#[test]
fn an_unknown_key_is_refused_with_line_and_column() {
    let file = changed("    owner: a\n", "    ownr: a\n");
    let text = std::fs::read_to_string(file.path()).expect("readable");
    let line = 1 + text
        .lines()
        .position(|line| line == "    ownr: a")
        .expect("it is there");
    let run = landbridge(&["validate", path(&file)]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(
        run.stderr
            .contains(&format!("{}:{line}:5: invalid key `ownr`", path(&file))),
        "{run:#?}"
    );
    assert!(run.stderr.contains("did you mean `owner`?"), "{run:#?}");
    assert_eq!(run.stdout, "");
}

#[test]
fn every_mistake_of_a_file_is_told_at_once() {
    let file = changed("[vpc1, vpc2, vpc3]", "[vpc1, vpc2, vpc4]");
    let run = landbridge(&["--format", "json", "validate", path(&file)]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let document = run.document();
    let problems = document["error"]["problems"].as_array().expect("a list");
    let told = |what: &str| {
        problems
            .iter()
            .any(|problem| problem.as_str().is_some_and(|p| p.starts_with(what)))
    };
    assert!(
        told("interconnect `backbone`: invalid member `vpc4`"),
        "{document:#}"
    );
    assert!(
        told("firewall `members-only`: invalid network `vpc4`"),
        "{document:#}"
    );
    assert!(told("instance `ecs3`"), "{document:#}");
}

#[test]
fn a_file_that_is_not_there_is_bad_input() {
    let run = landbridge(&["plan", "no-such-file.yaml", "--simulate"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let told = "error: cannot read topology file `no-such-file.yaml`: no such file or directory";
    assert!(run.stderr.starts_with(told), "{run:#?}");
}

#[test]
fn a_rehearsal_of_the_example_proves_everything() {
    let run = landbridge(&["rehearse", &example()]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    for expected in [
        "preflight: no findings",
        "verify: 6 of 6 ordered pairs reachable",
        "172.16.20.100 ",
        "10.0.20.100 ",
        "192.168.20.100 ",
        "plan for cen-two-accounts: nothing to do",
        "residue: nothing is left in 3 places",
        "ledger of the simulator: every created object is gone",
        "rehearsal passed",
    ] {
        assert!(
            run.stdout.contains(expected),
            "`{expected}` is missing: {run:#?}"
        );
    }
    let matrix = "\
  from \\ to  ecs1       ecs2       ecs3
  ecs1       -          4/4        4/4
  ecs2       4/4        -          4/4
  ecs3       4/4        4/4        -";
    assert!(run.stdout.contains(matrix), "{run:#?}");
}

#[test]
fn progress_shows_steps_starting_waiting_and_ending_with_a_final_count() {
    let run = landbridge(&["rehearse", &example()]);
    let lines: Vec<&str> = run.stderr.lines().collect();
    let told = |what: &str, more: &str| {
        lines
            .iter()
            .any(|line| line.contains(what) && line.contains(more))
    };
    assert!(
        told("] start  hub/backbone ", "hub in aliyun:1234567890123456"),
        "{run:#?}"
    );
    assert!(
        told("] wait   attachment/backbone/vpc2", "Attaching"),
        "{run:#?}"
    );
    assert!(told("] done   hub/backbone ", "cen-"), "{run:#?}");
    assert!(told("45 of 45 steps done in ", "m"), "{run:#?}");
    assert!(
        !run.stderr.contains('\u{1b}'),
        "no terminal, no escape sequences"
    );
}

#[test]
fn a_rehearsal_that_preflight_refuses_writes_nothing() {
    let file = changed("10.0.", "172.16.");
    let run = landbridge(&["rehearse", path(&file)]);
    assert_eq!(run.code, Some(3), "{run:#?}");
    assert!(run.stdout.contains("error: "), "{run:#?}");
    assert!(!run.stderr.contains("start "), "{run:#?}");
}

#[test]
fn a_rehearsal_shows_what_a_closed_firewall_stops() {
    let file = changed("{ allow: icmp,", "{ allow: udp,");
    let run = landbridge(&["rehearse", path(&file)]);
    assert_eq!(run.code, Some(5), "{run:#?}");
    assert!(
        run.stdout
            .contains("verify: 0 of 6 ordered pairs reachable"),
        "{run:#?}"
    );
    assert!(run.stdout.contains("BLOCKED"), "{run:#?}");
    // What else was to be proven was still looked at.
    assert!(run.stdout.contains("residue: nothing is left"), "{run:#?}");
    assert!(run.stdout.contains("rehearsal failed"), "{run:#?}");
}

#[test]
fn json_is_one_document_on_stdout_and_lines_on_stderr() {
    let run = landbridge(&["rehearse", &example(), "--format", "json"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let document = run.document();
    assert_eq!(document["command"], "rehearse");
    assert_eq!(document["exit"], 0);
    assert_eq!(document["verify"]["reachable"], 6);
    assert_eq!(document["second_plan"]["steps"], serde_json::json!([]));
    assert_eq!(document["residue"]["found"], serde_json::json!([]));
    assert_eq!(document["instances"][2]["address"], "192.168.20.100");
    let mut runs = std::collections::BTreeSet::new();
    for line in run.stderr.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        assert!(event["event"].is_string(), "{line}");
        assert!(
            event["at"].as_str().is_some_and(|at| at.ends_with('Z')),
            "{line}"
        );
        runs.insert(event["run"].to_string());
    }
    assert_eq!(runs.len(), 1, "one run ID for the whole command: {runs:?}");
}

#[test]
fn json_stays_json_when_something_fails() {
    for (args, code) in [
        (vec!["apply", "--simulate"], 2),
        (vec!["verify", "--simulate"], 5),
        (vec!["plan"], 2),
    ] {
        let run = run(program()
            .args(["--format", "json"])
            .args(&args)
            .arg(example()));
        assert_eq!(run.code, Some(code), "{run:#?}");
        assert_eq!(run.document()["exit"], code);
    }
}

#[test]
fn an_apply_that_nobody_confirms_is_refused_with_the_remedy() {
    let run = landbridge(&["apply", "--simulate", &example()]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("--yes"), "{run:#?}");
    assert!(!run.stderr.contains("start "), "{run:#?}");
    assert!(
        run.stdout.contains("45 to create"),
        "the plan is shown all the same: {run:#?}"
    );
}

#[test]
fn an_apply_on_the_embedded_simulator_ends_with_addresses_and_verdicts() {
    let run = landbridge(&["apply", "--simulate", "--yes", &example()]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stdout.contains("applied: 45 steps"), "{run:#?}");
    assert!(run.stdout.contains("ecs2         10.0.20.100"), "{run:#?}");
    assert!(run.stdout.contains("6 of 6"), "{run:#?}");
    let run = landbridge(&["apply", "--simulate", "--yes", "--no-verify", &example()]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(!run.stdout.contains("6 of 6"), "{run:#?}");
}

#[test]
fn each_place_is_read_once_before_the_writes_and_once_after_them() {
    let reads = |args: &[&str]| {
        let run = run(program()
            .args(["--format", "json"])
            .args(args)
            .arg(example()));
        assert_eq!(run.code, Some(0), "{run:#?}");
        let observing = |line: &&str| line.contains(r#""event":"observing""#);
        run.stderr.lines().filter(observing).count()
    };
    // The example has three places. A rehearsal writes twice, so that it reads three times.
    assert_eq!(reads(&["plan", "--simulate"]), 3);
    assert_eq!(reads(&["apply", "--simulate", "--yes"]), 6);
    assert_eq!(
        reads(&["destroy", "--simulate", "--yes"]),
        3,
        "nothing to delete"
    );
    assert_eq!(reads(&["rehearse"]), 9);
}

#[test]
fn a_password_is_in_no_output() {
    let secret = "Correct-Horse-7";
    for format in ["text", "json"] {
        let mut command = program();
        command
            .env("LANDBRIDGE_PASSWORD", secret)
            .env("RUST_LOG", "trace");
        let run = run(command.args(["rehearse", &example(), "--format", format, "-vvv"]));
        assert_eq!(run.code, Some(0), "{:.2000}", run.stderr);
        assert!(run.stderr.contains("TRACE"), "the log is there");
        assert!(!run.stdout.contains(secret));
        assert!(!run.stderr.contains(secret));
    }
}

#[test]
fn the_schema_knows_the_keys_of_a_topology() {
    let run = landbridge(&["schema"]);
    let published = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/topology.schema.json"
    ));
    assert_eq!(run.stdout, published.expect("the published schema"));
    let document = run.document();
    assert!(
        document["properties"]["interconnects"].is_object(),
        "{document:#}"
    );
}

#[test]
fn missing_keys_are_named() {
    let run = landbridge(&["plan", &example()]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(
        run.stderr.contains("LANDBRIDGE_A_ACCESS_KEY_ID"),
        "{run:#?}"
    );
}

#[test]
fn a_cloud_without_backend_is_bad_input() {
    let file = changed("cloud: aliyun", "cloud: elsewhere");
    let run = landbridge(&["rehearse", path(&file)]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(
        run.stderr
            .contains("unknown cloud `elsewhere`: expected `aliyun` or `aws`"),
        "{run:#?}"
    );
}

#[test]
fn plain_http_is_for_loopback_only() {
    let mut command = program();
    for variable in [
        "A_ACCESS_KEY_ID",
        "A_ACCESS_KEY_SECRET",
        "B_ACCESS_KEY_ID",
        "B_ACCESS_KEY_SECRET",
    ] {
        command.env(format!("LANDBRIDGE_{variable}"), "some");
    }
    let run = run(command.args([
        "plan",
        &example(),
        "--endpoint",
        "aliyun=http://example.com",
    ]));
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(
        run.stderr.contains("only loopback may use plain http"),
        "{run:#?}"
    );
}

#[test]
fn another_process_plans_on_the_simulator() {
    let server = Server::start();
    assert_eq!(server.greeting["accounts"][1]["id"], "1234567890123457");
    let run = run(server.client([0, 1]).args(["plan", &example()]));
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stdout.contains("45 to create, 0 to delete"), "{run:#?}");
    assert!(!run.stdout.contains(server.key(0, "access_key_secret")));
}

#[test]
fn keys_of_another_account_are_refused_whatever_the_command() {
    let server = Server::start();
    for command in ["plan", "apply", "verify", "destroy"] {
        let run = run(server.client([0, 0]).args([command, &example(), "--yes"]));
        assert_eq!(run.code, Some(3), "{run:#?}");
        assert!(run.stdout.contains("identity/same-account"), "{run:#?}");
        assert!(!run.stdout.contains("nothing is left"), "{run:#?}");
    }
}

#[test]
fn a_wrong_secret_is_bad_input() {
    let server = Server::start();
    let mut client = server.client([0, 1]);
    client.env("LANDBRIDGE_A_ACCESS_KEY_SECRET", "wrong");
    let run = run(client.args(["plan", &example()]));
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("credentials refused"), "{run:#?}");
}

#[test]
fn a_password_that_is_not_set_and_cannot_be_asked_for_is_named_before_any_write() {
    let server = Server::start();
    let run = run(server.client([0, 1]).args(["apply", &example(), "--yes"]));
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(
        run.stderr
            .contains("environment variable LANDBRIDGE_PASSWORD is not set"),
        "{run:#?}"
    );
    assert!(!run.stderr.contains("start "), "{run:#?}");
}

#[test]
fn the_simulator_listens_on_loopback_only() {
    let run = landbridge(&["simulator", "--listen", "0.0.0.0:0"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("loopback"), "{run:#?}");
}
