//! Signals: the first one stops the worker, the second one ends the program.

use tokio_util::sync::CancellationToken;

/// Cancels `stop` with the first signal, and ends with the second one.
///
/// # Errors
/// What keeps signals from being heard.
#[cfg(unix)]
pub(crate) fn listen(stop: CancellationToken) -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    // At once, not when the future first runs: a signal in between would end the program.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        for _ in 0..2 {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if !stop.is_cancelled() {
                tracing::info!(
                    "told to stop: runs end before their next write; a second signal ends the program at once"
                );
            }
            stop.cancel();
        }
    })
}

#[cfg(not(unix))]
pub(crate) fn listen(stop: CancellationToken) -> std::io::Result<impl Future<Output = ()>> {
    Ok(async move {
        for _ in 0..2 {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            stop.cancel();
        }
    })
}
