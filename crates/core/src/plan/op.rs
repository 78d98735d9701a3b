use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{PlannedRule, Ref};
use crate::ids::{
    AccountId, GroupId, HubId, InstanceId, NetworkId, PeeringId, Region, RouteTableId, SubnetId,
    Zone,
};
use crate::traits::{
    CloudService, Disk, Learning, LearningKind, Payer, PeeringKind, PeeringSide, RevokeGrant,
    RuleRecord, Transit,
};

/// A route table that is known, or will be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableRef {
    /// This table.
    Id(RouteTableId),
    /// The main table of a network.
    MainOf(Ref),
    /// The default table of a regional hub.
    DefaultOf(Ref),
}

/// What a hub spans whose parent may not exist yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HubScopeRef {
    /// All regions.
    Global,
    /// One region.
    Regional {
        /// The global hub it belongs to, where the cloud has one.
        parent: Option<Ref>,
    },
    /// The edge of private lines.
    Edge {
        /// Its autonomous system number towards the lines.
        asn: u32,
    },
}

/// One side of a peering whose id may not be known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EndpointRef {
    /// A network.
    Network {
        /// Its id.
        id: Ref,
        /// The account that owns it.
        account: AccountId,
        /// Its region.
        region: Region,
    },
    /// A regional hub.
    Hub {
        /// Its id.
        id: Ref,
        /// The global hub it belongs to, where the cloud has one.
        parent: Option<Ref>,
        /// The account that owns it.
        account: AccountId,
        /// Its region.
        region: Region,
    },
    /// A hub at the edge of private lines.
    Edge {
        /// Its id.
        id: Ref,
        /// The account that owns it.
        account: AccountId,
        /// Where its owner's calls are made.
        region: Region,
    },
    /// A router at the end of a private line.
    BorderRouter {
        /// Its id.
        id: Ref,
        /// The account that owns it.
        account: AccountId,
        /// Its region.
        region: Region,
    },
}

impl EndpointRef {
    /// The reference to its id.
    pub fn id(&self) -> &Ref {
        match self {
            Self::Network { id, .. }
            | Self::Hub { id, .. }
            | Self::Edge { id, .. }
            | Self::BorderRouter { id, .. } => id,
        }
    }

    /// The account that owns it.
    pub fn account(&self) -> &AccountId {
        match self {
            Self::Network { account, .. }
            | Self::Hub { account, .. }
            | Self::Edge { account, .. }
            | Self::BorderRouter { account, .. } => account,
        }
    }

    /// Its region; for a hub at the edge the one in which its owner's calls are made.
    pub fn region(&self) -> &Region {
        match self {
            Self::Network { region, .. }
            | Self::Hub { region, .. }
            | Self::Edge { region, .. }
            | Self::BorderRouter { region, .. } => region,
        }
    }
}

/// What a step does. Creating steps refer to other steps' objects; deleting steps name ids.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
#[non_exhaustive]
#[allow(missing_docs)] // Fields are named as those of the trait layer's requests, where they are documented.
pub enum Op {
    OpenService {
        service: CloudService,
    },
    CreateNetwork {
        name: String,
        range: IpNet,
    },
    CreateSubnet {
        name: String,
        network: Ref,
        zone: Zone,
        range: IpNet,
    },
    CreateHub {
        name: String,
        scope: HubScopeRef,
    },
    CreateGrant {
        member: EndpointRef,
        hub: Ref,
        hub_account: AccountId,
        /// Absent for a hub at the edge, where nobody can choose.
        #[serde(skip_serializing_if = "Option::is_none")]
        payer: Option<Payer>,
    },
    RequestPeering {
        name: String,
        kind: PeeringKind,
        requester: EndpointRef,
        accepter: EndpointRef,
        subnets: Vec<(Zone, Ref)>,
        transit: Option<Transit>,
        /// For a network at the edge: the ranges that the lines learn.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        prefixes: Vec<IpNet>,
    },
    AcceptPeering {
        peering: Ref,
        /// Who must have asked; anybody else's request is refused.
        requester: EndpointRef,
    },
    AllowDnsResolution {
        peering: Ref,
        side: PeeringSide,
    },
    EnableLearning {
        kind: LearningKind,
        peering: Ref,
        table: TableRef,
    },
    CreateRoute {
        table: TableRef,
        destination: IpNet,
        next_hop: Ref,
    },
    CreateGroup {
        name: String,
        network: Ref,
    },
    AuthorizeRules {
        group: Ref,
        rules: Vec<PlannedRule>,
    },
    RunInstance {
        name: String,
        subnet: Ref,
        groups: Vec<Ref>,
        instance_type: String,
        image: String,
        address: Option<IpAddr>,
        disk: Option<Disk>,
        /// The environment variable that holds the password; the password itself is never part of a plan.
        password_env: Option<String>,
    },
    TerminateInstance {
        id: InstanceId,
    },
    RevokeRules {
        group: GroupId,
        rules: Vec<RuleRecord>,
    },
    DeleteGroup {
        id: GroupId,
    },
    DeleteRoute {
        table: RouteTableId,
        destination: IpNet,
        next_hop: PeeringId,
    },
    DisableLearning {
        learning: Learning,
    },
    DeletePeering {
        id: PeeringId,
        kind: PeeringKind,
        /// The hub at the edge that it is an attachment to; such are listed by hub.
        #[serde(skip_serializing_if = "Option::is_none")]
        edge: Option<HubId>,
    },
    RevokeGrant {
        grant: RevokeGrant,
    },
    DeleteHub {
        id: HubId,
    },
    DeleteSubnet {
        id: SubnetId,
    },
    DeleteNetwork {
        id: NetworkId,
    },
}

