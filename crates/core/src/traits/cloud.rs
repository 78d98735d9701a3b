use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AclRecord, AgentRoleRecord, Agents, AnalysisRecord, CallerIdentity, CloudService, Compute,
    CrossAccountAuth, Disk, FirewallRule, Footprint, FootprintSearch, FormPermissions, Grant,
    GrantRecord, GroupRecord, Hub, HubRecord, HubRouteRecord, InstanceRecord, InterfaceRecord,
    LearningRecord, NameRule, Need, Network, NetworkRecord, NotRead, NotUnderstood, OracleReach,
    Pace, PathOracle, Peering, PeeringRecord, Quota, ReadPermission, RouteRecord, RouteTableRecord,
    Routing, RuleRecord, Select, Service, ServiceEndpointRecord, ServiceStatus, SubnetRecord,
    Tagging, Trust, ZoneRecord,
};
use crate::backend::RateUsage;
use crate::cost::{PriceQuestion, PriceQuote, not_asked};
use crate::error::Result;
use crate::format::FormatVersion;
use crate::handover::Guide;
use crate::ids::{
    AccountId, BorderRouterId, CloudName, HubId, InstanceId, NetworkId, Place, Region, Zone,
};
use crate::object::{Form, OpKind};
use crate::policy::PolicyLanguage;

/// How an interconnect is built.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Model {
    /// Members attach to regional hubs, hubs peer with each other.
    Hub,
    /// Every two members peer with each other.
    Mesh,
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hub => "hub",
            Self::Mesh => "mesh",
        })
    }
}

/// Between which networks a rule may name a group instead of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum GroupReferences {
    /// Inside one network only.
    SameNetwork,
    /// Also between two networks of one region that peer with each other.
    PeeredInRegion,
}

