//! `--wait-as`: assumes a new role until the cloud knows it.

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::event::{Event, Events};
use landbridge_core::plan::StepKey;
use landbridge_core::retry::{Backoff, Look, Patience, wait_until};
use landbridge_core::trust::wait_for_trust;
use landbridge_core::{
    AssumeRole, CallerIdentity, Clock, Error, ErrorKind, Place, Result, TrustRecord,
};
use serde_json::json;

use super::Role;
use crate::accounts::{Caller, Callers};
use crate::args::Options;
use crate::commands::identity::kind;
use crate::duration::show;
use crate::exit::Outcome;
use crate::interrupt::unless_cancelled;
use crate::output::Output;

/// How long a cloud may take to know a new role everywhere, unless --timeout is given.
const LIMIT: Duration = Duration::from_secs(180);

/// Assumes a role until that works, and shows the session.
pub(super) async fn until_assumed(
    callers: &Callers,
    waiter: &Caller,
    role: &Role<'_>,
    found: &TrustRecord,
    options: &Options,
    output: &mut Output,
) -> Outcome<()> {
    let engine = callers.engine([waiter])?;
    let clock = callers.ways.clock();
    let limit = options.timeout.unwrap_or(LIMIT);
    let patience = Patience::new(clock.clone(), limit, callers.cancel().clone());
    let mut request = AssumeRole::new(&found.arn, "landbridge");
    if let Some(id) = &found.external_id {
        request = request.with_external_id(id);
    }
    let progress = Progress::new(callers, role);
    let session = callers.assuming(waiter, found, &role.caller)?;
    let opening = async {
        let cloud = engine.cloud(&waiter.home()).await?;
        let waiting = |state: &str| progress.waiting(state);
        wait_for_trust(&*cloud, &request, &patience, waiting).await?;
        identity(&session, &patience, waiting).await
    };
    let opened = unless_cancelled(callers.cancel(), async { Ok(opening.await) }).await?;
    progress.ended(&opened);
    show_session(output, &opened?, waiter, progress.elapsed());
    Ok(())
}

/// The identity of a session of the role. One server of the cloud may know the role before the next one does.
async fn identity(
    (engine, place): &(Engine, Place),
    patience: &Patience,
    waiting: impl FnMut(&str),
) -> Result<CallerIdentity> {
    let cloud = engine.cloud(place).await?;
    let cloud = &cloud;
    let look = || async move {
        match cloud.caller_identity().await {
            Ok(identity) => Ok(Look::Ready(identity)),
            Err(error) if may_pass(&error) => Ok(Look::NotYet(error.message().to_owned())),
            Err(error) => Err(error),
        }
    };
    wait_until("the session", patience, &Backoff::default(), waiting, look).await
}

fn may_pass(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::NotFound | ErrorKind::Unauthenticated
    )
}

fn show_session(output: &mut Output, session: &CallerIdentity, waiter: &Caller, elapsed: Duration) {
    output.section(
        "session",
        format_args!(
            "session as {} of account {}, opened by `{}` after {}",
            session.arn,
            session.account,
            waiter.text,
            show(elapsed)
        ),
        json!({
            "account": session.account,
            "kind": kind(session.kind),
            "arn": session.arn,
            "seconds": elapsed.as_secs(),
        }),
    );
}

/// Reports the wait like a plan with one step.
struct Progress {
    events: Events,
    clock: Arc<dyn Clock>,
    key: StepKey,
    start: Duration,
}

impl Progress {
    fn new(callers: &Callers, role: &Role<'_>) -> Self {
        let clock = callers.ways.clock();
        let progress = Self {
            events: callers.ways.events(),
            key: StepKey::create(format!("session/{}", role.name).into()),
            start: clock.uptime(),
            clock,
        };
        progress.events.emit(Event::ApplyStarted {
            steps: 1,
            remaining: Duration::ZERO,
        });
        progress
    }

    fn elapsed(&self) -> Duration {
        self.clock.uptime().saturating_sub(self.start)
    }

    fn waiting(&self, state: &str) {
        self.events.emit(Event::StepWaiting {
            key: self.key.clone(),
            state: state.to_owned(),
            elapsed: self.elapsed(),
        });
    }

    fn ended(&self, opened: &Result<CallerIdentity>) {
        let (key, elapsed) = (self.key.clone(), self.elapsed());
        let done = usize::from(opened.is_ok());
        self.events.emit(match opened {
            Ok(_) => Event::StepDone {
                key,
                id: None,
                elapsed,
                done,
                total: 1,
                remaining: Duration::ZERO,
            },
            Err(error) => Event::StepFailed {
                key,
                error: error.to_string(),
            },
        });
        self.events.emit(Event::ApplyEnded {
            done,
            total: 1,
            elapsed,
        });
    }
}
