use landbridge_core::backend::{Intent, RateLimits};

/// One operation of the cloud: its name, and what a lost answer to it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) intent: Intent,
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
