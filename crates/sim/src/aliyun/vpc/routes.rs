//! Route entries of VPC route tables.

use std::time::Duration;

use ipnet::{IpNet, Ipv4Net};
use serde_json::{Value, json};

use super::{
    Destination, Effective, PrefixList, RouteTable, check_ready, effective_routes,
    gateway_endpoints, ipv4_gateways, nat_gateways, own_list, own_table, range_of_any_family,
    refuse_if, vswitches_of,
};
use crate::aliyun::cbn;
use crate::aliyun::choices::{ENDPOINT_ROUTE, NETWORK_WITHOUT_IPV6, ROUTE_INSIDE_VSWITCH};
use crate::aliyun::context::Context;
use crate::aliyun::ecr;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::aliyun::parameters::invalid;
use crate::aliyun::vpcpeer;
use crate::table::{Base, Life, Object, Phase};

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NextHop {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) weight: u64,
}

/// A route made by the user.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) base: Base,
    pub(crate) table: String,
    pub(crate) vpc: String,
    pub(crate) destination: Destination,
    pub(crate) hops: Vec<NextHop>,
}

/// The user's routes, leaving ones included, that lead to a next hop.
pub(crate) fn routes_to<'a>(
    state: &'a super::State,
    hop: &'a str,
) -> impl Iterator<Item = &'a Route> {
    state
        .routes
        .iter()
        .filter(move |route| route.hops.iter().any(|known| known.id == hop))
}

/// Writes a route into a table, as other calls do on the way. It counts at once.
pub(super) fn add(ctx: &mut Context<'_>, table: &str, destination: Destination, hop: NextHop) {
    let Some(table) = ctx.state.vpc.tables.get(table).cloned() else {
        return;
    };
    let base = Base {
        id: ctx.new_id("rte", &table.base.region),
        owner: table.base.owner.clone(),
        region: table.base.region.clone(),
        name: String::new(),
        description: String::new(),
        tags: Vec::new(),
        life: Life::new(ctx.now, Duration::ZERO),
    };
    ctx.born("route-entry", &base);
    ctx.state.vpc.routes.insert(Route {
        base,
        table: table.base.id,
        vpc: table.vpc,
        destination,
        hops: vec![hop],
    });
}

/// A default route, unless the table has one.
pub(super) fn add_default(ctx: &mut Context<'_>, table: &str, kind: &str, id: &str) {
    let anywhere = Destination::Range(IpNet::V4(Ipv4Net::default()));
    let is_same = |route: &Route| route.destination == anywhere;
    if ctx.state.vpc.routes.held_by(table).any(is_same) {
        return;
    }
    let hop = NextHop {
        kind: kind.to_owned(),
        id: id.to_owned(),
        weight: 0,
    };
    add(ctx, table, anywhere, hop);
}

/// What a call says of one route, wherever it says it.
pub(super) struct Sent {
    pub(super) table: String,
    pub(super) destination: String,
    pub(super) hops: Vec<NextHop>,
    /// The parameter that holds its name.
    pub(super) name: String,
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let sent = Sent {
        table: ctx.required("RouteTableId")?,
        destination: ctx.required("DestinationCidrBlock")?,
        hops: next_hops(ctx)?,
        name: "RouteEntryName".to_owned(),
    };
    check_idle(ctx, &own_table(ctx, &sent.table)?)?;
    Ok(json!({"RouteEntryId": create_one(ctx, sent)?}))
}

