//! Signatures: thousands of random requests, signed by the SDK's code and by ours, and taken by the simulator.

use std::time::{Duration, UNIX_EPOCH};

use landbridge::aliyun::sign::{Signable, canonical_query, encode, is_signed, sha256_hex, sign};
use landbridge_sim::{AccountSpec, RoleSpec, Simulator};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::string::{RegexGeneratorStrategy, string_regex};
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::{A, python, run};

const SIGNED: usize = 3000;
const SENT: usize = 150;

/// The simulator's date, in seconds and as it is sent. It takes the real one, too, which is what the SDK sends.
const TODAY: (u64, &str) = (1_767_323_045, "2026-01-02T03:04:05Z");

/// One request, as parameters and as the pairs that must come of them.
#[derive(Clone, Debug)]
struct Case {
    method: &'static str,
    action: String,
    version: String,
    host: String,
    query: Value,
    body: Option<Value>,
    headers: Map<String, Value>,
    key_id: String,
    secret: String,
    token: Option<String>,
    date: String,
    nonce: String,
}

impl Case {
    fn as_json(&self) -> Value {
        json!({
            "method": self.method, "action": self.action, "version": self.version, "host": self.host,
            "query": self.query, "body": self.body, "headers": self.headers, "key_id": self.key_id,
            "secret": self.secret, "token": self.token, "date": self.date, "nonce": self.nonce,
        })
    }
}

/// Texts that match; the pattern is read once and not for each.
fn like(pattern: &str) -> RegexGeneratorStrategy<String> {
    string_regex(pattern).expect("a pattern")
}

/// Text of everything that is encoded in its own way: reserved characters, several scripts, emoji with joiners, accents
/// as characters of their own, spaces at the ends, nothing at all.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just(String::new()),
        3 => like("[ -~]{1,24}"),
        2 => like("[-_.~!*'();:@&=+$,/?#\\[\\]%\" ]{1,12}"),
        2 => like("[a-zA-Z0-9é\u{301}\u{308}ñß网络路由器\u{3000}\u{a0}\u{200d}\u{fe0f}👩🚀🇨🇳\t\r\n]{1,12}"),
        1 => any::<String>(),
    ]
}

fn name() -> impl Strategy<Value = String> {
    like("[A-Za-z][A-Za-z0-9_-]{0,9}")
}

