//! What one attempt at a run does in this process. Only what is returned from here reaches the journal.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use landbridge_core::reconcile::{Outcome, Progress};
use landbridge_core::{Clock, Error, ErrorKind};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::runs::{Held, Runs, lock};
use super::worker::RestateOptions;
use crate::carrier::Carrier;
use crate::key::LinkKey;
use crate::lease::{LeaseGuard, LeaseTerms, Reading};
use crate::state::Work;
use crate::time::Moment;

/// What all attempts of a worker share.
#[derive(Debug)]
pub(super) struct Hand {
    pub(super) worker: String,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) carrier: Carrier,
    pub(super) options: RestateOptions,
    pub(super) runs: Arc<Runs>,
    /// For how many runs there is room.
    pub(super) room: Arc<Semaphore>,
    /// For how many plans there is room: a plan goes on after its caller has gone.
    pub(super) plans: Semaphore,
    pub(super) stop: CancellationToken,
}

/// How many plans a worker makes at once.
pub(super) const PLANS: usize = 16;
/// How long a look waits for room: less than the time after which the server takes a handler for inactive.
const ROOM_WITHIN: Duration = Duration::from_secs(60);

/// How a look is made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Step {
    /// Its number since the run began.
    pub(super) index: u32,
    /// The look that renewed the lease.
    pub(super) renewed: Option<u32>,
    pub(super) then: Then,
}

/// What is done before a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Then {
    #[default]
    On,
    /// The run is stopped, and its end is waited for.
    Stop,
    /// The same, and it is this attempt's no more.
    Leave,
}

/// What is seen in this process.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "kebab-case")]
pub(super) enum Seen {
    /// No run of this attempt: its lease may be asked for.
    Absent {
        worker: String,
        lease: LeaseTerms,
        now: Moment,
    },
    /// There is no room for another run yet.
    Full,
    /// A run.
    Run {
        progress: Progress,
        lease: LeaseTerms,
        now: Moment,
    },
    /// No run could be begun.
    Not { outcome: Outcome, now: Moment },
}

