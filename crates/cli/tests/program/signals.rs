//! Signals: nothing more is sent, what was sent is told, and no claim is made that was not seen.

use std::process::Command;

use landbridge_sim::{FaultEffect, FaultRule};
use rustix::process::Signal;

use crate::common::{A, World, at_a_terminal, example, path};
use crate::running::Running;

/// One network with one subnet.
fn small() -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let text = format!(
        "name: small
accounts: [{{ name: a, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }} }}]
networks:
  - {{ name: n, account: a, region: cn-hangzhou, range: 10.1.0.0/16,
      subnets: [{{ name: s, zone: cn-hangzhou-h, range: 10.1.1.0/24 }}] }}
"
    );
    std::fs::write(file.path(), text).expect("written");
    file
}

fn count(world: &World, action: &str) -> usize {
    let writes = world.writes();
    writes.iter().filter(|write| *write == action).count()
}

/// The answer does not end while the test lasts.
fn endless(action: &str) -> FaultRule {
    let milliseconds = 3_600_000;
    FaultRule::new(FaultEffect::SlowBody { milliseconds }).action(action)
}

#[test]
fn a_throttled_write_is_not_sent_again_after_the_first_signal() {
    let world = World::start();
    let throttle = FaultEffect::Throttle {
        retry_after_milliseconds: Some(100_000),
    };
    world
        .simulator
        .add_fault(FaultRule::new(throttle).action("CreateVSwitch"));
    let file = small();
    let mut running = Running::start(world.client().args(["apply", "--yes", path(&file)]));
    running.wait_for("start  subnet/n/s");
    while count(&world, "CreateVSwitch") == 0 {
        std::thread::yield_now();
    }
    running.signal(Signal::INT);
    let run = running.end();
    assert_eq!(run.code, Some(130), "{run:#?}");
    assert!(
        run.stderr.contains("stopping: no further write is sent"),
        "{run:#?}"
    );
    assert!(
        run.stderr.contains("cancelled after 1 of 2 steps"),
        "{run:#?}"
    );
    assert!(!run.stderr.contains("nothing was written"), "{run:#?}");
    assert_eq!(count(&world, "CreateVSwitch"), 1, "{run:#?}");
}

#[test]
fn a_second_signal_stops_waiting_and_tells_what_is_unsettled() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let world = World::start();
        world.simulator.add_fault(endless("CreateVSwitch"));
        let file = small();
        let args = ["apply", "--yes", "--format", "json", path(&file)];
        let mut running = Running::start(world.client().args(args));
        while count(&world, "CreateVSwitch") == 0 {
            std::thread::yield_now();
        }
        running.signal(signal);
        running.wait_for("stopping: ");
        running.signal(Signal::TERM);
        let run = running.end();
        assert_eq!(run.code, Some(code), "{run:#?}");
        let document = run.document();
        assert_eq!(document["exit"], code, "{document:#}");
        let error = &document["error"];
        assert_eq!((&error["done"], &error["total"]), (&1.into(), &2.into()));
        let under_way = error["under_way"].as_array().expect("a list");
        let [step] = under_way.as_slice() else {
            panic!("{document:#}");
        };
        assert_eq!(step["key"], "subnet/n/s", "{document:#}");
        assert_eq!(step["standing"], "unsettled", "{document:#}");
        let message = error["message"].as_str().expect("text");
        assert!(message.contains("unsettled: subnet/n/s"), "{message}");
        assert_eq!(count(&world, "CreateVSwitch"), 1);
        // The next run finds what the lost answer was about.
        world.simulator.clear_faults();
        let again = crate::common::run(world.client().args(["apply", "--yes", path(&file)]));
        assert_eq!(again.code, Some(0), "{again:#?}");
        assert_eq!(count(&world, "CreateVSwitch"), 1, "{again:#?}");
    }
}

#[test]
fn a_signal_before_the_first_write_says_that_nothing_was_written() {
    let world = World::start();
    world.simulator.add_fault(endless("DescribeVpcs"));
    let file = small();
    let mut running = Running::start(world.client().args(["apply", "--yes", path(&file)]));
    running.wait_for("read   ");
    running.signal(Signal::TERM);
    let run = running.end();
    assert_eq!(run.code, Some(143), "{run:#?}");
    assert!(
        run.stderr.contains("cancelled; nothing was written"),
        "{run:#?}"
    );
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[test]
fn a_signal_after_the_writes_does_not_say_that_nothing_was_written() {
    let world = World::start();
    let refused = FaultEffect::ErrorBefore {
        status: 403,
        code: "NoPermission".to_owned(),
    };
    world
        .simulator
        .add_fault(FaultRule::new(refused).action("AssumeRole"));
    let args = [
        "trust",
        "ensure",
        "--in",
        "aliyun:env-B",
        "--role",
        "peer",
        "--trust",
        A,
        "--wait-as",
        "aliyun:env-A",
        "--yes",
    ];
    let mut running = Running::start(world.client().args(args));
    running.wait_for("wait   session/peer");
    running.signal(Signal::INT);
    let run = running.end();
    assert_eq!(run.code, Some(130), "{run:#?}");
    assert_eq!(count(&world, "CreateRole"), 1);
    assert!(
        run.stderr.contains("cancelled after 1 step was done"),
        "{run:#?}"
    );
    assert!(!run.stderr.contains("nothing was written"), "{run:#?}");
}

fn client_of_example(world: &World) -> Command {
    let mut command = world.client();
    for prefix in ["A", "B"] {
        let variables = format!("LANDBRIDGE_{prefix}");
        command.envs(world.keys(prefix, &variables));
    }
    command.args(["apply", "--yes", &example()]);
    command
}

const PROMPT: &str = "(input is hidden): ";

#[test]
fn ctrl_c_at_the_password_leaves_a_terminal_that_echoes() {
    let world = World::start();
    let run = at_a_terminal(&client_of_example(&world), &[(PROMPT, "\\x03")]);
    assert_eq!(run["code"], 130, "{run:#}");
    assert_eq!(run["echo"], true, "{run:#}");
    let shown = run["shown"].as_str().expect("text");
    assert!(shown.contains("nothing was written"), "{shown}");
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[test]
fn an_empty_password_is_asked_again_and_the_end_of_input_is_an_error() {
    let world = World::start();
    let empty = [(PROMPT, "\\n"), (PROMPT, "\\n"), (PROMPT, "\\n")];
    let run = at_a_terminal(&client_of_example(&world), &empty);
    assert_eq!(run["code"], 2, "{run:#}");
    assert_eq!(run["echo"], true, "{run:#}");
    let shown = run["shown"].as_str().expect("text");
    assert!(shown.contains("an empty answer is not accepted"), "{shown}");
    let run = at_a_terminal(&client_of_example(&world), &[(PROMPT, "\\x04")]);
    assert_eq!(run["code"], 2, "{run:#}");
    let shown = run["shown"].as_str().expect("text");
    assert!(shown.contains("standard input ended"), "{shown}");
    assert_eq!(world.writes(), Vec::<String>::new());
}
