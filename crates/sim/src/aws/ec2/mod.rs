//! EC2: networks, routes, peerings, firewalls, instances.

mod acl_entries;
mod acls;
mod addresses;
mod attributes;
mod cidrs;
mod dhcp;
mod egress_gateways;
mod elastic_addresses;
mod endpoint_changes;
mod endpoints;
mod find;
mod groups;
pub(crate) mod insights;
mod instance_attributes;
mod instance_kinds;
mod instance_views;
mod instances;
mod interfaces;
mod internet_gateways;
mod list_views;
mod nat_gateways;
mod network_interfaces;
mod options;
mod peering;
mod peering_requests;
mod peering_views;
mod places;
mod ports;
mod power;
mod prefix_lists;
mod profile_associations;
mod public_addresses;
mod references;
mod route;
mod route_tables;
mod routes;
mod rule_calls;
mod rule_changes;
mod rule_views;
mod rules;
mod service_lists;
mod shares;
mod stale;
mod subnet_attributes;
mod subnets;
mod tagging;
mod targets;
mod vpcs;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::operation::Operation;
use super::rates;
use super::timings::Timings;
use crate::ledger::Ledger;
use crate::table::{Base, Table, objects};

pub(crate) use acls::{Acl, Entry};
pub(crate) use dhcp::DhcpOptions;
pub(crate) use egress_gateways::EgressGateway;
pub(crate) use elastic_addresses::ElasticAddress;
pub(crate) use endpoints::{
    Endpoint, Spot, groups_at as endpoint_groups, private as private_endpoint,
};
pub(crate) use internet_gateways::InternetGateway;
pub(crate) use nat_gateways::NatGateway;
pub(crate) use network_interfaces::NetworkInterface;
pub(crate) use peering::{Peering, Status};
pub(crate) use ports::Ports;
pub(crate) use prefix_lists::{PrefixList, ranges_of_list};
pub(crate) use route::{Destination, Route, Target};
pub(crate) use routes::{covering, deciding as deciding_route};
pub(crate) use rules::{Other, Rule};
pub(crate) use tagging::{Tagging, kind_of};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change("CreateVpc", vpcs::create),
    Operation::describe("DescribeVpcs", vpcs::describe),
    Operation::change("DeleteVpc", vpcs::delete),
    Operation::change("AssociateVpcCidrBlock", cidrs::associate),
    Operation::change("DisassociateVpcCidrBlock", cidrs::disassociate),
    Operation::change("ModifyVpcAttribute", attributes::modify),
    Operation::describe("DescribeVpcAttribute", attributes::describe),
    Operation::change("CreateSubnet", subnets::create),
    Operation::describe("DescribeSubnets", subnets::describe),
    Operation::change("ModifySubnetAttribute", subnet_attributes::modify),
    Operation::change("DeleteSubnet", subnets::delete),
    Operation::change("CreateRouteTable", route_tables::create).token(),
    Operation::describe("DescribeRouteTables", route_tables::describe),
    Operation::change("DeleteRouteTable", route_tables::delete),
    Operation::change("AssociateRouteTable", route_tables::associate),
    Operation::change("DisassociateRouteTable", route_tables::disassociate),
    Operation::change(
        "ReplaceRouteTableAssociation",
        route_tables::replace_association,
    ),
    Operation::change("CreateRoute", routes::create),
    Operation::change("ReplaceRoute", routes::replace),
    Operation::change("DeleteRoute", routes::delete),
    Operation::change("CreateVpcPeeringConnection", peering_requests::create),
    Operation::change("AcceptVpcPeeringConnection", peering_requests::accept),
    Operation::change("RejectVpcPeeringConnection", peering_requests::reject),
    Operation::change("DeleteVpcPeeringConnection", peering_requests::delete),
    Operation::describe("DescribeVpcPeeringConnections", peering_views::describe),
    Operation::change("ModifyVpcPeeringConnectionOptions", options::modify),
    Operation::change("CreateSecurityGroup", groups::create),
    Operation::describe("DescribeSecurityGroups", groups::describe),
    Operation::change("DeleteSecurityGroup", groups::delete),
    Operation::change("AuthorizeSecurityGroupIngress", |ctx| {
        rule_calls::authorize(ctx, false)
    }),
    Operation::change("AuthorizeSecurityGroupEgress", |ctx| {
        rule_calls::authorize(ctx, true)
    }),
    Operation::change("RevokeSecurityGroupIngress", |ctx| {
        rule_calls::revoke(ctx, false)
    }),
    Operation::change("RevokeSecurityGroupEgress", |ctx| {
        rule_calls::revoke(ctx, true)
    }),
    Operation::change("ModifySecurityGroupRules", rule_changes::modify),
    Operation::change("UpdateSecurityGroupRuleDescriptionsIngress", |ctx| {
        rule_changes::describe_anew(ctx, false)
    }),
    Operation::change("UpdateSecurityGroupRuleDescriptionsEgress", |ctx| {
        rule_changes::describe_anew(ctx, true)
    }),
    Operation::describe("DescribeSecurityGroupRules", rule_views::describe),
    Operation::describe("DescribeSecurityGroupReferences", references::describe)
        .rate(rates::REFERENCES),
    Operation::describe("DescribeStaleSecurityGroups", stale::describe).rate(rates::REFERENCES),
    Operation::change("CreateNetworkAcl", acls::create).token(),
    Operation::describe("DescribeNetworkAcls", acls::describe),
    Operation::change("DeleteNetworkAcl", acls::delete),
    Operation::change("ReplaceNetworkAclAssociation", acls::replace_association),
    Operation::change("CreateNetworkAclEntry", acl_entries::create),
    Operation::change("ReplaceNetworkAclEntry", acl_entries::replace),
    Operation::change("DeleteNetworkAclEntry", acl_entries::delete),
    Operation::change("CreateManagedPrefixList", prefix_lists::create).token(),
    Operation::change("ModifyManagedPrefixList", prefix_lists::modify),
    Operation::change("DeleteManagedPrefixList", prefix_lists::delete),
    Operation::describe("DescribeManagedPrefixLists", list_views::describe_managed),
    Operation::describe("GetManagedPrefixListEntries", list_views::entries),
    Operation::describe("DescribePrefixLists", list_views::describe_services),
    Operation::change("CreateTags", tagging::create).rate(rates::TAGS),
    Operation::change("DeleteTags", tagging::delete).rate(rates::TAGS),
    Operation::describe("DescribeTags", tagging::describe),
    Operation::change("RunInstances", instances::run).token(),
    Operation::describe("DescribeInstances", instance_views::describe),
    Operation::change("TerminateInstances", instances::terminate),
    Operation::change("StopInstances", power::stop),
    Operation::change("StartInstances", power::start),
    Operation::describe("DescribeInstanceStatus", power::describe),
    Operation::describe("DescribeInstanceAttribute", instance_attributes::describe),
    Operation::change("ModifyInstanceAttribute", instance_attributes::modify),
    Operation::describe("DescribeInstanceTypes", instance_kinds::describe),
    Operation::describe(
        "DescribeInstanceCreditSpecifications",
        instance_kinds::describe_credits,
    ),
    Operation::describe("DescribeVolumes", instance_kinds::describe_volumes),
    Operation::change(
        "AssociateIamInstanceProfile",
        profile_associations::associate,
    ),
    Operation::describe(
        "DescribeIamInstanceProfileAssociations",
        profile_associations::describe,
    ),
    Operation::change(
        "DisassociateIamInstanceProfile",
        profile_associations::disassociate,
    ),
    Operation::change("CreateNetworkInterface", network_interfaces::create).token(),
    Operation::describe("DescribeNetworkInterfaces", interfaces::describe),
    Operation::change("DeleteNetworkInterface", network_interfaces::delete),
    Operation::change("ModifyNetworkInterfaceAttribute", interfaces::modify),
    Operation::change("CreateInternetGateway", internet_gateways::create),
    Operation::describe("DescribeInternetGateways", internet_gateways::describe),
    Operation::change("AttachInternetGateway", internet_gateways::attach),
    Operation::change("DetachInternetGateway", internet_gateways::detach),
    Operation::change("DeleteInternetGateway", internet_gateways::delete),
    Operation::change("CreateEgressOnlyInternetGateway", egress_gateways::create).token(),
    Operation::describe(
        "DescribeEgressOnlyInternetGateways",
        egress_gateways::describe,
    ),
    Operation::change("DeleteEgressOnlyInternetGateway", egress_gateways::delete),
    Operation::change("AllocateAddress", elastic_addresses::allocate),
    Operation::describe("DescribeAddresses", elastic_addresses::describe),
    Operation::describe(
        "DescribeAddressesAttribute",
        elastic_addresses::describe_attributes,
    ),
    Operation::change("DisassociateAddress", elastic_addresses::disassociate),
    Operation::change("ReleaseAddress", elastic_addresses::release),
    Operation::change("CreateNatGateway", nat_gateways::create).token(),
    Operation::describe("DescribeNatGateways", nat_gateways::describe),
    Operation::change("DeleteNatGateway", nat_gateways::delete),
    Operation::change("CreateVpcEndpoint", endpoints::create).token(),
    Operation::describe("DescribeVpcEndpoints", endpoints::describe),
    Operation::change("ModifyVpcEndpoint", endpoint_changes::modify),
    Operation::change("DeleteVpcEndpoints", endpoints::delete),
    Operation::change("CreateDhcpOptions", dhcp::create),
    Operation::describe("DescribeDhcpOptions", dhcp::describe),
    Operation::change("AssociateDhcpOptions", dhcp::associate),
    Operation::change("DeleteDhcpOptions", dhcp::delete),
    Operation::change("CreateNetworkInsightsPath", insights::create).token(),
    Operation::describe("DescribeNetworkInsightsPaths", insights::describe_paths),
    Operation::change("DeleteNetworkInsightsPath", insights::delete_path),
    Operation::change("StartNetworkInsightsAnalysis", insights::start).token(),
    Operation::describe(
        "DescribeNetworkInsightsAnalyses",
        insights::describe_analyses,
    ),
    Operation::change("DeleteNetworkInsightsAnalysis", insights::delete_analysis),
    Operation::describe("DescribeAvailabilityZones", places::zones),
    Operation::describe("DescribeRegions", places::regions),
    Operation::describe("DescribeAccountAttributes", places::account_attributes),
];

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) vpcs: Table<Vpc>,
    pub(crate) subnets: Table<Subnet>,
    pub(crate) tables: Table<RouteTable>,
    pub(crate) peerings: Table<Peering>,
    pub(crate) groups: Table<Group>,
    pub(crate) acls: Table<Acl>,
    pub(crate) lists: Table<PrefixList>,
    pub(crate) instances: Table<Instance>,
    pub(crate) internet_gateways: Table<InternetGateway>,
    pub(crate) egress_gateways: Table<EgressGateway>,
    pub(crate) nat_gateways: Table<NatGateway>,
    pub(crate) elastic_addresses: Table<ElasticAddress>,
    pub(crate) endpoints: Table<Endpoint>,
    pub(crate) dhcp_options: Table<DhcpOptions>,
    /// Those that calls made by themselves.
    pub(crate) network_interfaces: Table<NetworkInterface>,
    pub(crate) insights_paths: Table<insights::Path>,
    pub(crate) analyses: Table<insights::Analysis>,
    pub(crate) tags: Tagging,
    shares: shares::Shares,
}

