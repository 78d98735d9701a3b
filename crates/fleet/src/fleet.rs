use std::sync::Arc;

use landbridge_core::reconcile::{Outcome, Progress};
use landbridge_core::{Clock, Error, ErrorKind, FormatVersion, Result};
use serde::{Deserialize, Serialize};

use crate::key::LinkKey;
use crate::spec::Spec;
use crate::state::{LinkState, Phase};
use crate::store::{Document, Kind, Store};
use crate::time::Moment;

/// How often a change is tried anew that another one came before.
pub(crate) const TRIES: u32 = 100;

/// Takes orders. They are kept when a call returns; [workers](crate::Worker) carry them out.
///
/// Each order may be given twice: the second one changes nothing.
#[derive(Clone, Debug)]
pub struct Fleet {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// What a user is shown of a topology.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// The version of its JSON document.
    pub v: FormatVersion<1>,
    /// Which.
    pub key: LinkKey,
    /// How often something else was asked for.
    pub generation: u64,
    /// Where it stands.
    pub phase: Phase,
    /// How far the run under way has come, at its last look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// How the last run has ended: the verdicts, who is waited for, what failed, what is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// How often something was found to differ since it was submitted.
    #[serde(default)]
    pub drifts: u64,
    /// When a run is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Moment>,
}

impl Status {
    fn of(key: &LinkKey, state: LinkState) -> Self {
        Self {
            v: FormatVersion,
            key: key.clone(),
            generation: state.generation,
            phase: state.phase,
            progress: state.progress,
            outcome: state.outcome,
            drifts: state.drifts,
            due: state.due,
        }
    }
}

impl Fleet {
    /// Orders for the workers of a store.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Asks for a topology, and gives its status.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a topology with mistakes or another name than the key,
    /// [`Busy`](ErrorKind::Busy) while it is deleted, and what the store says.
    pub async fn submit(&self, key: &LinkKey, spec: Spec) -> Result<Status> {
        spec.topology_of(key)?;
        let now = self.now();
        for _ in 0..TRIES {
            let (document, state) = match load(self.store.as_ref(), key).await? {
                Some((document, mut state)) => {
                    state.submit(spec.clone(), now)?;
                    (Some(document), state)
                }
                None => (None, LinkState::new(spec.clone(), now)),
            };
            if save(self.store.as_ref(), key, &state, document.as_ref()).await? {
                return Ok(Status::of(key, state));
            }
        }
        Err(contended(key))
    }

    /// Asks for nothing of a topology, and gives its status. The residue is the outcome of its phase
    /// [`Deleted`](Phase::Deleted).
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound), and what the store says.
    pub async fn delete(&self, key: &LinkKey) -> Result<Status> {
        let now = self.now();
        self.change(key, |state| state.delete(now)).await
    }

    /// Stops a topology: the run under way ends before its next write, and no other begins.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub async fn stop(&self, key: &LinkKey) -> Result<Status> {
        self.change(key, LinkState::stop).await
    }

    /// Goes on after a stop or a failure.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub async fn resume(&self, key: &LinkKey) -> Result<Status> {
        let now = self.now();
        self.change(key, |state| state.resume(now)).await
    }

    /// The owner of another account says that its part is done.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub async fn peer_ready(&self, key: &LinkKey) -> Result<Status> {
        let now = self.now();
        self.change(key, |state| state.peer_ready(now)).await
    }

    /// Where a topology stands.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub async fn status(&self, key: &LinkKey) -> Result<Status> {
        match load(self.store.as_ref(), key).await? {
            Some((_, state)) => Ok(Status::of(key, state)),
            None => Err(absent(key)),
        }
    }

    /// Forgets a topology of which nothing is left.
    ///
    /// # Errors
    /// [`InUse`](ErrorKind::InUse) for one that is not [`Deleted`](Phase::Deleted), and what the store says.
    pub async fn forget(&self, key: &LinkKey) -> Result<()> {
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
            false => Err(
                Error::new(ErrorKind::InUse, format!("topology `{key}` is not deleted"))
                    .with_remedy("delete it, and wait for phase `deleted`"),
            ),
        }
    }

    /// The keys of all topologies that are known.
    ///
    /// # Errors
    /// What the store says.
    pub async fn keys(&self) -> Result<Vec<LinkKey>> {
        keys(self.store.as_ref()).await
    }

    async fn change(&self, key: &LinkKey, change: impl Fn(&mut LinkState)) -> Result<Status> {
        for _ in 0..TRIES {
            let Some((document, mut state)) = load(self.store.as_ref(), key).await? else {
                return Err(absent(key));
            };
            change(&mut state);
            if save(self.store.as_ref(), key, &state, Some(&document)).await? {
                return Ok(Status::of(key, state));
            }
        }
        Err(contended(key))
    }

    fn now(&self) -> Moment {
        Moment::of(self.clock.now())
    }
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
    keys.iter().map(|key| key.parse()).collect()
}

fn absent(key: &LinkKey) -> Error {
    Error::new(ErrorKind::NotFound, format!("unknown topology `{key}`"))
        .with_remedy("submit it first")
}

pub(crate) fn contended(key: &LinkKey) -> Error {
    let message = format!("topology `{key}` was changed by others {TRIES} times in a row");
    Error::new(ErrorKind::Busy, message)
}
