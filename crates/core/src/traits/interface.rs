use serde::{Deserialize, Serialize};

use crate::ids::{GroupId, InstanceId, InterfaceId, SubnetId};

/// A network interface as the cloud reports it: what an instance, a gateway, an endpoint or a service has in a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InterfaceRecord {
    /// Its id.
    pub id: InterfaceId,
    /// Its subnet.
    pub subnet: SubnetId,
    /// Its groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupId>,
    /// The instance it is attached to, if it is attached to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceId>,
    /// What it is for, in the words of the cloud or of its maker; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

impl InterfaceRecord {
    /// An interface without groups, instance and description.
    pub fn new(id: InterfaceId, subnet: SubnetId) -> Self {
        Self {
            id,
            subnet,
            groups: Vec::new(),
            instance: None,
            description: String::new(),
        }
    }

    setters! {
        /// Sets its groups.
        with_groups(groups: Vec<GroupId>);
        /// Sets the instance it is attached to.
        with_instance(instance: impl Into<Option<InstanceId>>);
        /// Sets what it is for.
        with_description(description: impl Into<String>);
    }
}
