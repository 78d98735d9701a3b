//! What a walk saw: the elements that a packet passed, what the filters and route tables on its way said, and why it ended.

use std::fmt;

use crate::aliyun::ecs::Rule;
use crate::verdict::Lost;

/// An element on the way of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    /// The route table of a router that has several.
    table: Option<String>,
}

impl Hop {
    pub(super) fn new(kind: &'static str, id: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
            table: None,
        }
    }

    pub(super) fn with_table(mut self, table: &str) -> Self {
        self.table = Some(table.to_owned());
        self
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.id)?;
        match &self.table {
            Some(table) => write!(f, " table {table}"),
            None => Ok(()),
        }
    }
}

/// What decided about a packet on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    Groups {
        interface: String,
        /// The group of the rule, or the first one.
        group: String,
        /// `None`: what holds without a rule.
        rule: Option<Box<Rule>>,
        is_egress: bool,
        lets: bool,
    },
    Acl {
        acl: String,
        vswitch: String,
        is_egress: bool,
        lets: bool,
    },
    Route {
        table: String,
        destination: String,
        hop: String,
        is_back: bool,
    },
}

/// Why a walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) lost: Lost,
    pub(crate) cause: Cause,
    pub(crate) is_back: bool,
}

/// The same for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Groups {
        is_egress: bool,
    },
    Acl {
        is_egress: bool,
    },
    /// An instance is not running, or cannot send at all.
    Down,
    /// A route or what it leads to.
    Way,
}

impl Stop {
    pub(super) fn of(cause: Cause) -> impl Fn(Lost) -> Self {
        move |lost| Self {
            lost,
            cause,
            is_back: false,
        }
    }

    pub(super) fn on_the_way_back(self) -> Self {
        Self {
            lost: self.lost.on_the_way_back(),
            is_back: true,
            ..self
        }
    }
}

/// What is lost on the way between two vSwitches is lost by routes.
impl From<Lost> for Stop {
    fn from(lost: Lost) -> Self {
        Self::of(Cause::Way)(lost)
    }
}

impl From<Stop> for Lost {
    fn from(stop: Stop) -> Self {
        stop.lost
    }
}
