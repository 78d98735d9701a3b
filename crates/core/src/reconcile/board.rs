//! Where a run writes how far it has come, and where it is looked at.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::intent::Goal;
use super::outcome::Outcome;
use super::progress::{Progress, Stage, Waiting};
use crate::event::{Event, EventRecord, EventSink, Events, RunId};
use crate::failure::clip;
use crate::format::FormatVersion;
use crate::plan::StepKey;

/// How many steps that wait are told.
const FEW: usize = 4;

/// How far a run has come. It is also the run's sink of events, which it hands on.
#[derive(Debug)]
pub(super) struct Board {
    events: Events,
    state: Mutex<State>,
    /// Counts what a look returns early for.
    matters: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    progress: Progress,
    waiting: BTreeMap<StepKey, String>,
}

impl Board {
    pub(super) fn new(goal: Goal, events: Events) -> Self {
        let progress = Progress {
            v: FormatVersion,
            run: RunId::new(clip(events.run().as_str(), 64)),
            goal,
            stage: Stage::Observing,
            done: 0,
            total: 0,
            remaining: None,
            waiting: Vec::new(),
            waiting_steps: 0,
            outcome: None,
        };
        events.emit(Event::RunStarted { goal });
        Self {
            events,
            state: Mutex::new(State {
                progress,
                waiting: BTreeMap::new(),
            }),
            matters: watch::Sender::new(0),
        }
    }

    pub(super) fn look(&self) -> Progress {
        let state = self.state();
        let few = state.waiting.iter().take(FEW);
        let waiting = few.map(|(key, state)| Waiting {
            step: clip(&key.to_string(), 120),
            state: clip(state, 120),
        });
        Progress {
            waiting: waiting.collect(),
            waiting_steps: state.waiting.len(),
            ..state.progress.clone()
        }
    }

    /// Tells of each change of what the run is doing.
    pub(super) fn matters(&self) -> watch::Receiver<u64> {
        self.matters.subscribe()
    }

    pub(super) fn enter(&self, stage: Stage) {
        self.state().progress.stage = stage;
        self.events.emit(Event::StageEntered { stage });
        self.matters.send_modify(|count| *count += 1);
    }

    pub(super) fn end(&self, outcome: Outcome) {
        let mut state = self.state();
        state.progress.stage = Stage::Ended;
        state.progress.remaining = None;
        state.progress.outcome = Some(outcome.clone());
        state.waiting.clear();
        drop(state);
        self.events.emit(Event::RunEnded { outcome });
        self.matters.send_modify(|count| *count += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, event: &Event) {
        let mut state = self.state();
        match event {
            Event::ApplyStarted { steps, remaining } => {
                state.progress.total = *steps;
                state.progress.remaining = Some(remaining.as_secs_f64());
            }
            Event::StepWaiting {
                key, state: seen, ..
            } => {
                state.waiting.insert(key.clone(), seen.clone());
            }
            Event::StepRetrying { key, reason, .. } => {
                state.waiting.insert(key.clone(), reason.clone());
            }
            Event::StepDone {
                key,
                done,
                remaining,
                ..
            } => {
                state.waiting.remove(key);
                state.progress.done = *done;
                state.progress.remaining = Some(remaining.as_secs_f64());
            }
            Event::StepFailed { key, .. } => {
                state.waiting.remove(key);
            }
            _ => {}
        }
    }
}

impl EventSink for Board {
    fn emit(&self, record: EventRecord) {
        self.note(&record.event);
        self.events.sink().emit(record);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::engine::ResidueReport;
    use crate::error::{Error, ErrorKind};
    use crate::event::NoEvents;
    use crate::ids::{CloudName, Place};
    use crate::memory::ManualClock;
    use crate::preflight::Report;

    /// What no progress exceeds as JSON.
    const LIMIT: usize = 2048;

    fn size(board: &Board) -> usize {
        serde_json::to_string(&board.look()).expect("JSON").len()
    }

    #[test]
    fn the_longest_texts_of_a_cloud_fit_into_a_look() {
        let long = "\"quoted\\ 日本語\u{1} ".repeat(400);
        let id = RunId::new(long.clone());
        let clock = Arc::new(ManualClock::new());
        let silent = Events::new(Arc::new(NoEvents), clock.clone(), id.clone());
        let board = Arc::new(Board::new(Goal::Converge, silent));
        let events = Events::new(board.clone(), clock, id);
        events.emit(Event::ApplyStarted {
            steps: usize::MAX,
            remaining: Duration::from_nanos(1_234_567_891_234_567_891),
        });
        for number in 0..10 {
            events.emit(Event::StepRetrying {
                key: StepKey::create(format!("network/{number}{long}").as_str().into()),
                reason: long.clone(),
                delay: Duration::ZERO,
            });
        }
        board.enter(Stage::Applying);
        assert!(size(&board) < LIMIT, "{}", size(&board));
        assert_eq!(board.look().waiting_steps, 10);

        let place = Place::new(CloudName::from_static("aliyun"), "1".repeat(64), "r");
        let error = Error::new(ErrorKind::PermissionDenied, long.clone())
            .with_operation(long.clone())
            .with_place(place)
            .with_code(long.clone())
            .with_request_id(long.clone())
            .with_remedy(long.clone());
        let finding = json!({
            "severity": "error", "code": "identity/root", "subject": long, "message": long, "remedy": long,
        });
        let report: Report =
            serde_json::from_value(json!({ "format": 1, "findings": vec![finding; 9] }))
                .expect("a report");
        let left = json!({
            "place": { "cloud": "aliyun", "account": long, "region": long }, "key": long, "removal": long,
        });
        let residue: ResidueReport = serde_json::from_value(json!({
            "format": 1, "places": [], "without": [], "not_searched": [], "found": vec![left; 9],
        }))
        .expect("a report");
        let outcomes = [
            Outcome::failed(&error),
            Outcome::refused(&report),
            Outcome::left(&residue),
        ];
        for outcome in outcomes {
            board.end(outcome);
            let size = size(&board);
            assert!(size < LIMIT && size > 500, "{size}: {:?}", board.look());
        }
    }
}
