//! The journal: each write is announced before it is sent, and a run that ended anywhere is told and continued.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use landbridge_core::engine::{Engine, Stopped};
use landbridge_core::event::RunId;
use landbridge_core::journal::{
    Answer, Entry, Finding, Happening, Header, History, Journal, JournalFile, Purpose, Reached,
};
use landbridge_core::memory::{FaultPoint, MemoryProvider};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::{Clock, Error, ErrorKind, Result};
use tempfile::TempDir;

use crate::common::{topology, world};

/// Keeps entries in memory, with the number of writes that the cloud had seen at that moment.
#[derive(Debug)]
struct Noted {
    provider: MemoryProvider,
    entries: Mutex<Vec<(usize, Entry)>>,
    /// Refuses each entry from this one on.
    refuses_from: usize,
}

impl Noted {
    fn new(provider: &MemoryProvider, refuses_from: usize) -> Arc<Self> {
        Arc::new(Self {
            provider: provider.clone(),
            entries: Mutex::default(),
            refuses_from,
        })
    }

    fn entries(&self) -> Vec<(usize, Entry)> {
        self.entries.lock().expect("lock").clone()
    }
}

#[async_trait]
impl Journal for Noted {
    async fn keep(&self, entry: &Entry) -> Result<()> {
        let mut entries = self.entries.lock().expect("lock");
        if entries.len() >= self.refuses_from {
            return Err(Error::new(ErrorKind::InvalidInput, "the disk is full"));
        }
        entries.push((self.provider.write_count(), entry.clone()));
        Ok(())
    }
}

async fn plan_now(engine: &Engine) -> Plan {
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    plan(&topology, &observation)
}

fn is_intent(entry: &Entry) -> bool {
    matches!(entry.what, Happening::Intent { .. })
}

fn header(purpose: Purpose, clock: &dyn Clock) -> Header {
    Header::new(purpose, topology(), clock.now(), RunId::new("run-1"))
}

#[tokio::test]
async fn each_write_is_announced_before_it_is_sent_and_answered_after() {
    let (engine, provider, _) = world();
    let journal = Noted::new(&provider, usize::MAX);
    let steps = plan_now(&engine).await;
    let engine = engine.with_journal(journal.clone());
    engine.apply(&steps).await.expect("applied");
    let entries = journal.entries();
    let begin = &entries.first().expect("an entry").1.what;
    let count = steps.steps.len();
    assert!(
        matches!(begin, Happening::Begin { steps, topology, .. } if *steps == count && topology == "demo"),
        "{begin:?}"
    );
    let intents = entries.iter().filter(|(_, entry)| is_intent(entry));
    let announced: Vec<usize> = intents.map(|(writes, _)| *writes).collect();
    assert_eq!(
        announced.len(),
        provider.write_count(),
        "one for each write that the cloud has seen"
    );
    for (announced, writes) in announced.iter().enumerate() {
        assert!(
            *writes <= announced,
            "write {announced} was announced when the cloud had seen {writes}"
        );
    }
    let done = |entry: &Entry| matches!(entry.what, Happening::Done { .. });
    assert_eq!(entries.iter().filter(|(_, e)| done(e)).count(), count);
    let end = Happening::End {
        done: count,
        total: count,
    };
    assert_eq!(entries.last().map(|(_, entry)| &entry.what), Some(&end));
}

#[tokio::test]
async fn what_cannot_be_announced_is_not_sent() {
    let (_, entries) = whole_run().await;
    for from in 0..entries {
        let (engine, provider, _) = world();
        let steps = plan_now(&engine).await;
        let journal = Noted::new(&provider, from);
        let engine = engine.with_journal(journal.clone());
        let error = engine.apply(&steps).await;
        let kept = journal.entries();
        let announced = kept.iter().filter(|(_, entry)| is_intent(entry)).count();
        assert_eq!(
            provider.write_count(),
            announced,
            "entries from {from} on are refused"
        );
        match error {
            Err(error) if from == 0 => {
                assert!(matches!(error.reason, Stopped::Refused(_)), "{error}");
            }
            Err(error) => {
                assert!(error.to_string().contains("the disk is full"), "{error}");
            }
            // What is left to tell after the last write stops nothing.
            Ok(_) => assert_eq!(announced, steps.steps.len()),
        }
    }
}

