//! Sleeping in simulated time: where nothing else can happen, time jumps to the first moment that a sleeper waits for.
//!
//! "Nothing else" is seen, not guessed by the machine's clock, so a busy machine changes no result: no request is on its
//! way in or out, and the tasks of the runtime have had their turns without a byte moving or anybody falling asleep.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, yield_now};

use crate::clock::Speed;
use crate::world::Shared;

/// How many turns without any movement mean that nothing moves. One polls the sockets once; a request that one task
/// hands to another takes a few.
const QUIET_TURNS: u32 = 32;
/// A turn where others share the machine: tasks on other threads, or a peer that takes its time.
const PAUSE: Duration = Duration::from_millis(1);
/// The same for such turns, each of which is long.
const QUIET_PAUSES: u32 = 4;

/// What moves between the simulator and its clients.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    under_way: AtomicUsize,
    moves: AtomicU64,
}

impl Traffic {
    /// Notes that something happened.
    pub(crate) fn moved(&self) {
        self.moves.fetch_add(1, Ordering::SeqCst);
    }

    /// The number of moves so far; none while a request is on its way.
    fn at_rest(&self) -> Option<u64> {
        let moves = self.moves.load(Ordering::SeqCst);
        (self.under_way.load(Ordering::SeqCst) == 0).then_some(moves)
    }
}

/// A request on its way, from its first byte to the last of its answer. Time does not jump meanwhile.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Traffic>);

impl UnderWay {
    pub(crate) fn new(traffic: &Arc<Traffic>) -> Self {
        traffic.under_way.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(traffic))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.moved();
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A moment, and the how manieth sleeper waits for it.
type Turn = (Duration, u64);

/// Those who sleep, in the order in which they wake.
#[derive(Debug, Default)]
pub(crate) struct Sleepers(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waking: BTreeMap<Turn, oneshot::Sender<()>>,
    count: u64,
    driver: Option<AbortHandle>,
}

impl Sleepers {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next moment that somebody waits for. If nobody does, the driver is dismissed.
    fn next(&self) -> Option<Duration> {
        let mut queue = self.lock();
        match queue.waking.first_key_value() {
            Some(((moment, _), _)) => Some(*moment),
            None => {
                queue.driver = None;
                None
            }
        }
    }

    fn wake(&self, now: Duration) {
        let mut queue = self.lock();
        while let Some(first) = queue.waking.first_entry() {
            if first.key().0 > now {
                return;
            }
            // One who is gone needs no waking.
            let _ = first.remove().send(());
        }
    }
}

/// A place among the sleepers; dropping it, as a cancelled sleep does, leaves the queue.
struct Place<'a> {
    world: &'a Shared,
    turn: Turn,
}

impl<'a> Place<'a> {
    fn take(world: &'a Arc<Shared>, moment: Duration) -> (Self, oneshot::Receiver<()>) {
        let (wake, woken) = oneshot::channel();
        let mut queue = world.sleepers.lock();
        queue.count += 1;
        let turn = (moment, queue.count);
        queue.waking.insert(turn, wake);
        // A driver whose runtime has ended is finished too.
        if queue.driver.as_ref().is_none_or(AbortHandle::is_finished) {
            let driver = tokio::spawn(drive(Arc::clone(world)));
            queue.driver = Some(driver.abort_handle());
        }
        world.traffic.moved();
        (Self { world, turn }, woken)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.world.sleepers.lock().waking.remove(&self.turn);
        self.world.traffic.moved();
    }
}

/// Returns when simulated time has reached this uptime.
pub(crate) async fn until(world: &Arc<Shared>, moment: Duration) {
    let speed = world.lock().common.clock.speed();
    match speed {
        Speed::Manual => {
            let (_place, woken) = Place::take(world, moment);
            // The sender goes with the runtime, and this with it.
            let _ = woken.await;
        }
        Speed::Scaled(factor) => until_really(world, moment, factor).await,
    }
}

async fn until_really(world: &Shared, moment: Duration, factor: f64) {
    loop {
        let left = moment.saturating_sub(world.lock().common.clock.uptime());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.div_f64(factor).max(PAUSE)).await;
    }
}

/// Moves time from moment to moment, as long as somebody sleeps.
async fn drive(world: Arc<Shared>) {
    while world.sleepers.next().is_some() {
        rest(&world.traffic).await;
        let Some(moment) = world.sleepers.next() else {
            return;
        };
        let now = {
            let world = &mut *world.lock();
            world.common.clock.advance_to(moment);
            world.settle()
        };
        world.sleepers.wake(now);
        world.traffic.moved();
    }
}

/// Returns when nothing has moved for a while.
async fn rest(traffic: &Traffic) {
    let alone = Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread;
    let enough = if alone { QUIET_TURNS } else { QUIET_PAUSES };
    let (mut quiet, mut seen, mut busy) = (0, traffic.at_rest(), 0);
    while quiet < enough {
        if alone && busy < QUIET_TURNS {
            yield_now().await;
        } else {
            tokio::time::sleep(PAUSE).await;
        }
        let now = traffic.at_rest();
        busy = if now.is_none() { busy + 1 } else { 0 };
        quiet = if now.is_some() && now == seen {
            quiet + 1
        } else {
            0
        };
        seen = now;
    }
}
