//! Gateway endpoints: ways to a service of the cloud. One writes a route into each of its tables, to a prefix list of the
//! service that no call shows. Packets that are sent to one end there.

use serde_json::{Value, json};

use super::{Destination, NextHop, check_ready, own_table, own_vpc, routes};
use crate::aliyun::choices::{ENDPOINT_EXISTS, ENDPOINT_WITH_TABLES};
use crate::aliyun::context::{Context, tags};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::aliyun::parameters::invalid;
use crate::table::{Base, Object, Phase};

/// The type of the next hop of its routes.
pub(super) const HOP: &str = "GatewayEndpoint";

#[derive(Debug, Clone)]
pub(crate) struct GatewayEndpoint {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    service: String,
}

/// Whether a VPC has one.
pub(super) fn is_at(state: &super::State, vpc: &str) -> bool {
    let mut endpoints = state.gateway_endpoints.iter();
    endpoints.any(|endpoint| endpoint.vpc == vpc)
}

fn own(ctx: &Context<'_>) -> Outcome<GatewayEndpoint> {
    let id = ctx.required("EndpointId")?;
    let known = ctx.state.vpc.gateway_endpoints.get(&id);
    let missing = || {
        let message = format!("The gateway endpoint {id} does not exist.");
        Failure::missing("ResourceNotFound.GatewayEndpoint", message)
    };
    known
        .filter(|known| ctx.can_see(*known))
        .cloned()
        .ok_or_else(missing)
}

/// The prefix list of a service: its id derives from the name, so that it stays the same.
fn list_of(service: &str) -> Destination {
    let digest = crate::digest::hash(service.as_bytes());
    Destination::PrefixList(format!("pl-{}", &digest[..20]))
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let vpc = own_vpc(ctx, &ctx.required("VpcId")?)?;
    check_ready(&vpc, ctx.now)?;
    let service = ctx.required("ServiceName")?;
    if !service.starts_with(&format!("com.aliyun.{region}.")) {
        return Err(invalid("ServiceName"));
    }
    let same = |known: &GatewayEndpoint| known.vpc == vpc.base.id && known.service == service;
    if ctx.state.vpc.gateway_endpoints.iter().any(same) {
        let message = format!("VPC {} has a gateway endpoint for {service}.", vpc.base.id);
        return Err(Failure::bad(ENDPOINT_EXISTS, message));
    }
    let takes = ctx.setup.timings.route_table;
    let base = ctx.base("vpce", &region, "EndpointName", takes)?;
    ctx.born("gateway-endpoint", &base);
    let answer = json!({
        "EndpointId": base.id, "EndpointName": base.name, "ServiceName": service,
        "ResourceGroupId": "rg-default", "CreationTime": ctx.date(base.life.created),
    });
    ctx.state.vpc.gateway_endpoints.insert(GatewayEndpoint {
        base,
        vpc: vpc.base.id,
        service,
    });
    Ok(answer)
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let parameters = &ctx.parameters;
    let shown = |endpoint: &&GatewayEndpoint| {
        ctx.lists(*endpoint)
            && parameters.tags_match_under("Tags", &endpoint.base.tags)
            && parameters.matches("EndpointId", &endpoint.base.id)
            && parameters.matches("EndpointName", &endpoint.base.name)
            && parameters.matches("ServiceName", &endpoint.service)
            && parameters.matches("VpcId", &endpoint.vpc)
    };
    let rows = ctx.state.vpc.gateway_endpoints.iter().filter(shown);
    let rows = rows.map(|endpoint| view(ctx, endpoint)).collect();
    Ok(tokened(parameters, rows, TokenStyle::new(10, 100))?.bare("Endpoints"))
}

fn view(ctx: &Context<'_>, endpoint: &GatewayEndpoint) -> Value {
    let base = &endpoint.base;
    let status = match endpoint.life().phase(ctx.now) {
        Phase::Creating => "Creating",
        Phase::Modifying => "Modifying",
        Phase::Ready => "Created",
        Phase::Leaving | Phase::Gone => "Deleting",
    };
    let routes = super::routes_to(&ctx.state.vpc, &base.id);
    let tables: Vec<&str> = routes.map(|route| route.table.as_str()).collect();
    json!({
        "EndpointId": base.id, "EndpointName": base.name, "EndpointDescription": base.description,
        "ServiceName": endpoint.service, "VpcId": endpoint.vpc, "EndpointStatus": status,
        "PolicyDocument": "", "AssociatedRouteTables": tables, "ResourceGroupId": "rg-default",
        "Tags": tags(&base.tags), "CreationTime": ctx.date(base.life.created),
    })
}

/// Idle, with the tables of the call, which are in its VPC.
fn pair(ctx: &Context<'_>) -> Outcome<(GatewayEndpoint, Vec<String>)> {
    ctx.required_region()?;
    let endpoint = own(ctx)?;
    let is_busy = !endpoint.life().is_ready(ctx.now);
    super::refuse_if(
        is_busy,
        "IncorrectStatus.GatewayEndpoint",
        "The gateway endpoint",
    )?;
    let ids = ctx.parameters.list("RouteTableIds");
    if ids.is_empty() {
        ctx.required("RouteTableIds")?;
    }
    for id in &ids {
        if own_table(ctx, id)?.vpc != endpoint.vpc {
            return Err(invalid("RouteTableIds"));
        }
    }
    Ok((endpoint, ids))
}

pub(super) fn associate(ctx: &mut Context<'_>) -> Outcome {
    let (endpoint, tables) = pair(ctx)?;
    let id = &endpoint.base.id;
    let known = super::routes_to(&ctx.state.vpc, id).map(|route| route.table.clone());
    let known: Vec<String> = known.collect();
    for table in tables.iter().filter(|table| !known.contains(table)) {
        let hop = NextHop {
            kind: HOP.to_owned(),
            id: id.clone(),
            weight: 0,
        };
        routes::add(ctx, table, list_of(&endpoint.service), hop);
    }
    touch(ctx, id);
    Ok(json!({}))
}

pub(super) fn dissociate(ctx: &mut Context<'_>) -> Outcome {
    let (endpoint, tables) = pair(ctx)?;
    let id = &endpoint.base.id;
    let end = ctx.now + ctx.setup.timings.route;
    for route in ctx.state.vpc.routes.iter_mut() {
        if tables.contains(&route.table) && route.hops.iter().any(|hop| hop.id == *id) {
            route.base.life.leave(end);
        }
    }
    touch(ctx, id);
    Ok(json!({}))
}

fn touch(ctx: &mut Context<'_>, id: &str) {
    let until = ctx.now + ctx.setup.timings.route_table;
    if let Some(endpoint) = ctx.state.vpc.gateway_endpoints.get_mut(id) {
        endpoint.base.life.modify(until);
    }
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let endpoint = own(ctx)?;
    let id = &endpoint.base.id;
    if super::routes_to(&ctx.state.vpc, id).next().is_some() {
        let message = format!("The gateway endpoint {id} is associated with route tables.");
        return Err(Failure::bad(ENDPOINT_WITH_TABLES, message));
    }
    let end = ctx.now + ctx.setup.timings.route_table;
    if let Some(endpoint) = ctx.state.vpc.gateway_endpoints.get_mut(id) {
        endpoint.base.life.leave(end);
    }
    Ok(json!({}))
}
