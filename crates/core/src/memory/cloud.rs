use std::sync::Arc;

use async_trait::async_trait;

use super::fault::{FaultPoint, Notice};
use super::inventory;
use super::item::Item;
use super::provider::Shared;
use super::world::World;
use crate::backend::{CallContext, Intent, Reader, SharedList};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::Place;
use crate::object::Record;
use crate::traits::{CallerIdentity, Capabilities, Cloud, Inventory, Scope};

/// One place of a [`MemoryProvider`](super::MemoryProvider)'s world.
#[derive(Clone, Debug)]
pub struct MemoryCloud {
    pub(super) place: Place,
    pub(super) shared: Arc<Shared>,
}

/// What a write gives, and under which id it is logged.
pub(super) trait Outcome {
    fn id(&self) -> Option<&str>;
}

impl Outcome for () {
    fn id(&self) -> Option<&str> {
        None
    }
}

impl<R: Item> Outcome for R {
    fn id(&self) -> Option<&str> {
        Some(Record::id(self).as_ref())
    }
}

impl MemoryCloud {
    pub(super) fn new(place: Place, shared: Arc<Shared>) -> Self {
        Self { place, shared }
    }

    pub(super) fn identity(&self) -> CallerIdentity {
        self.shared.options.account(&self.place.account).identity()
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.shared.lock().world)
    }

    /// Makes a call that reads, unless the weather is against it.
    pub(super) async fn look<T>(&self, look: impl FnOnce(&World) -> T) -> Result<T> {
        self.answered().await;
        let mut state = self.shared.lock();
        state.ledger.check_read(&self.place)?;
        Ok(look(&state.world))
    }

    // A world is one item, whatever is in it.
    async fn snapshot(&self) -> Result<(World, usize)> {
        // As over a network, others may ask meanwhile.
        tokio::task::yield_now().await;
        self.shared.lock().ledger.readings += 1;
        self.look(|world| (world.clone(), 1)).await
    }

    /// Waits for ever if the caller has been killed.
    async fn answered(&self) {
        if self.shared.lock().ledger.is_killed() {
            std::future::pending::<()>().await;
        }
    }

    /// Makes a write: counts it, lets planned faults strike, logs it, and tells the listeners.
    ///
    /// It yields before and after, as a call over a network would, so that tasks interleave and can be cancelled.
    pub(super) async fn write<T: Outcome>(
        &self,
        verb: &'static str,
        subject: &str,
        act: impl FnOnce(&mut World, &Place) -> Result<T>,
    ) -> Result<T> {
        let _under_way = CallContext::turn(Intent::Once).await?;
        tokio::task::yield_now().await;
        self.answered().await;
        let (result, notice) = self.write_now(verb, subject, act);
        notice.send();
        tokio::task::yield_now().await;
        self.answered().await;
        result.map_err(|error| error.with_operation(verb).with_place(self.place.clone()))
    }

    fn write_now<T: Outcome>(
        &self,
        verb: &'static str,
        subject: &str,
        act: impl FnOnce(&mut World, &Place) -> Result<T>,
    ) -> (Result<T>, Notice) {
        let mut state = self.shared.lock();
        let fault = state.ledger.fault(verb, &self.place);
        let result = match fault {
            Some((FaultPoint::Before, error)) => Err(error),
            fault => self
                .check_identity()
                .and_then(|()| act(&mut state.world, &self.place))
                .and_then(|value| match fault {
                    Some((_, error)) => Err(error),
                    None => Ok(value),
                }),
        };
        let line = self.line(verb, subject, &result);
        let notice = state.ledger.record(line);
        (result, notice)
    }

    fn line<T: Outcome>(&self, verb: &str, subject: &str, result: &Result<T>) -> String {
        let place = &self.place;
        match result {
            Ok(value) => format!("{verb} {} {place}", value.id().unwrap_or(subject)),
            Err(error) => format!("{verb} {subject} {place}: {}", error.kind().as_str()),
        }
    }

    pub(super) fn check_identity(&self) -> Result<()> {
        let actual = self.identity().account;
        let declared = &self.place.account;
        if actual == *declared {
            return Ok(());
        }
        let message = format!("the credentials belong to account {actual}, not to {declared}");
        Err(Error::new(ErrorKind::PermissionDenied, message)
            .with_remedy(format!("use credentials of account {declared}")))
    }
}

#[async_trait]
impl Cloud for MemoryCloud {
    fn place(&self) -> &Place {
        &self.place
    }

    fn capabilities(&self) -> &Capabilities {
        &self.shared.options.capabilities
    }

    async fn inventory(&self, scope: &Scope) -> Result<Inventory> {
        let identity = self.identity();
        if identity.account != self.place.account {
            return Ok(Inventory::new(self.place.clone(), identity));
        }
        let list = SharedList::new(Reader::new(&self.shared), &self.place, "world");
        if let Some(world) = list.get(self.snapshot()).await? {
            return Ok(inventory::observe(&world, &self.place, identity, scope));
        }
        self.shared.lock().ledger.readings += 1;
        self.look(|world| inventory::observe(world, &self.place, identity, scope))
            .await
    }
}
