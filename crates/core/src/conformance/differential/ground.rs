//! What the worlds stand on.

use std::net::IpAddr;

use async_trait::async_trait;
use ipnet::IpNet;

use crate::engine::Engine;
use crate::error::Result;
use crate::ids::{AccountId, CloudName, GroupId, NetworkId, Place, Region, SubnetId, Zone};
use crate::topology::ModelChoice;
use crate::traits::{AclEntry, CloudProvider, InstanceRecord, Learning, RouteRecord, RuleRecord};
use crate::verify::Traffic;

/// A cloud whose data plane can be asked, empty at first.
#[async_trait]
pub trait Ground: Send + Sync {
    /// An engine that makes topologies on it.
    fn engine(&self) -> &Engine;

    /// What the engine makes them with.
    fn provider(&self) -> &dyn CloudProvider;

    /// Where it makes them, and of what.
    fn terrain(&self) -> Terrain;

    /// Which objects of others it can hold.
    fn abilities(&self) -> Abilities;

    /// Lets time pass until nothing is under way any more.
    async fn settle(&self);

    /// Puts something there that no topology asks for; what goes is not asked for. Gives false where the cloud refuses it or has no such thing, and
    /// nothing has changed.
    ///
    /// # Errors
    /// When it is not known whether anything has changed.
    async fn place(&self, placement: &Placement) -> Result<bool>;

    /// Whether a packet from an instance arrives at the address, and its answer comes back.
    async fn delivers(&self, source: &InstanceRecord, to: IpAddr, traffic: Traffic) -> bool;
}

/// Where topologies are made, and of what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Terrain {
    /// The cloud.
    pub cloud: CloudName,
    /// Two accounts.
    pub accounts: [AccountId; 2],
    /// Two regions, each with two zones.
    pub regions: [(Region, [Zone; 2]); 2],
    /// The models that networks may be joined by.
    pub models: Vec<ModelChoice>,
    /// The instance type.
    pub instance_type: String,
    /// The image.
    pub image: String,
}

impl Terrain {
    /// A terrain whose zones are called `<region><suffix>`.
    pub fn new(
        cloud: CloudName,
        accounts: [&str; 2],
        regions: [&str; 2],
        zones: [&str; 2],
        models: impl IntoIterator<Item = ModelChoice>,
    ) -> Self {
        let zone = |region: &str, suffix: &str| Zone::new(format!("{region}{suffix}"));
        Self {
            cloud,
            accounts: accounts.map(AccountId::new),
            regions: regions.map(|region| (Region::new(region), zones.map(|z| zone(region, z)))),
            models: models.into_iter().collect(),
            instance_type: "small".to_owned(),
            image: "linux".to_owned(),
        }
    }

    /// Sets what instances are made of. Default `small` and `linux`.
    #[must_use]
    pub fn with_machines(mut self, instance_type: &str, image: &str) -> Self {
        self.instance_type = instance_type.to_owned();
        self.image = image.to_owned();
        self
    }
}

/// Which objects of others a ground can hold. Default none but plain rules and routes.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Abilities {
    /// Rules with priorities, and rules that deny.
    pub priorities: bool,
    /// Rules for protocols by any number.
    pub numbers: bool,
    /// Rules that name the CIDR block of the near end and source ports.
    pub five_tuples: bool,
    /// Rules for some messages of ICMP.
    pub messages: bool,
    /// Rules that name groups, also of other networks.
    pub references: bool,
    /// Rules that name prefix lists.
    pub prefix_lists: bool,
    /// Rules that name port lists.
    pub port_lists: bool,
    /// Routes to prefix lists.
    pub list_routes: bool,
    /// Access lists.
    pub acls: bool,
    /// Access lists with entries for some messages of ICMP.
    pub acl_messages: bool,
    /// Access lists with entries for source ports.
    pub acl_source_ports: bool,
    /// Lists whose contents cannot be read.
    pub hidden_lists: bool,
    /// Groups that let nothing out without a rule.
    pub closed_groups: bool,
    /// Route tables for some of a network's subnets.
    pub tables: bool,
    /// Further CIDR blocks of networks.
    pub ranges: bool,
}

impl Abilities {
    /// All of them.
    pub const ALL: Self = Self {
        priorities: true,
        numbers: true,
        five_tuples: true,
        messages: true,
        references: true,
        prefix_lists: true,
        port_lists: true,
        list_routes: true,
        acls: true,
        acl_messages: true,
        acl_source_ports: true,
        hidden_lists: true,
        closed_groups: true,
        tables: true,
        ranges: true,
    };

    /// None but plain rules and routes.
    pub const PLAIN: Self = Self {
        priorities: false,
        numbers: false,
        five_tuples: false,
        messages: false,
        references: false,
        prefix_lists: false,
        port_lists: false,
        list_routes: false,
        acls: false,
        acl_messages: false,
        acl_source_ports: false,
        hidden_lists: false,
        closed_groups: false,
        tables: false,
        ranges: false,
    };
}

/// Something that no topology asks for, and where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Placement {
    /// A rule of a group of this place.
    Rule(Place, RuleRecord),
    /// A group of this place lets nothing out any more but what its rules allow.
    Close(Place, GroupId),
    /// A route of a table of this place.
    Route(Place, RouteRecord),
    /// A route less.
    Unroute(Place, RouteRecord),
    /// Route learning less.
    Unlearn(Place, Learning),
    /// An access list before these subnets, in place of the one that they have.
    Acl {
        /// The place of the network.
        place: Place,
        /// The network.
        network: NetworkId,
        /// The subnets.
        subnets: Vec<SubnetId>,
        /// The entries.
        entries: Vec<AclEntry>,
    },
    /// A route table for these subnets, with no route but those of the network itself.
    Table {
        /// The place of the network.
        place: Place,
        /// The network.
        network: NetworkId,
        /// The subnets.
        subnets: Vec<SubnetId>,
    },
    /// A further CIDR block of a network.
    Range {
        /// The place of the network.
        place: Place,
        /// The network.
        network: NetworkId,
        /// The CIDR block.
        range: IpNet,
    },
    /// The contents of the prefix list or port list of this id cannot be read from now on.
    Hide(String),
}