/// What a cloud offers and requires, as data that preflight and the planner read before the first call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// The cloud.
    pub cloud: CloudName,
    /// The models it offers, the preferred one first.
    pub models: Vec<Model>,
    /// Whether regional hubs belong to a global one.
    pub global_hub: bool,
    /// Whether a foreign member needs a grant before it is attached.
    pub grants: bool,
    /// Whether creating a network or a subnet again with the same token gives the same one. Where it does not, a caller
    /// that lost an answer must look for the owner's tags before it sends the request again.
    pub network_tokens: bool,
    /// Whether there are hubs at the edge of private lines ([`HubScope::Edge`](super::HubScope::Edge)).
    pub edge_hubs: bool,
    /// Whether users that may assume roles can be made ([`Trust::ensure_user`]).
    pub trusted_users: bool,
    /// The longest session of a role that was assumed with the keys of a role.
    pub longest_chained_session: Option<Duration>,
    /// The services that hubs and transit need, in the order in which to open them.
    pub services: Vec<CloudService>,
    /// Areas between which traffic crosses a border, as prefixes of region names and the name of the area; the first
    /// prefix that fits counts. Such traffic needs [`CloudService::CrossBorder`]. Default: none, no border is crossed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<(String, String)>,
    /// The highest cap of an inter-region connection that pays by traffic, in Mbit/s, unless raised: inside an area, and
    /// across a border.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_mbps: Option<(u32, u32)>,
    /// In how many zones a member should be attached for redundancy, where the region offers that many. One is enough.
    pub attachment_zones: usize,
    /// The partitions of its regions, as prefixes of region names and the name of the partition; the first prefix that
    /// fits counts. Networks of different partitions cannot be peered. Default: none, all regions are of one partition.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<(String, String)>,
    /// Ranges that no network may use.
    pub reserved: Vec<IpNet>,
    /// The shortest and the longest prefix of an IPv4 subnet.
    pub subnet_prefix: (u8, u8),
    /// How many of the first and of the last addresses of an IPv4 subnet the cloud keeps for itself. Default: (1, 1).
    pub kept_addresses: (u32, u32),
    /// The shortest and the longest prefix of an IPv4 network's primary range.
    pub network_prefix: (u8, u8),
    /// Rules of one IP version that a firewall group may have in one direction.
    pub rules_per_group: Option<Quota>,
    /// Networks an account may have in a region.
    pub networks_per_region: Option<Quota>,
    /// Subnets a network may have.
    pub subnets_per_network: Option<Quota>,
    /// Custom routes of one IP version that a table may have.
    pub routes_per_table: Option<Quota>,
    /// Routes of one table that a call creates or deletes at most ([`Routing::create_routes`]). Default: 1.
    pub routes_per_call: usize,
    /// Peerings between networks that one network may have; with networks of its own region, where
    /// [`peerings_to_other_regions`](Self::peerings_to_other_regions) counts the others.
    pub peerings_per_network: Option<Quota>,
    /// Peerings that one network may have with networks of other regions, where they are counted apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peerings_to_other_regions: Option<Quota>,
    /// Peerings between networks that an account may have in a region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peerings_per_region: Option<Quota>,
    /// Requests for peerings that an account may have waiting for their accepters.
    pub outstanding_requests: Option<usize>,
    /// Which names objects may have, by the kind of step that makes them. Default: any name that a topology can hold.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<OpKind, NameRule>,
    /// Whether the names of a network's groups differ, upper and lower case taken as one.
    pub unique_group_names: bool,
    /// Whether each side of a peering can let the other resolve its names.
    pub dns_resolution: bool,
    /// Between which networks a rule may name a group.
    pub group_references: GroupReferences,
    /// Whether commands can be run on instances, so that pings can be sent.
    pub commands: bool,
    /// What the cloud's own analyser of paths can be asked ([`PathOracle`]). Default: the cloud has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oracle: Option<OracleReach>,
    /// What an instance is made of that is started for the time of a verification. Default: a caller names type and image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_machine: Option<ProbeMachine>,
    /// Whether the agents that run them need a role ([`Agents::ensure_agent_role`](super::Agents::ensure_agent_role)).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub agent_roles: bool,
    /// The services that agents call, for which a network without a way to the internet needs endpoints
    /// ([`Agents::create_service_endpoint`](super::Agents::create_service_endpoint)). Default: none, agents reach them anyhow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agent_services: Vec<String>,
    /// Kinds of steps whose objects are ready when the call returns, so that the engine does not read them again.
    pub synchronous: Vec<OpKind>,
    /// Kinds of steps that may be taken side by side in one network or one route table. Default: none, one after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub concurrent: Vec<OpKind>,
    /// How long things usually take.
    #[serde(skip)]
    pub pace: Pace,
    /// The permissions that reading an inventory needs, in the cloud's words.
    pub read_permissions: Vec<String>,
    /// The permissions that pings need, in the cloud's words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub probe_permissions: Vec<String>,
    /// The permissions each kind of step needs, in the cloud's words.
    pub permissions: BTreeMap<OpKind, Vec<String>>,
    /// The permissions that steps with [marked](super::CreateRoute::with_mark) routes need beside those of their kind, in
    /// the cloud's words. Default: none, where a route itself holds its mark.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mark_permissions: BTreeMap<OpKind, Vec<String>>,
    /// The permissions that reading hubs at the edge needs beside those of reading an inventory, in the cloud's words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edge_read_permissions: Vec<String>,
    /// The permissions of sorts of objects whose steps need others than [`permissions`](Self::permissions) says for all of
    /// their kind, in the cloud's words.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub form_permissions: FormPermissions,
    /// Every permission for reading, and what an account must have part in so that it is needed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<ReadPermission>,
    /// Of the permissions in all these lists, those that a run gets by without, or that only some runs need. Default: none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, Need>,
}

/// The smallest instance that can send probes, in the words of its cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProbeMachine {
    /// The instance type.
    pub instance_type: String,
    /// The image, or image family: one with an agent that runs commands, and with `ping`, `bash` and `timeout`.
    pub image: String,
    /// The system disk; the cloud's default when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<Disk>,
}

