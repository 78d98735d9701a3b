//! The backend of Alibaba Cloud against recorded answers.

mod access;
mod cen;
mod edge;
mod footprint;
mod machines;
mod network;
mod odd;
mod paths;
mod prices;
mod refusals;
mod roles;
mod whole;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ipnet::IpNet;
use landbridge_aliyun::credential::{Credentials, StaticCredentials};
use landbridge_aliyun::{Aliyun, AliyunCloud, AliyunProvider, CLOUD};
use landbridge_core::backend::{Exchange, Tap};
use landbridge_core::memory::ManualClock;
use landbridge_core::{CloudName, Endpoint, Error, ErrorKind, Label, Owner, Place, Token};

use crate::support::{Recording, operation, requests_of};

const OURS: &str = "1000000000000001";
const THEIRS: &str = "1000000000000002";
const REGION: &str = "cn-hangzhou";
const TOPOLOGY: &str = "net";

/// What all requests of a test carried and no recording keeps.
#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Request>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Request {
    token: Option<String>,
    date: String,
    nonce: String,
}

impl Tap for Heard {
    fn take(&self, exchange: Exchange<'_>) {
        let header = |name: &str| {
            let headers = exchange.request_headers.iter();
            let found = headers.clone().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let body = String::from_utf8_lossy(exchange.request_body).into_owned();
        let token = body
            .split('&')
            .find_map(|pair| pair.strip_prefix("ClientToken="));
        self.0.lock().expect("not poisoned").push(Request {
            token: token.map(str::to_owned),
            date: header("x-acs-date"),
            nonce: header("x-acs-signature-nonce"),
        });
    }
}

/// A recording and a backend that talks to it.
struct Scene {
    recording: Recording,
    provider: AliyunProvider,
    cloud: AliyunCloud,
    clock: Arc<ManualClock>,
    heard: Arc<Heard>,
}

impl Scene {
    /// The account that owns hubs.
    async fn of(scenario: &str) -> Self {
        Self::seen_by(OURS, scenario).await
    }

    async fn seen_by(account: &str, scenario: &str) -> Self {
        let keys = StaticCredentials::new("the-id", "the-secret".to_owned());
        Self::with_keys(account, scenario, |_| Arc::new(keys)).await
    }

    async fn with_keys(
        account: &str,
        scenario: &str,
        keys: impl FnOnce(&Recording) -> Arc<dyn Credentials>,
    ) -> Self {
        let recording = Recording::start(CLOUD, scenario).await;
        let clock = Arc::new(ManualClock::new());
        let heard = Arc::new(Heard::default());
        let provider = Aliyun::builder()
            .clock(clock.clone())
            .endpoint(&recording.url())
            .expect("loopback")
            .tap(heard.clone())
            .credentials(account, keys(&recording))
            .build()
            .expect("builds");
        let place = Place::new(CloudName::from_static(CLOUD), account, REGION);
        let cloud = provider.place(&place).expect("a known account");
        Self {
            recording,
            provider,
            cloud,
            clock,
            heard,
        }
    }

    fn heard(&self) -> Vec<Request> {
        self.heard.0.lock().expect("not poisoned").clone()
    }

    fn finish(self) {
        self.recording.finish();
    }
}

fn token() -> Token {
    Token::derive(&["a step"])
}

fn owner(key: &str) -> Owner {
    Owner::new(TOPOLOGY, key)
}

fn label(key: &str) -> Label {
    Label::new("a name", owner(key), token())
}

fn network(id: &str, account: &str) -> Endpoint {
    Endpoint::Network {
        id: id.into(),
        account: account.into(),
        region: REGION.into(),
    }
}

fn line(account: &str) -> Endpoint {
    Endpoint::BorderRouter {
        id: "vbr-1".into(),
        account: account.into(),
        region: REGION.into(),
    }
}

fn hub(id: &str, parent: Option<&str>, region: &str) -> Endpoint {
    Endpoint::Hub {
        id: id.into(),
        parent: parent.map(Into::into),
        account: OURS.into(),
        region: region.into(),
    }
}

fn range(text: &str) -> IpNet {
    text.parse().expect("a range")
}

/// Fails unless an error is of this kind, with this code, and says in its remedy what to do.
#[track_caller]
fn assert_refused(error: &Error, kind: ErrorKind, code: &str, remedy: &str) {
    assert_eq!(error.kind(), kind, "{code}: {error}");
    assert_eq!(error.code().unwrap_or_default(), code, "{error}");
    let said = error.remedy().unwrap_or_default();
    assert!(said.contains(remedy), "{code}: {said}");
}

/// Names that look like operations and are none.
const NO_OPERATIONS: &[&str] = &[
    "AssociateType",
    "AssumeRolePolicyDocument",
    "CreateTime",
    "EnableIpv6",
    "DeleteOldestNonDefaultVersionWhenLimitExceeded",
    "GrantRule",
    "GrantRuleModels",
    "GrantRules",
    "InvokeError",
    "InvokeId",
    "InvokeRecordStatus",
    "RunShellScript",
    "SetAsDefault",
    "TagKey",
    "TagValue",
];

const VERBS: &[&str] = &[
    "Accept",
    "Add",
    "Allocate",
    "Assign",
    "Associate",
    "Assume",
    "Attach",
    "Authorize",
    "Cancel",
    "Check",
    "Close",
    "Create",
    "Delete",
    "Deactivate",
    "Describe",
    "Detach",
    "Disable",
    "Dissociate",
    "Enable",
    "Force",
    "Get",
    "Grant",
    "Invoke",
    "List",
    "Modify",
    "Move",
    "Open",
    "Publish",
    "Query",
    "Refresh",
    "Reject",
    "Release",
    "Remove",
    "Replace",
    "Revoke",
    "Run",
    "Send",
    "Set",
    "Start",
    "Stop",
    "Tag",
    "Unassociate",
    "Untag",
    "UnTag",
    "Update",
    "Withdraw",
];

fn looks_like_operation(word: &str) -> bool {
    let follows = |rest: &str| rest.starts_with(|first: char| first.is_ascii_uppercase());
    word.chars().all(|letter| letter.is_ascii_alphanumeric())
        && VERBS
            .iter()
            .any(|verb| word.strip_prefix(verb).is_some_and(follows))
        && !NO_OPERATIONS.contains(&word)
}

/// The operations that the sources name outside tests and comments.
fn operations_in(directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(directory).expect("sources") {
        let path = entry.expect("an entry").path();
        // Example answers, which only tests read, and commands for people.
        if path.ends_with("answers") || path.ends_with("guide.rs") {
            continue;
        }
        if path.is_dir() {
            found.extend(operations_in(&path));
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let words = code.flat_map(|line| line.split('"').skip(1).step_by(2));
        found.extend(
            words
                .filter(|word| looks_like_operation(word))
                .map(str::to_owned),
        );
    }
    found
}

#[test]
fn every_operation_of_the_backend_is_recorded() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/aliyun/src");
    let called = operations_in(&sources);
    assert!(called.len() > 70, "the sources are read: {called:?}");
    let requests = requests_of(CLOUD);
    let recorded: BTreeSet<&str> = requests.iter().filter_map(|text| operation(text)).collect();
    let missing: Vec<_> = called
        .iter()
        .filter(|name| !recorded.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "no recording calls {missing:?}");
}
