//! A trace for each run, and metrics of runs and leases.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use landbridge_core::Error;
use landbridge_core::engine::WriteGuard;
use landbridge_core::event::{Event, EventRecord, EventSink};
use landbridge_core::plan::StepKey;
use landbridge_core::reconcile::{Outcome, Stage};
use landbridge_fleet::{Begun, LeaseGuard, LinkKey, Watch};
use opentelemetry::metrics::{Counter, Histogram, Meter};
use opentelemetry::trace::{SpanBuilder, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;

use crate::program::watch::{tag, word};

#[derive(Debug)]
pub(super) struct Runs {
    tracer: SdkTracer,
    instruments: Instruments,
    leases: Leases,
}

/// The leases of the runs under way.
type Leases = Arc<Mutex<Vec<Weak<LeaseGuard>>>>;

#[derive(Clone, Debug)]
struct Instruments {
    runs: Counter<u64>,
    not_begun: Counter<u64>,
    lost: Counter<u64>,
    duration: Histogram<f64>,
    delay: Histogram<f64>,
}

impl Runs {
    pub(super) fn new(tracer: SdkTracer, meter: &Meter) -> Self {
        let leases = Leases::default();
        let of_runs = Arc::clone(&leases);
        meter
            .f64_observable_gauge("landbridge.lease.age")
            .with_unit("s")
            .with_description(
                "Since the renewal of the lease of a run that was renewed longest ago",
            )
            .with_callback(move |gauge| gauge.observe(oldest(&of_runs).as_secs_f64(), &[]))
            .build();
        Self {
            tracer,
            instruments: Instruments::new(meter),
            leases,
        }
    }
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        let count = |name, description| {
            let counter = meter.u64_counter(name);
            counter.with_description(description).build()
        };
        let seconds = |name, description| {
            let histogram = meter.f64_histogram(name).with_unit("s");
            histogram.with_description(description).build()
        };
        Self {
            runs: count(
                "landbridge.runs",
                "Runs that have ended, by goal and outcome",
            ),
            not_begun: count(
                "landbridge.runs.not_begun",
                "Runs without a topology or keys",
            ),
            lost: count(
                "landbridge.leases.lost",
                "Runs whose lease had ended before they did",
            ),
            duration: seconds("landbridge.run.duration", "How long runs take, by goal"),
            delay: seconds(
                "landbridge.run.delay",
                "How long runs are due before they begin, by goal",
            ),
        }
    }
}

