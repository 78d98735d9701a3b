//! Turns: of all that want to do something, so many at a time, the most urgent first.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::batch::Member;

/// A queue for a number of turns.
#[derive(Clone, Debug)]
pub(super) struct Queue(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    free: usize,
    /// How many may share a turn.
    batch: usize,
    came: u64,
    waiting: BTreeMap<Position, Waiter>,
}

impl State {
    fn wait(&mut self, urgency: u64, waiter: Waiter) {
        self.came += 1;
        let position = (Reverse(urgency), self.came);
        self.waiting.insert(position, waiter);
    }
}

/// The most urgent first, then who came first.
type Position = (Reverse<u64>, u64);

#[derive(Debug)]
struct Waiter {
    /// Waiters with the same one may share a turn.
    with: Option<String>,
    turn: oneshot::Sender<Turn>,
}

/// The right to do it. The next one has it once this is dropped, by all who share it.
#[derive(Debug)]
pub(super) struct Turn {
    _right: Arc<Right>,
    /// Those who share it do so in one call.
    pub(super) member: Option<Member>,
}

/// A turn that is taken.
#[derive(Debug)]
struct Right(Queue);

impl Drop for Right {
    fn drop(&mut self) {
        self.0.pass_on();
    }
}

impl Queue {
    /// A queue in which `turns` are taken at the same time, and at most `batch` share one.
    pub(super) fn new(turns: usize, batch: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: turns.max(1),
            batch: batch.max(1),
            came: 0,
            waiting: BTreeMap::new(),
        })))
    }

    /// Waits for a turn. Dropping the future gives it up.
    pub(super) async fn turn(&self, urgency: u64, with: Option<String>) -> Turn {
        loop {
            let (turn, receiver) = oneshot::channel();
            let with = with.clone();
            self.state().wait(urgency, Waiter { with, turn });
            self.hand_out();
            // The queue forgets only those who do not wait any more.
            if let Ok(turn) = receiver.await {
                return turn;
            }
        }
    }

    // A turn is free again.
    fn pass_on(&self) {
        self.state().free += 1;
        self.hand_out();
    }

    fn hand_out(&self) {
        while let Some(waiters) = self.next() {
            let right = Arc::new(Right(self.clone()));
            let members = Member::places(waiters.len());
            for (waiter, member) in waiters.into_iter().zip(members) {
                let turn = Turn {
                    _right: Arc::clone(&right),
                    member,
                };
                // Who does not wait any more drops the turn.
                drop(waiter.turn.send(turn));
            }
        }
    }

    // Those who get the next turn, if one is free.
    fn next(&self) -> Option<Vec<Waiter>> {
        let mut state = self.state();
        if state.free == 0 {
            return None;
        }
        let first = loop {
            let (_, waiter) = state.waiting.pop_first()?;
            if !waiter.turn.is_closed() {
                break waiter;
            }
        };
        state.free -= 1;
        let mut alike = Vec::new();
        if first.with.is_some() && state.batch > 1 {
            let waiting = state.waiting.iter();
            let waiting =
                waiting.filter(|(_, waiter)| waiter.with == first.with && !waiter.turn.is_closed());
            let positions = waiting.map(|(position, _)| *position);
            alike = positions.take(state.batch - 1).collect();
        }
        let others = alike.iter().filter_map(|at| state.waiting.remove(at));
        let waiters = std::iter::once(first).chain(others).collect();
        Some(waiters)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    type Waiting<'a> = Pin<Box<dyn Future<Output = Turn> + 'a>>;

    fn waits<'a>(queue: &'a Queue, urgency: u64, with: Option<&str>) -> Waiting<'a> {
        let with = with.map(str::to_owned);
        let mut waiting: Waiting<'a> = Box::pin(queue.turn(urgency, with));
        assert!(taken(&mut waiting).is_none());
        waiting
    }

    fn taken(waiting: &mut Waiting<'_>) -> Option<Turn> {
        match waiting
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    fn take(queue: &Queue) -> Turn {
        taken(&mut (Box::pin(queue.turn(0, None)) as Waiting<'_>)).expect("a free turn")
    }

    #[test]
    fn the_most_urgent_comes_first_and_then_who_came_first() {
        let queue = Queue::new(1, 1);
        let turn = take(&queue);
        let mut early = waits(&queue, 1, None);
        let mut late = waits(&queue, 1, None);
        let mut urgent = waits(&queue, 2, None);
        drop(turn);
        assert!(taken(&mut early).is_none() && taken(&mut late).is_none());
        drop(taken(&mut urgent).expect("its turn"));
        assert!(taken(&mut late).is_none());
        drop(taken(&mut early).expect("its turn"));
        assert!(taken(&mut late).is_some());
    }

    #[test]
    fn who_gives_up_holds_nothing_back() {
        let queue = Queue::new(1, 1);
        let turn = take(&queue);
        let gone = waits(&queue, 9, None);
        let mut next = waits(&queue, 1, None);
        let handed = waits(&queue, 5, None);
        drop(gone);
        drop(turn);
        // The turn was handed to one that never asks for it.
        assert!(taken(&mut next).is_none());
        drop(handed);
        assert!(taken(&mut next).is_some());
    }

    #[test]
    fn those_alike_share_a_turn_up_to_the_size_of_a_batch() {
        let queue = Queue::new(1, 3);
        let turn = take(&queue);
        let mut alike: Vec<Waiting<'_>> = (0..4).map(|_| waits(&queue, 1, Some("table"))).collect();
        let mut other = waits(&queue, 0, Some("other"));
        drop(turn);
        let shared: Vec<Turn> = alike[..3].iter_mut().filter_map(taken).collect();
        assert_eq!(shared.len(), 3);
        assert!(taken(&mut alike[3]).is_none());
        drop(shared);
        drop(taken(&mut alike[3]).expect("its turn"));
        assert!(taken(&mut other).expect("its turn").member.is_none());
    }
}
