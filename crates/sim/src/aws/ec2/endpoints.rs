//! VPC endpoints: ways to a service of the cloud. A gateway endpoint is a route in tables, an interface endpoint an
//! interface in subnets. Packets that are sent to one end there: no service is simulated.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::find::{ENDPOINT, GROUP, SUBNET, TABLE, VPC};
use super::route::{Destination, Route, Target};
use super::{Group, State, Subnet, Vpc, addresses, service_lists, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value};
use crate::aws::filters::Fields;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::table::{Base, Object, Phase};

#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    service: String,
    pub(super) way: Way,
}

/// How packets get to it.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// By a route in each of these tables.
    Gateway { tables: Vec<String> },
    Interface {
        places: Vec<Spot>,
        groups: Vec<String>,
        private_names: bool,
    },
}

/// An interface of an endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    pub(super) interface: String,
    pub(crate) subnet: String,
    pub(crate) address: Ipv4Addr,
}

impl Endpoint {
    pub(super) fn state(&self, now: Duration) -> &'static str {
        match self.life().phase(now) {
            Phase::Creating => "pending",
            Phase::Ready | Phase::Modifying => "available",
            Phase::Leaving => "deleting",
            Phase::Gone => "deleted",
        }
    }

    /// Whether it holds what it uses: until it is gone.
    fn is_there(&self, now: Duration) -> bool {
        self.life().phase(now) != Phase::Gone
    }

    pub(super) fn kind(&self) -> &'static str {
        match self.way {
            Way::Gateway { .. } => "Gateway",
            Way::Interface { .. } => "Interface",
        }
    }

    pub(super) fn has_private_names(&self) -> bool {
        matches!(
            self.way,
            Way::Interface {
                private_names: true,
                ..
            }
        )
    }

    pub(super) fn service(&self) -> &str {
        &self.service
    }

    fn tables(&self) -> &[String] {
        match &self.way {
            Way::Gateway { tables } => tables,
            Way::Interface { .. } => &[],
        }
    }

    pub(crate) fn spots(&self) -> &[Spot] {
        match &self.way {
            Way::Gateway { .. } => &[],
            Way::Interface { places, .. } => places,
        }
    }

    pub(super) fn has_interface(&self, id: &str) -> bool {
        self.spots().iter().any(|spot| spot.interface == id)
    }

    pub(crate) fn groups(&self) -> &[String] {
        match &self.way {
            Way::Gateway { .. } => &[],
            Way::Interface { groups, .. } => groups,
        }
    }
}

/// The endpoints that hold what they use.
pub(super) fn living(state: &State, now: Duration) -> impl Iterator<Item = &Endpoint> {
    state
        .endpoints
        .iter()
        .filter(move |endpoint| endpoint.is_there(now))
}

/// The endpoint to which the public name of a service leads inside of a VPC, if any does.
pub(crate) fn private<'a>(
    state: &'a State,
    vpc: &Vpc,
    service: &str,
    now: Duration,
) -> Option<&'a Endpoint> {
    let name = format!("com.amazonaws.{}.{service}", vpc.base.region);
    let is_meant = |endpoint: &&Endpoint| {
        endpoint.vpc == vpc.base.id
            && endpoint.service == name
            && endpoint.has_private_names()
            && endpoint.state(now) == "available"
    };
    let resolves = vpc.dns_support && vpc.dns_hostnames;
    state.endpoints.iter().filter(|_| resolves).find(is_meant)
}

/// The groups of the endpoint that has an address in a VPC.
pub(crate) fn groups_at<'a>(
    state: &'a State,
    vpc: &str,
    address: IpAddr,
    now: Duration,
) -> Option<&'a [String]> {
    let mut here = living(state, now).filter(|endpoint| endpoint.vpc == vpc);
    let has = |endpoint: &&Endpoint| {
        let mut spots = endpoint.spots().iter();
        spots.any(|spot| IpAddr::V4(spot.address) == address)
    };
    here.find(has).map(Endpoint::groups)
}

