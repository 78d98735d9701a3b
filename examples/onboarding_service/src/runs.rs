use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt;
use landbridge::core::ErrorKind;
use landbridge::core::engine::{ApplyError, Engine, Stopped};
use landbridge::core::event::{Event, EventRecord, RunId};
use landbridge::core::plan::plan;
use landbridge::core::preflight::preflight;
use landbridge::core::topology::Topology;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clouds::Clouds;
use crate::log::Log;
use crate::onboard::{Invalid, Onboard};

/// How many runs that have ended are remembered.
const MOST_ENDED: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Running,
    /// Applied, and verified in both directions.
    Joined,
    Failed,
    Cancelled,
}

/// What `GET /runs/ID` tells.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Status {
    pub(crate) id: String,
    customer: String,
    pub(crate) state: State,
    done: usize,
    steps: usize,
    /// The verdicts, or the error.
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
}

pub(crate) struct Run {
    request: Onboard,
    /// The caller's idempotency key.
    key: Option<String>,
    stop: CancellationToken,
    status: Mutex<Status>,
    pub(crate) log: Arc<Log>,
}

impl Run {
    fn new(request: Onboard, key: Option<String>, stop: CancellationToken) -> Self {
        let status = Status {
            id: RunId::random().to_string(),
            customer: request.customer.clone(),
            state: State::Running,
            done: 0,
            steps: 0,
            detail: String::new(),
        };
        Self {
            request,
            key,
            stop,
            status: Mutex::new(status),
            log: Arc::new(Log::new()),
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.locked().clone()
    }

    fn locked(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_running(&self) -> bool {
        self.locked().state == State::Running
    }

    /// Stops the run before its next write.
    pub(crate) fn cancel(&self) {
        self.stop.cancel();
    }

    fn tell(&self, record: &EventRecord) {
        match &record.event {
            Event::ApplyStarted { steps, .. } => self.locked().steps = *steps,
            Event::StepDone { done, .. } => self.locked().done = *done,
            _ => {}
        }
        self.log.push(
            "progress",
            serde_json::to_string(record).unwrap_or_default(),
        );
    }

    fn end(&self, state: State, detail: String) {
        let mut status = self.locked();
        status.state = state;
        status.detail = detail;
        let text = serde_json::to_string(&*status).unwrap_or_default();
        eprintln!(
            "run {} of customer `{}`: {state:?}",
            status.id, status.customer
        );
        drop(status);
        self.log.end("end", text);
    }
}

/// Why no run was started.
#[derive(Debug)]
pub(crate) enum Refused {
    Invalid(Vec<Invalid>),
    /// The key was used for another request.
    KeyReused,
    /// This run of the same customer is under way.
    Busy(String),
    Full,
    ShuttingDown,
}

/// All runs. They live as long as this process: the clouds keep what matters, and a new run of a customer continues.
pub(crate) struct Runs {
    clouds: Clouds,
    most: usize,
    known: Mutex<Vec<Arc<Run>>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Runs {
    pub(crate) fn new(clouds: Clouds, most: usize) -> Self {
        Self {
            clouds,
            most,
            known: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Vec<Arc<Run>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn all(&self) -> Vec<Status> {
        self.known().iter().map(|run| run.status()).collect()
    }

    pub(crate) fn find(&self, id: &str) -> Option<Arc<Run>> {
        self.known()
            .iter()
            .find(|run| run.locked().id == id)
            .cloned()
    }

    /// Starts a run, and tells whether it is a new one: the same key and request are the same run.
    pub(crate) fn start(
        self: &Arc<Self>,
        request: Onboard,
        key: Option<String>,
    ) -> Result<(Arc<Run>, bool), Refused> {
        let topology = request
            .topology(&self.clouds.platform)
            .map_err(Refused::Invalid)?;
        let mut known = self.known();
        if let Some(run) = known.iter().find(|run| key.is_some() && run.key == key) {
            return match run.request == request {
                true => Ok((Arc::clone(run), false)),
                false => Err(Refused::KeyReused),
            };
        }
        if self.stop.is_cancelled() {
            return Err(Refused::ShuttingDown);
        }
        let mut running = known.iter().filter(|run| run.is_running());
        let is_same = |run: &&Arc<Run>| {
            run.request.customer == request.customer || run.request.account == request.account
        };
        if let Some(run) = running.clone().find(is_same) {
            return Err(Refused::Busy(run.status().id));
        }
        if running.by_ref().count() >= self.most {
            return Err(Refused::Full);
        }
        forget(&mut known);
        let run = Arc::new(Run::new(request, key, self.stop.child_token()));
        known.push(Arc::clone(&run));
        self.tasks
            .spawn(Arc::clone(self).take(Arc::clone(&run), topology));
        Ok((run, true))
    }

    async fn take(self: Arc<Self>, run: Arc<Run>, topology: Topology) {
        let id = RunId::new(run.status().id);
        eprintln!("run {id} of customer `{}`: Running", run.request.customer);
        self.clouds.enter(&run.request);
        let engine = self.clouds.engine.clone().with_run_id(id);
        let (engine, events) = engine
            .with_cancellation(run.stop.clone())
            .with_event_stream();
        // A task of its own: a panic ends the run, and not the service's knowledge of it.
        let life = tokio::spawn(async move { join(engine, &topology).await });
        events.for_each(async |record| run.tell(&record)).await;
        let outcome = life.await;
        self.clouds.leave(&run.request);
        match outcome {
            Ok(Ok(verdicts)) => run.end(State::Joined, verdicts),
            Ok(Err(error)) if is_cancelled(error.as_ref()) => {
                run.end(State::Cancelled, error.to_string());
            }
            Ok(Err(error)) => run.end(State::Failed, error.to_string()),
            Err(_) => run.end(
                State::Failed,
                "the run ended unexpectedly; start it again".into(),
            ),
        }
    }

    /// Stops all runs before their next write, and waits until they have ended.
    pub(crate) async fn shut_down(&self) {
        // Under the lock, so that no run starts after the wait has begun.
        {
            let _known = self.known();
            self.stop.cancel();
        }
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Makes room for one more.
fn forget(known: &mut Vec<Arc<Run>>) {
    let ended = known.iter().filter(|run| !run.is_running()).count();
    if ended >= MOST_ENDED
        && let Some(oldest) = known.iter().position(|run| !run.is_running())
    {
        known.remove(oldest);
    }
}

type Failure = Box<dyn Error + Send + Sync>;

/// The whole way of a customer; the verdicts as text.
async fn join(engine: Engine, topology: &Topology) -> Result<String, Failure> {
    let observation = engine.observe(topology).await?;
    preflight(topology, &observation).into_result()?;
    engine.apply(&plan(topology, &observation)).await?;
    let verdicts = engine.verify(topology).await?.into_result()?;
    Ok(verdicts.to_string())
}

fn is_cancelled(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    let by_call = error.downcast_ref::<landbridge::core::Error>();
    let by_apply = error.downcast_ref::<ApplyError>();
    by_call.is_some_and(|error| error.kind() == ErrorKind::Cancelled)
        || by_apply.is_some_and(|error| matches!(error.reason, Stopped::Cancelled))
}
