//! Virtual time: everything that takes time in the simulator takes it from here.

use std::time::{Duration, Instant, SystemTime};

/// How virtual time moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// Only [`Simulator::advance`](crate::Simulator::advance), [`Simulator::advance_to`](crate::Simulator::advance_to) and
    /// [`Simulator::sleep`](crate::Simulator::sleep) move it.
    Manual,
    /// It runs this many times faster than the machine's clock (and `advance` adds to it).
    Scaled(f64),
}

/// The simulator's clock: a start instant plus an uptime that follows the [`Speed`].
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    start: SystemTime,
    speed: Speed,
    origin: Instant,
    offset: Duration,
}

/// Factors outside this range make no sense and would overflow `Duration`.
const FASTEST: f64 = 1_000_000.0;

impl Clock {
    pub(crate) fn new(start: SystemTime, speed: Speed) -> Self {
        let speed = match speed {
            Speed::Scaled(factor) if factor.is_finite() => {
                Speed::Scaled(factor.clamp(0.0, FASTEST))
            }
            Speed::Scaled(_) => Speed::Scaled(1.0),
            Speed::Manual => Speed::Manual,
        };
        Self {
            start,
            speed,
            origin: Instant::now(),
            offset: Duration::ZERO,
        }
    }

    pub(crate) fn speed(&self) -> Speed {
        self.speed
    }

    pub(crate) fn uptime(&self) -> Duration {
        match self.speed {
            Speed::Manual => self.offset,
            Speed::Scaled(factor) => self
                .offset
                .saturating_add(self.origin.elapsed().mul_f64(factor)),
        }
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.at(self.uptime())
    }

    /// The date at which the uptime is, was or will be `uptime`.
    pub(crate) fn at(&self, uptime: Duration) -> SystemTime {
        self.start.checked_add(uptime).unwrap_or(self.start)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        // A century is enough for any test and keeps every date representable.
        const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
        self.offset = self.offset.saturating_add(by).min(LONGEST);
    }

    pub(crate) fn advance_to(&mut self, uptime: Duration) {
        self.advance(uptime.saturating_sub(self.uptime()));
    }
}

/// `2026-01-02T03:04:05Z`.
pub(crate) fn rfc3339(date: SystemTime) -> String {
    format(date, "%Y-%m-%dT%H:%M:%SZ")
}

/// `2026-01-02T03:04Z`, as some products write it.
pub(crate) fn to_the_minute(date: SystemTime) -> String {
    format(date, "%Y-%m-%dT%H:%MZ")
}

/// The `Date` header's format.
pub(crate) fn http_date(date: SystemTime) -> String {
    format(date, "%a, %d %b %Y %H:%M:%S GMT")
}

fn format(date: SystemTime, layout: &str) -> String {
    jiff::Timestamp::try_from(date)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime(layout)
        .to_string()
}

/// Reads `2026-01-02T03:04:05Z`.
pub(crate) fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    if !text.ends_with('Z') {
        return None;
    }
    text.parse::<jiff::Timestamp>().ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_time_stands_still_until_advanced() {
        let mut clock = Clock::new(SystemTime::UNIX_EPOCH, Speed::Manual);
        assert_eq!(clock.uptime(), Duration::ZERO);
        clock.advance(Duration::from_secs(5));
        clock.advance_to(Duration::from_secs(3));
        assert_eq!(clock.uptime(), Duration::from_secs(5));
        clock.advance_to(Duration::from_secs(7));
        assert_eq!(rfc3339(clock.now()), "1970-01-01T00:00:07Z");
    }

    #[test]
    fn nonsensical_speeds_are_tamed() {
        assert_eq!(
            Clock::new(SystemTime::UNIX_EPOCH, Speed::Scaled(f64::NAN)).speed(),
            Speed::Scaled(1.0)
        );
        assert_eq!(
            Clock::new(SystemTime::UNIX_EPOCH, Speed::Scaled(-1.0)).speed(),
            Speed::Scaled(0.0)
        );
    }
}
