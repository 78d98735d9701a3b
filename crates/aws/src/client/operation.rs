use landbridge_core::rate::RateLimits;

/// One operation of the cloud: its name, and what a lost answer to it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) intent: Intent,
}

/// Whether sending an operation twice is sending it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// It changes nothing.
    Read,
    /// It ends in the same state however often it is sent, though a second one may be refused: names are unique.
    Repeatable,
    /// A second one makes a second object: after a lost answer somebody has to look.
    Once,
}

pub(crate) const fn read(name: &'static str) -> Operation {
    Operation {
        name,
        intent: Intent::Read,
    }
}

pub(crate) const fn repeatable(name: &'static str) -> Operation {
    Operation {
        name,
        intent: Intent::Repeatable,
    }
}

pub(crate) const fn once(name: &'static str) -> Operation {
    Operation {
        name,
        intent: Intent::Once,
    }
}

impl Operation {
    /// The published limits of EC2's token buckets: each operation has its own, per account and region.
    pub(crate) fn limits(self) -> RateLimits {
        let (burst, per_second) = match self.intent {
            Intent::Read => (100.0, 20.0),
            _ => (50.0, 5.0),
        };
        let mut limits = RateLimits::default();
        limits.burst = burst;
        limits.per_second = per_second;
        limits
    }
}