/// An attempt: the server makes another one when a stream is lost, here or elsewhere.
#[derive(Debug)]
pub(super) struct Attempt {
    hand: Arc<Hand>,
    key: LinkKey,
    held: Mutex<Option<Arc<Held>>>,
    /// When the lease was asked for last.
    asked: Mutex<Option<Reading>>,
    room: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Attempt {
    pub(super) fn new(hand: Arc<Hand>, key: LinkKey) -> Arc<Self> {
        Arc::new(Self {
            hand,
            key,
            held: Mutex::default(),
            asked: Mutex::default(),
            room: Mutex::default(),
        })
    }

    /// Looks at the run of this attempt.
    ///
    /// # Errors
    /// While the worker stops and has no run: another one is to take it.
    pub(super) async fn look(&self, step: Step) -> HandlerResult<Json<Seen>> {
        let Some(held) = self.held() else {
            return self.absent().await;
        };
        let hand = &self.hand;
        if let Some(index) = step.renewed {
            held.renewed(index, hand.options.lease.length);
        }
        match step.then {
            Then::On => {}
            Then::Stop => {
                held.run.stop();
                held.ended().await;
            }
            Then::Leave => {
                held.halt();
                held.ended().await;
                hand.runs.remove(&self.key, &held);
                self.hold(None);
                return self.absent().await;
            }
        }
        hand.carrier.share(&held.prepared).await;
        let progress = tokio::select! {
            biased;
            () = hand.stop.cancelled() => {
                held.run.stop();
                held.ended().await
            }
            progress = held.news(step.index) => progress,
            // The engine may have the time of a simulated cloud; leases have the worker's.
            () = hand.clock.sleep(hand.options.wait(step.index)) => held.run.progress(),
        };
        let at = self.reading();
        held.looked(step.index, at);
        Ok(Json(Seen::Run {
            progress,
            lease: hand.options.lease,
            now: at.wall,
        }))
    }

    /// Waits for room, so that the lease is asked for by those who can begin.
    async fn absent(&self) -> HandlerResult<Json<Seen>> {
        let hand = &self.hand;
        if lock(&self.room).is_none() {
            let room = tokio::select! {
                biased;
                () = hand.stop.cancelled() => None,
                room = Arc::clone(&hand.room).acquire_owned() => room.ok(),
                () = hand.clock.sleep(ROOM_WITHIN) => return Ok(Json(Seen::Full)),
            };
            *lock(&self.room) = room;
        }
        if hand.stop.is_cancelled() {
            return Err("the worker stops, and begins no run".into());
        }
        let asked = self.reading();
        *lock(&self.asked) = Some(asked);
        Ok(Json(Seen::Absent {
            worker: self.hand.worker.clone(),
            lease: self.hand.options.lease,
            now: asked.wall,
        }))
    }

    /// Begins a run, if its lease was asked for by this attempt, and looks at it.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    pub(super) async fn begin(&self, worker: String, work: Work) -> HandlerResult<Json<Seen>> {
        let hand = &self.hand;
        let asked = *lock(&self.asked);
        // In a repeated attempt, here or elsewhere, what was taken before is taken anew.
        let Some(asked) = asked.filter(|_| worker == hand.worker) else {
            return self.absent().await;
        };
        let (clock, length) = (Arc::clone(&hand.clock), hand.options.lease.length);
        let guard = Arc::new(LeaseGuard::new(clock, asked, length));
        let prepared = match hand.carrier.prepare(&self.key, &work.spec).await {
            Ok(prepared) => prepared,
            Err(error) => {
                return Ok(Json(Seen::Not {
                    outcome: Outcome::failed(&error),
                    now: self.now(),
                }));
            }
        };
        hand.carrier.share(&prepared).await;
        if hand.stop.is_cancelled() {
            let stopped = Error::new(ErrorKind::Cancelled, "the worker stops");
            return Ok(Json(Seen::Not {
                outcome: Outcome::failed(&stopped),
                now: self.now(),
            }));
        }
        let prepared = Arc::new(prepared);
        loop {
            let begun = hand.runs.begin(&self.key, || {
                let guard = Arc::clone(&guard);
                let run = hand
                    .carrier
                    .start(&self.key, &work, &prepared, Arc::clone(&guard));
                Held::new(run, guard, Arc::clone(&prepared))
            });
            match begun {
                Ok(held) => {
                    self.hold(Some(held));
                    return self.look(Step::default()).await;
                }
                // That of an attempt whose stream is lost.
                Err(other) => {
                    other.halt();
                    other.ended().await;
                    hand.runs.remove(&self.key, &other);
                }
            }
        }
    }

    fn reading(&self) -> Reading {
        Reading::of(self.hand.clock.as_ref())
    }

    fn now(&self) -> Moment {
        self.reading().wall
    }

    fn held(&self) -> Option<Arc<Held>> {
        lock(&self.held).clone()
    }

    /// Leaves its room to others, while it waits for the end of another worker's lease.
    pub(super) fn leave_room(&self) {
        *lock(&self.room) = None;
    }

    fn hold(&self, held: Option<Arc<Held>>) {
        *lock(&self.held) = held;
    }
}

/// Ends an attempt with its handler: a stream that is lost drops the handler's future, and no write begins afterwards.
#[derive(Debug)]
pub(super) struct EndWithHandler(pub(super) Arc<Attempt>);

impl Drop for EndWithHandler {
    fn drop(&mut self) {
        let Some(held) = self.0.held() else {
            return;
        };
        held.halt();
        let attempt = Arc::clone(&self.0);
        tokio::spawn(async move {
            held.ended().await;
            attempt.hand.runs.remove(&attempt.key, &held);
        });
    }
}
