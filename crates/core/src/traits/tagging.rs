use std::fmt::{self, Debug};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Owner, PeeringKind};
use crate::error::Result;
use crate::ids::{GroupId, HubId, InstanceId, NetworkId, PeeringId, ServiceEndpointId, SubnetId};

/// An object that carries tags.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TaggedId {
    /// A network.
    Network(NetworkId),
    /// A subnet.
    Subnet(SubnetId),
    /// A hub: global, regional or at the edge.
    Hub(HubId),
    /// A peering or an attachment.
    Peering {
        /// Its id.
        id: PeeringId,
        /// What it joins.
        kind: PeeringKind,
    },
    /// A firewall group.
    Group(GroupId),
    /// An instance.
    Instance(InstanceId),
    /// A service endpoint.
    ServiceEndpoint(ServiceEndpointId),
}

impl TaggedId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Network(id) => id.as_str(),
            Self::Subnet(id) => id.as_str(),
            Self::Hub(id) => id.as_str(),
            Self::Peering { id, .. } => id.as_str(),
            Self::Group(id) => id.as_str(),
            Self::Instance(id) => id.as_str(),
            Self::ServiceEndpoint(id) => id.as_str(),
        }
    }
}

impl fmt::Display for TaggedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Ownership of objects that exist.
#[async_trait]
pub trait Tagging: Debug + Send + Sync + 'static {
    /// Writes the tags that name an owner on an object of this place: [`TAG_TOPOLOGY`](crate::TAG_TOPOLOGY) and
    /// [`TAG_KEY`](crate::TAG_KEY). Values that these tags have are replaced; all other tags stay.
    ///
    /// - Writing the same tags again succeeds.
    /// - Fails with [`NotFound`](crate::ErrorKind::NotFound) when this place does not have the object.
    /// - A peering of two networks is tagged in the place of its requester, where lists show its tags.
    async fn tag(&self, object: &TaggedId, owner: &Owner) -> Result<()>;
}
