//! Identifiers as types, so that a subnet id cannot be passed where a network id is meant.
//!
//! Every id is a string, exactly as the cloud wrote it: account IDs may start with a zero. A copy of an id shares its text:
//! plans and observations of large topologies hold each of them thousands of times.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
        #[schemars(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps an id as the cloud wrote it.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into().into())
            }

            /// The id as the cloud wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.into())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id.into())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(
    /// An account of a cloud: the main account id of Alibaba Cloud, the account number of AWS.
    AccountId
);
id!(
    /// A region, such as `cn-hangzhou` or `eu-central-1`.
    Region
);
id!(
    /// An availability zone of a region, such as `cn-hangzhou-h`.
    Zone
);
id!(
    /// A network (VPC).
    NetworkId
);
id!(
    /// A subnet (vSwitch, subnet).
    SubnetId
);
id!(
    /// A route table, of a network or of a hub.
    RouteTableId
);
id!(
    /// A hub: a global hub (CEN instance), a regional hub (transit router) or a hub at the edge of private lines (Express
    /// Connect Router).
    HubId
);
id!(
    /// A router at the edge of a private line.
    BorderRouterId
);
id!(
    /// A peering, such as a VPC peering connection, or an attachment to a hub.
    PeeringId
);
id!(
    /// A security group.
    GroupId
);
id!(
    /// A rule of a security group, where the cloud gives rules ids.
    RuleId
);
id!(
    /// A list of CIDR blocks that routes and rules name.
    PrefixListId
);
id!(
    /// A network access list.
    AclId
);
id!(
    /// A virtual machine.
    InstanceId
);
id!(
    /// A network interface.
    InterfaceId
);
id!(
    /// A path analysis, or the path that a cloud keeps for it.
    AnalysisId
);
id!(
    /// A command that runs, or ran, on an instance.
    CommandId
);

impl AccountId {
    /// Stands for the account of keys before the cloud has said whose they are. Such keys are there to ask for the caller's
    /// identity; no account is expected of them.
    pub fn unknown() -> Self {
        Self::new(UNKNOWN)
    }

    /// Whether the account is yet to be asked for.
    pub fn is_unknown(&self) -> bool {
        self.as_str() == UNKNOWN
    }
}

const UNKNOWN: &str = "unknown";

/// The name of a cloud, as topology files write it: `aliyun`, `aws`, `memory`, or that of a third-party backend.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct CloudName(Cow<'static, str>);

impl CloudName {
    /// A name known at compile time.
    pub const fn from_static(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A name known only at run time.
    pub fn new(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for CloudName {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl fmt::Display for CloudName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for CloudName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloudName({})", self.0)
    }
}

/// One account in one region of one cloud. A [`Cloud`](crate::Cloud) handle belongs to one place.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Place {
    /// The cloud.
    pub cloud: CloudName,
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

impl Place {
    /// The place of `account` in `region` of `cloud`.
    pub fn new(cloud: CloudName, account: impl Into<AccountId>, region: impl Into<Region>) -> Self {
        Self {
            cloud,
            account: account.into(),
            region: region.into(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.cloud, self.account, self.region)
    }
}
id!(
    /// The end of a service of the cloud inside a network.
    ServiceEndpointId
);
id!(
    /// A role that lets agents on instances fetch commands, by its name.
    AgentRoleId
);
