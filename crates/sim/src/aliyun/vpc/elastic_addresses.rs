//! Elastic addresses (EIPs): public addresses that an account keeps, for NAT gateways and instances. Nothing outside of the
//! cloud is simulated, so no packet comes from one or goes to one.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::{nat_gateways, snat};
use crate::aliyun::context::{Context, tags};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::numbered;
use crate::aliyun::parameters::invalid;
use crate::table::{Base, Object, Phase};

#[derive(Debug, Clone)]
pub(crate) struct ElasticAddress {
    pub(crate) base: Base,
    address: Ipv4Addr,
    bandwidth: String,
    /// The NAT gateway or instance that it is bound to.
    user: Option<String>,
}

/// The addresses that are bound to a NAT gateway or an instance.
pub(crate) fn of_user<'a>(
    state: &'a super::State,
    user: &'a str,
) -> impl Iterator<Item = &'a ElasticAddress> {
    let addresses = state.elastic_addresses.iter();
    addresses.filter(move |address| address.user.as_deref() == Some(user))
}

impl ElasticAddress {
    pub(super) fn public(&self) -> Ipv4Addr {
        self.address
    }
}

/// An instance as it shows its elastic address.
pub(crate) fn shown_by_instance(ctx: &Context<'_>, instance: &str) -> Value {
    let bound = of_user(&ctx.state.vpc, instance).next();
    match bound {
        Some(known) => json!({
            "AllocationId": known.base.id, "IpAddress": known.address.to_string(),
            "InternetChargeType": "PayByTraffic",
        }),
        None => json!({"AllocationId": "", "IpAddress": "", "InternetChargeType": ""}),
    }
}

/// What an address was bound to is gone.
pub(crate) fn release_user(ctx: &mut Context<'_>, user: &str) {
    for address in ctx.state.vpc.elastic_addresses.iter_mut() {
        address.user.take_if(|bound| bound == user);
    }
}

pub(super) fn own(ctx: &Context<'_>, id: &str) -> Outcome<ElasticAddress> {
    let known = ctx.state.vpc.elastic_addresses.get(id);
    let missing = || {
        let message = format!("Specified allocation ID {id} is not found.");
        Failure::missing("InvalidAllocationId.NotFound", message)
    };
    known
        .filter(|known| ctx.can_see(*known))
        .cloned()
        .ok_or_else(missing)
}

pub(super) fn allocate(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let used = ctx.state.vpc.elastic_addresses.iter();
    let used = used.filter(|address| ctx.can_see(*address)).count();
    if used >= ctx.quota("elastic_addresses_per_region") {
        return Err(Failure::bad(
            "QuotaExceeded.Eip",
            "Elastic IP address quota exceeded.",
        ));
    }
    let bandwidth = ctx.parameters.get("Bandwidth").unwrap_or("5").to_owned();
    let base = ctx.base("eip", &region, "Name", std::time::Duration::ZERO)?;
    ctx.born("elastic-address", &base);
    let address = next(ctx);
    let answer = json!({
        "AllocationId": base.id, "EipAddress": address.to_string(), "ResourceGroupId": "rg-default",
    });
    ctx.state.vpc.elastic_addresses.insert(ElasticAddress {
        base,
        address,
        bandwidth,
        user: None,
    });
    Ok(answer)
}

/// One of the range for documentation and tests, 198.51.100.0/24, as long as that lasts; never one that is in use.
fn next(ctx: &Context<'_>) -> Ipv4Addr {
    let used = |candidate: &Ipv4Addr| {
        let mut addresses = ctx.state.vpc.elastic_addresses.iter();
        addresses.any(|known| known.address == *candidate)
    };
    let first = u32::from(Ipv4Addr::new(198, 51, 100, 1));
    let mut candidates = (first..).map(Ipv4Addr::from);
    candidates
        .find(|candidate| !used(candidate))
        .unwrap_or(Ipv4Addr::UNSPECIFIED)
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let parameters = &ctx.parameters;
    let among = |name: &str, actual: &str| {
        let wanted = parameters.get(name);
        wanted.is_none_or(|wanted| wanted.split(',').any(|wanted| wanted == actual))
    };
    let shown = |known: &&ElasticAddress| {
        ctx.lists(*known)
            && among("AllocationId", &known.base.id)
            && among("EipAddress", &known.address.to_string())
            && parameters.matches("EipName", &known.base.name)
            && parameters.matches("Status", status(ctx, known))
            && parameters
                .get("AssociatedInstanceId")
                .is_none_or(|wanted| known.user.as_deref() == Some(wanted))
    };
    let rows = ctx.state.vpc.elastic_addresses.iter().filter(shown);
    let rows = rows.map(|known| view(ctx, known)).collect();
    let page = numbered(parameters, rows, 100)?;
    Ok(json!({
        "EipAddresses": {"EipAddress": page.items},
        "TotalCount": page.total, "PageNumber": page.number, "PageSize": page.size,
    }))
}

