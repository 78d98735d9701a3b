//! What a walk saw: the elements that a packet passed and what let it pass, and why it ended.

use std::net::IpAddr;

use crate::aws::ec2::{Entry, Route, Rule};
use crate::verdict::Lost;

/// An element on the way of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hop {
    /// Where it began or ended.
    Instance(String),
    /// The rule of a group that let it out of an instance or in.
    Group {
        group: String,
        rule: Rule,
        is_egress: bool,
    },
    /// The entry of a network ACL that let it out of a subnet or in.
    Acl {
        acl: String,
        subnet: String,
        entry: Entry,
        is_egress: bool,
    },
    /// The route that led it on.
    Table { table: String, route: Route },
    Peering {
        id: String,
        from: String,
        to: String,
    },
}

impl Hop {
    /// How verdicts tell it. Groups are told only when they stop a packet.
    pub(super) fn told(&self) -> Option<String> {
        Some(match self {
            Self::Instance(id) => format!("instance {id}"),
            Self::Group { .. } => return None,
            Self::Acl { acl, .. } => format!("network-acl {acl}"),
            Self::Table { table, .. } => format!("route-table {table}"),
            Self::Peering { id, .. } => format!("peering {id}"),
        })
    }
}

/// Why a walk ended, or would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) lost: Lost,
    pub(crate) cause: Box<Cause>,
}

/// The same for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// An instance is not running.
    Down(String),
    Groups {
        holder: String,
        groups: Vec<String>,
        is_egress: bool,
    },
    Acl {
        acl: String,
        subnet: String,
        /// The entry that denies; `None`: no entry allows.
        entry: Option<Entry>,
        is_egress: bool,
    },
    NoRoute {
        table: String,
        destination: IpAddr,
    },
    /// A route whose target is gone or does not work.
    BlackHole {
        table: String,
        route: Route,
    },
    /// A route out of the simulated world, or to what the simulator walks no packet through.
    Elsewhere {
        table: String,
        route: Route,
        destination: IpAddr,
    },
    /// An address that is not of the network behind a peering.
    NotThePeers {
        peering: String,
        vpc: String,
    },
    NoReceiver,
    OtherReceiver,
    /// What is gone, or has no address of a family.
    Other,
}

impl Stop {
    pub(super) fn on_the_way_back(self) -> Self {
        Self {
            lost: self.lost.on_the_way_back(),
            ..self
        }
    }
}

/// The end of a walk.
pub(super) fn stop<T>(
    element: impl Into<String>,
    reason: impl Into<String>,
    cause: Cause,
) -> Result<T, Stop> {
    let lost = Lost {
        element: element.into(),
        reason: reason.into(),
    };
    Err(Stop {
        lost,
        cause: Box::new(cause),
    })
}

impl From<Stop> for Lost {
    fn from(stop: Stop) -> Self {
        stop.lost
    }
}