/// A table that is deleted is no way to an endpoint any more.
pub(super) fn leave_table(state: &mut State, table: &str) {
    for endpoint in state.endpoints.iter_mut() {
        if let Way::Gateway { tables } = &mut endpoint.way {
            tables.retain(|id| id != table);
        }
    }
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?;
    let service = ctx.required("ServiceName")?;
    let tags = tagging::specified(ctx, &["vpc-endpoint"])?;
    let kind = ctx.parameters.get("VpcEndpointType").unwrap_or("Gateway");
    let (way, takes) = match kind {
        "Gateway" => (gateway(ctx, &vpc, &service)?, Duration::ZERO),
        "Interface" => (interface(ctx, &vpc, &service)?, ctx.setup.timings.endpoint),
        other => return Err(bad_value(other, "vpcEndpointType")),
    };
    let endpoint = Endpoint {
        base: ctx.base("vpce", takes),
        vpc: vpc.base.id,
        service,
        way,
    };
    ctx.born("vpc-endpoint", &endpoint.base.id);
    tagging::put(ctx, &endpoint.base.id, tags);
    write_routes(ctx, &endpoint, endpoint.tables());
    let answer = Xml::new().node("vpcEndpoint", view(ctx, &endpoint));
    ctx.state.ec2.endpoints.insert(endpoint);
    Ok(answer)
}

fn invalid_service(service: &str) -> Failure {
    let message = format!("The Vpc Endpoint Service '{service}' does not exist");
    Failure::bad("InvalidServiceName", message)
}

fn in_another_network(what: &str, id: &str, vpc: &Vpc) -> Failure {
    let vpc = &vpc.base.id;
    let message = format!("{what} {id} does not belong to vpc {vpc}");
    Failure::bad("InvalidParameter", message)
}

fn gateway(ctx: &Context<'_>, vpc: &Vpc, service: &str) -> Outcome<Way> {
    let tables = ctx.parameters.list("RouteTableId");
    check_tables(ctx, vpc, service, &tables)?;
    Ok(Way::Gateway { tables })
}

/// Only services with a prefix list have gateways, and a table has one gateway to a service.
pub(super) fn check_tables(
    ctx: &Context<'_>,
    vpc: &Vpc,
    service: &str,
    tables: &[String],
) -> Outcome<()> {
    let list = list_of(ctx, service).ok_or_else(|| invalid_service(service))?;
    for id in tables {
        let table = TABLE.get(ctx, id)?;
        if table.vpc != vpc.base.id {
            return Err(in_another_network("Route table", id, vpc));
        }
        let to_list = |route: &Route| route.destination == Destination::PrefixList(list.clone());
        if table.routes.iter().any(to_list) {
            let message = format!(
                "route table {id} already has a route with destination-prefix-list-id {list}"
            );
            return Err(Failure::bad("RouteAlreadyExists", message));
        }
    }
    Ok(())
}

fn interface(ctx: &mut Context<'_>, vpc: &Vpc, service: &str) -> Outcome<Way> {
    if !service.starts_with("com.amazonaws.") {
        return Err(invalid_service(service));
    }
    let subnets = checked_subnets(ctx, vpc, &ctx.parameters.list("SubnetId"))?;
    let groups = groups(ctx, vpc)?;
    let private_names = ctx.maybe_flag("PrivateDnsEnabled")?.unwrap_or(true);
    if private_names {
        check_private_names(ctx, vpc, service)?;
    }
    let mut places = Vec::new();
    for subnet in &subnets {
        places.push(spot(ctx, subnet)?);
    }
    Ok(Way::Interface {
        places,
        groups,
        private_names,
    })
}

/// Subnets of the VPC, at most one in each zone.
pub(super) fn checked_subnets(
    ctx: &Context<'_>,
    vpc: &Vpc,
    ids: &[String],
) -> Outcome<Vec<Subnet>> {
    let subnets = ids.iter().map(|id| SUBNET.get(ctx, id));
    let subnets: Vec<Subnet> = subnets.collect::<Outcome<_>>()?;
    if let Some(other) = subnets.iter().find(|subnet| subnet.vpc != vpc.base.id) {
        return Err(in_another_network("Subnet", &other.base.id, vpc));
    }
    for (position, subnet) in subnets.iter().enumerate() {
        let mut earlier = subnets.iter().take(position);
        if earlier.any(|other| other.zone == subnet.zone) {
            let message = format!("Found another subnet in the zone of {}", subnet.base.id);
            return Err(Failure::bad("DuplicateSubnetsInSameZone", message));
        }
    }
    Ok(subnets)
}

