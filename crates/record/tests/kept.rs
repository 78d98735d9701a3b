//! The recordings of the repository, recorded again: requests stay byte for byte, and answers keep what clients read.

use std::path::{Path, PathBuf};

use landbridge_core::backend::{Exchange, ExchangeAnswer, Tap};
use landbridge_record::Recorder;

fn folders(at: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(at).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.push(path.clone());
            folders(&path, found);
        }
    }
}

/// The first line, the headers and the body of a recorded file.
fn parts(text: &str) -> (String, Vec<(String, String)>, String) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    (first, headers.collect(), body.to_owned())
}

/// Words that say what an answer is about; formatting apart.
fn words(text: &str) -> Vec<String> {
    let text = text.replace("&quot;", "\"").replace("\\\"", "\"");
    let words =
        text.split(|letter: char| letter.is_whitespace() || "<>{}[],:\"\\".contains(letter));
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What the recorder replaces in them on purpose: numbers of members that no backend knows, a service's number that has
/// the form of an account ID, and the name of an image that looks like a key.
const REPLACED: [(&str, &str); 4] = [
    ("1", "0"),
    ("2", "0"),
    ("8375000000000000", "1000000000000001"),
    (
        "Windows_Server-2008-R2_SP1-English-64Bit-Base-2017.10.13",
        "***.10.13",
    ),
];

/// Answers with members that no client reads, whom a foreign token was issued for, and a comment that is a token of ours.
const OTHERWISE: [&str; 3] = [
    "aws/commands/0022-ListCommandInvocations.request",
    "aws/shapes/0006-DescribeVpcs.request",
    "aliyun/session-by-oidc/0001-AssumeRoleWithOIDC.request",
];

/// The answers of the price list are texts inside texts, whose members are named by product: the recorder keeps none of them.
const PRICES: &str = "aws/prices";

/// Whether the recorder writes the second for the first on purpose.
fn is_replaced(before: &str, after: &str) -> bool {
    // Request IDs of a simulator that are no UUIDs, and IDs of access keys.
    let looks_like_a_key = before.len() == 52 || before.starts_with("ASIA");
    REPLACED.contains(&(before, after))
        || after == "***" && looks_like_a_key
        || after == before.replace("%22an-id%22", "%22***%22")
}

#[test]
fn the_recordings_of_the_repository_are_recorded_the_same_again() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recorded");
    let mut scenarios = Vec::new();
    folders(&root, &mut scenarios);
    let (mut requests, mut answers, mut left_out) = (0, 0, 0);
    let mut differences = Vec::new();
    for scenario in scenarios {
        let entries = std::fs::read_dir(&scenario).expect("a directory");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let mut files: Vec<PathBuf> = paths
            .filter(|path| path.extension().is_some_and(|end| end == "request"))
            .collect();
        files.sort();
        for file in files {
            let folder = tempfile::tempdir().expect("a directory");
            let recorder = Recorder::create(folder.path()).expect("it is empty");
            let request = std::fs::read_to_string(&file).expect("a text");
            let (line, headers, body) = parts(&request);
            let (method, path) = line.split_once(' ').expect("a request line");
            let url = format!("https://cloud.example{path}");
            let asked = Exchange::new(method, &url, &headers, body.as_bytes());
            let bytes = std::fs::read(file.with_extension("response")).expect("an answer");
            let answer = String::from_utf8(bytes)
                .ok()
                .filter(|text| !text.is_empty());
            let answer = answer.map(|text| parts(&text));
            match &answer {
                Some((status, headers, body)) => {
                    let status = status.parse().expect("a status");
                    recorder.take(asked.with_answer(ExchangeAnswer::new(
                        status,
                        headers,
                        body.as_bytes(),
                    )));
                }
                None => recorder.take(asked),
            }
            assert_eq!(recorder.finish().expect("written"), 1);
            let entries = std::fs::read_dir(folder.path()).expect("a directory");
            for entry in entries {
                let path = entry.expect("an entry").path();
                let text = std::fs::read_to_string(&path).expect("a text");
                if path.extension().is_some_and(|end| end == "request") {
                    requests += 1;
                    if text != request {
                        differences.push(format!("{}:\n{request}\nbecame\n{text}", file.display()));
                    }
                    continue;
                }
                let Some((_, _, body)) = &answer else {
                    continue;
                };
                answers += 1;
                let (_, headers, again) = parts(&text);
                if headers.iter().any(|(name, _)| name == "x-landbridge-body") {
                    left_out += 1;
                    continue;
                }
                let (before, after) = (words(body), words(&again));
                let masked: Vec<_> = before
                    .iter()
                    .zip(&after)
                    .filter(|(one, other)| one != other)
                    .filter(|(one, other)| !is_replaced(one, other))
                    .collect();
                let is_otherwise =
                    OTHERWISE.iter().any(|end| file.ends_with(end)) || scenario.ends_with(PRICES);
                if !is_otherwise && (!masked.is_empty() || before.len() != after.len()) {
                    differences.push(format!(
                        "{}: {masked:?}",
                        file.with_extension("response").display()
                    ));
                }
            }
        }
    }
    println!("{requests} requests, {answers} answers, {left_out} of them without a body");
    assert!(requests > 800 && answers > 800, "{requests} {answers}");
    assert!(left_out < 40, "{left_out}");
    assert!(
        differences.is_empty(),
        "{}: {}",
        differences.len(),
        differences.join("\n\n")
    );
}
