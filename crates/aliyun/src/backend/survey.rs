//! Everything in a place, whoever made it, in lists of the whole region.
//!
//! What is shown for one table, group or member at a time is left out: routes, rules, and the grants that an account has
//! given. Of CEN instances and Express Connect Routers, which belong to no region, each takes calls of its own for the
//! grants and attachments that it has received.

use landbridge_core::backend::Gaps;
use landbridge_core::{
    CallerIdentity, Compute, ErrorKind, FirewallRule, GrantRecord, HubId, HubRecord, Inventory,
    Network, NetworkRecord, PeeringRecord, Result, Scope, Select,
};

use super::{AliyunCloud, each, empty_if_closed};
use crate::cbn::{self, AttachmentFilter};
use crate::document::Doc;
use crate::{ecr, vpc, vpcpeer};

/// A region may lack the product, and an account may not have opened it: then there is nothing.
pub(super) fn empty_if_absent<T>(result: Result<Vec<T>>) -> Result<Vec<T>> {
    match empty_if_closed(result) {
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(Vec::new()),
        other => other,
    }
}

impl AliyunCloud {
    pub(super) async fn survey(&self, identity: CallerIdentity, scope: &Scope) -> Inventory {
        let gaps = Gaps::new(self.client.place().clone());
        let (inventory, cens, routers) = tokio::join!(
            self.regional(identity, &gaps),
            self.all_cens(scope, &gaps),
            self.all_edges(scope, &gaps),
        );
        let ids = |hubs: &[HubRecord]| hubs.iter().map(|hub| hub.id.clone()).collect::<Vec<_>>();
        let (to_cens, to_edges, at_edges) = tokio::join!(
            gaps.read("grants to CEN instances", self.all_cen_grants(ids(&cens))),
            gaps.read("grants to edge hubs", self.all_edge_grants(ids(&routers))),
            gaps.read("attachments to edge hubs", self.all_hanging(ids(&routers))),
        );
        let hubs = [cens, inventory.hubs.clone(), routers].concat();
        let peerings = [inventory.peerings.clone(), at_edges].concat();
        inventory
            .with_hubs(hubs)
            .with_peerings(peerings)
            .with_grants([to_cens, to_edges].concat())
            .with_not_read(gaps.take())
    }

    async fn regional(&self, identity: CallerIdentity, gaps: &Gaps) -> Inventory {
        let region = self.region();
        let (networks, subnets, tables, routers, peerings, groups, instances) = tokio::join!(
            gaps.read("networks", self.list_networks(&Select::All)),
            gaps.read("subnets", self.list_subnets(&Select::All)),
            gaps.read(
                "route tables",
                self.list(vpc::all_route_tables(region), vpc::read_route_table)
            ),
            gaps.read("transit routers", self.routers_without_tables()),
            self.all_peerings(gaps),
            gaps.read("security groups", self.list_groups(&Select::All)),
            gaps.read("instances", self.list_instances(&Select::All)),
        );
        let place = self.client.place();
        let own = |network: &&NetworkRecord| network.account == place.account;
        Inventory::new(place.clone(), identity)
            .with_network_count(networks.iter().filter(own).count())
            .with_networks(networks)
            .with_subnets(subnets)
            .with_route_tables(tables)
            .with_hubs(routers)
            .with_peerings(peerings)
            .with_groups(groups)
            .with_instances(instances)
    }

    // The default table of a router takes a call for each router, and nothing here needs it.
    async fn routers_without_tables(&self) -> Result<Vec<HubRecord>> {
        let place = self.client.place();
        let read = |doc: Doc<'_>| cbn::read_transit_router(place, doc);
        let listing = cbn::all_transit_routers(self.region());
        empty_if_absent(self.list(listing, read).await)
    }

    async fn all_peerings(&self, gaps: &Gaps) -> Vec<PeeringRecord> {
        let filter = AttachmentFilter::default();
        let (networks, links, connections) = tokio::join!(
            gaps.read("attachments", async {
                empty_if_absent(self.vpc_attachments(&filter).await)
            }),
            gaps.read("links between regions", async {
                empty_if_absent(self.peer_attachments(&filter).await)
            }),
            gaps.read("VPC peering connections", async {
                empty_if_absent(
                    self.connections(vpcpeer::all_connections(self.region()))
                        .await,
                )
            }),
        );
        [networks, links, connections].concat()
    }

    async fn all_cens(&self, scope: &Scope, gaps: &Gaps) -> Vec<HubRecord> {
        if scope.regional {
            return Vec::new();
        }
        let reading = async { empty_if_absent(self.cens(cbn::all_cens()).await) };
        gaps.read("CEN instances", reading).await
    }

    async fn all_edges(&self, scope: &Scope, gaps: &Gaps) -> Vec<HubRecord> {
        if scope.regional {
            return Vec::new();
        }
        let reading = async { empty_if_absent(self.routers(ecr::all_routers()).await) };
        gaps.read("edge hubs", reading).await
    }

    async fn all_cen_grants(&self, cens: Vec<HubId>) -> Result<Vec<GrantRecord>> {
        each(cens, |cen| async move { self.cen_grants_to(&cen).await }).await
    }

    async fn all_edge_grants(&self, routers: Vec<HubId>) -> Result<Vec<GrantRecord>> {
        each(
            routers,
            |id| async move { self.router_grants_to(&id).await },
        )
        .await
    }

    async fn all_hanging(&self, routers: Vec<HubId>) -> Result<Vec<PeeringRecord>> {
        each(routers, |id| async move { self.hanging(&id, None).await }).await
    }
}