/// Creates a route of a table that takes one now, and gives its id.
pub(super) fn create_one(ctx: &mut Context<'_>, sent: Sent) -> Outcome<String> {
    let table = own_table(ctx, &sent.table)?;
    let destination = destination(ctx, &sent.destination)?;
    if let Some(vpc) = ctx.state.vpc.vpcs.get(&table.vpc) {
        check_ready(vpc, ctx.now)?;
        let ranges = destination.ranges(&ctx.state.vpc, ctx.now);
        let is_v6 = ranges.iter().any(|range| range.addr().is_ipv6());
        if is_v6 && vpc.ipv6.is_empty() {
            let message = format!("VPC {} has no IPv6.", vpc.base.id);
            return Err(Failure::bad(NETWORK_WITHOUT_IPV6, message));
        }
    }
    refuse_if(
        !table.life().is_ready(ctx.now),
        "IncorrectStatus.RouteTableStatus",
        "The route table",
    )?;
    check_destination(ctx, &table, &destination)?;
    for hop in &sent.hops {
        check_hop(ctx, &table, hop)?;
    }
    let takes = ctx.setup.timings.route;
    let base = ctx.base("rte", &table.base.region, &sent.name, takes)?;
    ctx.born("route-entry", &base);
    let id = base.id.clone();
    ctx.state.vpc.routes.insert(Route {
        base,
        table: table.base.id,
        vpc: table.vpc,
        destination,
        hops: sent.hops,
    });
    Ok(id)
}

/// A range of either family, or a prefix list.
fn destination(ctx: &Context<'_>, text: &str) -> Outcome<Destination> {
    if text.starts_with("pl-") {
        let list = own_list(ctx, text)?;
        return Ok(Destination::PrefixList(list.base.id));
    }
    range_of_any_family(text).map(Destination::Range)
}

fn next_hops(ctx: &Context<'_>) -> Outcome<Vec<NextHop>> {
    let parameters = &ctx.parameters;
    let mut hops = Vec::new();
    for number in parameters.numbers("NextHopList") {
        let field = |name| parameters.nested("NextHopList", number, name);
        let weight = field("Weight")
            .map_or(Ok(100), str::parse)
            .map_err(|_| invalid("NextHopList"))?;
        let id = field("NextHopId")
            .ok_or_else(|| invalid("NextHopList"))?
            .to_owned();
        hops.push(NextHop {
            kind: field("NextHopType").unwrap_or("Instance").to_owned(),
            id,
            weight,
        });
    }
    if hops.is_empty() {
        let kind = parameters
            .get("NextHopType")
            .unwrap_or("Instance")
            .to_owned();
        hops.push(NextHop {
            kind,
            id: ctx.required("NextHopId")?,
            weight: 0,
        });
    }
    Ok(hops)
}

/// One route write at a time per table and per VPC, until every entry is settled.
pub(super) fn check_idle(ctx: &Context<'_>, table: &RouteTable) -> Outcome<()> {
    if !ctx.setup.conflict_locks {
        return Ok(());
    }
    let busy = |route: &&Route| !route.life().is_ready(ctx.now);
    let state = &ctx.state.vpc;
    let own = state.routes.held_by(&table.base.id).find(busy);
    refuse_if(
        own.is_some(),
        "IncorrectRouteEntryStatus",
        "Another route of the table",
    )?;
    let tables = state.tables.held_by(&table.vpc);
    let other = tables
        .flat_map(|table| state.routes.held_by(&table.base.id))
        .find(busy);
    refuse_if(
        other.is_some(),
        "TaskConflict",
        "Another route table of the VPC",
    )
}

fn check_destination(
    ctx: &Context<'_>,
    table: &RouteTable,
    destination: &Destination,
) -> Outcome<()> {
    let routes = effective_routes(ctx.state, table, ctx.now);
    let same = routes
        .iter()
        .find(|route| route.destination() == *destination);
    match same {
        Some(Effective::Custom(route)) if route.life().gone_at().is_some() => {
            return refuse_if(
                true,
                "IncorrectRouteEntryStatus",
                "The route to this destination",
            );
        }
        Some(Effective::Custom(_)) => return Err(duplicate("RouterEntryConflict.Duplicated")),
        Some(Effective::Learned { .. }) => return Err(duplicate("RouteConflict.AlreadyExist")),
        Some(Effective::Local { .. } | Effective::Service { .. }) => {
            return Err(duplicate("InvalidCIDRBlock.Duplicate"));
        }
        None => {}
    }
    let mut vswitches = vswitches_of(&ctx.state.vpc, &table.vpc, ctx.now);
    let is_inside =
        |range| vswitches.any(|vswitch| vswitch.ranges().any(|own| own.contains(&range)));
    if destination.range().is_some_and(is_inside) {
        return Err(Failure::bad(
            ROUTE_INSIDE_VSWITCH,
            "The destination lies inside a vSwitch.",
        ));
    }
    let custom = routes
        .iter()
        .filter(|route| matches!(route, Effective::Custom(_) | Effective::Learned { .. }));
    let used: usize = custom.map(|route| weight(ctx, &route.destination())).sum();
    if used + weight(ctx, destination) > ctx.quota("custom_routes_per_table") {
        return Err(Failure::bad(
            "QuotaExceeded.RouteEntry",
            "Route entry quota exceeded.",
        ));
    }
    Ok(())
}

