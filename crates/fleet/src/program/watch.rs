//! Hears the runs of the worker: logs them, and hands them on.

use std::sync::Arc;

use landbridge_core::Error;
use landbridge_core::event::{Event, EventRecord, EventSink};
use landbridge_core::reconcile::Outcome;
use landbridge_fleet::{Begun, LinkKey, Watch};
use serde::Serialize;

/// Logs runs, and tells others of them.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    others: Vec<Arc<dyn Watch>>,
}

impl Heard {
    #[cfg(feature = "otel")]
    pub(crate) fn and(mut self, other: Arc<dyn Watch>) -> Self {
        self.others.push(other);
        self
    }
}

impl Watch for Heard {
    fn begins(&self, run: Begun) -> Arc<dyn EventSink> {
        let others = self.others.iter();
        Arc::new(RunLog {
            others: others.map(|other| other.begins(run.clone())).collect(),
            run,
        })
    }

    fn not_begun(&self, key: &LinkKey, error: &Error) {
        tracing::warn!(topology = %key, tenant = key.tenant(), %error, remedy = error.remedy(), "a run did not begin");
        self.others
            .iter()
            .for_each(|other| other.not_begun(key, error));
    }
}

#[derive(Debug)]
struct RunLog {
    run: Begun,
    others: Vec<Arc<dyn EventSink>>,
}

impl EventSink for RunLog {
    fn emit(&self, record: EventRecord) {
        self.log(&record.event);
        self.others
            .iter()
            .for_each(|other| other.emit(record.clone()));
    }
}

/// A log line about the run, with what tells runs apart.
macro_rules! say {
    ($run:expr, $level:ident, $($rest:tt)*) => {
        tracing::$level!(
            topology = %$run.key,
            tenant = $run.key.tenant(),
            generation = $run.generation,
            run = %$run.run,
            $($rest)*
        )
    };
}

impl RunLog {
    fn log(&self, event: &Event) {
        let run = &self.run;
        match event {
            Event::RunStarted { goal } => say!(run, debug, goal = word(goal), "run started"),
            Event::StageEntered { stage } => say!(run, debug, stage = word(stage), "stage entered"),
            Event::ApplyStarted { steps, .. } => say!(run, info, steps, "apply started"),
            Event::StepStarted { key, place, what } => {
                say!(run, debug, step = %key, %place, what, "step started");
            }
            Event::StepRetrying { key, reason, delay } => {
                say!(run, info, step = %key, reason, delay = delay.as_secs_f64(), "step is tried again");
            }
            Event::StepDone {
                key,
                id,
                elapsed,
                done,
                total,
                ..
            } => {
                let elapsed = elapsed.as_secs_f64();
                say!(run, info, step = %key, id, elapsed, done, total, "step done");
            }
            Event::StepFailed { key, error } => say!(run, warn, step = %key, error, "step failed"),
            Event::NotUnderstood { object } => {
                say!(run, warn, %object, "not understood; left alone")
            }
            Event::RunEnded { outcome } => self.log_end(outcome),
            _ => {}
        }
    }

    fn log_end(&self, outcome: &Outcome) {
        let (run, ended) = (&self.run, tag(outcome, "outcome"));
        match outcome {
            Outcome::Failed { failure, step, .. } => say!(
                run,
                warn,
                goal = word(&run.goal),
                outcome = ended,
                step,
                error = failure.message,
                code = failure.code,
                request = failure.request_id,
                remedy = failure.remedy,
                may_pass = failure.may_pass,
                "run ended"
            ),
            _ => say!(
                run,
                info,
                goal = word(&run.goal),
                outcome = ended,
                "run ended"
            ),
        }
    }
}

/// The word of a value that is one, in JSON.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The word that tells which variant a value is, in JSON.
pub(crate) fn tag(value: &impl Serialize, member: &str) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value[member].as_str().unwrap_or("other").to_owned()
}
