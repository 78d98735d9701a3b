//! `--evidence`: what a command did, in one file for those who were not there.
//!
//! While the command runs, its calls and events go into a folder beside the file. At its end, however it ends, all of it
//! becomes a [bundle](landbridge_record::Pack), and the folder goes.

mod lines;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use landbridge_core::backend::{Exchange, Tap};
use landbridge_core::event::{EventRecord, rfc3339_text};
use landbridge_core::topology::Topology;
use landbridge_core::verify::VerifiedAccount;
use landbridge_core::{AccountId, Observation};
use landbridge_record::{Ended, Manifest, Pack, Recorder, Secrets, looks_like_key};
use serde_json::{Map, Value, json};

use crate::exit::{Exit, Failure, Outcome};
use lines::Lines;

/// The name and version of this program, as reports state them.
pub(crate) const PROGRAM: &str = concat!("landbridge ", env!("CARGO_PKG_VERSION"));

/// Collects what a command does.
#[derive(Debug)]
pub(crate) struct Evidence {
    path: PathBuf,
    command: &'static str,
    begun: SystemTime,
    /// Where calls and events are until the command ends.
    folder: PathBuf,
    recorder: Arc<Recorder>,
    /// Where the recorder writes.
    recording: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    members: BTreeMap<String, Vec<u8>>,
    calls: Lines,
    events: Lines,
    /// The names of accounts in the topology.
    accounts: BTreeMap<AccountId, String>,
    topology: Option<String>,
    /// The topology as it was given, to be served with the recorded calls.
    given: Option<(&'static str, String)>,
    run: Option<String>,
    /// What was shown as text.
    text: String,
    /// What was shown, as `--format json` has it.
    document: Map<String, Value>,
    findings: Vec<Value>,
}

/// A bundle that was written.
pub(crate) struct Written {
    pub(crate) path: String,
    pub(crate) members: usize,
    pub(crate) calls: usize,
}

impl Evidence {
    /// Makes the folder. A file that is there is never replaced.
    ///
    /// # Errors
    /// For a name that is taken, or a place where nothing can be written: before the command begins.
    pub(crate) fn start(
        path: &Path,
        command: &'static str,
        recorder: Option<(Arc<Recorder>, PathBuf)>,
    ) -> Outcome<Arc<Self>> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(Failure::bad_input(format!(
                "evidence file `{}` exists: evidence is never replaced, so name another file",
                path.display()
            )));
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.parts", std::process::id()));
        let folder = path.with_file_name(name);
        make_folder(&folder).map_err(|error| {
            let path = path.display();
            Failure::bad_input(format!("cannot write evidence file `{path}`: {error}"))
        })?;
        let begun = Self::in_folder(path, command, folder.clone(), recorder);
        begun.map(Arc::new).inspect_err(|_| {
            let _ = fs::remove_dir_all(&folder);
        })
    }

    fn in_folder(
        path: &Path,
        command: &'static str,
        folder: PathBuf,
        recorder: Option<(Arc<Recorder>, PathBuf)>,
    ) -> Outcome<Self> {
        let (recorder, recording) = match recorder {
            Some(given) => given,
            None => {
                let recording = folder.join("calls");
                (Arc::new(Recorder::create(&recording)?), recording)
            }
        };
        let lines = |name: &str| {
            let file = folder.join(name);
            Lines::create(&file).map_err(|error| {
                let message = format!("cannot write `{}`: {error}", file.display());
                Failure::bad_input(message)
            })
        };
        let kept = Kept {
            members: BTreeMap::new(),
            calls: lines("calls.jsonl")?,
            events: lines("events.jsonl")?,
            accounts: BTreeMap::new(),
            topology: None,
            given: None,
            run: None,
            text: String::new(),
            document: Map::from_iter([("command".to_owned(), command.into())]),
            findings: Vec::new(),
        };
        Ok(Self {
            path: path.to_owned(),
            command,
            begun: SystemTime::now(),
            folder,
            recorder,
            recording,
            kept: Mutex::new(kept),
        })
    }

    /// Keeps the topology, as the text that was given or as JSON.
    ///
    /// # Errors
    /// For a text that holds what looks like a key: nothing was done yet, and no bundle could hold it.
    pub(crate) fn topology(&self, topology: &Topology, given: Option<&str>) -> Outcome<()> {
        let (name, text) = match given {
            Some(text) => ("topology.yaml", text.to_owned()),
            None => ("topology.json", format!("{:#}\n", json!(topology))),
        };
        if let Some(what) = looks_like_key(&text) {
            return Err(Failure::bad_input(format!(
                "invalid topology file for `--evidence`: it holds {what}, which no bundle may hold; take it out, and change the \
                 key if it is one"
            )));
        }
        let mut kept = self.kept();
        kept.accounts = (topology.accounts.iter())
            .map(|account| (account.id.clone(), account.name.clone()))
            .collect();
        kept.topology = Some(topology.name.clone());
        kept.members.insert(name.to_owned(), text.clone().into());
        kept.given = Some((name, text));
        Ok(())
    }

