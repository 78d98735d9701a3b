//! Lists of whole places, read once for all topologies that have something there.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Debug};
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::context::{CallContext, Limits};
use super::listing::{ListingBounds, bounded};
use crate::clock::Clock;
use crate::error::{ErrorKind, Result};
use crate::ids::{AccountId, CloudName, Place, Region};

/// For how long it is remembered that a list cannot be shared.
const ALONE_FOR: Duration = Duration::from_secs(3600);

/// Lists of whole places, shared by runs that [observe](crate::reconcile::Intent::observe).
///
/// A run by itself asks each place for the objects of its own topology. Runs of engines that share this
/// ([`Engine::with_place_reads`](crate::engine::Engine::with_place_reads)) ask for those of all topologies instead, once for
/// all of them, and each takes its own out of the answer. So calls grow with places and pages, and with topologies only where a
/// cloud shows something for one object at a time (the routes of a table, the rules of a group).
///
/// - A list is given out for `max_age`, counted from when it was asked for. Many that want it at once make one read.
/// - Only readers with the same source of keys share, through the same provider or its siblings.
/// - An error is told to the run that met it, and kept for no other; nor does a run that is stopped break the read of others.
/// - What was read before a write of ours in that place, or while it was under way, is dropped. Writes of other programs are
///   not known: what a run sees may be as old as `max_age`. A run that finds anything but that all is well looks again by itself.
/// - A list is read as a whole only while it has few [pages](Self::with_most_pages), and kept while there is
///   [room](Self::with_most_items). Else each run asks for its own part, as it does where a caller may not list the whole.
///
/// Plans, applies, verifications and removals never use it.
#[derive(Debug)]
pub struct PlaceReads {
    clock: Arc<dyn Clock>,
    max_age: Duration,
    most_pages: u64,
    most_items: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lists: HashMap<SharedList, Arc<Slot>>,
    writes: Writes,
    purged: Duration,
}

/// When it was last written in each place, as numbers of writes.
#[derive(Debug, Default)]
struct Writes {
    count: u64,
    last: BTreeMap<(CloudName, AccountId), BTreeMap<Region, u64>>,
}

impl Writes {
    fn note(&mut self, place: &Place) {
        self.count += 1;
        let account = (place.cloud.clone(), place.account.clone());
        let regions = self.last.entry(account).or_default();
        regions.insert(place.region.clone(), self.count);
    }

    // Without a region: in the whole account.
    fn last_in(&self, list: &SharedList) -> u64 {
        let account = (list.cloud.clone(), list.account.clone());
        let Some(regions) = self.last.get(&account) else {
            return 0;
        };
        let last = match &list.region {
            Some(region) => regions.get(region),
            None => regions.values().max(),
        };
        last.copied().unwrap_or_default()
    }
}

/// A list, and the lock of those that read it.
#[derive(Debug, Default)]
struct Slot {
    kept: tokio::sync::Mutex<Option<Kept>>,
    items: AtomicUsize,
    /// How many have asked for it.
    asked: AtomicU64,
}

struct Kept {
    /// In the clock's uptime.
    began: Duration,
    /// How many writes there had been.
    writes: u64,
    list: Result<Arc<dyn Any + Send + Sync>, Alone>,
}

/// Who asks for its own part, because there is no list.
#[derive(Clone, Copy, Debug)]
enum Alone {
    /// Each, for so long.
    For(Duration),
    /// Those who waited while the list could not be read: they would only fail one after the other.
    UpTo(u64),
}

/// One that asks.
#[derive(Clone, Copy, Debug)]
struct Asker {
    /// Its place among those that ask for the list.
    number: u64,
    /// When it asked, in the clock's uptime.
    at: Duration,
}

impl Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Kept");
        f.field("began", &self.began).finish_non_exhaustive()
    }
}

/// Who reads: the source of the keys, and what else the answer depends on, such as the connection. Two are the same if they hold
/// the same things, not equal ones.
#[derive(Clone)]
pub struct Reader(Vec<(usize, Arc<dyn Send + Sync>)>);