fn status(ctx: &Context<'_>, known: &ElasticAddress) -> &'static str {
    match (known.life().phase(ctx.now), &known.user) {
        (Phase::Modifying, Some(_)) => "Associating",
        (Phase::Modifying, None) => "Unassociating",
        (_, Some(_)) => "InUse",
        (_, None) => "Available",
    }
}

fn kind_of_user(id: &str) -> &'static str {
    if id.starts_with("ngw-") {
        "Nat"
    } else {
        "EcsInstance"
    }
}

fn view(ctx: &Context<'_>, known: &ElasticAddress) -> Value {
    let base = &known.base;
    let user = known.user.as_deref();
    json!({
        "AllocationId": base.id, "IpAddress": known.address.to_string(), "Name": base.name,
        "Description": base.description, "Status": status(ctx, known), "RegionId": base.region,
        "InstanceId": user.unwrap_or_default(), "InstanceType": user.map_or("", kind_of_user),
        "InstanceRegionId": user.map_or("", |_| &base.region), "Bandwidth": known.bandwidth,
        "EipBandwidth": known.bandwidth, "ISP": "BGP", "ChargeType": "PostPaid", "InternetChargeType": "PayByTraffic",
        "Netmode": "public", "DeletionProtection": false, "ResourceGroupId": "rg-default",
        "OperationLocks": {"LockReason": []}, "Tags": {"Tag": tags(&base.tags)},
        "AllocationTime": ctx.date(base.life.created),
    })
}

fn wrong_status() -> Failure {
    Failure::bad(
        "IncorrectEipStatus",
        "Current elastic IP status does not support this operation.",
    )
}

pub(super) fn associate(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let known = own(ctx, &ctx.required("AllocationId")?)?;
    let user = ctx.required("InstanceId")?;
    if status(ctx, &known) != "Available" {
        return Err(wrong_status());
    }
    match ctx.parameters.get("InstanceType").unwrap_or("EcsInstance") {
        "Nat" => nat_gateways::check_takes_address(ctx, &user)?,
        "EcsInstance" => check_instance(ctx, &user)?,
        _ => return Err(invalid("InstanceType")),
    }
    bind(ctx, &known.base.id, Some(user));
    Ok(json!({}))
}

fn check_instance(ctx: &Context<'_>, id: &str) -> Outcome<()> {
    let instance = ctx.state.ecs.instances.get(id);
    let missing = || Failure::missing("InvalidInstanceId.NotFound", format!("{id} is not found."));
    instance
        .filter(|instance| ctx.can_see(*instance))
        .ok_or_else(missing)?;
    match of_user(&ctx.state.vpc, id).next() {
        Some(_) => Err(Failure::bad(
            "InvalidAssociation.Duplicated",
            "The instance has an elastic IP address already.",
        )),
        None => Ok(()),
    }
}

fn bind(ctx: &mut Context<'_>, id: &str, user: Option<String>) {
    let until = ctx.now + ctx.setup.timings.elastic_address;
    if let Some(known) = ctx.state.vpc.elastic_addresses.get_mut(id) {
        known.user = user;
        known.base.life.modify(until);
    }
}

pub(super) fn unassociate(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let known = own(ctx, &ctx.required("AllocationId")?)?;
    if status(ctx, &known) != "InUse" {
        return Err(wrong_status());
    }
    if snat::uses(&ctx.state.vpc, known.address) {
        return Err(Failure::bad(
            "InvalidIpStatus.HasBeenUsedBySnatTable",
            "The elastic IP address is used by an SNAT entry.",
        ));
    }
    bind(ctx, &known.base.id, None);
    Ok(json!({}))
}

pub(super) fn release(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let known = own(ctx, &ctx.required("AllocationId")?)?;
    if status(ctx, &known) != "Available" {
        return Err(wrong_status());
    }
    let now = ctx.now;
    if let Some(known) = ctx.state.vpc.elastic_addresses.get_mut(&known.base.id) {
        known.base.life.leave(now);
    }
    Ok(json!({}))
}
