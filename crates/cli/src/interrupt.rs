//! Signals: the first stops before the next write, the second stops all waiting, a third ends the program at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::complain;

/// How long the report may take after the second signal, before the program ends without it.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// A signal that asks the program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Interrupt,
    Terminate,
    HangUp,
}

impl Signal {
    fn exit(self) -> Exit {
        match self {
            Self::Interrupt => Exit::Cancelled,
            Self::Terminate => Exit::Terminated,
            Self::HangUp => Exit::HungUp,
        }
    }
}

/// What signals have done to a command, and how far it had come. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupts(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// No write is sent any more.
    stop: CancellationToken,
    /// Nothing is waited for any more.
    halt: CancellationToken,
    first: OnceLock<Signal>,
    listening: AtomicBool,
    /// Whether the command removes what it made before it ends.
    removes: AtomicBool,
    begun: AtomicUsize,
    done: AtomicUsize,
}

impl Interrupts {
    /// Listens to signals from now on; those before end the program without a word.
    pub(crate) fn listen(&self) {
        if !self.0.listening.swap(true, Ordering::Relaxed) {
            // At once, not when the task first runs: a signal in between would end the program.
            let signals = Signals::new();
            tokio::spawn(self.clone().take_signals(signals));
        }
    }

    /// The token that the first signal cancels.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// The token that the second signal cancels.
    pub(crate) fn halt(&self) -> &CancellationToken {
        &self.0.halt
    }

    /// From now on the first signal makes the command remove what it made, and the second one leaves that.
    pub(crate) fn removes_what_it_made(&self) {
        self.0.removes.store(true, Ordering::Relaxed);
    }

    /// A step that writes has begun.
    pub(crate) fn note_begun(&self) {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
    }

    /// A step is done.
    pub(crate) fn note_done(&self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
    }

    /// What a command that was cancelled has done, in words.
    pub(crate) fn progress(&self) -> String {
        let done = self.0.done.load(Ordering::Relaxed);
        let begun = self.0.begun.load(Ordering::Relaxed);
        match (begun, done) {
            (0, _) => "cancelled; nothing was written".to_owned(),
            (_, 1) => {
                "cancelled after 1 step was done; run the command again to continue".to_owned()
            }
            (_, done) => {
                format!("cancelled after {done} steps were done; run the command again to continue")
            }
        }
    }

    /// The exit code of a command that was cancelled.
    pub(crate) fn exit(&self) -> Exit {
        self.0
            .first
            .get()
            .map_or(Exit::Cancelled, |signal| signal.exit())
    }

    async fn take_signals(self, mut signals: Signals) {
        let signal = signals.next().await;
        // There is no earlier one.
        let _ = self.0.first.set(signal);
        complain(match self.0.removes.load(Ordering::Relaxed) {
            false => {
                "stopping: no further write is sent; calls under way may take up to 30 s to be answered. Press Ctrl-C again to \
                 stop waiting for them"
            }
            true => {
                "stopping: what was made for the verification is removed now. Press Ctrl-C again to leave it; `landbridge apply` \
                 and `landbridge destroy` remove it later"
            }
        });
        self.0.stop.cancel();
        signals.next().await;
        complain("not waiting any longer");
        self.0.halt.cancel();
        tokio::select! {
            _ = signals.next() => {}
            () = tokio::time::sleep(LAST_WORDS) => {}
        }
        std::process::exit(self.exit().code().into());
    }
}

/// Returns when a signal asks a server to end.
pub(crate) async fn signalled() {
    Signals::new().next().await;
}

#[cfg(unix)]
struct Signals([(Signal, Option<tokio::signal::unix::Signal>); 3]);

#[cfg(unix)]
impl Signals {
    // A signal that the parent process chose to ignore stays ignored, as `nohup` expects.
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let ignored = ignored_signals();
        let listen = |which, kind: SignalKind| {
            let bit = kind.as_raw_value() - 1;
            let heard = (ignored >> bit) & 1 == 0;
            (which, heard.then(|| signal(kind).ok()).flatten())
        };
        Self([
            listen(Signal::Interrupt, SignalKind::interrupt()),
            listen(Signal::Terminate, SignalKind::terminate()),
            listen(Signal::HangUp, SignalKind::hangup()),
        ])
    }

    async fn next(&mut self) -> Signal {
        let [first, second, third] = &mut self.0;
        tokio::select! {
            signal = heard(first) => signal,
            signal = heard(second) => signal,
            signal = heard(third) => signal,
        }
    }
}

#[cfg(unix)]
async fn heard((which, stream): &mut (Signal, Option<tokio::signal::unix::Signal>)) -> Signal {
    if let Some(stream) = stream
        && stream.recv().await.is_some()
    {
        return *which;
    }
    std::future::pending().await
}

/// The signals that are ignored since the program started, as a bit mask; none where the system does not tell.
#[cfg(unix)]
fn ignored_signals() -> u64 {
    static AT_START: OnceLock<u64> = OnceLock::new();
    *AT_START.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or_default()
    })
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            Err(_) => std::future::pending().await,
        }
    }
}

/// The outcome of something that writes nothing, unless a signal is faster.
pub(crate) async fn unless_cancelled<T>(
    cancel: &CancellationToken,
    reading: impl Future<Output = landbridge_core::Result<T>>,
) -> Outcome<T> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Failure::cancelled()),
        outcome = reading => Ok(outcome?),
    }
}