impl Reader {
    /// A reader with the keys of this source.
    pub fn new<S: ?Sized + Send + Sync + 'static>(source: &Arc<S>) -> Self {
        Self(Vec::new()).through(source)
    }

    /// That it reads through this.
    #[must_use]
    pub fn through<S: ?Sized + Send + Sync + 'static>(mut self, connection: &Arc<S>) -> Self {
        let address = Arc::as_ptr(connection).cast::<()>().addr();
        // Kept alive, so that nothing else ever gets the address.
        self.0.push((address, Arc::new(Arc::clone(connection))));
        self
    }

    fn addresses(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|(address, _)| *address)
    }
}

impl PartialEq for Reader {
    fn eq(&self, other: &Self) -> bool {
        self.addresses().eq(other.addresses())
    }
}

impl Eq for Reader {}

impl Hash for Reader {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.addresses().for_each(|address| address.hash(state));
    }
}

impl Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// Which list of a place is shared: whose keys read it, and the request, without anything that names one topology.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SharedList {
    reader: Reader,
    cloud: CloudName,
    account: AccountId,
    region: Option<Region>,
    request: String,
}

impl SharedList {
    /// The list that `request` asks a place for.
    pub fn new(reader: Reader, place: &Place, request: impl Into<String>) -> Self {
        Self {
            reader,
            cloud: place.cloud.clone(),
            account: place.account.clone(),
            region: Some(place.region.clone()),
            request: request.into(),
        }
    }

    /// The list is the same in all regions of the account.
    #[must_use]
    pub fn of_account(mut self) -> Self {
        self.region = None;
        self
    }

    /// The whole list, as it was read within the age that the present run allows, or as `read` gives it now, with how many items it
    /// has. None where the caller is to ask for its own part: the run shares nothing, the list is too long to be shared, or the
    /// caller may not read it as a whole.
    ///
    /// # Errors
    /// Those of `read`, and while another run reads [`Cancelled`](ErrorKind::Cancelled) and [`Timeout`](ErrorKind::Timeout).
    pub async fn get<V: Send + Sync + 'static>(
        self,
        read: impl Future<Output = Result<(V, usize)>>,
    ) -> Result<Option<Arc<V>>> {
        match CallContext::current().and_then(CallContext::into_look) {
            Some(look) => look.get(self, read).await,
            None => Ok(None),
        }
    }

    /// Whether the present run shares lists.
    pub fn are_shared() -> bool {
        CallContext::current().is_some_and(|context| context.into_look().is_some())
    }
}

impl PlaceReads {
    /// Nothing is read yet. Lists are given out for `max_age`; with zero, only those share a list who wait for it together.
    pub fn new(clock: Arc<dyn Clock>, max_age: Duration) -> Self {
        Self {
            clock,
            max_age,
            most_pages: 40,
            most_items: 200_000,
            state: Mutex::default(),
        }
    }

    /// Sets how many pages a list may have to be read as a whole. Default 40.
    #[must_use]
    pub fn with_most_pages(mut self, pages: u64) -> Self {
        self.most_pages = pages;
        self
    }

    /// Sets how many items all kept lists may have together. An item takes a few hundred bytes to a few kilobytes. Default 200 000.
    #[must_use]
    pub fn with_most_items(mut self, items: usize) -> Self {
        self.most_items = items;
        self
    }

    /// How many items are kept now.
    pub fn items(&self) -> usize {
        self.state().items()
    }

    /// Drops what was read of a place until now.
    pub(crate) fn written(&self, place: &Place) {
        let mut state = self.state();
        state.writes.note(place);
        self.purge(&mut state);
    }

    fn slot(&self, list: &SharedList) -> Arc<Slot> {
        let mut state = self.state();
        self.purge(&mut state);
        Arc::clone(state.lists.entry(list.clone()).or_default())
    }