impl State {
    /// Ends what ended by itself.
    pub(crate) fn settle(&mut self, now: Duration, timings: &Timings, ledger: &mut Ledger) {
        peering::settle(&mut self.peerings, now, timings, ledger);
        // Terminated instances are still listed, but they are gone.
        for instance in self.instances.iter() {
            if let Some(at) = instance.terminated.filter(|at| *at <= now) {
                ledger.gone(&instance.base.id, at);
            }
        }
        nat_gateways::settle(&self.nat_gateways, now, ledger);
    }
}

/// A range that a VPC has.
#[derive(Debug, Clone)]
pub(crate) struct Association<N> {
    pub(crate) id: String,
    pub(crate) range: N,
    /// From when on it is there; until then it is shown as on its way, without its range.
    pub(crate) since: Duration,
}

#[derive(Debug, Clone)]
pub(crate) struct Vpc {
    pub(crate) base: Base,
    /// The primary range first.
    pub(crate) ranges: Vec<Association<Ipv4Net>>,
    pub(crate) ranges_v6: Vec<Association<Ipv6Net>>,
    pub(crate) tenancy: String,
    pub(crate) dns_support: bool,
    pub(crate) dns_hostnames: bool,
    pub(crate) usage_metrics: bool,
    /// `None`: the default set.
    pub(crate) dhcp_options: Option<String>,
}

