//! IPv4 gateways: where the traffic of a VPC with the internet passes, once they are enabled. Packets that are sent to one
//! end there.

use serde_json::{Value, json};

use super::{check_ready, own_table, own_vpc, routes};
use crate::aliyun::choices::{IPV4_GATEWAY_EXISTS, IPV4_GATEWAY_WITH_ROUTES};
use crate::aliyun::context::{Context, tags};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::table::{Base, Object, Phase};

#[derive(Debug, Clone)]
pub(crate) struct Ipv4Gateway {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    is_enabled: bool,
}

/// Whether a VPC has one.
pub(super) fn is_at(state: &super::State, vpc: &str) -> bool {
    state.ipv4_gateways.iter().any(|gateway| gateway.vpc == vpc)
}

fn own(ctx: &Context<'_>) -> Outcome<Ipv4Gateway> {
    let id = ctx.required("Ipv4GatewayId")?;
    let known = ctx.state.vpc.ipv4_gateways.get(&id);
    let missing = || {
        let message = format!("The IPv4 gateway {id} does not exist.");
        Failure::missing("ResourceNotFound.Ipv4Gateway", message)
    };
    known
        .filter(|known| ctx.can_see(*known))
        .cloned()
        .ok_or_else(missing)
}

fn check_idle(ctx: &Context<'_>, gateway: &Ipv4Gateway) -> Outcome<()> {
    let is_busy = !gateway.life().is_ready(ctx.now);
    super::refuse_if(is_busy, "IncorrectStatus.Ipv4Gateway", "The IPv4 gateway")
}

/// A route may lead to the gateway of its VPC.
pub(super) fn check_next_hop(ctx: &Context<'_>, vpc: &str, id: &str) -> Outcome<()> {
    let known = ctx.state.vpc.ipv4_gateways.get(id);
    let missing = || {
        let message = format!("The IPv4 gateway {id} does not exist.");
        Failure::missing("ResourceNotFound.Ipv4Gateway", message)
    };
    let known = known
        .filter(|known| ctx.is_own(*known))
        .ok_or_else(missing)?;
    if known.vpc != vpc {
        return Err(Failure::bad(
            "Mismatch.Ipv4GatewayIdAndRouteTableId",
            "The IPv4 gateway and the route table belong to different VPCs.",
        ));
    }
    check_idle(ctx, known)
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let vpc = own_vpc(ctx, &ctx.required("VpcId")?)?;
    check_ready(&vpc, ctx.now)?;
    if is_at(&ctx.state.vpc, &vpc.base.id) {
        let message = format!("VPC {} has an IPv4 gateway.", vpc.base.id);
        return Err(Failure::bad(IPV4_GATEWAY_EXISTS, message));
    }
    let takes = ctx.setup.timings.route_table;
    let base = ctx.base("ipv4gw", &region, "Ipv4GatewayName", takes)?;
    ctx.born("ipv4-gateway", &base);
    let answer = json!({"Ipv4GatewayId": base.id, "ResourceGroupId": "rg-default"});
    ctx.state.vpc.ipv4_gateways.insert(Ipv4Gateway {
        base,
        vpc: vpc.base.id,
        is_enabled: false,
    });
    Ok(answer)
}

/// From now on the gateway is the only way to the internet, for the tables that get a default route to it.
pub(super) fn enable(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let gateway = own(ctx)?;
    check_idle(ctx, &gateway)?;
    let id = gateway.base.id;
    for table in ctx.parameters.list("RouteTableList") {
        let table = own_table(ctx, &table)?;
        check_next_hop(ctx, &table.vpc, &id)?;
        routes::add_default(ctx, &table.base.id, "Ipv4Gateway", &id);
    }
    let until = ctx.now + ctx.setup.timings.route_table;
    if let Some(gateway) = ctx.state.vpc.ipv4_gateways.get_mut(&id) {
        gateway.is_enabled = true;
        gateway.base.life.modify(until);
    }
    Ok(json!({}))
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let parameters = &ctx.parameters;
    let shown = |gateway: &&Ipv4Gateway| {
        ctx.lists(*gateway)
            && parameters.tags_match_under("Tags", &gateway.base.tags)
            && parameters.matches("Ipv4GatewayId", &gateway.base.id)
            && parameters.matches("Ipv4GatewayName", &gateway.base.name)
            && parameters.matches("VpcId", &gateway.vpc)
    };
    let row = |gateway: &Ipv4Gateway| {
        let mut row = view(ctx, gateway);
        row["GmtCreate"] = ctx.date(gateway.base.life.created).into();
        row
    };
    let rows = ctx.state.vpc.ipv4_gateways.iter().filter(shown).map(row);
    let page = tokened(parameters, rows.collect(), TokenStyle::new(10, 100))?;
    Ok(json!({
        "Ipv4GatewayModels": page.items, "TotalCount": page.total.to_string(),
        "NextToken": page.next.unwrap_or_default(),
    }))
}

pub(super) fn describe_one(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let gateway = own(ctx)?;
    let mut view = view(ctx, &gateway);
    view["CreateTime"] = ctx.date(gateway.base.life.created).into();
    Ok(view)
}

fn view(ctx: &Context<'_>, gateway: &Ipv4Gateway) -> Value {
    let base = &gateway.base;
    let status = match gateway.life().phase(ctx.now) {
        Phase::Creating => "Creating",
        Phase::Modifying => "Activating",
        Phase::Ready => "Created",
        Phase::Leaving | Phase::Gone => "Deleting",
    };
    json!({
        "Ipv4GatewayId": base.id, "Ipv4GatewayName": base.name, "Ipv4GatewayDescription": base.description,
        "VpcId": gateway.vpc, "Status": status, "Enabled": gateway.is_enabled, "Ipv4GatewayRouteTableId": "",
        "ResourceGroupId": "rg-default", "Tags": tags(&base.tags),
    })
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let gateway = own(ctx)?;
    check_idle(ctx, &gateway)?;
    let id = &gateway.base.id;
    if super::routes_to(&ctx.state.vpc, id).next().is_some() {
        let message = format!("Routes lead to the IPv4 gateway {id}.");
        return Err(Failure::bad(IPV4_GATEWAY_WITH_ROUTES, message));
    }
    let end = ctx.now + ctx.setup.timings.route_table;
    if let Some(gateway) = ctx.state.vpc.ipv4_gateways.get_mut(id) {
        gateway.base.life.leave(end);
    }
    Ok(json!({}))
}
