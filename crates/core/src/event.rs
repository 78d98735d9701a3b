//! What the engine tells while it works.

mod stream;

use std::collections::hash_map::RandomState;
use std::fmt::{self, Debug};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::ser::Error as _;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::format::FormatVersion;
use crate::ids::Place;
use crate::plan::StepKey;
use crate::reconcile::{Goal, Outcome, Stage};
use crate::traits::{NotRead, NotUnderstood};
use crate::verify::{Agreement, Connection};

pub use stream::EventStream;

/// Names a run: all events that an engine and its clones tell carry the same one.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// The caller's own name for a run, such as the ID of a job.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// A random ID of 16 hexadecimal digits.
    pub fn random() -> Self {
        // Every `RandomState` has fresh keys; telling runs apart needs no better source and no further dependency.
        Self(format!(
            "{:016x}",
            RandomState::new().build_hasher().finish()
        ))
    }

    /// The ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An event, when it happened and in which run.
///
/// As JSON it is one flat object: the members of the event, then `format`, `at` (RFC 3339 in UTC, with milliseconds) and `run`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EventRecord {
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// The version of its JSON object.
    pub format: FormatVersion<1>,
    /// When, by the engine's [`Clock`].
    #[serde(serialize_with = "rfc3339")]
    pub at: SystemTime,
    /// In which run.
    pub run: RunId,
}

/// A time as events and other documents have it: RFC 3339 in UTC, with milliseconds. Empty for one that no calendar has.
pub fn rfc3339_text(at: SystemTime) -> String {
    let at = jiff::Timestamp::try_from(at);
    at.map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

fn rfc3339<S: serde::Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let at = jiff::Timestamp::try_from(*at).map_err(S::Error::custom)?;
    serializer.collect_str(&format_args!("{at:.3}"))
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// Something that happened. As JSON, durations are seconds. Events never hold a secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A run for a topology begins: it observes. Told by [`reconcile`](crate::engine::Engine::reconcile), as all of a run.
    RunStarted {
        /// What for.
        goal: Goal,
    },
    /// A run does something else from now on.
    StageEntered {
        /// What.
        stage: Stage,
    },
    /// A run has ended. Nothing is read or written after this event.
    RunEnded {
        /// How.
        outcome: Outcome,
    },
    /// A place is being read.
    Observing {
        /// Which.
        place: Place,
    },
    /// A place holds something that was not understood. It is left alone.
    NotUnderstood {
        /// What, where, and why.
        object: NotUnderstood,
    },
    /// A list of a place, or all of it, could not be read by a [discovery](crate::engine::Engine::discover).
    NotRead {
        /// What, where, and why.
        list: NotRead,
    },
    /// The steps of a plan are about to be taken.
    ApplyStarted {
        /// How many there are.
        steps: usize,
        /// How long the longest chain of steps takes that wait for each other, by what the clouds usually take: an estimate,
        /// and no less than this is needed.
        #[serde(rename = "remaining_seconds", serialize_with = "seconds")]
        remaining: Duration,
    },
    /// A step makes its first write, or looks at what is there.
    StepStarted {
        /// Which.
        key: StepKey,
        /// Where.
        place: Place,
        /// What it does, in words.
        what: String,
    },
    /// A step's object is not ready yet. Told when the state changes.
    StepWaiting {
        /// Which.
        key: StepKey,
        /// The state it is in, in the cloud's word.
        state: String,
        /// Since the step started.
        #[serde(rename = "elapsed_seconds", serialize_with = "seconds")]
        elapsed: Duration,
    },
    /// A write was refused for now and will be repeated.
    StepRetrying {
        /// Which.
        key: StepKey,
        /// Why, as the error says.
        reason: String,
        /// After how long.
        #[serde(rename = "delay_seconds", serialize_with = "seconds")]
        delay: Duration,
    },
    /// A step is done.
    StepDone {
        /// Which.
        key: StepKey,
        /// The id of the object, where it has one.
        id: Option<String>,
        /// Since the step started.
        #[serde(rename = "elapsed_seconds", serialize_with = "seconds")]
        elapsed: Duration,
        /// How many steps are done.
        done: usize,
        /// How many there are.
        total: usize,
        /// As in [`ApplyStarted`](Self::ApplyStarted), of the steps that are not done; those under way count whole.
        #[serde(rename = "remaining_seconds", serialize_with = "seconds")]
        remaining: Duration,
    },
    /// A step has failed for good. Nothing is written after this event.
    StepFailed {
        /// Which.
        key: StepKey,
        /// The error.
        error: String,
    },
    /// All steps are done, or no more will be.
    ApplyEnded {
        /// How many steps are done.
        done: usize,
        /// How many there are.
        total: usize,
        /// Since the start.
        #[serde(rename = "elapsed_seconds", serialize_with = "seconds")]
        elapsed: Duration,
    },
    /// A ping is about to be sent, or sent again.
    Probing {
        /// From this instance.
        source: String,
        /// To this one.
        destination: String,
        /// The attempt, from 1.
        attempt: u32,
    },
    /// A ping was answered, or not.
    Probed {
        /// From this instance.
        source: String,
        /// To this one.
        destination: String,
        /// Packets sent.
        sent: u32,
        /// Packets answered.
        received: u32,
    },
    /// A TCP connection is about to be tried, or tried again.
    Connecting {
        /// From this instance.
        source: String,
        /// To this one.
        destination: String,
        /// To this port.
        port: u16,
        /// The attempt, from 1.
        attempt: u32,
    },
    /// A TCP connection was tried for the last time.
    ConnectionTried {
        /// From this instance.
        source: String,
        /// To this one.
        destination: String,
        /// To this port.
        port: u16,
        /// What became of it; absent if none could be tried.
        outcome: Option<Connection>,
    },
    /// A cloud's analyser is about to be asked for a second opinion.
    Analysing {
        /// From this instance.
        source: String,
        /// To this one.
        destination: String,
        /// What the analyser is called.
        oracle: String,
        /// What packet it is asked about, such as `tcp 22`.
        packet: String,
    },
    /// The analyser has answered, or did not.
    Analysed {
        /// From this instance.
        source: String,
        /// To this one.
        destination: String,
        /// What it says.
        verdict: String,
        /// Whether it says what the configuration says.
        agreement: Agreement,
    },
}