impl Vpc {
    /// All ranges of both families.
    pub(crate) fn all_ranges(&self) -> impl Iterator<Item = IpNet> + '_ {
        let v4 = self.ranges.iter().map(|own| IpNet::V4(own.range));
        v4.chain(self.ranges_v6.iter().map(|own| IpNet::V6(own.range)))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Subnet {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    pub(crate) zone: String,
    pub(crate) range: Ipv4Net,
    pub(crate) range_v6: Option<Association<Ipv6Net>>,
    pub(crate) attributes: subnet_attributes::Attributes,
}

#[derive(Debug, Clone)]
pub(crate) struct RouteTable {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    /// The association that makes it the main table of its VPC, if it is.
    pub(crate) main: Option<String>,
    /// Association ids and subnets.
    pub(crate) subnets: Vec<(String, String)>,
    /// Without the local ones.
    pub(crate) routes: Vec<Route>,
}

#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    pub(crate) rules: Vec<Rule>,
}

impl Group {
    fn is_default(&self) -> bool {
        self.base.name == "default"
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    pub(crate) subnet: String,
    pub(crate) groups: Vec<String>,
    pub(crate) address: Ipv4Addr,
    pub(crate) addresses_v6: Vec<Ipv6Addr>,
    pub(crate) zone: String,
    pub(crate) image: String,
    /// Kept when it is stopped, unlike on the cloud.
    public_address: Option<Ipv4Addr>,
    profile: Option<profile_associations::Association>,
    kind: String,
    reservation: String,
    pub(crate) interface: String,
    /// When it was or will be terminated; until then it keeps its address.
    pub(crate) terminated: Option<Duration>,
    /// When termination was asked for.
    shutting_down: Option<Duration>,
    power: power::Power,
    attributes: instance_attributes::Attributes,
}

objects!(
    Vpc, Subnet, RouteTable, Peering, Group, Acl, PrefixList, Instance
);
objects!(InternetGateway, EgressGateway, NatGateway, ElasticAddress);
objects!(Endpoint, DhcpOptions, NetworkInterface);

pub(crate) fn overlap(left: &IpNet, right: &IpNet) -> bool {
    left.contains(right) || right.contains(left)
}

/// The route table that a subnet uses: its own, or the main one of its VPC.
pub(crate) fn table_of<'a>(state: &'a State, subnet: &Subnet) -> Option<&'a RouteTable> {
    let own = state.tables.iter().find(|table| {
        table
            .subnets
            .iter()
            .any(|(_, associated)| *associated == subnet.base.id)
    });
    own.or_else(|| {
        state
            .tables
            .iter()
            .find(|table| table.vpc == subnet.vpc && table.main.is_some())
    })
}
