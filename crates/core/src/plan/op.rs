use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::object::{
    Action, Delete, OpKind, acceptance, adoption, agent_role, dns_resolution, grant, group,
    host_names, hub, instance, learning, network, peering, range, rename, role, route, rules,
    service, service_endpoint, subnet, user,
};
use crate::traits::{
    AgentRoleRecord, AnalysisRecord, GroupRecord, HubRecord, InstanceRecord, NetworkRecord,
    ServiceEndpointRecord, SubnetRecord,
};

macro_rules! ops {
    ($($(#[$doc:meta])* $name:ident($step:ty),)*) => {
        /// What a step does. Creating steps refer to objects of other steps; deleting steps name ids.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "op", rename_all = "kebab-case")]
        #[non_exhaustive]
        // Steps are built once and read often; boxes would be in the way of every reader.
        #[allow(clippy::large_enum_variant)]
        pub enum Op {
            $($(#[$doc])* $name($step),)*
        }

        impl Op {
            /// What the engine needs to know of it.
            pub(crate) fn action(&self) -> &dyn Action {
                match self {
                    $(Self::$name(step) => step,)*
                }
            }
        }

        $(
            impl From<$step> for Op {
                fn from(step: $step) -> Self {
                    Self::$name(step)
                }
            }
        )*
    };
}

ops! {
    /// Opens a paid service.
    OpenService(service::Open),
    /// Creates a network.
    CreateNetwork(network::Create),
    /// Adds a secondary CIDR block to a network.
    AddRange(range::Create),
    /// Creates a subnet.
    CreateSubnet(subnet::Create),
    /// Creates a hub.
    CreateHub(hub::Create),
    /// Gives consent to an attachment.
    CreateGrant(grant::Create),
    /// Asks for a peering or an attachment.
    RequestPeering(peering::Request),
    /// Accepts a peering.
    AcceptPeering(acceptance::Accept),
    /// Makes an object of others the topology's.
    Adopt(adoption::Adopt),
    /// Gives an object the tags of its new name.
    Rename(rename::Rename),
    /// Gives the instances of a network host names.
    EnableHostNames(host_names::Enable),
    /// Lets the far side of a peering resolve names.
    AllowDnsResolution(dns_resolution::Allow),
    /// Enables one half of route learning.
    EnableLearning(learning::Enable),
    /// Adds a route.
    CreateRoute(route::Create),
    /// Creates a firewall group.
    CreateGroup(group::Create),
    /// Adds rules to a group.
    AuthorizeRules(rules::Authorize),
    /// Makes the role of agents on instances.
    EnsureAgentRole(agent_role::Ensure),
    /// Makes the end of a service inside a network.
    CreateServiceEndpoint(service_endpoint::Create),
    /// Starts an instance.
    RunInstance(instance::Run),
    /// Deletes an instance.
    TerminateInstance(Delete<InstanceRecord>),
    /// Deletes what a path analysis left behind.
    DeleteAnalysis(Delete<AnalysisRecord>),
    /// Deletes the end of a service.
    DeleteServiceEndpoint(Delete<ServiceEndpointRecord>),
    /// Deletes the role of agents.
    DeleteAgentRole(Delete<AgentRoleRecord>),
    /// Removes rules from a group.
    RevokeRules(rules::Revoke),
    /// Deletes a group.
    DeleteGroup(Delete<GroupRecord>),
    /// Deletes a route.
    DeleteRoute(route::Delete),
    /// Disables one half of route learning.
    DisableLearning(learning::Disable),
    /// Deletes a peering or an attachment.
    DeletePeering(peering::Delete),
    /// Takes consent back.
    RevokeGrant(grant::Revoke),
    /// Deletes a hub.
    DeleteHub(Delete<HubRecord>),
    /// Deletes a subnet.
    DeleteSubnet(Delete<SubnetRecord>),
    /// Removes a secondary CIDR block from a network.
    RemoveRange(range::Delete),
    /// Deletes a network.
    DeleteNetwork(Delete<NetworkRecord>),
    /// Makes a role that other accounts may assume.
    EnsureRole(role::Ensure),
    /// Makes a user that may assume roles.
    EnsureUser(user::Ensure),
    /// Deletes a user.
    DeleteUser(user::Delete),
    /// Deletes a role.
    DeleteRole(role::Delete),
}

impl Op {
    /// What kind of write it is.
    pub fn kind(&self) -> OpKind {
        self.action().kind()
    }

    /// The id of the object that it deletes, where the object has one.
    pub(crate) fn deletes(&self) -> Option<&str> {
        Some(match self {
            Self::DeleteNetwork(delete) => delete.id.as_str(),
            Self::DeleteSubnet(delete) => delete.id.as_str(),
            Self::DeleteGroup(delete) => delete.id.as_str(),
            Self::DeleteHub(delete) => delete.id.as_str(),
            Self::TerminateInstance(delete) => delete.id.as_str(),
            Self::DeleteAnalysis(delete) => delete.id.as_str(),
            Self::DeleteServiceEndpoint(delete) => delete.id.as_str(),
            Self::DeleteAgentRole(delete) => delete.id.as_str(),
            Self::DeletePeering(delete) => delete.id.as_str(),
            _ => return None,
        })
    }

    /// Whether it only writes the name of something anew.
    pub fn is_rename(&self) -> bool {
        matches!(self, Self::Rename(_))
    }

    /// Whether it removes something.
    pub fn is_delete(&self) -> bool {
        self.kind().is_delete()
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.action(), f)
    }
}
