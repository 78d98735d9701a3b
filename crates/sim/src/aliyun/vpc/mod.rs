//! VPC: networks, vSwitches, route tables, routes.

mod acl_entries;
mod acls;
mod addresses;
mod border_routers;
mod cen_grants;
mod destination;
mod ecr_grants;
mod elastic_addresses;
mod gateway_endpoints;
mod ipv4_gateways;
mod ipv6;
mod nat_gateways;
mod networks;
mod places;
mod prefix_lists;
mod route_batches;
mod route_tables;
mod routes;
mod routing;
mod secondary;
mod shares;
mod snat;
mod tagging;
mod vswitches;

use std::net::Ipv4Addr;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::operation::Operation;
use crate::table::{Base, Object, Table, objects};
use crate::throttle::Rate;

pub(crate) use acl_entries::Way;
pub(crate) use acls::{Acl, acl_of};
pub(crate) use addresses::{free_addresses, interface, take_address};
pub(crate) use border_routers::BorderRouter;
pub(crate) use cen_grants::CenGrant;
pub(crate) use destination::Destination;
pub(crate) use elastic_addresses::{
    ElasticAddress, release_user as unbind_addresses, shown_by_instance as elastic_address_of,
};
pub(crate) use gateway_endpoints::GatewayEndpoint;
pub(crate) use ipv4_gateways::Ipv4Gateway;
pub(crate) use ipv6::take as take_ipv6;
pub(crate) use nat_gateways::NatGateway;
pub(crate) use prefix_lists::{PrefixList, own as own_list, ranges_of_list};
pub(crate) use routes::{NextHop, Route, routes_to};
pub(crate) use routing::{Effective, deciding_route, effective_routes};
pub(crate) use shares::{is_shared_with_caller, usable_vpc};
pub(crate) use snat::SnatEntry;