impl ProbeMachine {
    /// An instance of this type and image, with the cloud's default disk.
    pub fn new(instance_type: impl Into<String>, image: impl Into<String>) -> Self {
        Self {
            instance_type: instance_type.into(),
            image: image.into(),
            disk: None,
        }
    }

    /// Sets the system disk.
    #[must_use]
    pub fn with_disk(mut self, disk: Disk) -> Self {
        self.disk = Some(disk);
        self
    }
}

impl Capabilities {
    /// A cloud that offers `models` and has no requirements.
    pub fn new(cloud: CloudName, models: Vec<Model>) -> Self {
        Self {
            cloud,
            models,
            global_hub: false,
            grants: false,
            network_tokens: true,
            edge_hubs: false,
            trusted_users: false,
            longest_chained_session: None,
            services: Vec::new(),
            areas: Vec::new(),
            transit_mbps: None,
            attachment_zones: 1,
            partitions: Vec::new(),
            reserved: Vec::new(),
            subnet_prefix: (16, 29),
            kept_addresses: (1, 1),
            network_prefix: (8, 29),
            rules_per_group: None,
            networks_per_region: None,
            subnets_per_network: None,
            routes_per_table: None,
            routes_per_call: 1,
            peerings_per_network: None,
            peerings_to_other_regions: None,
            peerings_per_region: None,
            outstanding_requests: None,
            names: BTreeMap::new(),
            unique_group_names: false,
            dns_resolution: false,
            group_references: GroupReferences::SameNetwork,
            commands: true,
            oracle: None,
            probe_machine: None,
            agent_roles: false,
            agent_services: Vec::new(),
            synchronous: Vec::new(),
            concurrent: Vec::new(),
            pace: Pace::default(),
            read_permissions: Vec::new(),
            probe_permissions: Vec::new(),
            permissions: BTreeMap::new(),
            mark_permissions: BTreeMap::new(),
            edge_read_permissions: Vec::new(),
            form_permissions: FormPermissions::new(),
            reads: Vec::new(),
            needs: BTreeMap::new(),
        }
    }

    /// The partition that a region is in, if the cloud has several.
    pub(crate) fn partition_of(&self, region: &Region) -> Option<&str> {
        first_fitting(&self.partitions, region)
    }

    /// Whether traffic between two regions crosses a border, as [`areas`](Self::areas) say.
    pub fn crosses_border(&self, left: &Region, right: &Region) -> bool {
        first_fitting(&self.areas, left) != first_fitting(&self.areas, right)
    }

    /// The permissions that a step of these forms needs.
    pub(crate) fn permissions_of(&self, kind: OpKind, forms: &[Form]) -> Vec<String> {
        let of_kind = self.permissions.get(&kind);
        let special = self.form_permissions.get(&kind);
        let of_form = |form: &Form| special.and_then(|forms| forms.get(form)).or(of_kind);
        let mut permissions: Vec<String> = Vec::new();
        let lists = match forms.is_empty() {
            true => of_kind.into_iter().collect::<Vec<_>>(),
            false => forms.iter().filter_map(of_form).collect(),
        };
        for action in lists.into_iter().flatten() {
            if !permissions.contains(action) {
                permissions.push(action.clone());
            }
        }
        permissions
    }

    /// Whether a run gets by without an action.
    pub fn need(&self, action: &str) -> &Need {
        self.needs.get(action).unwrap_or(&Need::Always)
    }
}

fn first_fitting<'a>(prefixes: &'a [(String, String)], region: &Region) -> Option<&'a str> {
    let fits = |(prefix, _): &&(String, String)| region.as_str().starts_with(prefix);
    prefixes.iter().find(fits).map(|(_, name)| name.as_str())
}