/// A parameter: a scalar, a list, a structure, or any nesting of them.
fn parameter() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => text().prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 24, 12, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..13).prop_map(Value::from),
            btree_map(name(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn parameters() -> impl Strategy<Value = Value> {
    let members = btree_map(name(), parameter(), 0..6);
    members.prop_map(|members| Value::Object(members.into_iter().collect()))
}

/// Headers that are signed as well; some of them twice, in different letters.
fn headers() -> impl Strategy<Value = Map<String, Value>> {
    let name = like("[xX]-[aA]cs-[a-c]{1,2}");
    let value = like("[!-~][ -~]{0,10}[!-~]");
    btree_map(name, value, 0..4)
        .prop_map(|headers| headers.into_iter().map(|(k, v)| (k, v.into())).collect())
}

fn case() -> impl Strategy<Value = Case> {
    let what = (
        prop_oneof![Just("GET"), Just("POST")],
        like("[A-Z][A-Za-z]{2,30}"),
        like("20[0-9]{2}-[01][0-9]-[0-3][0-9]"),
        like("[a-z]{3,12}(\\.cn-[a-z]{4,9})?\\.aliyuncs\\.com"),
    );
    let parts = (parameters(), of(parameters()), headers());
    let who = (
        like("LTAI[A-Za-z0-9]{16}"),
        like("[A-Za-z0-9]{30}"),
        of(like("CAIS[A-Za-z0-9+/]{40,200}={0,2}")),
        like("20[0-9]{2}-0[1-9]-[0-2][1-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9]Z"),
        like("[0-9a-f]{32}"),
    );
    (what, parts, who).prop_map(|(what, parts, who)| Case {
        method: what.0,
        action: what.1,
        version: what.2,
        host: what.3,
        query: parts.0,
        // What is read is read without a body.
        body: parts.1.filter(|_| what.0 == "POST"),
        headers: parts.2,
        key_id: who.0,
        secret: who.1,
        token: who.2,
        date: who.3,
        nonce: who.4,
    })
}

/// The same cases in every run.
fn cases(count: usize) -> Vec<Case> {
    let mut runner = TestRunner::deterministic();
    let strategy = case();
    let mut next = || strategy.new_tree(&mut runner).expect("a case").current();
    (0..count).map(|_| next()).collect()
}

/// Parameters as pairs: lists numbered from 1, names joined with dots. Flags are spelled as Python does.
fn flattened(value: &Value) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    flatten("", value, &mut pairs);
    pairs
}

fn flatten(name: &str, value: &Value, into: &mut Vec<(String, String)>) {
    let inner = |part: &str| match name {
        "" => part.to_owned(),
        _ => format!("{name}.{part}"),
    };
    let text = match value {
        Value::Null => return,
        Value::Object(members) => {
            let each = members.iter();
            return each.for_each(|(part, member)| flatten(&inner(part), member, into));
        }
        Value::Array(items) => {
            let each = items.iter().zip(1..);
            return each
                .for_each(|(item, n): (_, u32)| flatten(&inner(&n.to_string()), item, into));
        }
        Value::Bool(flag) => if *flag { "True" } else { "False" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
    };
    into.push((name.to_owned(), text));
}

/// `None` if SDK and library agree about a case, else where they do not.
fn disagreement(case: &Case, theirs: &Value) -> Option<String> {
    let text = |name: &str| theirs[name].as_str().expect("a text").to_owned();
    let query = flattened(&case.query);
    let sent: Vec<(String, String)> =
        serde_json::from_value(theirs["headers"].clone()).expect("pairs of texts");
    let signed = |headers: &[(String, String)]| {
        let request = Signable {
            method: case.method,
            path: "/",
            query: &query,
            headers,
        };
        sign(&request, &case.secret)
    };
    let all = signed(&sent);
    let lasting: Vec<_> = sent
        .iter()
        .filter(|(name, _)| is_signed(name))
        .cloned()
        .collect();
    let hash = sha256_hex(text("body").as_bytes());
    let canonical_request = [
        case.method,
        "/",
        &text("query"),
        &text("canonical_headers"),
        &text("signed_headers"),
        &hash,
    ]
    .join("\n");
    let form: Vec<(String, String)> = case.body.as_ref().map(flattened).unwrap_or_default();
    [
        ("canonical query", canonical_query(&query), text("query")),
        ("form body", sorted(form), sorted(decoded(&text("body")))),
        (
            "canonical request",
            all.canonical_request.clone(),
            canonical_request,
        ),
        (
            "authorization",
            all.authorization(&case.key_id),
            text("authorization"),
        ),
        (
            "authorization of lasting headers",
            signed(&lasting).authorization(&case.key_id),
            text("lasting"),
        ),
    ]
    .into_iter()
    .find(|(_, ours, theirs)| ours != theirs)
    .map(|(what, ours, theirs)| format!("{what}\nours:   {ours}\ntheirs: {theirs}\nof {case:?}"))
}

fn sorted(mut pairs: Vec<(String, String)>) -> String {
    pairs.sort();
    format!("{pairs:?}")
}

fn decoded(form: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let text = percent_encoding::percent_decode_str(&text).decode_utf8();
        text.expect("the body is UTF-8").into_owned()
    };
    let parts = form.split('&').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').expect("a pair");
        (decode(name), decode(value))
    };
    parts.map(pair).collect()
}

#[tokio::test]
async fn random_requests_are_signed_as_the_official_sdk_signs_them() {
    let Some(python) = python() else {
        return;
    };
    let cases = cases(SIGNED);
    let job = json!({"cases": cases.iter().map(Case::as_json).collect::<Vec<_>>()});
    let theirs = run(python, "signing.py", job).await;
    let theirs = theirs.as_array().expect("a list");
    assert_eq!(theirs.len(), cases.len());
    let pairs = cases.iter().zip(theirs);
    let failed: Vec<String> = pairs
        .filter_map(|(case, theirs)| disagreement(case, theirs))
        .collect();
    println!(
        "foreign: alibaba signatures: {} random requests, {} differences",
        cases.len(),
        failed.len()
    );
    assert!(failed.is_empty(), "{}", failed[0]);
}

