//! Progress as bars.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use landbridge_core::event::Event;
use landbridge_core::plan::StepKey;

use super::again::Again;
use super::lines::{last, probe};
use crate::clean;
use crate::duration::show;
use crate::output::complain_line;

const TICK: Duration = Duration::from_millis(120);

/// A bar for all steps, and below it a line for each running step: what it waits for and since when. Steps that are done
/// stay above, with their IDs.
#[derive(Debug)]
pub(super) struct Bars {
    screen: MultiProgress,
    total: Option<ProgressBar>,
    /// When the last step is likely to be done.
    end: Arc<Mutex<Instant>>,
    steps: BTreeMap<StepKey, ProgressBar>,
    again: Again,
}

impl Bars {
    pub(super) fn new() -> Self {
        Self {
            screen: MultiProgress::new(),
            total: None,
            end: Arc::new(Mutex::new(Instant::now())),
            steps: BTreeMap::new(),
            again: Again::default(),
        }
    }

    pub(super) fn show(&mut self, event: &Event) {
        match event {
            Event::NotUnderstood { object } => {
                self.say(format!("not understood, and left alone: {object}"));
            }
            Event::ApplyStarted { steps, remaining } => self.start(*steps, *remaining),
            Event::StepStarted { key, what, .. } => self.step(key, what),
            Event::StepWaiting { key, state, .. } => self.step(key, state),
            Event::StepRetrying { key, reason, .. } => {
                let is_new = self.again.note(key, reason);
                let count = self.again.count(key);
                self.told(key, &format!("refused {count}x: {reason}"), is_new);
            }
            Event::StepDone {
                key,
                id,
                elapsed,
                done,
                remaining,
                ..
            } => {
                let tries = self.again.ended(key);
                let id = id.as_deref().unwrap_or("-");
                let words = words(key);
                self.say(format!("done  {words:<44} {id}  {}{tries}", show(*elapsed)));
                self.done(key, *done, *remaining);
            }
            Event::StepFailed { key, error } => self.say(format!("FAILED {key}: {error}")),
            Event::ApplyEnded { .. } => {
                self.clear();
                last(event).into_iter().for_each(complain_line);
            }
            event => probe(event).into_iter().for_each(|line| self.say(line)),
        }
    }

    fn start(&mut self, steps: usize, remaining: Duration) {
        set(&self.end, |_| Instant::now() + remaining);
        let end = Arc::clone(&self.end);
        let left = move |_: &ProgressState, text: &mut dyn fmt::Write| {
            // A bar that cannot be drawn is no loss.
            let _ = text.write_str(&left(set(&end, |end| end)));
        };
        let style = style("{bar:32} {pos}/{len} steps{left}").with_key("left", left);
        let bar = self.screen.add(ProgressBar::new(steps as u64));
        bar.set_style(style);
        bar.enable_steady_tick(TICK);
        self.total = Some(bar);
    }

    fn step(&mut self, key: &StepKey, state: &str) {
        self.told(key, state, true);
    }

    // The line shows for how long it has said what it says.
    fn told(&mut self, key: &StepKey, state: &str, is_new: bool) {
        let screen = &self.screen;
        let bar = self.steps.entry(key.clone()).or_insert_with(|| {
            let bar = ProgressBar::new_spinner()
                .with_style(style("{spinner} {prefix}  {elapsed:>4}  {wide_msg}"));
            let bar = screen.add(bar.with_prefix(clean::line(&words(key)).into_owned()));
            bar.enable_steady_tick(TICK);
            bar
        });
        if is_new {
            bar.reset_elapsed();
        }
        bar.set_message(clean::line(state).into_owned());
    }

    fn done(&mut self, key: &StepKey, done: usize, remaining: Duration) {
        if let Some(bar) = self.steps.remove(key) {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
        if let Some(total) = &self.total {
            total.set_position(done as u64);
            // Steps under way count whole in it: it can only be sooner.
            set(&self.end, |end| end.min(Instant::now() + remaining));
        }
    }

    fn say(&self, line: String) {
        self.screen.suspend(|| complain_line(line));
    }

    fn clear(&mut self) {
        self.steps.clear();
        self.total = None;
        // The bars are decoration: a terminal that cannot clear them may keep them.
        let _ = self.screen.clear();
    }
}

/// The step as a plan tells it.
fn words(key: &StepKey) -> String {
    let words = key.object().words();
    match key.is_delete() {
        true => format!("- {words}"),
        false => words,
    }
}

/// Changes the time and gives what it is then.
fn set(end: &Mutex<Instant>, change: impl FnOnce(Instant) -> Instant) -> Instant {
    let mut end = end.lock().unwrap_or_else(PoisonError::into_inner);
    *end = change(*end);
    *end
}

fn left(end: Instant) -> String {
    match end.saturating_duration_since(Instant::now()) {
        Duration::ZERO => String::new(),
        left => format!(", about {} left", show(left)),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