/// What an [inventory](Cloud::inventory) is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scope {
    /// The topology whose objects are looked for.
    pub topology: String,
    /// Networks that are not the topology's but take part in it.
    pub networks: Vec<NetworkId>,
    /// Global hubs that are not the topology's but take part in it: their regional hubs, with all route tables, and
    /// everything attached to them are read as if they were. Default none.
    pub hubs: Vec<HubId>,
    /// Border routers of this account and region that take part: the grants on them are read. Default none.
    pub border_routers: Vec<BorderRouterId>,
    /// Whether the topology's hubs at the edge, their attachments, and grants to such hubs are read. Default no: a
    /// topology without edges needs no calls and permissions for them.
    pub edges: bool,
    /// Whether the groups that others made in those networks are read, where their names must differ. Default no: only
    /// new groups need it.
    pub other_groups: bool,
    /// Whether the grants that the topology's hubs have received are read, beside those of hubs at the edge, which always
    /// are. Default no: only owners that are waited for make them worth knowing.
    pub received_grants: bool,
    /// Whether it is read which of those networks give instances host names, where resolution over peerings needs them.
    /// Default no.
    pub host_names: bool,
    /// Whether the state of [`CloudService::CrossBorder`] is read. Default no: others need no call and permission for it.
    pub cross_border: bool,
    /// Whether the region's zones are read. Default no: only subnets that are yet to be created need them.
    pub zones: bool,
    /// Whether all objects of the place are read, whoever made them, with lists of the whole region alone: the number of
    /// calls does not grow with the number of networks. What a cloud shows only for one table, group or network at a
    /// time (routes, rules, grants given) is then left out. A list that fails is [told](Inventory::not_read) and the
    /// others are still read. Default no.
    pub everything: bool,
    /// Beside `everything`: whether what belongs to no region (global hubs, hubs at the edge) is left out, because
    /// another place of the account shows it. Default no.
    pub regional: bool,
    /// Whether all groups in the topology's networks and in those of the scope are read, with their rules. Default no: only
    /// where others made groups can the topology's rules stand in groups that carry no tags of ours.
    pub all_groups: bool,
    /// Instances that are not the topology's but take part in it. Their groups are read too. Default none.
    pub instances: Vec<InstanceId>,
    /// Whether all network interfaces in those networks are read, and the groups that others made there with their
    /// rules: they hold subnets, groups and networks. Default no: only deletes need it.
    pub holders: bool,
    /// Whether path analyses that the topology's verifications left behind are read. Default no: only a proof that nothing is
    /// left, and a removal, need it.
    pub analyses: bool,
    /// Whether the service endpoints of those networks are read, which agents of instances call. Default no: only instances
    /// need it. Deletes read them anyhow.
    pub agents: bool,
    /// Whether the topology's agent roles are read. Default no: only instances need it, a proof that nothing is left, and a
    /// removal: a run that was killed may have left one before its first instance, or after its last one.
    pub agent_roles: bool,
}

impl Scope {
    /// The objects of `topology`.
    pub fn new(topology: impl Into<String>) -> Self {
        Self {
            topology: topology.into(),
            networks: Vec::new(),
            hubs: Vec::new(),
            border_routers: Vec::new(),
            edges: false,
            other_groups: false,
            received_grants: false,
            host_names: false,
            cross_border: false,
            zones: false,
            all_groups: false,
            instances: Vec::new(),
            holders: false,
            analyses: false,
            agents: false,
            agent_roles: false,
            everything: false,
            regional: false,
        }
    }

    /// Everything in the place, of all topologies and of others.
    pub fn everything() -> Self {
        Self {
            everything: true,
            ..Self::default()
        }
    }

    /// Leaves out what belongs to no region.
    #[must_use]
    pub fn with_regional_only(mut self) -> Self {
        self.regional = true;
        self
    }

    /// Which objects a list returns: all of them, or those of the topology.
    pub fn select<Id>(&self) -> Select<Id> {
        match self.everything {
            true => Select::All,
            false => Select::Topology(self.topology.clone()),
        }
    }

