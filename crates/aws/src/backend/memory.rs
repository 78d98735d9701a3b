//! What a place's handles remember between calls. It is lost with them, and nothing depends on it but patience.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use landbridge_core::{Clock, CommandId, ErrorKind, Owner, PeeringId, PeeringRecord, Result};

use crate::ec2::peering::is_dead;

/// How long the cloud may not know an object everywhere after its creation.
const VISIBILITY: Duration = Duration::from_secs(60);

/// How long a command is known by the token of its request.
const REMEMBERED: Duration = Duration::from_secs(3600);

#[derive(Debug)]
pub(super) struct Memory {
    clock: Arc<dyn Clock>,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    /// When we created what.
    born: BTreeMap<String, Duration>,
    /// Peerings that were seen alive, or asked for: a caller that waits for one must learn how it ended.
    awaited: BTreeMap<PeeringId, Option<Owner>>,
    /// The commands that were sent, by the tokens of their requests, and when.
    commands: BTreeMap<String, (CommandId, Duration)>,
}

impl Memory {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            notes: Mutex::default(),
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn created(&self, id: &str) {
        let now = self.clock.uptime();
        let mut notes = self.notes();
        notes
            .born
            .retain(|_, born| now.saturating_sub(*born) < VISIBILITY);
        notes.born.insert(id.to_owned(), now);
    }

    fn is_young(&self, id: &str) -> bool {
        let now = self.clock.uptime();
        let born = self.notes().born.get(id).copied();
        born.is_some_and(|born| now.saturating_sub(born) < VISIBILITY)
    }

    /// A command was sent for the request with this token.
    pub(super) fn sent(&self, token: &str, id: &CommandId) {
        let now = self.clock.uptime();
        let mut notes = self.notes();
        notes
            .commands
            .retain(|_, (_, sent)| now.saturating_sub(*sent) < REMEMBERED);
        notes.commands.insert(token.to_owned(), (id.clone(), now));
    }

    /// The command that was sent for the request with this token.
    pub(super) fn command(&self, token: &str) -> Option<CommandId> {
        let notes = self.notes();
        notes.commands.get(token).map(|(id, _)| id.clone())
    }

    /// Whether a command was sent so recently.
    pub(super) fn was_sent_within(&self, id: &CommandId, time: Duration) -> bool {
        let now = self.clock.uptime();
        let notes = self.notes();
        let mut sent = notes.commands.values();
        sent.any(|(known, sent)| known == id && now.saturating_sub(*sent) < time)
    }

    /// What we created moments ago and cannot be found is on its way: that is worth waiting for.
    pub(super) fn patient<T>(&self, result: Result<T>, ids: &[&str]) -> Result<T> {
        match result {
            Err(error) if error.is_not_found() && ids.iter().any(|id| self.is_young(id)) => {
                Err(error
                    .with_kind(ErrorKind::Busy)
                    .with_remedy("wait, then repeat: the object was created moments ago"))
            }
            other => other,
        }
    }

    /// A new request for `owner` begins: how earlier ones ended matters no more.
    pub(super) fn asking_for(&self, owner: &Owner) {
        let mut notes = self.notes();
        notes
            .awaited
            .retain(|_, known| known.as_ref() != Some(owner));
    }

    pub(super) fn awaits(&self, id: &PeeringId, owner: Option<&Owner>) {
        self.notes().awaited.insert(id.clone(), owner.cloned());
    }

    pub(super) fn forgets(&self, id: &PeeringId) {
        self.notes().awaited.remove(id);
    }

    /// Whether a list shows a peering: the live ones, and of the dead ones those that a caller of this provider waits for.
    pub(super) fn shows(&self, peering: &PeeringRecord) -> bool {
        if is_dead(&peering.status) {
            return self.notes().awaited.contains_key(&peering.id);
        }
        self.awaits(&peering.id, peering.owner.as_ref());
        true
    }
}
