use std::time::Duration;

use crate::traits::{Phase, Status};

/// Why an object does not become ready by itself.
#[derive(Clone, Debug)]
pub(super) enum Hold {
    /// Its accepter has not agreed yet.
    Acceptance,
    /// It never will; the reason.
    Failed(String),
}

/// When an object becomes ready and when it is gone, in uptime.
#[derive(Clone, Debug)]
pub(super) struct Life {
    /// From when on lists show it.
    shown_at: Duration,
    ready_at: Duration,
    gone_at: Option<Duration>,
    hold: Option<Hold>,
}

impl Life {
    pub(super) fn begin(now: Duration, latency: Duration) -> Self {
        Self {
            shown_at: now,
            ready_at: now.saturating_add(latency),
            gone_at: None,
            hold: None,
        }
    }

    /// Lists show the object this long after its creation.
    pub(super) fn shown_after(mut self, delay: Duration) -> Self {
        self.shown_at = self.shown_at.saturating_add(delay);
        self
    }

    pub(super) fn is_shown(&self, now: Duration) -> bool {
        self.shown_at <= now
    }

    pub(super) fn held(mut self, hold: Option<Hold>) -> Self {
        self.hold = hold;
        self
    }

    /// The object goes; asking twice does not prolong it.
    pub(super) fn end(&mut self, now: Duration, latency: Duration) {
        self.gone_at
            .get_or_insert_with(|| now.saturating_add(latency));
    }

    /// The hold is over; the object becomes ready like a new one.
    pub(super) fn release(&mut self, now: Duration, latency: Duration) {
        self.hold = None;
        self.ready_at = now.saturating_add(latency);
    }

    /// Whether it needs no acceptance, or has been accepted.
    pub(super) fn is_accepted(&self) -> bool {
        self.hold.is_none()
    }

    pub(super) fn is_gone(&self, now: Duration) -> bool {
        self.gone_at.is_some_and(|moment| moment <= now)
    }

    pub(super) fn phase(&self, now: Duration) -> Phase {
        match (&self.gone_at, &self.hold) {
            (Some(_), _) => Phase::Deleting,
            (None, Some(Hold::Failed(_))) => Phase::Failed,
            _ if now < self.ready_at => Phase::Pending,
            (None, Some(Hold::Acceptance)) => Phase::AwaitingAcceptance,
            (None, None) => Phase::Ready,
        }
    }

    pub(super) fn status(&self, now: Duration) -> Status {
        let phase = self.phase(now);
        Status::new(phase, self.word(phase))
    }

    /// Whether a repeated create may give this object.
    pub(super) fn is_wanted(&self, now: Duration) -> bool {
        !matches!(self.phase(now), Phase::Deleting | Phase::Failed)
    }

    fn word(&self, phase: Phase) -> String {
        match (phase, &self.hold) {
            (Phase::Failed, Some(Hold::Failed(reason))) => format!("Failed: {reason}"),
            (Phase::Deleting, _) => "Deleting".to_owned(),
            (Phase::Ready, _) => "Available".to_owned(),
            (Phase::AwaitingAcceptance, _) => "PendingAcceptance".to_owned(),
            _ => "Pending".to_owned(),
        }
    }
}
