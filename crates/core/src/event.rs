//! What the engine tells while it works.

use std::fmt::Debug;
use std::time::Duration;

use serde::Serialize;

use crate::ids::Place;
use crate::plan::StepKey;

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// Something that happened. As JSON, durations are seconds. Events never hold a secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A place is being read.
    Observing {
        /// Which.
        place: Place,
    },
    /// The steps of a plan are about to be taken.
    ApplyStarted {
        /// How many there are.
        steps: usize,
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
}

/// Takes events as they happen. It must not block.
pub trait EventSink: Debug + Send + Sync + 'static {
    /// Takes one event.
    fn emit(&self, event: Event);
}

/// Drops every event.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

impl EventSink for NoEvents {
    fn emit(&self, _event: Event) {}
}

impl EventSink for tokio::sync::mpsc::UnboundedSender<Event> {
    fn emit(&self, event: Event) {
        // A receiver that has gone wants no more events.
        let _ = self.send(event);
    }
}
