//! What is refused, and how it is told.

use crate::common::{A, Run, World, finished, program, small, text};

fn refused(run: &Run, told: &[&str]) {
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.starts_with("error: "), "{run:#?}");
    for words in told {
        assert!(run.stderr.contains(words), "{words}: {run:#?}");
    }
    assert_eq!(run.stdout, "");
}

#[test]
fn a_topology_with_mistakes_is_refused_with_file_and_line() {
    let world = World::start(600.0);
    let good = small("acme_site", A, "default");
    for (from, to, told) in [
        ("range: 10.1.0.0/16", "rang: 10.1.0.0/16", ":5:"),
        ("default", "{ env: PROD }", ":3:"),
        ("default", "{ profile: root }", "files of the worker"),
        ("acme_site", "site", "invalid name"),
        ("account: a,", "account: b,", "`b`"),
    ] {
        let file = world.write("wrong.yaml", &good.replace(from, to));
        let run = world.order(&["submit", text(&file)]);
        refused(&run, &[told]);
        if told.starts_with(':') {
            refused(&run, &["wrong.yaml:"]);
        }
    }
    assert!(!world.store().exists() || !world.stored().contains("acme"));
    let absent = world.order(&["submit", "absent.yaml"]);
    refused(&absent, &["absent.yaml", "No such file"]);
}

#[test]
fn an_order_for_what_is_not_known_is_refused() {
    let world = World::start(600.0);
    for order in ["status", "delete", "stop", "resume", "peer-ready"] {
        refused(&world.order(&[order, "acme_none"]), &["acme_none"]);
    }
    let run = world.order(&["status", "none"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
}

#[test]
fn options_that_lead_nowhere_are_refused_before_anything_starts() {
    let world = World::start(600.0);
    let broken = world.write("broken.json", "{ \"url\": 12345678 }");
    for (option, value, told) in [
        ("--keys", text(&broken), "landbridge simulator > FILE"),
        ("--keys", "absent.json", "absent.json"),
        ("--secrets", "absent", "expected a directory"),
        ("--aliyun-endpoint", "http://", "invalid"),
    ] {
        let mut command = program(&["run", option, value, "--store"]);
        let run = finished(command.arg(world.store()));
        refused_at_start(&run, told);
        assert!(!run.stderr.contains("12345678"), "{run:#?}");
    }
}

fn refused_at_start(run: &Run, told: &str) {
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains(told), "{told}: {run:#?}");
}
