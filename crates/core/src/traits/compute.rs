use std::fmt::Debug;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{Label, Owner, Select, Status, Token};
use crate::error::Result;
use crate::ids::{AgentRoleId, CommandId, GroupId, InstanceId, NetworkId, SubnetId};

/// The system disk of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    /// The cloud's word for its kind, such as `cloud_efficiency`.
    pub category: String,
    /// Its size in GiB.
    pub size_gib: u32,
}

/// An instance as the cloud shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InstanceRecord {
    /// Its id.
    pub id: InstanceId,
    /// Its name.
    pub name: String,
    /// Its network; absent on a classic network, which is shared by all accounts of a region.
    pub network: Option<NetworkId>,
    /// Its subnet; absent on a classic network.
    pub subnet: Option<SubnetId>,
    /// Its primary private address, once it has one.
    pub address: Option<IpAddr>,
    /// Its IPv6 addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ipv6_addresses: Vec<Ipv6Addr>,
    /// Its groups.
    pub groups: Vec<GroupId>,
    /// The cloud's instance type, where the cloud reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// The id of its image, where the cloud reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The role of its agent, where it has one and the cloud reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_role: Option<AgentRoleId>,
    /// Its state; ready means running.
    pub status: Status,
    /// Whose it is, if tagged by us.
    pub owner: Option<Owner>,
    /// What else made it, if its tags tell: see [`maker_of`](super::maker_of).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
}

impl InstanceRecord {
    /// An instance without name, network, addresses, groups and owner.
    pub fn new(id: InstanceId, status: Status) -> Self {
        Self {
            id,
            name: String::new(),
            network: None,
            subnet: None,
            address: None,
            ipv6_addresses: Vec::new(),
            groups: Vec::new(),
            instance_type: None,
            image: None,
            agent_role: None,
            status,
            owner: None,
            maker: None,
        }
    }

    setters! {
        /// Sets its name.
        with_name(name: impl Into<String>);
        /// Sets its network.
        with_network(network: impl Into<Option<NetworkId>>);
        /// Sets its subnet.
        with_subnet(subnet: impl Into<Option<SubnetId>>);
        /// Sets its primary private address.
        with_address(address: impl Into<Option<IpAddr>>);
        /// Sets its IPv6 addresses.
        with_ipv6_addresses(ipv6_addresses: Vec<Ipv6Addr>);
        /// Sets its groups.
        with_groups(groups: Vec<GroupId>);
        /// Sets its instance type.
        with_instance_type(instance_type: impl Into<Option<String>>);
        /// Sets the id of its image.
        with_image(image: impl Into<Option<String>>);
        /// Sets the role of its agent.
        with_agent_role(agent_role: impl Into<Option<AgentRoleId>>);
        /// Sets its owner, as its tags name it.
        with_owner(owner: impl Into<Option<Owner>>);
        /// Sets what else made it, as its tags tell.
        with_maker(maker: impl Into<Option<String>>);
    }
}

/// What [`Compute::run_instance`] needs. `Debug` shows no password.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunInstance {
    /// Name, ownership and token.
    pub label: Label,
    /// The subnet.
    pub subnet: SubnetId,
    /// The groups.
    pub groups: Vec<GroupId>,
    /// The cloud's instance type.
    pub instance_type: String,
    /// The cloud's image, or image family.
    pub image: String,
    /// The private address; the cloud chooses when absent.
    pub address: Option<IpAddr>,
    /// Whether it gets an address from the IPv6 range of its subnet too.
    pub ipv6: bool,
    /// The system disk; the cloud's default when absent.
    pub disk: Option<Disk>,
    /// The login password; none is set when absent.
    pub password: Option<SecretString>,
    /// The role of its agent; none when absent.
    pub agent_role: Option<AgentRoleId>,
}

impl RunInstance {
    /// An instance with the cloud's defaults.
    pub fn new(
        label: Label,
        subnet: SubnetId,
        groups: Vec<GroupId>,
        instance_type: impl Into<String>,
        image: impl Into<String>,
    ) -> Self {
        Self {
            label,
            subnet,
            groups,
            instance_type: instance_type.into(),
            image: image.into(),
            address: None,
            ipv6: false,
            disk: None,
            password: None,
            agent_role: None,
        }
    }

    setters! {
        /// Sets the private address.
        with_address(address: impl Into<Option<IpAddr>>);
        /// Sets whether it gets an IPv6 address too.
        with_ipv6(ipv6: bool);
        /// Sets the system disk.
        with_disk(disk: impl Into<Option<Disk>>);
        /// Sets the login password.
        with_password(password: impl Into<Option<SecretString>>);
        /// Sets the role of its agent.
        with_agent_role(agent_role: impl Into<Option<AgentRoleId>>);
    }
}

/// What [`Compute::run_command`] needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunCommand {
    /// Where to run it.
    pub instance: InstanceId,
    /// A shell script.
    pub script: String,
    /// How long it may take on the instance. Default 60 s.
    pub timeout: Duration,
    /// The idempotency token.
    pub token: Token,
}

impl RunCommand {
    /// A script that may take 60 s.
    pub fn new(instance: InstanceId, script: impl Into<String>, token: Token) -> Self {
        Self {
            instance,
            script: script.into(),
            timeout: Duration::from_secs(60),
            token,
        }
    }

    setters! {
        /// Sets how long the script may take on the instance.
        with_timeout(timeout: Duration);
    }
}

/// The progress of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CommandState {
    /// It has not ended. Holds the cloud's word for its state.
    Running(String),
    /// It ended with this exit code.
    Exited(i32),
    /// It did not run or was stopped. Holds the cloud's word and reason.
    Aborted(String),
}

/// The output of a command so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommandOutput {
    /// Its progress.
    pub state: CommandState,
    /// Standard output and error, cut where the cloud cuts them.
    pub text: String,
}

impl CommandOutput {
    /// The output of a command in this state.
    pub fn new(state: CommandState, text: impl Into<String>) -> Self {
        Self {
            state,
            text: text.into(),
        }
    }
}

/// Virtual machines: the verbs that probes need.
#[async_trait]
pub trait Compute: Debug + Send + Sync + 'static {
    /// Starts an instance. With the same token it gives the same instance.
    async fn run_instance(&self, request: &RunInstance) -> Result<InstanceRecord>;

    /// Lists instances of this place.
    async fn list_instances(&self, select: &Select<InstanceId>) -> Result<Vec<InstanceRecord>>;

    /// Stops and deletes an instance. Deleting an absent one succeeds.
    async fn terminate_instance(&self, id: &InstanceId) -> Result<()>;

    /// Whether the agent that runs commands is ready, for each of `ids` in the same order.
    async fn agents_ready(&self, ids: &[InstanceId]) -> Result<Vec<bool>>;

    /// Starts a shell script on an instance.
    async fn run_command(&self, request: &RunCommand) -> Result<CommandId>;

    /// Reads a command's progress and output.
    async fn command_output(&self, instance: &InstanceId, id: &CommandId) -> Result<CommandOutput>;
}
