//! Everything in a place that concerns a topology, in about ten calls: one for each kind of thing, however many networks
//! there are.

use std::collections::BTreeSet;

use landbridge_core::{
    AclRecord, AgentRoleRecord, Compute, CrossAccountAuth, ErrorKind, FirewallRule, GroupId,
    GroupRecord, InstanceId, InstanceRecord, InterfaceRecord, Inventory, Network, NetworkId,
    NetworkRecord, NotRead, PeeringRecord, Result, RouteRecord, RouteTableRecord, RuleRecord,
    Scope, Select, ServiceEndpointRecord, SubnetRecord, TAG_TOPOLOGY, ZoneRecord,
};

use super::describe::{
    DESCRIBE_ACLS, DESCRIBE_GROUPS, DESCRIBE_INTERFACES, DESCRIBE_PEERINGS, DESCRIBE_SUBNETS,
    DESCRIBE_TABLES, DESCRIBE_VPCS,
};
use super::{AwsCloud, with_values};
use crate::ec2::acl::read_acl;
use crate::ec2::group::read_group;
use crate::ec2::interface::read_interface;
use crate::ec2::network::{read_subnet, read_vpc};
use crate::ec2::peering::{is_dead, read_peering};
use crate::ec2::route::{read_left_marks, read_routes, read_table};

struct Networks {
    /// How many there are, those that do not matter included.
    count: usize,
    networks: Vec<NetworkRecord>,
    subnets: Vec<SubnetRecord>,
    tables: Vec<RouteTableRecord>,
    routes: Vec<RouteRecord>,
    acls: Vec<AclRecord>,
    peerings: Vec<PeeringRecord>,
    other_groups: Vec<GroupRecord>,
    interfaces: Vec<InterfaceRecord>,
    endpoints: Vec<ServiceEndpointRecord>,
}

impl AwsCloud {
    pub(super) async fn read_inventory(&self, scope: &Scope) -> Result<Inventory> {
        let identity = self.known_identity().await?;
        let place = self.own_place();
        let inventory = Inventory::new(place.clone(), identity);
        if inventory.identity.account != place.account {
            return Ok(inventory);
        }
        if scope.everything {
            return Ok(self.survey(inventory.identity).await);
        }
        let (zones, mut networks, (mut groups, mut rules), instances, (roles, gaps)) = tokio::try_join!(
            self.read_zones(scope),
            self.read_networks(scope),
            self.read_groups(&scope.topology),
            self.instances_in(scope),
            self.agent_roles_in(scope),
        )?;
        if scope.all_groups {
            let ids: Vec<GroupId> = networks
                .other_groups
                .iter()
                .map(|one| one.id.clone())
                .collect();
            rules.extend(self.rules_of(&ids).await?);
            groups.extend(networks.other_groups.iter().cloned());
        }
        if !scope.other_groups && !scope.holders {
            networks.other_groups.clear();
        }
        let (others, their_rules) = self.groups_of_others(&groups, &instances).await?;
        groups.extend(others);
        rules.extend(their_rules);
        if scope.holders {
            let named = networks.other_groups.iter();
            let named: Vec<GroupId> = named
                .map(|group| group.id.clone())
                .filter(|id| !groups.iter().any(|known| known.id == *id))
                .collect();
            rules.extend(self.rules_of(&named).await?);
        }
        let inventory = inventory.with_not_read(gaps);
        let inventory = match scope.analyses {
            true => self.with_paths(inventory, scope).await?,
            false => inventory,
        };
        Ok(inventory
            .with_zones(zones)
            .with_network_count(networks.count)
            .with_networks(networks.networks)
            .with_subnets(networks.subnets)
            .with_route_tables(networks.tables)
            .with_routes(networks.routes)
            .with_acls(networks.acls)
            .with_peerings(networks.peerings)
            .with_other_groups(networks.other_groups)
            .with_groups(groups)
            .with_rules(rules)
            .with_instances(instances)
            .with_interfaces(networks.interfaces)
            .with_agent_roles(roles)
            .with_service_endpoints(networks.endpoints))
    }

