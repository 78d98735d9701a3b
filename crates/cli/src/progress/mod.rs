//! Progress of the engine on stderr: bars on a terminal, otherwise a line per event.

mod again;
mod bars;
mod lines;

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use landbridge_core::event::{Event, EventRecord, EventSink};

use crate::args::{Format, Options};
use crate::evidence::Evidence;
use crate::interrupt::Interrupts;
use crate::output::{complain_json, complain_line};

use bars::Bars;
use lines::Lines;

/// Shows events as they happen.
#[derive(Debug)]
pub(crate) struct Progress {
    view: Mutex<View>,
    interrupts: Interrupts,
    evidence: Option<Arc<Evidence>>,
}

#[derive(Debug)]
enum View {
    Lines(Lines),
    Bars(Bars),
    Json,
}

impl Progress {
    pub(crate) fn new(options: &Options) -> Self {
        // Log lines would break up the bars.
        let bars = std::io::stderr().is_terminal() && options.verbose == 0;
        let view = match options.format.format() {
            Format::Json => View::Json,
            Format::Text if bars => View::Bars(Bars::new()),
            Format::Text => View::Lines(Lines::default()),
        };
        Self {
            view: Mutex::new(view),
            interrupts: options.interrupts.clone(),
            evidence: options.evidence.clone(),
        }
    }
}

impl EventSink for Progress {
    fn emit(&self, record: EventRecord) {
        if let Some(evidence) = &self.evidence {
            evidence.event(&record);
        }
        let event = &record.event;
        match event {
            Event::StepStarted { .. } => self.interrupts.note_begun(),
            Event::StepDone { .. } => self.interrupts.note_done(),
            _ => {}
        }
        let mut view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *view {
            View::Lines(lines) => lines.line(event).into_iter().for_each(complain_line),
            View::Bars(bars) => bars.show(event),
            View::Json => complain_json(&record),
        }
    }
}
