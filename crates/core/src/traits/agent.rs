use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Label, Owner, Select, Status};
use crate::error::{Error, Result};
use crate::ids::{AgentRoleId, GroupId, InterfaceId, NetworkId, ServiceEndpointId, SubnetId};

/// The port at which agents call the services of their cloud.
pub const AGENT_PORT: u16 = 443;

/// A role that lets agents on instances fetch commands, as the cloud shows it. It belongs to an account, not to a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentRoleRecord {
    /// Its id: the name by which instances are given it.
    pub id: AgentRoleId,
    /// Its name.
    pub name: String,
    /// Its state; ready means that agents can use it. One that lacks a part is pending: making it again completes it.
    pub status: Status,
    /// Whose it is, if tagged by us.
    pub owner: Option<Owner>,
    /// What else made it, if its tags tell: see [`maker_of`](super::maker_of).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
}

impl AgentRoleRecord {
    /// A role without owner, whose name is its id.
    pub fn new(id: AgentRoleId, status: Status) -> Self {
        Self {
            name: id.to_string(),
            id,
            status,
            owner: None,
            maker: None,
        }
    }

    setters! {
        /// Sets its owner, as its tags name it.
        with_owner(owner: impl Into<Option<Owner>>);
        /// Sets what else made it, as its tags tell.
        with_maker(maker: impl Into<Option<String>>);
    }
}

/// The end of a service of the cloud inside a network, as the cloud shows it: instances without a way to the internet reach
/// the service there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServiceEndpointRecord {
    /// Its id.
    pub id: ServiceEndpointId,
    /// Its name.
    pub name: String,
    /// The service, as [`Capabilities::agent_services`](super::Capabilities::agent_services) names it.
    pub service: String,
    /// Its network.
    pub network: NetworkId,
    /// The subnets that it has an interface in.
    pub subnets: Vec<SubnetId>,
    /// The groups of its interfaces.
    pub groups: Vec<GroupId>,
    /// Those interfaces, where the cloud shows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<InterfaceId>,
    /// Its state; ready means that it answers.
    pub status: Status,
    /// Whose it is, if tagged by us.
    pub owner: Option<Owner>,
    /// What else made it, if its tags tell: see [`maker_of`](super::maker_of).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
}

impl ServiceEndpointRecord {
    /// An endpoint without name, subnets, groups and owner.
    pub fn new(
        id: ServiceEndpointId,
        service: impl Into<String>,
        network: NetworkId,
        status: Status,
    ) -> Self {
        Self {
            id,
            name: String::new(),
            service: service.into(),
            network,
            subnets: Vec::new(),
            groups: Vec::new(),
            interfaces: Vec::new(),
            status,
            owner: None,
            maker: None,
        }
    }

    setters! {
        /// Sets its name.
        with_name(name: impl Into<String>);
        /// Sets its subnets.
        with_subnets(subnets: Vec<SubnetId>);
        /// Sets its groups.
        with_groups(groups: Vec<GroupId>);
        /// Sets its interfaces.
        with_interfaces(interfaces: Vec<InterfaceId>);
        /// Sets its owner, as its tags name it.
        with_owner(owner: impl Into<Option<Owner>>);
        /// Sets what else made it, as its tags tell.
        with_maker(maker: impl Into<Option<String>>);
    }
}

/// What [`Agents::create_service_endpoint`] needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateServiceEndpoint {
    /// Name, ownership and token.
    pub label: Label,
    /// The service.
    pub service: String,
    /// The network.
    pub network: NetworkId,
    /// The subnet that it gets an interface in.
    pub subnet: SubnetId,
    /// The groups of that interface.
    pub groups: Vec<GroupId>,
}

impl CreateServiceEndpoint {
    /// An endpoint of a service in a subnet.
    pub fn new(
        label: Label,
        service: impl Into<String>,
        network: NetworkId,
        subnet: SubnetId,
        groups: Vec<GroupId>,
    ) -> Self {
        Self {
            label,
            service: service.into(),
            network,
            subnet,
            groups,
        }
    }
}

fn no_roles() -> Error {
    Error::unsupported("agents need no role on this cloud")
}

fn no_endpoints() -> Error {
    Error::unsupported("agents need no service endpoints on this cloud")
}

/// What agents on instances need before they can fetch commands. A cloud whose agents need nothing keeps the defaults, which
/// refuse everything.
#[async_trait]
pub trait Agents: Debug + Send + Sync + 'static {
    /// Makes the role of a topology in the account, or completes it.
    ///
    /// - Making it again gives the same one.
    /// - Fails with [`AlreadyExists`](crate::ErrorKind::AlreadyExists) where its name belongs to something of others.
    async fn ensure_agent_role(&self, _label: &Label) -> Result<AgentRoleRecord> {
        Err(no_roles())
    }

    /// Lists roles that were made so, from any region.
    async fn list_agent_roles(
        &self,
        _select: &Select<AgentRoleId>,
    ) -> Result<Vec<AgentRoleRecord>> {
        Err(no_roles())
    }

    /// Deletes such a role with all its parts. Deleting an absent one succeeds.
    async fn delete_agent_role(&self, _id: &AgentRoleId) -> Result<()> {
        Err(no_roles())
    }

    /// Makes an endpoint under whose private address the names of the service resolve in the whole network. With the same
    /// token it gives the same endpoint.
    async fn create_service_endpoint(
        &self,
        _request: &CreateServiceEndpoint,
    ) -> Result<ServiceEndpointRecord> {
        Err(no_endpoints())
    }

    /// Lists endpoints of this place.
    async fn list_service_endpoints(
        &self,
        _select: &Select<ServiceEndpointId>,
    ) -> Result<Vec<ServiceEndpointRecord>> {
        Err(no_endpoints())
    }

    /// Deletes an endpoint. Deleting an absent one succeeds.
    async fn delete_service_endpoint(&self, _id: &ServiceEndpointId) -> Result<()> {
        Err(no_endpoints())
    }
}