async fn whole_run() -> (Vec<String>, usize) {
    let (engine, provider, _) = world();
    let steps = plan_now(&engine).await;
    let journal = Noted::new(&provider, usize::MAX);
    let engine = engine.with_journal(journal.clone());
    engine.apply(&steps).await.expect("applied");
    (provider.objects(), journal.entries().len())
}

#[tokio::test]
async fn answers_say_what_is_known_and_no_text_of_the_cloud() {
    let cases = [
        (ErrorKind::OutcomeUnknown, "unknown"),
        (ErrorKind::Unavailable, "unknown"),
        (ErrorKind::PermissionDenied, "refused"),
        (ErrorKind::Throttled, "refused"),
    ];
    for (kind, expected) in cases {
        let (engine, provider, _) = world();
        let steps = plan_now(&engine).await;
        provider.fail_call(0, FaultPoint::Before, kind);
        let journal = Noted::new(&provider, usize::MAX);
        let _ = engine.with_journal(journal.clone()).apply(&steps).await;
        let entries = journal.entries();
        let mut answers = entries.iter().filter_map(|(_, entry)| match &entry.what {
            Happening::Outcome { answer, .. } if !matches!(answer, Answer::Accepted { .. }) => {
                Some(entry)
            }
            _ => None,
        });
        let line = serde_json::to_value(answers.next().expect("a refusal")).expect("JSON");
        assert_eq!(line["answer"], expected, "{line}");
        assert_eq!(line["kind"], kind.as_str(), "{line}");
        assert!(line.get("message").is_none(), "{line}");
    }
}

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }
}

/// An apply that is dropped at its `n`th write, with a journal in a file: what a kill leaves.
async fn killed_at(n: usize, path: &Path) -> (Engine, MemoryProvider) {
    let (engine, provider, clock) = world();
    let steps = plan_now(&engine).await;
    let journal = JournalFile::create(path, &header(Purpose::Apply, &*clock)).expect("created");
    let stop = Arc::new(tokio::sync::Notify::new());
    let at = Arc::clone(&stop);
    provider.on_write(move |count, _| {
        if count == n {
            at.notify_one();
        }
    });
    let noting = engine.clone().with_journal(Arc::new(journal));
    tokio::select! {
        biased;
        () = stop.notified() => {}
        _ = noting.apply(&steps) => {}
    }
    drop(noting);
    // Its tasks are aborted, and let go of the file when they are next looked at.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    (engine, provider)
}

#[tokio::test]
async fn a_run_that_was_dropped_at_any_write_is_told_settled_and_continued() {
    let (wanted, _) = whole_run().await;
    let (_, provider) = killed_at(usize::MAX, &Files::new().path("j")).await;
    let writes = provider.write_count();
    for n in (0..writes).step_by(3) {
        let files = Files::new();
        let path = files.path("run.journal");
        let (engine, provider) = killed_at(n, &path).await;
        let (journal, history) = JournalFile::open(&path).expect("a journal");
        assert!(!history.is_complete(), "killed at {n}");
        let engine = engine.with_journal(Arc::new(journal));
        let resumed = engine.resume(&history).await.expect("resumed");
        assert_eq!(resumed.settled.len(), history.open().len());
        engine.apply(&resumed.plan).await.expect("applied");
        assert_eq!(provider.objects(), wanted, "killed at {n}");
        drop(engine);
        let (_, history) = JournalFile::open(&path).expect("a journal");
        assert!(history.is_complete(), "killed at {n}");
        assert_eq!(history.open(), []);
        let runs = history.runs();
        assert_eq!(runs.len(), 2);
        assert!(!runs[0].ended && runs[1].ended);
        assert_eq!(runs[1].done, runs[1].steps);
    }
}

