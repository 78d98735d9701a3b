//! `--quiet`: events are counted, for the report of a command that stops, and not shown.

use landbridge_core::event::{Event, EventRecord, EventSink};

use crate::interrupt::Interrupts;

/// Hears events and says nothing.
#[derive(Debug)]
pub(crate) struct Quiet(pub(crate) Interrupts);

impl EventSink for Quiet {
    fn emit(&self, record: EventRecord) {
        match record.event {
            Event::StepStarted { .. } => self.0.note_begun(),
            Event::StepDone { .. } => self.0.note_done(),
            _ => {}
        }
    }
}