/// A new interface in a subnet.
pub(super) fn spot(ctx: &mut Context<'_>, subnet: &Subnet) -> Outcome<Spot> {
    let address = addresses::take(&ctx.state.ec2, subnet, None, ctx.now).ok_or_else(|| {
        let message = format!("Subnet {} has no free address.", subnet.base.id);
        Failure::bad("InsufficientFreeAddressesInSubnet", message)
    })?;
    Ok(Spot {
        interface: ctx.new_id("eni"),
        subnet: subnet.base.id.clone(),
        address,
    })
}

/// A VPC must resolve names, and only one of its endpoints may have the public name of a service.
pub(super) fn check_private_names(ctx: &Context<'_>, vpc: &Vpc, service: &str) -> Outcome<()> {
    let refused = |message: String| Err(Failure::bad("InvalidParameter", message));
    if !vpc.dns_support || !vpc.dns_hostnames {
        return refused(format!(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {}",
            vpc.base.id
        ));
    }
    let mut others = living(&ctx.state.ec2, ctx.now);
    let has_name = others.any(|other| {
        other.vpc == vpc.base.id && other.service == service && other.has_private_names()
    });
    if has_name {
        return refused(format!(
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {} in the VPC {}",
            public_name(&ctx.region, service),
            vpc.base.id
        ));
    }
    Ok(())
}

/// `ssm.eu-west-1.amazonaws.com` for `com.amazonaws.eu-west-1.ssm`.
fn public_name(region: &str, service: &str) -> String {
    let prefix = format!("com.amazonaws.{region}.");
    let short = service.strip_prefix(&prefix).unwrap_or(service);
    format!("{short}.{region}.amazonaws.com")
}

/// Those asked for, or the default group of the VPC.
fn groups(ctx: &Context<'_>, vpc: &Vpc) -> Outcome<Vec<String>> {
    let mut ids = ctx.parameters.list("SecurityGroupId");
    check_groups(ctx, vpc, &ids)?;
    if ids.is_empty() {
        let is_default = |group: &&Group| group.vpc == vpc.base.id && group.is_default();
        let default = ctx.state.ec2.groups.iter().find(is_default);
        ids.extend(default.map(|group| group.base.id.clone()));
    }
    Ok(ids)
}

pub(super) fn check_groups(ctx: &Context<'_>, vpc: &Vpc, ids: &[String]) -> Outcome<()> {
    for id in ids {
        if GROUP.get(ctx, id)?.vpc != vpc.base.id {
            return Err(in_another_network("Security group", id, vpc));
        }
    }
    Ok(())
}

/// The prefix list of a service of this region.
fn list_of(ctx: &Context<'_>, service: &str) -> Option<String> {
    let mut lists = service_lists::all(&ctx.region);
    let list = lists.find(|list| list.base.name == service)?;
    Some(list.base.id)
}

pub(super) fn write_routes(ctx: &mut Context<'_>, endpoint: &Endpoint, tables: &[String]) {
    let Some(list) = list_of(ctx, &endpoint.service) else {
        return;
    };
    for id in tables {
        if let Some(table) = ctx.state.ec2.tables.get_mut(id) {
            table.routes.push(Route {
                destination: Destination::PrefixList(list.clone()),
                target: Target::Gateway(endpoint.base.id.clone()),
                is_propagated: false,
            });
        }
    }
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 6] = [
        "ip-address-type",
        "service-name",
        "vpc-endpoint-id",
        "vpc-endpoint-state",
        "vpc-endpoint-type",
        "vpc-id",
    ];
    let fields = |endpoint: &Endpoint| {
        Fields::new(ctx.tags(&endpoint.base.id))
            .with("ip-address-type", "ipv4")
            .with("service-name", &endpoint.service)
            .with("vpc-endpoint-id", &endpoint.base.id)
            .with("vpc-endpoint-state", endpoint.state(ctx.now))
            .with("vpc-endpoint-type", endpoint.kind())
            .with("vpc-id", &endpoint.vpc)
    };
    let endpoints = ENDPOINT.select(ctx, "VpcEndpointId", &FILTERS, fields)?;
    let rows = endpoints.iter().map(|endpoint| view(ctx, endpoint));
    paged(ctx, "vpcEndpointSet", rows.collect(), 1000)
}

