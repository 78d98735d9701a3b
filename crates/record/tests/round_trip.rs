//! What is recorded is served again, and nothing else.

use std::path::Path;

use landbridge_core::ErrorKind;
use landbridge_core::backend::{Exchange, ExchangeAnswer, Tap};
use landbridge_record::{Recorder, Replay, Rest};

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn record(directory: &Path) {
    let recorder = Recorder::create(directory).expect("an empty directory");
    let asked = headers(&[
        ("content-type", "application/x-www-form-urlencoded"),
        (
            "authorization",
            "ACS3-HMAC-SHA256 Credential=CANARY-id,Signature=CANARY-signature",
        ),
        ("x-acs-security-token", "CANARY-token"),
        ("x-acs-action", "DescribeVpcs"),
    ]);
    let answered = headers(&[("content-type", "application/json"), ("date", "now")]);
    let request = b"RegionId=r&OwnerId=1234567890123456&ClientToken=CANARY-nonce";
    let ask = || Exchange::new("POST", "https://vpc.example/", &asked, request);
    let first = br#"{"OwnerId":1234567890123456,"AccessKeySecret":"CANARY-secret"}"#;
    recorder.take(ask().with_answer(ExchangeAnswer::new(200, &answered, first)));
    recorder.take(ask().with_answer(ExchangeAnswer::new(404, &answered, b"{}")));
    recorder.take(Exchange::new(
        "POST",
        "https://vpc.example/",
        &asked,
        b"Lost=1",
    ));
    assert_eq!(recorder.finish().expect("written"), 3);
}

async fn ask(url: &str, body: &'static str) -> (u16, String) {
    let answer = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-acs-action", "DescribeVpcs")
        .header("authorization", "another signature")
        .body(body)
        .send()
        .await
        .expect("an answer");
    (
        answer.status().as_u16(),
        answer.text().await.expect("a text"),
    )
}

#[tokio::test]
async fn answers_come_in_their_order_and_only_to_what_was_asked() {
    let directory = tempfile::tempdir().expect("a directory");
    record(directory.path());
    let replay = Replay::start(directory.path(), Rest::Refuse)
        .await
        .expect("a recording");
    assert_eq!(replay.unused().len(), 2);
    // Another token and the true account id: the same after masking.
    let same = "RegionId=r&OwnerId=1234567890123456&ClientToken=other";
    let (status, body) = ask(&replay.url(), same).await;
    assert_eq!(
        (status, body.as_str()),
        (
            200,
            r#"{"OwnerId":1000000000000001,"AccessKeySecret":"***"}"#
        )
    );
    assert_eq!(ask(&replay.url(), same).await.0, 404);
    assert_eq!(ask(&replay.url(), "Lost=1").await.0, 502);
    assert_eq!(replay.unused(), [""; 0]);
    assert_eq!(replay.unmatched(), [""; 0]);

    let (status, body) = ask(&replay.url(), "RegionId=elsewhere").await;
    assert_eq!(status, 599);
    assert!(body.contains("RegionId=elsewhere"), "{body}");
    assert_eq!(
        ask(&replay.url(), same).await.0,
        599,
        "asked once too often"
    );
    assert_eq!(replay.unmatched().len(), 2);
}

#[tokio::test]
async fn a_poller_gets_the_last_answer_again() {
    let directory = tempfile::tempdir().expect("a directory");
    record(directory.path());
    let replay = Replay::start(directory.path(), Rest::Repeat)
        .await
        .expect("a recording");
    let same = "RegionId=r&OwnerId=1234567890123456&ClientToken=other";
    for status in [200, 404, 404, 404] {
        assert_eq!(ask(&replay.url(), same).await.0, status);
    }
}

#[test]
fn no_secret_is_in_any_file() {
    let directory = tempfile::tempdir().expect("a directory");
    record(directory.path());
    let mut files = 0;
    for entry in std::fs::read_dir(directory.path()).expect("a directory") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        assert!(!text.contains("CANARY"), "{}: {text}", path.display());
        assert!(
            !text.contains("1234567890123456"),
            "{}: {text}",
            path.display()
        );
        files += 1;
    }
    assert_eq!(files, 6);
}

#[tokio::test]
async fn what_is_no_recording_is_refused_with_its_name() {
    let directory = tempfile::tempdir().expect("a directory");
    let empty = Replay::start(directory.path(), Rest::Refuse)
        .await
        .expect_err("empty");
    assert!(empty.message().contains("holds no recording"), "{empty}");
    let missing = directory.path().join("nowhere");
    Replay::start(&missing, Rest::Refuse)
        .await
        .expect_err("missing");
    std::fs::write(directory.path().join("0001-X.request"), "POST /\n\n").expect("written");
    std::fs::write(directory.path().join("0001-X.response"), "no status\n\n").expect("written");
    let broken = Replay::start(directory.path(), Rest::Refuse)
        .await
        .expect_err("broken");
    assert!(broken.message().contains("0001-X.response"), "{broken}");
    let full = Recorder::create(directory.path()).expect_err("not empty");
    assert_eq!(full.kind(), ErrorKind::InvalidInput);
    assert!(full.remedy().is_some());
}
