//! What became of a packet.

use std::fmt;

use serde::Serialize;

/// The fate of a packet and of its reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It arrived, and the reply came back.
    Delivered {
        /// The elements passed, there and back.
        hops: Vec<String>,
    },
    /// It, or its reply, was lost.
    Dropped {
        /// Where.
        element: String,
        /// Why.
        reason: String,
    },
}

impl Verdict {
    /// Whether packet and reply arrived.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        matches!(self, Self::Delivered { .. })
    }
}

/// Where and why a packet was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) element: String,
    pub(crate) reason: String,
}

/// The end of a walk.
pub(crate) fn lost<T>(element: impl Into<String>, reason: impl Into<String>) -> Result<T, Lost> {
    Err(Lost {
        element: element.into(),
        reason: reason.into(),
    })
}

impl Lost {
    pub(crate) fn on_the_way_back(self) -> Self {
        Self {
            reason: format!("on the way back: {}", self.reason),
            ..self
        }
    }
}

impl Verdict {
    /// Of a walk over these hops.
    pub(crate) fn of(walked: Result<(), Lost>, hops: Vec<String>) -> Self {
        match walked {
            Ok(()) => Self::Delivered { hops },
            Err(Lost { element, reason }) => Self::Dropped { element, reason },
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered { hops } => write!(f, "delivered via {}", hops.join(" > ")),
            Self::Dropped { element, reason } => write!(f, "dropped at {element}: {reason}"),
        }
    }
}
