//! A journal that was read: what its runs did, and what was under way when the last one ended.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::entry::Refusal;
use super::{Answer, Entry, Happening, Header};
use crate::error::{Error, ErrorKind, Result};
use crate::event::RunId;
use crate::ids::Place;
use crate::plan::StepKey;

/// The longest line that is read, in bytes. The header holds a topology; other lines have a few hundred bytes.
const LONGEST_LINE: usize = 16 << 20;

/// What a journal file tells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct History {
    /// What the runs were for.
    pub header: Header,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// How many bytes the last line has that was not written to its end; 0 if none was. What it would have told has not
    /// happened: a write is announced before it is sent.
    pub torn: usize,
    /// How many bytes the whole lines have.
    pub(super) whole: u64,
}

/// One run of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RunSummary {
    /// Its ID.
    pub run: RunId,
    /// How many steps its plan had.
    pub steps: usize,
    /// How many of them are done.
    pub done: usize,
    /// How many writes it announced.
    pub writes: usize,
    /// Whether it ended by itself: it was not killed.
    pub ended: bool,
}

/// A step that was under way when the last run ended: its last write was announced and not refused, and it is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Open {
    /// The step.
    pub step: StepKey,
    /// Where.
    pub place: Place,
    /// What the write does, in words.
    pub what: String,
    /// When it was announced.
    #[serde(serialize_with = "super::header::rfc3339::serialize")]
    pub at: SystemTime,
    /// How far it came.
    #[serde(flatten)]
    pub reached: Reached,
}

/// How far a write came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reached", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reached {
    /// It was announced, and nothing tells whether it was sent.
    Announced,
    /// It was sent, and its answer was lost.
    NoAnswer(Refusal),
    /// It was accepted, and its object was not seen ready.
    Accepted {
        /// The ID of the object, where the answer had one.
        id: Option<String>,
    },
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request = |id: &Option<String>| match id {
            Some(id) => format!(", request ID {id}"),
            None => String::new(),
        };
        match self {
            Self::Announced => f.write_str("no answer noted"),
            Self::NoAnswer(refusal) => {
                write!(f, "{}{}", refusal.kind, request(&refusal.request_id))
            }
            Self::Accepted { id: Some(id) } => write!(f, "accepted with ID {id}, not seen ready"),
            Self::Accepted { id: None } => f.write_str("accepted, not seen done"),
        }
    }
}

impl History {
    /// Reads a journal. The last line may be cut off at any byte.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with the number of the line for anything else that the engine does not
    /// write: another version, a damaged line, an answer to no write, steps of another topology or account. The text of the file
    /// is not repeated, as it may hold anything.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |last| last + 1);
        let mut lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n');
        let Some(first) = lines.next() else {
            let message =
                "invalid journal: it holds no whole line, so its run wrote nothing to a cloud";
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("delete it, then run the command again"));
        };
        let header = read_header(first)?;
        let mut check = Check::of(&header);
        let mut entries = Vec::new();
        for (index, line) in lines.enumerate() {
            let number = index + 2;
            let entry: Entry = read(number, line)?;
            check
                .accept(&entry)
                .map_err(|problem| invalid(number, problem))?;
            entries.push(entry);
        }
        Ok(Self {
            header,
            entries,
            torn: bytes.len() - whole,
            whole: whole as u64,
        })
    }

    /// Whether the last run ended with every step done.
    pub fn is_complete(&self) -> bool {
        let mut marks = self
            .entries
            .iter()
            .rev()
            .filter_map(|entry| match entry.what {
                Happening::End { done, total } => Some(done == total),
                Happening::Begin { .. } => Some(false),
                _ => None,
            });
        marks.next().unwrap_or(false)
    }

    /// The runs that took steps, in order.
    pub fn runs(&self) -> Vec<RunSummary> {
        let mut runs: Vec<RunSummary> = Vec::new();
        for entry in &self.entries {
            if let Happening::Begin { steps, .. } = &entry.what {
                runs.push(RunSummary {
                    run: entry.run.clone(),
                    steps: *steps,
                    done: 0,
                    writes: 0,
                    ended: false,
                });
            }
            let Some(run) = runs.last_mut() else { continue };
            match &entry.what {
                Happening::Done { .. } => run.done += 1,
                Happening::Intent { .. } => run.writes += 1,
                Happening::End { .. } => run.ended = true,
                _ => {}
            }
        }
        runs
    }

    /// The steps that were under way when the last run ended, and whose object no later run has looked for.
    pub fn open(&self) -> Vec<Open> {
        let mut open: BTreeMap<&StepKey, Open> = BTreeMap::new();
        for entry in &self.entries {
            match &entry.what {
                Happening::Intent {
                    step, place, what, ..
                } => {
                    let announced = Open {
                        step: step.clone(),
                        place: place.clone(),
                        what: what.clone(),
                        at: entry.at,
                        reached: Reached::Announced,
                    };
                    open.insert(step, announced);
                }
                Happening::Outcome { step, answer, .. } => match answer {
                    Answer::Refused(_) => drop(open.remove(step)),
                    Answer::Unknown(refusal) => {
                        reach(&mut open, step, Reached::NoAnswer(refusal.clone()));
                    }
                    Answer::Accepted { id, .. } => {
                        reach(&mut open, step, Reached::Accepted { id: id.clone() });
                    }
                },
                Happening::Done { step, .. } => drop(open.remove(step)),
                Happening::Settled(settled) => drop(open.remove(&settled.step)),
                Happening::Begin { .. } | Happening::Failed { .. } | Happening::End { .. } => {}
            }
        }
        open.into_values().collect()
    }
}