fn view(ctx: &Context<'_>, endpoint: &Endpoint) -> Xml {
    const POLICY: &str = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    let texts = |ids: Vec<&String>| ids.into_iter().map(|id| Xml::text(id)).collect::<Vec<_>>();
    let group = |id: &String| {
        let group = ctx.state.ec2.groups.get(id);
        let name = group.map_or("", |group| &group.base.name);
        Xml::new().leaf("groupId", id).leaf("groupName", name)
    };
    let spots = endpoint.spots();
    Xml::new()
        .leaf("vpcEndpointId", &endpoint.base.id)
        .leaf("vpcEndpointType", endpoint.kind())
        .leaf("vpcId", &endpoint.vpc)
        .leaf("serviceName", &endpoint.service)
        .leaf("state", endpoint.state(ctx.now))
        .leaf("policyDocument", POLICY)
        .items("routeTableIdSet", texts(endpoint.tables().iter().collect()))
        .items(
            "subnetIdSet",
            texts(spots.iter().map(|spot| &spot.subnet).collect()),
        )
        .items("groupSet", endpoint.groups().iter().map(group))
        .leaf("ipAddressType", "ipv4")
        .leaf("privateDnsEnabled", endpoint.has_private_names())
        .leaf("requesterManaged", false)
        .items("dnsEntrySet", names(endpoint))
        .items(
            "networkInterfaceIdSet",
            texts(spots.iter().map(|spot| &spot.interface).collect()),
        )
        .leaf("creationTimestamp", ctx.date(endpoint.base.life.created))
        .leaf("ownerId", &endpoint.base.owner)
        .and(ctx.tag_set(&endpoint.base.id))
}

/// The name of an interface endpoint itself, and the public one of its service if it has that.
fn names(endpoint: &Endpoint) -> Vec<Xml> {
    let region = &endpoint.base.region;
    let public = public_name(region, &endpoint.service);
    let own = public.replace(".amazonaws.com", ".vpce.amazonaws.com");
    let own = format!("{}.{own}", endpoint.base.id);
    let own = (!endpoint.spots().is_empty()).then_some(own);
    let public = endpoint.has_private_names().then_some(public);
    let all = own.into_iter().chain(public);
    all.map(|name| Xml::new().leaf("dnsName", name)).collect()
}

/// Each that cannot be deleted is told in the answer. The routes go at once, interfaces after a while.
pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let ids = ctx.parameters.list("VpcEndpointId");
    if ids.is_empty() {
        ctx.required("VpcEndpointId")?;
    }
    let mut refused = Vec::new();
    for id in &ids {
        match ENDPOINT.get(ctx, id) {
            Ok(endpoint) => delete_one(ctx, &endpoint),
            Err(failure) => refused.push(
                Xml::new().leaf("resourceId", id).node(
                    "error",
                    Xml::new()
                        .leaf("code", failure.code)
                        .leaf("message", failure.message),
                ),
            ),
        }
    }
    Ok(Xml::new().items("unsuccessful", refused))
}

fn delete_one(ctx: &mut Context<'_>, endpoint: &Endpoint) {
    let id = &endpoint.base.id;
    let takes = match endpoint.way {
        Way::Gateway { .. } => Duration::ZERO,
        Way::Interface { .. } => ctx.setup.timings.endpoint_delete,
    };
    let end = ctx.now + takes;
    let ec2 = &mut ctx.state.ec2;
    for table in ec2.tables.iter_mut() {
        table.routes.retain(|route| route.target.id() != id);
    }
    if let Some(endpoint) = ec2.endpoints.get_mut(id) {
        endpoint.base.life.leave(end);
    }
    tagging::forget(ctx, id);
}