impl Op {
    /// What kind of write it is.
    pub fn kind(&self) -> OpKind {
        match self {
            Self::OpenService { .. } => OpKind::OpenService,
            Self::CreateNetwork { .. } => OpKind::CreateNetwork,
            Self::CreateSubnet { .. } => OpKind::CreateSubnet,
            Self::CreateHub { .. } => OpKind::CreateHub,
            Self::CreateGrant { .. } => OpKind::CreateGrant,
            Self::RequestPeering { .. } => OpKind::RequestPeering,
            Self::AcceptPeering { .. } => OpKind::AcceptPeering,
            Self::AllowDnsResolution { .. } => OpKind::AllowDnsResolution,
            Self::EnableLearning { .. } => OpKind::EnableLearning,
            Self::CreateRoute { .. } => OpKind::CreateRoute,
            Self::CreateGroup { .. } => OpKind::CreateGroup,
            Self::AuthorizeRules { .. } => OpKind::AuthorizeRules,
            Self::RunInstance { .. } => OpKind::RunInstance,
            Self::TerminateInstance { .. } => OpKind::TerminateInstance,
            Self::RevokeRules { .. } => OpKind::RevokeRules,
            Self::DeleteGroup { .. } => OpKind::DeleteGroup,
            Self::DeleteRoute { .. } => OpKind::DeleteRoute,
            Self::DisableLearning { .. } => OpKind::DisableLearning,
            Self::DeletePeering { .. } => OpKind::DeletePeering,
            Self::RevokeGrant { .. } => OpKind::RevokeGrant,
            Self::DeleteHub { .. } => OpKind::DeleteHub,
            Self::DeleteSubnet { .. } => OpKind::DeleteSubnet,
            Self::DeleteNetwork { .. } => OpKind::DeleteNetwork,
        }
    }

    /// Whether it tells by itself that it concerns a hub at the edge: deletes of grants and hubs do not.
    pub(crate) fn is_at_edge(&self) -> bool {
        match self {
            Self::CreateHub { scope, .. } => matches!(scope, HubScopeRef::Edge { .. }),
            Self::CreateGrant { payer, .. } => payer.is_none(),
            Self::RequestPeering { accepter, .. } => matches!(accepter, EndpointRef::Edge { .. }),
            Self::DeletePeering { edge, .. } => edge.is_some(),
            _ => false,
        }
    }

    /// Whether it removes something.
    pub fn is_delete(&self) -> bool {
        self.kind().is_delete()
    }
}

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
    /// Lets the far side of a peering resolve names.
    AllowDnsResolution,
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

impl OpKind {
    /// Every kind, in order.
    pub const ALL: &[Self] = &[
        Self::OpenService,
        Self::CreateNetwork,
        Self::CreateSubnet,
        Self::CreateHub,
        Self::CreateGrant,
        Self::RequestPeering,
        Self::AcceptPeering,
        Self::AllowDnsResolution,
        Self::EnableLearning,
        Self::CreateRoute,
        Self::CreateGroup,
        Self::AuthorizeRules,
        Self::RunInstance,
        Self::TerminateInstance,
        Self::RevokeRules,
        Self::DeleteGroup,
        Self::DeleteRoute,
        Self::DisableLearning,
        Self::DeletePeering,
        Self::RevokeGrant,
        Self::DeleteHub,
        Self::DeleteSubnet,
        Self::DeleteNetwork,
    ];

    /// The kind of step that takes it back, if one does.
    pub fn undo(self) -> Option<Self> {
        Some(match self {
            Self::CreateNetwork => Self::DeleteNetwork,
            Self::CreateSubnet => Self::DeleteSubnet,
            Self::CreateHub => Self::DeleteHub,
            Self::CreateGrant => Self::RevokeGrant,
            Self::RequestPeering => Self::DeletePeering,
            Self::EnableLearning => Self::DisableLearning,
            Self::CreateRoute => Self::DeleteRoute,
            Self::CreateGroup => Self::DeleteGroup,
            Self::AuthorizeRules => Self::RevokeRules,
            Self::RunInstance => Self::TerminateInstance,
            _ => return None,
        })
    }

    /// Whether it removes something.
    pub fn is_delete(self) -> bool {
        matches!(
            self,
            Self::TerminateInstance
                | Self::RevokeRules
                | Self::DeleteGroup
                | Self::DeleteRoute
                | Self::DisableLearning
                | Self::DeletePeering
                | Self::RevokeGrant
                | Self::DeleteHub
                | Self::DeleteSubnet
                | Self::DeleteNetwork
        )
    }
}