    // Now and then, so that what was read does not outlive its use for long.
    fn purge(&self, state: &mut State) {
        let now = self.clock.uptime();
        if now.saturating_sub(state.purged) > self.max_age {
            state.purged = now;
            let lists = std::mem::take(&mut state.lists);
            let kept = lists.into_iter();
            let kept = kept.filter(|(list, slot)| self.is_of_use(list, slot, &state.writes));
            state.lists = kept.collect();
        }
    }

    fn is_of_use(&self, list: &SharedList, slot: &Arc<Slot>, writes: &Writes) -> bool {
        let next = Asker {
            number: u64::MAX,
            at: self.clock.uptime(),
        };
        let is_awaited = Arc::strong_count(slot) > 1;
        let is_good = slot.kept.try_lock().map_or(true, |kept| {
            let kept = kept.as_ref();
            kept.is_some_and(|kept| self.is_good_for(next, list, kept, writes))
        });
        is_awaited || is_good
    }

    // The age is that at which it was asked for: those who wait for a slow list take what comes.
    fn is_good_for(&self, asker: Asker, list: &SharedList, kept: &Kept, writes: &Writes) -> bool {
        let age = asker.at.saturating_sub(kept.began);
        match kept.list {
            Ok(_) => age <= self.max_age && writes.last_in(list) <= kept.writes,
            Err(Alone::For(time)) => age <= time,
            Err(Alone::UpTo(number)) => asker.number <= number,
        }
    }

    // Whether there is room for so many more items beside those of the other lists.
    fn takes(&self, slot: &Slot, items: usize) -> bool {
        slot.items.store(0, Ordering::Relaxed);
        let state = self.state();
        let fits = state.items().saturating_add(items) <= self.most_items;
        if fits {
            slot.items.store(items, Ordering::Relaxed);
        }
        fits
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn items(&self) -> usize {
        let lists = self.lists.values();
        lists.map(|slot| slot.items.load(Ordering::Relaxed)).sum()
    }
}

/// What one observation takes from shared lists.
#[derive(Debug)]
pub(crate) struct SharedLook {
    reads: Arc<PlaceReads>,
    /// When the oldest of its lists was asked for.
    oldest: Mutex<Option<Duration>>,
}

impl SharedLook {
    pub(crate) fn new(reads: Arc<PlaceReads>) -> Self {
        Self {
            reads,
            oldest: Mutex::default(),
        }
    }

    /// How old the oldest list is that was taken, if one was.
    pub(crate) fn age(&self) -> Option<Duration> {
        let oldest = *self.oldest.lock().unwrap_or_else(PoisonError::into_inner);
        oldest.map(|oldest| self.reads.clock.uptime().saturating_sub(oldest))
    }

    fn note(&self, began: Duration) {
        let mut oldest = self.oldest.lock().unwrap_or_else(PoisonError::into_inner);
        *oldest = Some(oldest.map_or(began, |oldest| oldest.min(began)));
    }

