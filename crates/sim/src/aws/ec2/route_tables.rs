//! Route tables and which subnets use them.

use std::time::Duration;

use super::find::{SUBNET, TABLE, VPC};
use super::route::{Route, Target};
use super::routes::{effective, state};
use super::{RouteTable, endpoints, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent, depends};
use crate::aws::filters::Fields;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?.base.id;
    let tags = tagging::specified(ctx, &["route-table"])?;
    let tables = ctx.state.ec2.tables.iter();
    let used = tables.filter(|table| table.vpc == vpc).count();
    ctx.within("route_tables_per_vpc", used, "RouteTableLimitExceeded")?;
    let table = RouteTable {
        base: ctx.base("rtb", Duration::ZERO),
        vpc,
        main: None,
        subnets: Vec::new(),
        routes: Vec::new(),
    };
    ctx.born("route-table", &table.base.id);
    tagging::put(ctx, &table.base.id, tags);
    let answer = Xml::new().node("routeTable", view(ctx, &table));
    ctx.state.ec2.tables.insert(table);
    Ok(answer)
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 19] = [
        "association.gateway-id",
        "association.main",
        "association.route-table-association-id",
        "association.route-table-id",
        "association.subnet-id",
        "owner-id",
        "route-table-id",
        "route.destination-cidr-block",
        "route.destination-ipv6-cidr-block",
        "route.destination-prefix-list-id",
        "route.egress-only-internet-gateway-id",
        "route.gateway-id",
        "route.instance-id",
        "route.nat-gateway-id",
        "route.origin",
        "route.state",
        "route.transit-gateway-id",
        "route.vpc-peering-connection-id",
        "vpc-id",
    ];
    let tables = TABLE.select(ctx, "RouteTableId", &FILTERS, |table| fields(ctx, table))?;
    let rows = tables.iter().map(|table| view(ctx, table)).collect();
    paged(ctx, "routeTableSet", rows, 100)
}

fn fields(ctx: &Context<'_>, table: &RouteTable) -> Fields {
    let routes = effective(&ctx.state.ec2, table);
    let to = |element: &'static str| {
        let named = routes
            .iter()
            .filter(move |route| route.destination.element() == element);
        named.map(|route| &route.destination)
    };
    let over = |element: &'static str| {
        let named = routes
            .iter()
            .filter(move |route| route.target.element() == element);
        named.map(|route| route.target.id())
    };
    let associations = table
        .main
        .iter()
        .chain(table.subnets.iter().map(|(id, _)| id));
    let has_association = table.main.is_some() || !table.subnets.is_empty();
    Fields::new(ctx.tags(&table.base.id))
        .with("association.main", table.main.is_some())
        .many("association.route-table-association-id", associations)
        .many(
            "association.route-table-id",
            has_association.then_some(&table.base.id),
        )
        .many(
            "association.subnet-id",
            table.subnets.iter().map(|(_, subnet)| subnet),
        )
        .with("owner-id", &table.base.owner)
        .with("route-table-id", &table.base.id)
        .many("route.destination-cidr-block", to("destinationCidrBlock"))
        .many(
            "route.destination-ipv6-cidr-block",
            to("destinationIpv6CidrBlock"),
        )
        .many(
            "route.destination-prefix-list-id",
            to("destinationPrefixListId"),
        )
        .many(
            "route.egress-only-internet-gateway-id",
            over("egressOnlyInternetGatewayId"),
        )
        .many("route.gateway-id", over("gatewayId"))
        .many("route.instance-id", over("instanceId"))
        .many("route.nat-gateway-id", over("natGatewayId"))
        .many("route.transit-gateway-id", over("transitGatewayId"))
        .many("route.origin", routes.iter().map(Route::origin))
        .many("route.state", routes.iter().map(|route| state(ctx, route)))
        .many(
            "route.vpc-peering-connection-id",
            over("vpcPeeringConnectionId"),
        )
        .with("vpc-id", &table.vpc)
}

fn view(ctx: &Context<'_>, table: &RouteTable) -> Xml {
    let associated = || Xml::new().leaf("state", "associated");
    let association = |id: &String, is_main: bool| {
        Xml::new()
            .leaf("routeTableAssociationId", id)
            .leaf("routeTableId", &table.base.id)
            .leaf("main", is_main)
            .node("associationState", associated())
    };
    let main = table.main.iter().map(|id| association(id, true));
    let subnets = table
        .subnets
        .iter()
        .map(|(id, subnet)| association(id, false).leaf("subnetId", subnet));
    let routes = effective(&ctx.state.ec2, table);
    Xml::new()
        .leaf("routeTableId", &table.base.id)
        .leaf("vpcId", &table.vpc)
        .leaf("ownerId", &table.base.owner)
        .items(
            "routeSet",
            routes.iter().map(|route| route_view(ctx, route)),
        )
        .items("associationSet", main.chain(subnets))
        .items("propagatingVgwSet", [])
        .and(ctx.tag_set(&table.base.id))
}