    /// Adds networks that take part without being the topology's.
    #[must_use]
    pub fn with_networks(mut self, networks: Vec<NetworkId>) -> Self {
        self.networks = networks;
        self
    }

    /// Adds global hubs that take part without being the topology's.
    #[must_use]
    pub fn with_hubs(mut self, hubs: Vec<HubId>) -> Self {
        self.hubs = hubs;
        self
    }

    /// Adds border routers, by id, the grants on which are read.
    #[must_use]
    pub fn with_border_routers(mut self, ids: Vec<BorderRouterId>) -> Self {
        self.border_routers = ids;
        self
    }

    /// Reads the groups of others in the networks too.
    #[must_use]
    pub fn with_other_groups(mut self) -> Self {
        self.other_groups = true;
        self
    }

    /// Reads the grants that the topology's hubs have received too.
    #[must_use]
    pub fn with_received_grants(mut self) -> Self {
        self.received_grants = true;
        self
    }

    /// Reads which networks give instances host names too.
    #[must_use]
    pub fn with_host_names(mut self) -> Self {
        self.host_names = true;
        self
    }

    /// Reads hubs at the edge, their attachments, and grants to them too.
    #[must_use]
    pub fn with_edges(mut self) -> Self {
        self.edges = true;
        self
    }

    /// Reads the state of the service for traffic across borders too.
    #[must_use]
    pub fn with_cross_border(mut self) -> Self {
        self.cross_border = true;
        self
    }

    /// Reads the region's zones too.
    #[must_use]
    pub fn with_zones(mut self) -> Self {
        self.zones = true;
        self
    }

    /// Reads all groups in the networks too, with their rules.
    #[must_use]
    pub fn with_all_groups(mut self) -> Self {
        self.all_groups = true;
        self
    }

    /// Adds instances that take part without being the topology's.
    #[must_use]
    pub fn with_instances(mut self, instances: Vec<InstanceId>) -> Self {
        self.instances = instances;
        self
    }

    /// Reads what the agents of instances have too.
    #[must_use]
    pub fn with_agents(mut self) -> Self {
        self.agents = true;
        self.agent_roles = true;
        self
    }

    /// Reads what may hold the topology's objects too.
    #[must_use]
    pub fn with_holders(mut self) -> Self {
        self.holders = true;
        self
    }

    /// Reads what path analyses left behind too.
    #[must_use]
    pub fn with_analyses(mut self) -> Self {
        self.analyses = true;
        self
    }
}

