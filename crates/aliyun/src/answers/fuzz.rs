//! Answers that are damaged in every way that we can think of: reading them ends, in an error or in something, and never in a
//! panic.

use serde_json::{Value, json};

use super::samples;
use super::shape::{self, Sample};
use crate::fuzz_support::{Chance, fuzz_made};
use crate::paging::{Listing, Paging, TOKENED, UNCOUNTED};
use crate::params::Params;
use crate::request::{Product, Request};
use crate::transport::read_for_tests;

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

fn damage(chance: &mut Chance) -> Damage {
    match chance.below(12) {
        0 | 1 => Damage::Drop,
        2..6 => Damage::Other(other(chance)),
        6 | 7 => Damage::Cut(chance.below(usize::MAX)),
        8..10 => Damage::Byte(chance.below(usize::MAX), chance.below(256) as u8),
        10 => Damage::Nested(1 + chance.below(2000)),
        _ => Damage::Repeated(1 + chance.below(2000)),
    }
}

fn other(chance: &mut Chance) -> Value {
    match chance.below(13) {
        0 => Value::Null,
        1 => json!([]),
        2 => json!({}),
        3 => json!([[[null]]]),
        4 => json!(-5),
        5 => json!(1e300),
        6 => json!(u64::MAX),
        7 => json!("\u{1b}[2J\r\n\u{0}"),
        8 => json!("255.255.255.255/99"),
        9 => json!(chance.below(usize::MAX)),
        10 => json!(chance.below(2) == 0),
        11 => json!(String::from_utf8_lossy(&chance.bytes(60))),
        _ => json!("x".repeat(100_000)),
    }
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
    let all: Vec<&Sample> = samples().collect();
    let make = |chance: &mut Chance| {
        let sample = *chance.pick(&all);
        let member = chance.below(usize::MAX);
        let body = damaged(sample, member, &damage(chance));
        let paging = [Paging::Numbered, TOKENED, UNCOUNTED, Paging::Marked][chance.below(4)];
        let status = *chance.pick(&[200, 200, 200, 400, 403, 500]);
        (sample, body, paging, status)
    };
    fuzz_made("aliyun answers", make, |(sample, body, paging, status)| {
        let request = Request::new(Product::Cbn, sample.operation, Params::new());
        let request = match sample.list {
            [] => request,
            path => Listing::new(request, *paging, path).first_page(),
        };
        if let Ok(answer) = read_for_tests(*status, body.clone(), &request) {
            let _ = sample.read_doc(answer.root());
            let _ = answer.root().tags();
        }
    });
}
