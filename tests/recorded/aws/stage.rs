//! Where a scenario is played: on its recording, or, to make that, on moto or on answers written by hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use landbridge::aws::credential::{AssumeRoleCredentials, Credentials, StaticCredentials};
use landbridge::aws::{Aws, AwsBuilder, AwsCloud, AwsProvider};
use landbridge_core::memory::ManualClock;
use landbridge_core::{CloudName, Label, Owner, Place, Token};
use landbridge_record::{Recorder, Replay, Rest};

use super::script::Script;
use crate::moto::{Moto, REQUIREMENTS, VISITOR, role};
use crate::python::Python;

/// Accounts that a recording leaves as they are.
pub(super) const A: &str = "100000000011";
pub(super) const B: &str = "100000000022";
pub(super) const HERE: &str = "eu-central-1";
pub(super) const THERE: &str = "us-east-1";

/// What is changed in a recorded answer, because the cloud answers otherwise than moto.
pub(super) struct Correction {
    /// The operation in whose answers it is.
    pub(super) operation: &'static str,
    pub(super) moto: &'static str,
    pub(super) cloud: &'static str,
}

/// Tells recordings apart that are made from those that are played.
pub(super) fn recording() -> bool {
    std::env::var_os("LANDBRIDGE_RECORD").is_some()
}

pub(super) fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/recorded/aws")
        .join(name)
}

pub(super) struct Stage {
    pub(super) clock: Arc<ManualClock>,
    name: &'static str,
    provider: AwsProvider,
    play: Play,
}

enum Play {
    Replay(Replay),
    Moto(Moto, Made, &'static [Correction]),
    Script(Script, Made),
}

/// A recording in the making.
struct Made {
    recorder: Arc<Recorder>,
    directory: PathBuf,
}

impl Made {
    fn new(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("recorded-aws")
            .join(name);
        let _ = fs::remove_dir_all(&directory);
        let recorder = Recorder::create(&directory).expect("an empty directory");
        Self {
            recorder: Arc::new(recorder),
            directory,
        }
    }

    /// The files written, in their order.
    fn files(&self) -> Vec<PathBuf> {
        self.recorder.finish().expect("written");
        files(&self.directory)
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.retain(|path| has_end(path, "request") || has_end(path, "response"));
    paths.sort();
    paths
}

fn has_end(path: &Path, end: &str) -> bool {
    path.extension().is_some_and(|there| there == end)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned()
}

impl Stage {
    /// A scenario recorded from moto; nothing where it shall be recorded and there is none.
    pub(super) async fn recorded(
        name: &'static str,
        corrections: &'static [Correction],
    ) -> Option<Self> {
        let sessions = |builder: AwsBuilder| {
            let visitor = Arc::new(StaticCredentials::new(VISITOR, VISITOR));
            [A, B].iter().fold(builder, |builder, id| {
                let session = AssumeRoleCredentials::new(visitor.clone(), role(id));
                builder.credentials(*id, Arc::new(session))
            })
        };
        if !recording() {
            return Some(Self::replayed(name, sessions).await);
        }
        let moto = Moto::start(&Python::ready(REQUIREMENTS)?);
        let made = Made::new(name);
        seed(&moto).await;
        let clock = Arc::new(ManualClock::new());
        let builder = sessions(builder(&moto.url(), &clock)).tap(made.recorder.clone());
        Some(Self {
            clock,
            name,
            provider: builder.build().expect("a provider"),
            play: Play::Moto(moto, made, corrections),
        })
    }

    /// A scenario with answers written by hand.
    pub(super) async fn written(name: &'static str) -> Self {
        Self::written_with(name, Arc::new(StaticCredentials::new("AKIAEXAMPLEA", "a"))).await
    }

    /// The same, with such keys of the first account.
    pub(super) async fn written_with(name: &'static str, source: Arc<dyn Credentials>) -> Self {
        let keys = |builder: AwsBuilder| {
            let other = StaticCredentials::new("AKIAEXAMPLEB", "b");
            builder
                .credentials(A, source)
                .credentials(B, Arc::new(other))
        };
        if !recording() {
            return Self::replayed(name, keys).await;
        }
        let script = Script::start(&directory(name)).await;
        let made = Made::new(name);
        let clock = Arc::new(ManualClock::new());
        let builder = keys(builder(&script.url(), &clock)).tap(made.recorder.clone());
        Self {
            clock,
            name,
            provider: builder.build().expect("a provider"),
            play: Play::Script(script, made),
        }
    }

