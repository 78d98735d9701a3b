//! One view of everything.

use std::collections::BTreeSet;
use std::fmt::Debug;

use super::check::{Check, Stop, always, check, ensure};
use super::lab::Lab;
use super::recipe::{ASubnet, AnInstance, has_hubs, network_end};
use crate::ids::NetworkId;
use crate::traits::{
    Capabilities, CloudService, Direction, Inventory, PeeringSelect, PortRange, Protocol, Rule,
    RulePeer, Scope, Select,
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "inventory.networks",
            always,
            "an inventory's networks, subnets, tables, routes and peerings are those that lists give",
            networks
        ),
        check!(
            "inventory.hubs",
            has_hubs,
            "an inventory's hubs, attachments and route learning are those that lists give",
            hubs
        ),
        check!(
            "inventory.groups",
            always,
            "an inventory's groups and rules are those that lists give",
            groups
        ),
        check!(
            "inventory.instances",
            always,
            "an inventory's instances are those that lists give",
            instances
        ),
        check!(
            "inventory.grants",
            grants,
            "an inventory has the grants given on the topology's networks",
            given
        ),
        check!(
            "inventory.account",
            always,
            "an inventory tells who read it, the account's services, zones and number of networks",
            account
        ),
        check!(
            "inventory.scope.cross-border",
            always,
            "an inventory tells whether the service for traffic across borders is open, if the scope asks",
            across_borders
        ),
        check!(
            "inventory.scope.topology",
            always,
            "an inventory has nothing of another topology",
            other_topology
        ),
        check!(
            "inventory.scope.networks",
            always,
            "an inventory has the networks that the scope names, with what is in them",
            named_networks
        ),
        check!(
            "inventory.impostor",
            always,
            "when the identity is of another account than the place, nothing else is read",
            impostor
        ),
    ]
}

fn grants(capabilities: &Capabilities) -> bool {
    capabilities.grants
}

impl Lab {
    async fn inventory(&self) -> Result<Inventory, Stop> {
        let scope = Scope::new(self.topology());
        Ok(self.patient(|| self.home.inventory(&scope)).await?)
    }
}

/// Whether two lists have the same records, in whatever order.
fn same<T: Debug>(what: &str, inventory: &[T], listed: &[T]) -> Result<(), Stop> {
    let texts = |records: &[T]| -> BTreeSet<String> {
        records.iter().map(|record| format!("{record:?}")).collect()
    };
    let (seen, wanted) = (texts(inventory), texts(listed));
    ensure(seen == wanted && inventory.len() == listed.len(), || {
        let missing: Vec<_> = wanted.difference(&seen).collect();
        let surplus: Vec<_> = seen.difference(&wanted).collect();
        format!("{what}: without {missing:?}, with {surplus:?} instead")
    })
}

async fn networks(lab: &Lab) -> Result<(), Stop> {
    let joined = lab.joined().await?;
    lab.add_route(&lab.home, &lab.route(&joined, 7)).await?;
    let inventory = lab.inventory().await?;
    let ours = Select::Topology(lab.topology());
    let networks = lab.home.list_networks(&ours).await?;
    let ids: Vec<NetworkId> = networks.iter().map(|one| one.id.clone()).collect();
    same("networks", &inventory.networks, &networks)?;
    let subnets = lab
        .home
        .list_subnets(&Select::Topology(lab.topology()))
        .await?;
    same("subnets", &inventory.subnets, &subnets)?;
    let tables = lab.home.list_route_tables(&ids).await?;
    same("route tables", &inventory.route_tables, &tables)?;
    let mut routes = Vec::new();
    for table in &tables {
        routes.extend(lab.home.list_routes(&table.id).await?);
    }
    same("routes", &inventory.routes, &routes)?;
    let select = PeeringSelect::all().with_topology(lab.topology());
    let peerings = lab.home.list_peerings(&select).await?;
    same("peerings", &inventory.peerings, &peerings)
}

async fn hubs(lab: &Lab) -> Result<(), Stop> {
    let attached = super::hub::learning_attachment(lab).await?;
    let inventory = lab.inventory().await?;
    let hubs = lab
        .home
        .list_hubs(&Select::Topology(lab.topology()))
        .await?;
    same("hubs", &inventory.hubs, &hubs)?;
    let select = PeeringSelect::all().with_topology(lab.topology());
    let peerings = lab.home.list_peerings(&select).await?;
    same("attachments", &inventory.peerings, &peerings)?;
    let learning = lab.home.list_learning(&attached).await?;
    same("learning", &inventory.learning, &learning)?;
    let routes = lab.home.list_hub_routes(&attached).await?;
    same("hub routes", &inventory.hub_routes, &routes)
}

