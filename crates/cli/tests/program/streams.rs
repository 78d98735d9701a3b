//! What goes in and out: results that cannot be written, text that means to harm a terminal, files without end.

use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

use landbridge_sim::{FaultEffect, FaultRule};

use crate::common::{A, World, example, landbridge, path, program, run};

/// Commands that need no keys, in both formats.
fn harmless() -> Vec<Vec<String>> {
    let example = example();
    let commands: [&[&str]; 6] = [
        &["validate", &example],
        &["schema"],
        &["plan", "--simulate", &example],
        &["rehearse", &example],
        &["--help"],
        &["--version"],
    ];
    let with = |format: &str| {
        let command = move |args: &&[&str]| {
            let mut args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            args.extend(["--format".to_owned(), format.to_owned()]);
            args
        };
        commands.iter().map(command).collect::<Vec<_>>()
    };
    [with("text"), with("json")].concat()
}

fn assert_told(command: &mut Command, what: &str) {
    let output = command.output().expect("the program starts");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{what}: {stderr}");
    let errors: Vec<&str> = stderr
        .lines()
        .filter(|line| line.contains("error"))
        .filter(|line| !line.starts_with('{'))
        .collect();
    let told = "error: cannot write the result to standard output: ";
    assert!(
        matches!(errors.as_slice(), [line] if line.starts_with(told)),
        "{what}: {stderr}"
    );
}

#[test]
fn a_full_standard_output_is_an_error_of_every_command() {
    for args in harmless() {
        let full = File::options().write(true).open("/dev/full");
        let full = full.expect("there is one on Linux");
        let mut command = program();
        assert_told(command.args(&args).stdout(full), &args.join(" "));
    }
}

#[test]
fn a_closed_standard_output_is_an_error_of_every_command() {
    for args in harmless() {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = program();
        assert_told(command.args(&args).stdout(writer), &args.join(" "));
    }
}

#[test]
fn nothing_is_written_when_the_plan_could_not_be_shown() {
    let world = World::start();
    let file = small("n");
    let role = [
        "trust",
        "ensure",
        "--in",
        "aliyun:env-B",
        "--role",
        "peer",
        "--trust",
        A,
        "--yes",
    ];
    for args in [&["apply", "--yes", path(&file)] as &[&str], &role] {
        let full = File::options().write(true).open("/dev/full").expect("open");
        let mut command = world.client();
        let output = command.args(args).stdout(full).output();
        let output = output.expect("the program starts");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(world.writes(), Vec::<String>::new());
    }
}

fn small(name: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text(name)).expect("written");
    file
}

fn text(name: &str) -> String {
    format!(
        "name: small
accounts: [{{ name: a, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }} }}]
networks: [{{ name: {name}, account: a, region: cn-hangzhou, range: 10.1.0.0/16 }}]
"
    )
}

const EVIL: &str = "X\u{1b}[31m\r\n[  9/9] done   everything\u{9b}2J\u{202e}";

#[test]
fn control_characters_of_a_server_do_not_reach_the_terminal() {
    let world = World::start();
    let evil = FaultEffect::ErrorBefore {
        status: 403,
        code: EVIL.to_owned(),
    };
    world
        .simulator
        .add_fault(FaultRule::new(evil).action("CreateVpc"));
    let file = small("n");
    for format in ["text", "json"] {
        let args = ["apply", "--yes", "--format", format, path(&file)];
        let run = run(world.client().args(args));
        assert_eq!(run.code, Some(4), "{run:#?}");
        assert!(run.stderr.contains("[31m"), "the code is told: {run:#?}");
        assert_clean(&run.stderr);
        assert_clean(&run.stdout);
        let forged = run.stderr.lines().any(|line| line.starts_with("[  9/9]"));
        assert!(!forged, "{run:#?}");
    }
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let file = small("\"n\\e[2J\\r\\u202e\"");
    for format in ["text", "json"] {
        let run = landbridge(&["validate", "--format", format, path(&file)]);
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert_clean(&run.stderr);
        assert_clean(&run.stdout);
    }
}

fn assert_clean(text: &str) {
    let harms = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.chars().any(harms), "{text:?}");
}

