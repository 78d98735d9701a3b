//! How long a run that stops still waits for what it has sent.

use std::sync::OnceLock;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::retry::Patience;

/// The end of all waiting: at once when the caller says so, or a limit after the run began to stop.
#[derive(Debug)]
pub(super) struct Halt {
    at_once: CancellationToken,
    limit: Duration,
    /// When the run began to stop, in the clock's uptime.
    since: OnceLock<Duration>,
}

impl Halt {
    pub(super) fn new(at_once: CancellationToken, limit: Duration) -> Self {
        Self {
            at_once,
            limit,
            since: OnceLock::new(),
        }
    }

    /// Returns when nothing is waited for any more. `run` is the patience that the stop of the run cancels.
    pub(super) async fn reached(&self, run: &Patience) {
        tokio::select! {
            biased;
            () = self.at_once.cancelled() => {}
            () = self.limit_passed(run) => {}
        }
    }

    async fn limit_passed(&self, run: &Patience) {
        run.cancellation().cancelled().await;
        let clock = run.clock();
        let now = clock.uptime();
        let end = self.since.get_or_init(|| now).saturating_add(self.limit);
        clock.sleep(end.saturating_sub(now)).await;
    }
}
