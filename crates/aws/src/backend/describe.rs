//! The reading operations, each to its end and with client-side cutting into calls.

use aws_sdk_ec2::types::{
    Filter, Instance, NetworkAcl, NetworkInsightsPath, NetworkInterface, RouteTable, SecurityGroup,
    SecurityGroupRule, Subnet, TagDescription, Vpc, VpcEndpoint, VpcPeeringConnection,
};
use landbridge_core::{ErrorKind, Result, ZoneRecord};

use super::AwsCloud;
use crate::client::{Operation, list, page};
use crate::ec2::PAGE;
use crate::ec2::insights::INSIGHTS_PAGE;
use crate::ec2::network::read_zone;

/// The most that `DescribeRouteTables` takes.
const TABLES_PER_PAGE: i32 = 100;

pub(super) const DESCRIBE_VPCS: Operation = list("DescribeVpcs");
pub(super) const DESCRIBE_SUBNETS: Operation = list("DescribeSubnets");
pub(super) const DESCRIBE_TABLES: Operation = list("DescribeRouteTables");
pub(super) const DESCRIBE_ACLS: Operation = list("DescribeNetworkAcls");
pub(super) const DESCRIBE_PEERINGS: Operation = list("DescribeVpcPeeringConnections");
pub(super) const DESCRIBE_GROUPS: Operation = list("DescribeSecurityGroups");
pub(super) const DESCRIBE_RULES: Operation = list("DescribeSecurityGroupRules");
pub(super) const DESCRIBE_INSTANCES: Operation = list("DescribeInstances");
pub(super) const DESCRIBE_INTERFACES: Operation = list("DescribeNetworkInterfaces");
pub(super) const DESCRIBE_ENDPOINTS: Operation = list("DescribeVpcEndpoints");
pub(super) const DESCRIBE_PATHS: Operation = list("DescribeNetworkInsightsPaths");
const DESCRIBE_TAGS: Operation = list("DescribeTags");
const DESCRIBE_ZONES: Operation = list("DescribeAvailabilityZones");

// One reading operation: its fluent call, the field of its answer, and how long a page is.
macro_rules! describe {
    ($name:ident, $operation:ident, $call:ident, $field:ident, $item:ty, $page:expr) => {
        pub(super) async fn $name(&self, calls: Vec<Vec<Filter>>) -> Result<Vec<$item>> {
            let read = |filters: Vec<Filter>| async move {
                let filters = Some(filters).filter(|filters| !filters.is_empty());
                let call = self
                    .client
                    .ec2()
                    .$call()
                    .set_filters(filters)
                    .max_results($page);
                let send = |token| {
                    let call = call.clone().set_next_token(token);
                    async {
                        call.send()
                            .await
                            .map(|answer| page(answer.$field, answer.next_token))
                    }
                };
                self.client.pages($operation, send).await
            };
            let mut items = Vec::new();
            for filters in calls {
                let part = self.part_of_whole($operation, &filters, read).await?;
                items.extend(match part {
                    Some(part) => part,
                    None => read(filters).await?,
                });
            }
            Ok(items)
        }
    };
}

impl AwsCloud {
    describe!(
        tags,
        DESCRIBE_TAGS,
        describe_tags,
        tags,
        TagDescription,
        PAGE
    );
    describe!(
        insights_paths,
        DESCRIBE_PATHS,
        describe_network_insights_paths,
        network_insights_paths,
        NetworkInsightsPath,
        INSIGHTS_PAGE
    );
    describe!(vpcs, DESCRIBE_VPCS, describe_vpcs, vpcs, Vpc, PAGE);
    describe!(
        subnets,
        DESCRIBE_SUBNETS,
        describe_subnets,
        subnets,
        Subnet,
        PAGE
    );
    describe!(
        tables,
        DESCRIBE_TABLES,
        describe_route_tables,
        route_tables,
        RouteTable,
        TABLES_PER_PAGE
    );
    describe!(
        acls,
        DESCRIBE_ACLS,
        describe_network_acls,
        network_acls,
        NetworkAcl,
        PAGE
    );
    describe!(
        peerings,
        DESCRIBE_PEERINGS,
        describe_vpc_peering_connections,
        vpc_peering_connections,
        VpcPeeringConnection,
        PAGE
    );
    describe!(
        groups,
        DESCRIBE_GROUPS,
        describe_security_groups,
        security_groups,
        SecurityGroup,
        PAGE
    );
    describe!(
        group_rules,
        DESCRIBE_RULES,
        describe_security_group_rules,
        security_group_rules,
        SecurityGroupRule,
        PAGE
    );

    describe!(
        interfaces,
        DESCRIBE_INTERFACES,
        describe_network_interfaces,
        network_interfaces,
        NetworkInterface,
        PAGE
    );

    describe!(
        endpoints,
        DESCRIBE_ENDPOINTS,
        describe_vpc_endpoints,
        vpc_endpoints,
        VpcEndpoint,
        PAGE
    );

    /// The zones of the region that the account has enabled; none for a caller that may not list them.
    pub(super) async fn zones(&self) -> Result<Vec<ZoneRecord>> {
        let call = self.client.ec2().describe_availability_zones();
        let read = || async {
            let answer = self.client.call(DESCRIBE_ZONES, || call.clone().send());
            Ok(answer.await?.availability_zones.unwrap_or_default())
        };
        let zones = match self.for_all(DESCRIBE_ZONES, read).await {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(Vec::new()),
            other => other?,
        };
        let mut zones: Vec<_> = zones.iter().filter_map(read_zone).collect();
        zones.sort();
        Ok(zones)
    }

    // Instances come inside reservations.
    pub(super) async fn instances(&self, calls: Vec<Vec<Filter>>) -> Result<Vec<Instance>> {
        let read = |filters: Vec<Filter>| async move {
            let call = self.client.ec2().describe_instances();
            let call = call.set_filters(Some(filters)).max_results(PAGE);
            let send = |token| {
                let call = call.clone().set_next_token(token);
                async {
                    call.send()
                        .await
                        .map(|answer| page(answer.reservations, answer.next_token))
                }
            };
            let reservations = self.client.pages(DESCRIBE_INSTANCES, send).await?;
            let instances = reservations.into_iter().flat_map(|one| one.instances);
            Ok(instances.flatten().collect::<Vec<Instance>>())
        };
        let mut instances = Vec::new();
        for filters in calls {
            let part = self.part_of_whole(DESCRIBE_INSTANCES, &filters, read);
            instances.extend(match part.await? {
                Some(part) => part,
                None => read(filters).await?,
            });
        }
        Ok(instances)
    }
}