/// Takes events as they happen. It must not block.
pub trait EventSink: Debug + Send + Sync + 'static {
    /// Takes one event.
    fn emit(&self, record: EventRecord);
}

/// Drops every event.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

impl EventSink for NoEvents {
    fn emit(&self, _record: EventRecord) {}
}

impl EventSink for tokio::sync::mpsc::UnboundedSender<EventRecord> {
    fn emit(&self, record: EventRecord) {
        // A receiver that has gone wants no more events.
        let _ = self.send(record);
    }
}

/// Adds time and run to events and hands them to a sink.
#[derive(Clone, Debug)]
pub struct Events {
    sink: Arc<dyn EventSink>,
    clock: Arc<dyn Clock>,
    run: RunId,
}

impl Events {
    /// Events of `run` for `sink`, at the time of `clock`.
    pub fn new(sink: Arc<dyn EventSink>, clock: Arc<dyn Clock>, run: RunId) -> Self {
        Self { sink, clock, run }
    }

    /// Tells an event that happens now.
    pub fn emit(&self, event: Event) {
        self.sink.emit(EventRecord {
            event,
            format: FormatVersion,
            at: self.clock.now(),
            run: self.run.clone(),
        });
    }

    pub(crate) fn with_sink(self, sink: Arc<dyn EventSink>) -> Self {
        Self { sink, ..self }
    }

    pub(crate) fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    pub(crate) fn with_run(self, run: RunId) -> Self {
        Self { run, ..self }
    }

    pub(crate) fn sink(&self) -> Arc<dyn EventSink> {
        Arc::clone(&self.sink)
    }

    pub(crate) fn run(&self) -> &RunId {
        &self.run
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::memory::ManualClock;

    #[test]
    fn an_event_is_one_flat_object_with_the_time_of_the_clock() {
        let (sink, mut told) = unbounded_channel();
        let clock = Arc::new(ManualClock::new());
        let events = Events::new(Arc::new(sink), clock.clone(), RunId::new("job-7"));
        clock.advance(Duration::from_millis(1500));
        events.emit(Event::ApplyStarted {
            steps: 3,
            remaining: Duration::from_secs(2),
        });
        let record = told.try_recv().expect("an event");
        assert_eq!(
            serde_json::to_value(&record).expect("JSON"),
            json!({
                "event": "apply-started",
                "steps": 3,
                "remaining_seconds": 2.0,
                "format": 1,
                "at": "2026-01-01T00:00:01.500Z",
                "run": "job-7",
            })
        );
    }

    #[test]
    fn random_ids_differ() {
        let (one, two) = (RunId::random(), RunId::random());
        assert_eq!(one.as_str().len(), 16);
        assert_ne!(one, two);
    }
}