const WRITES: Rate = Rate::per_minute(300);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateVpc", networks::create)
        .token()
        .rate(WRITES),
    Operation::read("DescribeVpcs", networks::describe_all),
    Operation::read("DescribeVpcAttribute", networks::describe_one),
    Operation::write("ModifyVpcAttribute", ipv6::enable).rate(WRITES),
    Operation::write("DeleteVpc", networks::delete)
        .token()
        .rate(WRITES),
    Operation::write("AssociateVpcCidrBlock", secondary::associate)
        .token()
        .rate(WRITES),
    Operation::write("UnassociateVpcCidrBlock", secondary::unassociate).rate(WRITES),
    Operation::write("CreateVSwitch", vswitches::create)
        .token()
        .rate(WRITES),
    Operation::read("DescribeVSwitches", vswitches::describe),
    Operation::write("DeleteVSwitch", vswitches::delete).rate(WRITES),
    Operation::read("DescribeRouteTableList", route_tables::describe),
    Operation::write("CreateRouteTable", route_tables::create)
        .token()
        .rate(WRITES),
    Operation::write("DeleteRouteTable", route_tables::delete).rate(WRITES),
    Operation::write("AssociateRouteTable", route_tables::associate)
        .token()
        .rate(WRITES),
    Operation::write("UnassociateRouteTable", route_tables::unassociate)
        .token()
        .rate(WRITES),
    Operation::read("DescribeRouteEntryList", routes::describe),
    Operation::write("CreateRouteEntry", routes::create)
        .token()
        .rate(WRITES),
    Operation::write("DeleteRouteEntry", routes::delete).rate(WRITES),
    Operation::write("CreateRouteEntries", route_batches::create).rate(WRITES),
    Operation::write("DeleteRouteEntries", route_batches::delete).rate(WRITES),
    Operation::read("DescribeVirtualBorderRouters", border_routers::describe),
    Operation::write("GrantInstanceToCen", cen_grants::grant).token(),
    Operation::write("RevokeInstanceFromCen", cen_grants::revoke).token(),
    Operation::read("DescribeGrantRulesToCen", cen_grants::describe),
    Operation::read("DescribeVpcGrantRulesToEcr", ecr_grants::of_vpc),
    Operation::read("DescribeGrantRulesToEcr", ecr_grants::of_border_router),
    Operation::write("CreateNetworkAcl", acls::create)
        .token()
        .rate(WRITES),
    Operation::read("DescribeNetworkAcls", acls::describe),
    Operation::read("DescribeNetworkAclAttributes", acls::describe_one),
    Operation::write("UpdateNetworkAclEntries", acls::update_entries)
        .token()
        .rate(WRITES),
    Operation::write("AssociateNetworkAcl", acls::associate)
        .token()
        .rate(WRITES),
    Operation::write("UnassociateNetworkAcl", acls::unassociate)
        .token()
        .rate(WRITES),
    Operation::write("DeleteNetworkAcl", acls::delete)
        .token()
        .rate(WRITES),
    Operation::write("CreateVpcPrefixList", prefix_lists::create).token(),
    Operation::read("ListPrefixLists", prefix_lists::describe),
    Operation::read("GetVpcPrefixListEntries", prefix_lists::entries),
    Operation::write("ModifyVpcPrefixList", prefix_lists::modify).token(),
    Operation::write("DeleteVpcPrefixList", prefix_lists::delete).token(),
    Operation::write("AllocateEipAddress", elastic_addresses::allocate).token(),
    Operation::read("DescribeEipAddresses", elastic_addresses::describe),
    Operation::write("AssociateEipAddress", elastic_addresses::associate).token(),
    Operation::write("UnassociateEipAddress", elastic_addresses::unassociate).token(),
    Operation::write("ReleaseEipAddress", elastic_addresses::release),
    Operation::write("CreateNatGateway", nat_gateways::create).token(),
    Operation::read("DescribeNatGateways", nat_gateways::describe),
    Operation::write("DeleteNatGateway", nat_gateways::delete),
    Operation::write("CreateSnatEntry", snat::create).token(),
    Operation::read("DescribeSnatTableEntries", snat::describe),
    Operation::write("DeleteSnatEntry", snat::delete).token(),
    Operation::write("CreateIpv4Gateway", ipv4_gateways::create).token(),
    Operation::write("EnableVpcIpv4Gateway", ipv4_gateways::enable).token(),
    Operation::read("ListIpv4Gateways", ipv4_gateways::list),
    Operation::read("GetIpv4GatewayAttribute", ipv4_gateways::describe_one),
    Operation::write("DeleteIpv4Gateway", ipv4_gateways::delete).token(),
    Operation::write("CreateVpcGatewayEndpoint", gateway_endpoints::create).token(),
    Operation::read("ListVpcGatewayEndpoints", gateway_endpoints::list),
    Operation::write(
        "AssociateRouteTablesWithVpcGatewayEndpoint",
        gateway_endpoints::associate,
    )
    .token(),
    Operation::write(
        "DissociateRouteTablesFromVpcGatewayEndpoint",
        gateway_endpoints::dissociate,
    )
    .token(),
    Operation::write("DeleteVpcGatewayEndpoint", gateway_endpoints::delete).token(),
    Operation::write("TagResources", tagging::tag),
    Operation::write("UnTagResources", tagging::untag),
    Operation::read("ListTagResources", tagging::list),
    Operation::read("DescribeRegions", places::regions),
    Operation::read("DescribeZones", places::zones),
];

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) vpcs: Table<Vpc>,
    pub(crate) vswitches: Table<VSwitch>,
    pub(crate) tables: Table<RouteTable>,
    pub(crate) routes: Table<Route>,
    pub(crate) interfaces: Table<Interface>,
    pub(crate) acls: Table<Acl>,
    pub(crate) prefix_lists: Table<PrefixList>,
    pub(crate) border_routers: Table<BorderRouter>,
    pub(crate) cen_grants: Table<CenGrant>,
    pub(crate) elastic_addresses: Table<ElasticAddress>,
    pub(crate) nat_gateways: Table<NatGateway>,
    pub(crate) snat: Table<SnatEntry>,
    pub(crate) ipv4_gateways: Table<Ipv4Gateway>,
    pub(crate) gateway_endpoints: Table<GatewayEndpoint>,
    shares: shares::Shares,
}

#[derive(Debug, Clone)]
pub(crate) struct Vpc {
    pub(crate) base: Base,
    pub(crate) cidr: Ipv4Net,
    pub(crate) secondary: Vec<Ipv4Net>,
    pub(crate) ipv6: Vec<Ipv6Net>,
    pub(crate) router: String,
    pub(crate) system_table: String,
}