/// A prefix list counts as many times as it has room for entries.
fn weight(ctx: &Context<'_>, destination: &Destination) -> usize {
    match destination {
        Destination::Range(_) => 1,
        Destination::PrefixList(id) => {
            let list = ctx.state.vpc.prefix_lists.get(id);
            list.map_or(1, PrefixList::weight)
        }
    }
}

fn duplicate(code: &str) -> Failure {
    Failure::bad(code, "A route to this destination exists already.")
}

fn check_hop(ctx: &Context<'_>, table: &RouteTable, hop: &NextHop) -> Outcome<()> {
    let found = match hop.kind.as_str() {
        "Attachment" => return check_attachment(ctx, table, &hop.id),
        "Ecr" => return ecr::check_next_hop(ctx, table, &hop.id),
        "VpcPeer" => return vpcpeer::check_next_hop(ctx, table, &hop.id),
        "Instance" => ctx
            .state
            .ecs
            .instances
            .get(&hop.id)
            .is_some_and(|instance| instance.vpc == table.vpc),
        "NetworkInterface" => ctx
            .state
            .vpc
            .interfaces
            .get(&hop.id)
            .is_some_and(|interface| ctx.is_own(interface)),
        "NatGateway" => return nat_gateways::check_next_hop(ctx, &table.vpc, &hop.id),
        "Ipv4Gateway" => return ipv4_gateways::check_next_hop(ctx, &table.vpc, &hop.id),
        "HaVip" | "RouterInterface" | "VpnGateway" | "IPv6Gateway" | gateway_endpoints::HOP => {
            false
        }
        _ => return Err(invalid("NextHopType")),
    };
    if found {
        Ok(())
    } else {
        Err(Failure::missing(
            "InvalidNextHop.NotFound",
            "The specified next hop does not exist.",
        ))
    }
}

fn check_attachment(ctx: &Context<'_>, table: &RouteTable, id: &str) -> Outcome<()> {
    let missing = || {
        Failure::missing(
            "InvalidAttachment.NotFound",
            "The specified attachment does not exist.",
        )
    };
    let attachment = ctx.state.cbn.attachments.get(id).ok_or_else(missing)?;
    if cbn::vpc_of(attachment) != Some(table.vpc.as_str()) {
        return Err(Failure::bad(
            "ResourceNotAssociated.Cen",
            "The VPC is not attached by this attachment.",
        ));
    }
    refuse_if(
        !attachment.life().is_ready(ctx.now),
        "IncorrectStatus.CenRelation",
        "The attachment",
    )
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let by_place = ["RouteTableId", "DestinationCidrBlock"]
        .iter()
        .any(|name| ctx.parameters.get(name).is_some());
    let route = match (ctx.parameters.get("RouteEntryId"), by_place) {
        (Some(_), true) => {
            let code = "ParamExclusive.RouteEntryIdAndRouteTableIdOrDestCidrBlock";
            return Err(Failure::bad(code, "Give the id, or table and destination."));
        }
        (Some(id), false) => find_by_id(ctx, id)?,
        (None, _) => find_by_parameters(ctx)?,
    };
    check_deletable(ctx, &route)?;
    let table = own_table(ctx, &route.table)?;
    check_idle(ctx, &table)?;
    leave(ctx, &route.base.id);
    Ok(json!({}))
}

/// Whether the route itself can be deleted.
pub(super) fn check_deletable(ctx: &Context<'_>, route: &Route) -> Outcome<()> {
    if !route.life().is_ready(ctx.now) {
        return Err(Failure::bad(
            "IncorrectRouteEntryStatus",
            "The status of the route does not allow this.",
        ));
    }
    let mut hops = route.hops.iter();
    if hops.any(|hop| hop.kind == gateway_endpoints::HOP) {
        return Err(Failure::bad(
            ENDPOINT_ROUTE,
            "The route of a gateway endpoint goes with its association only.",
        ));
    }
    Ok(())
}