#[tokio::test]
async fn a_destroy_is_continued_as_well() {
    let (engine, provider, clock) = world();
    engine
        .apply(&plan_now(&engine).await)
        .await
        .expect("applied");
    let files = Files::new();
    let path = files.path("destroy.journal");
    let topology = topology();
    let there = engine.observe(&topology).await.expect("observe");
    let steps = plan_destroy(&topology, &there);
    let journal = JournalFile::create(&path, &header(Purpose::Destroy, &*clock)).expect("created");
    provider.fail_call(5, FaultPoint::After, ErrorKind::PermissionDenied);
    let noting = engine.clone().with_journal(Arc::new(journal));
    noting
        .apply(&steps)
        .await
        .expect_err("the injected refusal");
    drop(noting);
    let (journal, history) = JournalFile::open(&path).expect("a journal");
    let engine = engine.with_journal(Arc::new(journal));
    let resumed = engine.resume(&history).await.expect("resumed");
    assert!(resumed.plan.steps.iter().all(|step| step.op.is_delete()));
    engine.apply(&resumed.plan).await.expect("applied");
    assert_eq!(provider.objects(), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_accepted_is_found_with_its_id_and_what_never_arrived_is_not() {
    let files = Files::new();
    let path = files.path("j");
    let (engine, _) = killed_at(0, &path).await;
    let (_, history) = JournalFile::open(&path).expect("a journal");
    let open = history.open();
    assert!(!open.is_empty());
    let resumed = engine.resume(&history).await.expect("resumed");
    let mut arrived = 0;
    for (open, settled) in open.iter().zip(&resumed.settled) {
        assert_eq!(open.step, settled.step);
        assert_eq!(open.reached, Reached::Announced);
        // The listener is told of a write before its answer is, and others were announced at its side.
        let found = &settled.found;
        match resumed.plan.step(&open.step) {
            None => assert!(
                matches!(found, Finding::AsWanted { id: Some(_) }),
                "{found}"
            ),
            Some(step) if step.existing.is_some() => {
                assert!(matches!(found, Finding::NotReady { .. }), "{found}");
            }
            Some(_) => assert_eq!(*found, Finding::NoEffect),
        }
        arrived += usize::from(*found != Finding::NoEffect);
    }
    assert!(arrived > 0, "the write that was seen has had its effect");

    // The same journal on a world where the write never arrived: looked for until it is a minute old.
    let (engine, _, clock) = world();
    let before = clock.uptime();
    let resumed = engine.resume(&history).await.expect("resumed");
    let absent = |found: &Finding| *found == Finding::NoEffect;
    assert!(resumed.settled.iter().all(|settled| absent(&settled.found)));
    let waited = clock.uptime() - before;
    assert!(
        (Duration::from_secs(55)..=Duration::from_secs(65)).contains(&waited),
        "{waited:?}"
    );
    let again = clock.uptime();
    engine.resume(&history).await.expect("resumed");
    assert_eq!(clock.uptime(), again, "an old write is not waited for");
}

async fn bytes_of_a_run() -> Vec<u8> {
    let files = Files::new();
    let path = files.path("j");
    killed_at(6, &path).await;
    std::fs::read(path).expect("readable")
}

#[tokio::test]
async fn a_journal_that_was_cut_at_any_byte_tells_what_its_whole_lines_tell() {
    let bytes = bytes_of_a_run().await;
    let header = 1 + bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a line");
    for length in 0..bytes.len() {
        let cut = &bytes[..length];
        if length < header {
            let error = History::from_bytes(cut).expect_err("no whole line");
            assert!(error.message().contains("no whole line"), "{error}");
            continue;
        }
        let whole = 1 + cut.iter().rposition(|byte| *byte == b'\n').expect("a line");
        let history = History::from_bytes(cut).expect("a journal");
        assert_eq!(history.torn, length - whole);
        let without = History::from_bytes(&bytes[..whole]).expect("a journal");
        assert_eq!(history.entries, without.entries);
        assert_eq!(history.open(), without.open());
    }
}

#[tokio::test]
async fn a_torn_line_is_replaced_by_the_next_entry() {
    let files = Files::new();
    let path = files.path("j");
    let (engine, _) = killed_at(3, &path).await;
    let whole = std::fs::read(&path).expect("readable");
    let torn = [whole.as_slice(), b"{\"entry\":\"outc"].concat();
    std::fs::write(&path, torn).expect("written");
    let (journal, history) = JournalFile::open(&path).expect("a journal");
    assert_eq!(history.torn, 14);
    let engine = engine.with_journal(Arc::new(journal));
    engine.note_nothing_left().await.expect("noted");
    drop(engine);
    let after = std::fs::read(&path).expect("readable");
    assert!(after.starts_with(&whole));
    assert!(after[whole.len()..].starts_with(b"{\"entry\":\"end\""));
    assert!(JournalFile::open(&path).expect("a journal").1.is_complete());
}

#[tokio::test]
async fn damage_before_the_last_line_is_refused_with_its_number_and_without_its_text() {
    let bytes = bytes_of_a_run().await;
    let text = String::from_utf8(bytes).expect("UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    let with = |number: usize, line: &str| {
        let mut lines = lines.clone();
        lines[number - 1] = line;
        lines.join("\n") + "\n"
    };
    let outcome = lines.iter().position(|line| line.contains("\"outcome\""));
    let outcome = outcome.expect("an outcome");
    let cases = [
        (1, lines[0].replace("\"format\":1", "\"format\":2")),
        (1, lines[0].replace("landbridge-journal", "landbridge-plan")),
        (
            1,
            lines[0].replace("\"name\":\"a\"", "\"name\":\"canary-of-a-header\""),
        ),
        (2, "canary-of-a-secret".to_owned()),
        (2, "{\"entry\":\"canary-of-a-kind\"}".to_owned()),
        (2, lines[1].replace("demo", "another")),
        (
            3,
            lines[2]
                .replace(crate::common::A, "9999999999999999")
                .replace(crate::common::B, "9999999999999999"),
        ),
        (4, lines[2].to_owned()),
        (
            outcome + 1,
            lines[outcome].replace("\"write\":", "\"write\":77"),
        ),
        (outcome + 1, "\u{fffd}\u{0}".to_owned()),
        (3, "[".repeat(100_000)),
        (3, String::new()),
    ];
    for (number, line) in cases {
        assert_ne!(line, lines[number - 1], "the case changes nothing");
        let error = History::from_bytes(with(number, &line).as_bytes()).expect_err("damaged");
        let message = error.message();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            message.starts_with(&format!("invalid journal: line {number}: ")),
            "{message}"
        );
        assert!(!message.contains("canary"), "{message}");
        assert!(message.len() < 300, "{message}");
    }
    assert!(History::from_bytes(b"\xff\xfe\n").is_err());
}

#[tokio::test]
async fn a_file_that_is_there_is_never_overwritten() {
    let files = Files::new();
    let path = files.path("j");
    let (engine, _) = killed_at(2, &path).await;
    let (_, _, clock) = world();
    let header = header(Purpose::Apply, &*clock);
    let refused = |path: &Path| {
        let before = std::fs::read(path).expect("readable");
        let checked = JournalFile::check_free(path).expect_err("there");
        let error = JournalFile::create(path, &header).expect_err("there");
        assert_eq!(checked.to_string(), error.to_string());
        assert_eq!(std::fs::read(path).expect("readable"), before);
        format!("{error}")
    };
    assert!(refused(&path).contains("continue that run with `landbridge resume"));
    let (journal, _) = JournalFile::open(&path).expect("a journal");
    let in_use = JournalFile::open(&path).expect_err("in use").to_string();
    assert!(in_use.contains("another run writes to it"), "{in_use}");
    let noting = engine.with_journal(Arc::new(journal));
    noting.note_nothing_left().await.expect("noted");
    drop(noting);
    assert!(refused(&path).contains("took all its steps"));
    let other = files.path("other");
    std::fs::write(&other, "something else\n").expect("written");
    assert!(refused(&other).contains("not a journal"));
    let free = files.path("free");
    assert!(JournalFile::check_free(&free).is_ok());
    JournalFile::create(&free, &header).expect("created");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&free)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn pipes_devices_and_endless_files_are_refused_at_once() {
    let files = Files::new();
    let large = files.path("large");
    let file = std::fs::File::create(&large).expect("created");
    file.set_len(1 << 40).expect("sparse");
    for path in [
        Path::new("/dev/zero"),
        Path::new("/dev/full"),
        files.0.path(),
        &large,
    ] {
        let error = JournalFile::open(path).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    assert!(JournalFile::open(files.path("none")).is_err());
}
