//! Progress as lines.

use std::time::Duration;

use landbridge_core::event::Event;

use super::again::Again;
use crate::duration::show;

/// A line for each change, after the number of finished steps.
#[derive(Debug, Default)]
pub(super) struct Lines {
    done: usize,
    total: usize,
    again: Again,
}

impl Lines {
    pub(super) fn line(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Observing { place } => Some(format!("read   {place}")),
            Event::NotUnderstood { object } => {
                Some(format!("not understood, and left alone: {object}"))
            }
            Event::NotRead { list } => Some(format!("not read: {list}")),
            Event::ApplyStarted { steps, remaining } => {
                (self.done, self.total) = (0, *steps);
                Some(format!("{steps} steps{}", about(*remaining)))
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
                // The same refusal over and over is one change.
                let is_new = self.again.note(key, reason);
                let detail = format!("again in {}: {reason}", show(*delay));
                is_new.then(|| self.step("retry", &key.to_string(), &detail))
            }
            Event::StepDone {
                key,
                id,
                elapsed,
                done,
                ..
            } => {
                self.done = *done;
                let tries = self.again.ended(key);
                let detail = format!(
                    "{}  {}{tries}",
                    id.as_deref().unwrap_or("-"),
                    show(*elapsed)
                );
                Some(self.step("done", &key.to_string(), &detail))
            }
            Event::StepFailed { key, error } => Some(self.step("FAILED", &key.to_string(), error)),
            event => last(event).or_else(|| probe(event)),
        }
    }

    fn step(&self, what: &str, key: &str, detail: &str) -> String {
        let Self { done, total, .. } = self;
        format!("[{done:>3}/{total}] {what:<6} {key:<44} {detail}")
    }
}

/// How long it will take, if that is known.
fn about(remaining: Duration) -> String {
    match remaining >= Duration::from_secs(1) {
        true => format!(", about {} at the clouds' usual pace", show(remaining)),
        false => String::new(),
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

/// Probes: each repetition, and the result for each pair.
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
        Event::Connecting {
            source,
            destination,
            port,
            attempt,
        } if *attempt > 1 => Some(format!(
            "tcp    {source} -> {destination}  port {port}, attempt {attempt}"
        )),
        Event::ConnectionTried {
            source,
            destination,
            port,
            outcome,
        } => {
            let outcome = outcome.map_or_else(|| "not tried".to_owned(), |one| one.to_string());
            Some(format!(
                "tcp    {source} -> {destination}  port {port}, {outcome}"
            ))
        }
        _ => analysis(event),
    }
}

/// Second opinions: what is asked, and the result for each pair.
fn analysis(event: &Event) -> Option<String> {
    match event {
        Event::Analysing {
            source,
            destination,
            oracle,
            packet,
        } => Some(format!(
            "asks   {source} -> {destination} {packet}  {oracle}"
        )),
        Event::Analysed {
            source,
            destination,
            verdict,
            agreement,
        } => Some(format!(
            "told   {source} -> {destination}  {agreement}: {verdict}"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
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
            Event::ApplyStarted {
                steps: 58,
                remaining: Duration::from_secs(103),
            },
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
                remaining: Duration::from_secs(60),
            },
            Event::ApplyEnded {
                done: 1,
                total: 58,
                elapsed: Duration::from_secs(66),
            },
        ]);
        let expected = "\
58 steps, about 1m43s at the clouds' usual pace
[  0/58] wait   hub/backbone                                 Creating  4s
[  1/58] done   hub/backbone                                 cen-1  1m05s
1 of 58 steps done in 1m06s";
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_same_refusal_is_told_once_and_counted_at_the_end() {
        let key = || StepKey::delete("subnet/web/a".into());
        let refused = |request: &str| Event::StepRetrying {
            key: key(),
            reason: format!("still in use: it has members [InUse] [request {request}]"),
            delay: Duration::from_secs(2),
        };
        let done = Event::StepDone {
            key: key(),
            id: None,
            elapsed: Duration::from_secs(9),
            done: 1,
            total: 1,
            remaining: Duration::ZERO,
        };
        let shown = lines(&[refused("1"), refused("2"), refused("3"), done]);
        let expected = "\
[  0/0] retry  delete:subnet/web/a                          again in 2s: still in use: it has members [InUse] [request 1]
[  1/0] done   delete:subnet/web/a                          -  9s, after 3 refusals";
        assert_eq!(shown, expected);
    }
}