/// From now on the route is being deleted.
pub(super) fn leave(ctx: &mut Context<'_>, id: &str) {
    let gone = ctx.now + ctx.setup.timings.route;
    if let Some(route) = ctx.state.vpc.routes.get_mut(id) {
        route.base.life.leave(gone);
    }
}

pub(super) fn find_by_id(ctx: &Context<'_>, id: &str) -> Outcome<Route> {
    if id.starts_with("rte-sys") {
        return Err(Failure::bad(
            "OperationDenied",
            "A system route cannot be deleted.",
        ));
    }
    if id.starts_with("rte-cen") {
        return Err(Failure::bad(
            "OperationDenied.DeleteManagedRouteEntry",
            "A learned route cannot be deleted.",
        ));
    }
    let missing = || {
        Failure::missing(
            "InvalidRouteEntryId.NotFound",
            "The specified route entry does not exist.",
        )
    };
    ctx.state
        .vpc
        .routes
        .get(id)
        .filter(|route| ctx.can_see(*route))
        .cloned()
        .ok_or_else(missing)
}

fn find_by_parameters(ctx: &Context<'_>) -> Outcome<Route> {
    let table = ctx.required("RouteTableId")?;
    let destination = ctx.required("DestinationCidrBlock")?;
    let hops: Vec<String> = match ctx.parameters.get("NextHopId") {
        Some(id) => vec![id.to_owned()],
        None => next_hops(ctx).map(|hops| hops.into_iter().map(|hop| hop.id).collect())?,
    };
    find_by_place(ctx, &table, &destination, &hops)
}