    /// The topology's agent roles, and what of them could not be read. A step that makes one asks again.
    async fn agent_roles_in(&self, scope: &Scope) -> Result<(Vec<AgentRoleRecord>, Vec<NotRead>)> {
        if !scope.agent_roles {
            return Ok(Default::default());
        }
        match self.agent_roles(&scope.select()).await {
            Ok(roles) => Ok((roles, Vec::new())),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                let gap = NotRead::new(self.own_place().clone(), "agent roles", &error);
                Ok((Vec::new(), vec![gap]))
            }
            Err(error) => Err(error),
        }
    }

    async fn read_zones(&self, scope: &Scope) -> Result<Vec<ZoneRecord>> {
        match scope.zones {
            true => self.zones().await,
            false => Ok(Vec::new()),
        }
    }

    // The quota counts all networks of the account, so all are read: there are few, and it takes one call.
    async fn read_networks(&self, scope: &Scope) -> Result<Networks> {
        let vpcs = self.vpcs(vec![Vec::new()]).await?;
        let mut networks =
            self.read_listed(DESCRIBE_VPCS, &vpcs, |vpc| read_vpc(self.own_place(), vpc))?;
        let own = &self.own_place().account;
        let count = networks.iter().filter(|one| one.account == *own).count();
        networks.retain(|network| {
            let owner = network.owner.as_ref();
            owner.is_some_and(|owner| owner.topology == scope.topology)
                || scope.networks.contains(&network.id)
        });
        networks.sort_by(|a, b| a.id.cmp(&b.id));
        let ids: Vec<NetworkId> = networks.iter().map(|network| network.id.clone()).collect();
        let if_asked = |asked: bool| if asked { ids.clone() } else { Vec::new() };
        let named = if_asked(scope.host_names);
        let grouped = if_asked(scope.other_groups || scope.all_groups || scope.holders);
        let held = if_asked(scope.holders);
        let ends = if_asked(scope.holders || scope.agents);
        let (subnets, (tables, routes), acls, peerings, named, other_groups, interfaces, endpoints) =
            tokio::try_join!(
                self.subnets_of(&ids),
                self.tables_of(&ids),
                self.acls_of(&ids),
                self.peerings_of(&scope.topology, &ids),
                self.named(named),
                self.other_groups(&scope.topology, &grouped),
                self.interfaces_of(&held),
                self.endpoints_of(&ends, scope.agents),
            )?;
        for (network, is_named) in networks.iter_mut().zip(named) {
            network.host_names = Some(is_named);
        }
        Ok(Networks {
            count,
            networks,
            subnets,
            tables,
            routes,
            acls,
            peerings,
            other_groups,
            interfaces,
            endpoints,
        })
    }

    async fn subnets_of(&self, ids: &[NetworkId]) -> Result<Vec<SubnetRecord>> {
        let subnets = self.subnets(with_values("vpc-id", ids)).await?;
        let mut subnets = self.read_listed(DESCRIBE_SUBNETS, &subnets, read_subnet)?;
        subnets.retain(|subnet| ids.contains(&subnet.network));
        Ok(subnets)
    }

    // A caller that may not list interfaces learns of them when a delete fails.
    async fn interfaces_of(&self, ids: &[NetworkId]) -> Result<Vec<InterfaceRecord>> {
        match self.interfaces(with_values("vpc-id", ids)).await {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(Vec::new()),
            interfaces => self.read_each(DESCRIBE_INTERFACES, &interfaces?, read_interface),
        }
    }

    async fn tables_of(
        &self,
        ids: &[NetworkId],
    ) -> Result<(Vec<RouteTableRecord>, Vec<RouteRecord>)> {
        let read = |table: &_| {
            let routes = [read_routes(table)?, read_left_marks(table)?].concat();
            Ok((read_table(table)?, routes))
        };
        let tables = self.tables(with_values("vpc-id", ids)).await?;
        let mut tables = self.read_each(DESCRIBE_TABLES, &tables, read)?;
        tables.retain(|(table, _)| ids.contains(&table.network));
        let (tables, routes): (Vec<_>, Vec<_>) = tables.into_iter().unzip();
        let mut routes: Vec<_> = routes.into_iter().flatten().collect();
        self.fill_routes(&mut routes).await?;
        Ok((tables, routes))
    }

    async fn acls_of(&self, ids: &[NetworkId]) -> Result<Vec<AclRecord>> {
        let acls = self.acls(with_values("vpc-id", ids)).await?;
        let mut acls = self.read_each(DESCRIBE_ACLS, &acls, read_acl)?;
        acls.retain(|acl| ids.contains(&acl.network));
        Ok(acls)
    }

    // Those that carry the topology's tag, and those at either end of which is one of the networks: filters are joined by
    // "and", so one list of all takes fewer calls than three. An ended one cannot be deleted and does no harm.
    async fn peerings_of(&self, topology: &str, ids: &[NetworkId]) -> Result<Vec<PeeringRecord>> {
        let ids: BTreeSet<&str> = ids.iter().map(NetworkId::as_str).collect();
        let mut all = self.peerings(vec![Vec::new()]).await?;
        all.retain(|peering| {
            let mut tags = peering.tags().iter();
            let ours =
                tags.any(|tag| tag.key() == Some(TAG_TOPOLOGY) && tag.value() == Some(topology));
            let ends = [peering.requester_vpc_info(), peering.accepter_vpc_info()];
            let mut ends = ends.into_iter().flatten().filter_map(|end| end.vpc_id());
            ours || ends.any(|id| ids.contains(id))
        });
        let read = |peering: &_| read_peering(self.own_place(), peering);
        let mut peerings = self.read_listed(DESCRIBE_PEERINGS, &all, read)?;
        peerings.sort_by(|a, b| a.id.cmp(&b.id));
        peerings.retain(|peering| !is_dead(&peering.status) && self.memory.shows(peering));
        Ok(peerings)
    }

    async fn instances_in(&self, scope: &Scope) -> Result<Vec<InstanceRecord>> {
        let ours = Select::Topology(scope.topology.clone());
        let mut instances = self.list_instances(&ours).await?;
        let is_known = |id: &&InstanceId| instances.iter().any(|known| known.id == **id);
        let others = scope.instances.iter().filter(|id| !is_known(id));
        let others: Vec<InstanceId> = others.cloned().collect();
        if !others.is_empty() {
            instances.extend(self.list_instances(&Select::Ids(others)).await?);
        }
        Ok(instances)
    }

    // Groups that others put on instances of the topology filter their packets, too.
    async fn groups_of_others(
        &self,
        known: &[GroupRecord],
        instances: &[InstanceRecord],
    ) -> Result<(Vec<GroupRecord>, Vec<RuleRecord>)> {
        let is_known = |id: &GroupId| known.iter().any(|group| group.id == *id);
        let on_instances = instances.iter().flat_map(|instance| &instance.groups);
        let ids: BTreeSet<GroupId> = on_instances.filter(|id| !is_known(id)).cloned().collect();
        if ids.is_empty() {
            return Ok(Default::default());
        }
        let ids: Vec<GroupId> = ids.into_iter().collect();
        let select = Select::Ids(ids.clone());
        tokio::try_join!(self.list_groups(&select), self.rules_of(&ids))
    }

    // Which of these have host names, in their order.
    async fn named(&self, ids: Vec<NetworkId>) -> Result<Vec<bool>> {
        let asked = ids
            .iter()
            .map(|id| async move { self.has_host_names(id).await });
        futures_util::future::try_join_all(asked).await
    }

    // Two groups of one network cannot share a name, also if others made one of them.
    async fn other_groups(&self, topology: &str, ids: &[NetworkId]) -> Result<Vec<GroupRecord>> {
        let groups = self.groups(with_values("vpc-id", ids)).await?;
        let mut groups = self.read_each(DESCRIBE_GROUPS, &groups, read_group)?;
        groups.retain(|group| {
            let owner = group.owner.as_ref();
            let here = group.network.as_ref().is_some_and(|id| ids.contains(id));
            here && owner.is_none_or(|owner| owner.topology != topology)
        });
        Ok(groups)
    }

    async fn read_groups(&self, topology: &str) -> Result<(Vec<GroupRecord>, Vec<RuleRecord>)> {
        let select = Select::Topology(topology.to_owned());
        let groups = self.list_groups(&select).await?;
        let ids: Vec<GroupId> = groups.iter().map(|group| group.id.clone()).collect();
        let rules = self.rules_of(&ids).await?;
        Ok((groups, rules))
    }
}
