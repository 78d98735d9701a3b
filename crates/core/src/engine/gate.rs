use tokio::sync::{RwLock, RwLockReadGuard};

use crate::error::{Error, ErrorKind, Result};

/// Writes pass while the gate is open. Closing it waits for the writes under way, so that after `close` nothing is
/// being written and nothing will be.
#[derive(Debug)]
pub(super) struct WriteGate {
    open: RwLock<bool>,
}

impl WriteGate {
    pub(super) fn new() -> Self {
        Self {
            open: RwLock::new(true),
        }
    }

    pub(super) async fn enter(&self) -> Result<RwLockReadGuard<'_, bool>> {
        let open = self.open.read().await;
        if *open {
            Ok(open)
        } else {
            Err(Error::new(
                ErrorKind::Cancelled,
                "another step has failed; nothing more is written",
            ))
        }
    }

    pub(super) async fn close(&self) {
        *self.open.write().await = false;
    }
}