pub(super) fn find_by_place(
    ctx: &Context<'_>,
    table: &str,
    to: &str,
    hops: &[String],
) -> Outcome<Route> {
    let table = own_table(ctx, table)?;
    let destination = destination(ctx, to)?;
    let route = effective_routes(ctx.state, &table, ctx.now)
        .into_iter()
        .find(|route| route.destination() == destination);
    match route {
        Some(Effective::Custom(route)) if route.hops.iter().all(|hop| hops.contains(&hop.id)) => {
            Ok(*route)
        }
        Some(Effective::Local { .. } | Effective::Service { .. }) => Err(Failure::bad(
            "OperationDenied",
            "A system route cannot be deleted.",
        )),
        Some(Effective::Learned { .. }) => Err(Failure::bad(
            "OperationDenied.DeleteManagedRouteEntry",
            "A learned route cannot be deleted.",
        )),
        _ => Err(Failure::missing(
            "InvalidRouteEntry.NotFound",
            "The specified route entry does not exist.",
        )),
    }
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let unknown = |_| {
        Failure::bad(
            "InvalidRouteTable.NotFound",
            "The specified route table does not exist.",
        )
    };
    let table = own_table(ctx, &ctx.required("RouteTableId")?).map_err(unknown)?;
    let destinations = ctx.parameters.list("DestCidrBlockList");
    let wanted = |entry: &Value| {
        let is = |name: &str, actual: &Value| {
            ctx.parameters
                .matches(name, actual.as_str().unwrap_or_default())
        };
        let hops = entry["NextHops"]["NextHop"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let some_hop = |name: &str| {
            ctx.parameters
                .get(name)
                .is_none_or(|id| hops.iter().any(|hop| hop[name] == id))
        };
        is("DestinationCidrBlock", &entry["DestinationCidrBlock"])
            && is("RouteEntryId", &entry["RouteEntryId"])
            && is("RouteEntryName", &entry["RouteEntryName"])
            && is("RouteEntryType", &entry["Type"])
            && is("ServiceType", &entry["ServiceType"])
            && is("IpVersion", &entry["IpVersion"])
            && some_hop("NextHopId")
            && some_hop("NextHopType")
            && (destinations.is_empty()
                || destinations
                    .iter()
                    .any(|known| entry["DestinationCidrBlock"] == **known))
    };
    let routes = effective_routes(ctx.state, &table, ctx.now);
    let entries = routes
        .iter()
        .map(|route| view(ctx, &table, route))
        .filter(wanted)
        .collect();
    let style = TokenStyle {
        size_name: "MaxResult",
        refusal: "IllegalParam",
        ..TokenStyle::new(10, 100)
    };
    let page = tokened(&ctx.parameters, entries, style)?;
    Ok(json!({
        "RouteEntrys": {"RouteEntry": page.items}, "TotalCount": page.total, "NextToken": page.next.unwrap_or_default(),
    }))
}

fn view(ctx: &Context<'_>, table: &RouteTable, route: &Effective) -> Value {
    let destination = route.destination();
    let mut ranges = destination.ranges(&ctx.state.vpc, ctx.now).into_iter();
    let is_v6 = ranges.any(|range| range.addr().is_ipv6());
    let (id, kind, name, status) = match route {
        Effective::Local { .. } | Effective::Service { .. } => (
            format!("rte-sys-{}", digest(&table.base.id, &destination)),
            "System",
            "",
            "Available",
        ),
        Effective::Learned { .. } => (
            format!("rte-cen-{}", digest(&table.base.id, &destination)),
            "Custom",
            "",
            "Available",
        ),
        Effective::Custom(route) => (
            route.base.id.clone(),
            "Custom",
            route.base.name.as_str(),
            status(route, ctx.now),
        ),
    };
    let (service, origin) = match route {
        Effective::Learned { .. } => ("TR", "RoutePropagation"),
        _ => ("", ""),
    };
    let hops: Vec<Value> = hops_of(route)
        .iter()
        .map(|hop| hop_view(ctx, table, hop))
        .collect();
    json!({
        "RouteEntryId": id, "RouteEntryName": name, "Description": "", "DestinationCidrBlock": destination.to_string(),
        "RouteTableId": table.base.id, "Status": status, "Type": kind, "ServiceType": service, "Origin": origin,
        "IpVersion": if is_v6 { "IPv6" } else { "IPv4" }, "NextHops": {"NextHop": hops}, "GmtModified": ctx.date(table.base.life.created),
    })
}

/// Ids of routes that no call created derive from the routes themselves, so that they stay the same.
fn digest(table: &str, destination: &Destination) -> String {
    crate::digest::hash(format!("{table} {destination}").as_bytes())[..16].to_owned()
}

fn status(route: &Route, now: Duration) -> &'static str {
    match route.life().phase(now) {
        Phase::Creating => "Pending",
        Phase::Modifying => "Modifying",
        Phase::Leaving | Phase::Gone => "Deleting",
        Phase::Ready => "Available",
    }
}

fn hops_of(route: &Effective) -> Vec<NextHop> {
    match route {
        Effective::Custom(route) => route.hops.clone(),
        Effective::Learned { attachment, .. } => {
            vec![NextHop {
                kind: "Attachment".to_owned(),
                id: attachment.clone(),
                weight: 0,
            }]
        }
        Effective::Local { .. } => vec![NextHop {
            kind: "local".to_owned(),
            id: String::new(),
            weight: 0,
        }],
        Effective::Service { .. } => vec![NextHop {
            kind: "service".to_owned(),
            id: String::new(),
            weight: 0,
        }],
    }
}

fn hop_view(ctx: &Context<'_>, table: &RouteTable, hop: &NextHop) -> Value {
    let router = ctx
        .state
        .cbn
        .attachments
        .get(&hop.id)
        .map(|attachment| attachment.router.clone());
    let related = router.map(
        |router| json!({"InstanceId": router, "InstanceType": "TR", "RegionId": table.base.region}),
    );
    let association = ctx.state.ecr.associations.get(&hop.id);
    let related = related.or_else(|| {
        association.map(|known| json!({"InstanceId": known.router, "InstanceType": "ECR"}))
    });
    json!({
        "NextHopId": hop.id, "NextHopType": hop.kind, "NextHopRegionId": table.base.region, "Enabled": 1,
        "Weight": hop.weight, "NextHopRelatedInfo": related.unwrap_or_else(|| json!({})),
    })
}
