use std::sync::Arc;

use tokio::sync::{RwLock, RwLockReadGuard};

use crate::backend::Latch;
use crate::error::{Error, ErrorKind, Result};

/// Writes pass while the gate is open. Closing it waits for the writes under way, so that after `close` nothing is
/// being written and nothing will be.
#[derive(Debug)]
pub(super) struct WriteGate {
    open: RwLock<bool>,
    guard: Arc<Latch>,
}

impl WriteGate {
    pub(super) fn new(guard: Arc<Latch>) -> Self {
        Self {
            open: RwLock::new(true),
            guard,
        }
    }

    pub(super) async fn enter(&self) -> Result<RwLockReadGuard<'_, bool>> {
        let open = self.open.read().await;
        if !*open {
            return Err(Error::new(
                ErrorKind::Cancelled,
                "another step has failed; nothing more is written",
            ));
        }
        self.guard.check()?;
        Ok(open)
    }

    /// What a call asks before each attempt to write.
    pub(super) fn guard(&self) -> Arc<Latch> {
        Arc::clone(&self.guard)
    }

    pub(super) async fn close(&self) {
        *self.open.write().await = false;
    }
}
