//! Instances, which verification uses as probes.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AgentRole, SubnetPath};
use crate::ids::InstanceId;
use crate::traits::Disk;

/// An instance: a virtual machine. Landbridge creates it, or uses an existing one that `id` names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Instance {
    /// The name of the instance.
    pub name: String,
    /// The ID of an existing instance, such as `i-..`. Verification uses it, and Landbridge neither creates, starts, stops
    /// nor deletes it. Only `name`, `id` and `network` are given then; the rest is read from the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<InstanceId>,
    /// The network of an existing instance, by name. Required with `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The subnet, as `NETWORK/SUBNET`. Required unless `id` names an existing instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnet: Option<SubnetPath>,
    /// The private IP address. Default: the cloud chooses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The instance type, as the cloud names it. Required unless `id` names an existing instance.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// The image ID, or an image family whose newest image is used. Required unless `id` names an existing instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The system disk. Default: the default of the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<Disk>,
    /// The firewalls, by name, whose security groups it is in; at least one unless `id` names an existing instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub firewalls: Vec<String>,
    /// The environment variable that holds the login password. Default: no password; verification needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_env: Option<String>,
    /// The role that lets the agent of the instance fetch commands, where the cloud asks for one, as AWS does: `auto` for one
    /// that Landbridge makes, `none`, or the name of an instance profile that exists. Default: `auto`.
    #[serde(default, skip_serializing_if = "AgentRole::is_default")]
    #[schemars(with = "String")]
    pub agent_role: AgentRole,
    /// The name that the instance had before, if it was renamed: what was made under that name is kept and gets this one.
    /// It is no longer needed once the plan is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Whether plans that would delete the instance, or delete it and make it anew, are refused. Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
}

impl Instance {
    /// An instance that Landbridge creates, with the cloud's defaults.
    pub fn new<F: Into<String>>(
        name: impl Into<String>,
        subnet: SubnetPath,
        instance_type: impl Into<String>,
        image: impl Into<String>,
        firewalls: impl IntoIterator<Item = F>,
    ) -> Self {
        Self {
            name: name.into(),
            id: None,
            network: None,
            subnet: Some(subnet),
            address: None,
            instance_type: Some(instance_type.into()),
            image: Some(image.into()),
            disk: None,
            firewalls: firewalls.into_iter().map(Into::into).collect(),
            password_env: None,
            agent_role: AgentRole::Auto,
            was: None,
            protect: false,
        }
    }

    /// An existing instance, by its ID, in a network of the topology.
    pub fn existing(
        name: impl Into<String>,
        network: impl Into<String>,
        id: impl Into<InstanceId>,
    ) -> Self {
        Self {
            name: name.into(),
            id: Some(id.into()),
            network: Some(network.into()),
            subnet: None,
            address: None,
            instance_type: None,
            image: None,
            disk: None,
            firewalls: Vec::new(),
            password_env: None,
            agent_role: AgentRole::Auto,
            was: None,
            protect: false,
        }
    }

    /// The name of its network; absent only where the topology is incomplete, which [`check`](super::Topology::check)
    /// refuses.
    pub fn network_name(&self) -> Option<&str> {
        let of_subnet = self.subnet.as_ref().map(|path| path.network.as_str());
        of_subnet.or(self.network.as_deref())
    }

    /// Adds a firewall that protects it.
    #[must_use]
    pub fn with_firewall(mut self, firewall: impl Into<String>) -> Self {
        self.firewalls.push(firewall.into());
        self
    }

    /// Sets the private address.
    #[must_use]
    pub fn with_address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Sets the system disk.
    #[must_use]
    pub fn with_disk(mut self, disk: Disk) -> Self {
        self.disk = Some(disk);
        self
    }

    /// Sets the environment variable that holds the login password.
    #[must_use]
    pub fn with_password_env(mut self, variable: impl Into<String>) -> Self {
        self.password_env = Some(variable.into());
        self
    }

    /// Sets the role of its agent.
    #[must_use]
    pub fn with_agent_role(mut self, role: AgentRole) -> Self {
        self.agent_role = role;
        self
    }

    /// Sets the name that it had before.
    #[must_use]
    pub fn with_was(mut self, name: impl Into<String>) -> Self {
        self.was = Some(name.into());
        self
    }

    /// Sets whether plans that would delete it are refused.
    #[must_use]
    pub fn with_protect(mut self, protect: bool) -> Self {
        self.protect = protect;
        self
    }
}
