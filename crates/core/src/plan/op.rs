use serde::{Deserialize, Serialize};

/// What kind of write a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OpKind {
    /// Opens a paid service.
    OpenService,
    /// Creates a network.
    CreateNetwork,
    /// Creates a subnet.
    CreateSubnet,
    /// Creates a hub.
    CreateHub,
    /// Gives consent to an attachment.
    CreateGrant,
    /// Asks for a peering or an attachment.
    RequestPeering,
    /// Accepts a peering.
    AcceptPeering,
    /// Enables one half of route learning.
    EnableLearning,
    /// Adds a route.
    CreateRoute,
    /// Creates a firewall group.
    CreateGroup,
    /// Adds rules to a group.
    AuthorizeRules,
    /// Starts an instance.
    RunInstance,
    /// Deletes an instance.
    TerminateInstance,
    /// Removes rules from a group.
    RevokeRules,
    /// Deletes a group.
    DeleteGroup,
    /// Deletes a route.
    DeleteRoute,
    /// Disables one half of route learning.
    DisableLearning,
    /// Deletes a peering or an attachment.
    DeletePeering,
    /// Takes consent back.
    RevokeGrant,
    /// Deletes a hub.
    DeleteHub,
    /// Deletes a subnet.
    DeleteSubnet,
    /// Deletes a network.
    DeleteNetwork,
}
