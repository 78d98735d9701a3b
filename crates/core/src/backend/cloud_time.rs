//! The cloud's time, as far as the dates of its answers tell it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::clock::Clock;

/// Clouds refuse requests that are dated further off than this, so a date further off in an answer to a request that was
/// accepted is wrong itself.
const CREDIBLE: Duration = Duration::from_secs(20 * 60);
/// What is corrected and told. Dates of answers have whole seconds, and answers take their time.
const NOTABLE: i64 = 30_000;
/// How many of the last dates are looked at. Their middle one is right as long as most of them are.
const SAMPLES: usize = 5;
const ENOUGH: usize = 3;

/// The clock of this machine, corrected by the cloud's dates.
///
/// A refused date is corrected at once, by [`take_over`](Self::take_over). The date of every answer to an accepted request
/// is heard by [`hear`](Self::hear): one that is off by minutes is corrected before requests are refused for it, and one
/// answer with a wrong date changes nothing for long. A correction is told once, in a warning, when requests that are
/// dated by it are accepted.
#[derive(Debug)]
pub struct CloudTime {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How far the cloud's clock is ahead of ours, in milliseconds.
    ahead: i64,
    told: i64,
    samples: VecDeque<i64>,
    /// What the date of the last refusal said, if it was not believed.
    doubted: Option<i64>,
}

impl State {
    /// Whether accepted requests agree on the present offset.
    fn is_settled(&self) -> bool {
        middle(&self.samples).is_some_and(|middle| !differs(middle, self.ahead))
    }
}

impl CloudTime {
    /// The time of `clock`, until the cloud says otherwise.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    /// The clock of this machine.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The present time as the cloud sees it.
    pub fn now(&self) -> SystemTime {
        let now = self.clock.now();
        shifted(now, self.state().ahead).unwrap_or(now)
    }

    /// Takes over a date with which the cloud refused a request that was dated otherwise. While accepted requests agree on
    /// another date, it takes two refusals in a row that say the same: one may be an answer with a wrong date, and would
    /// have all calls under way refused.
    pub fn take_over(&self, date: SystemTime) {
        let said = ahead(date, self.clock.now());
        let mut state = self.state();
        let confirms = state.doubted.is_some_and(|doubted| !differs(doubted, said));
        if state.is_settled() && differs(said, state.ahead) && !confirms {
            state.doubted = Some(said);
            return;
        }
        if differs(said, state.ahead) {
            // What was heard before this machine's clock was set says nothing any more.
            state.samples.clear();
        }
        state.ahead = said;
        state.doubted = None;
    }

    /// Hears the date of an answer to a request that was dated `sent` and accepted.
    pub fn hear(&self, date: SystemTime, sent: SystemTime) {
        if ahead(date, sent).unsigned_abs() > CREDIBLE.as_millis() as u64 {
            return;
        }
        let sample = ahead(date, self.clock.now());
        let mut state = self.state();
        state.doubted = None;
        state.samples.push_back(sample);
        if state.samples.len() > SAMPLES {
            state.samples.pop_front();
        }
        if let Some(middle) = middle(&state.samples)
            && differs(middle, state.ahead)
        {
            state.ahead = middle;
        }
        if differs(state.ahead, state.told) {
            state.told = state.ahead;
            tell(state.ahead);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn differs(one: i64, other: i64) -> bool {
    one.saturating_sub(other).saturating_abs() > NOTABLE
}

fn middle(samples: &VecDeque<i64>) -> Option<i64> {
    let mut sorted: Vec<i64> = samples.iter().copied().collect();
    sorted.sort_unstable();
    (sorted.len() >= ENOUGH).then(|| sorted[sorted.len() / 2])
}

// The second is that of the log line: nobody needs the milliseconds.
fn tell(ahead: i64) {
    let seconds = ahead / 1000;
    tracing::warn!(
        offset_seconds = seconds,
        "the clock of this machine is wrong: the cloud's is {} s {}; Landbridge uses the cloud's time; \
         set the clock of this machine",
        seconds.unsigned_abs(),
        if seconds < 0 { "behind" } else { "ahead" },
    );
}

fn ahead(date: SystemTime, now: SystemTime) -> i64 {
    let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    match date.duration_since(now) {
        Ok(ahead) => millis(ahead),
        Err(behind) => -millis(behind.duration()),
    }
}

fn shifted(now: SystemTime, ahead: i64) -> Option<SystemTime> {
    let by = Duration::from_millis(ahead.unsigned_abs());
    match ahead < 0 {
        true => now.checked_sub(by),
        false => now.checked_add(by),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::ManualClock;

    const MINUTE: i64 = 60;

    struct Scene(CloudTime);

    impl Scene {
        fn new() -> Self {
            Self(CloudTime::new(Arc::new(ManualClock::new())))
        }

        fn date(&self, seconds: i64) -> SystemTime {
            shifted(self.0.clock.now(), seconds * 1000).expect("in range")
        }

        /// An accepted request whose answer is dated so many seconds ahead of this machine's clock.
        fn hear(&self, seconds: i64) {
            self.0.hear(self.date(seconds), self.0.now());
        }

        fn offset(&self) -> i64 {
            ahead(self.0.now(), self.0.clock.now()) / 1000
        }
    }

    #[test]
    fn an_offset_of_minutes_is_corrected_after_a_few_answers_and_one_of_a_second_never() {
        for offset in [
            1,
            -1,
            29,
            5 * MINUTE,
            -5 * MINUTE,
            14 * MINUTE,
            -14 * MINUTE,
            15 * MINUTE,
            -15 * MINUTE,
        ] {
            let scene = Scene::new();
            for _ in 0..3 {
                scene.hear(offset);
            }
            let expected = if offset.abs() < 30 { 0 } else { offset };
            assert_eq!(scene.offset(), expected);
        }
    }

    #[test]
    fn one_answer_in_five_with_a_wrong_date_changes_nothing() {
        let scene = Scene::new();
        for round in 0..50 {
            scene.hear(if round % 5 == 4 { 10 * MINUTE } else { 0 });
            assert_eq!(scene.offset(), 0, "round {round}");
        }
    }

    #[test]
    fn what_was_taken_over_from_a_wrong_date_is_taken_back() {
        let scene = Scene::new();
        for _ in 0..5 {
            scene.hear(0);
        }
        scene.0.take_over(scene.date(10 * MINUTE));
        assert_eq!(
            scene.offset(),
            0,
            "one refusal against five accepted requests"
        );
        scene.0.take_over(scene.date(10 * MINUTE));
        assert_eq!(scene.offset(), 10 * MINUTE);
        for _ in 0..3 {
            scene.hear(0);
        }
        assert_eq!(scene.offset(), 0);
        scene.0.take_over(scene.date(3600));
        scene.0.take_over(scene.date(3600));
        scene.0.take_over(scene.date(0));
        assert_eq!(scene.offset(), 0);
    }

    #[test]
    fn dates_that_no_cloud_accepts_are_not_heard() {
        let scene = Scene::new();
        for _ in 0..5 {
            scene.hear(86_400);
        }
        assert_eq!(scene.offset(), 0);
        let end = SystemTime::UNIX_EPOCH;
        scene.0.take_over(end);
        assert_eq!(ahead(end, scene.0.now()), 0);
    }
}