fn reach(open: &mut BTreeMap<&StepKey, Open>, step: &StepKey, reached: Reached) {
    if let Some(open) = open.get_mut(step) {
        open.reached = reached;
    }
}

fn read_header(line: &[u8]) -> Result<Header> {
    let header: Header = read(1, line)?;
    // Its text may quote anything that stands in the file.
    let checked = header.topology.check();
    checked.map_err(|_| invalid(1, "its topology does not pass `landbridge validate`"))?;
    Ok(header)
}

fn read<T: DeserializeOwned>(number: usize, line: &[u8]) -> Result<T> {
    if line.len() > LONGEST_LINE {
        let problem = format!(
            "expected at most {LONGEST_LINE} bytes, found {}",
            line.len()
        );
        return Err(invalid(number, problem));
    }
    // The message of the parser may repeat what stands there.
    serde_json::from_slice(line).map_err(|error| {
        let what = match number {
            1 => "the header of a journal of format version 1",
            _ => "an entry of a journal",
        };
        invalid(
            number,
            format!("column {}: expected {what}", error.column()),
        )
    })
}

fn invalid(line: usize, problem: impl fmt::Display) -> Error {
    let message = format!("invalid journal: line {line}: {problem}");
    Error::new(ErrorKind::InvalidInput, message).with_remedy(
        "run `landbridge apply` or `landbridge destroy` with the topology file: they need no journal",
    )
}

/// What the next entry has to fit.
struct Check<'h> {
    header: &'h Header,
    announced: BTreeSet<u64>,
    unanswered: BTreeMap<u64, StepKey>,
}

impl<'h> Check<'h> {
    fn of(header: &'h Header) -> Self {
        Self {
            header,
            announced: BTreeSet::new(),
            unanswered: BTreeMap::new(),
        }
    }

    fn accept(&mut self, entry: &Entry) -> Result<(), &'static str> {
        match &entry.what {
            Happening::Begin { topology, .. } if *topology != self.header.topology.name => {
                Err("its plan belongs to another topology than the header names")
            }
            // Each run numbers its writes anew, and answers none of an earlier run.
            Happening::Begin { .. } => {
                self.announced.clear();
                self.unanswered.clear();
                Ok(())
            }
            Happening::Intent {
                write, step, place, ..
            } => {
                if !self.knows(place) {
                    return Err("its account is not one of the topology in the header");
                }
                if !self.announced.insert(*write) {
                    return Err("its write was announced before");
                }
                self.unanswered.insert(*write, step.clone());
                Ok(())
            }
            Happening::Outcome { write, step, .. } => match self.unanswered.remove(write) {
                Some(announced) if announced == *step => Ok(()),
                _ => Err("it answers a write that was not announced, or was answered before"),
            },
            _ => Ok(()),
        }
    }

    fn knows(&self, place: &Place) -> bool {
        let mut accounts = self.header.topology.accounts.iter();
        accounts.any(|account| account.cloud == place.cloud && account.id == place.account)
    }
}
