//! Progress as lines.

use landbridge_core::event::Event;

use crate::duration::show;

/// A line for each event, after the number of finished steps.
#[derive(Debug, Default)]
pub(super) struct Lines {
    done: usize,
    total: usize,
}

impl Lines {
    pub(super) fn line(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Observing { place } => Some(format!("read   {place}")),
            Event::NotUnderstood { object } => {
                Some(format!("not understood, and left alone: {object}"))
            }
            Event::NotRead { list } => Some(format!("not read: {list}")),
            Event::ApplyStarted { steps } => {
                (self.done, self.total) = (0, *steps);
                None
            }
            Event::StepStarted { key, place, what } => {
                Some(self.step("start", &key.to_string(), &format!("{what} in {place}")))
            }
            Event::StepWaiting {
                key,
                state,
                elapsed,
            } => {
                let detail = format!("{state}  {}", show(*elapsed));
                Some(self.step("wait", &key.to_string(), &detail))
            }
            Event::StepRetrying { key, reason, delay } => {
                let detail = format!("again in {}: {reason}", show(*delay));
                Some(self.step("retry", &key.to_string(), &detail))
            }
            Event::StepDone {
                key,
                id,
                elapsed,
                done,
                ..
            } => {
                self.done = *done;
                let detail = format!("{}  {}", id.as_deref().unwrap_or("-"), show(*elapsed));
                Some(self.step("done", &key.to_string(), &detail))
            }
            Event::StepFailed { key, error } => Some(self.step("FAILED", &key.to_string(), error)),
            event => last(event).or_else(|| probe(event)),
        }
    }

    fn step(&self, what: &str, key: &str, detail: &str) -> String {
        let Self { done, total } = self;
        format!("[{done:>3}/{total}] {what:<6} {key:<44} {detail}")
    }
}

/// The count at the end of an apply.
pub(super) fn last(event: &Event) -> Option<String> {
    match event {
        Event::ApplyEnded {
            done,
            total,
            elapsed,
        } => Some(format!(
            "{done} of {total} steps done in {}",
            show(*elapsed)
        )),
        _ => None,
    }
}

/// Pings: each repetition, and the result for each pair.
pub(super) fn probe(event: &Event) -> Option<String> {
    match event {
        Event::Probing {
            source,
            destination,
            attempt,
        } if *attempt > 1 => Some(format!(
            "ping   {source} -> {destination}  attempt {attempt}"
        )),
        Event::Probed {
            source,
            destination,
            sent,
            received,
        } => Some(format!(
            "ping   {source} -> {destination}  {received} of {sent} answered"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use landbridge_core::plan::StepKey;

    use super::*;

    fn lines(events: &[Event]) -> String {
        let mut lines = Lines::default();
        let lines: Vec<_> = events
            .iter()
            .filter_map(|event| lines.line(event))
            .collect();
        lines.join("\n")
    }

    #[test]
    fn steps_are_seen_waiting_and_ending_with_counts_and_elapsed_time() {
        let key = || StepKey::create("hub/backbone".into());
        let shown = lines(&[
            Event::ApplyStarted { steps: 58 },
            Event::StepWaiting {
                key: key(),
                state: "Creating".to_owned(),
                elapsed: Duration::from_secs(4),
            },
            Event::StepDone {
                key: key(),
                id: Some("cen-1".to_owned()),
                elapsed: Duration::from_secs(65),
                done: 1,
                total: 58,
            },
            Event::ApplyEnded {
                done: 1,
                total: 58,
                elapsed: Duration::from_secs(66),
            },
        ]);
        let expected = "\
[  0/58] wait   hub/backbone                                 Creating  4s
[  1/58] done   hub/backbone                                 cen-1  1m05s
1 of 58 steps done in 1m06s";
        assert_eq!(shown, expected);
    }
}
