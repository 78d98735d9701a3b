//! Progress of the engine on stderr: bars on a terminal, otherwise a line per event.

mod bars;
mod lines;

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use landbridge_core::event::{EventRecord, EventSink};

use crate::args::{Format, Options};
use crate::output::complain;

use bars::Bars;
use lines::Lines;

/// Shows events as they happen.
#[derive(Debug)]
pub(crate) struct Progress(Mutex<View>);

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
        Self(Mutex::new(match options.format {
            Format::Json => View::Json,
            Format::Text if bars => View::Bars(Bars::new()),
            Format::Text => View::Lines(Lines::default()),
        }))
    }
}

impl EventSink for Progress {
    fn emit(&self, record: EventRecord) {
        let event = &record.event;
        let mut view = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *view {
            View::Lines(lines) => lines.line(event).into_iter().for_each(complain),
            View::Bars(bars) => bars.show(event),
            View::Json => serde_json::to_string(&record)
                .into_iter()
                .for_each(complain),
        }
    }
}