#[derive(Debug, Clone)]
pub(crate) struct VSwitch {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    pub(crate) zone: String,
    pub(crate) cidr: Ipv4Net,
    pub(crate) ipv6: Option<Ipv6Net>,
    /// The route table it uses.
    pub(crate) table: String,
}

#[derive(Debug, Clone)]
pub(crate) struct RouteTable {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    pub(crate) is_custom: bool,
}

/// A network interface; it occupies an address of its vSwitch until it is gone.
#[derive(Debug, Clone)]
pub(crate) struct Interface {
    pub(crate) base: Base,
    pub(crate) vswitch: String,
    pub(crate) address: Ipv4Addr,
}

objects!(
    Vpc,
    VSwitch => vpc,
    RouteTable => vpc,
    Route => table,
    Interface,
    Acl,
    PrefixList,
    BorderRouter,
    CenGrant,
    ElasticAddress,
    NatGateway,
    SnatEntry,
    Ipv4Gateway,
    GatewayEndpoint
);

impl State {
    /// Whether it is a gateway or an endpoint that calls made.
    pub(crate) fn is_outside(&self, id: &str) -> bool {
        self.nat_gateways.get(id).is_some()
            || self.ipv4_gateways.get(id).is_some()
            || self.gateway_endpoints.get(id).is_some()
    }
}

/// The caller's VPC.
pub(crate) fn own_vpc(ctx: &Context<'_>, id: &str) -> Outcome<Vpc> {
    let vpc = ctx.state.vpc.vpcs.get(id).filter(|vpc| ctx.can_see(*vpc));
    vpc.cloned().ok_or_else(|| no_such_vpc(id))
}

fn no_such_vpc(id: &str) -> Failure {
    let message = format!("Specified VPC {id} does not exist.");
    Failure::missing("InvalidVpcId.NotFound", message)
}

fn own_table(ctx: &Context<'_>, id: &str) -> Outcome<RouteTable> {
    let table = ctx
        .state
        .vpc
        .tables
        .get(id)
        .filter(|table| ctx.can_see(*table));
    let missing = || {
        Failure::missing(
            "InvalidRouteTableId.NotFound",
            format!("Specified route table {id} does not exist."),
        )
    };
    table.cloned().ok_or_else(missing)
}

/// Nothing may be done with a VPC that is not ready.
fn check_ready(vpc: &Vpc, now: Duration) -> Outcome<()> {
    if vpc.base.life.is_ready(now) {
        return Ok(());
    }
    Err(Failure::bad(
        "IncorrectVpcStatus",
        format!("The status of VPC {} does not allow this.", vpc.base.id),
    ))
}

/// Reads a range; host bits must be zero.
pub(crate) fn range(text: &str) -> Outcome<Ipv4Net> {
    let parsed: Option<Ipv4Net> = text
        .parse()
        .ok()
        .filter(|net: &Ipv4Net| net.network() == net.addr());
    parsed.ok_or_else(|| {
        Failure::bad(
            "InvalidCidrBlock",
            format!("Specified CIDR block {text} is not valid."),
        )
    })
}

/// The same for destinations of routes, which may be of either family.
pub(crate) fn range_of_any_family(text: &str) -> Outcome<IpNet> {
    let parsed: Option<IpNet> = text
        .parse()
        .ok()
        .filter(|net: &IpNet| net.network() == net.addr());
    parsed.map_or_else(|| range(text).map(IpNet::V4), Ok)
}

pub(crate) fn overlap(left: &Ipv4Net, right: &Ipv4Net) -> bool {
    left.contains(right) || right.contains(left)
}

/// Fails with the code if another write in the VPC is under way.
fn refuse_if(busy: bool, code: &str, what: &str) -> Outcome<()> {
    if busy {
        Err(Failure::bad(
            code,
            format!("{what} is being changed; try again later."),
        ))
    } else {
        Ok(())
    }
}

/// The vSwitches that exist in a VPC.
pub(crate) fn vswitches_of<'a>(
    state: &'a State,
    vpc: &'a str,
    now: Duration,
) -> impl Iterator<Item = &'a VSwitch> {
    let is_there = move |vswitch: &&VSwitch| vswitch.life().gone_at().is_none_or(|gone| now < gone);
    state.vswitches.held_by(vpc).filter(is_there)
}
