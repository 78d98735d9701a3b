//! What the handle of the simulator offers for this cloud only: its options.

use super::timings::Timings;
use crate::simulator::Builder;

impl Builder {
    /// How long everything takes on AWS.
    #[must_use]
    pub fn aws_timings(mut self, timings: Timings) -> Self {
        self.setups.aws.timings = timings;
        self
    }

    /// Whether AWS refuses calls beyond its published rates. The buckets refill in virtual time. Default true.
    #[must_use]
    pub fn aws_throttling(mut self, on: bool) -> Self {
        self.setups.aws.throttling = on;
        self
    }
}
