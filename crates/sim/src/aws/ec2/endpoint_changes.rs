//! What can be changed about an endpoint: its tables, or its subnets, groups and private names.

use super::endpoints::{self, Endpoint, Way};
use super::find::{ENDPOINT, SUBNET, VPC};
use super::{State, Vpc};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::aws::xml::Xml;

pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let mut endpoint = ENDPOINT.named(ctx, "VpcEndpointId")?;
    if endpoint.state(ctx.now) == "deleting" {
        let message = "The endpoint is being deleted.";
        return Err(Failure::bad("InvalidParameter", message));
    }
    let vpc = VPC.usable(ctx, &endpoint.vpc)?;
    let is_gateway = matches!(endpoint.way, Way::Gateway { .. });
    let misplaced: &[&str] = match is_gateway {
        true => &[
            "AddSubnetId.1",
            "RemoveSubnetId.1",
            "AddSecurityGroupId.1",
            "RemoveSecurityGroupId.1",
            "PrivateDnsEnabled",
        ],
        false => &["AddRouteTableId.1", "RemoveRouteTableId.1"],
    };
    if let Some(name) = misplaced
        .iter()
        .find(|name| ctx.parameters.get(name).is_some())
    {
        let message = format!(
            "{name} does not belong to endpoints of type {}",
            endpoint.kind()
        );
        return Err(Failure::bad("InvalidParameter", message));
    }
    match is_gateway {
        true => change_tables(ctx, &vpc, &mut endpoint)?,
        false => change_interface(ctx, &vpc, &mut endpoint)?,
    }
    store(&mut ctx.state.ec2, endpoint);
    Ok(Xml::done())
}

fn store(state: &mut State, endpoint: Endpoint) {
    if let Some(stored) = state.endpoints.get_mut(&endpoint.base.id) {
        *stored = endpoint;
    }
}

/// The routes come and go with the tables.
fn change_tables(ctx: &mut Context<'_>, vpc: &Vpc, endpoint: &mut Endpoint) -> Outcome<()> {
    let added = ctx.parameters.list("AddRouteTableId");
    let removed = ctx.parameters.list("RemoveRouteTableId");
    endpoints::check_tables(ctx, vpc, endpoint.service(), &added)?;
    for id in &removed {
        if let Some(table) = ctx.state.ec2.tables.get_mut(id) {
            table
                .routes
                .retain(|route| route.target.id() != endpoint.base.id);
        }
    }
    if let Way::Gateway { tables } = &mut endpoint.way {
        tables.retain(|id| !removed.contains(id));
        tables.extend(added.iter().cloned());
    }
    endpoints::write_routes(ctx, endpoint, &added);
    Ok(())
}

fn change_interface(ctx: &mut Context<'_>, vpc: &Vpc, endpoint: &mut Endpoint) -> Outcome<()> {
    let added_groups = ctx.parameters.list("AddSecurityGroupId");
    endpoints::check_groups(ctx, vpc, &added_groups)?;
    let removed_groups = ctx.parameters.list("RemoveSecurityGroupId");
    let removed_subnets = ctx.parameters.list("RemoveSubnetId");
    let wants_names = ctx.maybe_flag("PrivateDnsEnabled")?;
    if wants_names == Some(true) && !endpoint.has_private_names() {
        endpoints::check_private_names(ctx, vpc, endpoint.service())?;
    }
    let kept: Vec<String> = endpoint
        .spots()
        .iter()
        .map(|spot| spot.subnet.clone())
        .filter(|id| !removed_subnets.contains(id))
        .collect();
    let mut all: Vec<String> = kept.clone();
    let added = ctx.parameters.list("AddSubnetId");
    let added: Vec<String> = added.into_iter().filter(|id| !kept.contains(id)).collect();
    all.extend(added.iter().cloned());
    endpoints::checked_subnets(ctx, vpc, &all)?;
    let mut spots = Vec::new();
    for id in &added {
        let subnet = SUBNET.get(ctx, id)?;
        spots.push(endpoints::spot(ctx, &subnet)?);
    }
    if let Way::Interface {
        places,
        groups,
        private_names,
    } = &mut endpoint.way
    {
        places.retain(|spot| kept.contains(&spot.subnet));
        places.extend(spots);
        groups.retain(|id| !removed_groups.contains(id));
        for id in added_groups {
            if !groups.contains(&id) {
                groups.push(id);
            }
        }
        *private_names = wants_names.unwrap_or(*private_names);
    }
    if endpoint.groups().is_empty() {
        let message = "An endpoint must have at least one security group.";
        return Err(Failure::bad("InvalidParameter", message));
    }
    Ok(())
}