/// Everything in one place that concerns a topology, as observed.
///
/// Lists include objects that are being deleted: their status says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Inventory {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// The place.
    pub place: Place,
    /// Who read it.
    pub identity: CallerIdentity,
    /// The account's services; [`CloudService::CrossBorder`] only if the scope asks for it.
    pub services: BTreeMap<CloudService, ServiceStatus>,
    /// The region's zones, if the scope asks for them and the cloud tells the caller; otherwise empty.
    #[serde(default)]
    pub zones: Vec<ZoneRecord>,
    /// Zones in which a network can be attached to a hub.
    pub hub_zones: Vec<Zone>,
    /// How many networks the account has in the region, all of them.
    pub network_count: usize,
    /// The topology's networks and those of the scope.
    pub networks: Vec<NetworkRecord>,
    /// All subnets of those networks.
    pub subnets: Vec<SubnetRecord>,
    /// All route tables of those networks.
    pub route_tables: Vec<RouteTableRecord>,
    /// All routes of those tables.
    pub routes: Vec<RouteRecord>,
    /// The topology's hubs and those of the scope, global ones included; those at the edge if the scope asks for them.
    pub hubs: Vec<HubRecord>,
    /// Peerings and attachments of those hubs, and those that join those networks. All attachments of a hub at the
    /// edge, tagged or not: those of border routers carry no tags.
    pub peerings: Vec<PeeringRecord>,
    /// Associations and propagations of those hubs' route tables.
    pub learning: Vec<LearningRecord>,
    /// Routes of those hubs' route tables.
    pub hub_routes: Vec<HubRouteRecord>,
    /// Grants given on those networks, and on the border routers of the scope. If the scope asks for edges, also grants to
    /// hubs at the edge, and those that the topology's hubs at the edge have received, which name the member's account.
    pub grants: Vec<GrantRecord>,
    /// The topology's groups, and those of others that protect instances of the topology or of the scope. If the scope asks
    /// for all groups, every group in those networks.
    pub groups: Vec<GroupRecord>,
    /// All rules of those groups; if the scope asks for holders, also of the other ones.
    pub rules: Vec<RuleRecord>,
    /// Other groups in those networks, if the scope asks for holders, or for other groups where their names must differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_groups: Vec<GroupRecord>,
    /// Access lists of those networks, where a cloud has them.
    #[serde(default)]
    pub acls: Vec<AclRecord>,
    /// The topology's instances and those of the scope.
    pub instances: Vec<InstanceRecord>,
    /// All network interfaces in those networks, also those that others made, if the scope asks for holders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<InterfaceRecord>,
    /// What path analyses of the topology left behind, if the scope asks for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub analyses: Vec<AnalysisRecord>,
    /// The topology's agent roles, if the scope asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agent_roles: Vec<AgentRoleRecord>,
    /// The service endpoints of those networks, also those that others made, if the scope asks for agents or for holders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_endpoints: Vec<ServiceEndpointRecord>,
    /// What lists held and was left out of all of the above, because it was not understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_understood: Vec<NotUnderstood>,
    /// Lists that could not be read, if the scope asks for [everything](Scope::everything) or for
    /// [analyses](Scope::analyses): what is shown of their objects is incomplete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_read: Vec<NotRead>,
}

impl Inventory {
    /// An inventory in which nothing was found.
    pub fn new(place: Place, identity: CallerIdentity) -> Self {
        Self {
            format: FormatVersion,
            place,
            identity,
            services: BTreeMap::new(),
            zones: Vec::new(),
            hub_zones: Vec::new(),
            network_count: 0,
            networks: Vec::new(),
            subnets: Vec::new(),
            route_tables: Vec::new(),
            routes: Vec::new(),
            hubs: Vec::new(),
            peerings: Vec::new(),
            learning: Vec::new(),
            hub_routes: Vec::new(),
            grants: Vec::new(),
            groups: Vec::new(),
            rules: Vec::new(),
            other_groups: Vec::new(),
            acls: Vec::new(),
            instances: Vec::new(),
            interfaces: Vec::new(),
            analyses: Vec::new(),
            agent_roles: Vec::new(),
            service_endpoints: Vec::new(),
            not_understood: Vec::new(),
            not_read: Vec::new(),
        }
    }

    /// Adds what another look at the same place showed and this one did not.
    pub(crate) fn join(&mut self, other: Self) {
        join(&mut self.networks, other.networks, |one| one.id.clone());
        join(&mut self.subnets, other.subnets, |one| one.id.clone());
        join(&mut self.route_tables, other.route_tables, |one| {
            one.id.clone()
        });
        join(&mut self.routes, other.routes, |one| {
            format!("{} {} {}", one.table, one.destination, one.next_hop)
        });
        join(&mut self.hubs, other.hubs, |one| one.id.clone());
        join(&mut self.peerings, other.peerings, |one| one.id.clone());
        join(&mut self.learning, other.learning, |one| {
            let learning = &one.learning;
            format!("{} {} {}", learning.kind, learning.peering, learning.table)
        });
        join(&mut self.hub_routes, other.hub_routes, |one| {
            format!("{} {} {:?}", one.table, one.destination, one.next_hop)
        });
        join(&mut self.grants, other.grants, |one| {
            format!("{} {} {:?}", one.member, one.hub, one.member_account)
        });
        join(&mut self.groups, other.groups, |one| one.id.clone());
        join(&mut self.rules, other.rules, |one| {
            format!(
                "{} {:?} {:?} {:?}",
                one.group, one.id, one.rule, one.topology
            )
        });
        join(&mut self.other_groups, other.other_groups, |one| {
            one.id.clone()
        });
        let groups = &self.groups;
        self.other_groups
            .retain(|other| !groups.iter().any(|group| group.id == other.id));
        join(&mut self.acls, other.acls, |one| one.id.clone());
        join(&mut self.instances, other.instances, |one| one.id.clone());
        join(&mut self.interfaces, other.interfaces, |one| one.id.clone());
        join(&mut self.analyses, other.analyses, |one| one.id.clone());
        join(&mut self.agent_roles, other.agent_roles, |one| {
            one.id.clone()
        });
        join(
            &mut self.service_endpoints,
            other.service_endpoints,
            |one| one.id.clone(),
        );
        let more = other.not_understood.into_iter();
        let known = self.not_understood.clone();
        self.not_understood
            .extend(more.filter(|one| !known.contains(one)));
    }

