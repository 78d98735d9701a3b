//! Ctrl-C: once stops before the next write, twice ends the program.

use tokio_util::sync::CancellationToken;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::complain;

/// The token that the first Ctrl-C cancels.
pub(crate) fn listen() -> CancellationToken {
    let token = CancellationToken::new();
    tokio::spawn(wait(token.clone()));
    token
}

async fn wait(token: CancellationToken) {
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    complain("stopping before the next write; press Ctrl-C again to stop at once");
    token.cancel();
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(Exit::Cancelled.code().into());
    }
}

/// The outcome of something that writes nothing, unless Ctrl-C is faster.
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
