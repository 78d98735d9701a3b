//! What sort of object a step writes, where the sorts of one kind take different calls.

use serde::Serialize;

use super::{MemberKey, ObjectKey};
use crate::traits::{CloudService, Direction, LearningKind};

/// The sort of object that a step writes, within its kind. Clouds have calls, and so permissions, of their own for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Form {
    /// A network.
    Network,
    /// A subnet.
    Subnet,
    /// A firewall group.
    Group,
    /// An instance.
    Instance,
    /// A service endpoint.
    ServiceEndpoint,
    /// A hub that spans regions.
    GlobalHub,
    /// A hub in one region.
    RegionalHub,
    /// A hub at the edge of private lines.
    EdgeHub,
    /// A member's consent to a hub that joins networks.
    HubGrant,
    /// A member's consent to a hub at the edge.
    EdgeGrant,
    /// Two networks joined.
    Peering,
    /// A network attached to a hub.
    Attachment,
    /// Two hubs joined.
    Link,
    /// A network attached to a hub at the edge.
    EdgeNetwork,
    /// A border router attached to a hub at the edge.
    EdgeRouter,
    /// Packets from an attachment use a table of the hub.
    Association,
    /// Routes to an attachment appear in a table of the hub.
    Propagation,
    /// Rules for packets to the instances.
    Ingress,
    /// Rules for packets from the instances.
    Egress,
    /// The service that hubs need.
    HubService,
    /// The service that traffic between regions needs.
    TransitService,
    /// The service that traffic across a border needs.
    CrossBorderService,
}

impl Form {
    /// What a key tells, and whether the object is at the edge of private lines.
    pub(crate) fn of(key: &ObjectKey, at_edge: bool) -> Option<Self> {
        Some(match key {
            ObjectKey::Network(_) => Self::Network,
            ObjectKey::Subnet { .. } => Self::Subnet,
            ObjectKey::Group { .. } => Self::Group,
            ObjectKey::Instance(_) => Self::Instance,
            ObjectKey::ServiceEndpoint { .. } => Self::ServiceEndpoint,
            ObjectKey::GlobalHub(_) => Self::GlobalHub,
            ObjectKey::RegionalHub { .. } => Self::RegionalHub,
            ObjectKey::EdgeHub(_) => Self::EdgeHub,
            ObjectKey::Grant(_) if at_edge => Self::EdgeGrant,
            ObjectKey::Grant(_) => Self::HubGrant,
            ObjectKey::Attachment(of) if at_edge => match of.member {
                MemberKey::BorderRouter(_) => Self::EdgeRouter,
                MemberKey::Network(_) => Self::EdgeNetwork,
            },
            ObjectKey::Attachment(_) => Self::Attachment,
            ObjectKey::Link(_) => Self::Link,
            ObjectKey::Peering(_) => Self::Peering,
            ObjectKey::Learning { kind, .. } | ObjectKey::LinkLearning { kind, .. } => match kind {
                LearningKind::Association => Self::Association,
                LearningKind::Propagation => Self::Propagation,
            },
            _ => return None,
        })
    }
}

impl From<Direction> for Form {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Ingress => Self::Ingress,
            Direction::Egress => Self::Egress,
        }
    }
}

impl From<CloudService> for Form {
    fn from(service: CloudService) -> Self {
        match service {
            CloudService::Hub => Self::HubService,
            CloudService::Transit => Self::TransitService,
            CloudService::CrossBorder => Self::CrossBorderService,
        }
    }
}