    setters! {
        /// Sets the state of the account's services.
        with_services(services: BTreeMap<CloudService, ServiceStatus>);
        /// Sets the region's zones.
        with_zones(zones: Vec<ZoneRecord>);
        /// Sets the zones in which a network can be attached to a hub.
        with_hub_zones(hub_zones: Vec<Zone>);
        /// Sets how many networks the account has in the region.
        with_network_count(network_count: usize);
        /// Sets the networks.
        with_networks(networks: Vec<NetworkRecord>);
        /// Sets the subnets.
        with_subnets(subnets: Vec<SubnetRecord>);
        /// Sets the route tables.
        with_route_tables(route_tables: Vec<RouteTableRecord>);
        /// Sets the routes.
        with_routes(routes: Vec<RouteRecord>);
        /// Sets the hubs.
        with_hubs(hubs: Vec<HubRecord>);
        /// Sets the peerings and attachments.
        with_peerings(peerings: Vec<PeeringRecord>);
        /// Sets the associations and propagations.
        with_learning(learning: Vec<LearningRecord>);
        /// Sets the routes of the hubs.
        with_hub_routes(hub_routes: Vec<HubRouteRecord>);
        /// Sets the grants.
        with_grants(grants: Vec<GrantRecord>);
        /// Sets the groups.
        with_groups(groups: Vec<GroupRecord>);
        /// Sets the rules.
        with_rules(rules: Vec<RuleRecord>);
        /// Sets the groups of others.
        with_other_groups(other_groups: Vec<GroupRecord>);
        /// Sets the access lists.
        with_acls(acls: Vec<AclRecord>);
        /// Sets the instances.
        with_instances(instances: Vec<InstanceRecord>);
        /// Sets the network interfaces.
        with_interfaces(interfaces: Vec<InterfaceRecord>);
        /// Sets what path analyses left behind.
        with_analyses(analyses: Vec<AnalysisRecord>);
        /// Sets the agent roles.
        with_agent_roles(agent_roles: Vec<AgentRoleRecord>);
        /// Sets the service endpoints.
        with_service_endpoints(service_endpoints: Vec<ServiceEndpointRecord>);
        /// Sets what was left out.
        with_not_understood(not_understood: Vec<NotUnderstood>);
        /// Sets the lists that could not be read.
        with_not_read(not_read: Vec<NotRead>);
    }
}

// Adds those whose keys are not there yet.
fn join<T, K: Ord>(into: &mut Vec<T>, more: Vec<T>, key: impl Fn(&T) -> K) {
    let known: BTreeSet<K> = into.iter().map(&key).collect();
    into.extend(more.into_iter().filter(|one| !known.contains(&key(one))));
}

