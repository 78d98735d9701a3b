//! The hops of a walk, where they are to be told.

use super::report::{Hop, Path, Reason};

/// What a packet passed. Most walks are only asked whether it arrives, and then no hop is put into words.
pub(super) struct Trail(Option<Hops>);

#[derive(Default)]
struct Hops {
    there: Vec<Hop>,
    back: Vec<Hop>,
    is_back: bool,
}

impl Trail {
    pub(super) fn told() -> Self {
        Self(Some(Hops::default()))
    }

    pub(super) fn untold() -> Self {
        Self(None)
    }

    pub(super) fn is_told(&self) -> bool {
        self.0.is_some()
    }

    /// Adds an element.
    pub(super) fn pass(&mut self, hop: impl FnOnce() -> Hop) {
        if let Some(hops) = &mut self.0 {
            hops.current().push(hop());
        }
    }

    /// From here on it is about the answer.
    pub(super) fn turn(&mut self) {
        if let Some(hops) = &mut self.0 {
            hops.is_back = true;
        }
    }

    /// An empty one for a part of the way, to [join](Self::join) later.
    pub(super) fn aside(&self) -> Self {
        Self(self.0.as_ref().map(|_| Hops::default()))
    }

    pub(super) fn join(&mut self, part: Self) {
        if let (Some(hops), Some(mut part)) = (&mut self.0, part.0) {
            hops.current().append(part.current());
        }
    }

    /// The path, with what stops the packet or leaves open whether it passes.
    pub(super) fn path(self, blocked: Option<Reason>, open: Option<Reason>) -> Path {
        let Hops { there, back, .. } = self.0.unwrap_or_default();
        Path {
            there,
            back,
            undecided: open.filter(|_| blocked.is_none()),
            blocked,
        }
    }
}

impl Hops {
    fn current(&mut self) -> &mut Vec<Hop> {
        match self.is_back {
            true => &mut self.back,
            false => &mut self.there,
        }
    }
}
