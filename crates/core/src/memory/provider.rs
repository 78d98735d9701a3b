use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use ipnet::IpNet;

use super::cloud::MemoryCloud;
use super::fault::{FaultPoint, Ledger, MemoryCall};
use super::footprint;
use super::options::{MemoryBuilder, Options};
use super::world::World;
use crate::backend::{Reader, SharedList};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{NetworkId, Place, RouteTableId, SubnetId};
use crate::traits::{
    Capabilities, Cloud, CloudProvider, Footprint, FootprintSearch, NetworkRecord,
    RouteTableRecord, TableRole,
};

/// Makes [`MemoryCloud`] handles that share one world. Clones share it too.
///
/// Every account and region exists; [`builder`](Self::builder) says how some differ.
///
/// ```
/// use std::sync::Arc;
///
/// use landbridge_core::memory::{ManualClock, MemoryProvider};
/// use landbridge_core::{CloudName, CloudProvider, CrossAccountAuth, Place};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> landbridge_core::Result<()> {
/// let provider = MemoryProvider::new(Arc::new(ManualClock::new()));
/// let place = Place::new(CloudName::from_static("memory"), "1111", "cn-hangzhou");
/// let cloud = provider.cloud(&place).await?;
/// assert_eq!(cloud.caller_identity().await?.account, place.account);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MemoryProvider {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: Arc<Options>,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) ledger: Ledger,
}

impl Shared {
    /// The state as of now.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.world.advance(self.clock.uptime());
        state
    }
}

