//! Everything in a place that concerns a topology.
//!
//! Four branches are read at once: networks (vSwitches, route tables, routes, grants), hubs (transit routers,
//! attachments, learning, routes), machines (groups, rules, instances) and peering connections. The client bounds what
//! is under way. Express Connect Routers are read only where the scope asks for edges.

use std::collections::{BTreeMap, BTreeSet};

use landbridge_core::{
    AclRecord, CloudService, Compute, CrossAccountAuth, FirewallRule, GrantRecord, GroupId,
    GroupRecord, Hub, HubId, HubRecord, HubRouteRecord, InstanceId, InstanceRecord,
    InterfaceRecord, Inventory, LearningRecord, Network, NetworkId, NetworkRecord, Owner,
    PeeringRecord, Result, RouteRecord, RouteTableId, RouteTableRecord, Routing, RuleRecord, Scope,
    Select, Service, ServiceStatus, SubnetRecord, Zone, ZoneRecord,
};

use super::held::Held;
use super::{AliyunCloud, each, empty_if_closed, none_if_barred, portions, tagged};
use crate::cbn::{self, AttachmentFilter, CEN_IDS_PER_CALL};
use crate::document::{Doc, malformed};
use crate::member::{Member, MemberKind};
use crate::{ecs, vpc, vpcpeer};

struct Account {
    services: BTreeMap<CloudService, ServiceStatus>,
    zones: Vec<ZoneRecord>,
    hub_zones: Vec<Zone>,
}

struct Networks {
    /// How many the account has, those that do not matter included.
    count: usize,
    networks: Vec<NetworkRecord>,
    held: Held,
    subnets: Vec<SubnetRecord>,
    tables: Vec<RouteTableRecord>,
    routes: Vec<RouteRecord>,
    acls: Vec<AclRecord>,
    grants: Vec<GrantRecord>,
}

struct Hubs {
    hubs: Vec<HubRecord>,
    peerings: Vec<PeeringRecord>,
    learning: Vec<LearningRecord>,
    routes: Vec<HubRouteRecord>,
    /// Those received, where they are asked for.
    grants: Vec<GrantRecord>,
}

struct Machines {
    groups: Vec<GroupRecord>,
    rules: Vec<RuleRecord>,
    instances: Vec<InstanceRecord>,
}

/// What may hold objects of the topology, whoever made it.
#[derive(Default)]
struct Holders {
    interfaces: Vec<InterfaceRecord>,
    groups: Vec<GroupRecord>,
    rules: Vec<RuleRecord>,
}

/// Whether a connection is the topology's or joins one of the networks.
fn concerns(scope: &Scope, networks: &[NetworkRecord], connection: &PeeringRecord) -> bool {
    let ours = |owner: &Owner| owner.topology == scope.topology;
    let ends = [connection.requester.id(), connection.accepter.id()];
    connection.owner.as_ref().is_some_and(ours)
        || networks
            .iter()
            .any(|network| ends.contains(&network.id.as_str()))
}

impl AliyunCloud {
    pub(super) async fn read_inventory(&self, scope: &Scope) -> Result<Inventory> {
        let identity = self.known_identity().await?;
        let place = self.client.place();
        let inventory = Inventory::new(place.clone(), identity);
        if inventory.identity.account != place.account {
            return Ok(inventory);
        }
        if scope.everything {
            return Ok(self.survey(inventory.identity, scope).await);
        }
        let (account, networks, hubs, edges, machines, connections) = tokio::try_join!(
            self.read_account(scope),
            self.read_networks(scope),
            self.read_hubs(scope),
            self.read_edges(scope),
            self.read_machines(scope),
            self.connections(vpcpeer::all_connections(self.region())),
        )?;
        let machines = self.with_all_groups(scope, &networks, machines).await?;
        let holders = self.read_holders(scope, &networks, &machines).await?;
        let concerns = |connection: &PeeringRecord| concerns(scope, &networks.networks, connection);
        let connections: Vec<_> = connections.into_iter().filter(concerns).collect();
        Ok(inventory
            .with_services(account.services)
            .with_zones(account.zones)
            .with_hub_zones(account.hub_zones)
            .with_network_count(networks.count)
            .with_networks(networks.networks)
            .with_subnets(networks.subnets)
            .with_route_tables(networks.tables)
            .with_routes(networks.routes)
            .with_acls(networks.acls)
            .with_grants([networks.grants, hubs.grants, edges.grants].concat())
            .with_hubs([hubs.hubs, edges.routers].concat())
            .with_peerings([hubs.peerings, edges.attachments, connections].concat())
            .with_learning(hubs.learning)
            .with_hub_routes(hubs.routes)
            .with_groups(machines.groups)
            .with_rules([machines.rules, holders.rules].concat())
            .with_instances(machines.instances)
            .with_interfaces(holders.interfaces)
            .with_other_groups(holders.groups))
    }