    async fn get<V: Send + Sync + 'static>(
        &self,
        list: SharedList,
        read: impl Future<Output = Result<(V, usize)>>,
    ) -> Result<Option<Arc<V>>> {
        let reads = &self.reads;
        let slot = reads.slot(&list);
        let asker = Asker {
            number: slot.asked.fetch_add(1, Ordering::Relaxed) + 1,
            at: reads.clock.uptime(),
        };
        let limits = Limits::of_current();
        // Who is stopped while it reads leaves the lock to the next one, who then reads.
        let mut kept = limits.unless_stopped(slot.kept.lock()).await?;
        let is_good = |kept: &&Kept| reads.is_good_for(asker, &list, kept, &reads.state().writes);
        if let Some(kept) = kept.as_ref().filter(is_good) {
            let Ok(list) = &kept.list else {
                return Ok(None);
            };
            self.note(kept.began);
            return Ok(Arc::clone(list).downcast().ok());
        }
        *kept = None;
        slot.items.store(0, Ordering::Relaxed);
        limits.check()?;
        let (began, writes) = (reads.clock.uptime(), reads.state().writes.count);
        let keep = |list| Kept {
            began,
            writes,
            list,
        };
        let bounds = ListingBounds {
            pages: reads.most_pages,
            ..ListingBounds::default()
        };
        let (list, items) = match bounded(bounds, read).await {
            Ok(Some((list, items))) => (Arc::new(list), items),
            Ok(None) => {
                *kept = Some(keep(Err(Alone::For(ALONE_FOR))));
                return Ok(None);
            }
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                *kept = Some(keep(Err(Alone::For(ALONE_FOR))));
                return Ok(None);
            }
            Err(error) => {
                let waiting = slot.asked.load(Ordering::Relaxed);
                *kept = Some(keep(Err(Alone::UpTo(waiting))));
                return Err(error);
            }
        };
        *kept = Some(keep(match reads.takes(&slot, items) {
            true => Ok(Arc::clone(&list) as Arc<dyn Any + Send + Sync>),
            false => Err(Alone::For(reads.max_age)),
        }));
        self.note(began);
        Ok(Some(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::ManualClock;
    use crate::retry::Patience;
    use tokio_util::sync::CancellationToken;

    fn place(region: &str) -> Place {
        Place::new(CloudName::from_static("memory"), "1", region)
    }

    /// What a run is given that reads a list, and how it would read it.
    async fn asks(
        reads: &Arc<PlaceReads>,
        list: SharedList,
        read: impl Future<Output = Result<(u32, usize)>>,
    ) -> Option<u32> {
        let clock: Arc<dyn Clock> = Arc::clone(&reads.clock);
        let patience = Patience::new(clock, Duration::from_secs(60), CancellationToken::new());
        let look = Arc::new(SharedLook::new(Arc::clone(reads)));
        let context = CallContext::new(patience).with_look(look);
        let given = context.scope(list.get(read)).await.expect("read");
        given.map(|given| *given)
    }

    fn reads() -> Arc<PlaceReads> {
        Arc::new(PlaceReads::new(
            Arc::new(ManualClock::new()),
            Duration::from_secs(60),
        ))
    }

    #[tokio::test]
    async fn what_is_of_no_use_goes_although_nothing_is_read_any_more() {
        let clock = Arc::new(ManualClock::new());
        let reads = Arc::new(PlaceReads::new(clock.clone(), Duration::from_secs(60)));
        let keys: Arc<str> = "keys".into();
        let list = SharedList::new(Reader::new(&keys), &place("r"), "list");
        asks(&reads, list, async { Ok((1, 1)) }).await;
        assert_eq!(reads.state().lists.len(), 1);
        clock.advance(Duration::from_secs(61));
        reads.written(&place("r9"));
        assert!(reads.state().lists.is_empty());
    }

    #[tokio::test]
    async fn who_reads_with_other_keys_or_over_another_connection_reads_by_itself() {
        let (reads, connection) = (reads(), Arc::new("connection"));
        let (one, same_text) = (Arc::new("keys".to_owned()), Arc::new("keys".to_owned()));
        let list = |keys: &Arc<String>, connection: &Arc<&'static str>| {
            let reader = Reader::new(keys).through(connection);
            SharedList::new(reader, &place("r"), "list")
        };
        let given = |list, number| asks(&reads, list, async move { Ok((number, 1)) });
        assert_eq!(given(list(&one, &connection), 1).await, Some(1));
        assert_eq!(given(list(&one, &connection), 2).await, Some(1));
        assert_eq!(given(list(&same_text, &connection), 3).await, Some(3));
        let other = Arc::new("connection");
        assert_eq!(given(list(&one, &other), 4).await, Some(4));
    }

    #[tokio::test]
    async fn a_write_drops_the_lists_of_its_place_and_those_of_its_account() {
        let (reads, keys) = (reads(), Arc::new(()));
        let list = |region: &str| SharedList::new(Reader::new(&keys), &place(region), "list");
        let lists = || [list("r1"), list("r2"), list("r1").of_account()];
        for one in lists() {
            let given = asks(&reads, one, async { Ok((1, 1)) }).await;
            assert_eq!(given, Some(1));
        }
        reads.written(&place("r1"));
        for (one, number) in lists().into_iter().zip([2, 1, 2]) {
            let given = asks(&reads, one, async { Ok((2, 1)) }).await;
            assert_eq!(given, Some(number));
        }
        // One that is read while it is written may miss it.
        let during = async {
            reads.written(&place("r1"));
            Ok((3, 1))
        };
        let third = || list("r1").of_account();
        reads.written(&place("r1"));
        assert_eq!(asks(&reads, third(), during).await, Some(3));
        assert_eq!(asks(&reads, third(), async { Ok((4, 1)) }).await, Some(4));
    }

    #[tokio::test]
    async fn those_who_wait_for_a_list_that_fails_ask_side_by_side_and_the_next_one_reads() {
        let (reads, keys) = (reads(), Arc::new(()));
        let list = || SharedList::new(Reader::new(&keys), &place("r"), "list");
        let clock: Arc<dyn Clock> = Arc::clone(&reads.clock);
        let failing = async {
            tokio::task::yield_now().await;
            Err::<(u32, usize), _>(crate::error::Error::new(ErrorKind::Unavailable, "down"))
        };
        let look = Arc::new(SharedLook::new(Arc::clone(&reads)));
        let patience = Patience::new(clock, Duration::from_secs(60), CancellationToken::new());
        let context = CallContext::new(patience).with_look(look);
        let unread = async { panic!("who waited does not read the list") };
        let (failed, waited) = tokio::join!(
            context.scope(list().get(failing)),
            asks(&reads, list(), unread)
        );
        assert_eq!(failed.expect_err("down").kind(), ErrorKind::Unavailable);
        assert_eq!(waited, None);
        assert_eq!(asks(&reads, list(), async { Ok((2, 1)) }).await, Some(2));
    }

    #[tokio::test]
    async fn those_who_wait_for_a_slow_list_take_it_however_old_it_is_then() {
        let clock = Arc::new(ManualClock::new());
        let reads = Arc::new(PlaceReads::new(clock.clone(), Duration::from_secs(60)));
        let keys = Arc::new(());
        let list = || SharedList::new(Reader::new(&keys), &place("r"), "list");
        let slow = async {
            tokio::task::yield_now().await;
            clock.advance(Duration::from_secs(61));
            Ok((1, 1))
        };
        let unread = async { panic!("it is there") };
        let both = tokio::join!(asks(&reads, list(), slow), asks(&reads, list(), unread));
        assert_eq!(both, (Some(1), Some(1)));
        assert_eq!(asks(&reads, list(), async { Ok((2, 1)) }).await, Some(2));
    }

    #[tokio::test]
    async fn a_list_that_is_too_long_or_refused_is_asked_for_in_parts_for_an_hour() {
        let clock = Arc::new(ManualClock::new());
        let reads = PlaceReads::new(clock.clone(), Duration::from_secs(60)).with_most_pages(2);
        let (reads, keys) = (Arc::new(reads), Arc::new(()));
        let list = |name: &str| SharedList::new(Reader::new(&keys), &place("r"), name);
        let long = async {
            let mut meter = crate::backend::ListingMeter::new(clock.clone());
            for _ in 0..3 {
                meter.page(async { Ok(()) }).await?;
            }
            Ok((1, 3))
        };
        let refused = async {
            let error = crate::error::Error::new(ErrorKind::PermissionDenied, "no");
            Err(error)
        };
        assert_eq!(asks(&reads, list("long"), long).await, None);
        assert_eq!(asks(&reads, list("refused"), refused).await, None);
        let unread = || async { panic!("it is not read again") };
        clock.advance(ALONE_FOR);
        assert_eq!(asks(&reads, list("long"), unread()).await, None);
        assert_eq!(asks(&reads, list("refused"), unread()).await, None);
        clock.advance(Duration::from_secs(1));
        let now = asks(&reads, list("refused"), async { Ok((1, 1)) }).await;
        assert_eq!(now, Some(1));
    }
}
