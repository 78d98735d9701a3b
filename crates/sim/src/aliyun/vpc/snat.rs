//! SNAT entries of NAT gateways. No address is translated: they are kept and shown.

use std::net::Ipv4Addr;
use std::time::Duration;

use ipnet::Ipv4Net;
use serde_json::json;

use super::{NatGateway, State, elastic_addresses, nat_gateways, range};
use crate::aliyun::choices::SNAT_EXISTS;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::numbered;
use crate::aliyun::parameters::invalid;
use crate::table::{Base, Object};

/// What is sent from a range of the VPC goes out under a public address.
#[derive(Debug, Clone)]
pub(crate) struct SnatEntry {
    pub(crate) base: Base,
    gateway: String,
    table: String,
    source: Ipv4Net,
    /// The vSwitch that the range was told by.
    vswitch: Option<String>,
    address: Ipv4Addr,
}

/// Whether an SNAT entry uses a public address.
pub(super) fn uses(state: &State, address: Ipv4Addr) -> bool {
    state.snat.iter().any(|entry| entry.address == address)
}

/// Whether an SNAT entry names a vSwitch.
pub(super) fn names_vswitch(state: &State, vswitch: &str) -> bool {
    let mut entries = state.snat.iter();
    entries.any(|entry| entry.vswitch.as_deref() == Some(vswitch))
}

/// Whether a gateway has an entry.
pub(super) fn is_at(state: &State, gateway: &str) -> bool {
    state.snat.iter().any(|entry| entry.gateway == gateway)
}

/// The entries of a gateway that is being deleted.
pub(super) fn leave(state: &mut State, gateway: &str, end: Duration) {
    let entries = state.snat.iter_mut();
    for entry in entries.filter(|entry| entry.gateway == gateway) {
        entry.base.life.leave(end);
    }
}

fn gateway_of_table(ctx: &Context<'_>) -> Outcome<NatGateway> {
    let table = ctx.required("SnatTableId")?;
    let mut gateways = ctx.state.vpc.nat_gateways.iter();
    let known = gateways.find(|gateway| ctx.can_see(*gateway) && gateway.snat_table == table);
    let missing = || {
        let message = format!("Specified SNAT table {table} does not exist.");
        Failure::missing("InvalidSnatTableId.NotFound", message)
    };
    known.cloned().ok_or_else(missing)
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let gateway = gateway_of_table(ctx)?;
    if !gateway.life().is_ready(ctx.now) {
        return Err(nat_gateways::wrong_status());
    }
    let (source, vswitch) = source(ctx, &gateway)?;
    let text = ctx.required("SnatIp")?;
    let address: Ipv4Addr = text.parse().map_err(|_| invalid("SnatIp"))?;
    check_new(ctx, &gateway, source, address)?;
    let region = gateway.base.region.clone();
    let takes = ctx.setup.timings.elastic_address;
    let base = ctx.base("snat", &region, "SnatEntryName", takes)?;
    ctx.born("snat-entry", &base);
    let answer = json!({"SnatEntryId": base.id});
    ctx.state.vpc.snat.insert(SnatEntry {
        base,
        gateway: gateway.base.id,
        table: gateway.snat_table,
        source,
        vswitch,
        address,
    });
    Ok(answer)
}

fn check_new(
    ctx: &Context<'_>,
    gateway: &NatGateway,
    source: Ipv4Net,
    address: Ipv4Addr,
) -> Outcome<()> {
    let state = &ctx.state.vpc;
    let mut bound = elastic_addresses::of_user(state, &gateway.base.id);
    if !bound.any(|bound| bound.public() == address) {
        let message = format!("{address} is not an address of the NAT gateway.");
        return Err(Failure::bad("InvalidSnatIp.NotFound", message));
    }
    let mut entries = state.snat.iter();
    if entries.any(|entry| entry.table == gateway.snat_table && entry.source == source) {
        let message = format!("There is an SNAT entry for {source} already.");
        return Err(Failure::bad(SNAT_EXISTS, message));
    }
    Ok(())
}

/// Told by a vSwitch or as a range.
fn source(ctx: &Context<'_>, gateway: &NatGateway) -> Outcome<(Ipv4Net, Option<String>)> {
    match (
        ctx.parameters.get("SourceVSwitchId"),
        ctx.parameters.get("SourceCIDR"),
    ) {
        (Some(id), None) => {
            let known = ctx.state.vpc.vswitches.get(id);
            let known = known.filter(|known| known.vpc == gateway.vpc);
            let missing =
                || Failure::missing("InvalidVSwitchId.NotFound", format!("{id} is not found."));
            let vswitch = known.ok_or_else(missing)?;
            Ok((vswitch.cidr, Some(vswitch.base.id.clone())))
        }
        (None, Some(text)) => Ok((range(text)?, None)),
        _ => Err(invalid("SourceCIDR")),
    }
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let parameters = &ctx.parameters;
    let shown = |entry: &&SnatEntry| {
        ctx.lists(*entry)
            && parameters.matches("SnatTableId", &entry.table)
            && parameters.matches("NatGatewayId", &entry.gateway)
            && parameters.matches("SnatEntryId", &entry.base.id)
    };
    let row = |entry: &SnatEntry| {
        let is_ready = entry.life().is_ready(ctx.now);
        json!({
            "SnatEntryId": entry.base.id, "SnatEntryName": entry.base.name, "SnatTableId": entry.table,
            "NatGatewayId": entry.gateway, "SourceCIDR": entry.source.to_string(),
            "SourceVSwitchId": entry.vswitch.clone().unwrap_or_default(), "SnatIp": entry.address.to_string(),
            "Status": if is_ready { "Available" } else { "Pending" }, "EipAffinity": "0",
        })
    };
    let rows = ctx.state.vpc.snat.iter().filter(shown).map(row).collect();
    let page = numbered(parameters, rows, 50)?;
    Ok(json!({
        "SnatTableEntries": {"SnatTableEntry": page.items},
        "TotalCount": page.total, "PageNumber": page.number, "PageSize": page.size,
    }))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let gateway = gateway_of_table(ctx)?;
    let id = ctx.required("SnatEntryId")?;
    let end: Duration = ctx.now + ctx.setup.timings.elastic_address;
    let entry = ctx.state.vpc.snat.get_mut(&id);
    let entry = entry.filter(|entry| entry.gateway == gateway.base.id);
    let missing = || {
        let message = format!("Specified SNAT entry {id} does not exist.");
        Failure::missing("InvalidSnatEntryId.NotFound", message)
    };
    entry.ok_or_else(missing)?.base.life.leave(end);
    Ok(json!({}))
}
