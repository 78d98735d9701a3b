//! Answers that are damaged in every way that we can think of: reading them ends, in an error or in something, and never in a
//! panic. `LANDBRIDGE_FUZZ_CASES` asks for more cases.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::samples;
use super::shape::{self, Sample};
use crate::document::Doc;
use crate::paging::{Listing, Paging, TOKENED, UNCOUNTED};
use crate::params::Params;
use crate::request::{Product, Request};
use crate::transport::read_for_tests;

fn cases() -> u32 {
    let asked = std::env::var("LANDBRIDGE_FUZZ_CASES").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(500)
}

/// What is done to an answer.
#[derive(Clone, Debug)]
enum Damage {
    Drop,
    Other(Value),
    Cut(usize),
    Byte(usize, u8),
    Nested(usize),
    Repeated(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let others = prop_oneof![
        Just(Value::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[[null]]])),
        Just(json!(-5)),
        Just(json!(1e300)),
        Just(json!(u64::MAX)),
        Just(json!("\u{1b}[2J\r\n\u{0}")),
        Just(json!("255.255.255.255/99")),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("x".repeat(100_000))),
    ];
    prop_oneof![
        Just(Damage::Drop),
        others.prop_map(Damage::Other),
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        (1..2000_usize).prop_map(Damage::Nested),
        (1..2000_usize).prop_map(Damage::Repeated),
    ]
}

/// The answer of a sample with one member damaged; `at` chooses it.
fn damaged(sample: &Sample, at: usize, damage: &Damage) -> Vec<u8> {
    let answer = sample.value();
    let members = pointers(&answer);
    let member = &members[at % members.len()];
    let put = |value: Value| shape::changed(&answer, member, value).to_string();
    match damage {
        Damage::Drop if !shape::is_in_list(member) => shape::without(&answer, member).to_string(),
        Damage::Drop => put(Value::Null),
        Damage::Other(value) => put(value.clone()),
        Damage::Cut(end) => {
            let mut text = answer.to_string().into_bytes();
            text.truncate(end % (text.len() + 1));
            return text;
        }
        Damage::Byte(place, byte) => {
            let mut text = answer.to_string().into_bytes();
            let place = place % text.len();
            text[place] = *byte;
            return text;
        }
        Damage::Nested(depth) => {
            let text = put(json!("NEST"));
            let deep = format!("{}1{}", "[".repeat(*depth), "]".repeat(*depth));
            text.replace("\"NEST\"", &deep)
        }
        Damage::Repeated(times) => {
            let value = answer.pointer(member).cloned().unwrap_or_default();
            put(Value::from(vec![value; *times]))
        }
    }
    .into_bytes()
}

fn pointers(answer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    shape::walk(answer, "", &mut found);
    found
}

#[test]
fn damaged_answers_end_in_an_error_or_in_something() {
    let mut runner = TestRunner::new(Config {
        cases: cases(),
        failure_persistence: None,
        ..Config::default()
    });
    let all: Vec<&Sample> = samples().collect();
    let input = (
        0..all.len(),
        any::<usize>(),
        damage(),
        0..4_usize,
        0..6_usize,
    );
    let read = |(sample, at, damage, paging, status): (usize, usize, Damage, usize, usize)| {
        let sample = all[sample];
        let body = damaged(sample, at, &damage);
        let paging = [Paging::Numbered, TOKENED, UNCOUNTED, Paging::Marked][paging];
        let request = Request::new(Product::Cbn, sample.operation, Params::new());
        let request = match sample.list {
            [] => request,
            path => Listing::new(request, paging, path).first_page(),
        };
        let status = [200, 200, 200, 400, 403, 500][status];
        if let Ok(answer) = read_for_tests(status, body, &request) {
            let _ = sample.read_all(&answer);
            let _ = Doc::new(&answer).tags();
        }
        Ok(())
    };
    runner.run(&input, read).expect("no panic");
}
