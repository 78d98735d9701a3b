//! Elastic addresses: public ones that an account keeps. Here only NAT gateways use them.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::find::ELASTIC_ADDRESS;
use super::nat_gateways::NatGateway;
use super::{public_addresses, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent, bad_value};
use crate::aws::filters::Fields;
use crate::aws::xml::Xml;
use crate::table::Base;

#[derive(Debug, Clone)]
pub(crate) struct ElasticAddress {
    pub(crate) base: Base,
    pub(crate) public: Ipv4Addr,
}

pub(super) fn allocate(ctx: &mut Context<'_>) -> Outcome {
    let domain = ctx.parameters.get("Domain").unwrap_or("vpc");
    if domain != "vpc" {
        return Err(bad_value(domain, "domain"));
    }
    let tags = tagging::specified(ctx, &["elastic-ip"])?;
    let addresses = ctx.state.ec2.elastic_addresses.iter();
    let used = addresses.filter(|address| ctx.can_see(*address)).count();
    ctx.within("elastic_addresses_per_region", used, "AddressLimitExceeded")?;
    let address = ElasticAddress {
        base: ctx.base("eipalloc", Duration::ZERO),
        public: public_addresses::next(ctx),
    };
    ctx.born("elastic-ip", &address.base.id);
    tagging::put(ctx, &address.base.id, tags);
    let answer = head(ctx, &address);
    ctx.state.ec2.elastic_addresses.insert(address);
    Ok(answer)
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 7] = [
        "allocation-id",
        "association-id",
        "domain",
        "network-border-group",
        "network-interface-id",
        "private-ip-address",
        "public-ip",
    ];
    let fields = |address: &ElasticAddress| {
        let by = user(ctx, &address.base.id);
        Fields::new(ctx.tags(&address.base.id))
            .with("allocation-id", &address.base.id)
            .many("association-id", by.map(NatGateway::association))
            .with("domain", "vpc")
            .with("network-border-group", &ctx.region)
            .many("network-interface-id", by.map(|nat| &nat.interface))
            .many("private-ip-address", by.map(|nat| nat.address))
            .with("public-ip", address.public)
    };
    let wanted = ctx.parameters.list("PublicIp");
    let addresses = ELASTIC_ADDRESS.select(ctx, "AllocationId", &FILTERS, fields)?;
    let public = |address: &ElasticAddress| address.public.to_string();
    if let Some(unknown) = wanted
        .iter()
        .find(|wanted| !addresses.iter().any(|address| public(address) == **wanted))
    {
        let message = format!("Address '{unknown}' not found.");
        return Err(Failure::bad("InvalidAddress.NotFound", message));
    }
    let rows = addresses
        .iter()
        .filter(|address| wanted.is_empty() || wanted.contains(&public(address)))
        .map(|address| view(ctx, address));
    Ok(Xml::new().items("addressesSet", rows))
}

/// Names that addresses resolve to backwards: none has one.
pub(super) fn describe_attributes(ctx: &mut Context<'_>) -> Outcome {
    let fields = |address: &ElasticAddress| Fields::new(ctx.tags(&address.base.id));
    let addresses = ELASTIC_ADDRESS.select(ctx, "AllocationId", &[], fields)?;
    let rows = addresses.iter().map(|address| {
        Xml::new()
            .leaf("publicIp", address.public)
            .leaf("allocationId", &address.base.id)
    });
    Ok(Xml::new().items("addressSet", rows))
}

/// The NAT gateway that an address belongs to.
fn user<'a>(ctx: &'a Context<'_>, id: &str) -> Option<&'a NatGateway> {
    let mut gateways = ctx.state.ec2.nat_gateways.iter();
    gateways.find(|nat| nat.allocation.as_deref() == Some(id) && nat.is_there(ctx.now))
}

/// Whether an address is free for a new user.
pub(super) fn is_free(ctx: &Context<'_>, id: &str) -> bool {
    user(ctx, id).is_none()
}

fn head(ctx: &Context<'_>, address: &ElasticAddress) -> Xml {
    Xml::new()
        .leaf("publicIp", address.public)
        .leaf("allocationId", &address.base.id)
        .leaf("domain", "vpc")
        .leaf("publicIpv4Pool", "amazon")
        .leaf("networkBorderGroup", &ctx.region)
}

fn view(ctx: &Context<'_>, address: &ElasticAddress) -> Xml {
    let by = user(ctx, &address.base.id);
    head(ctx, address)
        .maybe("associationId", by.map(NatGateway::association))
        .maybe("networkInterfaceId", by.map(|nat| &nat.interface))
        .maybe("networkInterfaceOwnerId", by.map(|nat| &nat.base.owner))
        .maybe("privateIpAddress", by.map(|nat| nat.address))
        .and(ctx.tag_set(&address.base.id))
}

/// The only associations are those of NAT gateways, which end with their gateway.
pub(super) fn disassociate(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("AssociationId")?;
    let mut gateways = ctx.state.ec2.nat_gateways.iter();
    let held = gateways.any(|nat| {
        nat.association() == id && nat.is_public() && nat.is_there(ctx.now) && ctx.can_see(nat)
    });
    if held {
        let message = "You do not have permission to access the specified resource.";
        return Err(Failure::bad("AuthFailure", message));
    }
    Err(absent("InvalidAssociationID", "association", &id))
}

pub(super) fn release(ctx: &mut Context<'_>) -> Outcome {
    let address = ELASTIC_ADDRESS.named(ctx, "AllocationId")?;
    let (id, now) = (&address.base.id, ctx.now);
    if !is_free(ctx, id) {
        let message = format!("Address with allocation id {id} is in use.");
        return Err(Failure::bad("InvalidIPAddress.InUse", message));
    }
    if let Some(address) = ctx.state.ec2.elastic_addresses.get_mut(id) {
        address.base.life.leave(now);
    }
    tagging::forget(ctx, id);
    Ok(Xml::done())
}
