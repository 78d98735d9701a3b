//! The answers that are read, in the shapes that the cloud's documents give them: every documented member with its
//! documented type, and what else a cloud may send in its place. The values are our own.

mod cbn;
mod ecr;
mod ecs;
mod fuzz;
mod ram;
mod shape;
mod sts;
mod vpc;
mod vpcpeer;

use serde_json::{Value, json};

use shape::{Sample, blanks};

fn samples() -> impl Iterator<Item = &'static Sample> {
    let products = [
        cbn::SAMPLES,
        ecr::SAMPLES,
        ecs::SAMPLES,
        ram::SAMPLES,
        sts::SAMPLES,
        vpc::SAMPLES,
        vpcpeer::SAMPLES,
    ];
    products.into_iter().flatten()
}

#[test]
fn documented_answers_are_read() {
    for sample in samples() {
        let read = sample
            .read_all(&sample.value())
            .expect(sample.operation)
            .join("\n");
        for word in sample.says {
            assert!(read.contains(word), "{}: {word}: {read}", sample.operation);
        }
    }
}

#[test]
fn without_an_optional_member_they_are_read_and_without_a_needed_one_they_are_not() {
    for sample in samples() {
        let answer = sample.value();
        for at in sample.members(&answer) {
            let needed = sample.needs(&answer, &at);
            for blank in blanks() {
                let changed = shape::changed(&answer, &at, blank);
                check(sample, &changed, needed, &at);
            }
            if !shape::is_in_list(&at) {
                check(sample, &shape::without(&answer, &at), needed, &at);
            }
        }
    }
}

fn check(sample: &Sample, answer: &Value, is_broken: bool, at: &str) {
    let read = sample.read_all(answer);
    let operation = sample.operation;
    assert_eq!(read.is_err(), is_broken, "{operation} {at}: {answer}");
}

#[test]
fn numbers_and_flags_are_read_as_texts_and_texts_as_numbers_and_flags() {
    for sample in samples() {
        let answer = sample.value();
        let plain = sample.read_all(&answer).expect(sample.operation);
        for at in sample.members(&answer) {
            let Some(other) = answer.pointer(&at).and_then(shape::retyped) else {
                continue;
            };
            let read = sample.read_all(&shape::changed(&answer, &at, other));
            assert_eq!(read.as_ref(), Ok(&plain), "{} {at}", sample.operation);
        }
    }
}

#[test]
fn words_that_nobody_has_heard_of_are_read_where_no_form_is_prescribed() {
    for sample in samples() {
        let answer = sample.value();
        for at in sample.members(&answer) {
            if !answer.pointer(&at).is_some_and(Value::is_string) {
                continue;
            }
            let changed = shape::changed(&answer, &at, json!("Unheard-Of"));
            check(sample, &changed, sample.prescribes(&at), &at);
        }
    }
}

#[test]
fn members_that_nobody_has_heard_of_change_nothing() {
    for sample in samples() {
        let answer = sample.value();
        let plain = sample.read_all(&answer);
        let mut richer = answer.clone();
        shape::enrich(&mut richer);
        assert_ne!(richer, answer);
        assert_eq!(sample.read_all(&richer), plain, "{}", sample.operation);
    }
}

#[test]
fn an_empty_list_is_empty_and_an_absent_one_is_an_error() {
    for sample in samples().filter(|sample| !sample.list.is_empty()) {
        let answer = sample.value();
        for depth in 1..=sample.list.len() {
            let at = format!("/{}", sample.list[..depth].join("/"));
            for blank in blanks() {
                let is_list = blank.is_array();
                let read = sample.read_all(&shape::changed(&answer, &at, blank));
                let expected = is_list.then(Vec::new);
                assert_eq!(read.ok(), expected, "{} {at}", sample.operation);
            }
            let read = sample.read_all(&shape::without(&answer, &at));
            let error = read.expect_err(sample.operation);
            assert!(error.contains(&sample.list.join(".")), "{error}");
        }
    }
}
