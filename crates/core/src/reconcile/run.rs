use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::board::Board;
use super::course::Course;
use super::ended::Ended;
use super::intent::Intent;
use super::outcome::Outcome;
use super::progress::Progress;
use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::event::RunId;
use crate::topology::Topology;

impl Engine {
    /// Starts a run for a topology: as a task of its own, which goes on while the caller does something else.
    ///
    /// - Whatever goes wrong is the run's [`Outcome`]. A run that did not end well is started again: it goes on from what the
    ///   clouds hold.
    /// - The run ends early when it is [stopped](Run::stop), when the [`Run`] is dropped, and with the engine's own
    ///   [cancellation](Self::with_cancellation).
    /// - Models that are `auto` are decided before, by [`choose_models`](crate::cost::choose_models).
    ///
    /// The events of the run have the engine's [run ID](Self::run_id) and go to the engine's sink.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn reconcile(&self, topology: Topology, intent: Intent) -> Run {
        let board = Arc::new(Board::new(intent.goal, self.told().clone()));
        let stop = self.cancellation().child_token();
        let engine = self
            .clone()
            .with_events(board.clone())
            .with_cancellation(stop.clone());
        let course = Course::new(engine, topology, intent, Arc::clone(&board));
        let shown = Arc::clone(&board);
        let task = tokio::spawn(async move {
            let ended = match tokio::spawn(course.run()).await {
                Ok(ended) => ended,
                Err(error) => Ended::new(Outcome::failed(&ended_abnormally(error))),
            };
            shown.end(ended.outcome.clone());
            ended
        });
        Run {
            id: self.run_id().clone(),
            seen: Mutex::new(board.matters()),
            board,
            clock: Arc::clone(self.clock()),
            _stop_when_dropped: stop.clone().drop_guard(),
            stop,
            task,
        }
    }
}

// A run that panicked is a defect of ours, and ends like any other failure.
fn ended_abnormally(error: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Failed, "the run ended abnormally").with_source(error)
}

/// A run under way. Dropping it stops the run before its next write.
#[derive(Debug)]
#[must_use = "a run that is dropped stops before its next write"]
pub struct Run {
    id: RunId,
    board: Arc<Board>,
    /// What the last look has seen.
    seen: Mutex<watch::Receiver<u64>>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    _stop_when_dropped: DropGuard,
    task: JoinHandle<Ended>,
}

impl Run {
    /// Its ID, which its events carry.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        self.board.look()
    }

    /// How far it has come after `duration`, or sooner: as soon as it does something else than at the last look (observe,
    /// apply, verify), and when it has ended. Steps that are done end no look, because a large plan has thousands.
    ///
    /// Dropping the future changes nothing.
    pub async fn progress_within(&self, duration: Duration) -> Progress {
        let mut seen = {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.clone()
        };
        let ended = self.board.look().has_ended();
        if !ended {
            tokio::select! {
                biased;
                // The board outlives the look, so that it never ends with an error.
                _ = seen.changed() => {}
                () = self.clock.sleep(duration) => {}
            }
        }
        seen.borrow_and_update();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        self.board.look()
    }

    /// Stops the run: no write begins afterwards. Writes under way are waited for, at most for
    /// [`settle_limit`](crate::engine::EngineOptions::settle_limit); then the run ends as [`Stopped`](Outcome::Stopped).
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for the end, and gives all that the run has seen and done.
    ///
    /// Dropping the future stops the run, like dropping the run.
    pub async fn ended(mut self) -> Ended {
        match (&mut self.task).await {
            Ok(ended) => ended,
            Err(error) => Ended::new(Outcome::failed(&ended_abnormally(error))),
        }
    }
}