async fn groups(lab: &Lab) -> Result<(), Stop> {
    let network = lab.network(&lab.home, 0).await?;
    let group = lab.group(&lab.home, &network, "group/0").await?;
    let peer = RulePeer::Range(lab.range(6));
    let ports = Some(PortRange::single(22));
    let rule = Rule::allow(Direction::Ingress, Protocol::Tcp, ports, peer);
    let topology = lab.topology();
    let rules = [rule];
    let call = || lab.home.authorize_rules(&group.id, &topology, &rules);
    lab.patient(call).await?;
    let inventory = lab.inventory().await?;
    let ours = Select::Topology(topology.clone());
    let listed = lab.home.list_groups(&ours).await?;
    let ids = |groups: &[crate::traits::GroupRecord]| -> Vec<_> {
        groups
            .iter()
            .map(|one| (one.id.clone(), one.owner.clone()))
            .collect()
    };
    same("groups", &ids(&inventory.groups), &ids(&listed))?;
    let rules = lab.home.list_rules(&group.id).await?;
    same("rules", &inventory.rules, &rules)
}

async fn instances(lab: &Lab) -> Result<(), Stop> {
    lab.make::<AnInstance>(0).await?;
    let inventory = lab.inventory().await?;
    let ours = Select::Topology(lab.topology());
    let listed = lab.home.list_instances(&ours).await?;
    same("instances", &inventory.instances, &listed)
}

async fn given(lab: &Lab) -> Result<(), Stop> {
    let network = super::grant::granted(lab).await?;
    let scope = Scope::new(lab.topology());
    let inventory = lab.patient(|| lab.guest.inventory(&scope)).await?;
    let listed = lab.guest.list_grants(&network_end(&network)).await?;
    same("grants", &inventory.grants, &listed)
}

async fn account(lab: &Lab) -> Result<(), Stop> {
    lab.network(&lab.home, 0).await?;
    let inventory = lab.inventory().await?;
    let place = lab.home.place();
    ensure(inventory.place == *place, || {
        format!("{} for {place}", inventory.place)
    })?;
    let caller = lab.home.caller_identity().await?;
    ensure(inventory.identity == caller, || {
        format!("{:?} for {caller:?}", inventory.identity)
    })?;
    let services: Vec<_> = inventory.services.keys().copied().collect();
    let mut wanted = lab.capabilities().services.clone();
    wanted.retain(|service| *service != CloudService::CrossBorder);
    wanted.sort();
    ensure(services == wanted, || {
        format!("services {services:?} of {wanted:?}")
    })?;
    for (service, status) in &inventory.services {
        let read = lab.home.service_status(*service).await?;
        ensure(read == *status, || {
            format!("{service} is {status:?} and {read:?}")
        })?;
    }
    let zones = lab.home.list_hub_zones().await?;
    same("zones", &inventory.hub_zones, &zones)?;
    let count = lab.home.list_networks(&Select::All).await?.len();
    ensure(inventory.network_count == count, || {
        format!("{} networks of {count}", inventory.network_count)
    })
}

async fn across_borders(lab: &Lab) -> Result<(), Stop> {
    let scope = Scope::new(lab.topology()).with_cross_border();
    let inventory = lab.patient(|| lab.home.inventory(&scope)).await?;
    let services: Vec<_> = inventory.services.keys().copied().collect();
    let mut wanted = lab.capabilities().services.clone();
    wanted.sort();
    ensure(services == wanted, || {
        format!("services {services:?} of {wanted:?}")
    })
}

async fn other_topology(lab: &Lab) -> Result<(), Stop> {
    let (recipe, _) = lab.make::<ASubnet>(0).await?;
    lab.group(&lab.home, &recipe.network, "group/0").await?;
    let scope = Scope::new(lab.other_topology());
    let inventory = lab.patient(|| lab.home.inventory(&scope)).await?;
    ensure(
        inventory.networks.is_empty()
            && inventory.subnets.is_empty()
            && inventory.route_tables.is_empty()
            && inventory.routes.is_empty()
            && inventory.groups.is_empty()
            && inventory.rules.is_empty(),
        || format!("{inventory:?}"),
    )
}

async fn named_networks(lab: &Lab) -> Result<(), Stop> {
    let (recipe, subnet) = lab.make::<ASubnet>(0).await?;
    let id = recipe.network.id;
    let scope = Scope::new(lab.other_topology()).with_networks(vec![id.clone()]);
    let inventory = lab.patient(|| lab.home.inventory(&scope)).await?;
    let networks: Vec<_> = inventory.networks.iter().map(|one| &one.id).collect();
    let subnets: Vec<_> = inventory.subnets.iter().map(|one| &one.id).collect();
    ensure(networks == [&id] && subnets == [&subnet.id], || {
        format!("asked for {id}: {networks:?} with {subnets:?}")
    })?;
    ensure(
        inventory
            .route_tables
            .iter()
            .any(|table| table.network == id)
            && !inventory.routes.is_empty(),
        || format!("{:?} with {:?}", inventory.route_tables, inventory.routes),
    )
}

async fn impostor(lab: &Lab) -> Result<(), Stop> {
    let none =
        || Stop::NotOffered("the subject names no account with wrong credentials".to_owned());
    let place = lab.subject.impostor.clone().ok_or_else(none)?;
    let cloud = lab.subject.provider.cloud(&place).await?;
    let inventory = cloud.inventory(&Scope::new(lab.topology())).await?;
    ensure(inventory.identity.account != place.account, || {
        format!("the credentials are those of {place}")
    })?;
    let empty = Inventory::new(place, inventory.identity.clone());
    ensure(inventory == empty, || format!("{inventory:?}"))
}
