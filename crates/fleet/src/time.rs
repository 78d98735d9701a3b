use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A moment by the wall clock: milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Moment(u64);

impl Moment {
    /// The moment of a system time. One before 1970 is 1970.
    pub fn of(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        Self(since.map_or(0, millis))
    }

    /// So much later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    pub(crate) fn millis(self) -> u64 {
        self.0
    }

    /// How long it is from `earlier` to this moment.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The first moment after this one in a rhythm that is shifted by `offset`.
    pub(crate) fn next_in(self, every: Duration, offset: u64) -> Self {
        let every = millis(every).max(1);
        let offset = offset % every;
        let passed = (self.0 + every - offset) % every;
        Self(self.0 + every - passed)
    }
}

/// So much that sums of a few do not overflow, at most.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_keep_their_rhythm_whatever_the_hour() {
        let every = Duration::from_secs(60);
        for now in [1_000_000, 1_000_001, 1_059_999] {
            let next = Moment(now).next_in(every, 7_000);
            assert!(next > Moment(now) && next.since(Moment(now)) <= every);
            assert_eq!(next.0 % 60_000, 7_000, "{now}");
        }
        let exactly = Moment(67_000).next_in(every, 7_000);
        assert_eq!(exactly, Moment(127_000));
    }
}
