//! Progress as bars.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use landbridge_core::event::Event;
use landbridge_core::plan::StepKey;

use super::lines::{last, probe};
use crate::clean;
use crate::duration::show;
use crate::output::complain_line;

const TICK: Duration = Duration::from_millis(120);

/// A bar for all steps, and below it a line for each running step.
#[derive(Debug)]
pub(super) struct Bars {
    screen: MultiProgress,
    total: Option<ProgressBar>,
    steps: BTreeMap<StepKey, ProgressBar>,
}

impl Bars {
    pub(super) fn new() -> Self {
        Self {
            screen: MultiProgress::new(),
            total: None,
            steps: BTreeMap::new(),
        }
    }

    pub(super) fn show(&mut self, event: &Event) {
        match event {
            Event::NotUnderstood { object } => {
                self.say(format!("not understood, and left alone: {object}"));
            }
            Event::ApplyStarted { steps } => self.start(*steps),
            Event::StepStarted { key, what, .. } => self.step(key, what),
            Event::StepWaiting {
                key,
                state,
                elapsed,
            } => self.step(key, &format!("{state}  {}", show(*elapsed))),
            Event::StepRetrying { key, reason, delay } => {
                self.step(key, &format!("retry in {}: {reason}", show(*delay)));
            }
            Event::StepDone { key, done, .. } => self.done(key, *done),
            Event::StepFailed { key, error } => self.say(format!("FAILED {key}: {error}")),
            Event::ApplyEnded { .. } => {
                self.clear();
                last(event).into_iter().for_each(complain_line);
            }
            event => probe(event).into_iter().for_each(|line| self.say(line)),
        }
    }

    fn start(&mut self, steps: usize) {
        let bar = ProgressBar::new(steps as u64).with_style(style("{bar:32} {pos}/{len} steps"));
        self.total = Some(self.screen.add(bar));
    }

    fn step(&mut self, key: &StepKey, state: &str) {
        let screen = &self.screen;
        let bar = self.steps.entry(key.clone()).or_insert_with(|| {
            let bar = ProgressBar::new_spinner().with_style(style("{spinner} {prefix} {wide_msg}"));
            let bar = screen.add(bar.with_prefix(clean::line(&key.to_string()).into_owned()));
            bar.enable_steady_tick(TICK);
            bar
        });
        bar.set_message(clean::line(state).into_owned());
    }

    fn done(&mut self, key: &StepKey, done: usize) {
        if let Some(bar) = self.steps.remove(key) {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
        if let Some(total) = &self.total {
            total.set_position(done as u64);
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

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
