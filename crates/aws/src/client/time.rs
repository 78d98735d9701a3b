use std::sync::Arc;
use std::time::SystemTime;

use aws_smithy_async::time::TimeSource;
use landbridge_core::Clock;

/// Our clock for the SDK: requests are signed with its time.
#[derive(Clone, Debug)]
pub(super) struct ClockTime(pub(super) Arc<dyn Clock>);

impl TimeSource for ClockTime {
    fn now(&self) -> SystemTime {
        self.0.now()
    }
}