    async fn replayed(name: &'static str, keys: impl FnOnce(AwsBuilder) -> AwsBuilder) -> Self {
        let replay = Replay::start(directory(name), Rest::Refuse).await;
        let replay = replay.expect("a recording");
        let clock = Arc::new(ManualClock::new());
        let provider = keys(builder(&replay.url(), &clock)).build();
        Self {
            clock,
            name,
            provider: provider.expect("a provider"),
            play: Play::Replay(replay),
        }
    }

    pub(super) fn provider(&self) -> &AwsProvider {
        &self.provider
    }

    pub(super) fn cloud(&self, account: &str, region: &str) -> AwsCloud {
        self.provider.place(&place(account, region)).expect("known")
    }

    /// What somebody else does meanwhile, which no recording shows; and what they are answered.
    pub(super) async fn meanwhile(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let Play::Moto(moto, ..) = &self.play else {
            return String::new();
        };
        let mut body = format!("Action={action}&Version=2010-05-08");
        for (name, value) in parameters {
            body.push_str(&format!("&{name}={value}"));
        }
        let scope = "AKIAFOREIGN000000000/20260101/us-east-1/iam/aws4_request";
        let answer = reqwest::Client::new()
            .post(moto.url())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-moto-account-id", A)
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
            )
            .body(body)
            .send()
            .await
            .expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("text");
        assert!(status.is_success(), "{action}: {text}");
        text
    }

    /// Everything recorded was asked for, and nothing else. A recording in the making is written.
    pub(super) fn end(self) {
        match &self.play {
            Play::Replay(replay) => {
                let unmatched = replay.unmatched();
                assert!(unmatched.is_empty(), "{}: {}", self.name, told(&unmatched));
                let unused = replay.unused();
                assert!(
                    unused.is_empty(),
                    "{}: never asked:\n{}",
                    self.name,
                    unused.join("\n")
                );
            }
            Play::Moto(_, made, corrections) => store(self.name, made, corrections),
            Play::Script(script, made) => {
                assert_eq!(script.left(), [""; 0], "{}", self.name);
                fit(self.name, made);
            }
        }
    }
}

impl Drop for Stage {
    // A scenario that breaks off says what was asked for and not recorded.
    fn drop(&mut self) {
        if let (true, Play::Replay(replay)) = (std::thread::panicking(), &self.play) {
            eprintln!("{}: {}", self.name, told(&replay.unmatched()));
        }
    }
}

fn told(unmatched: &[String]) -> String {
    format!(
        "{} not recorded:\n{}",
        unmatched.len(),
        unmatched.join("\n")
    )
}

fn builder(url: &str, clock: &Arc<ManualClock>) -> AwsBuilder {
    let builder = Aws::builder().clock(clock.clone()).endpoint(url);
    builder.expect("a loopback address is allowed")
}

// The same ids each time.
async fn seed(moto: &Moto) {
    let url = format!("{}/moto-api/seed?a=42", moto.url());
    let answer = reqwest::Client::new().post(url).send().await;
    assert!(answer.expect("an answer").status().is_success());
}

/// Replaces a recording by one of moto, with its corrections.
fn store(name: &str, made: &Made, corrections: &[Correction]) {
    let directory = directory(name);
    fs::create_dir_all(&directory).expect("a directory");
    for old in files(&directory) {
        fs::remove_file(old).expect("removed");
    }
    let mut made_good = vec![false; corrections.len()];
    for path in made.files() {
        let file = name_of(&path);
        let mut text = fs::read_to_string(&path).expect("text");
        for (correction, done) in corrections.iter().zip(&mut made_good) {
            let here = file.contains(&format!("-{}.response", correction.operation));
            if here && text.contains(correction.moto) {
                text = text.replace(correction.moto, correction.cloud);
                *done = true;
            }
        }
        fs::write(directory.join(file), text).expect("written");
    }
    assert!(
        made_good.iter().all(|done| *done),
        "{name}: a correction corrects nothing"
    );
}

/// Writes the requests to answers that are there.
fn fit(name: &str, made: &Made) {
    let directory = directory(name);
    for old in files(&directory)
        .iter()
        .filter(|path| has_end(path, "request"))
    {
        fs::remove_file(old).expect("removed");
    }
    for path in made.files().iter().filter(|path| has_end(path, "request")) {
        let answer = directory.join(name_of(path)).with_extension("response");
        assert!(
            answer.exists(),
            "{name}: {} is asked at another time",
            name_of(path)
        );
        fs::copy(path, directory.join(name_of(path))).expect("written");
    }
}

pub(super) fn place(account: &str, region: &str) -> Place {
    Place::new(CloudName::from_static("aws"), account, region)
}

pub(super) fn owner(key: &str) -> Owner {
    Owner::new("recorded", key)
}

pub(super) fn label(name: &str, key: &str) -> Label {
    Label::new(name, owner(key), token())
}

pub(super) fn token() -> Token {
    Token::derive(&["recorded"])
}
