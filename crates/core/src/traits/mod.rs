//! The trait layer: one trait per family of cloud objects, one verb per cloud operation.
//!
//! What all verbs have in common:
//!
//! - **Create** takes a [`Label`]: name, ownership and an idempotency token. Repeating it with the same token gives the
//!   same object. It returns as soon as the cloud has accepted, so the object may still be [pending](Phase::Pending).
//! - **List** pages to the end and gives only what the place's account may see. An object may be absent for a short
//!   time after its creation.
//! - **Delete** returns as soon as the cloud has accepted; the object may be listed as [deleting](Phase::Deleting) for
//!   a while. Deleting what is absent succeeds.
//! - A verb the cloud does not have fails with [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) and writes
//!   nothing; [`Capabilities`] says so beforehand.
//!
//! A decorator must forward every method, [`Cloud::place`] and [`Cloud::capabilities`] included.

mod acl;
mod auth;
mod cloud;
mod compute;
mod firewall;
mod grant;
mod hub;
mod label;
mod network;
mod peering;
mod routing;
mod service;
mod trust;

pub use acl::{AclEntry, AclRecord};
pub use auth::{
    AssumeRole, CallerIdentity, CrossAccountAuth, IdentityKind, MfaCode, SessionCredentials,
    SessionToken,
};
pub use cloud::{Capabilities, Cloud, CloudProvider, GroupReferences, Inventory, Model, Scope};
pub use compute::{
    CommandOutput, CommandState, Compute, Disk, InstanceRecord, RunCommand, RunInstance,
};
pub use firewall::{
    Action, CreateGroup, Direction, FirewallRule, GroupRecord, PortRange, Protocol, Rule, RulePeer,
    RuleRecord,
};
pub use grant::{Grant, GrantRecord, GrantRequest, Member, Payer};
pub use hub::{
    CreateHub, Hub, HubRecord, HubRouteRecord, HubScope, Learning, LearningKind, LearningRecord,
};
pub use label::{Label, Owner, Phase, Select, Status, TAG_KEY, TAG_TOPOLOGY, Tags, Token};
pub use network::{CreateNetwork, CreateSubnet, Network, NetworkRecord, SubnetRecord};
pub use peering::{
    DnsResolution, Endpoint, Peering, PeeringKind, PeeringRecord, PeeringSelect, PeeringSide,
    RequestPeering, Transit,
};
pub use routing::{
    NextHop, RouteOrigin, RouteRecord, RouteRequest, RouteTableRecord, Routing, TableRole,
};
pub use service::{CloudService, Service, ServiceStatus};
pub use trust::{
    Drift, Permissions, Principal, Trust, TrustRecord, TrustRequest, TrustedUser, UserRecord,
};