    async fn read_account(&self, scope: &Scope) -> Result<Account> {
        let mut asked = vec![CloudService::Hub, CloudService::Transit];
        asked.extend(scope.cross_border.then_some(CloudService::CrossBorder));
        let (services, zones, hub_zones) = tokio::try_join!(
            each(asked, |service| async move {
                Ok(vec![(service, self.service_status(service).await?)])
            }),
            self.read_zones(scope),
            self.hub_zones_if_open(),
        )?;
        Ok(Account {
            services: services.into_iter().collect(),
            zones,
            hub_zones,
        })
    }

    async fn read_zones(&self, scope: &Scope) -> Result<Vec<ZoneRecord>> {
        if !scope.zones {
            return Ok(Vec::new());
        }
        none_if_barred(
            self.ask_for_all(vpc::zones(self.region()), vpc::read_zones)
                .await,
        )
    }

    async fn hub_zones_if_open(&self) -> Result<Vec<Zone>> {
        empty_if_closed(self.list_hub_zones().await)
    }

    async fn count_networks(&self) -> Result<usize> {
        let total = |answer: Doc<'_>| {
            let count = answer.parse("TotalCount");
            count.ok_or_else(|| malformed("the answer has no `TotalCount`"))
        };
        self.ask_for_all(vpc::count_vpcs(self.region()), total)
            .await
    }

    async fn read_networks(&self, scope: &Scope) -> Result<Networks> {
        let select = Select::Topology(scope.topology.clone());
        let (mut networks, named, count) = tokio::try_join!(
            self.list_networks(&select),
            self.networks_by_id(&scope.networks),
            self.count_networks(),
        )?;
        networks.extend(named);
        networks.sort_by(|a, b| a.id.cmp(&b.id));
        networks.dedup_by(|a, b| a.id == b.id);
        let ids: Vec<NetworkId> = networks.iter().map(|network| network.id.clone()).collect();
        let account = &self.client.place().account;
        let held = Held::by(&networks, &|network| network.account == *account, count);
        let (subnets, (tables, routes), acls, grants) = tokio::try_join!(
            self.held(
                &held,
                vpc::all_vswitches(self.region()),
                vpc::vswitches_of,
                vpc::read_vswitch,
            ),
            self.read_tables(&held),
            self.acls_of(&ids),
            self.read_grants(scope, &networks),
        )?;
        Ok(Networks {
            count,
            networks,
            held,
            subnets,
            tables,
            routes,
            acls,
            grants,
        })
    }

    async fn acls_of(&self, networks: &[NetworkId]) -> Result<Vec<AclRecord>> {
        if networks.is_empty() {
            return Ok(Vec::new());
        }
        let mut acls = self.list(vpc::acls(self.region()), vpc::read_acl).await?;
        acls.retain(|acl| networks.contains(&acl.network));
        Ok(acls)
    }

    async fn read_tables(&self, held: &Held) -> Result<(Vec<RouteTableRecord>, Vec<RouteRecord>)> {
        let all = vpc::all_route_tables(self.region());
        let tables = self.held(held, all, vpc::route_tables_of, vpc::read_route_table);
        let tables = tables.await?;
        let ids: Vec<RouteTableId> = tables.iter().map(|table| table.id.clone()).collect();
        let routes = each(
            ids,
            |table| async move { self.routes_if_there(&table).await },
        );
        Ok((tables, routes.await?))
    }

    // A table may vanish between the two reads.
    async fn routes_if_there(&self, table: &RouteTableId) -> Result<Vec<RouteRecord>> {
        match self.list_routes(table).await {
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            other => other,
        }
    }

    async fn read_grants(
        &self,
        scope: &Scope,
        networks: &[NetworkRecord],
    ) -> Result<Vec<GrantRecord>> {
        let place = self.client.place();
        let own = networks
            .iter()
            .filter(|network| network.account == place.account);
        let own: Vec<_> = own.cloned().collect();
        let at_edges = self.read_edge_grants(scope, networks);
        let to_cens = each(own, |network| async move {
            let member = Member {
                kind: MemberKind::Network,
                id: network.id.as_str(),
                account: &network.account,
                region: &network.region,
            };
            empty_if_closed(self.cen_grants_on(&member).await)
        });
        let (to_cens, at_edges) = tokio::try_join!(to_cens, at_edges)?;
        Ok([to_cens, at_edges].concat())
    }

    // The CEN instances of the topology and those of the scope.
    async fn cens_of(&self, scope: &Scope) -> Result<Vec<HubRecord>> {
        let select = Select::<HubId>::Topology(scope.topology.clone());
        let (ours, named) = tokio::try_join!(
            async { empty_if_closed(self.cens(cbn::topology_cens(&scope.topology)).await) },
            each(portions(&scope.hubs, CEN_IDS_PER_CALL), |ids| async move {
                empty_if_closed(self.cens(cbn::cens_by_id(&ids)).await)
            }),
        )?;
        let mut cens = tagged(&select, ours, |cen| cen.owner.as_ref());
        let is_known = |cen: &HubRecord| cens.iter().any(|known| known.id == cen.id);
        let named: Vec<HubRecord> = named.into_iter().filter(|cen| !is_known(cen)).collect();
        cens.extend(named);
        Ok(cens)
    }

    async fn read_hubs(&self, scope: &Scope) -> Result<Hubs> {
        let mut hubs = self.cens_of(scope).await?;
        let cens: Vec<HubId> = hubs.iter().map(|hub| hub.id.clone()).collect();
        let granting = match scope.received_grants {
            true => cens.clone(),
            false => Vec::new(),
        };
        let (routers, peerings, grants) = tokio::try_join!(
            self.routers_of(scope, cens.clone()),
            each(cens, |cen| async move { self.attachments_of(cen).await }),
            each(
                granting,
                |cen| async move { self.cen_grants_to(&cen).await }
            ),
        )?;
        let tables = routers.iter().flat_map(HubRecord::table_ids);
        let tables: Vec<RouteTableId> = tables.cloned().collect();
        hubs.extend(routers);
        let (learning, routes) = tokio::try_join!(
            each(tables.clone(), |table| async move {
                empty_if_closed(self.learning(&table).await)
            }),
            each(tables, |table| async move {
                empty_if_closed(self.list_hub_routes(&table).await)
            }),
        )?;
        Ok(Hubs {
            hubs,
            peerings,
            learning,
            routes,
            grants,
        })
    }

    // Others may have chosen among the tables of their routers; those of the topology's own have one.
    async fn routers_of(&self, scope: &Scope, cens: Vec<HubId>) -> Result<Vec<HubRecord>> {
        each(cens, |cen| async move {
            let listing = cbn::transit_routers_of(self.region(), &cen);
            empty_if_closed(match scope.hubs.contains(&cen) {
                true => self.transit_routers_and_tables(listing).await,
                false => self.transit_routers(listing).await,
            })
        })
        .await
    }

    async fn attachments_of(&self, cen: HubId) -> Result<Vec<PeeringRecord>> {
        let filter = AttachmentFilter {
            cen: Some(cen),
            ..AttachmentFilter::default()
        };
        let (networks, peers) = tokio::try_join!(
            async { empty_if_closed(self.vpc_attachments(&filter).await) },
            async { empty_if_closed(self.peer_attachments(&filter).await) },
        )?;
        Ok(networks.into_iter().chain(peers).collect())
    }

    async fn read_machines(&self, scope: &Scope) -> Result<Machines> {
        let (instances, (groups, rules)) = tokio::try_join!(
            self.read_instances(scope),
            self.read_groups(&scope.topology),
        )?;
        let (others, their_rules) = self.groups_of_others(&groups, &instances).await?;
        Ok(Machines {
            groups: [groups, others].concat(),
            rules: [rules, their_rules].concat(),
            instances,
        })
    }

    async fn read_instances(&self, scope: &Scope) -> Result<Vec<InstanceRecord>> {
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

    // The rules are read of each group that is in one of the networks and not known yet.
    async fn with_all_groups(
        &self,
        scope: &Scope,
        networks: &Networks,
        mut machines: Machines,
    ) -> Result<Machines> {
        if !scope.all_groups {
            return Ok(machines);
        }
        let mut groups = self.list_groups(&Select::All).await?;
        groups.retain(|group| {
            let mut networks = networks.networks.iter();
            let known = machines.groups.iter().any(|known| known.id == group.id);
            !known && networks.any(|network| group.network.as_ref() == Some(&network.id))
        });
        let (groups, rules) = self.with_rules(groups).await?;
        machines.groups.extend(groups);
        machines.rules.extend(rules);
        Ok(machines)
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
        let select = Select::Ids(ids.into_iter().collect());
        self.with_rules(self.list_groups(&select).await?).await
    }

    // A caller that may not list interfaces learns of them when a delete fails.
    async fn read_holders(
        &self,
        scope: &Scope,
        networks: &Networks,
        machines: &Machines,
    ) -> Result<Holders> {
        if !scope.holders {
            return Ok(Holders::default());
        }
        let region = self.region();
        let (interfaces, mut groups) = tokio::try_join!(
            async {
                let all = ecs::all_interfaces(region);
                let interfaces =
                    self.held(&networks.held, all, ecs::interfaces_in, ecs::read_interface);
                none_if_barred(interfaces.await)
            },
            self.held(
                &networks.held,
                ecs::all_groups(region),
                ecs::groups_in,
                ecs::read_group
            ),
        )?;
        groups.retain(|group| !machines.groups.iter().any(|known| known.id == group.id));
        let (groups, rules) = self.with_rules(groups).await?;
        Ok(Holders {
            interfaces,
            groups,
            rules,
        })
    }

    async fn read_groups(&self, topology: &str) -> Result<(Vec<GroupRecord>, Vec<RuleRecord>)> {
        let groups = self
            .list_groups(&Select::Topology(topology.to_owned()))
            .await?;
        self.with_rules(groups).await
    }

    async fn with_rules(
        &self,
        groups: Vec<GroupRecord>,
    ) -> Result<(Vec<GroupRecord>, Vec<RuleRecord>)> {
        let read = each(groups, |group| async move {
            Ok(vec![self.group_with_rules(group).await?])
        });
        let (groups, rules): (Vec<_>, Vec<_>) = read.await?.into_iter().unzip();
        Ok((groups, rules.into_iter().flatten().collect()))
    }

    // Only the rules' answer says whether members reach each other.
    async fn group_with_rules(
        &self,
        mut group: GroupRecord,
    ) -> Result<(GroupRecord, Vec<RuleRecord>)> {
        match self.rules(&group.id).await {
            Ok((rules, trusted)) => {
                group.members_trusted = trusted.unwrap_or(group.members_trusted);
                Ok((group, rules))
            }
            Err(error) if error.is_not_found() => Ok((group, Vec::new())),
            Err(error) => Err(error),
        }
    }
}