/// One place of one cloud: all traits, what the cloud can do, and one view of everything.
#[async_trait]
pub trait Cloud:
    Network
    + Routing
    + Hub
    + Peering
    + CrossAccountAuth
    + Trust
    + Grant
    + FirewallRule
    + Compute
    + PathOracle
    + Agents
    + Service
    + Tagging
{
    /// The place this handle is for.
    fn place(&self) -> &Place;

    /// What the cloud can do.
    fn capabilities(&self) -> &Capabilities;

    /// Reads everything in the place that concerns a topology, with as few calls as possible.
    ///
    /// The identity is read first; when it belongs to another account than the place says, nothing else is read.
    async fn inventory(&self, scope: &Scope) -> Result<Inventory>;
}

/// Makes [`Cloud`] handles; handles of one provider share connections, credentials and rate budgets.
///
/// ```
/// use std::sync::Arc;
///
/// use landbridge_core::memory::{ManualClock, MemoryProvider};
/// use landbridge_core::{CloudName, CloudProvider, Place};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> landbridge_core::Result<()> {
/// // Programs keep `dyn` providers, so that tests can hand them the in-memory cloud.
/// let provider: Arc<dyn CloudProvider> = Arc::new(MemoryProvider::new(Arc::new(ManualClock::new())));
/// let place = Place::new(CloudName::from_static("memory"), "1111", "r1");
/// let cloud = provider.cloud(&place).await?;
/// assert_eq!(cloud.place(), &place);
/// assert_eq!(cloud.caller_identity().await?.account, place.account);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait CloudProvider: Debug + Send + Sync + 'static {
    /// What the cloud can do.
    fn capabilities(&self) -> &Capabilities;

    /// The handle for a place.
    ///
    /// # Errors
    /// [`Unauthenticated`](crate::ErrorKind::Unauthenticated) when there are no credentials for the account.
    async fn cloud(&self, place: &Place) -> Result<Arc<dyn Cloud>>;

    /// Where in one account something carries the tags of a topology, in all regions that the account can use. It never
    /// fails: what cannot be searched is [told](Footprint::not_searched).
    ///
    /// The [known](FootprintSearch::known) regions need not be searched. Objects without tags (routes, rules, grants)
    /// and hubs at the edge are not searched. Default: nothing is searched, and the footprint says so.
    async fn footprint(&self, search: &FootprintSearch) -> Footprint {
        let cloud = &self.capabilities().cloud;
        let reason = format!("the backend of cloud `{cloud}` cannot search for tags");
        Footprint::unknown(cloud.clone(), search.account.clone(), reason)
    }

    /// The cloud's own way to write what an identity may do. Default: none.
    fn policy_language(&self) -> Option<&dyn PolicyLanguage> {
        None
    }

    /// Asks the vendor what something costs, with the keys of the question's account. Only reads are sent.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for what the backend has no question for, which is everything by
    /// default; [`Malformed`](crate::ErrorKind::Malformed) for an answer that is not one certain price; else what the cloud
    /// says.
    async fn describe_price(&self, question: &PriceQuestion) -> Result<PriceQuote> {
        let cloud = &question.cloud;
        Err(not_asked(format!(
            "the backend of cloud `{cloud}` asks for no prices"
        )))
    }

    /// Sets which part of an account's rate limits is used here, where other programs use the rest: 1 is all of it. It holds at
    /// once, also for calls that wait. Default: nothing is done, because there is no budget.
    fn set_rate_share(&self, account: &AccountId, share: f64) {
        let _ = (account, share);
    }

    /// What was asked of the rate budgets of an account since they were made. Default: nothing.
    fn rate_usage(&self, account: &AccountId) -> RateUsage {
        let _ = account;
        RateUsage::default()
    }

    /// How many calls were wanted of the busiest rate budget of an account since this was asked last: the demand by which
    /// programs divide an account's limits. Calls that waited then count again. Default: none.
    fn rate_demand(&self, account: &AccountId) -> u64 {
        let _ = account;
        0
    }

    /// The cloud's own words for what owners of other accounts are asked to do. Default: none.
    fn guide(&self) -> Option<&dyn Guide> {
        None
    }
}
