//! Steps that share a turn make one call.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::error::{Error, ErrorKind, Result};
use crate::object::RouteWrite;

/// The writes of all who share a turn.
#[derive(Debug)]
struct Batch {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    /// How many have neither come nor left.
    missing: usize,
    /// What is to be sent, until one of those who came sends it.
    writes: Option<Vec<RouteWrite>>,
    /// In the order of the writes; each is taken by the one it is for.
    outcomes: Vec<Option<Result<()>>>,
}

/// The place of one step in a batch. One that is dropped is not waited for.
#[derive(Debug)]
pub(super) struct Member {
    batch: Arc<Batch>,
    came: bool,
}

/// What one who came does next.
enum Next {
    Wait,
    Send(Vec<RouteWrite>),
    Done(Result<()>),
}

impl Member {
    /// The places of a batch, one for each step that shares a turn. A step that is alone needs none.
    pub(super) fn places(steps: usize) -> Vec<Option<Self>> {
        let batch = Arc::new(Batch {
            state: Mutex::new(State {
                missing: steps,
                writes: Some(Vec::new()),
                outcomes: Vec::new(),
            }),
            changed: Notify::new(),
        });
        let place = |_| {
            (steps > 1).then(|| Self {
                batch: Arc::clone(&batch),
                came: false,
            })
        };
        (0..steps).map(place).collect()
    }

    /// Adds a write and waits for its outcome. The last one who comes sends all of them with `send`, which gives an outcome for
    /// each, in their order.
    pub(super) async fn write<F>(
        mut self,
        write: RouteWrite,
        send: impl FnOnce(Vec<RouteWrite>) -> F,
    ) -> Result<()>
    where
        F: Future<Output = Result<Vec<Result<()>>>>,
    {
        let batch = Arc::clone(&self.batch);
        let own = batch.come(write);
        self.came = true;
        let mut send = Some(send);
        loop {
            let mut changed = pin!(batch.changed.notified());
            changed.as_mut().enable();
            match (batch.next(own), send.take()) {
                (Next::Done(outcome), _) => return outcome,
                (Next::Send(writes), Some(send)) => {
                    let sending = Sending {
                        batch: &batch,
                        writes: writes.len(),
                    };
                    let outcomes = send(writes).await;
                    sending.end(outcomes);
                }
                (_, unsent) => {
                    send = unsent;
                    changed.await;
                }
            }
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if !self.came {
            self.batch.state().missing -= 1;
            self.batch.changed.notify_waiters();
        }
    }
}

impl Batch {
    fn come(&self, write: RouteWrite) -> usize {
        let mut state = self.state();
        state.missing -= 1;
        let own = state.writes.as_ref().map_or(0, Vec::len);
        state.writes.get_or_insert_default().push(write);
        drop(state);
        self.changed.notify_waiters();
        own
    }

    fn next(&self, own: usize) -> Next {
        let mut state = self.state();
        if let Some(outcome) = state.outcomes.get_mut(own) {
            return Next::Done(outcome.take().unwrap_or_else(|| Err(unanswered())));
        }
        match state.missing {
            0 => state.writes.take().map_or(Next::Wait, Next::Send),
            _ => Next::Wait,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way. If it is given up, nobody knows what became of it.
struct Sending<'a> {
    batch: &'a Batch,
    writes: usize,
}

impl Sending<'_> {
    fn end(self, outcomes: Result<Vec<Result<()>>>) {
        let outcomes = match outcomes {
            Ok(outcomes) => outcomes.into_iter().map(Some).collect(),
            Err(error) => {
                let again = || Error::new(error.kind(), error.message());
                let others = (1..self.writes)
                    .map(|_| Some(Err(again())))
                    .collect::<Vec<_>>();
                let mut all = vec![Some(Err(error))];
                all.extend(others);
                all
            }
        };
        self.batch.state().outcomes = outcomes;
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        let mut state = self.batch.state();
        state.outcomes.resize_with(self.writes, || None);
        drop(state);
        self.batch.changed.notify_waiters();
    }
}

/// What is known of a write of which an answer says nothing.
pub(super) fn unanswered() -> Error {
    Error::new(
        ErrorKind::OutcomeUnknown,
        "the call was sent, and its answer says nothing of this route",
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::future::join_all;

    use super::*;
    use crate::ids::{PeeringId, RouteTableId};
    use crate::traits::DeleteRoute;

    fn route(third: u8) -> RouteWrite {
        let range = format!("10.0.{third}.0/24").parse().expect("a range");
        RouteWrite::Delete(DeleteRoute::new(
            RouteTableId::new("table"),
            range,
            PeeringId::new("peering"),
        ))
    }

    fn places(count: usize) -> Vec<Member> {
        Member::places(count).into_iter().flatten().collect()
    }

    #[tokio::test]
    async fn one_call_carries_all_and_each_hears_its_own_outcome() {
        let calls = Mutex::new(Vec::new());
        let send = |routes: Vec<RouteWrite>| {
            let outcomes = routes.iter().map(|write| match *write == route(1) {
                true => Err(Error::new(ErrorKind::Busy, "busy")),
                false => Ok(()),
            });
            let outcomes = outcomes.collect();
            calls.lock().expect("a lock").push(routes.len());
            async { Ok(outcomes) }
        };
        let writes = places(3).into_iter().zip([0, 1, 2]);
        let writes = writes.map(|(member, third)| member.write(route(third), &send));
        let outcomes: Vec<bool> = join_all(writes).await.iter().map(Result::is_ok).collect();
        assert_eq!(outcomes, [true, false, true]);
        assert_eq!(*calls.lock().expect("a lock"), [3]);
    }

    #[tokio::test]
    async fn who_leaves_before_writing_is_not_waited_for() {
        let mut members = places(3);
        drop(members.pop());
        let send = |routes: Vec<RouteWrite>| async move {
            assert_eq!(routes.len(), 2);
            Ok(vec![Ok(()), Ok(())])
        };
        let writes = members
            .into_iter()
            .map(|member| member.write(route(0), send));
        assert!(join_all(writes).await.iter().all(Result::is_ok));
    }

    #[tokio::test]
    async fn a_call_that_is_not_made_fails_for_all_and_one_without_an_answer_is_unknown() {
        let refused = |_| async { Err(Error::new(ErrorKind::Cancelled, "the gate is closed")) };
        let writes = places(2)
            .into_iter()
            .map(|member| member.write(route(0), refused));
        let kinds = join_all(writes).await;
        assert!(kinds.iter().all(|outcome| {
            outcome
                .as_ref()
                .is_err_and(|error| error.kind() == ErrorKind::Cancelled)
        }));

        let short = |_| async { Ok(vec![Ok(())]) };
        let writes = places(2)
            .into_iter()
            .map(|member| member.write(route(0), short));
        let outcomes = join_all(writes).await;
        assert!(outcomes[0].is_ok());
        let unknown = outcomes[1].as_ref().expect_err("no answer");
        assert_eq!(unknown.kind(), ErrorKind::OutcomeUnknown);
    }
}
