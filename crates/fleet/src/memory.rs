use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use landbridge_core::Result;

use crate::store::{Document, Kind, Store};

/// Documents in memory, for one process and for tests.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    documents: BTreeMap<(Kind, String), Document>,
    revisions: u64,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(&self, kind: Kind, key: &str) -> Result<Option<Document>> {
        let state = self.state();
        Ok(state.documents.get(&(kind, key.to_owned())).cloned())
    }

    async fn save(&self, kind: Kind, key: &str, text: &str, expected: Option<u64>) -> Result<bool> {
        let mut state = self.state();
        let key = (kind, key.to_owned());
        let found = state.documents.get(&key).map(|document| document.revision);
        if found != expected {
            return Ok(false);
        }
        state.revisions += 1;
        let revision = state.revisions;
        state.documents.insert(key, Document::new(text, revision));
        Ok(true)
    }

    async fn remove(&self, kind: Kind, key: &str, expected: u64) -> Result<bool> {
        let mut state = self.state();
        let key = (kind, key.to_owned());
        let found = state.documents.get(&key).map(|document| document.revision);
        if found != Some(expected) {
            return Ok(false);
        }
        state.documents.remove(&key);
        Ok(true)
    }

    async fn keys(&self, kind: Kind) -> Result<Vec<String>> {
        let state = self.state();
        let keys = state.documents.keys().filter(|(of, _)| *of == kind);
        Ok(keys.map(|(_, key)| key.clone()).collect())
    }
}