impl MemoryProvider {
    /// An empty world that behaves by default.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::builder(clock).build()
    }

    /// A world to be described.
    pub fn builder(clock: Arc<dyn Clock>) -> MemoryBuilder {
        MemoryBuilder::new(clock)
    }

    pub(super) fn with_options(clock: Arc<dyn Clock>, options: Options) -> Self {
        let options = Arc::new(options);
        let state = State {
            world: World::new(Arc::clone(&options)),
            ledger: Ledger::default(),
        };
        let shared = Shared {
            clock,
            options,
            state: Mutex::new(state),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }

    /// The handle for a place, as its own type.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when the place names another cloud, [`ErrorKind::Unauthenticated`] when there are
    /// [no credentials](super::MemoryAccount::without_credentials) for its account.
    pub fn memory_cloud(&self, place: &Place) -> Result<MemoryCloud> {
        let cloud = &self.shared.options.capabilities.cloud;
        if place.cloud != *cloud {
            let message = format!("this provider is for {cloud}, not for {}", place.cloud);
            return Err(Error::new(ErrorKind::InvalidInput, message).with_place(place.clone()));
        }
        let account = self.shared.options.account(&place.account);
        if !account.has_credentials {
            let message = format!("there are no credentials for account {}", place.account);
            return Err(Error::new(ErrorKind::Unauthenticated, message).with_place(place.clone()));
        }
        Ok(MemoryCloud::new(place.clone(), Arc::clone(&self.shared)))
    }

    /// Makes one write of the future fail: the `n`-th from now, counted from zero over the whole world.
    ///
    /// Every call of a verb that writes counts, repeated, refused and failed ones included. A write that would have
    /// been refused anyway keeps its own error.
    pub fn fail_call(&self, n: usize, when: FaultPoint, kind: ErrorKind) {
        self.shared.lock().ledger.plan_fault(n, when, kind);
    }

    /// Asks `weather` before each call of a verb, reads included, whether it fails, when, and how. A read that fails has
    /// no [point](FaultPoint). Faults [planned](Self::fail_call) for a write come first.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use landbridge_core::memory::{FaultPoint, ManualClock, MemoryProvider};
    /// use landbridge_core::ErrorKind;
    ///
    /// let provider = MemoryProvider::new(Arc::new(ManualClock::new()));
    /// let mut count = 0;
    /// provider.set_weather(move |call| {
    ///     count += 1;
    ///     (call.is_write && count % 3 == 0).then_some((FaultPoint::Before, ErrorKind::Throttled))
    /// });
    /// ```
    pub fn set_weather(
        &self,
        weather: impl FnMut(MemoryCall<'_>) -> Option<(FaultPoint, ErrorKind)> + Send + 'static,
    ) {
        self.shared
            .lock()
            .ledger
            .set_weather(Some(Box::new(weather)));
    }

    /// Ends what [`set_weather`](Self::set_weather) began.
    pub fn clear_weather(&self) {
        self.shared.lock().ledger.set_weather(None);
    }

    /// Cuts the callers off once the `n`-th write from now, counted from zero, has taken effect, as if their process was
    /// killed: neither that call nor any later one is answered, and no later one reaches the world. Drop what waits for
    /// them, then [`revive`](Self::revive) the callers.
    pub fn kill_after(&self, n: usize) {
        self.shared.lock().ledger.kill_after(n);
    }

    /// Answers callers again that [`kill_after`](Self::kill_after) cut off.
    pub fn revive(&self) {
        self.shared.lock().ledger.revive();
    }

    /// The writes so far: verb, id and place, and the kind of error of those that failed.
    ///
    /// A create that failed shows the owner's key in place of an id. Commands run on instances are no writes.
    pub fn writes(&self) -> Vec<String> {
        self.shared.lock().ledger.writes.clone()
    }

    /// How many writes there were.
    pub fn write_count(&self) -> usize {
        self.shared.lock().ledger.writes.len()
    }

    /// How often a place was read for an inventory, and an account for a footprint.
    pub fn reading_count(&self) -> usize {
        self.shared.lock().ledger.readings
    }

    /// Calls `listener` after each write and before its caller gets the answer, with the number of the write, counted
    /// from zero, and its line in [`writes`](Self::writes). Writes that failed are among them.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use landbridge_core::memory::{ManualClock, MemoryProvider};
    /// use tokio_util::sync::CancellationToken;
    ///
    /// let provider = MemoryProvider::new(Arc::new(ManualClock::new()));
    /// let cancel = CancellationToken::new();
    /// let token = cancel.clone();
    /// provider.on_write(move |index, _| {
    ///     if index == 3 {
    ///         token.cancel();
    ///     }
    /// });
    /// ```
    pub fn on_write(&self, listener: impl Fn(usize, &str) + Send + Sync + 'static) {
        self.shared.lock().ledger.listen(Arc::new(listener));
    }

    /// Everything alive, sorted, each named by what it is and its owner's key, such as `network:network/vpc1`.
    ///
    /// Objects without owner are named by the keys of what they join: routes, route learning, grants and rules. No
    /// cloud-given id appears, so lists of two worlds compare. What is on its way out is marked so.
    pub fn objects(&self) -> Vec<String> {
        self.shared.lock().world.census()
    }

    /// Gives a network a secondary range, as others do outside of a topology.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn add_range(&self, network: &NetworkId, range: IpNet) -> Result<()> {
        let mut state = self.shared.lock();
        let found = state
            .world
            .shelf_mut::<NetworkRecord>()
            .iter_mut()
            .find(|entry| entry.record.id == *network);
        let entry = found.ok_or_else(|| no_network(network))?;
        entry.record.ranges.push(range);
        Ok(())
    }

    /// Gives a network a custom route table that these subnets use, which no verb does.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn add_route_table(
        &self,
        network: &NetworkId,
        subnets: &[SubnetId],
    ) -> Result<RouteTableId> {
        let world = &mut self.shared.lock().world;
        if !world
            .shelf::<NetworkRecord>()
            .iter()
            .any(|e| e.record.id == *network)
        {
            return Err(no_network(network));
        }
        for table in &mut world.tables {
            table.subnets.retain(|subnet| !subnets.contains(subnet));
        }
        let id: RouteTableId = world.fresh("rtb");
        world.tables.push(
            RouteTableRecord::new(id.clone(), network.clone(), TableRole::Custom)
                .with_subnets(subnets.to_vec()),
        );
        Ok(id)
    }
}

fn no_network(id: &NetworkId) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no network {id}"))
}

#[async_trait]
impl CloudProvider for MemoryProvider {
    fn capabilities(&self) -> &Capabilities {
        &self.shared.options.capabilities
    }

    async fn cloud(&self, place: &Place) -> Result<Arc<dyn Cloud>> {
        Ok(Arc::new(self.memory_cloud(place)?))
    }

    async fn footprint(&self, search: &FootprintSearch) -> Footprint {
        let cloud = &self.shared.options.capabilities.cloud;
        let account = self.shared.options.account(&search.account);
        if let Some(reason) = account.bars_searches() {
            return Footprint::unknown(cloud.clone(), search.account.clone(), reason);
        }
        let place = Place::new(cloud.clone(), search.account.clone(), "");
        let list = SharedList::new(Reader::new(&self.shared), &place, "world").of_account();
        let snapshot = async {
            tokio::task::yield_now().await;
            let mut state = self.shared.lock();
            state.ledger.readings += 1;
            Ok((state.world.clone(), 1))
        };
        if let Ok(Some(world)) = list.get(snapshot).await {
            return footprint::search(&world, search);
        }
        let mut state = self.shared.lock();
        state.ledger.readings += 1;
        footprint::search(&state.world, search)
    }
}