fn route_view(ctx: &Context<'_>, route: &Route) -> Xml {
    let xml = Xml::new()
        .leaf(route.destination.element(), &route.destination)
        .leaf(route.target.element(), route.target.id());
    // Interfaces of instances are shown with the account of the instance.
    let xml = match &route.target {
        Target::Foreign { id, .. } if id.starts_with("i-") => {
            xml.leaf("instanceOwnerId", ctx.account())
        }
        _ => xml,
    };
    xml.leaf("state", state(ctx, route))
        .leaf("origin", route.origin())
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let table = TABLE.named(ctx, "RouteTableId")?;
    if table.main.is_some() || !table.subnets.is_empty() {
        return Err(depends("routeTable", &table.base.id));
    }
    for route in &table.routes {
        ctx.gone(&super::routes::ledger_id(
            &table.base.id,
            &route.destination,
        ));
    }
    let now = ctx.now;
    if let Some(table) = ctx.state.ec2.tables.get_mut(&table.base.id) {
        table.base.life.leave(now);
    }
    endpoints::leave_table(&mut ctx.state.ec2, &table.base.id);
    tagging::forget(ctx, &table.base.id);
    Ok(Xml::done())
}

pub(super) fn associate(ctx: &mut Context<'_>) -> Outcome {
    let table = TABLE.named(ctx, "RouteTableId")?;
    let subnet = SUBNET.named(ctx, "SubnetId")?;
    if subnet.vpc != table.vpc {
        let message = format!(
            "Route table {} and network {} belong to different networks",
            table.base.id, subnet.base.id
        );
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    let taken = ctx.state.ec2.tables.iter().find_map(|table| {
        let mut here = table.subnets.iter();
        here.find(|(_, other)| *other == subnet.base.id)
            .map(|(id, _)| (id.clone(), table.base.id.clone()))
    });
    let id = match taken {
        Some((id, by)) if by == table.base.id => id,
        Some((_, by)) => {
            let message = format!(
                "the specified association for route table {by} conflicts with an existing association"
            );
            return Err(Failure::bad("Resource.AlreadyAssociated", message));
        }
        None => {
            let id = ctx.new_id("rtbassoc");
            if let Some(table) = ctx.state.ec2.tables.get_mut(&table.base.id) {
                table.subnets.push((id.clone(), subnet.base.id));
            }
            id
        }
    };
    Ok(Xml::new()
        .leaf("associationId", id)
        .node("associationState", Xml::new().leaf("state", "associated")))
}

pub(super) fn disassociate(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("AssociationId")?;
    let (owner, region) = (ctx.account().to_owned(), ctx.region.clone());
    let tables = ctx.state.ec2.tables.iter_mut();
    for table in tables.filter(|table| table.base.owner == owner && table.base.region == region) {
        if table.main.as_ref() == Some(&id) {
            let message = format!("cannot disassociate the main route table association {id}");
            return Err(Failure::bad("InvalidParameterValue", message));
        }
        let before = table.subnets.len();
        table.subnets.retain(|(association, _)| *association != id);
        if table.subnets.len() < before {
            return Ok(Xml::done());
        }
    }
    Err(absent("InvalidAssociationID", "association", &id))
}

/// The caller's table that an association belongs to.
fn holder<'a>(ctx: &'a Context<'_>, association: &str) -> Option<&'a RouteTable> {
    let holds = |table: &&RouteTable| {
        let mut subnets = table.subnets.iter();
        table.main.as_deref() == Some(association) || subnets.any(|(id, _)| id == association)
    };
    let mut tables = ctx.state.ec2.tables.iter();
    tables.find(|table| ctx.can_see(*table) && holds(table))
}

/// Gives a subnet, or the place of the main table, to another table of the same VPC.
pub(super) fn replace_association(ctx: &mut Context<'_>) -> Outcome {
    let association = ctx.required("AssociationId")?;
    let table = TABLE.named(ctx, "RouteTableId")?;
    let old = holder(ctx, &association).cloned();
    let old = old.ok_or_else(|| absent("InvalidAssociationID", "association", &association))?;
    if old.vpc != table.vpc {
        let message = format!(
            "route table {} and route table {} belong to different networks",
            old.base.id, table.base.id
        );
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    let new = ctx.new_id("rtbassoc");
    let tables = &mut ctx.state.ec2.tables;
    let mut subnet = None;
    if let Some(old) = tables.get_mut(&old.base.id) {
        old.main.take_if(|id| *id == association);
        let here = old.subnets.iter().position(|(id, _)| *id == association);
        subnet = here.map(|here| old.subnets.remove(here).1);
    }
    if let Some(table) = tables.get_mut(&table.base.id) {
        match subnet {
            Some(subnet) => table.subnets.push((new.clone(), subnet)),
            None => table.main = Some(new.clone()),
        }
    }
    Ok(Xml::new()
        .leaf("newAssociationId", new)
        .node("associationState", Xml::new().leaf("state", "associated")))
}
