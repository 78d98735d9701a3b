//! Everything in a place, whoever made it: one list for each kind of thing, without filters.
//!
//! Routes and rules are left out, as on clouds that show them for one table or group at a time.

use landbridge_core::backend::Gaps;
use landbridge_core::{
    CallerIdentity, Compute, FirewallRule, Inventory, Network, NetworkRecord, PeeringRecord,
    Result, RouteTableRecord, Select,
};

use super::AwsCloud;
use super::describe::DESCRIBE_TABLES;
use crate::ec2::peering::is_deleted;
use crate::ec2::route::read_table;

impl AwsCloud {
    pub(super) async fn survey(&self, identity: CallerIdentity) -> Inventory {
        let gaps = Gaps::new(self.own_place().clone());
        let (networks, subnets, tables, peerings, groups, instances) = tokio::join!(
            gaps.read("networks", self.list_networks(&Select::All)),
            gaps.read("subnets", self.list_subnets(&Select::All)),
            gaps.read("route tables", self.all_tables()),
            gaps.read("VPC peering connections", self.all_peerings()),
            gaps.read("security groups", self.list_groups(&Select::All)),
            gaps.read("instances", self.list_instances(&Select::All)),
        );
        let place = self.own_place();
        let own = |network: &&NetworkRecord| network.account == place.account;
        Inventory::new(place.clone(), identity)
            .with_network_count(networks.iter().filter(own).count())
            .with_networks(networks)
            .with_subnets(subnets)
            .with_route_tables(tables)
            .with_peerings(peerings)
            .with_groups(groups)
            .with_instances(instances)
            .with_not_read(gaps.take())
    }

    async fn all_tables(&self) -> Result<Vec<RouteTableRecord>> {
        let tables = self.tables(vec![Vec::new()]).await?;
        self.read_each(DESCRIBE_TABLES, &tables, read_table)
    }

    // One that was deleted stays visible for hours.
    async fn all_peerings(&self) -> Result<Vec<PeeringRecord>> {
        let mut peerings = self.read_peerings(vec![Vec::new()]).await?;
        peerings.retain(|peering| !is_deleted(&peering.status) && self.memory.shows(peering));
        Ok(peerings)
    }
}