/// Random parameters for a call that takes none and ignores them, as a user and in a session of a role.
fn harmless(keys: &[Value; 2]) -> Vec<Case> {
    let mut cases = cases(SENT);
    for (case, keys) in cases.iter_mut().zip(keys.iter().cycle()) {
        let text = |name: &str| keys[name].as_str().map(str::to_owned);
        case.action = "GetCallerIdentity".to_owned();
        case.version = "2015-04-01".to_owned();
        case.key_id = text("access_key_id").expect("a key");
        case.secret = text("access_key_secret").expect("a secret");
        case.token = text("security_token");
        // One name is one header for a real client.
        case.headers.clear();
    }
    cases
}

/// A user of an account, and a session opened with its key.
async fn keys(client: &reqwest::Client, simulator: &Simulator) -> [Value; 2] {
    let user = simulator.provision(AccountSpec::new("aliyun", A));
    simulator.provision_role(RoleSpec::new(A, "visitor").trust(A));
    let mut user = crate::as_json(&user);
    user["security_token"] = Value::Null;
    let query = [
        ("RoleArn", format!("acs:ram::{A}:role/visitor")),
        ("RoleSessionName", "foreign".to_owned()),
    ];
    let query: Vec<_> = query.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    let mut assume = harmless(&[user.clone(), user.clone()]).swap_remove(0);
    assume.method = "POST";
    assume.action = "AssumeRole".to_owned();
    assume.nonce = "assume".to_owned();
    let answer = ours(client, simulator, &assume, &query, "").await;
    let session = &answer["Credentials"];
    let session = json!({
        "access_key_id": session["AccessKeyId"],
        "access_key_secret": session["AccessKeySecret"],
        "security_token": session["SecurityToken"],
    });
    [user, session]
}

/// Sends a request with our signature, and gives the answer.
async fn ours(
    client: &reqwest::Client,
    simulator: &Simulator,
    case: &Case,
    query: &[(String, String)],
    body: &str,
) -> Value {
    let host = simulator.url().replace("http://", "");
    let mut headers = vec![
        ("host", host),
        ("x-acs-action", case.action.clone()),
        ("x-acs-version", case.version.clone()),
        ("x-acs-date", TODAY.1.to_owned()),
        ("x-acs-signature-nonce", format!("ours-{}", case.nonce)),
        ("x-acs-content-sha256", sha256_hex(body.as_bytes())),
    ];
    if !body.is_empty() {
        headers.push((
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        ));
    }
    if let Some(token) = &case.token {
        headers.push(("x-acs-security-token", token.clone()));
    }
    let headers: Vec<(String, String)> = headers
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v))
        .collect();
    let request = Signable {
        method: case.method,
        path: "/",
        query,
        headers: &headers,
    };
    let signature = sign(&request, &case.secret);
    let url = format!("{}/?{}", simulator.url(), canonical_query(query));
    let method = case.method.parse().expect("a method");
    let mut builder = client.request(method, url);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    let authorization = signature.authorization(&case.key_id);
    let builder = builder.header("authorization", authorization);
    let answer = builder.body(body.to_owned()).send().await;
    let bytes = answer.expect("an answer").bytes().await.expect("a body");
    serde_json::from_slice(&bytes).expect("an answer is JSON")
}

/// A form body, spaces as plus signs.
fn form(pairs: &[(String, String)]) -> String {
    let pair = |(name, value): &(String, String)| {
        format!("{}={}", encode(name), encode(value).replace("%20", "+"))
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulator_takes_the_signatures_of_the_official_sdk_and_of_the_library() {
    let Some(python) = python() else {
        return;
    };
    let simulator = Simulator::builder()
        .start_time(UNIX_EPOCH + Duration::from_secs(TODAY.0))
        .start()
        .await
        .expect("the simulator starts");
    let client = reqwest::Client::new();
    let cases = harmless(&keys(&client, &simulator).await);
    for case in &cases {
        let body = case.body.as_ref().map(|body| form(&flattened(body)));
        let query = flattened(&case.query);
        let answer = ours(&client, &simulator, case, &query, &body.unwrap_or_default()).await;
        assert_eq!(answer["AccountId"], A, "{answer} for {case:?}");
    }
    let sent: Vec<Value> = cases.iter().map(Case::as_json).collect();
    let job = json!({"endpoint": simulator.url(), "cases": sent});
    let refusals = run(python, "signing.py", job).await;
    for (case, refusal) in cases.iter().zip(refusals.as_array().expect("a list")) {
        assert_eq!(*refusal, Value::Null, "of {case:?}");
    }
    println!(
        "foreign: alibaba signatures: the simulator takes {} requests of the SDK and {} of the library",
        cases.len(),
        cases.len()
    );
}
