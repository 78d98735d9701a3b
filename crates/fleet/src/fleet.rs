use std::sync::Arc;

use async_trait::async_trait;
use landbridge_core::{Clock, Error, ErrorKind, Result};

use crate::carrier::Carrier;
use crate::engines::Engines;
use crate::key::LinkKey;
use crate::orders::{Order, Orders, Planned, Status, Terms};
use crate::spec::Spec;
use crate::state::{LinkState, Phase, absent};
use crate::store::{Document, Kind, Store};
use crate::time::Moment;

/// How often a change is tried anew that another one came before.
pub(crate) const TRIES: u32 = 100;

/// Takes the orders of a [`Store`]; its [workers](crate::Worker) carry them out.
#[derive(Clone, Debug)]
pub struct Fleet {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    engines: Option<Arc<dyn Engines>>,
}

impl Fleet {
    /// Orders for the workers of a store.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            engines: None,
        }
    }

    /// Sets what [`plan`](Orders::plan) reaches the clouds with.
    #[must_use]
    pub fn with_engines(mut self, engines: Arc<dyn Engines>) -> Self {
        self.engines = Some(engines);
        self
    }

    /// The keys of all topologies that are known.
    ///
    /// # Errors
    /// What the store says.
    pub async fn keys(&self) -> Result<Vec<LinkKey>> {
        keys(self.store.as_ref()).await
    }

    async fn state(&self, key: &LinkKey) -> Result<LinkState> {
        let found = load(self.store.as_ref(), key).await?;
        found.map(|(_, state)| state).ok_or_else(|| absent(key))
    }

    fn now(&self) -> Moment {
        Moment::of(self.clock.now())
    }
}

#[async_trait]
impl Orders for Fleet {
    async fn give(&self, key: &LinkKey, order: Order, terms: &Terms) -> Result<Status> {
        if let Order::Submit { spec } = &order {
            spec.topology_of(key)?;
        }
        let now = self.now();
        for _ in 0..TRIES {
            let (document, known) = match load(self.store.as_ref(), key).await? {
                Some((document, state)) => (Some(document), Some(state)),
                None => (None, None),
            };
            let state = LinkState::give(known, key, order.clone(), terms, now)?;
            if save(self.store.as_ref(), key, &state, document.as_ref()).await? {
                return Ok(Status::of(key, &state));
            }
        }
        Err(contended(key))
    }

    async fn status(&self, key: &LinkKey) -> Result<Status> {
        Ok(Status::of(key, &self.state(key).await?))
    }

    async fn spec(&self, key: &LinkKey) -> Result<Spec> {
        Ok(self.state(key).await?.spec)
    }

    async fn list(
        &self,
        tenant: Option<&str>,
        after: Option<&LinkKey>,
        most: usize,
    ) -> Result<Vec<Status>> {
        let keys = self.keys().await?;
        let chosen = keys.iter().filter(|key| {
            tenant.is_none_or(|tenant| key.tenant() == tenant)
                && after.is_none_or(|after| *key > after)
        });
        let mut list = Vec::new();
        for key in chosen.take(most) {
            // One that is forgotten meanwhile is left out.
            if let Some((_, state)) = load(self.store.as_ref(), key).await? {
                list.push(Status::of(key, &state));
            }
        }
        Ok(list)
    }

    async fn count(&self, tenant: &str) -> Result<usize> {
        let keys = self.keys().await?;
        Ok(keys.iter().filter(|key| key.tenant() == tenant).count())
    }

    async fn plan(&self, key: &LinkKey, spec: &Spec) -> Result<Planned> {
        let Some(engines) = &self.engines else {
            let message = "no plan: nothing here reaches the clouds";
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_remedy("ask a worker, or give the fleet engines"));
        };
        Carrier::planned(engines.as_ref(), key, spec).await
    }

    async fn forget(&self, key: &LinkKey) -> Result<()> {
        let Some((document, state)) = load(self.store.as_ref(), key).await? else {
            return Ok(());
        };
        let removed = state.phase == Phase::Deleted
            && self
                .store
                .remove(Kind::Link, key.as_str(), document.revision)
                .await?;
        match removed {
            true => Ok(()),
            false => Err(not_deleted(key)),
        }
    }
}

pub(crate) fn not_deleted(key: &LinkKey) -> Error {
    Error::new(ErrorKind::InUse, format!("topology `{key}` is not deleted"))
        .with_remedy("delete it, and wait for phase `deleted`")
}

/// The state of a topology, and the document that it was read from.
pub(crate) async fn load(
    store: &dyn Store,
    key: &LinkKey,
) -> Result<Option<(Document, LinkState)>> {
    let Some(document) = store.load(Kind::Link, key.as_str()).await? else {
        return Ok(None);
    };
    let state = serde_json::from_str(&document.text).map_err(|error| {
        let message = format!("cannot read the state of topology `{key}`: {error}");
        Error::new(ErrorKind::Malformed, message)
            .with_remedy("run the version of the program that wrote it")
    })?;
    Ok(Some((document, state)))
}

/// Keeps a state in place of the one that was read, and tells whether it did.
pub(crate) async fn save(
    store: &dyn Store,
    key: &LinkKey,
    state: &LinkState,
    read: Option<&Document>,
) -> Result<bool> {
    let text = serde_json::to_string(state).map_err(|error| {
        let message = format!("cannot write the state of topology `{key}`: {error}");
        Error::new(ErrorKind::Failed, message)
    })?;
    let expected = read.map(|document| document.revision);
    store.save(Kind::Link, key.as_str(), &text, expected).await
}

pub(crate) async fn keys(store: &dyn Store) -> Result<Vec<LinkKey>> {
    let keys = store.keys(Kind::Link).await?;
    // Such as a copy of a file: it must not keep the topologies from being attended to.
    let is_none = |error: &Error| tracing::warn!(%error, "what is no topology is left out");
    let keys = keys.iter();
    Ok(keys
        .filter_map(|key| key.parse().inspect_err(is_none).ok())
        .collect())
}

pub(crate) fn contended(key: &LinkKey) -> Error {
    let message = format!("topology `{key}` was changed by others {TRIES} times in a row");
    Error::new(ErrorKind::Busy, message)
}