#[test]
fn what_is_no_regular_file_or_has_no_end_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let fifo = directory.path().join("fifo");
    let made = Command::new("mkfifo").arg(&fifo).status();
    assert!(made.expect("mkfifo is there").success());
    let long = directory.path().join("long.yaml");
    std::fs::write(&long, vec![b'#'; (4 << 20) + 1]).expect("written");
    let text = |path: &std::path::Path| path.to_str().expect("UTF-8").to_owned();
    for (path, told) in [
        (text(&fifo), "expected a regular file"),
        ("/dev/zero".to_owned(), "expected a regular file"),
        (text(directory.path()), "expected a regular file"),
        (text(&long), "expected at most 4 MiB"),
    ] {
        for command in [
            &["validate"] as &[&str],
            &["plan", "--simulate"],
            &["destroy", "--simulate"],
        ] {
            let run = landbridge(&[command, &[&path]].concat());
            assert_eq!(run.code, Some(2), "{run:#?}");
            assert!(run.stderr.contains(told), "{run:#?}");
        }
    }
    let run = landbridge(&["apply", "--simulate", &text(&fifo)]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let mut endless = program();
    let zero = File::open("/dev/zero").expect("open");
    let run = crate::common::run(endless.args(["validate", "-"]).stdin(zero));
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("expected at most 4 MiB"), "{run:#?}");
}

#[test]
fn a_hyphen_is_standard_input() {
    for (text, code) in [(text("n"), 0), (text("n").replace("range", "rnge"), 2)] {
        let mut command = program();
        command
            .args(["validate", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("stdin is piped");
        stdin.write_all(text.as_bytes()).expect("written");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(stderr.contains("<stdin>:3:"), code == 2, "{stderr}");
    }
}

#[test]
fn the_time_limit_covers_reads_and_what_the_cloud_asks_to_wait() {
    let world = World::start();
    let throttle = FaultEffect::Throttle {
        retry_after_milliseconds: Some(100_000),
    };
    world
        .simulator
        .add_fault(FaultRule::new(throttle).action("DescribeVpcs"));
    let file = small("n");
    for command in ["plan", "apply", "destroy"] {
        let args = [command, "--yes", "--timeout", "1m", path(&file)];
        let run = run(world.client().args(args));
        assert_eq!(run.code, Some(1), "{run:#?}");
        assert!(run.stderr.contains("out of time"), "{run:#?}");
    }
}

#[test]
fn a_file_that_keeps_nothing_of_its_topology_is_not_applied_by_yes_alone() {
    let world = World::start();
    let file = small("n");
    let apply = ["apply", "--yes", "--no-verify", path(&file)];
    let applied = run(world.client().args(apply));
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    let made = world.writes();
    let other = text("m").replace("10.1.0.0/16", "10.7.0.0/16");
    std::fs::write(file.path(), other).expect("written");
    let refused = run(world.client().args(apply));
    assert_eq!(refused.code, Some(3), "{refused:#?}");
    assert!(refused.stderr.contains("pass --replace"), "{refused:#?}");
    assert_eq!(world.writes(), made);
    let replaced = run(world.client().args(apply).arg("--replace"));
    assert_eq!(replaced.code, Some(0), "{replaced:#?}");
}

#[test]
fn the_time_limit_covers_calls_beside_those_of_an_engine() {
    let world = World::start();
    let throttle = FaultEffect::Throttle {
        retry_after_milliseconds: Some(100_000),
    };
    world
        .simulator
        .add_fault(FaultRule::new(throttle).action("GetRole"));
    let args = ["trust", "show", "--in", "aliyun:env-B", "--role", "peer"];
    let run = run(world.client().args(args).args(["--timeout", "1m"]));
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("out of time"), "{run:#?}");
}

#[test]
fn a_destroy_that_stops_tells_what_is_left() {
    let world = World::start();
    let file = small("n");
    let applied = run(world.client().args(["apply", "--yes", path(&file)]));
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    let refused = FaultEffect::ErrorBefore {
        status: 403,
        code: "Forbidden.RAM".to_owned(),
    };
    world
        .simulator
        .add_fault(FaultRule::new(refused).action("DeleteVpc"));
    let run = run(world.client().args(["destroy", "--yes", path(&file)]));
    assert_eq!(run.code, Some(4), "{run:#?}");
    assert!(
        run.stdout.contains("residue: 1 objects are left"),
        "{run:#?}"
    );
    assert!(run.stdout.contains("network/n: delete"), "{run:#?}");
}