fn oldest(leases: &Leases) -> Duration {
    let mut leases = lock(leases);
    leases.retain(|lease| lease.strong_count() > 0);
    let ages = leases.iter().filter_map(Weak::upgrade);
    ages.map(|lease| lease.age()).max().unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watch for Runs {
    fn begins(&self, run: Begun) -> Arc<dyn EventSink> {
        let goal = [KeyValue::new("goal", word(&run.goal))];
        self.instruments.delay.record(run.late.as_secs_f64(), &goal);
        lock(&self.leases).push(Arc::downgrade(&run.lease));
        Arc::new(RunTrace {
            run,
            tracer: self.tracer.clone(),
            instruments: self.instruments.clone(),
            state: Mutex::default(),
        })
    }

    fn not_begun(&self, _: &LinkKey, _: &Error) {
        self.instruments.not_begun.add(1, &[]);
    }
}

/// The spans of a run: one for it, below it one for each stage, below that one for each step.
#[derive(Debug)]
struct RunTrace {
    run: Begun,
    tracer: SdkTracer,
    instruments: Instruments,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    began: Option<SystemTime>,
    run: Context,
    stage: Context,
    steps: BTreeMap<StepKey, Context>,
}

impl RunTrace {
    /// Begins a span below another one.
    fn begin(
        &self,
        parent: &Context,
        name: String,
        at: SystemTime,
        attributes: Vec<KeyValue>,
    ) -> Context {
        let builder = SpanBuilder::from_name(name)
            .with_start_time(at)
            .with_attributes(attributes);
        parent.with_span(self.tracer.build_with_context(builder, parent))
    }

    fn start(&self, state: &mut State, at: SystemTime) {
        let Begun {
            key,
            generation,
            goal,
            run,
            ..
        } = &self.run;
        let attributes = vec![
            KeyValue::new("landbridge.topology", key.to_string()),
            KeyValue::new("landbridge.tenant", key.tenant().to_owned()),
            KeyValue::new(
                "landbridge.generation",
                i64::try_from(*generation).unwrap_or(i64::MAX),
            ),
            KeyValue::new("landbridge.goal", word(goal)),
            KeyValue::new("landbridge.run", run.to_string()),
        ];
        state.began = Some(at);
        state.run = self.begin(&Context::new(), word(goal), at, attributes);
        self.enter(state, Stage::Observing, at);
    }

    fn enter(&self, state: &mut State, stage: Stage, at: SystemTime) {
        state.stage.span().end_with_timestamp(at);
        state.stage = self.begin(&state.run, word(&stage), at, Vec::new());
    }

    fn end(&self, state: &mut State, outcome: &Outcome, at: SystemTime) {
        for (_, step) in std::mem::take(&mut state.steps) {
            step.span().set_status(Status::error("not seen done"));
            step.span().end_with_timestamp(at);
        }
        state.stage.span().end_with_timestamp(at);
        let ended = tag(outcome, "outcome");
        let span = state.run.span();
        span.set_attribute(KeyValue::new("landbridge.outcome", ended.clone()));
        if let Outcome::Failed { failure, .. } = outcome {
            span.set_status(Status::error(failure.message.clone()));
        }
        span.end_with_timestamp(at);
        self.count(state.began, ended, outcome, at);
    }

    fn count(&self, began: Option<SystemTime>, ended: String, outcome: &Outcome, at: SystemTime) {
        let goal = KeyValue::new("goal", word(&self.run.goal));
        let took = began.and_then(|began| at.duration_since(began).ok());
        let instruments = &self.instruments;
        if let Some(took) = took {
            let goal = std::slice::from_ref(&goal);
            instruments.duration.record(took.as_secs_f64(), goal);
        }
        instruments
            .runs
            .add(1, &[goal, KeyValue::new("outcome", ended)]);
        if matches!(outcome, Outcome::LostLease { .. }) || !self.run.lease.may_write() {
            instruments.lost.add(1, &[]);
        }
    }
}

impl EventSink for RunTrace {
    fn emit(&self, record: EventRecord) {
        let state = &mut *lock(&self.state);
        let at = record.at;
        match &record.event {
            Event::RunStarted { .. } => self.start(state, at),
            Event::StageEntered { stage } => self.enter(state, *stage, at),
            Event::StepStarted { key, place, what } => {
                let attributes = vec![
                    KeyValue::new("landbridge.step", key.to_string()),
                    KeyValue::new("landbridge.what", what.clone()),
                    KeyValue::new("landbridge.cloud", place.cloud.to_string()),
                    KeyValue::new("landbridge.account", place.account.to_string()),
                    KeyValue::new("landbridge.region", place.region.to_string()),
                ];
                // A step that is begun again keeps its span.
                if !state.steps.contains_key(key) {
                    let step = self.begin(&state.stage, "step".to_owned(), at, attributes);
                    state.steps.insert(key.clone(), step);
                }
            }
            Event::StepRetrying { key, reason, .. } => {
                if let Some(step) = state.steps.get(key) {
                    let reason = KeyValue::new("reason", reason.clone());
                    step.span()
                        .add_event_with_timestamp("retry".to_owned(), at, vec![reason]);
                }
            }
            Event::StepDone { key, .. } => {
                if let Some(step) = state.steps.remove(key) {
                    step.span().end_with_timestamp(at);
                }
            }
            Event::StepFailed { key, error } => {
                if let Some(step) = state.steps.remove(key) {
                    step.span().set_status(Status::error(error.clone()));
                    step.span().end_with_timestamp(at);
                }
            }
            Event::RunEnded { outcome } => self.end(state, outcome, at),
            _ => {}
        }
    }
}
