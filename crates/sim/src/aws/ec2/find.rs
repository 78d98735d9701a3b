//! Looking objects up, and listing them.

use super::insights::{Analysis, Path};
use super::{
    Acl, DhcpOptions, EgressGateway, ElasticAddress, Endpoint, Group, Instance, InternetGateway,
    NatGateway, RouteTable, State, Subnet, Vpc,
};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent};
use crate::aws::filters::{self, Fields};
use crate::table::{Object, Table};

/// A kind of object: how its errors and ids are spelt, and where its objects are.
pub(super) struct Kind<T> {
    code: &'static str,
    label: &'static str,
    prefix: &'static str,
    table: fn(&State) -> &Table<T>,
    /// Whether it is shared with an account.
    shared: fn(&State, &T, &str) -> bool,
}

pub(super) const VPC: Kind<Vpc> = Kind {
    code: "InvalidVpcID",
    label: "vpc",
    prefix: "vpc-",
    table: |state| &state.vpcs,
    shared: |state, vpc, account| state.shares_vpc(&vpc.base.id, account),
};
pub(super) const SUBNET: Kind<Subnet> = Kind {
    code: "InvalidSubnetID",
    label: "subnet",
    prefix: "subnet-",
    table: |state| &state.subnets,
    shared: |state, subnet, account| state.shares_subnet(&subnet.base.id, account),
};
pub(super) const TABLE: Kind<RouteTable> = Kind {
    code: "InvalidRouteTableID",
    label: "routeTable",
    prefix: "rtb-",
    table: |state| &state.tables,
    shared: |state, table, account| state.shares_vpc(&table.vpc, account),
};
pub(super) const GROUP: Kind<Group> = Kind {
    code: "InvalidGroup",
    label: "security group",
    prefix: "sg-",
    table: |state| &state.groups,
    shared: |_, _, _| false,
};
pub(super) const ACL: Kind<Acl> = Kind {
    code: "InvalidNetworkAclID",
    label: "networkAcl",
    prefix: "acl-",
    table: |state| &state.acls,
    shared: |state, acl, account| state.shares_vpc(&acl.vpc, account),
};
pub(super) const INSTANCE: Kind<Instance> = Kind {
    code: "InvalidInstanceID",
    label: "instance",
    prefix: "i-",
    table: |state| &state.instances,
    shared: |_, _, _| false,
};
pub(super) const INTERNET_GATEWAY: Kind<InternetGateway> = Kind {
    code: "InvalidInternetGatewayID",
    label: "internetGateway",
    prefix: "igw-",
    table: |state| &state.internet_gateways,
    shared: |_, _, _| false,
};
pub(super) const EGRESS_GATEWAY: Kind<EgressGateway> = Kind {
    code: "InvalidGatewayID",
    label: "egress only internet gateway",
    prefix: "eigw-",
    table: |state| &state.egress_gateways,
    shared: |_, _, _| false,
};
pub(super) const NAT_GATEWAY: Kind<NatGateway> = Kind {
    code: "InvalidNatGatewayID",
    label: "natGateway",
    prefix: "nat-",
    table: |state| &state.nat_gateways,
    shared: |_, _, _| false,
};
pub(super) const ELASTIC_ADDRESS: Kind<ElasticAddress> = Kind {
    code: "InvalidAllocationID",
    label: "allocation",
    prefix: "eipalloc-",
    table: |state| &state.elastic_addresses,
    shared: |_, _, _| false,
};
pub(super) const ENDPOINT: Kind<Endpoint> = Kind {
    code: "InvalidVpcEndpointId",
    label: "vpcEndpoint",
    prefix: "vpce-",
    table: |state| &state.endpoints,
    shared: |_, _, _| false,
};
pub(super) const DHCP_OPTIONS: Kind<DhcpOptions> = Kind {
    code: "InvalidDhcpOptionsID",
    label: "dhcpOptions",
    prefix: "dopt-",
    table: |state| &state.dhcp_options,
    shared: |_, _, _| false,
};
pub(super) const INSIGHTS_PATH: Kind<Path> = Kind {
    code: "InvalidNetworkInsightsPathId",
    label: "network insights path",
    prefix: "nip-",
    table: |state| &state.insights_paths,
    shared: |_, _, _| false,
};
pub(super) const ANALYSIS: Kind<Analysis> = Kind {
    code: "InvalidNetworkInsightsAnalysisId",
    label: "network insights analysis",
    prefix: "nia-",
    table: |state| &state.analyses,
    shared: |_, _, _| false,
};

impl<T: Object + Clone> Kind<T> {
    /// The caller's object of this id in the region of the call. One that is shared with the caller is refused.
    pub(super) fn get(&self, ctx: &Context<'_>, id: &str) -> Outcome<T> {
        let object = self.usable(ctx, id)?;
        match ctx.can_see(&object) {
            true => Ok(object),
            false => Err(Failure::new(
                403,
                "UnauthorizedOperation",
                "You are not authorized to perform this operation.",
            )),
        }
    }

    /// The object of this id that the caller owns or is allowed to use.
    pub(super) fn usable(&self, ctx: &Context<'_>, id: &str) -> Outcome<T> {
        check_form(self.code, self.prefix, id)?;
        let found = (self.table)(&ctx.state.ec2).get(id);
        let seen = found.filter(|object| self.sees(ctx, object));
        seen.cloned()
            .ok_or_else(|| absent(self.code, self.label, id))
    }

    fn sees(&self, ctx: &Context<'_>, object: &T) -> bool {
        let base = object.base();
        let shared = || (self.shared)(&ctx.state.ec2, object, ctx.account());
        let is_here = base.region == ctx.region && base.life.is_listed(ctx.now);
        ctx.can_see(object) || is_here && shared()
    }

    /// The object that a parameter names.
    pub(super) fn named(&self, ctx: &Context<'_>, parameter: &str) -> Outcome<T> {
        self.get(ctx, &ctx.required(parameter)?)
    }

    /// The caller's objects that a describe call asks for, by ids and filters.
    pub(super) fn select(
        &self,
        ctx: &Context<'_>,
        ids: &str,
        known_filters: &[&str],
        fields: impl Fn(&T) -> Fields,
    ) -> Outcome<Vec<T>> {
        let ids = ctx.parameters.list(ids);
        for id in &ids {
            self.usable(ctx, id)?;
        }
        let filters = filters::read(ctx, known_filters)?;
        let wanted = |object: &&T| {
            self.sees(ctx, object)
                && (ids.is_empty() || ids.iter().any(|id| id == object.id()))
                && filters::pass(&filters, &fields(object))
        };
        let all = (self.table)(&ctx.state.ec2).iter();
        Ok(all.filter(wanted).cloned().collect())
    }
}

/// `InvalidVpcID.Malformed` and the like.
pub(super) fn check_form(code: &str, prefix: &str, id: &str) -> Outcome<()> {
    let rest = id.strip_prefix(prefix);
    let is_id = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if rest.is_some_and(is_id) {
        return Ok(());
    }
    let message = format!("Invalid id: \"{id}\" (expecting \"{prefix}...\")");
    Err(Failure::bad(format!("{code}.Malformed"), message))
}