    /// Keeps whose keys read what was seen.
    pub(crate) fn callers(&self, topology: &Topology, observation: &Observation) {
        let accounts = VerifiedAccount::all(topology, observation);
        self.keep("accounts.json", format!("{:#}\n", json!(accounts)));
    }

    /// Keeps a member.
    pub(crate) fn keep(&self, name: &str, text: impl Into<Vec<u8>>) {
        self.kept().members.insert(name.to_owned(), text.into());
    }

    /// Keeps a part of the result: in the result itself, and as a member where readers look for it.
    pub(crate) fn section(&self, key: &str, text: &str, value: &Value) {
        let mut kept = self.kept();
        kept.text.push_str(text.trim_end());
        kept.text.push('\n');
        if let Some(Value::Array(findings)) = value.get("findings") {
            kept.findings.extend(findings.iter().cloned());
        }
        let member = match key {
            "verify" => Some("verdicts.json"),
            "residue" => Some("residue.json"),
            _ => None,
        };
        if let Some(member) = member {
            let bytes = format!("{value:#}\n").into();
            kept.members.insert(member.to_owned(), bytes);
        }
        kept.document.insert(key.to_owned(), value.clone());
    }

    /// Keeps a plan, as text and as JSON.
    pub(crate) fn plan(&self, key: &str, text: &str, value: &Value) {
        let name = key.replace('_', "-");
        self.keep(&format!("{name}.txt"), text);
        self.keep(&format!("{name}.json"), format!("{value:#}\n"));
        self.section(key, text, value);
    }

    /// Keeps an event.
    pub(crate) fn event(&self, record: &EventRecord) {
        let mut kept = self.kept();
        kept.run.get_or_insert_with(|| record.run.to_string());
        kept.events.add(&json!(record));
    }

    /// Remembers a secret of the run: no member may hold it.
    pub(crate) fn secret(&self, secret: &str) {
        self.recorder.signs_with(secret);
    }

    /// Writes the bundle: whole, or not at all.
    ///
    /// # Errors
    /// When a member would hold a secret, or something cannot be written or was not recorded.
    pub(crate) fn finish(
        &self,
        exit: Exit,
        error: Option<String>,
    ) -> landbridge_core::Result<Written> {
        let written = self.pack(exit, error);
        let _ = fs::remove_dir_all(&self.folder);
        written
    }

    fn pack(&self, exit: Exit, error: Option<String>) -> landbridge_core::Result<Written> {
        let calls = self.recorder.finish()?;
        let mut kept = self.kept();
        let mut pack = Pack::default();
        pack.add_recording(&self.recording)?;
        for (name, lines) in [
            ("calls.jsonl", kept.calls.finish()?),
            ("events.jsonl", kept.events.finish()?),
        ] {
            pack.add_file(name, lines);
        }
        for (name, bytes) in &kept.members {
            pack.add(name.clone(), bytes.clone());
        }
        if let Some((name, text)) = &kept.given {
            let text = self.recorder.with_stand_ins(text);
            pack.add(format!("replay/{name}"), text);
        }
        pack.add("findings.json", format!("{:#}\n", json!(kept.findings)));
        pack.add("result.txt", kept.text.clone());
        let mut document = kept.document.clone();
        document.insert("exit".to_owned(), exit.code().into());
        if let Some(error) = &error {
            document.insert("error".to_owned(), json!({ "message": error }));
        }
        pack.add("result.json", format!("{:#}\n", Value::Object(document)));
        let manifest = self.manifest(&kept, Ended::new(exit.code(), error));
        let secrets: Arc<Secrets> = self.recorder.secrets();
        let manifest = pack.write(&self.path, manifest, &secrets)?;
        Ok(Written {
            path: self.path.display().to_string(),
            members: manifest.members.len(),
            calls,
        })
    }

    fn manifest(&self, kept: &Kept, ended: Ended) -> Manifest {
        let times = (self.begun, SystemTime::now());
        let mut manifest = Manifest::new(PROGRAM, self.command, times, ended);
        if let Some(topology) = &kept.topology {
            manifest = manifest.with_topology(topology);
        }
        if let Some(run) = &kept.run {
            manifest = manifest.with_run(run);
        }
        manifest
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// The folder above it is the user's to make.
fn make_folder(folder: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

impl Tap for Evidence {
    fn take(&self, exchange: Exchange<'_>) {
        let Some(noted) = self.recorder.record(exchange) else {
            return;
        };
        let mut kept = self.kept();
        let place = exchange.place.map(|place| {
            let account = kept.accounts.get(&place.account);
            let account = account.cloned().unwrap_or_else(|| "other".to_owned());
            json!({ "cloud": place.cloud, "account": account, "region": place.region })
        });
        let elapsed = exchange.elapsed.map(|elapsed| elapsed.as_secs_f64());
        kept.calls.add(&json!({
            "number": noted.number,
            "operation": noted.operation,
            "place": place,
            "status": exchange.answer.map(|answer| answer.status),
            "request_id": noted.request_id,
            "seconds": elapsed,
            "at": rfc3339_text(SystemTime::now()),
        }));
    }

    fn signs_with(&self, secret: &str) {
        self.recorder.signs_with(secret);
    }
}

impl Drop for Evidence {
    fn drop(&mut self) {
        // A command that panics leaves no folder behind.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
