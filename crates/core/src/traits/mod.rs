//! The trait layer: one trait per family of cloud objects, one verb per cloud operation.
//!
//! What all verbs have in common:
//!
//! - **Create** takes a [`Label`]: name, ownership and an idempotency token. The same token gives the same object, except
//!   for networks and subnets on clouds without [`network_tokens`](Capabilities::network_tokens). Create returns as soon
//!   as the cloud has accepted the request, so the object may still be [pending](Phase::Pending).
//! - **List** reads all pages and returns what the place's account may see, including objects that are being deleted. A
//!   new object may be missing from lists for a short time.
//! - **Delete** returns as soon as the cloud has accepted the request; lists may show the object as
//!   [deleting](Phase::Deleting) for a while. Deleting an absent object succeeds.
//! - A verb that the cloud does not have fails with [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) and writes
//!   nothing. [`Capabilities`] says in advance which verbs a cloud has.
//!
//! A decorator must forward every method, [`Cloud::place`] and [`Cloud::capabilities`] included.

/// Writes a `with_x(self, x)` for each option of a request and each field of a record that has a default.
macro_rules! setters {
    () => {};
    ($(#[$doc:meta])* $with:ident($field:ident: impl Into<$type:ty>); $($rest:tt)*) => {
        $(#[$doc])*
        #[must_use]
        pub fn $with(mut self, $field: impl Into<$type>) -> Self {
            self.$field = $field.into();
            self
        }

        setters! { $($rest)* }
    };
    ($(#[$doc:meta])* $with:ident($field:ident: $type:ty); $($rest:tt)*) => {
        $(#[$doc])*
        #[must_use]
        pub fn $with(mut self, $field: $type) -> Self {
            self.$field = $field;
            self
        }

        setters! { $($rest)* }
    };
}

mod acl;
mod agent;
mod auth;
mod cloud;
mod compute;
mod condition;
mod firewall;
mod footprint;
mod grant;
mod hub;
mod interface;
mod label;
mod maker;
mod naming;
mod network;
mod not_read;
mod not_understood;
mod oracle;
mod pace;
mod peering;
mod permission;
mod quota;
mod routing;
mod service;
mod tagging;
mod trust;

pub use acl::{AclEntry, AclRecord};
pub use agent::{
    AGENT_PORT, AgentRoleRecord, Agents, CreateServiceEndpoint, ServiceEndpointRecord,
};
pub use auth::{
    AssumeRole, CallerIdentity, CrossAccountAuth, IdentityKind, MfaCode, SessionCredentials,
    SessionToken,
};
pub use cloud::{
    Capabilities, Cloud, CloudProvider, GroupReferences, Inventory, Model, ProbeMachine, Scope,
};
pub use compute::{
    CommandOutput, CommandState, Compute, Disk, InstanceRecord, RunCommand, RunInstance,
};
pub use condition::{Conditions, IcmpType, PortList, PrefixList};
pub use firewall::{
    Action, CreateGroup, Direction, FirewallRule, GroupRecord, PortRange, Protocol, Rule, RulePeer,
    RuleRecord,
};
pub use footprint::{Footprint, FootprintSearch, NotSearched};
pub use grant::{CreateGrant, Grant, GrantRecord, Member, Payer, RevokeGrant};
pub use hub::{
    CreateHub, Hub, HubRecord, HubRouteRecord, HubScope, HubTable, Learning, LearningKind,
    LearningRecord,
};
pub use interface::InterfaceRecord;
pub use label::{
    Label, Owner, Phase, Select, Status, TAG_GRANT, TAG_KEY, TAG_TOPOLOGY, Tags, Token,
};
pub use maker::maker_of;
pub use naming::NameRule;
pub use network::{CreateNetwork, CreateSubnet, Network, NetworkRecord, SubnetRecord, ZoneRecord};
pub use not_read::NotRead;
pub use not_understood::NotUnderstood;
pub use oracle::{
    AnalysisRecord, AnalysisState, OracleAnswer, OracleReach, OracleVerdict, PathOracle,
    StartAnalysis,
};
pub use pace::Pace;
pub use peering::{
    DnsAccess, DnsResolution, Endpoint, GrantOrigin, Peering, PeeringKind, PeeringRecord,
    PeeringSelect, PeeringSide, RequestPeering, Transit,
};
pub use permission::{Concern, FormPermissions, Need, ReadPermission};
pub use quota::Quota;
pub use routing::{
    CreateRoute, DeleteRoute, Destination, NextHop, RouteOrigin, RouteRecord, RouteTableRecord,
    Routing, TableRole,
};
pub use service::{CloudService, Service, ServiceStatus};
pub use tagging::{TaggedId, Tagging};
pub use trust::{
    Drift, EnsureTrust, EnsureUser, Permissions, Principal, Trust, TrustDocuments, TrustRecord,
    UserRecord,
};
